// Teaching cases as a mode of the core: decides who may do what when; texts, scores and files are made by its neighbours.
import { CxrError } from '../../engine/error.ts';
import { shownText } from '../answer.ts';
import type { InboundEvent, Mode, ModeContext, ReplyContent } from '../contract.ts';
import { nameOf } from '../identity.ts';
import type { CreateMode, ModeRoom } from '../mode-room.ts';
import { plainText, shownName } from '../plain-text.ts';
import { type CaseRequest, isCaseCommand, requestOf } from './case-event.ts';
import { readCaseLine } from './case-line.ts';
import { hintOf, NOT_YET, openingText, readBack, revealText, USAGE } from './case-text.ts';
import { caseCsv, caseHtml } from './export.ts';
import { hiddenAnswer } from './hidden-talk.ts';
import { readAnswer } from './read-answer.ts';
import { expectedOf } from './results.ts';
import {
  type CaseFilm,
  type CaseSession,
  type CaseStore,
  createCaseStore,
  withAnswer,
  withoutPerson,
} from './session.ts';

interface CaseTurn {
  room: ModeRoom;
  cases: CaseStore;
  event: InboundEvent;
  context: ModeContext;
  tell(content: ReplyContent, privately?: boolean): Promise<true>;
}

/** Verbs that only the one who opened the case may use. */
const TEACHERS = new Set(['findings', 'hint', 'reveal', 'export', 'close']);

export const createTeachingMode: CreateMode = (room): Mode => {
  const cases = createCaseStore(room.store('cases', room.retentionMs));
  return {
    name: 'cases',
    async concerns(event) {
      if (event.author.isBot) return false;
      if (isCaseCommand(event)) return true;
      if (event.kind === 'message' && event.mentionsOthers && !event.mentionsBot) return false;
      return (await cases.find(event.place.thread)) !== null;
    },
    async handle(event, context) {
      if (event.author.isBot) return false;
      const session = await cases.find(event.place.thread);
      if (session === null && !isCaseCommand(event)) return false;
      const tell: CaseTurn['tell'] = async (content, privately = false) => {
        const options = { key: `case-${nameOf(event.id)}`, answers: event.id };
        const reply = await context.reply(
          event.place,
          privately ? { ...options, privateTo: event.author.id } : options,
        );
        await reply.finish(content);
        return true;
      };
      const turn = { room, cases, event, context, tell };
      const request = requestOf(event);
      if (session === null) return request.kind === 'command' ? openOrExplain(turn, request) : false;
      return inCase(turn, session, request);
    },
  };
};

type CommandRequest = Extract<CaseRequest, { kind: 'command' }>;

async function openOrExplain(turn: CaseTurn, request: CommandRequest): Promise<boolean> {
  const { room, cases, event, context, tell } = turn;
  if (request.verb === 'help') return tell({ text: USAGE });
  if (request.verb !== 'new')
    throw new CxrError('usage', 'There is no case in this thread; open one with `/case new`.');
  const description = readCaseLine(request.argument);
  if (request.attachments.length === 0)
    throw new CxrError('usage', 'A case needs at least one film: attach it to `case new`.');
  const films: CaseFilm[] = [];
  const pictures: { png: Uint8Array; name: string; alt: string }[] = [];
  for (const [index, attachment] of request.attachments.entries()) {
    const conversation = nameOf('case', event.place.thread, event.id, index.toString());
    const reading = await room.readFilm({
      bytes: await context.read(attachment),
      name: shownName(attachment.name),
      conversation,
      place: event.place,
      signal: context.signal,
    });
    const panels = (reading.content.pictures ?? []).map(({ png, name, alt }) => ({
      base64: Buffer.from(png).toString('base64'),
      name,
      alt,
    }));
    films.push({ conversation, report: shownText(reading.turn.answer, false).text, panels });
    const png = reading.content.film?.png;
    if (png !== undefined) pictures.push({ png, name: `film-${index + 1}.png`, alt: `Film ${index + 1} of the case` });
  }
  const session: CaseSession = {
    event: event.id,
    teacher: event.author.id,
    description,
    films,
    model: readAnswer(films.map(({ report }) => report).join('\n\n')),
    answers: [],
    observers: [],
    hintEvents: [],
    revealed: false,
  };
  await cases.save(event.place.thread, session);
  return tell({ text: openingText(session), pictures });
}

