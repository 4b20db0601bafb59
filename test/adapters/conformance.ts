// The adapter conformance suite: every adapter's test calls `describeAdapter(name, createHarness)` with a harness over a server that
// speaks its platform's real protocol on loopback. Change it only together with every harness.
//
// HOW TO WRITE A HARNESS
// `createHarness()` is called before every test and gives an `AdapterHarness`:
//   adapter()      builds an adapter (not started) over the platform. The suite calls it again after `crash` to see what survives.
//   crash(adapter) ends an adapter the hard way, as kill −9 would: connections dropped, nothing said, nothing waited for.
//   post(…)        a person (or a bot) posts on the platform; returns the thread as the adapter must name it and the message's event id.
//                  `thread` undefined: a new thread; `in` a channel unless `direct`. Deliver it as the platform would.
//   seen(thread)   what a person sees of the bot in that thread *now*, oldest first: one `SeenPost` per reply (a reply that the adapter
//                  split into several platform messages is one SeenPost with several `parts`). Text as rendered: platform escapes undone.
//   pings()        every person, role or group that the bot's posts would have notified so far.
//   links()        every link that the bot's posts would have rendered as clickable so far.
//   stopOnDrafts   true if the platform can show a button under an unfinished reply (the stop button).
//   openForm(…)    presses a button with a form, waits for what the platform answers and says what then stands before the person;
//                  `submitForm` fills that in, `resubmitForm` delivers the same submission again, `told` lists private sentences.
//   optional       `edit`, `remove`, `press`, `command`, `redeliver`, `twice`, `acknowledged`, `fault`, `writes`: leave out what the
//                  platform does not have; the suite then prints the test as skipped with that reason.
// All waiting is done by the suite (`vi.waitFor`): the harness answers at once with what is.
import { describe } from 'vitest';
import { createBench } from './conformance/bench.ts';
import { describeEvents } from './conformance/events.ts';
import { describeFaults } from './conformance/faults.ts';
import { describeFiles } from './conformance/files.ts';
import { describeForms } from './conformance/forms.ts';
import type { AdapterHarness } from './conformance/harness.ts';
import { describeReplies } from './conformance/replies.ts';

export type { AdapterHarness, PostOptions, SeenForm, SeenPost } from './conformance/harness.ts';

export function describeAdapter(name: string, createHarness: () => Promise<AdapterHarness>): void {
  describe(`adapter conformance: ${name}`, () => {
    const bench = createBench(createHarness);
    describeEvents(bench);
    describeFiles(bench);
    describeReplies(bench);
    describeForms(bench);
    describeFaults(bench);
  });
}
