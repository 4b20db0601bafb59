// `cxr list` and `cxr forget`: the conversations stored on this machine; no model is loaded for them.
import type { Command } from 'commander';
import { createConversationStore, summariesOf } from '../../engine/conversation-store.ts';
import { CxrError } from '../../engine/error.ts';
import { openStore } from '../engine-flags.ts';

export function addListCommand(program: Command): void {
  program
    .command('list')
    .description('list stored conversations, the latest first')
    .option('--json', 'print one JSON line for each', false)
    .action(async ({ json }: { json: boolean }) => {
      const keyv = await openStore();
      try {
        const list = await summariesOf(createConversationStore(keyv));
        for (const summary of list) {
          const { id, bundle, turns, images, updatedAt } = summary;
          const line = json
            ? JSON.stringify(summary)
            : `${id}  ${updatedAt.slice(0, 16).replace('T', ' ')}  ${count(images, 'image')}, ${count(turns, 'turn')}  ${bundle}`;
          process.stdout.write(`${line}\n`);
        }
        if (list.length === 0 && !json) process.stderr.write('No conversations are stored.\n');
      } finally {
        await keyv.disconnect();
      }
    });
}

export function addForgetCommand(program: Command): void {
  program
    .command('forget')
    .description('remove everything stored of a conversation')
    .argument('<id>', 'as cxr list shows it')
    .action(async (id: string) => {
      const keyv = await openStore();
      try {
        if (!(await createConversationStore(keyv).remove(id))) {
          throw new CxrError('conversation-unknown', 'There is no such conversation.');
        }
        process.stdout.write('Forgotten.\n');
      } finally {
        await keyv.disconnect();
      }
    });
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
