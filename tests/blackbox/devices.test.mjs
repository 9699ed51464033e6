// Devices as Microsoft's client and others list, get and tag them.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { Api, Collect } from './lib/api.mjs';
import { dashed, guid } from './lib/batches.mjs';
import { makeClient, where } from './lib/client.mjs';
import { Environment } from './lib/environment.mjs';
import { request } from './lib/http.mjs';

const deviceCount = 250;
const early = Date.parse('2016-04-01T00:00:00Z');
const late = Date.parse('2016-05-01T00:00:00Z');
const ids = Array.from({ length: deviceCount }, (_, i) => guid(`device ${i}`)).sort();

// Each device was seen early; every fifth has its tag `plan` from later.
function history() {
  const batch = (deviceId, time, appInfo) =>
    `${JSON.stringify({ deviceId, sentAt: new Date(time).toISOString(), appInfo })}\n`;
  return ids
    .map((id, i) => {
      const first = batch(id, early, { index: String(i), userid: `user ${i}` });
      return i % 5 === 0 ? first + batch(id, late, { plan: 'gold' }) : first;
    })
    .join('');
}

describe('devices', () => {
  let environment;
  let client;

  before(async () => {
    environment = await Environment.start({ tls: true });
    client = makeClient(environment.server, environment.owner);
    const answer = await environment.collect.bulk(history());
    assert.equal(answer.json?.rejectedLines, 0, answer.text);
  });
  after(() => environment?.stop());

  const devicesOf = () => where(environment.app);

  async function allPages(first, options) {
    const pages = [await client.devices.list(...devicesOf(), { ...options, ...first })];
    while (pages.at(-1).nextLink) {
      const { nextLink } = pages.at(-1);
      assert.match(nextLink, /^https:\/\/.*api-version=2014-12-01.*\$filter=deviceId%20gt%20%27[0-9a-f]{32}%27/);
      pages.push(await client.devices.listNext(nextLink));
    }
    return pages;
  }

  const idsIn = (pages) => pages.flat().map((device) => device.deviceId);

  it('are listed in order, a hundred a page, and listNext gives each once', async () => {
    const pages = await allPages();
    assert.deepEqual(idsIn(pages), ids);
    assert.deepEqual(
      pages.map((page) => page.length),
      [100, 100, 50],
    );
    const { meta, appInfo } = pages[0][5];
    assert.deepEqual(appInfo, { index: '5', plan: 'gold', userid: 'user 5' });
    assert.deepEqual([meta.firstSeen, meta.lastSeen], [early, late]);
  });

  it('$top is at most a hundred, and nonsense is refused', async () => {
    assert.deepEqual(
      (await allPages({ top: 99 })).map((page) => page.length),
      [99, 99, 52],
    );
    assert.equal((await client.devices.list(...devicesOf(), { top: 1000 })).length, 100);
    for (const top of ['0', '-1', 'many', '']) {
      const answer = await environment.api.get('devices', { query: { $top: top } });
      assert.deepEqual([answer.status, answer.json.error.code], [400, 'InvalidParameter'], top);
    }
  });

  it('$select leaves out what is not asked for, and devices that have none of it', async () => {
    const pages = await allPages({ select: 'meta/lastSeen,appInfo/plan,appInfo/none' });
    assert.deepEqual(idsIn(pages), ids);
    assert.deepEqual({ ...pages[0][0].meta }, { lastSeen: late });
    assert.deepEqual(pages[0][1].appInfo, {});
    const withPlan = await allPages({ select: 'appInfo/plan', top: 20 });
    assert.deepEqual(
      idsIn(withPlan),
      ids.filter((_, i) => i % 5 === 0),
    );
    assert.ok(withPlan.flat().every((device) => device.meta === undefined && device.appInfo.plan === 'gold'));
    const refused = await environment.api.get('devices', { query: { $select: 'meta,info' } });
    assert.equal(refused.status, 400);
    assert.match(refused.json.error.message, /\$select has "info"/);
  });

  it('$filter by deviceId, also when it is paged', async () => {
    const filter = `(deviceId ge '${ids[20]}' and deviceId lt '${dashed(ids[140])}')`;
    assert.deepEqual(idsIn(await allPages({ filter, top: 50 })), ids.slice(20, 140));
    assert.deepEqual(idsIn(await allPages({ filter: "deviceId le 'zz'" })), ids);
    assert.deepEqual(idsIn(await allPages({ filter: "deviceId gt 'zz'" })), []);
    const starting = ids.filter((id) => id > 'a' && id < 'b');
    assert.deepEqual(idsIn(await allPages({ filter: "deviceId gt 'a' and deviceId lt 'b'" })), starting);
  });

  it('$filter by lastModified leaves what was modified then, and no device without', async () => {
    const modified = await allPages({ filter: `lastModified ge ${late}L`, top: 20 });
    assert.deepEqual(
      idsIn(modified),
      ids.filter((_, i) => i % 5 === 0),
    );
    for (const { meta, appInfo } of modified.flat()) {
      assert.deepEqual([{ ...meta }, appInfo], [{ lastSeen: late }, { plan: 'gold' }]);
    }
    const before = await allPages({ filter: `lastModified lt ${late}` });
    assert.deepEqual(idsIn(before), ids);
    assert.deepEqual(before[0][0].appInfo, { index: '0', userid: 'user 0' });
    assert.deepEqual(idsIn(await allPages({ filter: `lastModified lt ${early}L` })), []);
  });

  it('a $filter that cannot be read is refused with its place', async () => {
    await assert.rejects(client.devices.list(...devicesOf(), { filter: "deviceId eq 'a'" }), (error) => {
      assert.equal(error.statusCode, 400);
      assert.match(error.message, /\$filter, character 10: gt, ge, lt or le is expected/);
      return true;
    });
  });

  it('the whole of a device by its id, whatever its form', async () => {
    await environment.collect.all([
      {
        deviceId: 'the client’s/own id',
        info: { phoneModel: 'Pixel', androidAPILevel: 23, timeZoneOffset: -120 },
        location: { countrycode: 'nl', region: 'Noord-Holland', locality: 'Amsterdam' },
        appInfo: { plan: 'silver' },
        nativePushEnabled: true,
        pushToken: { type: 'fcm', token: 'a-push-token' },
      },
    ]);
    const device = await client.devices.getByDeviceId(...devicesOf(), 'the client’s/own id');
    assert.deepEqual({ ...device.info }, { phoneModel: 'Pixel', androidAPILevel: 23, timeZoneOffset: -120 });
    assert.deepEqual({ ...device.location }, { countrycode: 'nl', region: 'Noord-Holland', locality: 'Amsterdam' });
    assert.deepEqual(device.appInfo, { plan: 'silver' });
    const { firstSeen, lastSeen, lastInfo, lastLocation, nativePushEnabled } = device.meta;
    assert.equal(nativePushEnabled, true);
    assert.ok([firstSeen, lastSeen, lastInfo, lastLocation].every((time) => Math.abs(time - Date.now()) < 3_600_000));
    for (const id of [device.deviceId, dashed(device.deviceId)]) {
      assert.deepEqual(await client.devices.getByDeviceId(...devicesOf(), id), device);
    }
    const raw = await environment.api.get(`devices/${device.deviceId}`);
    assert.equal(raw.json.externalId, 'the client’s/own id');
    assert.ok(!raw.text.includes('a-push-token'));
    for (const id of [guid('nobody'), 'nobody', 'x'.repeat(300)]) {
      await assert.rejects(client.devices.getByDeviceId(...devicesOf(), id), (error) => {
        assert.deepEqual([error.statusCode, error.code], [404, 'DeviceNotFound']);
        return true;
      });
    }
  });

  it('of the devices of a user, the one seen last', async () => {
    const user = 'jané/doe';
    await environment.collect.all([{ deviceId: guid('jane 1'), appInfo: { userid: user } }]);
    await environment.collect.all([{ deviceId: guid('jane 2'), appInfo: { userid: user } }]);
    await environment.collect.all([{ deviceId: guid('jane 1') }]);
    assert.equal((await client.devices.getByUserId(...devicesOf(), user)).deviceId, guid('jane 1'));
    await environment.collect.all([{ deviceId: guid('jane 1'), appInfo: { userid: null } }]);
    assert.equal((await client.devices.getByUserId(...devicesOf(), user)).deviceId, guid('jane 2'));
    await assert.rejects(client.devices.getByUserId(...devicesOf(), 'nobody'), (error) => {
      assert.deepEqual([error.statusCode, error.code], [404, 'UserNotFound']);
      return true;
    });
  });

  const tagsOf = async (id) => (await client.devices.getByDeviceId(...devicesOf(), id)).appInfo;

  it('are tagged by their ids; what is unknown is told, and nulls delete only when asked', async () => {
    const [a, b] = [guid('tagged a'), guid('tagged b')];
    await environment.collect.all([a, b].map((deviceId) => ({ deviceId, appInfo: { old: 'x', plan: 'x' } })));
    const unknown = [guid('nobody'), 'nobody', 'x'.repeat(300)];
    const tags = { [a]: { plan: 'gold', old: null }, [dashed(b)]: { plan: 'silver' } };
    for (const id of unknown) tags[id] = { plan: 'gold' };
    const result = await client.devices.tagByDeviceId(...devicesOf(), { tags });
    assert.deepEqual([...result.invalidIds].sort(), [...unknown].sort());
    assert.deepEqual(await tagsOf(a), { plan: 'gold', old: 'x' });
    assert.deepEqual(await tagsOf(b), { plan: 'silver', old: 'x' });
    await assert.rejects(client.devices.getByDeviceId(...devicesOf(), 'nobody'));
    const deleted = await client.devices.tagByDeviceId(...devicesOf(), {
      tags: { [a]: { old: null, new: 'y' } },
      deleteOnNull: true,
    });
    assert.deepEqual([...deleted.invalidIds], []);
    assert.deepEqual(await tagsOf(a), { plan: 'gold', new: 'y' });
    const none = await client.devices.tagByDeviceId(...devicesOf(), { tags: { nobody: { plan: 'gold' } } });
    assert.deepEqual([...none.invalidIds], ['nobody']);
  });

  it('are tagged by their users, all of a user at once', async () => {
    const devices = ['ann 1', 'ann 2'].map(guid);
    await environment.collect.all(devices.map((deviceId) => ({ deviceId, appInfo: { userid: 'ann', old: 'x' } })));
    const result = await client.devices.tagByUserId(...devicesOf(), {
      tags: { ann: { plan: 'gold', old: null }, nobody: { plan: 'gold' } },
      deleteOnNull: true,
    });
    assert.deepEqual([...result.invalidIds], ['nobody']);
    for (const id of devices) assert.deepEqual(await tagsOf(id), { userid: 'ann', plan: 'gold' });
    await client.devices.tagByUserId(...devicesOf(), { tags: { ann: { userid: 'anna' } } });
    assert.equal((await client.devices.getByUserId(...devicesOf(), 'anna')).appInfo.plan, 'gold');
    await assert.rejects(client.devices.getByUserId(...devicesOf(), 'ann'), { statusCode: 404 });
  });

  it('a tagged device is not seen by it, and its next records have their new user', async () => {
    const deviceId = guid('quiet');
    const event = (name) => ({ kind: 'event', name, timestamp: '2016-04-26T09:30:00.000Z' });
    await environment.collect.all([{ deviceId, records: [event('quiet before')] }]);
    const seen = (await client.devices.getByDeviceId(...devicesOf(), deviceId)).meta.lastSeen;
    await client.devices.tagByDeviceId(...devicesOf(), { tags: { [deviceId]: { userid: 'quiet user' } } });
    assert.equal((await client.devices.getByDeviceId(...devicesOf(), deviceId)).meta.lastSeen, seen);
    await environment.collect.all([{ deviceId, records: [event('quiet after')] }]);
    const days = { startDate: '2016-04-26', endDate: '2016-04-26' };
    const records = await environment.exportRecords('events', days);
    const users = records.filter((record) => record.name.startsWith('quiet')).map((r) => [r.name, r.userId]);
    assert.deepEqual(users.sort(), [
      ['quiet after', 'quiet user'],
      ['quiet before', undefined],
    ]);
  });

  it('tags that cannot be are refused as a whole, with their place', async () => {
    const id = ids[0];
    const before = await tagsOf(id);
    for (const [body, message] of [
      ['{', /not JSON/],
      [{}, /"tags" must be an object/],
      [{ tags: { [id]: { visits: 12 } } }, new RegExp(`"tags.${id}.visits" must be a string or null`)],
      [{ tags: { [ids[1]]: { a: 'b' }, [id]: { plan: 'x'.repeat(1025) } } }, /at most 1024 characters/],
      [{ tags: { [id]: { [`${'k'.repeat(65)}`]: 'x' } } }, /must have 1 to 64 characters/],
      [{ tags: {}, deleteOnNull: 'yes' }, /deleteOnNull must be true or false/],
    ]) {
      for (const path of ['devices/tag', 'users/tag']) {
        const answer = await environment.api.send('POST', path, { body });
        assert.equal(answer.status, 400, answer.text);
        assert.match(answer.json.error.message, message);
      }
    }
    assert.deepEqual(await tagsOf(id), before);
    assert.equal((await tagsOf(ids[1])).a, undefined);
    const large = await environment.api.send('POST', 'devices/tag', { body: ' '.repeat((1 << 20) + 1) });
    assert.equal(large.status, 413);
  });

  it('tags survive kill -9 once they are answered', async () => {
    const tags = Object.fromEntries(ids.map((id) => [id, { durable: 'yes' }]));
    await client.devices.tagByDeviceId(...devicesOf(), { tags });
    await environment.server.kill();
    await environment.server.start();
    client = makeClient(environment.server, environment.owner);
    const pages = await allPages({ select: 'appInfo/durable', filter: `deviceId le '${ids.at(-1)}'` });
    assert.deepEqual(idsIn(pages), ids);
    assert.equal((await client.devices.getByUserId(...devicesOf(), 'user 7')).deviceId, ids[7]);
  });

  it('reserved words are no devices, and methods are told apart', async () => {
    for (const [method, path, status] of [
      ['GET', 'devices/exportTasks', 200],
      ['GET', 'devices/EXPORTTASKS', 200],
      ['GET', 'devices/tag', 405],
      ['GET', 'users/tag', 405],
      ['POST', 'devices', 405],
      ['POST', `devices/${ids[0]}`, 405],
      ['DELETE', `devices/${ids[0]}`, 405],
      ['GET', 'users', 404],
    ]) {
      assert.equal((await environment.api.send(method, path)).status, status, `${method} ${path}`);
    }
  });

  it('a reader reads and does not tag; who has no token or another scope does neither', async () => {
    const apiOf = async (options) =>
      new Api(environment.server, environment.app, await environment.server.createClient(options));
    const reader = await apiOf({ role: 'reader' });
    const elsewhere = await apiOf({ scope: '/subscriptions/another' });
    const body = { tags: { [ids[0]]: { reader: 'x' } } };
    const gets = ['devices', `devices/${ids[0]}`, 'users/user%200'];
    const posts = ['devices/tag', 'users/tag'];
    for (const path of gets) {
      assert.equal((await reader.get(path)).status, 200, path);
      assert.equal((await elsewhere.get(path)).status, 403, path);
      assert.equal((await environment.api.get(path, { headers: { authorization: '' } })).status, 401, path);
      assert.equal((await environment.api.get(path, { query: { 'api-version': null } })).status, 400, path);
    }
    for (const path of posts) {
      assert.equal((await reader.send('POST', path, { body })).status, 403, path);
      assert.equal((await elsewhere.send('POST', path, { body })).status, 403, path);
    }
    const contributor = await apiOf({ role: 'contributor', scope: environment.app.path });
    assert.equal((await contributor.send('POST', 'devices/tag', { body })).status, 200);
    const other = await environment.server.createApp('other');
    const inOther = new Api(environment.server, other, environment.owner);
    assert.deepEqual((await inOther.get('devices')).json, { value: [] });
    assert.equal((await inOther.get(`devices/${ids[0]}`)).status, 404);
    assert.equal((await inOther.get('users/user%200')).status, 404);
  });

  it('a page that few devices fit ends after ten thousand that do not, and the next goes on', async () => {
    const app = await environment.server.createApp('large');
    const all = Array.from({ length: 10_100 }, (_, i) => guid(`many ${i}`)).sort();
    const rare = all[10_050];
    const lines = all.map((deviceId) => JSON.stringify({ deviceId, appInfo: deviceId === rare ? { rare: 'x' } : {} }));
    const answer = await new Collect(environment.server, app).bulk(lines.join('\n'));
    assert.equal(answer.json?.lines, all.length, answer.text);
    const api = new Api(environment.server, app, environment.owner);
    const first = (await api.get('devices', { query: { $select: 'appInfo/rare' } })).json;
    assert.deepEqual(first.value, []);
    const authorization = `Bearer ${await api.token()}`;
    const second = (await request(first.nextLink, { headers: { authorization } })).json;
    assert.deepEqual(second, { value: [{ deviceId: rare, appInfo: { rare: 'x' } }] });
  });

  it('the link of a next page leads where the client addressed the server', async () => {
    const first = await environment.api.get('devices', { query: { $top: '240', $select: 'appInfo/index' } });
    const { searchParams, origin } = new URL(first.json.nextLink);
    assert.equal(origin, environment.server.origin);
    assert.deepEqual(Object.fromEntries(searchParams), {
      'api-version': '2014-12-01',
      $top: '240',
      $select: 'appInfo/index',
      $filter: `deviceId gt '${first.json.value.at(-1).deviceId}'`,
    });
    const unauthorised = await request(first.json.nextLink);
    assert.equal(unauthorised.status, 401);
  });
});
