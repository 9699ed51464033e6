// What the collect API takes and what it refuses: keys, bodies, encodings, records.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';

import { batch, event, eventBatch, guid, may, time } from './lib/batches.mjs';
import { Environment } from './lib/environment.mjs';
import { request } from './lib/http.mjs';

const mebibyte = 1 << 20;

describe('collect', () => {
  let environment;
  let collect;

  before(async () => {
    environment = await Environment.start();
    collect = environment.collect;
  });
  after(() => environment?.stop());

  const eventNames = (prefix) => environment.eventNames(prefix, may);

  function assertRefused(answer, status, code) {
    assert.equal(answer.status, status, answer.text);
    assert.match(answer.json.error.code, code ?? /^[A-Z]\w+$/);
    assert.match(answer.json.error.message, /\w/);
  }

  describe('keys', () => {
    it('a request without a key, with a wrong one, or with a broken one is refused with 401', async () => {
      const right = environment.app.collectKey;
      for (const key of ['', 'wrong', `${right}x`, right.slice(0, -1), right.replace(/_[^_]+$/, '_AAAA')]) {
        assertRefused(await collect.batch(batch([event('never')]), { key }), 401);
        assertRefused(await collect.bulk('{}', { key }), 401);
      }
      const bare = await request(`${environment.server.origin}/collect/v1/batch`, {
        method: 'POST',
        body: '{}',
      });
      assertRefused(bare, 401);
      assert.match(bare.headers['www-authenticate'], /^Bearer/);
    });

    it('an access token of the REST API is no collect key', async () => {
      assertRefused(
        await collect.batch(batch([event('never')]), { key: await environment.api.token() }),
        401,
      );
    });

    it('the data of an app is not in the exports of another one', async () => {
      const other = await environment.server.createApp('other');
      const answer = await collect.batch(batch([event('alien')]), { key: other.collectKey });
      assert.equal(answer.status, 200, 'a key that was made while the server runs is good at once');
      assert.deepEqual(await eventNames('alien'), []);
    });
  });

  describe('bodies', () => {
    it('a byte order mark in front is passed over, and UTF-16 is named', async () => {
      const text = JSON.stringify(batch([event('marked')]));
      assert.equal((await collect.batch(`\ufeff${text}`)).json.accepted, 1);
      assert.deepEqual((await collect.bulk(`\ufeff${text}\n${text}\n`)).json.accepted, 2);
      assert.equal((await eventNames('marked')).length, 3);
      const wide = Buffer.from(`\ufeff${text}`, 'utf16le');
      for (const answer of [await collect.batch(wide), await collect.bulk(wide)]) {
        const { code, message } = answer.json.error ?? answer.json.rejected[0].error;
        assert.equal(code, 'MalformedJson');
        assert.match(message, /UTF-16/);
      }
    });

    it('what is no JSON is told with its place', async () => {
      const answer = await collect.bulk(`{"deviceId":"d"}\n{"deviceId":"d","n":NaN}\n{'deviceId':"d"}\n\x1e{}\n`);
      assert.deepEqual(
        answer.json.rejected.map(({ line, error }) => [line, error.code, error.message]),
        [
          [2, 'MalformedJson', 'column 21: NaN is none of the words of JSON: true, false and null'],
          [3, 'MalformedJson', /single quote/.exec(answer.json.rejected[1].error.message)?.input],
          [4, 'MalformedJson', 'column 1: a value must stand here, not the control character U+001E'],
        ],
      );
    });

    it('empty segments of the path do not matter', async () => {
      const headers = { authorization: `Bearer ${environment.app.collectKey}` };
      for (const [path, body] of [
        ['//collect/v1/batch', JSON.stringify(batch([event('slashes')]))],
        ['/collect//v1/bulk', JSON.stringify(batch([event('slashes')]))],
        ['//v1/batch', '{"batch":[{"type":"track","event":"slashes","userId":"u","timestamp":"2016-05-01T00:00:00Z"}]}'],
        ['/v1//b', '{"batch":[{"type":"track","event":"slashes","userId":"u","timestamp":"2016-05-01T00:00:00Z"}]}'],
      ]) {
        const answer = await request(environment.server.origin + path, { method: 'POST', headers, body });
        assert.deepEqual([answer.status, answer.json?.accepted], [200, 1], `${path} ${answer.text}`);
      }
      assert.equal((await request(`${environment.server.origin}//metrics`)).status, 404);
    });

    const malformed = [
      '',
      '{',
      '[]',
      'null',
      '"text"',
      '{}',
      '{"deviceId":""}',
      '{"deviceId":7}',
      `{"deviceId":"${guid('d')}"} more`,
      `{"deviceId":"${guid('d')}","records":{}}`,
      `{"deviceId":"${guid('d')}","records":[}`,
      `{"deviceId":"${guid('d')}","batchId":"no guid"}`,
      `{"deviceId":"${guid('d')}","sentAt":"today"}`,
      `{"deviceId":"${guid('d')}","appInfo":[]}`,
      `{"deviceId":"${guid('d')}","info":{"androidAPILevel":"x"}}`,
      `{"deviceId":"${guid('d')}","pushToken":{"type":"fcm"}}`,
      `{"deviceId":"${guid('d')}","nativePushEnabled":1}`,
      `{"deviceId":"${guid('d')}","appInfo":{"deep":{}}}`,
      `${'{"a":'.repeat(2000)}1${'}'.repeat(2000)}`,
    ];
    for (const body of malformed) {
      it(`the body ${body.slice(0, 70)} is refused with 400`, async () => {
        assertRefused(await collect.batch(body), 400);
      });
    }

    it('text that is not UTF-8 is refused with 400', async () => {
      assertRefused(await collect.batch(Buffer.from('{"deviceId":"caf\xe9"}', 'latin1')), 400);
    });

    it('a body of 1 MiB is taken, one of a byte more is refused with 413', async () => {
      const text = JSON.stringify(batch([event('exact')]));
      assert.equal((await collect.batch(text.padEnd(mebibyte, ' '))).status, 200);
      assertRefused(await collect.batch(text.padEnd(mebibyte + 1, ' ')), 413);
      assert.deepEqual(await eventNames('exact'), ['exact']);
    });

    it('a chunked body is taken, and refused with 413 over 1 MiB', async () => {
      async function* parts(count) {
        yield JSON.stringify(batch([event('chunked')]));
        for (let i = 0; i < count; i += 1) yield ' '.repeat(65_536);
      }
      const send = (count) =>
        request(`${environment.server.origin}/collect/v1/batch`, {
          method: 'POST',
          headers: { authorization: `Bearer ${environment.app.collectKey}` },
          body: parts(count),
        });
      assert.equal((await send(3)).status, 200);
      assert.equal((await send(20)).status, 413);
      assert.deepEqual(await eventNames('chunked'), ['chunked']);
    });

    it('1,000 records are taken, 1,001 are refused with 413 and none of them is stored', async () => {
      const answer = await collect.batch(eventBatch('full', 'full ', 1000, { from: time }));
      assert.deepEqual([answer.status, answer.json], [200, { accepted: 1000, rejected: [] }]);
      assertRefused(await collect.batch(eventBatch('over', 'over ', 1001, { from: time })), 413);
      assert.deepEqual(await eventNames('over'), []);
      assert.equal((await eventNames('full')).length, 1000);
    });

    it('a batch without records is taken', async () => {
      const answer = await collect.batch({ deviceId: guid('quiet'), appInfo: { plan: 'none' } });
      assert.deepEqual([answer.status, answer.json], [200, { accepted: 0, rejected: [] }]);
    });

    it('GET is answered 405', async () => {
      const answer = await request(`${environment.server.origin}/collect/v1/batch`);
      assertRefused(answer, 405);
      assert.match(answer.headers.allow, /POST/);
    });
  });

  describe('content encoding', () => {
    it('a gzip body is taken, also one of several members', async () => {
      assert.equal((await collect.batch(batch([event('zipped 1')]), { gzip: true })).status, 200);
      const text = JSON.stringify(batch([event('zipped 2')]));
      const members = Buffer.concat([gzipSync(text.slice(0, 20)), gzipSync(text.slice(20))]);
      assert.equal((await collect.batch(members, { headers: { 'content-encoding': 'gzip' } })).status, 200);
      assert.deepEqual(await eventNames('zipped'), ['zipped 1', 'zipped 2']);
    });

    it('a body that is no gzip, or a part of one, or a broken one, is refused with 400', async () => {
      const whole = gzipSync(JSON.stringify(batch([event('never')])));
      const broken = Buffer.from(whole);
      broken[broken.length - 6] ^= 0xff; // in the checksum
      for (const body of [Buffer.from('plain text'), whole.subarray(0, -4), broken, Buffer.alloc(0)]) {
        assertRefused(await collect.batch(body, { headers: { 'content-encoding': 'gzip' } }), 400);
      }
    });

    it('a gzip bomb is refused with 413', async () => {
      const bomb = gzipSync(Buffer.alloc(200 * mebibyte, ' '));
      assert.ok(bomb.length < mebibyte);
      assertRefused(await collect.batch(bomb, { headers: { 'content-encoding': 'gzip' } }), 413);
    });

    for (const encoding of ['br', 'deflate', 'gzip, gzip']) {
      it(`the encoding ${encoding} is refused with 415`, async () => {
        assertRefused(
          await collect.batch(batch([event('never')]), { headers: { 'content-encoding': encoding } }),
          415,
        );
      });
    }

    it('nothing of all that was stored', async () => assert.deepEqual(await eventNames('never'), []));
  });

  describe('records', () => {
    const long = (characters) => '字'.repeat(characters);
    const wrong = [
      ['no object', 7],
      ['no kind', { name: 'x', timestamp: time }],
      ['an unknown kind', { kind: 'wish', name: 'x' }],
      ['no name', { kind: 'event', timestamp: time }],
      ['an empty name', event('')],
      ['a name of 65 characters', event(long(65))],
      ['no timestamp', { kind: 'event', name: 'x' }],
      ['a bad timestamp', event('x', { timestamp: '2016-02-30T00:00:00Z' })],
      ['a timestamp without offset', event('x', { timestamp: '2016-05-01T00:00:00' })],
      ['a bad sessionId', event('x', { sessionId: 'abc' })],
      ['extras that are no object', event('x', { extras: [] })],
      ['nested extras', event('x', { extras: { a: {} } })],
      ['a bad key in extras', event('x', { extras: { '1a': 1 } })],
      ['a key of 65 characters in extras', event('x', { extras: { ['k'.repeat(65)]: 1 } })],
      [
        '201 extras',
        event('x', { extras: Object.fromEntries(Array.from({ length: 201 }, (_, i) => [`k${i}`, i])) }),
      ],
      ['extras over 8 KiB', event('x', { extras: { text: 'x'.repeat(8192) } })],
      ['a negative duration', { kind: 'activity', name: 'x', timestamp: time, durationMs: -1 }],
      ['a job without id', { kind: 'job', name: 'x', start: time }],
      ['a job without times', { kind: 'job', jobId: guid('j'), name: 'x' }],
      [
        'a job that ends before it starts',
        { kind: 'job', jobId: guid('j'), name: 'x', start: time, end: '2016-04-01T00:00:00Z' },
      ],
      ['a session without id', { kind: 'session', start: time }],
      ['a crash without id', { kind: 'crash', timestamp: time }],
      [
        'an unknown campaign type',
        { kind: 'feedback', campaignType: 'Rumour', campaignId: 1, status: ['Queued'], timestamp: time },
      ],
      [
        'an unknown flag',
        { kind: 'feedback', campaignType: 'Poll', campaignId: 1, status: ['Seen'], timestamp: time },
      ],
      ['no flag', { kind: 'feedback', campaignType: 'Poll', campaignId: 1, status: [], timestamp: time }],
      ['no campaign', { kind: 'feedback', campaignType: 'Poll', status: ['Queued'], timestamp: time }],
    ];

    it('each wrong record is rejected with its index and a code, and the good ones around it are kept', async () => {
      const records = wrong.flatMap(([what, record]) => [event(`good: ${what}`), record]);
      const answer = await collect.batch(batch(records));
      assert.equal(answer.status, 200, answer.text);
      assert.equal(answer.json.accepted, wrong.length);
      const rejected = answer.json.rejected.map(({ index }) => wrong[(index - 1) / 2][0]);
      assert.deepEqual(
        rejected,
        wrong.map(([what]) => what),
      );
      for (const { error } of answer.json.rejected) {
        assert.match(error.code, /^[A-Z]\w+$/);
        assert.match(error.message, /\w/);
      }
      assert.equal((await eventNames('good: ')).length, wrong.length);
    });

    it('names of 64 characters, 200 extras, keys of 64 characters and 8 KiB of extras are taken', async () => {
      const extras = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`k${i}`, i]));
      const answer = await collect.batch(
        batch([
          event(`limit ${'字'.repeat(58)}`),
          event('limit 2', { extras }),
          event('limit 3', { extras: { ['k'.repeat(64)]: 1 } }),
          event('limit 4', { extras: { text: 'x'.repeat(8192 - '{"text":""}'.length) } }),
        ]),
      );
      assert.deepEqual(answer.json, { accepted: 4, rejected: [] });
      assert.equal((await eventNames('limit ')).length, 4);
    });
  });
});
