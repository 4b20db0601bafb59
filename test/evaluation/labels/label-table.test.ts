// Labelling in bulk: columns found, rows kept, spans shown, and the model's labels beside the rules' with their agreement.
import { expect, test } from 'vitest';
import { labelTable, readReportTable } from '../../../evaluation/labels/label-table.ts';
import { createEndpointModel } from '../../../evaluation/text-model/endpoint-model.ts';
import { startEndpoint } from '../support/endpoint-server.ts';

const CSV = 'id,Report\n1,"No pleural effusion, but\nmild cardiomegaly."\n2,Normal chest.\n3,Possible effusion.\n';

test('keeps the rows’ own columns and adds the labels', async () => {
  const { csv } = await labelTable(readReportTable(CSV), {
    findings: ['effusion', 'cardiomegaly', 'no-finding'],
    style: 'words',
    spans: false,
    model: null,
  });
  const rows = csv
    .trim()
    .split('\r\n')
    .filter((line) => !line.startsWith('mild'));
  expect(rows[0]).toBe('id,Report,effusion,cardiomegaly,no-finding');
  expect(csv).toContain('mild cardiomegaly.",absent,present,absent');
  expect(rows.at(-1)).toBe('3,Possible effusion.,uncertain,not-mentioned,uncertain');
});

test('CheXpert’s numbers and spans', async () => {
  const { csv } = await labelTable(readReportTable(CSV), {
    findings: ['effusion'],
    style: 'chexpert',
    spans: true,
    model: null,
  });
  expect(csv).toContain(',0.0,');
  expect(csv).toContain(',-1.0,');
  expect(csv).toContain('""mention"":""pleural effusion"",""cue"":""No""');
});

test('a file of sentences without a header is taken as it is; an unknown column is named', () => {
  expect(readReportTable('No effusion.\nCardiomegaly.\n').rows.map((row) => row.report)).toEqual([
    'No effusion.',
    'Cardiomegaly.',
  ]);
  expect(() => readReportTable('a,b\n1,2\n')).toThrow(/Name it with --column; there are a, b/);
  expect(() => readReportTable(CSV, ['nowhere'])).toThrow(/no column "nowhere"/);
  expect(() => readReportTable('')).toThrow(/holds no report/);
});

test('a report cannot smuggle a spreadsheet formula into the output', async () => {
  const { csv } = await labelTable(readReportTable('report\n=1+1\n'), {
    findings: ['effusion'],
    style: 'words',
    spans: false,
    model: null,
  });
  expect(csv).toContain("'=1+1");
});

test('a model labels beside the rules; disagreement shows in kappa and broken answers are counted', async () => {
  const server = await startEndpoint((request, count) => {
    const report = request.messages.at(-1)?.content.split('REPORT: ')[1] ?? '';
    if (count === 3) return '{"Edema": true}';
    return JSON.stringify({
      Cardiomegaly: report.includes('cardiomegaly'),
      Edema: false,
      Consolidation: false,
      Atelectasis: false,
      'Pleural Effusion': report.includes('effusion'),
      'No Finding': false,
    });
  });
  try {
    const model = createEndpointModel({ url: server.url, model: 'labeller' });
    const { csv, agreement } = await labelTable(readReportTable(CSV), {
      findings: ['effusion', 'cardiomegaly'],
      style: 'words',
      spans: false,
      model,
    });
    expect(csv.split('\r\n')[0]).toBe('id,Report,effusion,cardiomegaly,cardiomegaly (model),effusion (model)');
    // The model calls the denied effusion present: 1 of 2 the same.
    expect(agreement?.rows).toEqual([
      ['cardiomegaly', '2', '100 %', '1.00'],
      ['effusion', '2', '50 %', '0.00'],
    ]);
    expect(agreement?.notes.at(-1)).toContain('1 answers were no valid JSON');
    expect(server.requests[0]?.body.temperature).toBe(0);
  } finally {
    await server.close();
  }
});
