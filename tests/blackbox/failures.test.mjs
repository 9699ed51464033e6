// How tasks fail when their container lets them down half-way.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { eventBatch } from './lib/batches.mjs';
import { Environment } from './lib/environment.mjs';
import { waitFor } from './lib/wait.mjs';

const range = { startDate: '2016-04-01', endDate: '2016-04-30' };

describe('tasks that fail', () => {
  let environment;

  before(async () => {
    environment = await Environment.start({ proxy: true });
    await environment.collect.all([eventBatch('device', 'event ', 100)]);
  });
  after(() => environment?.stop());

  // Creates a task, lets `harm` happen while it is staging, and returns how it ended.
  async function failWhileStaging(own, urlOptions, harm) {
    environment.proxy.hold(new RegExp(`/${own.name}/Event_`));
    const { id } = await environment.api.createTask('events', {
      ...range,
      exportFormat: 'JsonBlob',
      containerUrl: environment.urlOf(own, 'w', urlOptions),
    });
    await environment.proxy.holding();
    await harm();
    environment.proxy.release();
    return environment.api.waitForTask(id, 'Failed');
  }

  function assertFailed(task, details) {
    assert.match(task.errorDetails, details);
    assert.doesNotMatch(task.errorDetails, /sig=|sv=20/);
    assert.match(task.dateCompleted, /Z$/);
    assert.equal(task.manifest, undefined);
  }

  it('a SAS that ends while the task runs fails it with the code of the storage', async () => {
    const own = await environment.container();
    const expiresOn = new Date(Date.now() + 10_000);
    const task = await failWhileStaging(own, { expiresOn }, () =>
      waitFor('the SAS to end', () => Date.now() > expiresOn.getTime() + 500, { timeoutMs: 30_000 }),
    );
    assertFailed(task, /AuthorizationFailure|AuthenticationFailed/);
    assert.deepEqual(await own.list(), []);
  });

  it('a container that is deleted while the task runs fails it with ContainerNotFound', async () => {
    const own = await environment.container();
    assertFailed(await failWhileStaging(own, {}, () => own.client.delete()), /ContainerNotFound/);
  });

  it('the output holds no secret', () => environment.assertNoSecretsInOutput());
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

  it('the output holds no secret', () => environment.assertNoSecretsInOutput());
});
