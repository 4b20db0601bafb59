// Conformance: what a crash or a fault of the platform must not lose or double.
import { expect, test, vi } from 'vitest';
import { type Bench, eventually, need, PNG } from './bench.ts';

export function describeFaults(bench: Bench): void {
  test.for(['after an update', 'after finishing'])(
    'continues the reply of a key after a crash %s',
    async (when, { skip }) => {
      if (bench.harness.forgetsOnCrash === true) skip('what was seen is gone with the process');
      const content = {
        text: 'The whole answer.',
        pictures: [{ png: PNG, name: 'panel.png', alt: 'Finding panel' }],
      };
      const { place, reply } = await bench.opened('crash');
      await reply.update('The whole');
      await vi.waitFor(async () => expect((await bench.only(place)).unfinished).toBe(true), eventually);
      if (when === 'after finishing') await reply.finish(content);
      await bench.restart();
      const continued = await bench.adapter.reply(place, { key: 'crash' });
      await continued.finish(content);
      await vi.waitFor(async () => {
        const seen = await bench.only(place);
        expect(seen.parts.join('').split('The whole answer.')).toHaveLength(2);
        expect(seen.pictures).toHaveLength(1);
        expect(seen.unfinished).toBe(false);
      }, eventually);
    },
  );

  test.for(['rate-limit', 'server-error', 'slow', 'disconnect'] as const)(
    'brings the whole answer through a fault: %s',
    async (fault, { skip }) => {
      need(skip, bench.harness.fault, 'fault injection');
      const { place, reply } = await bench.opened(`fault-${fault}`);
      await reply.update('The heart');
      await bench.harness.fault?.(fault);
      await reply.update('The heart is');
      await reply.finish({ text: 'The heart is enlarged.' });
      await vi.waitFor(async () => {
        const seen = await bench.only(place);
        expect(seen.parts.join('').split('The heart is enlarged.')).toHaveLength(2);
        expect(seen.unfinished).toBe(false);
      }, eventually);
    },
  );
}
