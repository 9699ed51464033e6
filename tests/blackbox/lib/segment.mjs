// What clients of Segment send: with its own SDK, and by plain requests.
import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';

import { Analytics } from '@segment/analytics-node';

import { request } from './http.mjs';

export const day = { startDate: '2016-05-02', endDate: '2016-05-02' };
const start = Date.parse('2016-05-02T06:00:00.000Z');
const devices = 40;
const users = 20;

// SDK and server as an app has them; `failures` are the messages that the SDK gave up.
export function makeAnalytics(server, app, options = {}) {
  const analytics = new Analytics({ writeKey: app.collectKey, host: server.origin, ...options });
  const failures = [];
  analytics.on('error', (error) => failures.push(error));
  return { analytics, failures };
}

// One request: `path` "batch" with {batch}, or a single call. `key` null: without a header.
export function post(server, path, body, { key, gzip = false, headers = {} } = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const basic = key === null ? {} : { authorization: `Basic ${Buffer.from(`${key}:`).toString('base64')}` };
  return request(`${server.origin}/v1/${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...basic,
      ...(gzip && { 'content-encoding': 'gzip' }),
      ...headers,
    },
    body: gzip ? gzipSync(text) : text,
  });
}

const at = (i) => new Date(start + i * 1000);
const deviceOf = (i) => `device ${i % devices}`;

// Calls of all kinds in turns, each with a name of its own. Jobs end some requests behind their beginning.
const kinds = [
  (i) => ['track', { event: `event ${i}`, properties: { number: i, nested: { i } } }],
  (i) => ['screen', { name: `screen ${i}`, properties: { number: i } }],
  (i) => ['track', { event: 'Job Started', properties: { job: 'sync', jobId: `job ${i}` } }],
  (i) => ['identify', { traits: { [`trait ${i}`]: i } }],
  (i) => ['track', { event: 'Error', properties: { name: `error ${i}` } }],
  (i) => ['page', { name: `page ${i}` }],
  (i) => ['track', { event: 'Application Crashed', properties: { crashId: `crash ${i}`, stack: 'at f' } }],
  (i) => ['group', { groupId: 'acme', traits: { [`trait ${i}`]: i } }],
];
const jobCalls = 40;

export class Workload {
  constructor(calls) {
    this.calls = calls;
  }

  // Users that are to be delivered before the rest; the aliases among the calls make others of them.
  identifyUsers(analytics) {
    for (let i = 0; i < users; i += 1) {
      analytics.identify({ userId: `before ${i}`, anonymousId: `user device ${i}`, timestamp: at(0) });
    }
  }

  // `pause` is awaited between calls.
  async send(analytics, pause = () => {}) {
    for (let i = 0; i < this.calls; i += 1) {
      const [call, message] = this.#call(i);
      analytics[call]({ anonymousId: deviceOf(i), timestamp: at(i), ...message });
      if (i % 15 === 0) await turn();
      await pause(i);
    }
  }

  // The calls in turns, but for aliases at the end, and with the end of each job 40 calls behind its beginning.
  #call(i) {
    const user = i - (this.calls - users);
    if (user >= 0) return ['alias', { previousId: `before ${user}`, userId: `after ${user}`, anonymousId: undefined }];
    const begun = i - jobCalls;
    if (begun >= 0 && begun % 16 === 2) {
      return ['track', { event: 'Job Finished', properties: { job: 'sync', jobId: `job ${begun}` } }];
    }
    return kinds[i % kinds.length](i);
  }

  // What has to be in the exports, by kind.
  expected() {
    const expected = { events: [], activities: [], errors: [], crashes: [], jobs: [], traits: [], users: [] };
    const lists = { event: 'events', screen: 'activities', page: 'activities', error: 'errors', crash: 'crashes' };
    for (let i = 0; i < this.calls; i += 1) {
      const [call, { event, name, properties, traits, userId }] = this.#call(i);
      const own = name ?? properties?.crashId ?? properties?.name ?? event;
      const list = lists[own?.split(' ')[0]];
      if (list) expected[list].push(own);
      if (event === 'Job Finished') expected.jobs.push({ begin: at(i - jobCalls), end: at(i), device: deviceOf(i) });
      if (traits) expected.traits.push(`${deviceOf(i)}: ${call === 'group' ? 'group.' : ''}trait ${i}=${i}`);
      if (call === 'alias') expected.users.push(userId);
    }
    return expected;
  }
}

export const namesOf = (records) => records.map((record) => record.name).sort();

// Everything of the workload is in the exports, once. `exactJobs`: also where their beginnings were late.
export async function checkExports(environment, workload, { exactJobs = true } = {}) {
  const expected = workload.expected();
  for (const kind of ['events', 'activities', 'errors']) {
    assert.deepEqual(namesOf(await environment.exportRecords(kind, day)), expected[kind].sort(), kind);
  }
  const crashes = await environment.exportRecords('crashes', day);
  assert.deepEqual(crashes.map((record) => record.crashId).sort(), expected.crashes.sort());

  const jobs = await environment.exportRecords('jobs', day);
  const ends = (list) => list.map(({ end }) => new Date(end).toISOString()).sort();
  assert.deepEqual(ends(jobs), ends(expected.jobs));
  assert.equal(new Set(jobs.map((job) => job.jobId)).size, jobs.length);
  const begins = new Map(expected.jobs.map(({ begin, end }) => [end.toISOString(), begin.toISOString()]));
  for (const job of jobs) {
    if (!exactJobs && job.start === job.end) continue;
    assert.equal(job.start, begins.get(job.end), `the job that ended ${job.end}`);
  }

  const devices = await environment.exportRecords('devices');
  const names = new Map(devices.map(({ deviceId, externalId }) => [deviceId, externalId]));
  const tags = await environment.exportRecords('tags');
  const traits = tags.flatMap((record) =>
    Object.entries(record.tags)
      .filter(([key]) => key.includes('trait '))
      .map(([key, value]) => `${names.get(record.deviceId)}: ${key}=${value}`),
  );
  assert.deepEqual(traits.sort(), expected.traits.sort());
  const users = tags.map((record) => record.tags.userid).filter(Boolean);
  assert.deepEqual(users.sort(), expected.users.sort());
}
