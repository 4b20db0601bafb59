// The engine's temporary folder (adapters, KV caches of conversations): for its owner only, removed at the end, and swept when an earlier process died.
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

export interface WorkFolder {
  path: string;
  remove(): Promise<void>;
}

/** One folder for each user: nobody else's files are ever swept. */
const rootName = () => `cxr-engine-${userInfo().uid}`;

export async function makeWorkFolder(root: string = join(tmpdir(), rootName())): Promise<WorkFolder> {
  await mkdir(root, { recursive: true, mode: 0o700 });
  await sweep(root);
  const path = await mkdtemp(join(root, `${process.pid}-`));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** Removes folders of processes that are no longer there: what they hold comes from radiographs. */
async function sweep(root: string): Promise<void> {
  for (const name of await readdir(root)) {
    const pid = Number(/^(\d+)-/.exec(name)?.[1]);
    if (Number.isInteger(pid) && !isAlive(pid)) await rm(join(root, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
