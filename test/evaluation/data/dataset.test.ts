// Descriptions of data sets: every ready-made one parses, columns mean what they say, and the samples hold out what training holds out.
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findDatasets, loadDataset, readyMade, readyMadeNames } from '../../../evaluation/data/dataset.ts';
import { hash32 } from '../../../evaluation/metrics/random.ts';

function folderWith(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'dataset-'));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

test('the ready-made descriptions are those of the paper, NIH, MIMIC, VinDr and the samples', () => {
  expect(readyMadeNames()).toEqual([
    'chexpert-test',
    'indiana',
    'kermany-sample',
    'mimic-cxr-jpg',
    'nih-chestxray14',
    'nih-sample',
    'pediatric',
    'vindr-cxr',
  ]);
  for (const name of readyMadeNames()) expect(readyMade(name).name).toBe(name);
});

test('CheXpert: frontal by path, patient from path, uncertain and empty cells', () => {
  const head =
    'Path,No Finding,Enlarged Cardiomediastinum,Cardiomegaly,Lung Opacity,Lung Lesion,Edema,Consolidation,Pneumonia,Atelectasis,Pneumothorax,Pleural Effusion,Pleural Other,Fracture,Support Devices';
  const folder = folderWith({
    'test_labels.csv': `${head}\ntest/patient64741/study1/view1_frontal.jpg,0.0,0.0,1.0,0.0,0.0,-1.0,0.0,0.0,1.0,0.0,,0.0,0.0,1.0\ntest/patient64741/study1/view2_lateral.jpg,0.0,0.0,1.0,0.0,0.0,0.0,0.0,0.0,1.0,0.0,0.0,0.0,0.0,1.0\n`,
  });
  const { images, leftOut } = loadDataset(readyMade('chexpert-test'), folder);
  expect(leftOut).toEqual({ 'not frontal': 1 });
  expect(images).toHaveLength(1);
  expect(images[0]).toMatchObject({
    patient: 'patient64741',
    truth: {
      abnormal: 'present',
      atelectasis: 'present',
      edema: 'uncertain',
      effusion: 'unknown',
      consolidation: 'absent',
    },
  });
});

test('NIH: findings in one cell, images in any folder, the official list', () => {
  const folder = folderWith({
    'Data_Entry_2017.csv':
      'Image Index,Finding Labels,Patient ID,View Position\na.png,Effusion|Edema,1,PA\nb.png,No Finding,2,AP\nc.png,Mass,3,PA\n',
    'test_list.txt': 'a.png\nb.png\n',
    'images_001/a.png': '',
    'images_002/b.png': '',
  });
  const { images } = loadDataset(readyMade('nih-chestxray14'), folder);
  expect(images.map(({ id, truth }) => [id, truth.effusion, truth.atelectasis, truth.abnormal])).toEqual([
    ['images_001/a.png', 'present', 'absent', 'present'],
    ['images_002/b.png', 'absent', 'absent', 'absent'],
  ]);
});

test('MIMIC: three tables joined, path built from ids', () => {
  const folder = folderWith({
    'mimic-cxr-2.0.0-metadata.csv':
      'dicom_id,subject_id,study_id,ViewPosition\nd1,10000032,500,PA\nd2,10000032,500,LATERAL\n',
    'mimic-cxr-2.0.0-split.csv': 'dicom_id,study_id,subject_id,split\nd1,500,10000032,test\nd2,500,10000032,test\n',
    'mimic-cxr-2.0.0-chexpert.csv':
      'subject_id,study_id,Atelectasis,Cardiomegaly,Consolidation,Edema,Enlarged Cardiomediastinum,Fracture,Lung Lesion,Lung Opacity,No Finding,Pleural Effusion,Pleural Other,Pneumonia,Pneumothorax,Support Devices\n10000032,500,1.0,,,-1.0,,,,,,0.0,,,,\n',
  });
  const { images } = loadDataset(readyMade('mimic-cxr-jpg'), folder);
  expect(images.map(({ id }) => id)).toEqual(['files/p10/p10000032/s500/d1.jpg']);
  expect(images[0]?.truth).toMatchObject({
    atelectasis: 'present',
    cardiomegaly: 'absent',
    edema: 'uncertain',
    effusion: 'absent',
    abnormal: 'present',
  });
});

