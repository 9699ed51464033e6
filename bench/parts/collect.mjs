// Batches of ten records, as SDKs send them, over connections that stay open; each is answered when it is on
// disk. Each run starts with an empty server.
import { requireRows } from '../lib/check.mjs';
import { recordsPerBatch } from '../lib/events.mjs';
import { measure } from '../lib/measure.mjs';
import { progress } from '../lib/progress.mjs';
import { medianOf } from '../lib/stats.mjs';
import { count, mib, milliseconds, table } from '../lib/table.mjs';
import { batchP99Ms, batchRecordsPerSecond } from '../lib/targets.mjs';
import { load } from '../lib/tools.mjs';

const halfLoad = batchRecordsPerSecond / 2 / recordsPerBatch; // batches a second
const halfLoadSeconds = 20;

async function measureOnce(fixture, name, plan) {
  const { file } = await fixture.batches();
  const rawhaul = await fixture.startRawhaul(name);
  await fixture.settle(rawhaul);
  const { result, cpuSeconds, peakMib } = await measure(rawhaul.pid, () => load(rawhaul, file, plan));
  requireRows('Rawhaul', result.records, result.batches * recordsPerBatch);
  requireRows('Rawhaul, after collect', (await rawhaul.export('json', 'none')).rows, result.records);
  await rawhaul.stopAndRemove();
  return { ...result, cpuSeconds, peakMib };
}

export async function measureCollect(fixture, { events, runs }) {
  const batches = events / recordsPerBatch;
  const plans = {
    full: {},
    half: { rate: halfLoad, count: Math.min(batches, halfLoad * halfLoadSeconds) },
  };
  const results = { full: [], half: [] };
  for (let run = 1; run <= runs; ++run) {
    for (const [name, plan] of Object.entries(plans)) {
      progress(`collect, ${name} load: run ${run} of ${runs}`);
      results[name].push(await measureOnce(fixture, `collect-${name}-${run}`, plan));
    }
  }
  return results;
}

export function renderCollect({ full, half }) {
  const row = (name, runs, target) => [
    name,
    count(medianOf(runs, 'recordsPerSecond')),
    milliseconds(medianOf(runs, 'p50Ms')),
    milliseconds(medianOf(runs, 'p99Ms')),
    milliseconds(medianOf(runs, 'maxMs')),
    mib(Math.max(...runs.map(({ peakMib }) => peakMib))),
    target,
  ];
  return [
    '### Collect: batches of ten records, durable',
    table(
      ['load', 'records/s', 'p50', 'p99', 'max', 'peak memory', 'target'],
      [
        row('as much as it takes', full, `${count(batchRecordsPerSecond)} records/s`),
        row(`${count(halfLoad * recordsPerBatch)} records/s`, half, `p99 under ${batchP99Ms} ms`),
      ],
    ),
  ].join('\n\n');
}
