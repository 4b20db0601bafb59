// How this command is typed where it runs: people copy what is printed.

/** `npm run -s cxr -- resume ID` in a checkout, where npm started it by that script; `cxr resume ID` where it is installed. */
export function spelled(command: string, environment: NodeJS.ProcessEnv = process.env): string {
  return `${environment.npm_lifecycle_event === 'cxr' ? 'npm run -s cxr --' : 'cxr'} ${command}`;
}
