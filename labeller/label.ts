// What a label is: the shape that everything which reads findings out of a text agrees on.

/** What a text says of one finding. */
export type Assertion = 'present' | 'absent' | 'uncertain' | 'not-mentioned';

/** Where in the text it says so; `start` inclusive, `end` exclusive, in UTF-16 code units of the text given. */
export interface Span {
  start: number;
  end: number;
  /** The words that decided: the mention and, where there was one, the cue that negated it or made it uncertain. */
  mention: string;
  cue?: string;
  assertion: Exclude<Assertion, 'not-mentioned'>;
}

export interface Label {
  /** Name as in bundles: `effusion`, `edema`, `atelectasis`, `cardiomegaly`, `consolidation`, `pneumothorax`, `pneumonia` … or `no-finding`. */
  finding: string;
  assertion: Assertion;
  spans: readonly Span[];
}
