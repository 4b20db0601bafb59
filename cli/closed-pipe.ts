// `cxr … | head`: whoever reads has had enough, which is no error. What can't be written for another reason is told in one sentence.
import { EXIT } from './exit-code.ts';
import { fileTrouble } from './file-trouble.ts';

export function endQuietlyWhenClosed(stream: NodeJS.WriteStream): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(EXIT.ok);
    process.stderr.write(`cxr: ${fileTrouble(error) ?? `The output cannot be written: ${error.message}`}\n`);
    process.exit(EXIT.other);
  });
}
