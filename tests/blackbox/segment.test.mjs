// Segment's clients, which need nothing but another host: its SDK for Node, and the calls as others send them.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { Environment } from './lib/environment.mjs';
import { LossyProxy } from './lib/lossy-proxy.mjs';
import { Workload, checkExports, day, makeAnalytics, namesOf, post } from './lib/segment.mjs';
import { waitFor } from './lib/wait.mjs';

const minutes = 60_000;

describe('@segment/analytics-node', () => {
  let environment;
  before(async () => {
    environment = await Environment.start();
  });
  after(() => environment?.stop());

  it('10,000 calls of all kinds are in the exports, each once', { timeout: 10 * minutes }, async () => {
    const { analytics, failures } = makeAnalytics(environment.server, environment.app);
    const workload = new Workload(10_000);
    workload.identifyUsers(analytics);
    await analytics.flush();
    await workload.send(analytics);
    await analytics.closeAndFlush({ timeout: 5 * minutes });
    assert.deepEqual(failures, []);
    await checkExports(environment, workload);

    const sessions = new Map();
    for (const { deviceId, sessionId } of await environment.exportRecords('activities', day)) {
      assert.notEqual(sessionId, '0'.repeat(32));
      sessions.set(deviceId, (sessions.get(deviceId) ?? new Set()).add(sessionId));
    }
    for (const [device, ids] of sessions) assert.equal(ids.size, 1, `${device} has one session`);
  });
});

describe('@segment/analytics-node and a server that is killed', () => {
  let environment;
  let proxy;
  before(async () => {
    environment = await Environment.start();
    environment.server.listen = new URL(environment.server.origin).host; // the clients come back to it
    proxy = await LossyProxy.start(environment.server.origin, { every: 10 });
  });
  after(async () => {
    await proxy?.stop();
    await environment?.stop();
  });

  it('everything is in the exports, once, though answers were lost, too', { timeout: 10 * minutes }, async () => {
    const { server, app } = environment;
    const { analytics, failures } = makeAnalytics(proxy, app, { maxRetries: 100 });
    const workload = new Workload(10_000);
    workload.identifyUsers(analytics);
    await analytics.flush();
    const kills = [2000, 4500, 7000];
    await workload.send(analytics, async (i) => {
      if (!kills.includes(i)) return;
      const { answers } = proxy;
      await waitFor('requests to be answered', () => proxy.answers > answers + 3, { intervalMs: 1 });
      await server.kill();
      await server.start();
    });
    await analytics.closeAndFlush({ timeout: 8 * minutes });
    assert.deepEqual(failures, []);
    assert.ok(proxy.lost > 50, `${proxy.lost} answers were lost`);
    await checkExports(environment, workload, { exactJobs: false });
  });
});

describe('@segment/analytics-node and a disk that is full', () => {
  let environment;
  before(async () => {
    environment = await Environment.start({ faultyDisk: true });
  });
  after(() => environment?.stop());

  it('the client keeps what is answered 503, and brings it when there is room', { timeout: 5 * minutes }, async () => {
    const { server, app, disk } = environment;
    const { analytics, failures } = makeAnalytics(server, app, { maxRetries: 100 });
    disk.fail('ENOSPC');
    const refused = await post(server, 'track', { event: 'raw', anonymousId: 'a' }, { key: app.collectKey });
    assert.equal(refused.status, 503, refused.text);
    for (let i = 0; i < 20; i += 1) {
      analytics.track({ event: `kept ${i}`, anonymousId: 'a', timestamp: '2016-05-02T06:00:00.000Z' });
    }
    await waitFor('a request to be refused', async () => {
      const metrics = await fetch(`${server.origin}/metrics`).then((answer) => answer.text());
      return /requests_total\{[^}]*v1\/batch[^}]*status="503"[^}]*\} [1-9]/.test(metrics);
    });
    disk.heal();
    await analytics.closeAndFlush({ timeout: 4 * minutes });
    assert.deepEqual(failures, []);
    const expected = Array.from({ length: 20 }, (_, i) => `kept ${i}`).sort();
    assert.deepEqual(await environment.eventNames('kept', day), expected);
  });
});

