// Which text model a command uses: the endpoint of the environment, or else a bundle.

import { createEndpointModel, endpointFromEnvironment } from './endpoint-model.ts';
import type { TextModel } from './text-model.ts';

/** `bundleDir` is used where the environment names no endpoint, or where it was asked for. */
export async function chooseTextModel(
  env: Readonly<Record<string, string | undefined>>,
  bundleDir: string,
  preferBundle: boolean,
): Promise<TextModel> {
  const endpoint = preferBundle ? null : endpointFromEnvironment(env);
  if (endpoint) return createEndpointModel(endpoint);
  const { createBundleModel } = await import('./bundle-model.ts');
  return createBundleModel(bundleDir);
}
