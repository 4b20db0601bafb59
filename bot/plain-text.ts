// Cleans text from outside before it goes anywhere: control characters, direction marks and invisible characters have no business in a question or a report.

const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g;
const DIRECTION = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
const INVISIBLE = /[\u00ad\u200b-\u200d\u2060\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/gu;

/** `text` without characters that cannot be seen but change what is seen; line breaks and tabs stay. */
export function plainText(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .replace(CONTROL, '')
    .replace(DIRECTION, '')
    .replace(INVISIBLE, '')
    .normalize('NFC')
    .trim();
}

/** A file name for showing: one line, at most 60 characters, no markup. */
export function shownName(name: string): string {
  const plain = plainText(name)
    .replace(/[\n\t]+/g, ' ')
    .replace(/[`*_~<>|[\]()@#\\]/g, '_');
  const shown = plain === '' ? 'file' : plain;
  return shown.length <= 60 ? shown : `${shown.slice(0, 40)}…${shown.slice(-16)}`;
}
