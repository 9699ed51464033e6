// Import tasks: tags that are read from a blob, as Microsoft's client asks for it.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';

import { Api } from './lib/api.mjs';
import { guid } from './lib/batches.mjs';
import { makeClient, where } from './lib/client.mjs';
import { Environment } from './lib/environment.mjs';
import { makeTemporaryDirectory } from './lib/temporary.mjs';
import { waitFor } from './lib/wait.mjs';

const deviceCount = 20_000;
const ids = Array.from({ length: deviceCount }, (_, i) => guid(`device ${i}`)).sort();
const directory = makeTemporaryDirectory('imports');

const line = (deviceId, tags) => `${JSON.stringify({ deviceId, tags })}\n`;
const lines = (tagsOf) => ids.map((id, i) => line(id, tagsOf(i))).join('');

describe('import tasks', () => {
  let environment;
  let client;
  let container;

  before(async () => {
    mkdirSync(join(directory, 'tree'));
    environment = await Environment.start({ tls: true, proxy: true, allow: [`file://${directory}/tree`] });
    client = makeClient(environment.server, environment.owner);
    container = await environment.container();
    const history = ids.map((deviceId) => JSON.stringify({ deviceId, appInfo: { old: 'x' } })).join('\n');
    const answer = await environment.collect.bulk(history);
    assert.equal(answer.json?.lines, deviceCount, answer.text);
  });
  after(() => environment?.stop());

  const app = () => where(environment.app);

  // The URL of a new blob, with a SAS.
  async function upload(name, content, permissions = 'r', options = {}) {
    await container.upload(name, Buffer.from(content));
    return container.blobSasUrl(name, permissions, { origin: environment.proxy.origin, ...options });
  }

  async function create(storageUrl) {
    const answer = await environment.api.send('POST', 'devices/importTasks', { body: { storageUrl } });
    assert.equal(answer.status, 202, answer.text);
    return answer.json;
  }

  function waitForEnd(id) {
    return waitFor(`import task ${id} to end`, async () => {
      const task = (await environment.api.get(`devices/importTasks/${id}`)).json;
      return (task.state === 'Succeeded' || task.state === 'Failed') && task;
    });
  }

  const importAll = async (storageUrl) => waitForEnd((await create(storageUrl)).id);

  // Of every device that has the tag: its value by the device's id.
  async function valuesOf(tag) {
    const records = await environment.exportRecords('tags');
    return new Map(records.filter(({ tags }) => tag in tags).map(({ deviceId, tags }) => [deviceId, tags[tag]]));
  }

  const tagsOf = async (id) => (await environment.api.get(`devices/${id}`)).json.appInfo;

  it("the client's create, get and list: a task goes to Succeeded and never shows its SAS", async () => {
    const storageUrl = await upload('first', lines((i) => ({ first: String(i) })));
    const created = await client.importTasks.create(...app(), { storageUrl });
    assert.match(created.id, /^[1-9]\d*$/);
    assert.equal(created.state, 'Queued');
    assert.equal(created.storageUrl, storageUrl.split('?')[0]);
    await waitForEnd(created.id);
    const task = await client.importTasks.get(created.id, ...app());
    assert.deepEqual([task.state, task.errorDetails], ['Succeeded', undefined]);
    assert.ok(task.dateCompleted >= task.dateCreated);
    const values = await valuesOf('first');
    assert.equal(values.size, deviceCount);
    assert.ok(ids.every((id, i) => values.get(id) === String(i)));
    const listed = await client.importTasks.list(...app());
    assert.deepEqual(
      listed.map((item) => [item.id, item.state]),
      [[created.id, 'Succeeded']],
    );
    assert.ok(!(await environment.api.get('devices/importTasks')).text.includes('sig='));
  });

  it('one object of all devices, also gzipped and with a SAS of the container', async () => {
    const object = (value) => JSON.stringify(Object.fromEntries(ids.map((id) => [id, { object: value, old: null }])));
    assert.equal((await importAll(await upload('object', object('plain')))).state, 'Succeeded');
    assert.ok([...(await valuesOf('object')).values()].every((value) => value === 'plain'));
    assert.equal((await valuesOf('old')).size, 0);
    await container.upload('object.gz', gzipSync(object('packed')));
    const url = container.sasUrl('r', { prefix: 'object.gz' });
    assert.equal((await importAll(url)).state, 'Succeeded');
    const values = [...(await valuesOf('object')).values()];
    assert.equal(values.length, deviceCount);
    assert.ok(values.every((value) => value === 'packed'));
  });

  it('bad lines are counted and named, and the good ones applied', async () => {
    const bad = ['no json\n', line('nobody', { bad: 'x' }), line(ids[1], { n: 1 })];
    const good = [ids[0], ids[2]].map((id) => line(id, { partly: 'yes' }));
    const task = await importAll(await upload('partly', [good[0], ...bad, good[1]].join('')));
    assert.equal(task.state, 'Succeeded');
    assert.match(task.errorDetails, /^3 of 5 lines were not taken; line 2: it is not JSON/);
    assert.match(task.errorDetails, /; line 3: there is no such device/);
    assert.match(task.errorDetails, /; line 4: "tags.n" must be a string or null/);
    assert.deepEqual([...(await valuesOf('partly')).keys()].sort(), [ids[0], ids[2]]);
    const nothing = await importAll(await upload('nothing', 'a;b\nc;d\n'));
    assert.equal(nothing.state, 'Failed');
    assert.match(nothing.errorDetails, /^2 of 2 lines were not taken/);
  });

  it('a URL that cannot serve is refused at once, and the reason is told', async () => {
    const url = await upload('refused', '{}');
    const hour = 3_600_000;
    for (const [storageUrl, code] of [
      [url.split('?')[0], 'SasMissing'],
      [await upload('refused', '{}', 'w'), 'SasNoReadPermission'],
      [await upload('refused', '{}', 'r', { expiresOn: new Date(Date.now() - hour) }), 'SasExpired'],
      [container.sasUrl('r'), 'InvalidStorageUrl'],
      [container.blobSasUrl('not-there', 'r'), 'BlobNotFound'],
      [container.forgedSasUrl().replace('?', '/refused?').replace('sp=w', 'sp=r'), 'AuthorizationFailure'],
      ['https://evil.example/container/blob?sp=r&sr=b&se=2050-01-01&sig=x', 'DestinationNotAllowed'],
      ['http://169.254.169.254/latest/meta-data/x?sp=r&sr=b&se=2050-01-01&sig=x', 'DestinationNotAllowed'],
      [`file://${directory}/outside`, 'DestinationNotAllowed'],
      ['nonsense', 'InvalidStorageUrl'],
    ]) {
      await assert.rejects(client.importTasks.create(...app(), { storageUrl }), (error) => {
        assert.deepEqual([error.statusCode, error.code], [400, code], storageUrl);
        return true;
      });
    }
    for (const body of ['', '[]', {}, { storageUrl: 7 }, { storageUrl: '' }]) {
      const answer = await environment.api.send('POST', 'devices/importTasks', { body });
      assert.deepEqual([answer.status, answer.json.error.code], [400, 'InvalidBody']);
    }
  });

  it('a file of a directory that the operator allows', async () => {
    writeFileSync(join(directory, 'tree', 'tags.json'), JSON.stringify({ [ids[5]]: { file: 'yes' } }));
    assert.equal((await importAll(`file://${directory}/tree/tags.json`)).state, 'Succeeded');
    assert.deepEqual([...(await valuesOf('file')).keys()], [ids[5]]);
  });

  it('pages of tasks in any order, each task once', async () => {
    while ((await environment.api.get('devices/importTasks', { query: { $top: '40' } })).json.value.length < 7) {
      await importAll(await upload('small', '{}'));
    }
    const all = (await client.importTasks.list(...app(), { top: 40 })).map((task) => task.id);
    assert.deepEqual(all, [...all].sort((a, b) => a - b));
    const paged = await client.importTasks.list(...app(), { skip: 1, top: 2, orderby: 'dateCreated desc' });
    const pages = [paged];
    while (pages.at(-1).nextLink) pages.push(await client.importTasks.listNext(pages.at(-1).nextLink));
    assert.deepEqual(
      pages.flat().map((task) => task.id),
      [...all].reverse().slice(1),
    );
    for (const orderby of ['jobId asc', 'jobStatus', 'errorDetails desc']) {
      assert.equal((await client.importTasks.list(...app(), { top: 40, orderby })).length, all.length);
    }
    for (const query of [{ $top: '41' }, { $top: '0' }, { $skip: '-1' }, { $orderby: 'name' }]) {
      assert.equal((await environment.api.get('devices/importTasks', { query })).status, 400);
    }
  });

  it('what is not there is 404, and who may not is refused', async () => {
    for (const id of ['999999', 'x', '-1']) {
      await assert.rejects(client.importTasks.get(id, ...app()), { statusCode: 404, code: 'ImportTaskNotFound' });
    }
    const account = await environment.server.createClient({ role: 'reader' });
    const reader = new Api(environment.server, environment.app, account);
    assert.equal((await reader.get('devices/importTasks')).status, 200);
    assert.equal((await reader.send('POST', 'devices/importTasks', { body: { storageUrl: 'x' } })).status, 403);
    const other = new Api(environment.server, await environment.server.createApp('other'), environment.owner);
    assert.deepEqual((await other.get('devices/importTasks')).json, { value: [] });
    assert.equal((await other.get('devices/importTasks/1')).status, 404);
    for (const method of ['DELETE', 'PUT']) {
      assert.equal((await environment.api.send(method, 'devices/importTasks')).status, 405);
    }
  });

  it('a blob that is gone when its turn comes fails its task', async () => {
    const storageUrl = await upload('gone', '{}');
    environment.proxy.hold(/^GET .*\/gone$/, { pass: 1 });
    const { id } = await create(storageUrl);
    await environment.proxy.holding();
    await container.client.deleteBlob('gone');
    environment.proxy.release();
    const task = await waitForEnd(id);
    assert.equal(task.state, 'Failed');
    assert.match(task.errorDetails, /^BlobNotFound: the storage answered 404 BlobNotFound.* \(the blob must exist\)$/);
  });

  it('kill -9 during an import: after the restart all tags are applied', async () => {
    const storageUrl = await upload('killed', lines((i) => ({ killed: `v${i}`, room: 'x'.repeat(300) })));
    environment.proxy.hold(/^GET .*\/killed$/, { pass: 2 }); // the check and the first 4 MiB
    const { id } = await create(storageUrl);
    await environment.proxy.holding();
    await waitFor('some tags to be applied', async () => (await tagsOf(ids[0])).killed);
    assert.equal((await tagsOf(ids.at(-1))).killed, undefined);
    await environment.server.kill();
    environment.proxy.release();
    await environment.server.start();
    client = makeClient(environment.server, environment.owner);
    assert.equal((await waitForEnd(id)).state, 'Succeeded');
    const values = await valuesOf('killed');
    assert.equal(values.size, deviceCount);
    assert.ok(ids.every((device, index) => values.get(device) === `v${index}`));
  });
});
