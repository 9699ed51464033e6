// What the same events take on disk, when each system has done its merges or compactions.
import { progress } from '../lib/progress.mjs';
import { count, decimal, table } from '../lib/table.mjs';
import { diskBytesPerRecord } from '../lib/targets.mjs';

export async function measureDisk(fixture, { events }) {
  const { rawhaul, peers } = await fixture.loaded();
  progress('disk');
  await fixture.settle();
  const systems = [];
  for (const system of [rawhaul, ...peers])
    systems.push({ system: system.name, bytes: await system.diskBytes() });
  return { events, systems };
}

export function renderDisk({ events, systems }) {
  const row = ({ system, bytes }, index) => [
    system,
    count(bytes),
    decimal(bytes / events),
    index === 0 ? `at most ${diskBytesPerRecord}` : undefined,
  ];
  return [
    `### Disk, ${count(events)} events`,
    table(['', 'bytes', 'bytes/record', 'target'], systems.map(row)),
    'Rawhaul: the whole data directory, with device technicals and what recognises repeated batches. The ' +
      'peers: the table, with the column types with which they are fastest.',
  ].join('\n\n');
}
