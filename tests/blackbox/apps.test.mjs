// App collections, apps, name availability and supported platforms, as Microsoft's client and others see them.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { Api } from './lib/api.mjs';
import { makeClient } from './lib/client.mjs';
import { Environment } from './lib/environment.mjs';
import { appPath, collection, resourceGroup, subscription } from './lib/server.mjs';

const provider = `/subscriptions/${subscription}/providers/Microsoft.MobileEngagement`;
const appsOf = (name) =>
  `/subscriptions/${subscription}/resourceGroups/${resourceGroup}` +
  `/providers/Microsoft.MobileEngagement/appcollections/${name}/apps`;

describe('apps', () => {
  let environment;
  let client;

  before(async () => {
    environment = await Environment.start({ tls: true });
    await environment.server.createApp('Ümläut & co');
    client = makeClient(environment.server, environment.owner);
  });
  after(() => environment?.stop());

  // The API as somebody who has this role and scope.
  async function apiOf(options) {
    return new Api(environment.server, environment.app, await environment.server.createClient(options));
  }

  it('the collections of a subscription are listed once each', async () => {
    const collections = await client.appCollections.list();
    assert.ok(Array.isArray(collections));
    assert.deepEqual(
      collections.map(({ id, name, type, location, provisioningState }) => ({
        id,
        name,
        type,
        location,
        provisioningState,
      })),
      [
        {
          id: appPath('x').replace('/apps/x', ''),
          name: collection,
          type: 'Microsoft.MobileEngagement/appcollections',
          location: 'global',
          provisioningState: 'Succeeded',
        },
      ],
    );
    assert.equal(collections.nextLink, undefined);
  });

  it('the apps of a collection are listed with their platforms', async () => {
    const apps = await client.apps.list(resourceGroup, collection);
    assert.deepEqual(
      apps.map(({ id, name, platform, appState }) => ({ id, name, platform, appState })),
      ['android', 'Ümläut & co'].map((name) => ({
        id: appPath(name),
        name,
        platform: 'android',
        appState: 'Active',
      })),
    );
    assert.equal(new Set(apps.map((app) => app.backendId)).size, 2);
  });

  it('a collection that does not exist has no list of apps', async () => {
    for (const path of [appsOf('no such collection'), appsOf(collection).replace(resourceGroup, 'another')]) {
      const answer = await environment.api.get(path);
      assert.deepEqual([answer.status, answer.json.error.code], [404, 'AppCollectionNotFound'], path);
    }
    await assert.rejects(client.apps.list(resourceGroup, 'no such collection'), { code: 'AppCollectionNotFound' });
    // Nor has one outside of the caller's scope, which is not told from it.
    const narrow = await apiOf({ role: 'reader', scope: `${appsOf('another')}/x` });
    assert.equal((await narrow.get(appsOf(collection))).json.error.code, 'AppCollectionNotFound');
  });

  it('the links of lists are followed, though these lists have one page', async () => {
    const { origin } = environment.server;
    const collections = await client.appCollections.listNext(`${origin}${provider}/appCollections?api-version=2014-12-01`);
    assert.deepEqual([...collections], [...(await client.appCollections.list())]);
    const apps = await client.apps.listNext(`${origin}${appsOf(collection)}?api-version=2014-12-01`);
    assert.deepEqual([...apps], [...(await client.apps.list(resourceGroup, collection))]);
  });

  it('a name that is free, one that is taken, and one that cannot be', async () => {
    const free = await client.appCollections.checkNameAvailability({ name: 'a new one' });
    assert.deepEqual([free.name, free.available, free.unavailabilityReason], ['a new one', true, undefined]);
    for (const name of [collection.toUpperCase(), 'a/b', 'x'.repeat(65), '']) {
      const refused = await client.appCollections.checkNameAvailability({ name });
      assert.equal(refused.available, false, name);
      assert.ok(refused.unavailabilityReason);
    }
    const path = `${provider}/checkAppCollectionNameAvailability`;
    for (const body of ['', '[]', '{}', '{"name":7}', 'name=x']) {
      const answer = await environment.api.send('POST', path, { body });
      assert.deepEqual([answer.status, answer.json.error.code], [400, 'InvalidBody'], body);
    }
  });

  it('the supported platforms are those that an app can have', async () => {
    const { platforms } = await client.supportedPlatforms.list();
    assert.deepEqual([...platforms], ['android', 'ios', 'windows']);
  });

  it('who has a narrow scope sees what is in it, and nobody sees another subscription', async () => {
    const narrow = await apiOf({ role: 'reader', scope: environment.app.path });
    const names = (await narrow.get(appsOf(collection))).json.value.map((app) => app.name);
    assert.deepEqual(names, ['android']);
    assert.equal((await narrow.get(`${provider}/appCollections`)).json.value.length, 1);
    const elsewhere = await apiOf({ scope: '/subscriptions/another' });
    for (const path of [`${provider}/appCollections`, appsOf(collection), `${provider}/supportedPlatforms`]) {
      assert.equal((await elsewhere.get(path)).status, 403, path);
      const anonymous = await environment.api.get(path, { headers: { authorization: '' } });
      assert.equal(anonymous.status, 401, path);
      const noVersion = await environment.api.get(path, { query: { 'api-version': null } });
      assert.deepEqual([noVersion.status, noVersion.json.error.code], [400, 'MissingApiVersionParameter'], path);
    }
  });
});
