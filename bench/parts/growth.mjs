// Whether time per row and memory stay the same when the rows are many more.
import { requireRows } from '../lib/check.mjs';
import { measure } from '../lib/measure.mjs';
import { progress } from '../lib/progress.mjs';
import { medianOf } from '../lib/stats.mjs';
import { count, mib, ratio, seconds, table } from '../lib/table.mjs';
import { exportPeakMib } from '../lib/targets.mjs';
import { generateCommand } from '../lib/tools.mjs';

async function load(fixture, events) {
  progress(`growth: loading ${events} events`);
  const rawhaul = await fixture.startRawhaul(`growth-${events}`);
  requireRows('Rawhaul', await rawhaul.bulkFrom(generateCommand(events)), events);
  await rawhaul.restart();
  return { events, rawhaul, runs: [] };
}

async function measureOnce({ events, rawhaul, runs }) {
  const { result, ...measured } = await measure(rawhaul.pid, () => rawhaul.export('json', 'none'));
  requireRows('Rawhaul', result.rows, events);
  runs.push({ ...measured, bytes: result.bytes });
}

export async function measureGrowth(fixture, { events, runs }) {
  const sizes = [];
  for (const size of [events / 5, events, events * 4]) sizes.push(await load(fixture, size));
  const servers = sizes.map(({ rawhaul }) => rawhaul);
  for (const { rawhaul } of sizes) await rawhaul.export('json', 'none'); // warms the caches
  for (let run = 1; run <= runs; ++run) {
    progress(`growth: run ${run} of ${runs}`);
    for (const size of sizes) {
      await fixture.settle(...servers);
      await measureOnce(size);
    }
  }
  for (const server of servers) await server.stopAndRemove();
  return sizes.map((size) => ({ events: size.events, runs: size.runs }));
}

export function renderGrowth(sizes) {
  const perRow = ({ events, runs }) => (medianOf(runs, 'seconds') / events) * 1e6;
  const [smallest] = sizes;
  const row = (size) => [
    count(size.events),
    seconds(medianOf(size.runs, 'seconds')),
    `${perRow(size).toFixed(3)} µs`,
    ratio(perRow(size) / perRow(smallest)),
    mib(Math.max(...size.runs.map(({ peakMib }) => peakMib))),
  ];
  return [
    '### Growth: export as JSON lines, plain',
    table(['events', 'seconds', 'time per row', 'to the smallest', 'peak memory'], sizes.map(row)),
    `Target: the same time per row, and at most ${exportPeakMib} MiB that do not grow with the rows.`,
  ].join('\n\n');
}
