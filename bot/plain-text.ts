// Cleans text from outside before it goes anywhere: control characters, direction marks and invisible characters have no business in a question or a report.

const CONTROL = /(?![\n\t])\p{Cc}/gu;
/** Direction marks, zero-width and tag characters. */
const FORMAT = /\p{Cf}/gu;

/** `text` without characters that cannot be seen but change what is seen; line breaks and tabs stay. */
export function plainText(text: string): string {
  return text.replace(/\r\n?/g, '\n').replace(CONTROL, '').replace(FORMAT, '').normalize('NFC').trim();
}

/** A file name for showing: one line, at most 60 characters, no markup. */
export function shownName(name: string): string {
  const plain = plainText(name)
    .replace(/[\n\t]+/g, ' ')
    .replace(/[`*_~<>|[\]()@#\\]/g, '_');
  const shown = plain === '' ? 'file' : plain;
  return shown.length <= 60 ? shown : `${shown.slice(0, 40)}…${shown.slice(-16)}`;
}
