// What a person sends, until the server has it: films go up one by one, everything waits out a lost connection, nothing is sent twice.
import * as api from './api.ts';

export interface OutboxFile {
  name: string;
  size: number;
  state: 'waiting' | 'uploading' | 'received' | 'refused';
  /** Share sent, in [0, 1]. */
  progress: number;
  /** Why it was refused. */
  sentence: string | null;
}

export interface OutboxEntry {
  id: string;
  thread: string;
  text: string;
  files: readonly OutboxFile[];
  /** `waiting`: no connection, will be tried again. `failed`: a person has to decide. `sent`: kept for its refused files. */
  state: 'sending' | 'waiting' | 'failed' | 'sent';
  sentence: string | null;
}

export interface Outbox {
  send(thread: string, text: string, files: readonly File[]): void;
  sendSample(thread: string, name: string): void;
  entries(thread: string): readonly OutboxEntry[];
  /** The film on its way in this thread, as it lies in this browser: for a first look while it is being read. */
  preview(thread: string): Blob | null;
  /** Name of an uploaded file as this tab knows it; the server never learns it. */
  localName(uploadId: string): string | undefined;
  retry(id: string): void;
  dismiss(id: string): void;
  /** Something changed; connections that came back should call it too. */
  wake(): void;
}

interface HeldFile extends OutboxFile {
  file: File | null;
  uploadId: string | null;
}
interface HeldEntry extends OutboxEntry {
  files: HeldFile[];
  sample: string | null;
}

/** The server could take the film later. */
const isBusy = (error: unknown) =>
  error instanceof api.RequestError && (error.code === 'rate-limited' || error.code === 'overloaded');

const firstRetryMs = 1000;
const longestRetryMs = 10_000;

export function createOutbox(options: {
  limits: { maxBytes: number; maxFiles: number };
  onChange: () => void;
}): Outbox {
  const held: HeldEntry[] = [];
  const names = new Map<string, string>();
  const previews = new Map<string, Blob>();
  let running = false;
  let timer = 0;
  let retryMs = firstRetryMs;

  const change = (entry: HeldEntry, state: HeldEntry['state'], sentence: string | null = null) => {
    entry.state = state;
    entry.sentence = sentence;
    options.onChange();
  };

  function refusalBeforeSending(file: File): string | null {
    if (file.size === 0) return 'This file is empty.';
    if (file.size <= options.limits.maxBytes) return null;
    return `This file is larger than the ${Math.floor(options.limits.maxBytes / 1024 / 1024)} MB that are taken here.`;
  }

  async function uploadFile(entry: HeldEntry, held: HeldFile): Promise<void> {
    if (!held.file) return;
    held.state = 'uploading';
    options.onChange();
    try {
      const { id } = await api.upload(held.file, (share) => {
        held.progress = share;
        options.onChange();
      });
      held.uploadId = id;
      held.state = 'received';
      names.set(id, held.name);
    } catch (error) {
      if (api.isPassing(error) || isBusy(error)) {
        held.state = 'waiting';
        held.progress = 0;
        throw error;
      }
      held.state = 'refused';
      held.sentence = api.sentenceOf(error);
    }
    change(entry, 'sending');
  }

  async function deliver(entry: HeldEntry): Promise<void> {
    change(entry, 'sending');
    if (entry.sample !== null && !entry.files.some(({ uploadId }) => uploadId)) {
      const { id, size } = await api.takeSample(entry.sample);
      names.set(id, entry.sample);
      entry.files = [
        { name: entry.sample, size, state: 'received', progress: 1, sentence: null, file: null, uploadId: id },
      ];
    }
    for (const file of entry.files) if (file.state === 'waiting') await uploadFile(entry, file);
    const attachments = entry.files.flatMap(({ state, uploadId }) =>
      state === 'received' && uploadId ? [uploadId] : [],
    );
    if (entry.text.trim() === '' && attachments.length === 0) return change(entry, 'sent');
    try {
      await api.sendMessage(entry.thread, { id: entry.id, text: entry.text, attachments });
    } catch (error) {
      if (!(error instanceof api.RequestError) || error.code !== 'attachment-unavailable') throw error;
      // The server was restarted between the upload and the message: the films have to go up again.
      for (const file of entry.files) {
        if (file.state === 'received') Object.assign(file, { state: 'waiting', progress: 0, uploadId: null });
      }
      throw new api.RequestError('unreachable', error.message);
    }
    change(entry, 'sent');
    if (entry.files.every(({ state }) => state !== 'refused')) remove(entry.id);
  }

  function remove(id: string): void {
    const index = held.findIndex((entry) => entry.id === id);
    if (index >= 0) held.splice(index, 1);
    options.onChange();
  }

  async function run(): Promise<void> {
    if (running) return;
    running = true;
    clearTimeout(timer);
    for (;;) {
      const entry = held.find(({ state }) => state === 'sending' || state === 'waiting');
      if (!entry) break;
      try {
        await deliver(entry);
        retryMs = firstRetryMs;
      } catch (error) {
        if (!api.isPassing(error)) {
          change(entry, 'failed', api.sentenceOf(error));
          continue;
        }
        change(entry, 'waiting', 'Waiting for the connection; this will be sent by itself.');
        timer = window.setTimeout(() => void run(), retryMs);
        retryMs = Math.min(longestRetryMs, retryMs * 2);
        break;
      }
    }
    running = false;
  }

  function add(entry: Pick<HeldEntry, 'thread' | 'text' | 'files' | 'sample'>): void {
    held.push({ ...entry, id: crypto.randomUUID(), state: 'sending', sentence: null });
    options.onChange();
    void run();
  }

  return {
    send(thread, text, files) {
      const entries = files.map((file, index): HeldFile => {
        const tooMany = index >= options.limits.maxFiles;
        const sentence = tooMany
          ? `At most ${options.limits.maxFiles} films are taken at once.`
          : refusalBeforeSending(file);
        const state = sentence === null ? 'waiting' : 'refused';
        return { name: file.name, size: file.size, state, progress: 0, sentence, file, uploadId: null };
      });
      const first = files.find((_, index) => entries[index]?.state === 'waiting');
      if (first) previews.set(thread, first);
      add({ thread, text, files: entries, sample: null });
    },
    sendSample(thread, name) {
      add({ thread, text: '', files: [], sample: name });
      // Only a first look: without it the film appears with its report.
      api.sample(name).then(
        (film) => {
          previews.set(thread, film);
          options.onChange();
        },
        () => {},
      );
    },
    entries: (thread) => held.filter((entry) => entry.thread === thread),
    preview: (thread) => previews.get(thread) ?? null,
    localName: (uploadId) => names.get(uploadId),
    retry(id) {
      const entry = held.find((candidate) => candidate.id === id);
      if (entry) change(entry, 'sending');
      void run();
    },
    dismiss: remove,
    wake: () => void run(),
  };
}
