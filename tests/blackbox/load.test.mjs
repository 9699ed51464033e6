// Many connections, slow ones, and more work than the server can do at once.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';

import { requestToken } from './lib/api.mjs';
import { eventBatch, guid } from './lib/batches.mjs';
import { Connection, requestText } from './lib/connection.mjs';
import { Environment } from './lib/environment.mjs';
import { request } from './lib/http.mjs';
import { residentBytes } from './lib/process.mjs';
import { waitFor } from './lib/wait.mjs';

const range = { startDate: '2016-04-01', endDate: '2016-04-01' };
const kib = 1024;
const mib = 1024 * kib;

function hardLimitOfFiles() {
  return Number(/^Max open files\s+\d+\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))[1]);
}

function batchRequest(environment, options) {
  const headers = { Authorization: `Bearer ${environment.app.collectKey}` };
  return requestText(environment.server, 'POST', '/collect/v1/batch', { headers, ...options });
}

// Sends until the server has taken it; returns how often it said 429.
async function sendUntilTaken(environment, batch) {
  for (let refusals = 0; ; refusals += 1) {
    const answer = await environment.collect.batch(batch);
    if (answer.status === 200) return refusals;
    assert.equal(answer.status, 429, answer.text);
    assert.match(answer.headers['retry-after'], /^[1-9]/);
  }
}

function forEach(count, work) {
  return Promise.all(Array.from({ length: count }, (_, i) => work(i)));
}

describe('very many connections', () => {
  let environment;
  before(async () => {
    environment = await Environment.start({ config: '[http]\nidle_timeout_seconds = 3600\n' });
  });
  after(() => environment?.stop());

  it('10,000 that rest hold little memory, and hold up nobody', async (t) => {
    const { server } = environment;
    const spare = 2000;
    const count = Math.min(10_000, hardLimitOfFiles() - spare);
    if (count < 10_000) t.diagnostic(`only ${count} connections: the limit of open files is lower here`);
    // Long enough to fill what a connection receives into.
    const first = requestText(server, 'GET', '/healthz', { headers: { 'X-Long': 'x'.repeat(14 * kib) } });
    const connections = [];
    const open = async (number) => {
      while (connections.length < number) {
        const more = await forEach(Math.min(100, number - connections.length), () => Connection.open(server));
        for (const connection of more) connection.send(first);
        for (const connection of more) assert.equal(await connection.answer(), 200);
        connections.push(...more);
      }
    };
    try {
      await open(500); // what the process needs anyway is there now
      const before_ = residentBytes(server);
      await open(count);
      const each = (residentBytes(server) - before_) / (count - 500);
      t.diagnostic(`${Math.round(each)} bytes a connection`);
      assert.ok(each < 10 * kib, `${each} bytes a connection`);
      await environment.collect.all([eventBatch('device', 'among many ', 10)]);
      assert.equal((await environment.api.get('devices/exportTasks')).status, 200);
      for (const i of [0, count >> 1, count - 1]) {
        connections[i].send(requestText(server, 'GET', '/healthz'));
        assert.equal(await connections[i].answer(2), 200);
      }
    } finally {
      for (const connection of connections) connection.close();
    }
  });

  it('a thousand batches at once are all answered, and stored once', async () => {
    await forEach(1000, async (i) => {
      const batch = { batchId: guid(`batch ${i % 900}`), ...eventBatch(`device ${i % 900}`, `at once ${i % 900}.`, 1) };
      const answer = await environment.collect.batch(batch);
      assert.equal(answer.status, 200, answer.text);
      assert.equal(answer.json.accepted, 1);
    });
    const expected = Array.from({ length: 900 }, (_, i) => `at once ${i}.0`).sort();
    assert.deepEqual(await environment.eventNames('at once ', range), expected);
  });

  it('the API answers while devices send as fast as they can', async () => {
    const { server, owner, api } = environment;
    let loading = true;
    const load = forEach(64, async (i) => {
      for (let n = 0; loading; n += 1) await sendUntilTaken(environment, eventBatch(`load ${i}`, `load ${n}.`, 100));
    });
    try {
      for (let i = 0; i < 5; i += 1) {
        const token = await requestToken(server, owner.tenant, {
          grant_type: 'client_credentials',
          client_id: owner.clientId,
          client_secret: owner.clientSecret,
        });
        assert.equal(token.status, 200, token.text);
        server.secrets.add(token.json.access_token);
        assert.equal((await api.get('devices/exportTasks')).status, 200);
        assert.equal((await request(`${server.origin}/healthz`)).status, 200);
      }
    } finally {
      loading = false;
      await load;
    }
  });
});

