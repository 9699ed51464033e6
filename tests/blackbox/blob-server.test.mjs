// That the blob server of these tests is one: Microsoft's client can write to it, it refuses what the service
// refuses, and it fails as it is told.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, it } from 'node:test';

import { ContainerClient } from '@azure/storage-blob';

import * as faults from './lib/blob-faults.mjs';
import { BlobServer } from './lib/blob-server.mjs';
import { request } from './lib/http.mjs';

const id = (text) => Buffer.from(text).toString('base64');

describe('the blob server of the tests', () => {
  let server;
  let container;
  let names = 0;

  before(async () => {
    server = await BlobServer.start();
  });
  after(() => server.stop());

  // A new container, and PUT requests to it.
  function start({ permissions, ...options } = {}) {
    names += 1;
    container = server.createContainer(`test-${names}`);
    const url = new URL(container.sasUrl(permissions, options));
    return (blob, query, body, headers = {}) => {
      const target = new URL(url);
      target.pathname += `/${blob}`;
      for (const [key, value] of Object.entries(query)) target.searchParams.set(key, value);
      return request(target.toString(), {
        method: 'PUT',
        headers: { 'x-ms-version': '2021-08-06', ...headers },
        body,
      });
    };
  }
  const block = (blockId) => ({ comp: 'block', blockid: blockId });
  const list = (...entries) => `<?xml version="1.0"?><BlockList>${entries.join('')}</BlockList>`;
  const latest = (blockId) => `<Latest>${blockId}</Latest>`;
  async function assertRefused(answering, status, code) {
    const answer = await answering;
    assert.equal(answer.status, status, answer.text);
    assert.equal(answer.headers['x-ms-error-code'], code);
    assert.match(answer.text, new RegExp(`<Error><Code>${code}</Code><Message>`));
  }

  it('takes blobs from the client of Azure, which are seen when they are committed', async () => {
    start();
    const client = new ContainerClient(container.sasUrl()).getBlockBlobClient('a b/é.json');
    const { contentMD5 } = await client.stageBlock(id('1'), 'one', 3, {
      transactionalContentMD5: createHash('md5').update('one').digest(),
    });
    assert.ok(contentMD5);
    const { xMsContentCrc64 } = await client.stageBlock(id('2'), '123456789', 9);
    assert.equal(Buffer.from(xMsContentCrc64).readBigUInt64LE(), 0xae8b14860a799888n);
    assert.deepEqual([container.list(), container.staged()], [[], ['a b/é.json']]);
    const options = { blobHTTPHeaders: { blobContentType: 'text/plain' } };
    await client.commitBlockList([id('2'), id('1')], options);
    assert.deepEqual([container.list(), container.staged()], [['a b/é.json'], []]);
    assert.equal(container.download('a b/é.json').toString(), '123456789one');
    assert.equal(container.contentType('a b/é.json'), 'text/plain');
    await client.commitBlockList([id('2'), id('1')]);
    await assert.rejects(client.commitBlockList([id('3')]), { code: 'InvalidBlockList', statusCode: 400 });
    assert.deepEqual(
      server.requestsOf(container),
      ['PutBlock', 'PutBlock', 'PutBlockList', 'PutBlockList', 'PutBlockList'].map((o) => `${o} a b/é.json`),
    );
  });

  it('a block that is staged again replaces the earlier one, and a commit drops what it does not name', async () => {
    const put = start();
    for (const [name, text] of ['1 first', '1 second', '2 dropped'].map((entry) => entry.split(' '))) {
      assert.equal((await put('blob', block(id(name)), text)).status, 201);
    }
    assert.equal((await put('blob', { comp: 'blocklist' }, list(latest(id('1'))))).status, 201);
    assert.equal(container.download('blob').toString(), 'second');
    await assertRefused(
      put('blob', { comp: 'blocklist' }, list(latest(id('2')))),
      400,
      'InvalidBlockList',
    );
    assert.equal((await put('blob', block(id('1')), 'third')).status, 201);
    const both = list(`<Committed>${id('1')}</Committed>`, `<Uncommitted>${id('1')}</Uncommitted>`);
    assert.equal((await put('blob', { comp: 'blocklist' }, both)).status, 201);
    assert.equal(container.download('blob').toString(), 'secondthird');
    assert.equal((await put('blob', block(id('1')), 'fourth')).status, 201);
    assert.equal((await put('blob', { comp: 'blocklist' }, list(latest(id('1'))))).status, 201);
    assert.equal(container.download('blob').toString(), 'fourth');
  });

  it('replaces no blob when it is asked not to, and none at all under a policy of retention', async () => {
    const put = start();
    const commit = (kind, blockId, headers) =>
      put('blob', { comp: 'blocklist' }, list(`<${kind}>${id(blockId)}</${kind}>`), headers);
    const once = { 'if-none-match': '*' };
    assert.equal((await put('blob', block(id('1')), 'first')).status, 201);
    assert.equal((await commit('Uncommitted', '1', once)).status, 201);
    await assertRefused(commit('Uncommitted', '1', once), 409, 'BlobAlreadyExists');
    assert.equal((await commit('Committed', '1')).status, 201);
    await assertRefused(commit('Committed', '2'), 400, 'InvalidBlockList');
    container.retains = true;
    await assertRefused(commit('Committed', '1'), 409, 'BlobImmutableDueToPolicy');
    assert.equal(container.download('blob').toString(), 'first');
  });

  it('refuses what the service refuses', async () => {
    const put = start();
    const md5 = createHash('md5').update('other').digest('base64');
    await assertRefused(put('blob', block('no base64!'), 'x'), 400, 'InvalidQueryParameterValue');
    await assertRefused(put('blob', block(id('x'.repeat(65))), 'x'), 400, 'OutOfRangeInput');
    await assertRefused(put('blob', block(id('1')), ''), 400, 'InvalidHeaderValue');
    await assertRefused(put('blob', block(id('1')), 'x', { 'content-md5': md5 }), 400, 'Md5Mismatch');
    assert.equal((await put('blob', block(id('1')), 'x')).status, 201);
    await assertRefused(put('blob', block(id('longer')), 'x'), 400, 'InvalidBlobOrBlock');
    await assertRefused(put('blob', { comp: 'blocklist' }, '<BlockList>'), 400, 'InvalidXmlDocument');
    await assertRefused(put('blob', { comp: 'other' }, 'x'), 400, 'InvalidQueryParameterValue');
    await assertRefused(put('blob', block(id('1')), 'x', { 'x-ms-version': '' }), 400, 'InvalidHeaderValue');
    server.deleteContainer(container.name);
    await assertRefused(put('blob', block(id('1')), 'x'), 404, 'ContainerNotFound');
  });

  it('checks the SAS: every parameter, its end, its permissions, and whether it was revoked', async () => {
    const put = start();
    const changed = { ...block(id('1')), se: '2099-01-01T00:00:00Z' };
    await assertRefused(put('blob', changed, 'x'), 403, 'AuthenticationFailed');
    await assertRefused(put('blob', { ...block(id('1')), sig: 'other' }, 'x'), 403, 'AuthenticationFailed');
    assert.equal((await put('blob', block(id('1')), 'x')).status, 201);
    container.revoke();
    await assertRefused(put('blob', block(id('1')), 'x'), 403, 'AuthenticationFailed');
    const readOnly = start({ permissions: 'r' });
    await assertRefused(readOnly('blob', block(id('1')), 'x'), 403, 'AuthorizationPermissionMismatch');
    const ended = start({ expiresOn: new Date(Date.now() - 1000) });
    await assertRefused(ended('blob', block(id('1')), 'x'), 403, 'AuthenticationFailed');
  });

  it('fails as the script says, and carries the request out or not', async () => {
    const put = start();
    const attempt = (fault, name) => {
      container.script = faults.failing({ operation: 'PutBlock', blob: new RegExp(name) }, fault);
      return put(name, block(id('1')), 'data');
    };
    const headers = { 'retry-after': '7' };
    const busy = await attempt(faults.answers(503, 'ServerBusy', { message: 'Busy.', headers }), 'busy');
    assert.deepEqual([busy.status, busy.headers['retry-after']], [503, '7']);
    await assert.rejects(attempt(faults.resetsBefore(), 'before'), { code: 'ECONNRESET' });
    await assert.rejects(attempt(faults.failsHalf(500, 'InternalError'), 'failing'), { code: 'ECONNRESET' });
    assert.deepEqual(container.staged(), []);
    await assert.rejects(attempt(faults.resetsAfter(), 'after'), { code: 'ECONNRESET' });
    await assert.rejects(attempt(faults.answersHalf(), 'half'), { code: 'ECONNRESET' });
    assert.deepEqual(container.staged(), ['after', 'half']);
    for (const slow of [faults.readsSlowly(1), faults.answersSlowly(1), faults.first(() => {})]) {
      assert.equal((await attempt(slow, 'slow')).status, 201);
    }
    const whole = (await put('intact', block(id('1')), 'data')).headers['x-ms-content-crc64'];
    const damaged = (await attempt(faults.damages(), 'damaged')).headers['x-ms-content-crc64'];
    assert.notEqual(damaged, whole);
  });

  it('a script skips requests, and ends', async () => {
    const put = start();
    container.script = faults.failing(
      { operation: 'PutBlock', skip: 1, times: 2 },
      faults.answers(500, 'InternalError'),
    );
    const statuses = [];
    for (let i = 0; i < 5; i += 1) statuses.push((await put('blob', block(id('1')), 'x')).status);
    assert.deepEqual(statuses, [201, 500, 500, 201, 201]);
  });
});
