// What one key or one address can take of a server, and what is left for the others. Everything here is counted or
// measured by what the process used, never by how long it took.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { Collect, requestToken } from './lib/api.mjs';
import { batch, event, eventBatch, guid } from './lib/batches.mjs';
import { Connection, requestText } from './lib/connection.mjs';
import { Environment } from './lib/environment.mjs';
import { request } from './lib/http.mjs';
import { peakBytes, processorSeconds, threadCount, writtenBytes } from './lib/process.mjs';
import { post } from './lib/segment.mjs';
import { waitFor } from './lib/wait.mjs';

const kib = 1024;
const mib = 1024 * kib;

function forEach(count, work) {
  return Promise.all(Array.from({ length: count }, (_, i) => work(i)));
}

function bulkHead(server, key, length) {
  const headers = { Authorization: `Bearer ${key}` };
  return requestText(server, 'POST', '/collect/v1/bulk', { headers, length });
}

// How many lines of each kind /metrics has.
async function metricLines(server) {
  return (await request(`${server.origin}/metrics`)).text.split('\n').length;
}

describe('many slow bodies', () => {
  let environment;
  let other;
  before(async () => {
    environment = await Environment.start();
    other = new Collect(environment.server, await environment.server.createApp('other'));
  });
  after(() => environment?.stop());

  it('back-fills of one key that drip hold no thread; too many are 429, and other apps go on', async () => {
    const { server, app, collect } = environment;
    await collect.all([eventBatch('device', 'known ', 1)]);
    await other.all([eventBatch('device', 'known ', 1)]);
    const threads = threadCount(server);
    const slow = await forEach(40, () => Connection.open(server));
    const line = `${JSON.stringify(eventBatch('slow', 'slow ', 1))}\n`;
    try {
      for (const connection of slow) connection.send(bulkHead(server, app.collectKey, 2 * line.length) + line);
      await waitFor('some to be refused', () => slow.filter(({ statuses }) => statuses[0] === 429).length >= 10);
      const refused = slow.filter(({ statuses }) => statuses.length > 0);
      for (const { received } of refused) assert.match(received, /^HTTP\/1\.1 429 [^]*\r\nretry-after: [1-9]/i);
      const taken = slow.filter(({ statuses }) => statuses.length === 0);
      assert.ok(taken.length >= 16, `${taken.length} are taken`);
      const answer = await other.bulk(line);
      assert.equal(answer.status, 200, answer.text);
      await collect.all([eventBatch('device', 'of the same key ', 1)]);
      assert.equal(threadCount(server), threads);
      for (const connection of taken) connection.send(line);
      for (const connection of taken) assert.equal(await connection.answer(), 200);
    } finally {
      for (const connection of slow) connection.close();
    }
  });

  it('answers that nobody reads are held within the share of their address', async (t) => {
    const { server } = environment;
    const document = (await request(`${server.origin}/openapi.yaml`)).text.length;
    const before_ = peakBytes(server);
    const deaf = await forEach(3000, () => Connection.open(server, { from: '127.0.0.9' }));
    const asks = requestText(server, 'GET', '/openapi.yaml').repeat(100); // far more than sockets hold
    try {
      for (const connection of deaf) {
        connection.socket.pause();
        connection.send(asks);
      }
      const answer = await request(`${server.origin}/openapi.yaml`);
      assert.equal(answer.text.length, document);
      await other.all([eventBatch('device', 'beside the deaf ', 10)]);
    } finally {
      for (const connection of deaf) connection.close();
    }
    const grown = peakBytes(server) - before_;
    t.diagnostic(`${Math.round(grown / mib)} MiB for 3000 connections`);
    assert.ok(grown < 150 * mib, `${grown} bytes`);
  });
});

