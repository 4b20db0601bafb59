// Reads an image file named on the command line, its size checked before its bytes.
import { open } from 'node:fs/promises';
import { CxrError } from '../engine/error.ts';
import { DECODE_LIMITS } from '../engine/image/limits.ts';

/** Throws `usage` where there is no such file, `image-too-large` before reading more than the limit. */
export async function readImageFile(path: string): Promise<Uint8Array> {
  const file = await open(path, 'r').catch((error: unknown) => {
    throw new CxrError('usage', `The file ${path} cannot be read.`, { cause: error });
  });
  try {
    const stats = await file.stat();
    const { maxBytes } = DECODE_LIMITS;
    if (!stats.isFile()) throw new CxrError('usage', `${path} is not a file.`);
    if (stats.size > maxBytes) {
      throw new CxrError(
        'image-too-large',
        `The file is larger than the limit of ${Math.round(maxBytes / 1024 / 1024)} MB.`,
      );
    }
    return await file.readFile();
  } finally {
    await file.close();
  }
}
