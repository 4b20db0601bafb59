// Our Q4_0 kernel: equal to the plain sum bit for bit, and still fitting the llama.cpp that node-llama-cpp ships.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { canRunKernel, llamaSource, withKernel } from '../../../engine/native/build-kernel.ts';

const dir = mkdtempSync(join(tmpdir(), 'cxr-q4-gemm-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const COMPILER = process.env.CXX ?? 'g++';
const FLAGS = ['avx512f', 'avx512bw', 'avx512dq', 'avx512vl', 'avx512vnni', 'fma', 'f16c'].map((flag) => `-m${flag}`);

it('gives the plain sum, bit for bit, in whole and remaining rows', async ({ skip }) => {
  if (!(await canRunKernel())) skip('this processor has no AVX512-VNNI');
  if (spawnSync(COMPILER, ['--version']).error) skip(`there is no ${COMPILER}`);
  const program = join(dir, 'check');
  execFileSync(COMPILER, [
    '-std=c++17',
    '-O2',
    ...FLAGS,
    join(import.meta.dirname, 'q4-gemm-check.cpp'),
    '-o',
    program,
  ]);
  expect(execFileSync(program, { encoding: 'utf8' })).toBe('2688 values equal\n');
});

it('finds its place in the llama.cpp that is installed', () => {
  const source = join(dir, 'llama.git');
  execFileSync('git', ['clone', '--quiet', '--bare', llamaSource(), source]);
  const text = execFileSync('git', ['-C', source, 'show', 'HEAD:ggml/src/ggml-cpu/arch/x86/repack.cpp'], {
    encoding: 'utf8',
    maxBuffer: 16 * 1024 * 1024,
  });
  const patched = withKernel(text, '/a/q4-gemm.h');
  expect(patched.split('\n').length).toBe(text.split('\n').length + 4);
  expect(patched).toContain('#include "/a/q4-gemm.h"\nvoid ggml_gemm_q4_0_8x8_q8_0(');
  expect(() => withKernel('int main() {}', 'x')).toThrow("doesn't fit");
});
