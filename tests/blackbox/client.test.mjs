// Each operation of Microsoft's client is refused where the app is not known, the subscription is another one's, or the
// role does not suffice. What they do when they are not refused is in the suites of their resources.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { makeClient } from './lib/client.mjs';
import { Environment } from './lib/environment.mjs';
import { appPath, collection, resourceGroup, subscription } from './lib/server.mjs';

const days = { startDate: '2016-04-26', endDate: '2016-04-26' };
const task = { containerUrl: 'https://example.blob.core.windows.net/c?sig=none', exportFormat: 'JsonBlob' };
const campaignType = 'Poll';
const window = { campaignWindowStart: new Date(0), campaignWindowEnd: new Date(1) };
const kind = 'polls';
const tags = { tags: { '00112233445566778899aabbccddeeff': { plan: 'gold' } } };
const device = { deviceId: '00112233445566778899aabbccddeeff' };

// By operation: how it is called below `place`, which is [resource group, collection, app].
const reads = {
  'devices.list': (client, place) => client.devices.list(...place),
  'devices.getByDeviceId': (client, place) => client.devices.getByDeviceId(...place, device.deviceId),
  'devices.getByUserId': (client, place) => client.devices.getByUserId(...place, 'anna'),
  'campaigns.list': (client, place) => client.campaigns.list(...place, kind),
  'campaigns.get': (client, place) => client.campaigns.get(kind, 1, ...place),
  'campaigns.getByName': (client, place) => client.campaigns.getByName(...place, kind, 'x'),
  'campaigns.getStatistics': (client, place) => client.campaigns.getStatistics(kind, 1, ...place),
  'exportTasks.list': (client, place) => client.exportTasks.list(...place),
  'exportTasks.get': (client, place) => client.exportTasks.get(...place, '1'),
  'importTasks.list': (client, place) => client.importTasks.list(...place),
  'importTasks.get': (client, place) => client.importTasks.get('1', ...place),
};

const exportOf = (operation, body) => (client, place) =>
  client.exportTasks[operation](...place, { ...task, ...body });
const campaign = (operation, ...parameters) => (client, place) =>
  client.campaigns[operation](...place, kind, ...parameters);

const writes = {
  'devices.tagByDeviceId': (client, place) => client.devices.tagByDeviceId(...place, tags),
  'devices.tagByUserId': (client, place) => client.devices.tagByUserId(...place, tags),
  'campaigns.create': campaign('create', { name: 'x' }),
  'campaigns.update': (client, place) => client.campaigns.update(kind, 1, { name: 'x' }, ...place),
  'campaigns.deleteMethod': (client, place) => client.campaigns.deleteMethod(kind, 1, ...place),
  'campaigns.activate': campaign('activate', 1),
  'campaigns.suspend': campaign('suspend', 1),
  'campaigns.finish': campaign('finish', 1),
  'campaigns.push': campaign('push', 1, { deviceIds: [device.deviceId] }),
  'campaigns.testSaved': campaign('testSaved', 1, device),
  'campaigns.testNew': campaign('testNew', { ...device, data: { name: 'x' } }),
  'exportTasks.createActivitiesTask': exportOf('createActivitiesTask', days),
  'exportTasks.createCrashesTask': exportOf('createCrashesTask', days),
  'exportTasks.createErrorsTask': exportOf('createErrorsTask', days),
  'exportTasks.createEventsTask': exportOf('createEventsTask', days),
  'exportTasks.createJobsTask': exportOf('createJobsTask', days),
  'exportTasks.createSessionsTask': exportOf('createSessionsTask', days),
  'exportTasks.createTagsTask': exportOf('createTagsTask'),
  'exportTasks.createTokensTask': exportOf('createTokensTask'),
  'exportTasks.createFeedbackTaskByDateRange': exportOf('createFeedbackTaskByDateRange', { campaignType, ...window }),
  'exportTasks.createFeedbackTaskByCampaign': exportOf('createFeedbackTaskByCampaign', {
    campaignType,
    campaignIds: [1],
  }),
  'importTasks.create': (client, place) => client.importTasks.create(...place, { storageUrl: task.containerUrl }),
};

// The same, of what is above apps; listNext takes a URL, which names the place by itself.
const ofSubscription = {
  'appCollections.list': (client) => client.appCollections.list(),
  'appCollections.checkNameAvailability': (client) => client.appCollections.checkNameAvailability({ name: 'x' }),
  'apps.list': (client) => client.apps.list(resourceGroup, collection),
  'supportedPlatforms.list': (client) => client.supportedPlatforms.list(),
};
const lists = {
  'devices.listNext': 'devices',
  'campaigns.listNext': `campaigns/${kind}`,
  'exportTasks.listNext': 'devices/exportTasks',
  'importTasks.listNext': 'devices/importTasks',
};

describe('what the client is refused', () => {
  let environment;

  before(async () => {
    environment = await Environment.start({ tls: true });
  });
  after(() => environment?.stop());

  const clientOf = (account, of) => makeClient(environment.server, account, of);
  const linkTo = (path) => `${environment.server.origin}${path}?api-version=2014-12-01`;

  async function assertRefused(call, statusCode, code) {
    await assert.rejects(call, (error) => {
      assert.equal(error.statusCode, statusCode, error.message);
      assert.equal(error.code, code);
      assert.equal(error.body.error.code, code);
      assert.ok(error.body.error.message.length > 10, error.body.error.message);
      return true;
    });
  }

  for (const [operation, call] of Object.entries({ ...reads, ...writes })) {
    it(`${operation} of an app that is not known`, async () => {
      const place = [resourceGroup, collection, 'no such app'];
      await assertRefused(() => call(clientOf(environment.owner), place), 404, 'AppNotFound');
    });
  }

  for (const [operation, path] of Object.entries(lists)) {
    it(`${operation} of an app that is not known`, async () => {
      const [group] = operation.split('.');
      const link = linkTo(`${appPath('no such app')}/${path}`);
      await assertRefused(() => clientOf(environment.owner)[group].listNext(link), 404, 'AppNotFound');
    });
  }

  it('a reader writes nothing', async () => {
    const reader = clientOf(await environment.server.createClient({ role: 'reader' }));
    const place = [resourceGroup, collection, environment.app.name];
    for (const [operation, call] of Object.entries(writes)) {
      await assertRefused(() => call(reader, place), 403, 'AuthorizationFailed').catch((error) => {
        throw new Error(`${operation}: ${error.message}`);
      });
    }
  });

  for (const [operation, call] of Object.entries(ofSubscription)) {
    it(`${operation} of another's subscription`, async () => {
      await assertRefused(() => call(clientOf(environment.owner, 'anothers')), 403, 'AuthorizationFailed');
    });
  }

  for (const group of ['appCollections', 'apps']) {
    it(`${group}.listNext of another's subscription`, async () => {
      const provider = 'providers/Microsoft.MobileEngagement';
      const path = {
        appCollections: `/subscriptions/anothers/${provider}/appCollections`,
        apps: appPath('x').replace(`/subscriptions/${subscription}/`, '/subscriptions/anothers/').replace(/\/[^/]*$/, ''),
      }[group];
      await assertRefused(
        () => clientOf(environment.owner)[group].listNext(linkTo(path)),
        403,
        'AuthorizationFailed',
      );
    });
  }
});
