// What somebody sends who means no good.
import assert from 'node:assert/strict';
import { createHmac, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';

import { Api, requestToken } from './lib/api.mjs';
import { batch, event, guid, may } from './lib/batches.mjs';
import { Connection, requestText } from './lib/connection.mjs';
import { Environment } from './lib/environment.mjs';
import { request } from './lib/http.mjs';
import { Secrets, partsOf } from './lib/record.mjs';
import { collection, resourceGroup, subscription } from './lib/server.mjs';
import { makeTemporaryDirectory } from './lib/temporary.mjs';

new Secrets().add('Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5');
const sas = 'sv=2021-08-06&sr=c&sp=w&se=2099-01-01T00%3A00%3A00Z&sig=Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5';

// Listens, and counts who comes.
async function startCanary() {
  const canary = net.createServer((socket) => {
    canary.connections_ += 1;
    socket.destroy();
  });
  canary.connections_ = 0;
  canary.listen(0, '127.0.0.1');
  await once(canary, 'listening');
  canary.port_ = canary.address().port;
  return canary;
}

function createTask(environment, containerUrl) {
  return environment.api.tryCreateTask('tags', { exportFormat: 'JsonBlob', containerUrl });
}

describe('destinations', () => {
  const hosts = join(makeTemporaryDirectory('hosts'), 'hosts');
  const exports_ = makeTemporaryDirectory('exports');
  const outside = makeTemporaryDirectory('outside');
  let environment;
  let canary;
  let redirector;

  before(async () => {
    canary = await startCanary();
    redirector = http.createServer((incoming, outgoing) => {
      incoming.resume();
      outgoing.writeHead(307, { location: `http://127.0.0.1:${canary.port_}${incoming.url}` }).end();
    });
    redirector.listen(0, '127.0.0.1');
    await once(redirector, 'listening');
    writeFileSync(
      hosts,
      [
        '127.0.0.1 loopback.blob.core.windows.net listed.blob.core.windows.net',
        '169.254.169.254 metadata.blob.core.windows.net',
        '10.0.0.5 private.blob.core.windows.net',
        '::1 loopback6.blob.core.windows.net',
        'fd00:ec2::254 local6.blob.core.windows.net',
        '::ffff:127.0.0.1 mapped.blob.core.windows.net',
        '64:ff9b::7f00:1 nat64.blob.core.windows.net',
        '',
      ].join('\n'),
    );
    symlinkSync(outside, join(exports_, 'link'));
    environment = await Environment.start({
      allow: [
        `http://127.0.0.1:${redirector.address().port}`,
        `https://listed.blob.core.windows.net:${canary.port_}`,
        `file://${exports_}`,
      ],
      env: {
        LD_PRELOAD: 'libnss_wrapper.so',
        NSS_WRAPPER_HOSTS: hosts,
        ASAN_OPTIONS: 'verify_asan_link_order=0', // the sanitizer wants to be the first library
      },
    });
  });
  after(async () => {
    await environment?.stop();
    redirector?.close();
    canary?.close();
  });

  for (const name of ['loopback', 'metadata', 'private', 'loopback6', 'local6', 'mapped', 'nat64']) {
    it(`an Azure host whose name leads within is refused: ${name}`, async () => {
      const answer = await createTask(environment, `https://${name}.blob.core.windows.net/exports?${sas}`);
      assert.equal(answer.status, 400, answer.text);
      assert.equal(answer.json.error.code, 'DestinationNotAllowed');
    });
  }

  it('a host that is listed may have such an address', async () => {
    const before_ = canary.connections_;
    const answer = await createTask(
      environment,
      `https://listed.blob.core.windows.net:${canary.port_}/exports?${sas}`,
    );
    assert.equal(answer.status, 503, answer.text);
    assert.ok(canary.connections_ > before_);
  });

  it('nobody is asked but who is on the list, however the host is written', async () => {
    const { port_: port } = canary;
    const allowed = new URL(environment.azurite.origin).host;
    const before_ = canary.connections_;
    for (const origin of [
      `http://127.0.0.1:${port}`,
      `http://localhost:${port}`,
      `http://2130706433:${port}`,
      `http://0x7f.1:${port}`,
      `http://0177.0.0.1:${port}`,
      `http://127.1:${port}`,
      `http://0:${port}`,
      `http://0.0.0.0:${port}`,
      `http://[::1]:${port}`,
      `http://[::ffff:127.0.0.1]:${port}`,
      `http://[::ffff:7f00:1]:${port}`,
      `http://127.0.0.1.:${port}`,
      `http://${allowed}@127.0.0.1:${port}`,
      `http://${allowed}%40127.0.0.1:${port}`,
      `http://${allowed}#@127.0.0.1:${port}`,
      `http://127.0.0.1:${port}#@${allowed}`,
      `http://127.0.0.1:${port}\\@${allowed}`,
      `http://127.0.0.1:${port}%2f@${allowed}`,
      `http://127.0.0.1:${port}\t`,
      `http://127.0.0.1\n:${port}`,
      ` http://127.0.0.1:${port}`,
      `HTTP://127.0.0.1:${port}`,
      `https://account.blob.core.windows.net:${port}`,
      `http://loopback.blob.core.windows.net:${port}`,
      `https://loopback.blob.core.windows.net.:${port}`,
      `https://loopback.blob.core.windows.net%00.evil.example`,
      `https://xn--lopback-50a.example:${port}`,
      `gopher://127.0.0.1:${port}`,
      `//127.0.0.1:${port}`,
    ]) {
      const answer = await createTask(environment, `${origin}/devstoreaccount1/exports?${sas}`);
      assert.equal(answer.status, 400, `${origin}: ${answer.text}`);
      assert.match(answer.json.error.code, /^(DestinationNotAllowed|InvalidContainerUrl)$/, origin);
    }
    assert.equal(canary.connections_, before_);
  });

  it('a redirect does not lead to anybody else', async () => {
    const before_ = canary.connections_;
    const url = `http://127.0.0.1:${redirector.address().port}/devstoreaccount1/exports?${sas}`;
    assert.equal((await createTask(environment, url)).status, 400);
    assert.equal(canary.connections_, before_);
  });

  for (const path of ['/link', '/link/deeper', '/../', '/%2e%2e/', '/.%2e/x', '/%00', '/a%2f..%2f..%2fx']) {
    it(`an allowed directory is not left: ${path}`, async () => {
      const answer = await createTask(environment, `file://${exports_}${path}`);
      assert.equal(answer.status, 400, answer.text);
      assert.deepEqual(readdirSync(outside), []);
    });
  }
});

describe('credentials', () => {
  let environment;
  let server;
  before(async () => {
    environment = await Environment.start();
    server = environment.server;
  });
  after(() => environment?.stop());

  const tasks = 'devices/exportTasks';
  const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const get = (token) => environment.api.get(tasks, { headers: { authorization: `Bearer ${token}` } });

  async function parts() {
    const [header, payload, signature] = (await environment.api.token()).split('.');
    return { header: JSON.parse(Buffer.from(header, 'base64url')), payload, signature };
  }

  it('a token signed with the public key as a secret, or with a key that it brings along, is 401', async () => {
    const { header, payload } = await parts();
    const { keys } = (await request(`${server.origin}/contoso/discovery/keys`)).json;
    const publicKey = createPublicKey({ key: keys[0], format: 'jwk' });
    const pem = publicKey.export({ type: 'spki', format: 'pem' });
    const own = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const jwk = own.publicKey.export({ format: 'jwk' });
    const forge = (changes, signer) => {
      const text = `${encode({ ...header, ...changes })}.${payload}`;
      return `${text}.${signer(text).toString('base64url')}`;
    };
    const hmac = (secret) => (text) => createHmac('sha256', secret).update(text).digest();
    const rsa = (text) => sign('sha256', text, own.privateKey);
    const forged = [
      forge({ alg: 'HS256' }, hmac(pem)),
      forge({ alg: 'HS256' }, hmac(JSON.stringify(keys[0]))),
      forge({}, hmac(pem)),
      forge({ alg: 'none' }, () => Buffer.alloc(0)),
      forge({ alg: 'nOnE' }, () => Buffer.alloc(0)),
      forge({}, rsa),
      forge({ jwk: { ...jwk, kid: header.kid } }, rsa),
      forge({ jku: 'http://127.0.0.1:1/keys' }, rsa),
      forge({ kid: '../../../../dev/null' }, rsa),
      forge({ kid: undefined }, rsa),
      forge({ kid: ['a'] }, rsa),
      forge({ crit: ['b64'], b64: false }, rsa),
    ];
    for (const token of forged) assert.equal((await get(token)).status, 401, token);
  });

  it('a token of another server is 401', async () => {
    const other = await Environment.start();
    try {
      assert.equal((await get(await other.api.token())).status, 401);
    } finally {
      await other.stop();
    }
  });

  it('tokens of absurd size and form are refused, and the server lives', async () => {
    const { header, payload, signature } = await parts();
    for (const token of [
      `${encode(header)}.${payload}.${'A'.repeat(12_000)}`,
      `${encode({ ...header, x: 'x'.repeat(8000) })}.${payload}.${signature}`,
      `${Buffer.from('['.repeat(9000)).toString('base64url')}.${payload}.${signature}`,
      `${'.'.repeat(10_000)}`,
      `${encode(header)}.${payload}.${signature}.${signature}.${signature}`,
      `${encode(header)}..${signature}`,
    ]) {
      assert.equal((await get(token)).status, 401);
    }
    assert.equal((await get('A'.repeat(20_000))).status, 431);
  });

  it('two Authorization headers are refused', async () => {
    const connection = await Connection.open(server);
    const path = `${environment.app.path}/${tasks}?api-version=2014-12-01`;
    const headers = { Authorization: `Bearer ${await environment.api.token()}`, authorization: 'Bearer x' };
    connection.send(requestText(server, 'GET', path, { headers }));
    assert.equal(await connection.answer(), 400);
  });

  it('a scope does not reach what only begins like it, nor what a path hides', async () => {
    await server.createApp('android2');
    const client = await server.createClient({ scope: environment.app.path });
    const narrow = await new Api(server, environment.app, client).token();
    const headers = { Authorization: `Bearer ${narrow}` };
    const below = (path) => `${path}/${tasks}?api-version=2014-12-01`;
    const app = environment.app.path;
    const encoded = encodeURIComponent(app.slice('/subscriptions/'.length));
    const connection = await Connection.open(server);
    const statusOf = async (path) => {
      connection.send(requestText(server, 'GET', path, { headers }));
      return connection.answer(connection.statuses.length + 1);
    };
    assert.equal(await statusOf(below(app)), 200);
    for (const path of [
      below(`${app}2`),
      below(`${app}%32`),
      below(`${app}/../android2`),
      below(`${app}/%2e%2e/android2`),
      below(`${app}%2f..%2fandroid2`),
      below(`${app}%00`),
      below(`${app}%20`),
      below(app.replace(subscription, `${subscription}0`)),
      below(app.replace(resourceGroup, `${resourceGroup}2`)),
      below(app.replace(resourceGroup, '*')),
      below(app.replace(`appcollections/${collection}`, `appcollections/${collection}2`)),
      below(app.replace('/subscriptions/', '//subscriptions/')),
      below(`/subscriptions/${encoded}/resourceGroups/x/providers/Microsoft.MobileEngagement/appcollections/x/apps/x`),
    ]) {
      const status = await statusOf(path);
      assert.ok([400, 403, 404].includes(status), `${path}: ${status}`);
    }
    connection.close();
  });

  it('wrong secrets are 429 after a while, and who is right is let in all the same', async () => {
    const { tenant, clientId } = environment.owner;
    const guess = (id, n) =>
      requestToken(server, tenant, { grant_type: 'client_credentials', client_id: id, client_secret: `wrong ${n}` });
    await environment.api.token();
    let refused;
    for (let n = 0; n < 100 && refused?.status !== 429; n += 1) refused = await guess(n % 2 ? clientId : 'nobody', n);
    assert.equal(refused.status, 429, refused.text);
    assert.match(refused.headers['retry-after'], /^[1-9]\d*$/);
    const fresh = new Api(server, environment.app, environment.owner);
    assert.equal((await fresh.get(tasks)).status, 200);
  });

  it('wrong collect keys are 429 after a while, and devices with the right one go on', async () => {
    await environment.collect.all([batch([event('before')])]);
    let refused;
    for (let n = 0; n < 100 && refused?.status !== 429; n += 1) {
      refused = await environment.collect.batch(batch([]), { key: `${environment.app.collectKey}${n}` });
    }
    assert.equal(refused.status, 429, refused.text);
    assert.match(refused.headers['retry-after'], /^[1-9]\d*$/);
    await environment.collect.all([batch([event('after')])]);
  });

  it('no secret stands in the data directory as it is', async () => {
    const container = await environment.container();
    const url = environment.urlOf(container);
    await environment.api.runTask('events', { ...may, exportFormat: 'JsonBlob', containerUrl: url });
    const sent = [environment.app.collectKey, environment.owner.clientSecret, new URL(url).searchParams.get('sig')];
    const secrets = [...server.secrets, ...sent, url].flatMap(partsOf);
    const files = readdirSync(server.dataDirectory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.path, entry.name));
    assert.ok(files.some((file) => /catalog\.sqlite-wal$/.test(file)), 'the log of the catalog is looked at, too');
    for (const file of files) {
      const content = readFileSync(file);
      for (const secret of secrets) {
        for (const form of [secret, encodeURIComponent(secret)])
          assert.ok(!content.includes(form), `a secret is in ${file}`);
      }
    }
  });
});