describe('wrong keys and secrets', () => {
  let environment;
  before(async () => {
    environment = await Environment.start();
  });
  after(() => environment?.stop());

  const addresses = Array.from({ length: 50 }, (_, i) => `127.0.1.${i + 1}`);

  it('of fifty addresses cost next to nothing, and the first right key after a restart waits for none', async () => {
    const { server, app, collect } = environment;
    await collect.all([batch([event('before')])]);
    await server.stop();
    await server.start();
    const guess = (from, n) =>
      request(`${server.origin}/collect/v1/batch`, {
        method: 'POST',
        headers: { authorization: `Bearer ${app.collectKey}${n}` },
        body: '{}',
        from,
      });
    // From this address, too: behind a proxy all have the same.
    let last;
    for (let n = 0; n < 30; n += 1) last = await guess('127.0.0.1', n);
    assert.equal(last.status, 429, last.text);
    const used = processorSeconds(server);
    const counts = { 401: 0, 429: 0 };
    const enemies = addresses.map(async (from) => {
      for (let n = 0; n < 20; n += 1) counts[(await guess(from, n)).status] += 1;
    });
    for (let i = 0; i < 20; i += 1) await collect.all([batch([event(`after ${i}`)])]);
    await Promise.all(enemies);
    assert.ok(counts[401] >= addresses.length, JSON.stringify(counts)); // the first of each is looked up
    const each = (processorSeconds(server) - used) / counts[401];
    assert.ok(each < 0.03, `${each} s of processor time a guess`); // argon2id takes 0.05 at least
  });

  it('of client ids and secrets cost next to nothing, and the right one is let in', async () => {
    const { server, owner } = environment;
    const ask = (secret) =>
      requestToken(server, owner.tenant, {
        grant_type: 'client_credentials',
        client_id: owner.clientId,
        client_secret: secret,
      });
    const used = processorSeconds(server);
    const answers = await forEach(100, (i) => ask(`wrong ${i}`));
    assert.ok(answers.every(({ status }) => status === 401 || status === 429));
    assert.ok(answers.some(({ status }) => status === 429));
    const right = await ask(owner.clientSecret);
    assert.equal(right.status, 200, right.text);
    server.secrets.add(right.json.access_token);
    const each = (processorSeconds(server) - used) / answers.filter(({ status }) => status === 401).length;
    assert.ok(each < 0.03, `${each} s of processor time a guess`);
  });

  it('and other bad requests grow neither the log nor the metrics', async () => {
    const { server, app } = environment;
    const logged = server.output.length;
    const lines = await metricLines(server);
    await forEach(20, async (i) => {
      for (let n = 0; n < 50; n += 1) {
        const path = `/no-${i}-${n}/${'x'.repeat(100)}`;
        await request(`${server.origin}${path}`);
        await request(`${server.origin}/collect/v1/batch`, { method: `X${i}N${n}` });
        await request(`${server.origin}/collect/v1/batch`, {
          method: 'POST',
          headers: { authorization: `Bearer ${app.collectKey}` },
          body: `{"deviceId":"${path}`,
        });
      }
    });
    assert.ok(server.output.length - logged < 4 * kib, server.output.slice(logged, logged + 1000));
    assert.ok((await metricLines(server)) - lines < 60);
  });
});

describe('devices that are said to be one user\'s', () => {
  let environment;
  before(async () => {
    environment = await Environment.start();
  });
  after(() => environment?.stop());

  it('are looked up by their user as long as they are a thousand at most', async () => {
    const { server, app, api, collect } = environment;
    const bind = (i, user) => JSON.stringify({ deviceId: `d${i}`, appInfo: { userid: user }, records: [] });
    const lines = Array.from({ length: 1001 }, (_, i) => bind(i, 'guest'));
    assert.equal((await collect.bulk(lines.join('\n'))).json.rejectedLines, 0);
    const tag = (users) => api.send('POST', 'users/tag', { body: { tags: Object.fromEntries(users.map((user) => [user, { a: 'b' }])) } });
    for (const answer of [await api.get('users/guest'), await tag(['guest', 'nobody'])]) {
      assert.equal(answer.status, 400, answer.text);
      assert.equal(answer.json.error.code, 'TooManyDevices');
      assert.match(answer.json.error.message, /guest.*1000 devices/);
    }
    const alias = { batch: [{ type: 'alias', previousId: 'guest', userId: 'jane' }] };
    const refused = await post(server, 'batch', alias, { key: app.collectKey });
    assert.equal(refused.json.rejected[0].error.code, 'TooManyDevices', refused.text);
    assert.equal((await collect.bulk(bind(0, 'joe'))).status, 200);
    assert.equal((await api.get('users/guest')).status, 200);
    assert.equal((await tag(['guest'])).status, 200);
  });
});

