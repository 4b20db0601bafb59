// Opens the printed address in the desktop's browser, where there is a desktop and a person at a terminal.
import { spawn } from 'node:child_process';

type Environment = Readonly<Record<string, string | undefined>>;

function opener(environment: Environment): string | null {
  if (process.platform === 'darwin') return 'open';
  if (process.platform === 'win32') return 'explorer.exe';
  return environment.DISPLAY || environment.WAYLAND_DISPLAY ? 'xdg-open' : null;
}

/** Never fails: the address is printed anyway. `environment` is `process.env`; `CI` in it keeps the browser closed. */
export function openBrowser(url: string, environment: Environment): void {
  const command = process.stdout.isTTY && !environment.CI ? opener(environment) : null;
  if (command === null) return;
  const child = spawn(command, [url], { stdio: 'ignore', detached: true });
  child.on('error', () => undefined);
  child.unref();
}
