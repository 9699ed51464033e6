// That an answer of 200 means that the data is stored, once and safely: batches, back-fills, restarts.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { batch, dashed, event, eventBatch, guid, may, time } from './lib/batches.mjs';
import { Environment } from './lib/environment.mjs';

const mebibyte = 1 << 20;

describe('collected data', () => {
  let environment;
  let collect;

  before(async () => {
    environment = await Environment.start();
    collect = environment.collect;
  });
  after(() => environment?.stop());

  const eventNames = (prefix) => environment.eventNames(prefix, may);

  describe('batches', () => {
    it('the same batchId twice is stored once and answered 200 both times, also after a restart', async () => {
      const batchId = guid('batch 1');
      for (const id of [batchId, dashed(batchId)]) {
        assert.equal((await collect.batch(batch([event('once')], { batchId: id }))).status, 200);
      }
      await environment.server.stop();
      await environment.server.start();
      assert.equal((await collect.batch(batch([event('once')], { batchId }))).status, 200);
      assert.deepEqual(await eventNames('once'), ['once']);
    });

    it('the same batchId at the same time is stored once', async () => {
      const body = batch([event('race')], { batchId: guid('batch 2') });
      const answers = await Promise.all(Array.from({ length: 20 }, () => collect.batch(body)));
      assert.ok(answers.every((answer) => answer.status === 200));
      assert.deepEqual(await eventNames('race'), ['race']);
    });

    it('batches without an id are all stored', async () => {
      for (let i = 0; i < 2; i += 1) await collect.batch(batch([event('twice')]));
      assert.deepEqual(await eventNames('twice'), ['twice', 'twice']);
    });

    it('a null tag deletes the tag and a null pushToken the token, and others stay', async () => {
      const deviceId = guid('changing');
      await collect.all([
        { deviceId, appInfo: { stays: 1, goes: 'x' }, pushToken: { type: 'fcm', token: 'abc' } },
        { deviceId: guid('steady'), pushToken: { type: 'apns', token: 'def' } },
      ]);
      assert.deepEqual((await environment.exportRecords('tokens')).map((record) => record.token).sort(), [
        'abc',
        'def',
      ]);
      await collect.all([{ deviceId, appInfo: { goes: null }, pushToken: null }]);
      const tags = (await environment.exportRecords('tags')).find((record) => record.deviceId === deviceId);
      assert.deepEqual(tags.tags, { stays: '1' });
      assert.deepEqual(
        (await environment.exportRecords('tokens')).map((record) => record.token),
        ['def'],
      );
    });
  });

  describe('bulk', () => {
    it('lines are streamed, stored, and bad ones are told by their number', async () => {
      const lines = [
        JSON.stringify(batch([event('bulk 1')])),
        '{"deviceId":',
        '',
        JSON.stringify(batch([event('bulk 2'), event(''), event('bulk 3')])),
        '{"records":[]}',
        JSON.stringify(batch([event('bulk 4')])),
      ];
      const answer = await collect.bulk(lines.join('\n'));
      assert.equal(answer.status, 200, answer.text);
      const { rejected, ...sums } = answer.json;
      assert.deepEqual(sums, { lines: 5, accepted: 4, rejectedLines: 2, rejectedRecords: 1 });
      const places = rejected.map(({ line, index }) => [line, index]).sort((a, b) => a[0] - b[0]);
      assert.deepEqual(places, [
        [2, undefined],
        [4, 1],
        [5, undefined],
      ]);
      for (const { error } of rejected) assert.match(error.code, /^[A-Z]\w+$/);
      assert.deepEqual(await eventNames('bulk'), ['bulk 1', 'bulk 2', 'bulk 3', 'bulk 4']);
    });

    it('a body of many times the limit of a batch is taken, cut anywhere', async () => {
      async function* parts() {
        for (let i = 0; i < 40; i += 1) {
          const line = Buffer.from(
            `${JSON.stringify(eventBatch(`bulk device ${i}`, `huge ${i} é `, 500, { from: time, padding: 100 }))}\r\n`,
          );
          for (let at = 0; at < line.length; at += 10_007) yield line.subarray(at, at + 10_007);
        }
      }
      const answer = await collect.bulk(parts());
      assert.equal(answer.status, 200, answer.text);
      assert.deepEqual(answer.json, {
        lines: 40,
        accepted: 20_000,
        rejectedLines: 0,
        rejectedRecords: 0,
        rejected: [],
      });
      assert.equal((await eventNames('huge')).length, 20_000);
    });

    it('a line over 1 MiB is rejected by itself', async () => {
      const long = JSON.stringify(batch([event('long 1')]))
        .padEnd(3 * mebibyte, ' ')
        .replace(/ $/, '.');
      const answer = await collect.bulk(`${long}\n${JSON.stringify(batch([event('long 2')]))}\n`);
      assert.equal(answer.json.rejectedLines, 1);
      assert.deepEqual(await eventNames('long'), ['long 2']);
    });

    it('what a back-fill says of a device does not overwrite what was reported later', async () => {
      const deviceId = guid('back-filled');
      await collect.all([{ deviceId, appInfo: { plan: 'new' } }]);
      await collect.bulk(
        JSON.stringify({ deviceId, sentAt: '2016-04-01T00:00:00Z', appInfo: { plan: 'old', since: 2016 } }),
      );
      const tags = (await environment.exportRecords('tags')).find((record) => record.deviceId === deviceId);
      assert.deepEqual(tags.tags, { plan: 'new', since: '2016' });
    });

    it('an empty body is an empty back-fill', async () => {
      const answer = await collect.bulk('');
      assert.deepEqual([answer.status, answer.json.lines], [200, 0]);
    });
  });

  it('everything that was answered 200 survives kill -9 right after the answer', async () => {
    for (let round = 0; round < 3; round += 1) {
      const sent = Array.from({ length: 25 }, (_, i) => batch([event(`safe ${round}.${i}`)]));
      const answers = await Promise.all(sent.map((body) => collect.batch(body)));
      await environment.server.kill();
      assert.ok(answers.every((answer) => answer.status === 200));
      await environment.server.start();
      assert.equal((await eventNames(`safe ${round}.`)).length, 25);
    }
  });
});