test('Indiana: labels come from the reports', () => {
  const folder = folderWith({
    'indiana_projections.csv': 'uid,filename,projection\n1,1_f.png,Frontal\n1,1_l.png,Lateral\n2,2_f.png,Frontal\n',
    'indiana_reports.csv':
      'uid,findings,impression\n1,No pleural effusion. The heart is enlarged.,Cardiomegaly.\n2,Heart size normal. Lungs clear.,No acute disease.\n',
  });
  const { images } = loadDataset(readyMade('indiana'), folder);
  expect(images.map(({ truth }) => [truth.cardiomegaly, truth.effusion, truth.edema, truth.abnormal])).toEqual([
    ['present', 'absent', 'absent', 'present'],
    ['absent', 'absent', 'absent', 'absent'],
  ]);
});

test('the pediatric set has folders instead of a table', () => {
  const folder = folderWith({
    'test/NORMAL/IM-0001-0001.jpeg': '',
    'test/PNEUMONIA/person1_virus_6.jpeg': '',
    'test/PNEUMONIA/person1_virus_7.jpeg': '',
  });
  const { images } = loadDataset(readyMade('pediatric'), folder);
  expect(images.map(({ patient, truth }) => [patient, truth.abnormal])).toEqual([
    ['IM-0001', 'absent'],
    ['person1', 'present'],
    ['person1', 'present'],
  ]);
});

test('what does not fit is said in a sentence', () => {
  const yaml =
    'format: cxr-dataset/1\nname: x\ntitle: X\ncohort: adult\nsource: s\nlicense: l\ntable: t.csv\nimage: { path: "{file}" }\nlabels:\n  edema: { column: Edema }\n';
  const folder = folderWith({ 'dataset.yaml': yaml, 't.csv': 'file,Edema\na.png,perhaps\n' });
  const [found] = findDatasets(folder);
  if (!found) throw new Error('not found');
  expect(() => loadDataset(found.description, found.folder)).toThrow(
    '"perhaps" in column Edema is neither present, absent nor uncertain.',
  );
  writeFileSync(join(folder, 't.csv'), 'file\na.png\n');
  expect(() => loadDataset(found.description, found.folder)).toThrow('no column "Edema"');
  writeFileSync(join(folder, 'dataset.yaml'), yaml.replace('adult', 'elderly'));
  expect(() => findDatasets(folder)).toThrow(/no valid data set description: cohort/);
  expect(() => findDatasets(join(folder, 'nowhere'))).toThrow(/does not exist/);
  expect(() => readyMade('../secret')).toThrow(/no ready-made/);
});

const SAMPLE = resolve(import.meta.dirname, '../../../../shared/data/cxr');
describe('the samples in ../shared/data/cxr', () => {
  if (!existsSync(SAMPLE)) console.warn('skipped: ../shared/data/cxr is absent');
  test.skipIf(!existsSync(SAMPLE))('are found by their tables; validation parts only', () => {
    const parts = findDatasets(SAMPLE).map(({ description, folder }) => loadDataset(description, folder));
    const [kermany, nih] = parts;
    expect(parts.map((part) => part.description.name)).toEqual(['kermany-sample', 'nih-sample']);
    expect(nih?.images).toHaveLength(188);
    expect(nih?.images.filter((image) => image.truth.effusion === 'present')).toHaveLength(32);
    // training/encoder/data.py holds out every patient whose hash is 0 modulo 8; the same here.
    expect(kermany?.images.length).toBeGreaterThan(400);
    expect(kermany?.images.every((image) => hash32(image.patient) % 8 === 0)).toBe(true);
  });
});
