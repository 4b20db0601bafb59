// The real radiographs of the shared data folder, for tests that print a reason and skip where it is absent.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const SHARED = [join(import.meta.dirname, '../../../shared'), join(import.meta.dirname, '../../shared')].find((path) =>
  existsSync(join(path, 'data/samples')),
);

export const haveSamples = SHARED !== undefined;
if (!haveSamples) console.warn('Skipped: no ../shared/data/samples here, so no test runs on real radiographs.');

export const SAMPLE = {
  normal: 'nih_00001280_004_no_finding_PA.png',
  effusion: 'nih_00000011_000_effusion_PA.png',
  childJpeg: 'kermany_normal_IM-0117-0001.jpeg',
  dicom: 'rsna_nih_real_cxr.dcm',
  all: [
    'hannover_0a7faa2a_covid19_PA.png',
    'kermany_normal_IM-0117-0001.jpeg',
    'kermany_pneumonia_person9_bacteria_41.jpeg',
    'nih_00000001_000_cardiomegaly_PA.png',
    'nih_00000011_000_effusion_PA.png',
    'nih_00000013_020_pneumothorax_PA.png',
    'nih_00001280_004_no_finding_PA.png',
    'nih_00010604_005_edema_pneumonia_PA.png',
    'rsna_nih_real_cxr.dcm',
  ],
} as const;

/** Bytes of one sample; only where `haveSamples`. */
export function readSample(name: string): Uint8Array {
  return new Uint8Array(readFileSync(join(SHARED ?? '', 'data/samples', name)));
}
