// Discord's ids in fewer characters: a button's custom_id holds only 100, and a private reply's button has to carry its place and a message.
import type { Place } from '../../bot/contract.ts';
import { decodeThread, placeOf } from './thread-id.ts';

/** A snowflake has 64 bits: 11 characters instead of up to 20. */
const PACKED_LENGTH = 11;
const MARK = '=';
const OURS = 'discord:';
const OURS_SHORT = '~';
const VERBATIM = '!';

function packId(id: string): string {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(id));
  return bytes.toString('base64url');
}

function unpackId(packed: string): string {
  return Buffer.from(packed, 'base64url').readBigUInt64BE().toString();
}

/** Guild, channel and thread, one after the other; only places of a guild have one. */
export function packHome({ thread: place, space }: Place): string {
  const { channel, thread } = decodeThread(place);
  return [space, channel, ...(thread === null ? [] : [thread])].map(packId).join('');
}

export function readHome(packed: string): Place | null {
  const [space, channel, root, ...more] = packed.match(new RegExp(`.{${PACKED_LENGTH}}`, 'g')) ?? [];
  if (space === undefined || channel === undefined || more.length > 0 || packed.length % PACKED_LENGTH > 0) return null;
  const facts = { id: unpackId(channel), parent: null, isDirect: false };
  return placeOf(facts, root === undefined ? null : unpackId(root), unpackId(space));
}

/** Shortens the ids inside a control's value; one that has the marks already stays as it is, behind a mark that says so. */
export function packIds(value: string): string {
  if (value.includes(MARK) || value.startsWith(OURS_SHORT) || value.startsWith(VERBATIM)) return VERBATIM + value;
  const short = value.startsWith(OURS) ? OURS_SHORT + value.slice(OURS.length) : value;
  return short.replace(/(?<!\d)[1-9]\d{15,18}(?!\d)/g, (id) => MARK + packId(id));
}

export function unpackIds(packed: string): string {
  if (packed.startsWith(VERBATIM)) return packed.slice(VERBATIM.length);
  const long = packed.startsWith(OURS_SHORT) ? OURS + packed.slice(OURS_SHORT.length) : packed;
  return long.replace(/=([\w-]{11})/g, (_, id: string) => unpackId(id));
}
