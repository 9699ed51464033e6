// What is refused when a task is created.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { after, before, describe, it } from 'node:test';

import { eventBatch } from './lib/batches.mjs';
import { Environment } from './lib/environment.mjs';
import { appPath } from './lib/server.mjs';

const range = { startDate: '2016-04-01', endDate: '2016-04-30' };
const minute = 60_000;

// A storage that answers every request with a redirect to `target`, and counts.
async function startRedirector() {
  const server = http.createServer((incoming, outgoing) => {
    server.requests += 1;
    incoming.resume();
    outgoing.writeHead(307, { location: `${server.target}${incoming.url}` }).end();
  });
  server.requests = 0;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  server.origin = `http://127.0.0.1:${server.address().port}`;
  return server;
}

describe('refusals', () => {
  let environment;
  let container;
  let redirector;

  before(async () => {
    redirector = await startRedirector();
    environment = await Environment.start({ proxy: true, allow: [redirector.origin] });
    redirector.target = environment.azurite.origin;
    container = await environment.container();
    await environment.collect.all([eventBatch('device', 'event ', 100)]);
  });
  after(async () => {
    await environment?.stop();
    redirector?.close();
  });

  function create(kind, body, options) {
    return environment.api.tryCreateTask(kind, body, options);
  }

  async function countTasks() {
    return (
      await environment.api.get('devices/exportTasks', { query: { $top: '40', $orderby: 'taskId desc' } })
    ).json.value.length;
  }

  async function assertRefused(answerOf, status, { code, message } = {}) {
    const before_ = await countTasks();
    const answer = await answerOf();
    assert.equal(answer.status, status, answer.text);
    assert.match(answer.headers['content-type'], /^application\/json/);
    assert.match(answer.json.error.code, code ?? /^[A-Z]\w+$/);
    assert.match(answer.json.error.message, message ?? /\w/);
    assert.doesNotMatch(answer.text, /sig=|sv=20/);
    assert.equal(await countTasks(), before_, 'nothing was created');
  }

  describe('container URLs', () => {
    const past = new Date(Date.now() - 10 * minute);
    const future = new Date(Date.now() + 10 * minute);
    const without = (url, name) => {
      const changed = new URL(url);
      changed.searchParams.delete(name);
      return changed.toString();
    };
    const withUser = (url) => url.replace('://', '://user:password@');

    const cases = [
      ['that is no URL', () => 'not a url', { code: /InvalidContainerUrl/ }],
      ['that is relative', () => `/${container.name}?sig=abc`, { code: /InvalidContainerUrl/ }],
      ['of another scheme', () => container.sasUrl().replace('http:', 'ftp:'), {}],
      [
        'without a container',
        () => `${environment.azurite.origin}/devstoreaccount1?${new URL(container.sasUrl()).search.slice(1)}`,
        { code: /InvalidContainerUrl/ },
      ],
      [
        'on a host that is not allowed',
        () => container.sasUrl('w', { origin: 'http://127.0.0.1:1' }),
        { code: /DestinationNotAllowed/, message: /127\.0\.0\.1/ },
      ],
      [
        'on a host that only looks like Azure',
        () => 'https://x.blob.core.windows.net.example.org/c?sv=2021-08-06&sp=w&sr=c&sig=eA%3D%3D',
        { code: /DestinationNotAllowed/ },
      ],
      [
        'of Azure without TLS',
        () => 'http://account.blob.core.windows.net/c?sv=2021-08-06&sp=w&sr=c&sig=eA%3D%3D',
        {},
      ],
      ['with user info', () => withUser(container.sasUrl()), { code: /InvalidContainerUrl/, message: /user name/ }],
      ['without a SAS', () => container.bareUrl(), { code: /SasMissing/ }],
      ['without a signature', () => without(container.sasUrl(), 'sig'), { code: /SasMissing/ }],
      ['whose SAS may read only', () => container.sasUrl('r'), { code: /SasNoWritePermission/ }],
      ['whose SAS may create but not write', () => container.sasUrl('c'), { code: /SasNoWritePermission/ }],
      ['whose SAS has expired', () => container.sasUrl('w', { expiresOn: past }), { code: /SasExpired/ }],
      [
        'whose SAS is not valid yet',
        () => container.sasUrl('w', { startsOn: future }),
        { code: /SasNotYetValid/ },
      ],
      [
        'of a container that is missing',
        () => environment.azurite.container('missing').sasUrl(),
        { code: /ContainerNotFound/ },
      ],
      ['with a wrong signature', () => container.forgedSasUrl(), { code: /^Auth/ }],
      ['whose SAS is for one blob', () => container.blobSasUrl('one.json'), { code: /SasWrongResource/ }],
      [
        'whose SAS is for https only, over http',
        () => container.sasUrl('w', { httpsOnly: true }),
        { code: /SasProtocolMismatch/ },
      ],
      ['that leads to a redirect', () => container.sasUrl('w', { origin: redirector.origin }), {}],
    ];
    for (const [what, url, expectation] of cases) {
      it(`a container URL ${what} is refused with 400 and a reason, and no task is created`, async () => {
        await assertRefused(
          () => create('events', { ...range, exportFormat: 'JsonBlob', containerUrl: url() }),
          400,
          expectation,
        );
      });
    }

    it('a redirect is not followed', async () => {
      const requests = redirector.requests;
      await create('tags', {
        exportFormat: 'JsonBlob',
        containerUrl: container.sasUrl('w', { origin: redirector.origin }),
      });
      assert.ok(redirector.requests > requests, 'the storage was asked');
      assert.deepEqual(await container.list(), []);
    });

    for (const permissions of ['w', 'wl', 'cw', 'racwdl']) {
      it(`a container SAS with the permissions ${permissions} is enough`, async () => {
        const own = await environment.container();
        await environment.api.runTask('events', {
          ...range,
          exportFormat: 'JsonBlob',
          containerUrl: environment.urlOf(own, permissions),
        });
        assert.equal((await own.list()).length, 2);
      });
    }

    it('an account SAS is enough', async () => {
      const own = await environment.container();
      await environment.api.runTask('events', {
        ...range,
        exportFormat: 'JsonBlob',
        containerUrl: own.accountSasUrl(),
      });
      assert.equal((await own.list()).length, 2);
    });
  });

  describe('bodies', () => {
    const changes = [
      ['no containerUrl', { containerUrl: undefined }, /containerUrl/],
      ['a containerUrl that is no string', { containerUrl: 7 }, /containerUrl/],
      ['no startDate', { startDate: undefined }, /startDate/],
      ['no endDate', { endDate: undefined }, /endDate/],
      ['a startDate that is null', { startDate: null }, /startDate/],
      ['a startDate that is no day', { startDate: 'yesterday' }, /startDate/],
      ['a day that no calendar has', { endDate: '2016-04-31' }, /endDate/],
      ['an instant for a day', { startDate: '2016-04-01T00:00:00Z' }, /startDate/],
      ['a start after the end', { startDate: '2016-05-01' }, /startDate/],
      ['no exportFormat', { exportFormat: undefined }, /exportFormat/],
      ['an unknown exportFormat', { exportFormat: 'XmlBlob' }, /exportFormat/],
      ['an unknown compression', { compression: 'Rar' }, /compression/],
      ['a maxFileBytes of 0', { maxFileBytes: 0 }, /maxFileBytes/],
      ['a maxFileBytes that is text', { maxFileBytes: 'big' }, /maxFileBytes/],
      ['a description that is no string', { description: {} }, /description/],
    ];
    for (const [what, change, message] of changes) {
      it(`${what} is refused with 400 and its name`, async () => {
        const body = {
          ...range,
          exportFormat: 'JsonBlob',
          containerUrl: environment.urlOf(container),
          ...change,
        };
        await assertRefused(() => create('events', body), 400, { message });
      });
    }

    const feedback = { campaignType: 'Poll', exportFormat: 'JsonBlob' };
    const feedbackChanges = [
      ['feedbackByCampaign', 'no campaignIds', {}, /campaignIds/],
      ['feedbackByCampaign', 'empty campaignIds', { campaignIds: [] }, /campaignIds/],
      ['feedbackByCampaign', 'campaignIds that are text', { campaignIds: ['1'] }, /campaignIds/],
      ['feedbackByCampaign', 'negative campaignIds', { campaignIds: [-1] }, /campaignIds/],
      [
        'feedbackByCampaign',
        'no campaignType',
        { campaignType: undefined, campaignIds: [1] },
        /campaignType/,
      ],
      [
        'feedbackByCampaign',
        'an unknown campaignType',
        { campaignType: 'Rumour', campaignIds: [1] },
        /campaignType/,
      ],
      [
        'feedbackByDate',
        'no campaignWindowStart',
        { campaignWindowEnd: '2016-04-02T00:00:00Z' },
        /campaignWindowStart/,
      ],
      [
        'feedbackByDate',
        'a window that ends before it starts',
        { campaignWindowStart: '2016-04-02T00:00:00Z', campaignWindowEnd: '2016-04-01T00:00:00Z' },
        /campaignWindowStart/,
      ],
    ];
    for (const [kind, what, change, message] of feedbackChanges) {
      it(`${kind} with ${what} is refused with 400 and its name`, async () => {
        const body = { ...feedback, containerUrl: environment.urlOf(container), ...change };
        await assertRefused(() => create(kind, body), 400, { message });
      });
    }

    for (const body of ['', '{', '[]', '"text"', 'null', '{"exportFormat":"JsonBlob"} trailing', '\xff{}']) {
      it(`the body ${JSON.stringify(body)} is refused with 400`, async () => {
        await assertRefused(() => create('tags', Buffer.from(body, 'latin1')), 400);
      });
    }

    it('enums are taken in any case', async () => {
      const own = await environment.container();
      const task = await environment.api.runTask('feedbackByCampaign', {
        campaignType: 'nativepush',
        campaignIds: [1],
        exportFormat: 'CSVBLOB',
        compression: 'gzip',
        containerUrl: environment.urlOf(own),
      });
      assert.deepEqual([task.exportFormat, task.compression], ['CsvBlob', 'Gzip']);
    });

    it('a member that is not known is told, with the one that was probably meant', async () => {
      const containerUrl = environment.urlOf(await environment.container());
      const body = { exportFormat: 'JsonBlob', containerUrl };
      const cases = [
        ['tokens', { compresion: 'Gzip' }, /^There is no member compresion; compression is probably meant\.$/],
        ['tags', range, /no member startDate/],
        ['events', { ...range, ContainerUrl: 'x' }, /containerUrl is probably meant/],
      ];
      for (const [kind, extra, message] of cases) {
        await assertRefused(() => create(kind, { ...body, ...extra }), 400, { code: /^UnknownMember$/, message });
      }
      const others = [
        ['POST', 'devices/importTasks', { storageUrl: 'x', storageURL: 'x' }],
        ['POST', 'devices/tag', { tags: {}, deleteOnNul: true }],
        ['POST', 'users/tag', { tags: {}, deleteonnull: true }],
        ['POST', 'campaigns/announcements', { name: 'n', startTme: '2016-04-26T09:30:00Z' }],
        ['POST', 'campaigns/polls/test', { deviceId: 'd', language: 'fr', data: {} }],
        ['POST', 'campaigns/polls/test', { deviceId: 'd', data: { questions: [{ titel: 'x' }] } }],
        ['POST', `${appPath('x').split('/resourceGroups')[0]}/providers/Microsoft.MobileEngagement/checkAppCollectionNameAvailability`, { nam: 'x' }],
      ];
      for (const [method, path, sent] of others) {
        const answer = await environment.api.send(method, path, { body: sent });
        assert.deepEqual([answer.status, answer.json?.error?.code], [400, 'UnknownMember'], `${path} ${answer.text}`);
      }
    });

    it('nulls for optional fields are taken', async () => {
      const own = await environment.container();
      await environment.api.runTask('tokens', {
        exportFormat: 'JsonBlob',
        description: null,
        compression: null,
        maxFileBytes: null,
        containerUrl: environment.urlOf(own),
      });
    });

    for (const type of ['text/plain', 'application/octet-stream', undefined]) {
      it(`JSON with the content type ${type} is taken`, async () => {
        const own = await environment.container();
        const answer = await create(
          'tags',
          { exportFormat: 'JsonBlob', containerUrl: environment.urlOf(own) },
          {
            headers: type ? { 'content-type': type } : {},
          },
        );
        assert.equal(answer.status, 202, answer.text);
      });
    }

    it('a form, as the old .NET sample posts it, creates a tokens task', async () => {
      const own = await environment.container();
      const body = new URLSearchParams({
        containerUrl: environment.urlOf(own, 'wl'),
        description: 'a + b & c',
        exportFormat: 'JsonBlob',
      }).toString();
      const answer = await create('tokens', body, {
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      });
      assert.equal(answer.status, 202, answer.text);
      assert.equal(answer.json.description, 'a + b & c');
      await environment.api.waitForTask(answer.json.id);
    });
  });

  describe('requests', () => {
    const tasks = 'devices/exportTasks';
    const cases = [
      ['an app that does not exist', 404, () => environment.api.get(`${appPath('nobody')}/${tasks}`)],
      [
        'a collection that does not exist',
        404,
        () => environment.api.get(`${appPath('android', { inCollection: 'x' })}/${tasks}`),
      ],
      [
        'a subscription out of scope',
        403,
        () => environment.api.get(`${appPath('android', { inSubscription: 'other' })}/${tasks}`),
      ],
      [
        'another api-version',
        400,
        () => environment.api.get(tasks, { query: { 'api-version': '2020-01-01' } }),
      ],
      ['no api-version', 400, () => environment.api.get(tasks, { query: { 'api-version': null } })],
      ['a path that does not exist', 404, () => environment.api.get('devices/exportTasks/1/nothing')],
      ['a create operation that does not exist', 405, () => create('wishes', {})],
      ['DELETE of a task', 405, () => environment.api.send('DELETE', `${tasks}/1`)],
      ['PUT of a create operation', 405, () => environment.api.send('PUT', `${tasks}/events`, { body: {} })],
      ['a body over 1 MiB', 413, () => create('events', Buffer.alloc((1 << 20) + 1, ' '))],
    ];
    for (const [what, status, send] of cases) {
      it(`${what} is answered ${status} in the API's error form`, () => assertRefused(send, status));
    }

    it('keywords of the path are taken in any case', async () => {
      const path = environment.app.path
        .replace('resourceGroups', 'resourcegroups')
        .replace('appcollections', 'appCollections');
      const answer = await environment.api.get(`${path}/devices/exporttasks`);
      assert.equal(answer.status, 200, answer.text);
    });
  });
});
