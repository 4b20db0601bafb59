// Several revealed cases together: each reader over the cases, each finding, each case; counts pooled, so that every number can be followed to its counts.
import { type CalibrationBin, calibrationOf } from '../calibration.ts';
import { SCORED_FINDINGS } from '../read-answer.ts';
import { expectedOf } from '../results.ts';
import { calledBy, type Reading, type Score, scoreOf } from '../score.ts';
import { type CaseSession, countedAnswers } from '../session.ts';

export interface CourseReader {
  /** As shown; two people of one name are told apart by a number. */
  name: string;
  isModel: boolean;
  cases: number;
  score: Score;
  /** Counts and kappa of the reader's calls beside the model's; null for the model. */
  withModel: Score | null;
  bins: CalibrationBin[];
}

export interface CourseCase {
  title: string;
  openedAt: number;
  expected: readonly string[];
  /** Participants who answered, and their pooled score. */
  answers: number;
  score: Score;
  model: Score;
}

export interface CourseFinding {
  finding: string;
  participants: Score;
  model: Score;
}

export interface Course {
  cases: CourseCase[];
  readers: CourseReader[];
  model: CourseReader;
  findings: CourseFinding[];
  /** All participants together. */
  bins: CalibrationBin[];
  together: Score;
  /** One line per case, reader and finding. */
  lines: CourseLine[];
}

export interface CourseLine {
  case: number;
  openedAt: number;
  title: string;
  reader: string;
  isModel: boolean;
  finding: string;
  expected: boolean;
  /** Null where the reader did not mention it. */
  probability: number | null;
  called: boolean;
  hints: number;
}

interface CaseReading {
  case: number;
  person: string;
  name: string;
  hints: number;
  reading: Reading;
  model: Reading;
}

/** `sessions`: revealed cases in the order in which they shall be listed. */
export function courseOf(sessions: readonly CaseSession[]): Course {
  const readings = sessions.flatMap((session, index): CaseReading[] => {
    const truth = expectedOf(session);
    return countedAnswers(session)
      .filter(({ stated }) => stated.length > 0)
      .map(({ person, name, stated, hints }) => ({
        case: index,
        person,
        name,
        hints,
        reading: { truth, stated },
        model: { truth: calledBy(session.model), stated },
      }));
  });
  const models = sessions.map((session) => ({ truth: expectedOf(session), stated: session.model }));
  const names = namesOf(readings);
  const all = readings.map(({ reading }) => reading);
  return {
    cases: sessions.map((session, index) => {
      const here = readings.filter((each) => each.case === index).map(({ reading }) => reading);
      return {
        title: session.description.title,
        openedAt: session.openedAt,
        expected: [...expectedOf(session)],
        answers: here.length,
        score: scoreOf(here),
        model: scoreOf(models.slice(index, index + 1)),
      };
    }),
    readers: [...names].map(([person, name]) => {
      const mine = readings.filter((each) => each.person === person);
      const own = mine.map(({ reading }) => reading);
      return {
        name,
        isModel: false,
        cases: mine.length,
        score: scoreOf(own),
        withModel: scoreOf(mine.map(({ model }) => model)),
        bins: calibrationOf(own),
      };
    }),
    model: {
      name: MODEL,
      isModel: true,
      cases: sessions.length,
      score: scoreOf(models),
      withModel: null,
      bins: calibrationOf(models),
    },
    findings: SCORED_FINDINGS.map((finding) => ({
      finding,
      participants: scoreOf(all, [finding]),
      model: scoreOf(models, [finding]),
    })).filter(({ participants: p, model: m }) => p.tp + p.fn + p.fp + m.tp + m.fn + m.fp > 0),
    bins: calibrationOf(all),
    together: scoreOf(all),
    lines: sessions.flatMap((session, index) => {
      const line = linesOf(session, index + 1);
      const people = readings.filter((each) => each.case === index);
      return [
        ...people.flatMap(({ person, hints, reading }) => line(names.get(person) ?? '', false, hints, reading)),
        ...line(MODEL, true, 0, models[index] ?? { truth: new Set(), stated: [] }),
      ];
    }),
  };
}

const MODEL = 'Model';

/** Each person's latest name, in the order of their first answers. */
function namesOf(readings: readonly CaseReading[]): Map<string, string> {
  const latest = new Map<string, string>();
  for (const { person, name } of readings) latest.set(person, name);
  const used = new Map<string, number>();
  return new Map(
    [...latest].map(([person, name]) => {
      const before = used.get(name) ?? (name === MODEL ? 1 : 0);
      used.set(name, before + 1);
      return [person, before === 0 ? name : `${name} (${before + 1})`];
    }),
  );
}

function linesOf({ openedAt, description: { title } }: CaseSession, number: number) {
  return (reader: string, isModel: boolean, hints: number, { truth, stated }: Reading): CourseLine[] => {
    const called = calledBy(stated);
    return SCORED_FINDINGS.map((finding) => ({
      case: number,
      openedAt,
      title,
      reader,
      isModel,
      finding,
      expected: truth.has(finding),
      probability: stated.find((each) => each.finding === finding)?.probability ?? null,
      called: called.has(finding),
      hints,
    }));
  };
}
