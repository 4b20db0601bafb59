// The differential of a case, ranked: how many participants named each diagnosis and at which mean rank, beside the teacher's order and the model's.
import { diagnosisName } from './diagnosis-names.ts';
import { readDifferential } from './read-differential.ts';
import { type CaseSession, countedAnswers } from './session.ts';

export interface RankedDiagnosis {
  name: string;
  /** Participants who named it. */
  named: number;
  /** Mean of their ranks, first is 1; null if nobody named it. */
  meanRank: number | null;
  teacherRank: number | null;
  modelRank: number | null;
}

export interface RankedDifferential {
  /** Participants who gave a differential. */
  participants: number;
  diagnoses: readonly RankedDiagnosis[];
}

/** Everybody's own list, in their words: participants first, then teacher and model; empty lists left out. */
export function differentialsOf(session: CaseSession): { name: string; items: readonly string[] }[] {
  return [
    ...countedAnswers(session).map(({ name, differential }) => ({ name, items: differential })),
    { name: 'Teacher', items: session.description.differential },
    { name: 'Model', items: modelsOf(session) },
  ].filter(({ items }) => items.length > 0);
}

function modelsOf({ further }: CaseSession): string[] {
  return readDifferential(further?.differential ?? '').items;
}

export function differentialOf(session: CaseSession): RankedDifferential {
  const lists = countedAnswers(session)
    .map(({ differential }) => differential.map(diagnosisName))
    .filter((list) => list.length > 0);
  const teacher = session.description.differential.map(diagnosisName);
  const model = modelsOf(session).map(diagnosisName);
  const diagnoses = [...new Set([...lists.flat(), ...teacher, ...model])].map((name): RankedDiagnosis => {
    const ranks = lists.map((list) => list.indexOf(name) + 1).filter((rank) => rank > 0);
    return {
      name,
      named: ranks.length,
      meanRank: ranks.length === 0 ? null : ranks.reduce((sum, rank) => sum + rank, 0) / ranks.length,
      teacherRank: rankIn(teacher, name),
      modelRank: rankIn(model, name),
    };
  });
  return { participants: lists.length, diagnoses: diagnoses.sort(byWeight) };
}

/** What most named comes first, then what was named earlier, then the teacher's and the model's order. */
function byWeight(a: RankedDiagnosis, b: RankedDiagnosis): number {
  return (
    b.named - a.named ||
    last(a.meanRank) - last(b.meanRank) ||
    last(a.teacherRank) - last(b.teacherRank) ||
    last(a.modelRank) - last(b.modelRank)
  );
}

const last = (rank: number | null): number => rank ?? 1_000;

function rankIn(list: readonly string[], name: string): number | null {
  const index = list.indexOf(name);
  return index < 0 ? null : index + 1;
}

/** One line a diagnosis; empty if nobody named any. */
export function differentialLines(session: CaseSession): string[] {
  const { participants, diagnoses } = differentialOf(session);
  return diagnoses.map(
    ({ name, named, meanRank, teacherRank, modelRank }) =>
      `- ${name}: ${[
        ...(participants === 0
          ? []
          : [
              `${named} of ${participants} participants${meanRank === null ? '' : `, mean rank ${meanRank.toFixed(1)}`}`,
            ]),
        ...(teacherRank === null ? [] : [`teacher ${teacherRank}`]),
        ...(modelRank === null ? [] : [`model ${modelRank}`]),
      ].join('; ')}`,
  );
}
