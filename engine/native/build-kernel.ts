// Builds llama.cpp's CPU library anew, with our Q4_0 kernel (q4-gemm.h) in it, from the very source that node-llama-cpp ships; only for processors with AVX512-VNNI.
import { execFile } from 'node:child_process';
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { CxrError } from '../error.ts';

/** Ends the name of the prebuilt library that lies beside the one with the kernel. */
export const PREBUILT = '.prebuilt';

const run = promisify(execFile);

/** Where the kernel goes in llama.cpp: in front of this function, and as its first statement. */
const FUNCTION =
  'void ggml_gemm_q4_0_8x8_q8_0(int n, float * GGML_RESTRICT s, size_t bs, const void * GGML_RESTRICT vx, const void * GGML_RESTRICT vy, int nr, int nc) {\n';
const CALL = '#if defined(CXR_HAS_Q4_GEMM)\n    if (cxr::gemm_q4_0(n, s, bs, vx, vy, nr, nc)) return;\n#endif\n';
const NEEDED_FLAGS = ['avx512f', 'avx512bw', 'avx512dq', 'avx512vl', 'avx512_vnni'];

/** The git bundle with the source of the llama.cpp that is installed. */
export function llamaSource(): string {
  const main = createRequire(import.meta.url).resolve('node-llama-cpp');
  return join(dirname(main), '..', 'llama', 'gitRelease.bundle');
}

/** True if this is a Linux machine whose processor can run the kernel. */
export async function canRunKernel(): Promise<boolean> {
  if (process.platform !== 'linux' || process.arch !== 'x64') return false;
  const flags = /^flags\s*:(.*)$/m.exec(await readFile('/proc/cpuinfo', 'utf8'))?.[1]?.split(' ') ?? [];
  return NEEDED_FLAGS.every((flag) => flags.includes(flag));
}

/** The prebuilt CPU library that llama.cpp has loaded into this process; throws `backend-unavailable` if there is none. */
export async function loadedCpuLibrary(): Promise<string> {
  const maps = await readFile('/proc/self/maps', 'utf8');
  const path = /\s(\/\S*libggml-cpu-[a-z0-9]+\.so)$/m.exec(maps)?.[1];
  if (path === undefined) throw new CxrError('backend-unavailable', 'llama.cpp has loaded no CPU library of its own.');
  return path;
}

/** Puts the kernel into the text of llama.cpp's x86/repack.cpp; throws `internal` if llama.cpp has changed there. */
export function withKernel(source: string, header: string): string {
  const parts = source.split(FUNCTION);
  if (parts.length !== 2) {
    throw new CxrError(
      'internal',
      "This version of llama.cpp multiplies otherwise; our kernel doesn't fit it any more.",
    );
  }
  return `${parts[0]}#include "${header}"\n${FUNCTION}${CALL}${parts[1]}`;
}

/**
 * Builds `variant` (as in libggml-cpu-zen4.so: `zen4`) with the kernel `header` and returns the library's bytes. Needs git, cmake and a C++
 * compiler; takes about two minutes on two cores. `log` gets what is being done. Throws `backend-unavailable` with what is missing or went wrong.
 */
export async function buildKernel(variant: string, header: string, log: (step: string) => void): Promise<Uint8Array> {
  const dir = await mkdtemp(join(tmpdir(), 'cxr-kernel-'));
  const [source, build] = [join(dir, 'llama.cpp'), join(dir, 'build')];
  try {
    log("Unpacking node-llama-cpp's llama.cpp");
    await run('git', ['clone', '--quiet', llamaSource(), source]);
    const file = join(source, 'ggml', 'src', 'ggml-cpu', 'arch', 'x86', 'repack.cpp');
    await writeFile(file, withKernel(await readFile(file, 'utf8'), header));
    // The release leaves this template out; ggml's CMake file wants to fill it in.
    await appendFile(join(source, 'ggml', 'ggml.pc.in'), '');
    log('Configuring');
    await run('cmake', [
      ...['-S', join(source, 'ggml'), '-B', build],
      '-DCMAKE_BUILD_TYPE=Release',
      ...['-DBUILD_SHARED_LIBS=ON', '-DGGML_BACKEND_DL=ON', '-DGGML_CPU_ALL_VARIANTS=ON', '-DGGML_NATIVE=OFF'],
      ...['-DGGML_OPENMP=OFF', '-DGGML_LLAMAFILE=ON', '-DGGML_BUILD_TESTS=OFF', '-DGGML_BUILD_EXAMPLES=OFF'],
      // As the prebuilt libraries are: no version in the names, found beside each other.
      ...['-DCMAKE_PLATFORM_NO_VERSIONED_SONAME=ON', '-DCMAKE_BUILD_WITH_INSTALL_RPATH=ON'],
      '-DCMAKE_INSTALL_RPATH=$ORIGIN',
    ]);
    log('Compiling (about two minutes on two cores)');
    const target = `ggml-cpu-${variant}`;
    await run('cmake', ['--build', build, '--target', target, '--parallel', String(availableParallelism())], {
      maxBuffer: 64 * 1024 * 1024,
    });
    return await readFile(join(build, 'bin', `lib${target}.so`));
  } catch (error) {
    if (error instanceof CxrError) throw error;
    const { code, path, stderr } = error as NodeJS.ErrnoException & { stderr?: string };
    const why = code === 'ENOENT' && path !== undefined ? `${path} is not installed` : 'a step of the build failed';
    throw new CxrError('backend-unavailable', `The kernel can't be built: ${why}.`, {
      cause: error,
      ...(stderr === undefined ? {} : { detail: { stderr: stderr.slice(-2_000) } }),
    });
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
