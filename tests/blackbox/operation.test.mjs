// The program as its operator meets it: commands, configuration, health, stopping.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  closeSync,
  constants,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import { eventBatch } from './lib/batches.mjs';
import { Child } from './lib/child.mjs';
import { DirectoryContainer } from './lib/directory.mjs';
import { Environment } from './lib/environment.mjs';
import { readExport } from './lib/exported.mjs';
import { request } from './lib/http.mjs';
import { program, Server } from './lib/server.mjs';
import { makeTemporaryDirectory } from './lib/temporary.mjs';
import { waitFor } from './lib/wait.mjs';

const range = { startDate: '2016-04-01', endDate: '2016-04-02' };

describe('operation', () => {
  const exports = makeTemporaryDirectory('exports');
  let environment;
  let server;

  before(async () => {
    environment = await Environment.start({ proxy: true, allow: [`file://${exports}`] });
    server = environment.server;
    await environment.collect.all([eventBatch('device', 'event ', 10)]);
  });
  after(() => environment?.stop());

  const get = (path) => request(server.origin + path);

  it('health, readiness and metrics are told without a token', async () => {
    assert.equal((await get('/healthz')).status, 200);
    assert.equal((await get('/readyz')).status, 200);
    const metrics = await get('/metrics');
    assert.match(metrics.headers['content-type'], /^text\/plain/);
    assert.match(metrics.text, /^rawhaul_collected_records_total\{?.* 10$/m);
    assert.match(metrics.text, /^rawhaul_http_requests_total\{/m);
  });

  it('every other path is 404 in the form of all errors', async () => {
    for (const path of ['/', '/nothing', '/collect/v2/batch', '/%zz']) {
      const answer = await get(path);
      assert.ok([400, 404].includes(answer.status), `${path}: ${answer.status}`);
      assert.match(answer.json.error.code, /^[A-Z]\w+$/);
    }
  });

  it('init is safe to repeat, and the keys are readable by their owner alone', async () => {
    const token = await environment.api.token();
    await server.init();
    await server.stop();
    await server.start();
    environment.api.accessToken = token;
    assert.equal((await environment.api.get('devices/exportTasks')).status, 200);
    const keys = join(server.dataDirectory, 'keys');
    assert.equal(statSync(keys).mode & 0o777, 0o700);
    for (const file of readdirSync(keys)) assert.equal(statSync(join(keys, file)).mode & 0o777, 0o600, file);
  });

  it('an app that exists is not made again', async () => {
    await assert.rejects(server.createApp('ANDROID'), /ended with code 1/);
  });

  it('a directory that was not made by init is refused, with the command that makes it', async () => {
    const fresh = new Server({ dataDirectory: makeTemporaryDirectory('fresh') });
    await assertRefusesToStart(fresh, /rawhaul init --data/);
  });

  it('data that another server has open is refused, and not changed', async () => {
    const second = new Server({ dataDirectory: server.dataDirectory, config: server.config });
    server.child.process.kill('SIGSTOP'); // what changes from here on is the second one's work
    try {
      const before = filesOf(server.dataDirectory);
      await assertRefusesToStart(second, /another process has .*store open/);
      assert.deepEqual(filesOf(server.dataDirectory), before);
    } finally {
      server.child.process.kill('SIGCONT');
    }
    assert.equal((await get('/healthz')).status, 200);
  });

  // The content by the name, but for the file in which readers of the catalog enter themselves.
  function filesOf(directory) {
    const names = readdirSync(directory, { recursive: true }).filter((name) => !name.endsWith('-shm'));
    const files = names.filter((name) => statSync(join(directory, name)).isFile());
    return Object.fromEntries(files.map((name) => [name, readFileSync(join(directory, name), 'latin1')]));
  }

  // Whatever it says, it must not start.
  async function assertRefusesToStart(misconfigured, message) {
    await assert.rejects(async () => {
      await misconfigured.start();
      await misconfigured.kill();
    }, message);
  }

  for (const [what, config, message] of [
    ['an unknown setting', '[export]\nspeed = 9\n', /rawhaul\.toml:2: .*export\.speed/],
    [
      'a setting of the wrong type',
      '[destinations]\nallow = "http://127.0.0.1"\n',
      /rawhaul\.toml:2: .*list/,
    ],
    ['text that is no TOML', 'listen = \n', /rawhaul\.toml:1: /],
    ['a destination that is none', '[destinations]\nallow = ["anywhere"]\n', /anywhere/],
  ]) {
    it(`${what} in the configuration is refused, with its place`, async () => {
      const dataDirectory = makeTemporaryDirectory('config');
      const misconfigured = new Server({ dataDirectory });
      await misconfigured.init();
      writeFileSync(misconfigured.configFile, config);
      await assertRefusesToStart(misconfigured, message);
    });
  }

  it('an allowed directory takes exports as well', async () => {
    const task = await environment.api.runTask('events', {
      ...range,
      exportFormat: 'CsvBlob',
      containerUrl: `file://${exports}/daily`,
    });
    const { records } = await readExport(new DirectoryContainer(join(exports, 'daily')), task);
    assert.equal(records.length, 10);
  });

  for (const path of ['/etc', '/', `${exports}/../elsewhere`, `${exports}-2`]) {
    it(`a directory that is not allowed is refused: ${path.replace(exports, 'allowed')}`, async () => {
      const answer = await environment.api.tryCreateTask('events', {
        ...range,
        exportFormat: 'CsvBlob',
        containerUrl: `file://${path}`,
      });
      assert.equal(answer.status, 400, answer.text);
    });
  }

  // A server that reads a pipe which gives nothing: of what opening the store reads first.
  async function startOpening(command, args) {
    const directory = makeTemporaryDirectory('opening');
    await new Server({ dataDirectory: directory }).init();
    mkdirSync(join(directory, 'store'));
    const current = join(directory, 'store', 'CURRENT');
    execFileSync('mkfifo', [current]);
    const child = new Child(command, [...args, 'serve', '--data', directory, '--listen', '127.0.0.1:0']);
    let pipe;
    await waitFor('the server to read it', () => {
      try {
        pipe = openSync(current, constants.O_WRONLY | constants.O_NONBLOCK); // ENXIO until it does
      } catch (error) {
        assert.equal(error.code, 'ENXIO');
      }
      return pipe !== undefined;
    });
    return { child, pipe };
  }

  it('SIGTERM ends a server that is still opening its store', async () => {
    const { child, pipe } = await startOpening(program(), []);
    assert.equal((await child.stop('SIGTERM', 10_000)).signal, 'SIGTERM');
    closeSync(pipe);
  });

  it('SIGTERM ends it as the first process of a container', async (test) => {
    const container = ['--user', '--map-root-user', '--pid', '--fork', '--kill-child'];
    if (spawnSync('unshare', [...container, 'true']).status !== 0) {
      return test.skip('this machine lets nobody make namespaces of processes');
    }
    const { child, pipe } = await startOpening('unshare', [...container, program()]);
    const { pid } = child.process;
    const first = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    process.kill(Number(first), 'SIGTERM');
    await waitFor('its end', () => child.exited);
    assert.equal((await child.end).code, 128 + 15);
    closeSync(pipe);
  });

  it('SIGTERM ends the server within seconds, with an export and a back-fill half-way', async () => {
    const container = await environment.container();
    environment.proxy.hold(/\/Event_/);
    const containerUrl = environment.urlOf(container);
    const { id } = await environment.api.createTask('events', {
      ...range,
      exportFormat: 'JsonBlob',
      containerUrl,
    });
    await environment.proxy.holding();
    let finish;
    const open = new Promise((resolve) => {
      finish = resolve;
    });
    async function* lines() {
      yield `${JSON.stringify(eventBatch('slow', 'slow ', 1))}\n`;
      await open;
    }
    const bulk = environment.collect.bulk(lines()).catch((error) => error);
    const started = Date.now();
    await server.stop();
    assert.ok(Date.now() - started < 10_000, `${Date.now() - started} ms`);
    finish();
    await bulk;
    environment.proxy.release();
    await server.start();
    await environment.api.waitForTask(id);
  });
});
