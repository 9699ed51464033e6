// Rawhaul as it is measured: a server with one app and default settings, on a data directory of its own.
import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';

import { Api } from '../tests/blackbox/lib/api.mjs';
import { Server, program } from '../tests/blackbox/lib/server.mjs';
import { waitFor } from '../tests/blackbox/lib/wait.mjs';
import { inParallel, quote, shell } from './lib/shell.mjs';
import { diskBytesOf } from './lib/workspace.mjs';

const month = { startDate: '2016-04-01', endDate: '2016-05-01' }; // that of the data set
const formatNames = { json: 'JsonLinesBlob', csv: 'CsvBlob' };
const compressionNames = { none: 'None', gzip: 'Gzip', zstd: 'Zstd' };
const sas = 'sv=2021-08-06&sr=c&sp=w&se=2030-01-01T00%3A00%3A00Z&sig=c2ln'; // nobody checks it
const exportLimitMs = 30 * 60_000;
const tokenLifeMs = 60 * 60_000;

function sum(elements, property) {
  return elements.reduce((total, element) => total + element[property], 0);
}

export class Rawhaul {
  name = 'Rawhaul';

  // `sinkOrigin`: the null_sink that takes the exports; `filesDirectory`: where exportRows() may write.
  constructor(workspace, directoryName, { sinkOrigin, filesDirectory }) {
    this.workspace = workspace;
    this.sinkOrigin = sinkOrigin;
    this.filesDirectory = filesDirectory;
    this.directory = workspace.makeDirectory(directoryName);
  }

  static version() {
    return execFileSync(program(), ['--version'], { encoding: 'utf8' }).trim();
  }

  async start() {
    const allow = [this.sinkOrigin, `file://${this.filesDirectory}`];
    this.server = new Server({
      dataDirectory: this.directory,
      config: `[destinations]\nallow = ${JSON.stringify(allow)}\n`,
    });
    await this.server.init();
    this.app = await this.server.createApp('bench');
    this.client = await this.server.createClient();
    this.workspace.atEnd(() => this.server.running && this.server.stop());
    await this.server.start();
    return this;
  }

  get pid() {
    return this.server.child.process.pid;
  }

  async restart() {
    await this.server.stop();
    await this.server.start();
  }

  async stopAndRemove() {
    await this.server.stop();
    this.workspace.remove(this.directory);
  }

  #bulkCommand(file) {
    return (
      `curl -sS --fail -X POST -T ${quote(file)} -H Expect: -H 'content-type: application/x-ndjson' ` +
      `-H 'authorization: Bearer ${this.app.collectKey}' ${this.server.origin}/collect/v1/bulk`
    );
  }

  // Each file over a connection of its own. Returns how many records were accepted.
  async bulk(files) {
    const answers = await inParallel(files.map((file) => this.#bulkCommand(file)));
    return sum(answers.map(JSON.parse), 'accepted');
  }

  // What `command` prints instead of a file.
  async bulkFrom(command) {
    return JSON.parse(await shell(`${command} | ${this.#bulkCommand('-')}`)).accepted;
  }

  // With a new token now and then, since a run may take hours; to make one costs a tenth of a second.
  #api() {
    if (!this.api || Date.now() - this.apiSince > tokenLifeMs / 2) {
      this.api = new Api(this.server, this.app, this.client);
      this.apiSince = Date.now();
    }
    return this.api;
  }

  // Resolves when the export has succeeded, with {rows, bytes, files}.
  async #export(type, containerUrl, body) {
    const api = this.#api();
    const { id } = await api.createTask(type, { ...month, containerUrl, ...body });
    const ended = async () => {
      const task = await api.task(id);
      return (task.state === 'Succeeded' || task.state === 'Failed') && task;
    };
    const task = await waitFor(`the export task ${id}`, ended, { timeoutMs: exportLimitMs, intervalMs: 10 });
    if (task.state === 'Failed') throw new Error(`the export task ${id} failed: ${task.errorDetails}`);
    return { rows: sum(task.files, 'rows'), bytes: sum(task.files, 'bytes'), files: task.files };
  }

  #exportToSink(type, format, compression) {
    return this.#export(type, `${this.sinkOrigin}/account/exports?${sas}`, {
      exportFormat: formatNames[format],
      compression: compressionNames[compression],
    });
  }

  export(format, compression) {
    return this.#exportToSink('events', format, compression);
  }

  // As plain JSON lines, here as with the peers.
  exportSessions() {
    return this.#exportToSink('sessions', 'json', 'none');
  }

  // All rows as one CSV file; returns its path.
  async exportRows() {
    const { files } = await this.#export('events', `file://${this.filesDirectory}`, {
      exportFormat: 'CsvBlob',
      maxFileBytes: 1e12,
    });
    const path = `${this.filesDirectory}/${files[0].name}`;
    if (files.length !== 1 || statSync(path).size !== files[0].bytes)
      throw new Error(`the export of all rows should be one file of ${files[0].bytes} bytes: ${path}`);
    return path;
  }

  diskBytes() {
    return diskBytesOf(this.directory);
  }
}
