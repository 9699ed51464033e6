// Other people's SDKs that speak Segment's HTTP API: those that npm has are run, of others the requests are recorded.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';

import { Environment } from './lib/environment.mjs';
import { request } from './lib/http.mjs';
import { LossyProxy } from './lib/lossy-proxy.mjs';
import { Phone } from './lib/react-native.mjs';
import { recordedSdks } from './lib/recorded-sdks.mjs';
import { sdks } from './lib/sdks.mjs';
import { Workload, checkExports, namesOf } from './lib/segment.mjs';
import { waitFor } from './lib/wait.mjs';

const minutes = 60_000;
const untilTomorrow = () => ({
  startDate: '2016-01-01',
  endDate: new Date(Date.now() + 24 * 60 * minutes).toISOString().slice(0, 10),
});

for (const [name, make] of Object.entries(sdks)) {
  describe(name, () => {
    let environment;
    let proxy;
    before(async () => {
      environment = await Environment.start();
      proxy = await LossyProxy.start(environment.server.origin, { every: 7 });
    });
    after(async () => {
      await proxy?.stop();
      await environment?.stop();
    });

    it('all that it sends is in the exports once, though answers were lost', { timeout: 5 * minutes }, async () => {
      const workload = new Workload(400);
      const deliver = async (calls) => {
        const { analytics, finish } = make(proxy.origin, environment.app.collectKey);
        await calls(analytics);
        await finish();
      };
      await deliver((analytics) => workload.identifyUsers(analytics));
      await deliver((analytics) => workload.send(analytics));
      assert.ok(proxy.lost > 0, 'answers were lost');
      await checkExports(environment, workload, { exactJobs: false });
    });
  });
}

describe("the core of Segment's SDK for React Native", () => {
  let environment;
  before(async () => {
    environment = await Environment.start();
  });
  after(() => environment?.stop());

  it('calls and the life of the app are in the exports, with the phone', { timeout: 2 * minutes }, async () => {
    const { server, app } = environment;
    const phone = new Phone();
    const { createClient } = phone.loadSdk();
    const problems = [];
    const client = createClient({
      writeKey: app.collectKey,
      proxy: `${server.origin}/v1`,
      useSegmentEndpoints: true,
      cdnProxy: `${server.origin}/none`,
      allowInsecureProxy: true,
      defaultSettings: { integrations: { 'Segment.io': { apiKey: app.collectKey } } },
      trackAppLifecycleEvents: true,
      flushInterval: 0,
      flushAt: 1000,
      logger: { info() {}, warn() {}, error: (...texts) => problems.push(texts) },
    });
    await client.identify('anna', { plan: 'gold' });
    await client.screen('Home', { tab: 2 });
    await client.track('Video Played', { id: 7 });
    await client.group('acme', { size: 3 });
    phone.setState('background');
    await waitFor('the session to be exported', async () => {
      await client.flush();
      return (await environment.exportRecords('sessions', untilTomorrow())).length > 0;
    });
    client.cleanup();
    assert.deepEqual(problems, []);

    const [activity, ...others] = await environment.exportRecords('activities', untilTomorrow());
    assert.deepEqual([activity.name, activity.extras, activity.userId, others.length], ['Home', { tab: 2 }, 'anna', 0]);
    const events = await environment.exportRecords('events', untilTomorrow());
    assert.deepEqual(namesOf(events), ['Application Installed', 'Video Played']);
    const [{ tags }] = await environment.exportRecords('tags');
    assert.deepEqual(tags, { plan: 'gold', groupid: 'acme', 'group.size': '3', userid: 'anna' });
    const [device] = await environment.exportRecords('devices');
    assert.equal(device.externalId, 'react native device');
    assert.equal(device.phoneModel, 'iPhone15,2');
    assert.equal(device.applicationVersionCode, 17);
  });
});

describe('recorded requests', () => {
  let environment;
  before(async () => {
    environment = await Environment.start();
  });
  after(() => environment?.stop());

  for (const [name, recorded] of Object.entries(recordedSdks)) {
    it(`of ${name} are taken, and skewed clocks are set right`, async () => {
      const { path, headers, body, gzip } = recorded(environment.app.collectKey);
      const text = JSON.stringify(body);
      const sendOnce = () =>
        request(`${environment.server.origin}/v1/${path}`, {
          method: 'POST',
          headers: { ...headers, ...(gzip && { 'content-encoding': 'gzip' }) },
          body: gzip ? gzipSync(text) : text,
        });
      for (let i = 0; i < 2; i += 1) {
        const answer = await sendOnce();
        assert.equal(answer.status, 200, answer.text);
        assert.deepEqual([answer.json.success, answer.json.rejectedMessages], [true, 0], answer.text);
      }
      const recordedNames = new Set(body.batch.map((message) => message.event));
      const all = await environment.exportRecords('events', untilTomorrow());
      const events = all.filter((event) => recordedNames.has(event.name));
      assert.deepEqual(namesOf(events), [...recordedNames].sort());
      const event = events.find((record) => record.name === `recorded ${name}`);
      assert.deepEqual(event.extras, { number: 7 });
      const age = Date.now() - Date.parse(event.timestamp);
      assert.ok(age > 0 && age < 5 * minutes, `${event.timestamp} was just now`);
      for (const other of events) assert.ok(!('properties' in (other.extras ?? {})), other.name);
    });
  }

  it('a refusal reads as each of them expects', async () => {
    const { path, headers, body } = recordedSdks['analytics-python']('rhk_0011223344556677_wrong');
    const answer = await request(`${environment.server.origin}/v1/${path}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    });
    assert.equal(answer.status, 401);
    const { success, code, message, error } = answer.json;
    assert.equal(success, false);
    assert.deepEqual({ code, message }, error);
  });
});
