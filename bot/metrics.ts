// What Prometheus sees: queue, latency per stage, tokens per second, refusals by reason, errors by code; no content, no ids.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** Stages of one turn, in order; latency is counted from the event's acceptance. */
export const STAGES = [
  'journalled',
  'receipt',
  'started',
  'downloaded',
  'encoded',
  'streaming',
  'answered',
  'finished',
] as const;
export type Stage = (typeof STAGES)[number];

export interface Metrics {
  event(adapter: string, kind: string): void;
  stage(stage: Stage, seconds: number): void;
  answer(tokensPerSecond: number): void;
  refusal(reason: string): void;
  error(code: string): void;
  /** Prometheus text format. */
  text(): Promise<{ contentType: string; body: string }>;
}

export function createMetrics(queue: () => { waiting: number; running: number }): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry, prefix: 'cxr_' });
  const events = new Counter({
    name: 'cxr_events_total',
    help: 'Events taken in',
    labelNames: ['adapter', 'kind'],
    registers,
  });
  const stages = new Histogram({
    name: 'cxr_stage_seconds',
    help: 'Time from acceptance of an event to each stage of its turn',
    labelNames: ['stage'],
    buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 1.5, 2.5, 5, 10, 30, 60, 120, 300],
    registers,
  });
  const speed = new Histogram({
    name: 'cxr_tokens_per_second',
    help: 'Generation speed of finished answers',
    buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000],
    registers,
  });
  const refusals = new Counter({
    name: 'cxr_refusals_total',
    help: 'Refused requests and files',
    labelNames: ['reason'],
    registers,
  });
  const errors = new Counter({
    name: 'cxr_errors_total',
    help: 'Errors shown to people',
    labelNames: ['code'],
    registers,
  });
  new Gauge({
    name: 'cxr_queue_jobs',
    help: 'Turns that wait or run',
    labelNames: ['state'],
    registers,
    collect() {
      const { waiting, running } = queue();
      this.set({ state: 'waiting' }, waiting);
      this.set({ state: 'running' }, running);
    },
  });
  return {
    event: (adapter, kind) => events.inc({ adapter, kind }),
    stage: (stage, seconds) => stages.observe({ stage }, seconds),
    answer: (tokensPerSecond) => speed.observe(tokensPerSecond),
    refusal: (reason) => refusals.inc({ reason }),
    error: (code) => errors.inc({ code }),
    text: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
  };
}
