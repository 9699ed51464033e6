// The benchmark: node run.mjs [--help]. RAWHAUL_BIN names the program, RAWHAUL_BENCH_TOOLS the directory that
// bench/tools was built into. It fails when work was done wrong, never because a target was missed.
import { writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { Fixture } from './lib/fixture.mjs';
import { describeMachine } from './lib/machine.mjs';
import { UsageError, readOptions, usage } from './lib/options.mjs';
import { otherLoad } from './lib/measure.mjs';
import { progress } from './lib/progress.mjs';
import { table } from './lib/table.mjs';
import { Workspace } from './lib/workspace.mjs';
import { measureBulk, renderBulk } from './parts/bulk.mjs';
import { measureCollect, renderCollect } from './parts/collect.mjs';
import { measureDisk, renderDisk } from './parts/disk.mjs';
import { measureExport, renderExport } from './parts/export.mjs';
import { measureGrowth, renderGrowth } from './parts/growth.mjs';
import { measureSessions, renderSessions } from './parts/sessions.mjs';
import { ClickHouse } from './peers/clickhouse.mjs';
import { DuckDb } from './peers/duckdb.mjs';
import { PostgreSql } from './peers/postgresql.mjs';
import { Rawhaul } from './rawhaul.mjs';

const directory = resolve(dirname(fileURLToPath(import.meta.url)), '..', 'build', 'bench');

// In the order of the work. Those that need the server to themselves come before the peers are started.
const parts = {
  collect: [measureCollect, renderCollect],
  growth: [measureGrowth, renderGrowth],
  export: [measureExport, renderExport],
  sessions: [measureSessions, renderSessions],
  bulk: [measureBulk, renderBulk],
  disk: [measureDisk, renderDisk],
};

function say(text) {
  process.stdout.write(`${text}\n\n`);
}

function describe(args) {
  const systems = { Rawhaul, DuckDB: DuckDb, ClickHouse, PostgreSQL: PostgreSql };
  return {
    command: ['./x bench', ...args].join(' '),
    date: new Date().toISOString().slice(0, 10),
    ...describeMachine(directory),
    versions: Object.fromEntries(Object.entries(systems).map(([name, system]) => [name, system.version()])),
  };
}

function renderDescription({ versions, ...facts }) {
  const rows = [
    ['command', `\`${facts.command}\``],
    ['date', facts.date],
    ['CPU', `${facts.cpu}, ${facts.cores} cores`],
    ['memory', `${facts.memoryGib} GiB`],
    ['system', `${facts.distribution}, ${facts.kernel}, ${facts.fileSystem}`],
    ...Object.entries(versions),
  ];
  return table(['', ''], rows);
}

// Figures of a machine that others use are worth little, so the report tells.
function renderOtherLoad({ otherLoad: share }) {
  const percent = `${Math.round(share * 100)} %`;
  return share < 0.05
    ? `Other programs took ${percent} of the machine meanwhile.`
    : `**Other programs took ${percent} of the machine meanwhile: these figures are not to be relied on.**`;
}

async function run(workspace, options, args) {
  workspace.requireSpaceFor(options.events);
  const report = { ...describe(args), runs: options.runs };
  say(renderDescription(report));
  say(`Medians of ${options.runs} run${options.runs === 1 ? '' : 's'}; the systems take turns.`);
  const fixture = new Fixture(workspace, options);
  for (const [name, [measure, render]] of Object.entries(parts)) {
    if (!options.parts.includes(name)) continue;
    report[name] = await measure(fixture, options);
    say(render(report[name]));
    report.otherLoad = otherLoad();
    if (options.json) writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
  }
  say(renderOtherLoad(report));
}

// A second signal does not wait for servers to end.
function endOnSignals(workspace) {
  let ending = false;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, async () => {
      if (ending) process.exit(1);
      ending = true;
      progress(`${signal}: ending what was started`);
      await workspace.end();
      process.exit(1);
    });
  }
  return () => ending;
}

async function main(args) {
  if (args.includes('--help')) {
    process.stdout.write(`${usage}\n`);
    return;
  }
  const options = readOptions(args);
  const workspace = new Workspace(directory);
  const isEnding = endOnSignals(workspace);
  try {
    await run(workspace, options, args);
  } catch (error) {
    if (isEnding()) return; // the error comes from what was ended
    process.exitCode = 1;
    process.stderr.write(`bench: ${error.stack}\n`);
  } finally {
    if (!isEnding()) await workspace.end();
  }
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`bench: ${error.message}\n${usage}\n`);
  process.exitCode = 2;
}
