// How tasks fail when their container lets them down half-way.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { eventBatch } from './lib/batches.mjs';
import { Environment } from './lib/environment.mjs';
import { readExport } from './lib/exported.mjs';
import { waitFor } from './lib/wait.mjs';

const range = { startDate: '2016-04-01', endDate: '2016-04-30' };

describe('tasks that fail', () => {
  let environment;

  before(async () => {
    environment = await Environment.start({ proxy: true });
    await environment.collect.all([eventBatch('device', 'event ', 100)]);
  });
  after(() => environment?.stop());

  // Creates a task and lets `harm` happen while it is staging. Returns its id.
  async function harmWhileStaging(own, urlOptions, harm) {
    environment.proxy.hold(new RegExp(`/${own.name}/Event_`));
    const { id } = await environment.api.createTask('events', {
      ...range,
      exportFormat: 'JsonBlob',
      containerUrl: environment.urlOf(own, 'w', urlOptions),
    });
    await environment.proxy.holding();
    await harm();
    environment.proxy.release();
    return id;
  }

  function assertFailed(task, details) {
    assert.match(task.errorDetails, details);
    assert.doesNotMatch(task.errorDetails, /sig=|sv=20/);
    assert.match(task.dateCompleted, /Z$/);
    assert.equal(task.manifest, undefined);
  }

  it('a SAS that ends while the task runs makes it wait for another one of the same container', async () => {
    const { api } = environment;
    const own = await environment.container();
    const expiresOn = new Date(Date.now() + 10_000);
    const id = await harmWhileStaging(own, { expiresOn }, () =>
      waitFor('the SAS to end', () => Date.now() > expiresOn.getTime() + 500, { timeoutMs: 30_000 }),
    );
    const waiting = await api.waitForWaiting(id);
    assert.equal(waiting.state, 'Started');
    assert.equal(waiting.progress.waitingFor, 'Credential');
    assert.match(waiting.errorDetails, /AuthorizationFailure|AuthenticationFailed/);
    assert.doesNotMatch(waiting.errorDetails, /sig=|sv=20/);
    const wait = Date.parse(waiting.progress.waitingUntil) - Date.now();
    assert.ok(wait > 23 * 3_600_000 && wait <= 24 * 3_600_000, waiting.progress.waitingUntil);
    assert.deepEqual(await own.list(), []);

    const elsewhere = await api.renewCredential(id, environment.urlOf(await environment.container()));
    assert.deepEqual([elsewhere.status, elsewhere.json.error.code], [400, 'ContainerMismatch']);
    const path = await api.renewCredential(id, environment.urlOf(own, 'w', { prefix: 'else/where' }));
    assert.deepEqual([path.status, path.json.error.code], [400, 'ContainerMismatch']);
    const readOnly = await api.renewCredential(id, environment.urlOf(own, 'r'));
    assert.deepEqual([readOnly.status, readOnly.json.error.code], [400, 'SasNoWritePermission']);
    const nothing = await api.send('PATCH', `devices/exportTasks/${id}`, { body: { description: 'x' } });
    assert.equal(nothing.status, 400);
    assert.equal((await api.task(id)).progress.waitingFor, 'Credential');

    await environment.server.kill();
    await environment.server.start();
    assert.equal((await api.task(id)).progress.waitingFor, 'Credential', 'also after a restart');

    const renewed = await api.renewCredential(id, environment.urlOf(own));
    assert.equal(renewed.status, 200, renewed.text);
    assert.equal(renewed.json.errorDetails, undefined);
    const task = await api.waitForTask(id);
    assert.equal((await readExport(own, task)).records.length, 100);
    const late = await api.renewCredential(id, environment.urlOf(own));
    assert.deepEqual([late.status, late.json.error.code], [409, 'TaskEnded']);
  });

  it('a container that is deleted while the task runs fails it with ContainerNotFound', async () => {
    const own = await environment.container();
    const id = await harmWhileStaging(own, {}, () => own.client.delete());
    assertFailed(await environment.api.waitForTask(id, 'Failed'), /ContainerNotFound/);
  });
});

describe('storage that is full', () => {
  let environment;
  before(async () => {
    environment = await Environment.start({ memoryLimitMb: 20 });
  });
  after(() => environment?.stop());

  it('fails the task with the code of the storage, and nothing is visible', async () => {
    const container = await environment.container();
    await container.upload('other', Buffer.alloc(19 << 20));
    const batches = Array.from({ length: 5 }, (_, i) =>
      eventBatch(`device ${i}`, `e${i}.`, 1000, { padding: 800 }),
    );
    await environment.collect.all(batches);
    const { id } = await environment.api.createTask('events', {
      ...range,
      exportFormat: 'JsonBlob',
      containerUrl: environment.urlOf(container),
    });
    const task = await environment.api.waitForTask(id, 'Failed');
    assert.match(task.errorDetails, /MemoryExtentStoreAtSizeLimit/);
    assert.deepEqual(await container.list(), ['other']);
  });
});
