// What happens when the disk of the data fails, and what becomes of damaged files.
import assert from 'node:assert/strict';
import { cpSync, readFileSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import { Api, Collect } from './lib/api.mjs';
import { batch, event, eventBatch, guid, may } from './lib/batches.mjs';
import { DirectoryContainer } from './lib/directory.mjs';
import { Environment } from './lib/environment.mjs';
import { readExport } from './lib/exported.mjs';
import { request } from './lib/http.mjs';
import { Server } from './lib/server.mjs';
import { makeTemporaryDirectory } from './lib/temporary.mjs';
import { waitFor } from './lib/wait.mjs';

const faults = [
  ['ENOSPC', 'DiskFull'],
  ['EIO', 'DiskError'],
  ['EROFS', 'DiskError'],
];

describe('a disk that fails', () => {
  let environment;
  let server;
  let disk;
  let collect;

  before(async () => {
    environment = await Environment.start({ faultyDisk: true, proxy: true });
    ({ server, disk, collect } = environment);
  });
  after(async () => {
    disk?.heal();
    await environment?.stop();
  });

  const get = (path) => request(server.origin + path);
  const named = (name) => batch([event(name)], { batchId: guid(name) });
  const names = (prefix, count) => Array.from({ length: count }, (_, i) => `${prefix} ${i}`);
  const send = (list) => Promise.all(list.map((name) => collect.batch(named(name))));

  async function createTask() {
    const containerUrl = environment.urlOf(await environment.container());
    return environment.api.tryCreateTask('events', { ...may, exportFormat: 'CsvBlob', containerUrl });
  }

  function assertRefused(answer, code) {
    assert.deepEqual([answer.status, answer.json.error.code], [503, code], answer.text);
    assert.equal(answer.headers['retry-after'], '1');
  }

  for (const [fault, code] of faults) {
    it(`${fault}: what is not stored is not acknowledged, all else goes on, it works again by itself`, async () => {
      const early = names(`${fault} early`, 5);
      const refused = names(`${fault} refused`, 20);
      const late = names(`${fault} late`, 5);
      for (const answer of await send(early)) assert.equal(answer.status, 200, answer.text);
      const { id } = await environment.api.runTask('events', {
        ...may,
        exportFormat: 'CsvBlob',
        containerUrl: environment.urlOf(await environment.container()),
      });

      disk.fail(fault);
      for (let round = 0; round < 3; round += 1) {
        for (const answer of await send(refused)) assertRefused(answer, code);
      }
      const bulk = await collect.bulk(JSON.stringify(named(refused[0])));
      assertRefused(bulk, code);
      assertRefused(await createTask(), code);
      const notReady = await waitFor('readiness to end', async () => {
        const answer = await get('/readyz');
        return answer.status !== 200 && answer;
      });
      assertRefused(notReady, code);
      assert.equal((await get('/healthz')).status, 200);
      assert.equal((await environment.api.task(id)).state, 'Succeeded');

      disk.heal();
      await waitFor('readiness', async () => (await get('/readyz')).status === 200);
      for (const answer of await send([...refused, ...late])) assert.equal(answer.status, 200, answer.text);
      for (const answer of await send(refused)) assert.equal(answer.status, 200, answer.text);
      assert.deepEqual(await environment.eventNames(fault, may), [...early, ...refused, ...late].sort());
    });
  }

  for (const [fault, code] of faults) {
    // A backup makes the store write out all of its memory.
    it(`${fault} right after a backup: the same`, async () => {
      const early = names(`backed up ${fault}`, 3);
      const refused = names(`not backed up ${fault}`, 3);
      for (const answer of await send(early)) assert.equal(answer.status, 200, answer.text);
      await server.command('backup', '--to', join(makeTemporaryDirectory('backup'), 'backup'));
      disk.fail(fault);
      for (let round = 0; round < 2; round += 1) {
        for (const answer of await send(refused)) assertRefused(answer, code);
      }
      disk.heal();
      await waitFor('readiness', async () => (await get('/readyz')).status === 200);
      for (const answer of await send([...refused, ...early])) assert.equal(answer.status, 200, answer.text);
      assert.deepEqual(await environment.eventNames(`backed up ${fault}`, may), early);
      assert.deepEqual(await environment.eventNames(`not backed up ${fault}`, may), refused);
    });
  }

  it('a server that has written nothing yet gets over it as well', async () => {
    await server.stop();
    await server.start();
    disk.fail('ENOSPC');
    for (const answer of await send(['fresh 1'])) assertRefused(answer, 'DiskFull');
    disk.heal();
    for (const answer of await send(['fresh 1', 'fresh 2'])) assert.equal(answer.status, 200, answer.text);
    assert.deepEqual(await environment.eventNames('fresh', may), ['fresh 1', 'fresh 2']);
  });

  it('kill -9 while the disk is full loses nothing that was acknowledged', async () => {
    for (const answer of await send(['killed 1'])) assert.equal(answer.status, 200);
    disk.fail('ENOSPC');
    for (const answer of await send(['killed 2'])) assertRefused(answer, 'DiskFull');
    await server.kill();
    await assert.rejects(server.start(), /No space left on device|disk is full/);
    disk.heal();
    await server.start();
    for (const answer of await send(['killed 2'])) assert.equal(answer.status, 200, answer.text);
    assert.deepEqual(await environment.eventNames('killed', may), ['killed 1', 'killed 2']);
  });

  it('an export that cannot store how far it is waits for the disk', async () => {
    for (const answer of await send(['exported'])) assert.equal(answer.status, 200);
    const container = await environment.container();
    environment.proxy.hold(/Event_/);
    const containerUrl = environment.urlOf(container);
    const { id } = await environment.api.createTask('events', { ...may, exportFormat: 'JsonLinesBlob', containerUrl });
    await environment.proxy.holding();
    disk.fail('ENOSPC');
    environment.proxy.release();
    await waitFor('the staged blocks', async () => {
      const blobs = container.client.listBlobsFlat({ includeUncommitedBlobs: true });
      return !(await blobs.next()).done;
    });
    assert.equal((await environment.api.task(id)).state, 'Started');
    disk.heal();
    const { records } = await readExport(container, await environment.api.waitForTask(id));
    assert.ok(records.some((record) => record.name === 'exported'));
  });

  it('canceling what runs says that it cannot be stored, holds nobody up, and is done when the disk is well', async () => {
    environment.proxy.hold(/Event_/);
    const containerUrl = environment.urlOf(await environment.container());
    const { id } = await environment.api.createTask('events', { ...may, exportFormat: 'JsonLinesBlob', containerUrl });
    await environment.proxy.holding();
    disk.fail('ENOSPC');
    // More than there are threads to answer with.
    const cancel = () => environment.api.send('POST', `devices/exportTasks/${id}/cancel`);
    for (const answer of await Promise.all(Array.from({ length: 12 }, cancel))) assertRefused(answer, 'DiskFull');
    assert.equal((await environment.api.task(id)).state, 'Started');
    disk.heal();
    environment.proxy.release();
    const task = await environment.api.waitForTask(id, 'Failed');
    assert.equal(task.errorDetails, 'Canceled');
  });

  for (const [fault] of faults) {
    it(`commands say that they could not: ${fault}`, async () => {
      disk.fail(fault);
      await assert.rejects(server.createApp(`of ${fault}`), /ended with code 1: rawhaul: .*the catalog: /);
      disk.heal();
      await server.createApp(`of ${fault}`);
    });
  }
});

describe('damaged files', () => {
  const range = { startDate: '2016-04-01', endDate: '2016-04-01' };
  const original = makeTemporaryDirectory('whole');
  const exports = makeTemporaryDirectory('exports');
  const config = `[destinations]\nallow = ["file://${exports}"]\n`;
  let app;
  let owner;

  // Records in a table and in the log.
  before(async () => {
    const server = new Server({ dataDirectory: original, config });
    await server.init();
    app = await server.createApp('android');
    owner = await server.createClient();
    for (const part of ['table', 'log']) {
      await server.start();
      for (let i = 0; i < 5; i += 1) {
        await new Collect(server, app).all([eventBatch(`device ${part} ${i}`, `${part} ${i} `, 200)]);
      }
      await server.stop();
    }
  });

  // A server on a copy of the data, to which `harm` was done.
  function damaged(harm) {
    const dataDirectory = makeTemporaryDirectory('damaged');
    cpSync(original, dataDirectory, { recursive: true });
    harm(dataDirectory);
    return new Server({ dataDirectory, config });
  }

  function fileIn(directory, pattern) {
    const found = readdirSync(directory).filter((name) => pattern.test(name));
    // The largest of them: that of the records.
    found.sort((a, b) => statSync(join(directory, b)).size - statSync(join(directory, a)).size);
    assert.ok(found.length > 0, `a file like ${pattern}: ${readdirSync(directory)}`);
    return join(directory, found[0]);
  }

  // One byte, or from there on `length` bytes, at this part of the file.
  function flip(file, at = 0.5, length = 1) {
    const content = readFileSync(file);
    const start = Math.floor(content.length * at);
    for (let i = start; i < start + length; i += 1) content[i] ^= 0x55;
    writeFileSync(file, content);
  }

  const halve = (file) => truncateSync(file, Math.floor(statSync(file).size / 2));
  const inStore = (pattern, harm) => (data) => harm(fileIn(join(data, 'store'), pattern));
  const inCatalog = (harm) => (data) => harm(join(data, 'catalog.sqlite'));
  const table = /^\d+\.sst$/;

  for (const [what, harm, file] of [
    ['a log', inStore(/^\d+\.log$/, (path) => flip(path, 0.2)), /\.log/],
    ['a table that is gone', inStore(table, rmSync), /0\d+\.(sst|ldb)/],
    ['a table that is cut', inStore(table, halve), /\.sst/],
    ['the manifest', inStore(/^MANIFEST-/, (path) => flip(path, 0.3)), /manifest|store/i],
    ['a manifest that is gone', inStore(/^MANIFEST-/, rmSync), /MANIFEST/],
    ['CURRENT', inStore(/^CURRENT$/, (path) => writeFileSync(path, 'x')), /CURRENT/],
    ['a CURRENT that is gone', inStore(/^CURRENT$/, rmSync), /CURRENT/],
    ['the head of the catalog', inCatalog((path) => flip(path, 0)), /catalog\.sqlite/],
    ['a page of the catalog', inCatalog((path) => flip(path, 0.7, 4096)), /catalog\.sqlite/],
    ['a catalog that is cut', inCatalog(halve), /catalog\.sqlite/],
    ['a catalog that is empty', inCatalog((path) => truncateSync(path, 0)), /catalog\.sqlite/],
  ]) {
    it(`the server does not start on ${what}, says which file it is and what to do`, async () => {
      const server = damaged(harm);
      const store = join(server.dataDirectory, 'store');
      const before = readdirSync(store).filter((name) => table.test(name));
      const error = await server.start().then(
        () => server.kill(),
        (reason) => reason,
      );
      assert.ok(error, 'it must not start');
      assert.match(error.message, file);
      assert.match(error.message, /restore the data from a backup/);
      const left = readdirSync(store).filter((name) => table.test(name));
      assert.deepEqual(left, before, 'nothing is taken away that may yet be saved');
    });
  }

  it('init does not put an empty catalog in the place of one that is gone', async () => {
    const server = damaged(inCatalog(rmSync));
    await assert.rejects(server.init(), /catalog\.sqlite is gone or empty, .*: restore/);
  });

  it('an export that meets a damaged table fails and says so, and nothing is visible', async () => {
    const server = damaged(inStore(table, (path) => flip(path, 0.3)));
    const harmed = basename(fileIn(join(server.dataDirectory, 'store'), table));
    await server.start();
    const api = new Api(server, app, owner);
    const containerUrl = `file://${exports}/harmed`;
    const { id } = await api.createTask('events', { ...range, exportFormat: 'JsonLinesBlob', containerUrl });
    const task = await api.waitForTask(id, 'Failed');
    assert.match(task.errorDetails, /checksum mismatch/);
    assert.ok(task.errorDetails.includes(harmed), task.errorDetails);
    assert.deepEqual(await new DirectoryContainer(join(exports, 'harmed')).list(), []);
    assert.equal((await request(`${server.origin}/healthz`)).status, 200);
    await server.stop();
  });

  it('the same data without damage are exported whole', async () => {
    const server = damaged(() => {});
    await server.start();
    const api = new Api(server, app, owner);
    const containerUrl = `file://${exports}/whole`;
    const task = await api.runTask('events', { ...range, exportFormat: 'JsonLinesBlob', containerUrl });
    const { records } = await readExport(new DirectoryContainer(join(exports, 'whole')), task);
    assert.equal(records.length, 2000);
    await server.stop();
  });
});
