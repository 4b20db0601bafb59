// `npm run setup:cuda`: fetches onnxruntime's CUDA libraries for the encoder and says whether the language model's CUDA build is there. Not verified on a GPU.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** onnxruntime-node's own installer downloads the CUDA execution provider when it is asked to. */
function fetchEncoderLibraries(): boolean {
  const { status } = spawnSync(
    'npm',
    ['rebuild', 'onnxruntime-node', '--foreground-scripts', '--ignore-scripts=false'],
    {
      stdio: 'inherit',
      shell: process.platform === 'win32',
      env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'cuda12', npm_config_onnxruntime_node_install: 'cuda12' },
    },
  );
  return status === 0;
}

function hasLanguageBuild(): boolean {
  const name = `@node-llama-cpp/${process.platform === 'win32' ? 'win' : 'linux'}-x64-cuda`;
  try {
    createRequire(require.resolve('node-llama-cpp')).resolve(name);
    return true;
  } catch {
    return false;
  }
}

if (process.platform === 'darwin') {
  process.stdout.write('Macs have no CUDA: the language model runs on Metal by itself, the encoder on the CPU.\n');
} else {
  const fetched = fetchEncoderLibraries();
  const encoder = fetched
    ? 'Encoder: onnxruntime has its CUDA libraries now; set BACKEND=cuda, or leave it at auto.'
    : 'Encoder: the CUDA libraries could not be fetched; the encoder stays on the CPU.';
  const language = hasLanguageBuild()
    ? 'Language model: the CUDA build is installed; GPU=auto takes it where there is a driver.'
    : 'Language model: the CUDA build is not installed; npm install --include=optional fetches it.';
  process.stdout.write(`${encoder}\n${language}\nCheck with: npx cxr doctor\n`);
  if (!fetched) process.exitCode = 1;
}