function inCase(turn: CaseTurn, session: CaseSession, request: CaseRequest): Promise<boolean> {
  switch (request.kind) {
    case 'command':
      return command(turn, session, request);
    case 'words':
      return words(turn, session, request);
    case 'confirm':
    case 'drop':
      return settle(turn, session, request);
    case 'deleted':
      return deleted(turn, session, request.message);
    case 'forget':
      return forget(turn, session);
    case 'plain':
      if (isAboutBot(turn.event)) return Promise.resolve(false);
      return turn.tell({ text: session.revealed ? USAGE : NOT_YET }, true);
  }
}

/** Help, status and settings are the plain conversation's in a case's thread too. */
function isAboutBot(event: InboundEvent): boolean {
  if (event.kind === 'action') return event.action === 'help';
  return event.kind === 'command' && ['help', 'status', 'settings'].includes(event.name);
}

async function command(turn: CaseTurn, session: CaseSession, request: CommandRequest): Promise<boolean> {
  const { event, cases, tell } = turn;
  const { verb, argument } = request;
  const { thread } = event.place;
  const isTeacher = event.author.id === session.teacher;
  if (TEACHERS.has(verb) && !isTeacher) throw new CxrError('not-allowed', 'Only the teacher of this case may do that.');
  switch (verb) {
    case 'new':
      if (session.event === event.id) return tell({ text: openingText(session) });
      throw new CxrError('usage', 'This thread has a case already; open the next one in a thread of its own.');
    case 'findings': {
      if (session.revealed) throw new CxrError('usage', 'The case is revealed; its findings stay as they are.');
      const next = { ...session, description: { ...session.description, findings: argument } };
      await cases.save(thread, next);
      return tell(
        { text: `Noted: ${expectedOf(next).size} expected as present. Everything else counts as absent.` },
        true,
      );
    }
    case 'answer':
      return takeAnswer(turn, session, event.id, argument);
    case 'hint': {
      const hintEvents = [...new Set([...session.hintEvents, event.id])];
      const index = hintEvents.indexOf(event.id);
      const hint = hintOf(session, index);
      if (hint === null) return tell({ text: 'There is no further hint; the next step is `/case reveal`.' });
      await cases.save(thread, { ...session, hintEvents });
      return tell({ text: `Hint ${index + 1}: ${hint}` });
    }
    case 'reveal':
      return reveal(turn, session);
    case 'export': {
      if (!session.revealed) throw new CxrError('usage', 'Reveal the case first, then export it.');
      const files = [
        { bytes: Buffer.from(caseCsv(session)), name: 'case.csv', mediaType: 'text/csv' },
        { bytes: Buffer.from(caseHtml(session)), name: 'case.html', mediaType: 'text/html' },
      ];
      return tell({ text: 'The case as a table and as a page to print.', files });
    }
    case 'observe':
      await cases.save(thread, { ...session, observers: [...new Set([...session.observers, event.author.id])] });
      return tell({ text: 'You are looking on; your answers are not scored.' }, true);
    case 'forget-me':
      await cases.save(thread, withoutPerson(session, event.author.id));
      return tell({ text: 'Your answers in this case are gone.' }, true);
    case 'close':
      return remove(turn, session);
    default:
      return tell({ text: USAGE }, true);
  }
}

async function reveal({ cases, event, tell }: CaseTurn, session: CaseSession): Promise<boolean> {
  if (session.description.findings.trim() === '')
    throw new CxrError(
      'usage',
      'Say what is expected first: `/case findings left effusion, no pneumothorax` (or `normal`).',
    );
  const revealed = { ...session, revealed: true };
  await cases.save(event.place.thread, revealed);
  const pictures = session.films.flatMap(({ panels }) =>
    panels.map(({ base64, name, alt }) => ({ png: Buffer.from(base64, 'base64'), name, alt })),
  );
  return tell({ text: revealText(revealed), pictures });
}

type Words = Extract<CaseRequest, { kind: 'words' }>;

