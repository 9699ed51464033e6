// What the parts of the benchmark share, each made when the first of them asks for it: the data set, and all
// systems with the same rows in them.
import { ClickHouse } from '../peers/clickhouse.mjs';
import { DuckDb } from '../peers/duckdb.mjs';
import { PostgreSql } from '../peers/postgresql.mjs';
import { Rawhaul } from '../rawhaul.mjs';
import { requireRows } from './check.mjs';
import { columns } from './events.mjs';
import { cores } from './machine.mjs';
import { settle } from './measure.mjs';
import { progress } from './progress.mjs';
import { quote, shell } from './shell.mjs';
import { generateCommand, startSink } from './tools.mjs';

// A column of a row of text formats that know no NULL.
const plainColumns = columns.map((name) =>
  name === 'userId' || name === 'jobId' ? `coalesce("${name}", '') AS "${name}"` : `"${name}"`,
);
const escapedColumns = plainColumns.map((column) =>
  column === '"extras"' ? `replace("extras", '\\', '\\\\') AS "extras"` : column,
);

function memoize(make) {
  let made;
  return () => (made ??= make());
}

// Cuts a file at line ends into one part for each core.
async function split(file) {
  await shell(`split -d -a 2 -n l/${cores} ${quote(file)} ${quote(`${file}.`)}`);
  return Array.from({ length: cores }, (_, index) => `${file}.${String(index).padStart(2, '0')}`);
}

export class Fixture {
  constructor(workspace, { events }) {
    this.workspace = workspace;
    this.events = events;
    this.sinkOrigin = memoize(() => startSink(workspace));
    this.batches = memoize(() => this.#generate());
    this.loaded = memoize(() => this.#load());
    this.systems = [];
  }

  async #generate() {
    progress(`generating ${this.events} events`);
    const file = this.workspace.path('batches.ndjson');
    await shell(`${generateCommand(this.events)} >${quote(file)}`);
    return { file, parts: await split(file) };
  }

  // A server with nothing in it.
  async startRawhaul(name) {
    const rawhaul = new Rawhaul(this.workspace, name, {
      sinkOrigin: await this.sinkOrigin(),
      filesDirectory: this.workspace.makeDirectory('rows'),
    });
    return rawhaul.start();
  }

  settle(...others) {
    return settle([...this.systems, ...others].map((system) => system.pid));
  }

  async #load() {
    const { parts } = await this.batches();
    progress('Rawhaul: loading');
    const rawhaul = await this.startRawhaul('rawhaul');
    this.systems.push(rawhaul);
    requireRows('Rawhaul', await rawhaul.bulk(parts), this.events);
    await rawhaul.restart(); // which also brings what is still in its log into its tables
    const csv = await rawhaul.exportRows();
    requireRows('the CSV of all rows', Number(await shell(`wc -l <${quote(csv)}`)) - 1, this.events);
    const duckDb = new DuckDb(this.workspace);
    await this.#startPeer(duckDb, { csv });
    const rows = await this.#makeRows(duckDb, csv);
    for (const peer of [new ClickHouse(this.workspace), new PostgreSql(this.workspace)])
      await this.#startPeer(peer, rows);
    return { rawhaul, peers: this.systems.slice(1), rows };
  }

  async #startPeer(peer, rows) {
    progress(`${peer.name}: loading`);
    await peer.start();
    this.systems.push(peer);
    await peer.load(rows);
    requireRows(peer.name, await peer.rowCount(), this.events);
  }

  // The same rows in the formats that the peers take fastest.
  async #makeRows(duckDb, csv) {
    progress('writing the rows as JSON lines and TSV');
    const [jsonLines, tsv] = ['rows.jsonl', 'rows.tsv'].map((name) => this.workspace.path(name));
    await duckDb.copy(`(SELECT ${plainColumns} FROM events)`, jsonLines, 'FORMAT json');
    const unquoted = "FORMAT csv, HEADER false, DELIMITER '\t', QUOTE '', ESCAPE ''";
    await duckDb.copy(`(SELECT ${escapedColumns} FROM events)`, tsv, unquoted);
    const [jsonLinesParts, tsvParts] = [await split(jsonLines), await split(tsv)];
    this.workspace.remove(tsv);
    return { csv, jsonLines, jsonLinesParts, tsvParts };
  }
}
