// Exit codes of `cxr`: scripts can tell a refused image from a broken bundle.
import type { CxrError, CxrErrorCode } from '../engine/error.ts';

export const EXIT = { ok: 0, other: 1, usage: 2, refusedInput: 3, brokenBundle: 4 } as const;

const BY_CODE: Partial<Record<CxrErrorCode, number>> = {
  usage: EXIT.usage,
  'config-invalid': EXIT.usage,
  'bundle-missing': EXIT.brokenBundle,
  'bundle-invalid': EXIT.brokenBundle,
  'bundle-hash': EXIT.brokenBundle,
  'bundle-mismatch': EXIT.brokenBundle,
  'checkpoint-invalid': EXIT.brokenBundle,
};

export function exitCodeOf({ code }: Pick<CxrError, 'code'>): number {
  if (code.startsWith('image-') || code.startsWith('question-')) return EXIT.refusedInput;
  return BY_CODE[code] ?? EXIT.other;
}
