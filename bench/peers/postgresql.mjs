// Debian's PostgreSQL, on a socket of its own. Text columns, since casting uuid and timestamptz to text takes
// longer; extras as json, which row_to_json then copies as it is. The table is made in the transaction that
// fills it, so that its rows need no write-ahead log; fsync stays on, so they are durable at its end.
import { execFileSync } from 'node:child_process';
import { appendFileSync, chownSync, mkdtempSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { Child, run } from '../../tests/blackbox/lib/child.mjs';
import { makeTemporaryDirectory } from '../../tests/blackbox/lib/temporary.mjs';
import { columns, sessionsQuery } from '../lib/events.mjs';
import { cores } from '../lib/machine.mjs';
import { quote, shell } from '../lib/shell.mjs';

const installed = '/usr/lib/postgresql';
const definition = columns.map((name) => `"${name}" ${name === 'extras' ? 'json' : 'text'}`).join(', ');
const isRoot = process.getuid() === 0;
const account = 'postgres'; // that of Debian's package; PostgreSQL does not run as root

const configuration = (socketDirectory) => `
listen_addresses = ''
unix_socket_directories = '${socketDirectory}'
shared_buffers = 1GB
max_wal_size = 16GB
wal_level = minimal
max_wal_senders = 0
jit = off
max_parallel_workers_per_gather = ${cores}
parallel_setup_cost = 0
parallel_tuple_cost = 0
min_parallel_table_scan_size = 0
`;

// JSON has none of these two characters, so nothing of a line is quoted. The text format would double each
// backslash, and no longer be JSON.
const asLines = "(FORMAT csv, QUOTE e'\\x01', DELIMITER e'\\x02')";
const exportQueries = {
  json: `COPY (SELECT row_to_json(e) FROM events e) TO STDOUT ${asLines}`,
  csv: 'COPY events TO STDOUT (FORMAT csv, HEADER)',
};
const pipes = { none: '', gzip: '| gzip -1', zstd: '| zstd -1 -T0 -q' };

function binaries() {
  const versions = readdirSync(installed).sort((a, b) => Number(a) - Number(b));
  return join(installed, versions.at(-1), 'bin');
}

// The command and arguments that run it as a user who is allowed to.
function asAccount(command, args) {
  return isRoot
    ? ['setpriv', [`--reuid=${account}`, `--regid=${account}`, '--init-groups', command, ...args]]
    : [command, args];
}

function giveToAccount(directory) {
  if (!isRoot) return;
  const [uid, gid] = ['-u', '-g'].map((option) => Number(execFileSync('id', [option, account])));
  chownSync(directory, uid, gid);
}

export class PostgreSql {
  name = 'PostgreSQL';

  constructor(workspace) {
    this.workspace = workspace;
  }

  static version() {
    return /\d[\d.]*/.exec(
      execFileSync(join(binaries(), 'postgres'), ['--version'], { encoding: 'utf8' }),
    )[0];
  }

  // The other user may not be able to reach the workspace, so as root the data is elsewhere on the disk.
  #makeDataDirectory() {
    if (!isRoot) return this.workspace.makeDirectory('postgresql');
    const directory = mkdtempSync('/var/tmp/rawhaul-bench-');
    this.workspace.atEnd(() => this.workspace.remove(directory));
    giveToAccount(directory);
    return directory;
  }

  async start() {
    const data = this.#makeDataDirectory();
    this.socketDirectory = makeTemporaryDirectory('postgresql'); // the path of a socket must be short
    giveToAccount(this.socketDirectory);
    const initdb = ['-D', data, '-U', account, '-A', 'trust', '-E', 'UTF8', '--locale=C'];
    await run(...asAccount(join(binaries(), 'initdb'), initdb));
    appendFileSync(join(data, 'postgresql.conf'), configuration(this.socketDirectory));
    this.child = new Child(...asAccount(join(binaries(), 'postgres'), ['-D', data]), {
      cwd: '/',
      name: 'postgres',
    });
    // SIGINT: at once, but well.
    this.workspace.atEnd(() => this.child.stop('SIGINT'));
    await this.child.match(/database system is ready to accept connections/);
  }

  get pid() {
    return this.child.process.pid;
  }

  #psql(...statements) {
    const options = '-X -q -t -A -v ON_ERROR_STOP=1';
    const commands = statements.map((statement) => `-c ${quote(statement)}`).join(' ');
    const server = `-h ${quote(this.socketDirectory)} -U ${account}`;
    return `${join(binaries(), 'psql')} ${server} ${options} ${commands}`;
  }

  #fill(table, csv) {
    return shell(
      `${this.#psql(
        'BEGIN',
        `CREATE TABLE ${table} (${definition})`,
        `COPY ${table} FROM STDIN (FORMAT csv, HEADER, FREEZE)`,
        'COMMIT',
      )} <${quote(csv)}`,
    );
  }

  async load({ csv }) {
    await this.#fill('events', csv);
    await shell(this.#psql('VACUUM ANALYZE events', 'CHECKPOINT'));
  }

  async rowCount(table = 'events') {
    return Number(await shell(this.#psql(`SELECT count(*) FROM ${table}`)));
  }

  // Its users compress by a pipe; both programs at level 1, zstd on all cores.
  async export(format, compression, target) {
    await shell(`${this.#psql(exportQueries[format])} ${pipes[compression]} >${quote(target)}`);
    return {};
  }

  async exportSessions(target) {
    const query = `COPY (SELECT row_to_json(s) FROM (${sessionsQuery}) s) TO STDOUT ${asLines}`;
    await shell(`${this.#psql(query)} >${quote(target)}`);
    return {};
  }

  inserts = [{ way: 'COPY FROM STDIN, CSV', durable: true, run: ({ csv }) => this.#fill('fresh', csv) }];

  async prepareInsert() {}

  async finishInsert() {
    const rows = await this.rowCount('fresh');
    await shell(this.#psql('DROP TABLE fresh', 'CHECKPOINT'));
    return rows;
  }

  async diskBytes() {
    return Number(await shell(this.#psql("SELECT pg_total_relation_size('events')")));
  }
}
