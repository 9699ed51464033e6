// DuckDB, with what makes it fastest: all columns VARCHAR (casting UUID, TIMESTAMP and JSON to text takes
// twice as long) and preserve_insertion_order off, as its performance guide advises, so that all threads
// write.
import { fork } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { columns, sessionsQuery } from '../lib/events.mjs';
import { cores } from '../lib/machine.mjs';

const worker = fileURLToPath(new URL('duckdb_worker.mjs', import.meta.url));
const manifest = new URL('../node_modules/@duckdb/node-api/package.json', import.meta.url);
const definition = columns.map((name) => `"${name}" VARCHAR`).join(', ');

export class DuckDb {
  name = 'DuckDB';

  constructor(workspace) {
    this.workspace = workspace;
    this.database = workspace.path('events.duckdb');
  }

  static version() {
    return JSON.parse(readFileSync(manifest, 'utf8')).version;
  }

  async start() {
    this.process = fork(worker, [this.database]);
    this.process.on('message', (answer) => this.#settle(answer));
    this.process.on('exit', (code, signal) => this.#settle({ error: `DuckDB ended with ${signal ?? code}` }));
    // Its database is thrown away, and a query that runs would keep it from ending by itself.
    this.workspace.atEnd(() => this.process.kill('SIGKILL'));
    await this.run(`SET threads = ${cores}`);
    await this.run('SET preserve_insertion_order = false');
  }

  get pid() {
    return this.process.pid;
  }

  #settle({ rows, error }) {
    if (error) this.waiting?.reject(new Error(error));
    else this.waiting?.resolve(rows);
    this.waiting = undefined;
  }

  // One at a time. Resolves with the number of rows of a COPY, or with the number that is asked for.
  run(sql) {
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
      this.process.send({ sql });
    });
  }

  // Flat rows for those who want them in other formats, of any table or subquery.
  copy(from, file, options) {
    return this.run(`COPY ${from} TO '${file}' (${options})`);
  }

  async load({ csv }) {
    await this.run(`CREATE TABLE events (${definition})`);
    await this.run(`COPY events FROM '${csv}' (FORMAT csv, HEADER)`);
    await this.run('CHECKPOINT');
  }

  rowCount() {
    return this.run('SELECT count(*) FROM events');
  }

  // Its default levels.
  async export(format, compression, target) {
    const compressed = compression === 'none' ? '' : `, COMPRESSION ${compression}`;
    return { rows: await this.copy('events', target, `FORMAT ${format}${compressed}`) };
  }

  async exportSessions(target) {
    return { rows: await this.copy(`(${sessionsQuery})`, target, 'FORMAT json') };
  }

  inserts = [
    { way: 'COPY FROM, CSV', durable: true, run: ({ csv }) => this.#insert(`'${csv}' (FORMAT csv, HEADER)`) },
    {
      way: 'COPY FROM, JSON lines',
      durable: true,
      run: ({ jsonLines }) => this.#insert(`'${jsonLines}' (FORMAT json)`),
    },
  ];

  // Into a database file of its own, so that what is left of it does not count as that of the events.
  async prepareInsert() {
    this.workspace.remove(this.workspace.path('insert.duckdb'));
    await this.run(`ATTACH '${this.workspace.path('insert.duckdb')}' AS fresh`);
    await this.run(`CREATE TABLE fresh.events (${definition})`);
  }

  #insert(source) {
    return this.run(`COPY fresh.events FROM ${source}`);
  }

  async finishInsert() {
    const rows = await this.run('SELECT count(*) FROM fresh.events');
    await this.run('DETACH fresh');
    return rows;
  }

  async diskBytes() {
    await this.run('CHECKPOINT');
    return statSync(this.database).blocks * 512;
  }
}
