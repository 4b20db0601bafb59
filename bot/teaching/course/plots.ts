// Plots as inline SVG, drawn by echarts without a browser; every value in them stands in a table beside them too.
import * as echarts from 'echarts';
import type { CalibrationBin } from '../calibration.ts';
import { intervalOf } from '../calibration.ts';
import type { Score } from '../score.ts';

/** Okabe and Ito's colours, told apart with any colour vision, and by shape as well. */
const BLUE = '#0072B2';
const ORANGE = '#D55E00';
const QUIET = '#8a97a3';

export interface CalibrationSeries {
  name: string;
  bins: readonly CalibrationBin[];
}

/** Share of findings that were there against the certainty stated; a larger mark for more statements. */
export function calibrationPlot(series: readonly CalibrationSeries[]): string {
  const shapes = ['circle', 'diamond'];
  const axis = { type: 'value', min: 0, max: 1, nameLocation: 'middle', nameTextStyle: { fontSize: 12 } };
  return draw(
    {
      color: [BLUE, ORANGE],
      grid: { left: 60, right: 24, top: 16, bottom: 78 },
      legend: { bottom: 0, data: series.map(({ name }) => name), itemGap: 24 },
      xAxis: { ...axis, name: 'stated probability', nameGap: 28 },
      yAxis: { ...axis, name: 'share that was there', nameGap: 38 },
      series: [
        ...series.map(({ name, bins }, index) => ({
          type: 'line',
          name,
          symbol: shapes[index % shapes.length],
          data: bins.flatMap(({ mean, stated, present }) =>
            mean === null ? [] : [{ value: [mean, present / stated], symbolSize: 6 + 4 * Math.log2(stated) }],
          ),
          lineStyle: { width: 1.5 },
          itemStyle: { opacity: 0.85 },
        })),
        {
          type: 'line',
          data: [
            [0, 0],
            [1, 1],
          ],
          showSymbol: false,
          silent: true,
          lineStyle: { type: 'dashed', color: QUIET, width: 1 },
        },
      ],
    },
    460,
    420,
  );
}

/** One line per reader: sensitivity with its 95 % interval and counts. */
export function sensitivityPlot(readers: readonly { name: string; isModel: boolean; score: Score }[]): string {
  const rows = [...readers].reverse().map(({ name, isModel, score: { tp, fn } }) => ({
    name,
    color: isModel ? ORANGE : BLUE,
    symbol: isModel ? 'diamond' : 'circle',
    share: tp + fn === 0 ? null : tp / (tp + fn),
    interval: intervalOf(tp, tp + fn),
    counts: tp + fn === 0 ? 'none to count' : `${tp}/${tp + fn}`,
  }));
  return draw(
    {
      grid: { left: 150, right: 70, top: 12, bottom: 48 },
      xAxis: {
        type: 'value',
        min: 0,
        max: 1,
        name: 'sensitivity (95 % interval)',
        nameLocation: 'middle',
        nameGap: 28,
      },
      yAxis: {
        type: 'category',
        data: rows.map(({ name }) => name),
        axisTick: { show: false },
        axisLabel: { width: 120, overflow: 'truncate' },
      },
      series: [
        // The intervals: one thin line for each row.
        ...rows.flatMap(({ interval, color }, index) =>
          interval === null
            ? []
            : [
                {
                  type: 'line',
                  data: interval.map((value) => [value, index]),
                  symbol: 'rect',
                  symbolSize: [1.5, 9],
                  silent: true,
                  lineStyle: { color, width: 1.5 },
                  itemStyle: { color },
                },
              ],
        ),
        {
          type: 'scatter',
          data: rows.flatMap(({ share, color, symbol }, index) =>
            share === null ? [] : [{ value: [share, index], symbol, symbolSize: 11, itemStyle: { color } }],
          ),
        },
        {
          // The counts, in the margin on the right.
          type: 'scatter',
          data: rows.map(({ counts }, index) => ({
            value: [1, index],
            symbolSize: 0,
            label: { show: true, position: 'right', distance: 12, formatter: () => counts, color: '#1b2733' },
          })),
          silent: true,
        },
      ],
    },
    640,
    70 + 28 * Math.max(1, rows.length),
  );
}

function draw(option: echarts.EChartsCoreOption, width: number, height: number): string {
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width, height });
  try {
    chart.setOption({
      animation: false,
      textStyle: { fontFamily: 'system-ui, sans-serif' },
      backgroundColor: 'transparent',
      ...option,
    });
    return chart.renderToSVGString();
  } finally {
    chart.dispose();
  }
}
