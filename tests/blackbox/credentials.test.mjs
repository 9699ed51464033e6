// An export whose SAS ends half-way waits for another one, and goes on with it.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { eventBatch } from './lib/batches.mjs';
import * as faults from './lib/blob-faults.mjs';
import { BlobServer } from './lib/blob-server.mjs';
import { IdBook, assertSameRecords } from './lib/compare.mjs';
import { Environment } from './lib/environment.mjs';
import { Expected } from './lib/expected.mjs';
import { columnsOf, readExport } from './lib/exported.mjs';
import { assertNoSecrets } from './lib/secrets.mjs';
import { waitFor } from './lib/wait.mjs';

const days = { startDate: '2016-04-01', endDate: '2016-04-02' };
const batches = Array.from({ length: 12 }, (_, i) =>
  eventBatch(`device ${i}`, `batch ${i} `, 20, { from: `2016-04-0${1 + (i % 2)}T0${i % 10}:00:00Z` }),
);

const { manifest, places } = faults;

describe('an export whose SAS ends', () => {
  let storage;
  let environment;
  let exports = 0;

  before(async () => {
    storage = await BlobServer.start();
    // One task at a time, so that a task that waits for a SAS would be in the way of others; one upload at a
    // time, so that it is sure which files were staged.
    const config = '[export]\nparallel_tasks = 1\nuploads_per_task = 1\n';
    environment = await Environment.start({ storage, config });
    await environment.collect.all(batches);
  });
  after(() => environment?.stop());

  // A task and its container; `effect` happens at this place, once.
  async function create(place, effect, options) {
    exports += 1;
    const container = storage.createContainer(`credentials-${exports}`);
    const once = faults.first(() => effect(container));
    container.script = faults.failing(place, once);
    const { id } = await environment.api.createTask('events', {
      ...days,
      exportFormat: 'JsonLinesBlob',
      maxFileBytes: 4096,
      containerUrl: container.sasUrl('w', options),
    });
    return { id, container };
  }

  const revoke = (container) => container.revoke();

  function waitForWaiting({ id }) {
    const isWaiting = async () => {
      const task = await environment.api.task(id);
      assert.ok(task.state === 'Queued' || task.state === 'Started', JSON.stringify(task));
      return task.progress?.waitingFor ? task : undefined;
    };
    return waitFor(`task ${id} to wait for a SAS`, isWaiting);
  }

  async function createAndWait(place, effect = revoke, options = {}) {
    const created = await create(place, effect, options);
    const task = await waitForWaiting(created);
    assert.equal(task.state, 'Started');
    assert.equal(task.progress.waitingFor, 'Credential');
    assert.match(task.errorDetails, /^AuthenticationFailed: /);
    assertNoSecrets(JSON.stringify(task), storage.signatures);
    assert.ok(!created.container.list().some((name) => manifest.test(name)), 'no manifest yet');
    return created;
  }

  const give = ({ id }, containerUrl) => environment.api.renewCredential(id, containerUrl);

  async function assertGoesOn(created, containerUrl = created.container.sasUrl()) {
    const answer = await give(created, containerUrl);
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.json.id, created.id);
    assertNoSecrets(answer.text, storage.signatures);
    await assertSucceedsWhole(created);
  }

  async function assertSucceedsWhole({ id, container }) {
    const task = await environment.api.waitForTask(id);
    assert.equal(task.progress.waitingFor, undefined);
    const { records, files } = await readExport(container, task);
    const wanted = new Expected(batches).historical('event', days.startDate, days.endDate);
    assertSameRecords(records, wanted, columnsOf('Event'), new IdBook());
    assert.ok(files.length > 3);
  }

  for (const [where, place] of Object.entries(places)) {
    it(`that is revoked before ${where} waits for another SAS, and goes on with it`, async () => {
      await assertGoesOn(await createAndWait(place));
    });
  }

  it('goes on behind what was staged', async () => {
    const created = await createAndWait({ ...places['a block'], skip: 9 });
    await assertGoesOn(created);
    const staged = storage.requestsOf(created.container).filter((request) => /^PutBlock .*_\d{5}\./.test(request));
    const again = staged.filter((request, i) => staged.indexOf(request) !== i);
    assert.deepEqual(again, [staged[9]], 'only the file that was refused comes twice');
  });

  it('that runs out waits for another one', async () => {
    const expiresOn = new Date(Math.ceil(Date.now() / 1000) * 1000 + 4000);
    const runsOut = () => waitFor('the SAS to end', () => Date.now() > expiresOn.getTime());
    await assertGoesOn(await createAndWait(places['a block'], runsOut, { expiresOn }));
  });

  it('that is refused again waits again', async () => {
    const created = await createAndWait(places['a block']);
    const revoked = created.container.sasUrl();
    const again = faults.failing(places['the block list of a file'], faults.first(() => created.container.revoke()));
    created.container.script = again;
    assert.equal((await give(created, revoked)).status, 200);
    await waitFor('the task to commit', () =>
      storage.requestsOf(created.container).some((request) => request.startsWith('PutBlockList')),
    );
    await waitForWaiting(created);
    await assertGoesOn(created);
  });

  it('does not stand in the way of others', async () => {
    const waiting = await createAndWait(places['a block']);
    await environment.exportRecords('events', days);
    await assertGoesOn(waiting);
  });

  it('takes no SAS that cannot serve, nor one of another container', async () => {
    const created = await createAndWait(places['a block']);
    const other = storage.createContainer(`credentials-${(exports += 1)}`);
    const ended = created.container.sasUrl('w', { expiresOn: new Date(Date.now() - 1000) });
    const readOnly = created.container.sasUrl('r');
    const elsewhere = created.container.sasUrl('w', { prefix: 'folder' });
    for (const url of [other.sasUrl(), ended, readOnly, elsewhere, 'no url']) {
      const answer = await give(created, url);
      assert.equal(answer.status, 400, answer.text);
      assertNoSecrets(answer.text, storage.signatures);
    }
    const revoked = created.container.sasUrl();
    created.container.revoke();
    const refused = await give(created, revoked);
    assert.equal(refused.status, 400);
    assert.match(refused.text, /AuthenticationFailed/);
    assert.equal((await environment.api.task(created.id)).progress.waitingFor, 'Credential');
    assert.deepEqual(other.list(), []);
    await assertGoesOn(created);
  });

  it('can be canceled while it waits', async () => {
    const created = await createAndWait(places['a block']);
    const answer = await environment.api.send('POST', `devices/exportTasks/${created.id}/cancel`);
    assert.equal(answer.status, 200, answer.text);
    assert.equal((await environment.api.waitForTask(created.id, 'Failed')).errorDetails, 'Canceled');
    assert.deepEqual(created.container.list(), []);
    assert.equal((await give(created, created.container.sasUrl())).status, 409);
  });

  it('waits on when the server was killed, and goes on with the SAS that comes then', async () => {
    const created = await createAndWait(places['the block list of a file']);
    await environment.server.kill();
    await environment.server.start();
    await waitForWaiting(created);
    await assertGoesOn(created);
  });

  it('goes on with the new SAS when the server is killed after it was taken', async () => {
    const created = await createAndWait(places['a block']);
    let killing;
    const kill = async () => {
      killing ??= { done: environment.server.kill() };
    };
    created.container.script = faults.failing(places['the block list of a file'], kill);
    assert.equal((await give(created, created.container.sasUrl())).status, 200);
    await (await waitFor('the server to be killed', () => killing)).done;
    await environment.server.start();
    await assertSucceedsWhole(created);
  });
});