async function words(turn: CaseTurn, session: CaseSession, request: Words): Promise<boolean> {
  const { event, room, tell, context } = turn;
  const { text, toBot, hasFiles, message } = request;
  const known = session.answers.find((answer) => answer.event === message);
  if (event.kind === 'edit' && (known === undefined || known.person !== event.author.id)) return true;
  if (hasFiles)
    return tell({ text: 'This thread belongs to a case; please send other films in a thread of their own.' });
  const isQuestion = /\?\s*$/.test(text.trim());
  const [film] = session.films;
  if (session.revealed || film === undefined) {
    if (film === undefined || !(toBot || isQuestion)) return true;
    const conversation = await (await room.engine()).resume(film.conversation);
    try {
      const { answer } = await conversation.ask(plainText(text), { key: event.id, signal: context.signal }).turn;
      return await tell({ text: `${shownText(answer, false).text}\n\n(The model's words; not a diagnosis.)` });
    } finally {
      await conversation.close();
    }
  }
  if (!isQuestion && readAnswer(text).length > 0) return takeAnswer(turn, session, message, text);
  if (isQuestion || toBot)
    return tell({ text: await hiddenAnswer(await room.engine(), film.conversation, text, context.signal) });
  return true;
}

async function takeAnswer(turn: CaseTurn, session: CaseSession, id: string, text: string): Promise<boolean> {
  const { event, cases, tell } = turn;
  if (session.revealed) return tell({ text: 'The case is revealed; answers are closed.' }, true);
  if (event.author.id === session.teacher)
    return tell({ text: 'You are the teacher of this case; your words are not scored.' }, true);
  const stated = readAnswer(text);
  if (stated.length === 0)
    return tell(
      {
        text: 'I found no finding in that; name them, for example "probable left effusion, no pneumothorax", or "normal".',
      },
      true,
    );
  const { id: person, name } = event.author;
  const answer = {
    event: id,
    person,
    name: shownName(name ?? person),
    stated,
    confirmed: false,
    hints: session.hintEvents.length,
  };
  await cases.save(event.place.thread, withAnswer(session, answer));
  const controls = [
    { action: 'case-confirm', label: 'That is what I mean', value: id, style: 'primary' },
    { action: 'case-drop', label: 'No', value: id },
  ] as const;
  return tell({ text: readBack(stated), controls }, true);
}

async function settle(
  { event, cases, tell }: CaseTurn,
  session: CaseSession,
  { kind, answer: id }: { kind: 'confirm' | 'drop'; answer: string },
): Promise<boolean> {
  const answer = session.answers.find((each) => each.event === id && each.person === event.author.id);
  if (answer === undefined) return tell({ text: 'Only the person who gave an answer can settle it.' }, true);
  if (session.revealed) return tell({ text: 'The case is revealed; answers are closed.' }, true);
  const rest = session.answers.filter((each) => each !== answer);
  const answers = kind === 'confirm' ? [...rest, { ...answer, confirmed: true }] : rest;
  await cases.save(event.place.thread, { ...session, answers });
  return tell({ text: kind === 'confirm' ? 'Counted.' : 'Taken out; say it in other words.' }, true);
}

async function deleted(turn: CaseTurn, session: CaseSession, message: string | null): Promise<true> {
  const { event, cases } = turn;
  if (message === session.event && event.author.id === session.teacher) return remove(turn, session);
  const answers = session.answers.filter((answer) => answer.event !== message);
  if (!session.revealed) await cases.save(event.place.thread, { ...session, answers });
  return true;
}

async function forget(turn: CaseTurn, session: CaseSession): Promise<boolean> {
  const { event, cases, tell } = turn;
  if (event.author.id === session.teacher) return remove(turn, session);
  await cases.save(event.place.thread, withoutPerson(session, event.author.id));
  return tell({ text: 'Your answers in this case are gone; the case itself is its teacher’s.' }, true);
}

async function remove({ room, cases, event, tell }: CaseTurn, session: CaseSession): Promise<true> {
  const engine = await room.engine();
  for (const { conversation } of session.films) await engine.forget(conversation);
  await cases.remove(event.place.thread);
  return tell({ text: 'The case is gone, with its films, reports and answers.' });
}
