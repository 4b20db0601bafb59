// Debian's Chromium, driven for tests of the page; where it is absent the tests say so and skip.
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, type BrowserContextOptions, chromium } from 'playwright-core';

const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';

/** Why there is no browser to test with, or null. */
export function chromiumMissing(): string | null {
  try {
    accessSync(executablePath, constants.X_OK);
    return null;
  } catch {
    return `no Chromium at ${executablePath}: tests in the browser are skipped`;
  }
}

export interface Browsing {
  context: BrowserContext;
  close(): Promise<void>;
}

/** A browser of its own with an empty profile. */
export async function browse(options: BrowserContextOptions = {}): Promise<Browsing> {
  const profile = mkdtempSync(join(tmpdir(), 'cxr-chromium-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
    viewport: { width: 1440, height: 900 },
    colorScheme: 'dark',
    ...options,
  });
  context.setDefaultTimeout(30_000);
  return {
    context,
    async close() {
      await context.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}