describe('requests that are no good', () => {
  let environment;
  let server;
  before(async () => {
    environment = await Environment.start();
    server = environment.server;
  });
  after(() => environment?.stop());

  const post = 'POST /collect/v1/batch HTTP/1.1\r\nHost: h\r\n';
  const smuggled = 'GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n';
  for (const [what, text] of [
    ['Content-Length and Transfer-Encoding', `${post}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['two Transfer-Encodings', `${post}Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\n`],
    ['a Transfer-Encoding in disguise', `${post}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`],
    ['a Transfer-Encoding behind a tab', `${post}Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n`],
    ['two Content-Lengths', `${post}Content-Length: 0\r\nContent-Length: 35\r\n\r\n`],
    ['a list of Content-Lengths', `${post}Content-Length: 0, 35\r\n\r\n`],
    ['a Content-Length with a sign', `${post}Content-Length: +0\r\n\r\n`],
    ['a hexadecimal Content-Length', `${post}Content-Length: 0x0\r\n\r\n`],
    ['a space before the colon', `${post}Content-Length : 0\r\n\r\n`],
    ['bare line feeds', 'POST /collect/v1/batch HTTP/1.1\nHost: h\nContent-Length: 0\n\n'],
    ['a NUL in a header', `${post}X: a\0b\r\nContent-Length: 0\r\n\r\n`],
    ['a bare carriage return in a header', `${post}X: a\rb\r\nContent-Length: 0\r\n\r\n`],
    ['a chunk size with a sign', `${post}Transfer-Encoding: chunked\r\n\r\n+0\r\n\r\n`],
    ['a chunk size beyond all numbers', `${post}Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n\r\n`],
    ['a chunk that is longer than it says', `${post}Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n`],
    ['no Host', 'GET /healthz HTTP/1.1\r\n\r\n'],
    ['two Hosts', 'GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n'],
    ['a target that is no path', 'GET healthz HTTP/1.1\r\nHost: h\r\n\r\n'],
  ]) {
    it(`${what}: 400, and what comes behind is not taken for a request`, async () => {
      const connection = await Connection.open(server);
      connection.send(Buffer.from(text + smuggled, 'latin1'));
      await connection.closed;
      assert.deepEqual(connection.statuses, [400], connection.received);
    });
  }

  it('requests that stand one behind the other are answered in their order', async () => {
    const connection = await Connection.open(server);
    connection.send(smuggled + requestText(server, 'GET', '/nothing') + smuggled.replace('GET /', 'GET http://other/'));
    await connection.answer(3);
    assert.deepEqual(connection.statuses, [200, 404, 200]);
    connection.close();
  });

  for (const [what, text] of [
    ['a long header', requestText({ origin: 'http://h' }, 'GET', '/', { headers: { X: 'x'.repeat(17_000) } })],
    ['very many headers', `GET / HTTP/1.1\r\nHost: h\r\n${'X: y\r\n'.repeat(5000)}\r\n`],
    ['a long URL', `GET /${'x'.repeat(17_000)} HTTP/1.1\r\nHost: h\r\n\r\n`],
    ['a request line without an end', `GET /${'x'.repeat(100_000)}`],
  ]) {
    it(`${what}: 431`, async () => {
      const connection = await Connection.open(server);
      connection.send(text);
      assert.equal(await connection.answer(), 431);
      connection.close();
    });
  }

  const collectBodies = [
    ['JSON that nests deeply', '['.repeat(100_000) + ']'.repeat(100_000)],
    ['records that nest deeply', `{"deviceId":"${guid('d')}","records":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
    ['JSON without its end', '{"a":'.repeat(50_000)],
    ['a string without its end', `{"deviceId":"${'x'.repeat(100_000)}`],
    ['bytes that are no UTF-8', Buffer.from(`{"deviceId":"\xff\xfe"}`, 'latin1')],
    ['overlong UTF-8', Buffer.from(`{"deviceId":"\xc0\xaf"}`, 'latin1')],
    ['a NUL byte', Buffer.from(`{"deviceId":"${guid('d')}"\0}`)],
    ['a number beyond all', `{"deviceId":"${guid('d')}","records":1e999999}`],
    ['a gzip in a gzip', gzipSync(gzipSync('{}')), 'gzip'],
    ['a gzip bomb', gzipSync(Buffer.alloc(100 << 20)), 'gzip'],
    ['a gzip of very many members', Buffer.concat(Array(40_000).fill(gzipSync(''))), 'gzip'],
    ['two codings', gzipSync(gzipSync('{}')), 'gzip, gzip'],
  ];
  for (const [what, body, encoding] of collectBodies) {
    it(`${what} is refused, and the server lives`, async () => {
      const headers = encoding ? { 'content-encoding': encoding } : {};
      const answer = await environment.collect.batch(body, { headers });
      assert.ok([400, 413, 415].includes(answer.status), `${answer.status} ${answer.text}`);
      assert.match(answer.json.error.code, /^[A-Z]\w+$/);
      assert.equal((await request(`${server.origin}/healthz`)).status, 200);
    });
  }

  it('odd values in a record touch nobody but that record', async () => {
    const odd = [
      { name: '\ud800' },
      { extras: { n: '__1e999__' } },
      { extras: { __proto__x: 1 } },
      { timestamp: '9999999-01-01T00:00:00Z' },
      { sessionId: '../../etc/passwd' },
    ].map((more) => event('odd', more));
    const records = [event('good 1'), ...odd, event('good 2')];
    const text = JSON.stringify(batch(records)).replace('"__1e999__"', '1e999').replace('"odd"', '"odd","name":"twice"');
    const answer = await environment.collect.batch(text);
    assert.ok([200, 400].includes(answer.status), answer.text);
    await environment.collect.all([batch([event('good 3')])]);
  });

  const deep = ['['.repeat(100_000), '{"containerUrl":'.repeat(20_000)];
  for (const body of [...deep, '{"a":1e99999}', '\0', '{"a":"\\ud800"}']) {
    it(`a task that is asked for with ${JSON.stringify(body.slice(0, 20))}… is refused`, async () => {
      const answer = await environment.api.tryCreateTask('events', body);
      assert.equal(answer.status, 400, answer.text);
    });
  }

  it('names of apps that lead elsewhere are refused by the command', async () => {
    for (const name of ['..', '.', '../x', 'a/b', 'a\nb', '', 'x'.repeat(1000)]) {
      await assert.rejects(server.createApp(name), /ended with code/, JSON.stringify(name));
    }
  });
});