describe('a server with small limits', () => {
  let environment;
  before(async () => {
    environment = await Environment.start({
      config:
        '[http]\nmax_connections = 1000\nmax_body_memory_mib = 16\n' +
        'header_timeout_seconds = 2\nbody_timeout_seconds = 2\n[collect]\nmax_queued_mib = 1\n',
    });
  });
  after(() => environment?.stop());

  it('a header that drips is cut off', async () => {
    const connection = await Connection.open(environment.server);
    connection.send('GET /healthz HTTP/1.1\r\nHost: h\r\nX: ');
    await connection.drip('x', 20);
    assert.deepEqual(connection.statuses, [408]);
  });

  it('a body that drips is cut off, one that is known and one that is not', async () => {
    const headers = { Authorization: `Bearer ${environment.app.collectKey}` };
    const chunked = requestText(environment.server, 'GET', '/collect/v1/bulk', {
      headers: { ...headers, 'Transfer-Encoding': 'chunked' },
    }).replace('GET', 'POST');
    for (const [head, piece] of [
      [batchRequest(environment, { length: 100_000 }), ' '],
      [chunked, '1\r\n \r\n'],
    ]) {
      const connection = await Connection.open(environment.server);
      connection.send(head);
      await connection.drip(piece, 20);
      assert.deepEqual(connection.statuses, [408]);
    }
  });

  it('a connection that says nothing is closed', async () => {
    const connection = await Connection.open(environment.server);
    await connection.closed;
    assert.equal(connection.received, '');
  });

  it('bodies that many clients hold back are 429 before they fill the memory; small ones are still taken', async () => {
    const { server } = environment;
    const before_ = residentBytes(server);
    const part = ' '.repeat(900 * kib);
    const connections = await forEach(300, () => Connection.open(server));
    for (const connection of connections) connection.send(batchRequest(environment, { body: part, length: mib }));
    // A client that is still sending when the connection closes may lose the answer.
    const isOver = ({ statuses, socket }) => statuses.length > 0 || socket.destroyed;
    await waitFor('most bodies to be refused', () => connections.filter(isOver).length > 250);
    const grown = residentBytes(server) - before_;
    assert.ok(grown < 100 * mib, `${grown} bytes for bodies`);
    const refused = connections.filter(({ statuses }) => statuses.includes(429));
    assert.ok(refused.length > 100, `${refused.length} were told that they are too many`);
    for (const { statuses, received } of refused) {
      assert.deepEqual(statuses, [429]);
      assert.match(received, /retry-after: [1-9]/i);
    }
    await environment.collect.all([eventBatch('device', 'small ', 1)]);
    for (const connection of connections) connection.close();
  });

  it('more than the disk takes is 429 with Retry-After, and what was taken is stored once', async () => {
    let refusals = 0;
    let sent = 0;
    for (let round = 0; round < 20 && refusals === 0; round += 1) {
      const counts = await forEach(32, (i) => {
        const batch = eventBatch(`device ${i}`, `large ${round}.${i}.`, 400, { padding: 1000 });
        return sendUntilTaken(environment, { batchId: guid(`large ${round} ${i}`), ...batch });
      });
      refusals += counts.reduce((sum, count) => sum + count, 0);
      sent += 32 * 400;
    }
    assert.ok(refusals > 0, 'nothing was refused');
    const names = await environment.eventNames('large ', range);
    assert.equal(names.length, sent);
    assert.equal(new Set(names).size, sent);
  });

  it('connections above the maximum are closed at once, and the log says why', async () => {
    const { server } = environment;
    const connections = await forEach(1100, () => Connection.open(server));
    await waitFor('the last ones to be closed', () => connections.filter((c) => c.socket.destroyed).length >= 100);
    assert.match(server.output, /connections already.*http\.max_connections/);
    for (const connection of connections) connection.close();
    await waitFor('room again', () =>
      request(`${server.origin}/healthz`).then(
        ({ status }) => status === 200,
        () => false,
      ),
    );
  });
});

describe('SIGTERM with the network cut', () => {
  let environment;
  before(async () => {
    environment = await Environment.start({ proxy: true });
  });
  after(() => environment?.stop());

  it('ends the server, and loses nothing that it took', async () => {
    const { server, proxy } = environment;
    await forEach(8, (i) =>
      environment.collect.all([eventBatch(`device ${i}`, `early ${i}.`, 900, { padding: 900 })]),
    );
    // An upload that nobody reads, and a task whose storage does not answer.
    const container = await environment.container();
    const create = () =>
      environment.api.tryCreateTask('events', {
        ...range,
        exportFormat: 'JsonLinesBlob',
        containerUrl: environment.urlOf(container),
      });
    proxy.hold(/\/Event_/);
    const { json: task } = await create();
    await proxy.holding();
    proxy.hold(/./);
    const creating = create().catch((error) => error);
    await proxy.holding(2);
    // Clients that stop half-way.
    const halves = await forEach(3, () => Connection.open(server));
    halves[0].send('GET /healthz HTTP/1.1\r\nHo');
    halves[1].send(batchRequest(environment, { body: '{"deviceId":', length: 1000 }));
    halves[2].send(batchRequest(environment, { length: 1000 }).replace('batch', 'bulk'));
    // Others go on until they are told to stop.
    const taken = [];
    let refused;
    const sending = forEach(4, async (i) => {
      for (let n = 0; !refused; n += 1) {
        const answer = await environment.collect.batch(eventBatch(`late ${i}`, `late ${i}.${n}.`, 1)).catch(() => ({}));
        if (answer.status === 200) taken.push(`late ${i}.${n}.0`);
        else refused = true;
      }
    });
    await waitFor('some batches', () => taken.length > 50);
    await server.stop(); // which waits so long as a slow machine may need, and no longer
    await sending;
    await creating;
    for (const half of halves) half.close();
    proxy.release();
    await server.start();
    await environment.api.waitForTask(task.id);
    const stored = await environment.eventNames('late ', range);
    assert.deepEqual(
      taken.filter((name) => !stored.includes(name)),
      [],
    );
    assert.equal((await environment.eventNames('early ', range)).length, 8 * 900);
  });
});
