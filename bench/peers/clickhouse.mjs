// Debian's ClickHouse, as the current user and on a port of its own. Ids and times are FixedString, which it
// inserts a quarter faster than String (a UUID or DateTime would not print the same text). A table without a
// sorting key takes the least work to fill and to read; with ORDER BY timestamp its inserts take twice as
// long.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';

import { Child } from '../../tests/blackbox/lib/child.mjs';
import { request } from '../../tests/blackbox/lib/http.mjs';
import { waitFor } from '../../tests/blackbox/lib/wait.mjs';
import { sessionsQuery } from '../lib/events.mjs';
import { cores } from '../lib/machine.mjs';
import { inParallel, quote, shell } from '../lib/shell.mjs';

const definition =
  'recordId FixedString(20), deviceId FixedString(32), userId String, name String, ' +
  'timestamp FixedString(24), infoId FixedString(32), sessionId FixedString(32), ' +
  'locationId FixedString(32), jobId String, extras String, receivedAt FixedString(24)';
const curl = 'curl -sS --fail';
const formatNames = { json: 'JSONEachRow', csv: 'CSVWithNames' };

function configuration({ port, data, users }) {
  return `<yandex>
  <logger><level>warning</level><console>1</console></logger>
  <http_port>${port}</http_port>
  <listen_host>127.0.0.1</listen_host>
  <path>${data}/</path>
  <tmp_path>${data}/tmp/</tmp_path>
  <users_config>${users}</users_config>
  <default_profile>default</default_profile>
  <default_database>default</default_database>
  <mark_cache_size>5368709120</mark_cache_size>
</yandex>
`;
}

const userConfiguration = `<yandex>
  <profiles><default><max_threads>${cores}</max_threads></default></profiles>
  <users><default>
    <password></password><networks><ip>127.0.0.1</ip></networks>
    <profile>default</profile><quota>default</quota>
  </default></users>
  <quotas><default></default></quotas>
</yandex>
`;

async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  probe.close();
  await once(probe, 'close');
  return port;
}

export class ClickHouse {
  name = 'ClickHouse';

  constructor(workspace) {
    this.workspace = workspace;
  }

  static version() {
    const query = ['-W', '-f', '${Version}', 'clickhouse-server'];
    return execFileSync('dpkg-query', query, { encoding: 'utf8' });
  }

  async start() {
    const port = await freePort();
    const directory = this.workspace.makeDirectory('clickhouse');
    const users = `${directory}/users.xml`;
    writeFileSync(users, userConfiguration);
    const data = this.workspace.makeDirectory('clickhouse', 'data');
    writeFileSync(`${directory}/config.xml`, configuration({ port, data, users }));
    this.origin = `http://127.0.0.1:${port}`;
    this.child = new Child('clickhouse-server', [`--config-file=${directory}/config.xml`], {
      cwd: directory,
    });
    this.workspace.atEnd(() => this.child.stop());
    await waitFor(
      () => `ClickHouse to answer; its output:\n${this.child.output}`,
      () => this.child.exited || this.#answers(),
    );
    if (this.child.exited) throw new Error(`ClickHouse ended early; its output:\n${this.child.output}`);
  }

  get pid() {
    return this.child.process.pid;
  }

  async #answers() {
    try {
      return (await request(`${this.origin}/ping`)).status === 200;
    } catch {
      return false; // it does not listen yet
    }
  }

  async run(sql) {
    const answer = await request(`${this.origin}/`, { method: 'POST', body: sql });
    if (answer.status !== 200) throw new Error(`ClickHouse: ${answer.text} for ${sql}`);
    return answer.text.trim();
  }

  #url(sql, settings = {}) {
    return `${this.origin}/?${new URLSearchParams({ ...settings, query: sql })}`;
  }

  #insertCommand(table, format, files) {
    const url = quote(this.#url(`INSERT INTO ${table} FORMAT ${format}`));
    return `curl -sS --fail -H Expect: ${files.map((file) => `-T ${quote(file)} ${url}`).join(' ')}`;
  }

  async load({ tsvParts }) {
    await this.run(`CREATE TABLE events (${definition}) ENGINE = MergeTree ORDER BY tuple()`);
    await shell(this.#insertCommand('events', 'TSV', tsvParts));
    await this.run('OPTIMIZE TABLE events FINAL');
  }

  async rowCount(table = 'events') {
    return Number(await this.run(`SELECT count() FROM ${table}`));
  }

  // gzip by its own HTTP compression, at level 1, its fastest; it has no zstd over HTTP, so its users pipe.
  async export(format, compression, target) {
    const query = `SELECT * FROM events FORMAT ${formatNames[format]}`;
    if (compression === 'zstd') {
      await shell(`${curl} ${quote(this.#url(query))} | zstd -1 -T0 -q >${quote(target)}`);
      return {};
    }
    if (compression === 'none') return this.#download(target, this.#url(query));
    const settings = { enable_http_compression: 1, http_zlib_compression_level: 1 };
    return this.#download(target, this.#url(query, settings), "-H 'Accept-Encoding: gzip'");
  }

  exportSessions(target) {
    return this.#download(target, this.#url(`${sessionsQuery} FORMAT JSONEachRow`));
  }

  async #download(target, url, headers = '') {
    const printed = await shell(`${curl} ${headers} -o ${quote(target)} -w '%{size_download}' ${quote(url)}`);
    return { bytes: Number(printed) };
  }

  inserts = [
    {
      way: 'HTTP, JSONEachRow, one connection',
      durable: false,
      run: ({ jsonLinesParts }) => shell(this.#insertCommand('fresh', 'JSONEachRow', jsonLinesParts)),
    },
    {
      // What a table needs that finds a range of days without reading all of it, as Rawhaul does.
      way: 'HTTP, JSONEachRow, one connection, ordered by time',
      durable: false,
      order: '(timestamp)',
      run: ({ jsonLinesParts }) => shell(this.#insertCommand('fresh', 'JSONEachRow', jsonLinesParts)),
    },
    {
      way: 'HTTP, JSONEachRow, one connection a core',
      durable: false,
      run: ({ jsonLinesParts }) => this.#insertInParallel('JSONEachRow', jsonLinesParts),
    },
    {
      way: 'HTTP, TSV, one connection a core',
      durable: false,
      run: ({ tsvParts }) => this.#insertInParallel('TSV', tsvParts),
    },
  ];

  prepareInsert({ order = 'tuple()' }) {
    return this.run(`CREATE TABLE fresh (${definition}) ENGINE = MergeTree ORDER BY ${order}`);
  }

  #insertInParallel(format, parts) {
    return inParallel(parts.map((part) => this.#insertCommand('fresh', format, [part])));
  }

  async finishInsert() {
    const rows = await this.rowCount('fresh');
    await this.run('DROP TABLE fresh');
    return rows;
  }

  async diskBytes() {
    await this.run('OPTIMIZE TABLE events FINAL');
    return Number(
      await this.run("SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND table = 'events'"),
    );
  }
}
