// That an answer means that what it says is on the disk: the power is cut right behind it.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import { Api, Collect } from './lib/api.mjs';
import { batch, event, guid, may } from './lib/batches.mjs';
import { DirectoryContainer } from './lib/directory.mjs';
import { VolatileDisk } from './lib/disk.mjs';
import { readExport } from './lib/exported.mjs';
import { Server } from './lib/server.mjs';
import { makeTemporaryDirectory } from './lib/temporary.mjs';

// All that is written and not synced is gone at once.
describe('power that is cut right behind an answer', () => {
  const exports = makeTemporaryDirectory('exports');
  const dataDirectory = makeTemporaryDirectory('data');
  const disk = new VolatileDisk([dataDirectory, exports]);
  const config = `[destinations]\nallow = ["file://${exports}"]\n`;
  const server = new Server({ dataDirectory, config, env: disk.env });
  let api;
  let collect;

  before(async () => {
    await server.init();
    disk.cutPower();
    const app = await server.createApp('android');
    disk.cutPower();
    const owner = await server.createClient();
    disk.cutPower();
    await server.start();
    api = new Api(server, app, owner);
    collect = new Collect(server, app);
  });
  after(() => server.running && server.stop());

  async function cutPower() {
    await server.kill();
    disk.cutPower();
    await server.start();
  }

  const request = (name) => ({ ...may, exportFormat: 'CsvBlob', containerUrl: `file://${join(exports, name)}` });
  const read = (name, task) => readExport(new DirectoryContainer(join(exports, name)), task);

  it('a batch is there', async () => {
    const names = [];
    for (let round = 0; round < 5; round += 1) {
      names.push(`powered ${round}`);
      assert.equal((await collect.batch(batch([event(names[round])]))).status, 200);
      await cutPower();
    }
    const { records } = await read('batch', await api.runTask('events', request('batch')));
    assert.deepEqual(records.map((record) => record.name).sort(), names);
  });

  it('a batch that is sent again is known', async () => {
    const body = batch([event('again')], { batchId: guid('again') });
    assert.equal((await collect.batch(body)).status, 200);
    await cutPower();
    assert.equal((await collect.batch(body)).status, 200);
    const { records } = await read('again', await api.runTask('events', request('again')));
    assert.equal(records.filter((record) => record.name === 'again').length, 1);
  });

  it('an export into a directory is whole, and nothing of what was staged is left', async () => {
    const { files, manifest } = await api.runTask('events', request('whole'));
    await server.kill();
    disk.cutPower();
    const left = readdirSync(join(exports, 'whole'), { recursive: true });
    assert.deepEqual(left.sort(), [...files.map(({ name }) => name), manifest].sort());
    await server.start();
  });

  it('a task is there, and ends', async () => {
    const { id } = await api.createTask('events', request('task'));
    await cutPower();
    const task = await api.waitForTask(id);
    assert.ok((await read('task', task)).records.length > 0);
  });
});
