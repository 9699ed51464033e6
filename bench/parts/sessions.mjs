// Sessions that are made of activities while they are exported, beside a GROUP BY of the peers over as many
// rows of the same sessions.
import { requireRows } from '../lib/check.mjs';
import { recordsPerBatch } from '../lib/events.mjs';
import { measure } from '../lib/measure.mjs';
import { progress } from '../lib/progress.mjs';
import { quote, shell } from '../lib/shell.mjs';
import { medianOf } from '../lib/stats.mjs';
import { count, mib, ratio, seconds, table } from '../lib/table.mjs';
import { generateCommand } from '../lib/tools.mjs';

async function loadActivities(fixture, events) {
  progress(`sessions: loading ${events} activities`);
  const rawhaul = await fixture.startRawhaul('sessions');
  requireRows('Rawhaul', await rawhaul.bulkFrom(generateCommand(events, 'activity')), events);
  await rawhaul.restart();
  return rawhaul;
}

// The first export is not counted: it warms the caches, and its rows must be right.
async function check(system, file, sessions) {
  const { rows } = await system.exportSessions(file);
  requireRows(system.name, rows ?? Number(await shell(`wc -l <${quote(file)}`)), sessions);
}

export async function measureSessions(fixture, { events, runs }) {
  const sessions = events / recordsPerBatch;
  const { peers } = await fixture.loaded();
  const rawhaul = await loadActivities(fixture, events);
  const systems = [rawhaul, ...peers].map((system) => ({ system, runs: [] }));
  for (const { system } of systems) await check(system, fixture.workspace.path('check.out'), sessions);
  for (let run = 1; run <= runs; ++run) {
    progress(`sessions: run ${run} of ${runs}`);
    for (const measured of systems) {
      await fixture.settle(rawhaul);
      measured.runs.push(await measure(measured.system.pid, () => measured.system.exportSessions('/dev/null')));
    }
  }
  await rawhaul.stopAndRemove();
  return { events, sessions, systems: systems.map((measured) => ({ ...measured, system: measured.system.name })) };
}

export function renderSessions({ events, sessions, systems }) {
  const [ours, ...peers] = systems.map(({ runs }) => medianOf(runs, 'seconds'));
  const row = (system) => {
    const time = medianOf(system.runs, 'seconds');
    const peak = mib(Math.max(...system.runs.map(({ peakMib }) => peakMib)));
    return [system.system, seconds(time), count(events / time), seconds(medianOf(system.runs, 'cpuSeconds')), peak];
  };
  return [
    `### ${count(sessions)} sessions out of ${count(events)} activities, JSON lines`,
    table(['', 'seconds', 'activities/s', 'CPU s', 'peak memory'], systems.map(row)),
    `Fastest peer / Rawhaul: ${ratio(Math.min(...peers) / ours)}. Rawhaul reads the activities in one pass and ` +
      'writes each session when it has ended; the peers group their events, which are of the same sessions, by ' +
      'device and session, and write these, the first and the last time.',
  ].join('\n\n');
}