describe('calls of Segment', () => {
  let environment;
  let key;
  before(async () => {
    environment = await Environment.start({ config: '[collect]\nmax_queued_mib = 1\n' });
    key = environment.app.collectKey;
  });
  after(() => environment?.stop());

  const timestamp = '2016-05-02T09:00:00.000Z';
  const send = (path, body, options) => post(environment.server, path, body, { key, ...options });
  const track = (event, more = {}) => ({ type: 'track', event, anonymousId: 'a', timestamp, ...more });

  const spansOf = (records) => records.map(({ start, end }) => [start, end]);

  async function jobsOf(job) {
    return spansOf((await environment.exportRecords('jobs', day)).filter(({ name }) => name === job));
  }

  async function taken(path, body, options) {
    const answer = await send(path, body, options);
    assert.equal(answer.status, 200, answer.text);
    assert.deepEqual([answer.json.success, answer.json.rejectedMessages], [true, 0], answer.text);
  }

  it('each has a path of its own', async () => {
    const common = { anonymousId: 'single', timestamp };
    await taken('track', { ...common, event: 'single track' });
    await taken('screen', { ...common, name: 'single screen' });
    await taken('page', { ...common, name: 'single page' });
    await taken('identify', { ...common, userId: 'single before', traits: { plan: 'gold' } });
    await taken('group', { ...common, groupId: 'acme', traits: { size: 3 } });
    await taken('alias', { previousId: 'single before', userId: 'single after' });
    await taken('import', { batch: [track('single import')] });
    assert.deepEqual(await environment.eventNames('single', day), ['single import', 'single track']);
    const activities = await environment.exportRecords('activities', day);
    assert.deepEqual(namesOf(activities), ['single page', 'single screen']);
    const tags = (await environment.exportRecords('tags')).find((record) => record.tags.groupid === 'acme');
    assert.deepEqual(tags.tags, { plan: 'gold', groupid: 'acme', 'group.size': '3', userid: 'single after' });
  });

  it('the context is the device', async () => {
    const context = {
      device: { id: 'context device', model: 'Pixel', manufacturer: 'Google', type: 'ios', token: 'push token' },
      os: { name: 'iOS', version: '9.3' },
      app: { version: '1.2', build: '17' },
      network: { carrier: 'KPN', cellular: true },
      locale: 'nl-NL',
      timezone: 'Europe/Amsterdam',
      library: { name: 'x', version: '3.1.0' },
      location: { country: 'Netherlands', region: 'ZH', city: 'Delft' },
    };
    await taken('track', track('context', { context }));
    const devices = await environment.exportRecords('devices');
    const device = devices.find((record) => record.externalId === 'context device');
    const expected = {
      phoneModel: 'Pixel',
      phoneManufacturer: 'Google',
      firmwareName: 'iOS',
      firmwareVersion: '9.3',
      applicationVersionName: '1.2',
      applicationVersionCode: 17,
      carrierName: 'KPN',
      networkType: 'mobile',
      locale: 'nl-NL',
      timeZoneOffset: 120,
      serviceVersion: '3.1.0',
      countrycode: 'nl',
      region: 'ZH',
      locality: 'Delft',
      tokenType: 'apns',
      token: 'push token',
      nativePushEnabled: true,
    };
    assert.deepEqual(Object.fromEntries(Object.keys(expected).map((name) => [name, device[name]])), expected);
  });

  it('who does not know the key is answered 401', async () => {
    for (const wrong of ['', 'rhk_0011223344556677_wrong', null]) {
      const answer = await send('batch', { batch: [track('unknown')] }, { key: wrong });
      assert.equal(answer.status, 401, answer.text);
      assert.match(answer.json.error.code, /^[A-Z]\w+$/);
    }
    await taken('batch', { writeKey: key, batch: [track('known by the body')] }, { key: null });
    const headers = { authorization: `Bearer ${key}` };
    const bearer = await send('track', track('known by bearer'), { key: null, headers });
    assert.equal(bearer.status, 200);
    assert.deepEqual(await environment.eventNames('known', day), ['known by bearer', 'known by the body']);
  });

  it('mobile SDKs say "b", compress, and name the key in the body', async () => {
    const body = { batch: [track('mobile', { messageId: 'mobile 1' })], writeKey: key };
    await taken('b', body, { key: null, gzip: true, headers: { 'content-type': 'text/plain' } });
    assert.deepEqual(await environment.eventNames('mobile', day), ['mobile']);
  });

  it('good messages are kept beside bad ones, which are told', async () => {
    const answer = await send('batch', {
      batch: [
        track('good 1'),
        'no object',
        { type: 'track', anonymousId: 'a' },
        track('good 2'),
        { type: 'x', userId: 'u' },
      ],
    });
    assert.equal(answer.status, 200);
    const { rejected, ...sums } = answer.json;
    assert.deepEqual(sums, { success: true, accepted: 2, rejectedMessages: 3 });
    assert.deepEqual(rejected.map(({ index, error }) => [index, error.code]), [
      [1, 'InvalidMessage'],
      [2, 'MissingField'],
      [4, 'UnknownType'],
    ]);
    assert.deepEqual(await environment.eventNames('good', day), ['good 1', 'good 2']);
  });

  it('what is no batch is answered 400, and what is too large 413', async () => {
    for (const body of ['', '{"batch":', '[]', '{}']) assert.equal((await send('batch', body)).status, 400, body);
    const large = track('large', { properties: { text: 'x'.repeat(2 << 20) } });
    await taken('batch', { batch: [large] }, { gzip: true });
    assert.deepEqual(await environment.eventNames('large', day), ['large']);
    const batch = [track('too large', { properties: { text: 'x'.repeat(5 << 20) } })];
    for (const gzip of [true, false]) assert.equal((await send('batch', { batch }, { gzip })).status, 413);
    assert.equal((await send('batch', 'x', { headers: { 'content-encoding': 'br' } })).status, 415);
  });

  it('a messageId is stored once, in whatever batches it comes again, also after a restart', async () => {
    const message = (i) => track(`once ${i}`, { messageId: `once ${i}` });
    await taken('batch', { batch: [message(1), message(2), message(3)] });
    await taken('batch', { batch: [message(3), message(4)] });
    await environment.server.stop();
    await environment.server.start();
    await taken('batch', { batch: [message(2), message(4), message(5)] });
    await taken('track', message(1));
    assert.deepEqual(await environment.eventNames('once', day), ['once 1', 'once 2', 'once 3', 'once 4', 'once 5']);
  });

  it('sessions and jobs go on over a restart', async () => {
    const device = { anonymousId: 'restarted' };
    const job = { job: 'sync', jobId: 'over a restart' };
    await taken('batch', {
      batch: [
        track('Application Opened', { ...device, timestamp: '2016-05-02T10:00:00.000Z' }),
        track('Job Started', { ...device, timestamp: '2016-05-02T10:00:01.000Z', properties: job }),
        { ...device, type: 'screen', name: 'restart 1', timestamp: '2016-05-02T10:00:02.000Z' },
      ],
    });
    await environment.server.kill();
    await environment.server.start();
    await taken('batch', {
      batch: [
        { ...device, type: 'screen', name: 'restart 2', timestamp: '2016-05-02T10:10:00.000Z' },
        track('Job Finished', { ...device, timestamp: '2016-05-02T10:10:01.000Z', properties: job }),
        track('Application Backgrounded', { ...device, timestamp: '2016-05-02T10:10:02.000Z' }),
      ],
    });
    const activities = await environment.exportRecords('activities', day);
    const own = activities.filter(({ name }) => name.startsWith('restart'));
    const ids = new Set(own.map(({ sessionId }) => sessionId));
    assert.deepEqual([own.length, ids.size], [2, 1]);
    const sessions = await environment.exportRecords('sessions', day);
    assert.deepEqual(
      spansOf(sessions.filter(({ sessionId }) => ids.has(sessionId))),
      [['2016-05-02T10:00:00.000Z', '2016-05-02T10:10:02.000Z']],
    );
    assert.deepEqual(await jobsOf('sync'), [['2016-05-02T10:00:01.000Z', '2016-05-02T10:10:01.000Z']]);
  });

  it('the end of a job that comes before its beginning waits for it', async () => {
    const properties = { job: 'turned round' };
    const end = send('track', track('Job Finished', { timestamp: '2016-05-02T11:05:00.000Z', properties }));
    await send('track', track('Job Started', { timestamp: '2016-05-02T11:00:00.000Z', properties }));
    assert.equal((await end).status, 200);
    assert.deepEqual(await jobsOf('turned round'), [['2016-05-02T11:00:00.000Z', '2016-05-02T11:05:00.000Z']]);
  });

  it('more than can be written at once is answered 429 with Retry-After, and stored once in the end', async () => {
    const padding = 'x'.repeat(40_000);
    let refusals = 0;
    await Promise.all(
      Array.from({ length: 40 }, async (_, request) => {
        const batch = Array.from({ length: 20 }, (__, i) =>
          track(`pressed ${request}.${i}`, { messageId: `pressed ${request}.${i}`, properties: { padding } }),
        );
        for (;;) {
          const answer = await send('batch', { batch });
          if (answer.status === 200) return;
          assert.equal(answer.status, 429, answer.text);
          assert.match(answer.headers['retry-after'], /^[1-9]/);
          refusals += 1;
        }
      }),
    );
    assert.ok(refusals > 0, 'the server was pressed');
    const expected = Array.from({ length: 800 }, (_, i) => `pressed ${Math.floor(i / 20)}.${i % 20}`).sort();
    assert.deepEqual(await environment.eventNames('pressed', day), expected);
  });
});
