// One audit line per turn: who did what, when, in which thread, with what outcome; never what was said.
import type { InboundEvent } from './contract.ts';
import type { BotLog } from './log.ts';

export interface Audit {
  line(entry: { adapter: string; event: InboundEvent; did: string; outcome: string; ms: number }): void;
}

/** Lines go to the log with `audit: true`, whatever LOG_LEVEL says unless it is `silent`. */
export function createAudit(log: BotLog): Audit {
  const lines = log.child({ audit: true }, { level: log.level === 'silent' ? 'silent' : 'info' });
  return {
    line({ adapter, event, did, outcome, ms }) {
      const who = event.author.id;
      lines.info({ adapter, who, thread: event.place.thread, channel: event.place.channel, did, outcome, ms }, 'turn');
    },
  };
}