describe('connections', () => {
  let environment;
  before(async () => {
    environment = await Environment.start({ config: '[http]\nmax_connections = 200\n' });
  });
  after(() => environment?.stop());

  it('one address cannot take them all', async () => {
    const { server } = environment;
    const enemy = await forEach(220, () => Connection.open(server, { from: '127.0.0.2' }));
    try {
      await waitFor('those above three quarters to be closed', () => {
        return enemy.filter(({ socket }) => socket.destroyed).length === 70;
      });
      assert.equal((await request(`${server.origin}/healthz`)).status, 200);
      await environment.collect.all([eventBatch('device', 'beside ', 1)]);
    } finally {
      for (const connection of enemy) connection.close();
    }
  });
});

// ---- The worst that sixteen clients can send under one key

const time = '2016-05-01T10:00:00Z';
const text = (length, n) => `${n}`.padEnd(length, 'x');

// Each returns a promise that ends when the request has, in whatever way; they get a number that is never the same.
function worstRequests(environment, app) {
  const { server } = environment;
  const key = app.collectKey;
  const said = { bytes: 0 }; // by all requests, unpacked
  const count = (body) => {
    const text = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
    said.bytes += text.length;
    return text;
  };
  const plain = new Collect(server, app);
  const collect = {
    batch: (body, options) => plain.batch(count(body), options),
    bulk: (body) => plain.bulk(count(body)),
    due: (deviceId) => plain.due(deviceId),
  };
  const segment = (path, body) => post(server, path, count(body), { key, gzip: true });
  const many = (count, make) => Array.from({ length: count }, (_, i) => make(i));
  const identify = (n, messages, traits) => ({
    batch: many(messages, (i) => ({ type: 'identify', userId: `${n} ${i}`, traits: Object.fromEntries(traits) })),
  });
  const screens = (n) => ({
    batch: many(10_000, (i) => ({ type: 'screen', name: 's', anonymousId: `a${n}`, timestamp: 1462100000000 + i })),
  });
  const held = async (head, body) => {
    const connection = await Connection.open(server);
    connection.send(head + body);
    held.connections.push(connection);
    if (held.connections.length > 400) held.connections.shift().close();
  };
  held.connections = [];
  const requests = {
    'a thousand records with large extras': (n) => {
      const extras = Object.fromEntries(many(40, (i) => [`k${n}-${i}`, 'x']));
      return collect.batch(batch(many(1000, (i) => event(`e${i}`, { extras }))), { gzip: true });
    },
    'a million records that are none': (n) =>
      collect.batch(`{"deviceId":"${guid(`${n}`)}","records":[${'{},'.repeat(340_000)}{}]}`, { gzip: true }),
    'a thousand records that are all wrong': (n) =>
      collect.batch({ deviceId: guid(`${n}`), records: many(1000, () => ({ kind: 'x' })) }, { gzip: true }),
    'stacks of crashes': (n) =>
      collect.batch(
        batch(many(3, () => ({ kind: 'crash', crashId: `c${n}`, timestamp: time, stack: text(250 * kib, n) }))),
        { gzip: true },
      ),
    'a new device with long tags': (n) =>
      collect.batch(
        {
          deviceId: text(256, n),
          info: { phoneModel: text(64, n), carrierName: text(64, n), applicationVersionName: text(64, n) },
          appInfo: Object.fromEntries(many(200, (i) => [`t${i}`, text(1024, n)])),
          records: [event('e')],
        },
        { gzip: true },
      ),
    'a bulk of new devices with technicals of their own': (n) =>
      collect.bulk(
        many(1000, (i) =>
          JSON.stringify({
            deviceId: guid(`${n} ${i}`),
            info: { phoneModel: text(64, `${n} ${i}`), carrierName: text(64, `${i} ${n}`) },
            appInfo: { userid: text(200, `${n} ${i}`) },
            records: [event('e')],
          }),
        ).join('\n'),
      ),
    'a bulk of large lines': (n) => {
      const line = JSON.stringify(eventBatch(`bulk ${n}`, 'b', 900, { padding: 900 }));
      return collect.bulk(`${line}\n`.repeat(10));
    },
    'a line without an end': (n) =>
      held(bulkHead(server, key, 4 * mib), `{"deviceId":"${guid(`${n}`)}","x":"${'x'.repeat(mib)}`),
    'a body that is held back': () =>
      held(
        requestText(server, 'POST', '/collect/v1/batch', {
          headers: { Authorization: `Bearer ${key}` },
          length: mib,
        }),
        ' '.repeat(900 * kib),
      ),
    'feedback on campaigns that are none': (n) =>
      collect.batch({
        deviceId: guid(`feedback ${n}`),
        records: many(1000, (i) => ({
          kind: 'feedback',
          campaignType: 'Announcement',
          campaignId: n * 1000 + i + 1,
          status: ['Queued'],
          timestamp: time,
        })),
      }),
    'screens that move one session': (n) => segment('import', screens(n)),
    'screens of many devices': (n) =>
      segment('batch', { batch: many(10_000, (i) => ({ type: 'screen', name: 's', anonymousId: `${n}-${i}` })) }),
    'small traits of many users': (n) => segment('batch', identify(n, 195, many(500, (i) => [i.toString(36), 1]))),
    'traits of many users': (n) =>
      segment('batch', identify(n, 4700, many(18, (i) => [`a trait as keys ${i}`, text(16, n)]))),
    'messages that are none': (n) =>
      segment('batch', { batch: [...many(9999, () => ({})), { type: 'track', event: 'e', anonymousId: `${n}` }] }),
    'ends of jobs without a beginning': (n) =>
      segment('batch', {
        batch: many(500, (i) => ({
          type: 'track',
          event: 'Job Finished',
          anonymousId: `j${n}`,
          properties: { job: 'sync', jobId: `${n} ${i}`, x: text(1000, n) },
        })),
      }),
    aliases: (n) =>
      segment('batch', { batch: many(5000, (i) => ({ type: 'alias', previousId: `p${n}-${i}`, userId: `u${n}` })) }),
    'deep JSON': () => collect.batch('['.repeat(mib - 1), { gzip: true }),
    'a gzip bomb': () => collect.batch(Buffer.alloc(64 * mib, ' '), { gzip: true }),
    'campaigns of devices that are none': (n) => collect.due(text(256, n)),
  };
  return { requests, held, said };
}

