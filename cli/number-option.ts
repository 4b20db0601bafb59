// Numbers on the command line: checked where they are read, refused in one sentence.
import { CxrError } from '../engine/error.ts';

/** Parser for an option that is a whole number of at least `from`. */
export function wholeNumber(from: number) {
  return (text: string): number => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isInteger(value) || value < from)
      throw new CxrError('usage', `${text} is not a whole number of at least ${from}.`);
    return value;
  };
}

/** Parser for an option that is a number from `low` to `high`. */
export function decimal(low: number, high: number) {
  return (text: string): number => {
    const value = Number(text);
    if (text.trim() === '' || !(value >= low && value <= high))
      throw new CxrError('usage', `${text} is not a number from ${low} to ${high}.`);
    return value;
  };
}
