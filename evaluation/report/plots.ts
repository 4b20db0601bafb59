// Plots as SVG, drawn by echarts without a browser.
import * as echarts from 'echarts';
import type { ConditionResult } from '../analysis/condition-result.ts';
import type { ScoreResult } from '../analysis/probabilities.ts';
import type { DatasetResult } from '../analysis/results.ts';
import { SWEEP_TEMPERATURES, SWEEP_TOP_PS } from '../study/plan.ts';

export interface Plot {
  title: string;
  svg: string;
}

const WIDTH = 460;
const HEIGHT = 380;
/** Okabe and Ito's colours, told apart with any colour vision. */
const COLOURS = [
  '#0072B2',
  '#D55E00',
  '#009E73',
  '#CC79A7',
  '#E69F00',
  '#56B4E9',
  '#000000',
  '#8c6d00',
  '#7a7a7a',
  '#5b3fa0',
];

function draw(option: echarts.EChartsCoreOption, width = WIDTH, height = HEIGHT): string {
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width, height });
  try {
    chart.setOption({
      animation: false,
      color: COLOURS,
      textStyle: { fontFamily: 'system-ui, sans-serif' },
      backgroundColor: '#ffffff',
      ...option,
    });
    return chart.renderToSVGString();
  } finally {
    chart.dispose();
  }
}

const GRID = { left: 52, right: 16, top: 12, bottom: 120 };
const LEGEND = { bottom: 0, type: 'plain', textStyle: { fontSize: 11 }, itemHeight: 8, itemGap: 26 };

function axes(x: string, y: string) {
  const axis = { type: 'value', min: 0, max: 1, nameLocation: 'middle', axisLabel: { fontSize: 10 } };
  return { xAxis: { ...axis, name: x, nameGap: 26 }, yAxis: { ...axis, name: y, nameGap: 34 } };
}

function lines(
  scores: readonly ScoreResult[],
  points: (score: ScoreResult) => number[][],
  name: (score: ScoreResult) => string,
  step: boolean,
) {
  return scores.map((score) => ({
    type: 'line',
    name: name(score),
    data: points(score),
    showSymbol: !step,
    symbolSize: 5,
    lineStyle: { width: 2 },
    step: step ? false : undefined,
  }));
}

const two = (value: number | null) => (value === null ? '–' : value.toFixed(2));

function scorePlots(scores: readonly ScoreResult[], by: ScoreResult['by'], dataset: string): Plot[] {
  const mine = scores.filter((score) => score.by === by && score.roc.length > 0);
  if (mine.length === 0) return [];
  const diagonal = {
    type: 'line',
    data: [
      [0, 0],
      [1, 1],
    ],
    showSymbol: false,
    silent: true,
    lineStyle: { type: 'dashed', color: '#999999', width: 1 },
  };
  const where = `${by}, ${dataset}`;
  return [
    {
      title: `ROC: ${where}`,
      svg: draw({
        grid: GRID,
        legend: LEGEND,
        ...axes('1 − specificity', 'sensitivity'),
        series: [
          ...lines(
            mine,
            (score) => score.roc.map(({ x, y }) => [x, y]),
            (score) => `${score.finding} ${two(score.auroc)}`,
            true,
          ),
          diagonal,
        ],
      }),
    },
    {
      title: `Precision and recall: ${where}`,
      svg: draw({
        grid: GRID,
        legend: LEGEND,
        ...axes('recall', 'precision'),
        series: lines(
          mine,
          (score) => score.pr.map(({ x, y }) => [x, y]),
          (score) => `${score.finding} ${two(score.auprc)}`,
          true,
        ),
      }),
    },
    {
      title: `Calibration: ${where}`,
      svg: draw({
        ...{ grid: GRID, legend: LEGEND, ...axes('mean probability', 'observed share') },
        series: [
          ...lines(
            mine,
            (score) =>
              score.reliability.flatMap((bin) =>
                bin.meanProbability === null || bin.observed === null ? [] : [[bin.meanProbability, bin.observed]],
              ),
            (score) => `${score.finding} ECE ${two(score.ece)}`,
            false,
          ),
          diagonal,
        ],
      }),
    },
  ];
}

function sweepPlot(result: DatasetResult): Plot[] {
  if (!result.sweep) return [];
  const data = result.sweep.cells.map((cell) => [
    SWEEP_TEMPERATURES.indexOf(cell.temperature as 0),
    SWEEP_TOP_PS.indexOf(cell.topP as 0.2),
    cell.macroF1.mean ?? 0,
  ]);
  const values = data.map((cell) => cell[2] ?? 0);
  const label = {
    show: true,
    formatter: ({ value }: { value: number[] }) => (value[2] ?? 0).toFixed(3),
    color: '#111111',
  };
  return [
    {
      title: `Mean F1 by temperature and top-p, ${result.dataset}`,
      svg: draw(
        {
          grid: { left: 52, right: 16, top: 12, bottom: 96 },
          xAxis: {
            type: 'category',
            data: SWEEP_TEMPERATURES.map(String),
            name: 'temperature',
            nameLocation: 'middle',
            nameGap: 26,
          },
          yAxis: {
            type: 'category',
            data: SWEEP_TOP_PS.map(String),
            name: 'top-p',
            nameLocation: 'middle',
            nameGap: 34,
          },
          visualMap: {
            min: Math.min(...values),
            max: Math.max(...values),
            orient: 'horizontal',
            left: 'center',
            bottom: 0,
            precision: 3,
            inRange: { color: ['#fff7ec', '#fdbb84', '#e34a33'] },
          },
          series: [{ type: 'heatmap', data, label }],
        },
        560,
        300,
      ),
    },
  ];
}

function confusionPlot(condition: ConditionResult, dataset: string): Plot {
  const findings = [...condition.findings].reverse();
  const parts = [
    ['right, present', 'tp', '#0072B2'],
    ['missed', 'fn', '#E69F00'],
    ['called without cause', 'fp', '#D55E00'],
    ['right, absent', 'tn', '#c7d3da'],
  ] as const;
  return {
    title: `Confusion by finding: ${condition.id}, ${dataset}`,
    svg: draw(
      {
        grid: { left: 130, right: 16, top: 12, bottom: 70 },
        legend: { bottom: 0, textStyle: { fontSize: 11 }, itemGap: 34 },
        xAxis: { type: 'value', name: 'images', nameLocation: 'middle', nameGap: 26 },
        yAxis: { type: 'category', data: findings.map((one) => one.finding) },
        series: parts.map(([name, key, color]) => ({
          type: 'bar',
          stack: 'all',
          name,
          itemStyle: { color },
          data: findings.map((one) => one.confusion[key]),
          label: {
            show: true,
            fontSize: 9,
            formatter: ({ value }: { value: number }) => (value === 0 ? '' : String(value)),
          },
        })),
      },
      560,
      100 + 26 * findings.length,
    ),
  };
}

/** All plots of a data set. */
export function plotsOf(result: DatasetResult): Plot[] {
  return [
    ...scorePlots(result.scores, 'encoder', result.dataset),
    ...scorePlots(result.scores, 'P(yes)', result.dataset),
    ...sweepPlot(result),
    ...result.conditions.map((condition) => confusionPlot(condition, result.dataset)),
  ];
}
