// The same events into each system by its own fastest ways, into an empty table or server each time.
import { requireRows } from '../lib/check.mjs';
import { measure } from '../lib/measure.mjs';
import { progress } from '../lib/progress.mjs';
import { medianOf } from '../lib/stats.mjs';
import { count, mib, ratio, seconds, table } from '../lib/table.mjs';
import { bulkRatio } from '../lib/targets.mjs';

// Rawhaul with the part of the interface of a peer that inserts need: a new server each time.
class FreshRawhaul {
  name = 'Rawhaul';

  constructor(fixture, batches) {
    this.fixture = fixture;
    const bulk = (files) => () => this.rawhaul.bulk(files);
    this.inserts = [
      { way: 'bulk NDJSON, one connection', durable: true, run: bulk([batches.file]) },
      { way: 'bulk NDJSON, one connection a core', durable: true, run: bulk(batches.parts) },
    ];
  }

  get pid() {
    return this.rawhaul.pid;
  }

  async prepareInsert() {
    this.rawhaul = await this.fixture.startRawhaul('bulk');
  }

  async finishInsert() {
    const { rows } = await this.rawhaul.export('json', 'none');
    await this.rawhaul.stopAndRemove();
    return rows;
  }
}

async function measureOnce(fixture, { system, insert }, rows) {
  await system.prepareInsert(insert);
  await fixture.settle(system);
  const { result, ...measured } = await measure(system.pid, () => insert.run(rows));
  requireRows(`${system.name}, ${insert.way}`, await system.finishInsert(), fixture.events);
  return measured;
}

export async function measureBulk(fixture, { events, runs }) {
  const { peers, rows } = await fixture.loaded();
  const ours = new FreshRawhaul(fixture, await fixture.batches());
  const candidates = [ours, ...peers].flatMap((system) =>
    system.inserts.map((insert) => ({ system, insert, runs: [] })),
  );
  for (let run = 1; run <= runs; ++run) {
    for (const candidate of candidates) {
      progress(`bulk, ${candidate.system.name}, ${candidate.insert.way}: run ${run} of ${runs}`);
      candidate.runs.push(await measureOnce(fixture, candidate, rows));
    }
  }
  const ways = candidates.map(({ system, insert: { way, durable }, runs: measured }) => ({
    system: system.name,
    way,
    durable,
    runs: measured,
  }));
  return { events, ways };
}

export function renderBulk({ events, ways }) {
  const timeOf = ({ runs }) => medianOf(runs, 'seconds');
  const ours = Math.min(...ways.filter(({ system }) => system === 'Rawhaul').map(timeOf));
  const row = (way) => [
    `${way.system}, ${way.way}`,
    way.durable ? 'yes' : 'no',
    seconds(timeOf(way)),
    count(events / timeOf(way)),
    ratio(timeOf(way) / ours),
    way.way.includes('JSONEachRow') ? `more than ${ratio(bulkRatio)}` : undefined,
    seconds(medianOf(way.runs, 'cpuSeconds')),
    mib(Math.max(...way.runs.map(({ peakMib }) => peakMib))),
  ];
  return [
    `### Insert of ${count(events)} events`,
    table(
      ['', 'durable', 'seconds', 'records/s', 'to Rawhaul’s best', 'target', 'CPU s', 'peak memory'],
      ways.map(row),
    ),
    'Rawhaul gets the batches, with device technicals, and stores each batch once; the peers get the flat ' +
      'rows. Durable: on disk (fsync) when the insert has returned.',
  ].join('\n\n');
}
