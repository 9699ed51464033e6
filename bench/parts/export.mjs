// Export of all rows to a receiver that throws them away, in each format and compression.
import { requireBytes, requireRows } from '../lib/check.mjs';
import { compressions, formats } from '../lib/events.mjs';
import { measure } from '../lib/measure.mjs';
import { progress } from '../lib/progress.mjs';
import { quote, shell } from '../lib/shell.mjs';
import { medianOf } from '../lib/stats.mjs';
import { count, decimal, mib, ratio, seconds, table } from '../lib/table.mjs';
import { exportPeakMib, exportRatio } from '../lib/targets.mjs';

const readers = { none: 'cat', gzip: 'gzip -dc', zstd: 'zstd -dcq' };
const headerLines = { json: 0, csv: 1 };
const formatTitles = { json: 'JSON lines', csv: 'CSV' };
const compressionTitles = { none: 'plain', gzip: 'gzip', zstd: 'zstd' };

// The first export of a peer is not counted: it warms the caches, and goes to a file, whose rows and bytes
// must be right. Returns the bytes.
async function checkPeer(peer, { format, compression }, { file, events, expectedBytes }) {
  await peer.export(format, compression, file);
  const bytes = Number(await shell(`stat -c %s ${quote(file)}`));
  const lines = Number(await shell(`${readers[compression]} ${quote(file)} | wc -l`));
  await shell(`rm ${quote(file)}`);
  requireRows(`${peer.name}, ${format} ${compression}`, lines - headerLines[format], events);
  requireBytes(
    `${peer.name}, ${format} ${compression}`,
    bytes,
    expectedBytes,
    compression === 'none' ? 1.5 : 3,
  );
  return bytes;
}

// Returns the bytes of each system, in order.
async function checkAll({ rawhaul, peers }, form, { file, events }) {
  const { rows, bytes } = await rawhaul.export(form.format, form.compression);
  requireRows(`Rawhaul, ${form.format} ${form.compression}`, rows, events);
  const all = [bytes];
  for (const peer of peers) all.push(await checkPeer(peer, form, { file, events, expectedBytes: bytes }));
  return all;
}

async function measureOnce(system, form, { events, expectedBytes }) {
  const { result, ...measured } = await measure(system.pid, () =>
    system.export(form.format, form.compression, '/dev/null'),
  );
  if (result.rows !== undefined) requireRows(system.name, result.rows, events);
  if (result.bytes !== undefined) requireBytes(system.name, result.bytes, expectedBytes, 1.01);
  return measured;
}

async function measureForm(fixture, form, { runs, events }) {
  const loaded = await fixture.loaded();
  const systems = [loaded.rawhaul, ...loaded.peers];
  const name = `${formatTitles[form.format]} ${compressionTitles[form.compression]}`;
  progress(`export, ${name}: checking`);
  const bytes = await checkAll(loaded, form, { file: fixture.workspace.path('check.out'), events });
  const measured = systems.map((system, index) => ({ system: system.name, bytes: bytes[index], runs: [] }));
  for (let run = 1; run <= runs; ++run) {
    progress(`export, ${name}: run ${run} of ${runs}`);
    for (const [index, system] of systems.entries()) {
      await fixture.settle();
      measured[index].runs.push(await measureOnce(system, form, { events, expectedBytes: bytes[index] }));
    }
  }
  return { ...form, systems: measured };
}

export async function measureExport(fixture, options) {
  const forms = formats.flatMap((format) => compressions.map((compression) => ({ format, compression })));
  const results = [];
  for (const form of forms) results.push(await measureForm(fixture, form, options));
  return { events: options.events, forms: results };
}

function title({ format, compression }) {
  return `${formatTitles[format]}, ${compressionTitles[compression]}`;
}

function timeRow(form) {
  const times = form.systems.map(({ runs }) => medianOf(runs, 'seconds'));
  const [ours, ...peers] = times;
  const target = exportRatio[`${form.format} ${form.compression}`];
  return [title(form), ...times.map(seconds), ratio(Math.min(...peers) / ours), ratio(target)];
}

function costRow(events, form) {
  const [{ bytes, runs }, ...peers] = form.systems;
  const time = medianOf(runs, 'seconds');
  const peak = (system) => mib(Math.max(...system.runs.map((run) => run.peakMib)));
  return [
    title(form),
    count(events / time),
    decimal(bytes / time / 1e6),
    decimal(bytes / events),
    seconds(medianOf(runs, 'cpuSeconds')),
    peak(form.systems[0]),
    ...peers.map(peak),
  ];
}

export function renderExport({ events, forms }) {
  const names = forms[0].systems.map(({ system }) => system);
  const peerNames = names.slice(1);
  return [
    `### Export of ${count(events)} events, seconds`,
    table(['', ...names, 'fastest peer / Rawhaul', 'target'], forms.map(timeRow)),
    'Every system writes to a receiver that throws all away. gzip: Rawhaul and DuckDB by their own option ' +
      'and level, ClickHouse by HTTP compression at level 1, PostgreSQL through `gzip -1`. zstd: Rawhaul ' +
      'and DuckDB by their own option and level, ClickHouse and PostgreSQL through `zstd -1 -T0`.',
    `### What an export costs the server (target: at most ${exportPeakMib} MiB)`,
    table(
      [
        '',
        'rows/s',
        'MB/s',
        'bytes/row',
        'CPU s',
        'Rawhaul peak',
        ...peerNames.map((name) => `${name} peak`),
      ],
      forms.map((form) => costRow(events, form)),
    ),
    'Peak: resident memory of the largest process of the server, the highest of all runs; that of ' +
      'PostgreSQL has its shared buffers in it, that of DuckDB the Node.js process around it.',
  ].join('\n\n');
}
