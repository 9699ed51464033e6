// No export replaces what it did not write: servers that give out the same names may write into one container.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import { Api, Collect } from './lib/api.mjs';
import { eventBatch } from './lib/batches.mjs';
import { DirectoryContainer } from './lib/directory.mjs';
import { Environment } from './lib/environment.mjs';
import { readExport } from './lib/exported.mjs';
import { Server, program } from './lib/server.mjs';
import { makeTemporaryDirectory } from './lib/temporary.mjs';
import { waitFor } from './lib/wait.mjs';

const days = { startDate: '2016-04-01', endDate: '2016-04-02' };
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
const events = (name) => eventBatch('device', `${name} `, 30, { from: '2016-04-01T05:00:00Z' });

describe('an export into a container that has blobs of its names', () => {
  let environment;
  let home;
  const servers = [];

  before(async () => {
    home = makeTemporaryDirectory('ownership');
    environment = await Environment.start({ allow: [`file://${home}`] });
  });
  after(async () => {
    for (const server of servers) if (server.running) await server.stop();
    await environment?.stop();
  });

  // A fresh server that may write where `environment` may.
  async function startServer() {
    const server = new Server({
      dataDirectory: makeTemporaryDirectory('ownership-data'),
      config: environment.server.config,
    });
    servers.push(server);
    await server.init();
    const app = await server.createApp('android');
    const owner = await server.createClient();
    await server.start();
    return { server, app, owner, api: new Api(server, app, owner), collect: new Collect(server, app) };
  }

  const places = {
    'a container of Azure': async () => {
      const container = await environment.container();
      return { container, url: () => environment.urlOf(container) };
    },
    'a directory': async () => {
      const directory = join(home, `exports-${servers.length}`);
      mkdirSync(directory);
      return { container: new DirectoryContainer(directory), url: () => `file://${directory}` };
    },
  };

  // name => SHA-256, of all that can be seen.
  async function contents(container) {
    const names = (await container.list()).filter((name) => !name.startsWith('.'));
    const bytes = await Promise.all(names.map((name) => container.download(name)));
    return Object.fromEntries(names.map((name, i) => [name, sha256(bytes[i])]));
  }

  const create = (api, url, body = {}) =>
    api.createTask('events', { ...days, exportFormat: 'JsonLinesBlob', containerUrl: url, ...body });

  async function waitForEnd(api, id) {
    return waitFor(`task ${id} to end`, async () => {
      const task = await api.task(id);
      return ['Succeeded', 'Failed'].includes(task.state) ? task : undefined;
    });
  }

  // All that was there is there as it was.
  function assertUnchanged(earlier, now) {
    for (const [name, hash] of Object.entries(earlier)) assert.equal(now[name], hash, name);
  }

  for (const [where, open] of Object.entries(places)) {
    it(`of another fresh server fails, and changes nothing, in ${where}`, async () => {
      const { container, url } = await open();
      for (const body of [{}, { maxFileBytes: 2048 }, { ...days, startDate: '2015-01-01', endDate: '2015-01-01' }]) {
        const first = await startServer();
        const second = await startServer();
        await first.collect.all([events('first')]);
        await second.collect.all([events('second')]);
        const path = `${Object.keys(body).length}`;
        const target = (own) => own.replace(/(\?|$)/, `/${path}$1`);
        const before = where === 'a directory' ? container.directory : undefined;
        const seen = before ? new DirectoryContainer(join(before, path)) : container;
        const done = await first.api.waitForTask((await create(first.api, target(url()), body)).id);
        const earlier = await contents(seen);
        const task = await waitForEnd(second.api, (await create(second.api, target(url()), body)).id);
        assert.equal(done.id, task.id, 'both give the same names');
        assert.equal(task.state, 'Failed');
        assert.match(task.errorDetails, /^BlobAlreadyExists: .*Event_\S+".*nothing of it was changed/);
        assert.equal(task.manifest, undefined);
        assert.deepEqual(await contents(seen), earlier);
      }
    });

    it(`of a restored server changes nothing of the lost one's exports, in ${where}`, async () => {
      const { container, url } = await open();
      const lost = await startServer();
      const backup = join(makeTemporaryDirectory('ownership-backup'), 'backup');
      const run = (...args) => {
        const ended = spawnSync(program(), args, { encoding: 'utf8' });
        assert.equal(ended.status, 0, ended.stderr);
      };
      run('backup', '--data', lost.server.dataDirectory, '--to', backup);
      await lost.collect.all([events('of the lost server')]);
      const done = await lost.api.waitForTask((await create(lost.api, url())).id);
      const earlier = await contents(container);
      await lost.server.kill();

      const dataDirectory = join(makeTemporaryDirectory('ownership-restored'), 'data');
      run('restore', '--from', backup, '--data', dataDirectory);
      const restored = new Server({ dataDirectory, config: environment.server.config });
      servers.push(restored);
      await restored.start();
      const api = new Api(restored, lost.app, lost.owner);
      await new Collect(restored, lost.app).all([events('of the restored server')]);
      const task = await waitForEnd(api, (await create(api, url())).id);
      if (task.state === 'Failed') assert.match(task.errorDetails, /^BlobAlreadyExists: /);
      assertUnchanged(earlier, await contents(container));
      assert.equal((await readExport(container, done)).records.length, 30);
    });
  }
});