describe('what a request makes the server write', () => {
  let environment;
  before(async () => {
    environment = await Environment.start();
  });
  after(() => environment?.stop());

  it('is at most ten times what it says, unpacked', async (t) => {
    const { server, app } = environment;
    const { requests, held, said } = worstRequests(environment, app);
    let taken = 0;
    for (const [what, send] of Object.entries(requests)) {
      const written = writtenBytes(server);
      const bytes = said.bytes;
      const answer = await send(1);
      if (answer?.status !== 200 || said.bytes === bytes) continue;
      const times = (writtenBytes(server) - written) / (said.bytes - bytes);
      t.diagnostic(`${what}: ${times.toFixed(1)} times`);
      assert.ok(times <= 10, `${what}: ${times} times`);
      taken += 1;
    }
    for (const connection of held.connections) connection.close();
    assert.ok(taken >= 10, `${taken} were taken`);
  });
});

describe('the worst that sixteen clients send under one key', () => {
  let environment;
  let other;
  before(async () => {
    environment = await Environment.start();
    other = new Collect(environment.server, await environment.server.createApp('other'));
  });
  after(() => environment?.stop());

  it('takes less than 500 MiB of memory, and another app goes on', { timeout: 600_000 }, async (t) => {
    const { server, app } = environment;
    const { requests, held } = worstRequests(environment, app);
    const all = Object.entries(requests);
    const rounds = 2;
    const counts = {};
    let flooding = true;
    let taken = 0;
    const victim = (async () => {
      while (flooding) {
        const answer = await other.batch(eventBatch('victim', `other ${taken}.`, 10));
        assert.equal(answer.status, 200, answer.text);
        taken += 1;
      }
    })();
    try {
      await forEach(16, async (client) => {
        for (let i = 0; i < rounds * all.length; i += 1) {
          const [what, send] = all[(client + i) % all.length];
          const answer = await send(client * 1000 + i).catch((error) => ({ status: error.code }));
          const outcome = `${what}: ${answer?.status ?? 'held'}`;
          counts[outcome] = (counts[outcome] ?? 0) + 1;
        }
      });
    } finally {
      flooding = false;
      for (const connection of held.connections) connection.close();
    }
    await victim;
    t.diagnostic(JSON.stringify(counts, null, 1));
    t.diagnostic(`${taken} batches of the other app, ${Math.round(peakBytes(server) / mib)} MiB at most`);
    assert.ok(taken >= 20, `${taken} batches of the other app`);
    assert.ok(peakBytes(server) < 500 * mib, `${Math.round(peakBytes(server) / mib)} MiB`);
  });
});
