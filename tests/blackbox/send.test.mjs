// rawhaul send: what people and scripts see of it.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';

import { eventBatch } from './lib/batches.mjs';
import { Command, assertStatus, noTerminals, rawhaul, variablesOf } from './lib/command.mjs';
import { Environment } from './lib/environment.mjs';
import { makeTemporaryDirectory } from './lib/temporary.mjs';
import { waitFor } from './lib/wait.mjs';

describe('send', () => {
  let environment;
  let env;

  before(async () => {
    environment = await Environment.start();
    env = variablesOf(environment);
  });
  after(() => environment?.stop());

  const days = { startDate: '2016-04-01', endDate: '2016-04-02' };
  const names = (prefix) => environment.eventNames(prefix, days);
  const lines = (batches) => batches.map((batch) => `${JSON.stringify(batch)}\n`).join('');
  const withId = (batch) => ({ ...batch, batchId: randomUUID() });

  function fileOf(content) {
    const file = join(makeTemporaryDirectory('send'), 'batches.ndjson');
    writeFileSync(file, content);
    return file;
  }

  it('a file is stored, and shown as it goes', async () => {
    const batchOf = (_, i) => eventBatch(`device ${i}`, `file ${i} `, 500, { padding: 300 });
    const batches = Array.from({ length: 60 }, batchOf);
    const file = fileOf(lines(batches));
    const ended = await rawhaul(['send', file], { env });
    assertStatus(ended, 0);
    assert.equal(ended.stdout, '30,000 records of 60 lines accepted, 0 lines and 0 records rejected\n');
    assert.match(ended.stderr, /^send: 100%, 30,000 rows, 1\d\.\d MiB.*\n$/m);
    assert.equal((await names('file ')).length, 30_000);
  });

  it('on a terminal it is a bar', { skip: noTerminals }, async () => {
    const file = fileOf(lines([eventBatch('device', 'bar ', 100)]));
    const shown = await rawhaul(['send', file], { env, terminal: { columns: 90 } });
    assertStatus(shown, 0);
    const bars = shown.stdout.split('\r').filter((text) => text.includes('\x1b[K'));
    assert.match(bars.at(-1).replace(/\x1b\[\d*m/g, ''), /^send {2}\[=+\] {2}100% {2}100 rows/);
  });

  it('standard input is sent as it comes to its end', async () => {
    const ended = await rawhaul(['send', '-', '--json'], { env, input: lines([eventBatch('device', 'input ', 3)]) });
    assertStatus(ended, 0);
    assert.deepEqual(JSON.parse(ended.stdout), {
      lines: 1,
      accepted: 3,
      rejectedLines: 0,
      rejectedRecords: 0,
      rejected: [],
    });
    assert.doesNotMatch(ended.stderr, /%/);
    assert.equal((await names('input ')).length, 3);
  });

  it('what is rejected is named with its line, and the rest is stored', async () => {
    const bad = eventBatch('device', 'good ', 3);
    bad.records[1].name = '';
    const ended = await rawhaul(['send', fileOf(`${lines([bad])}\n{"deviceId":7}\n${lines([bad])}`)], { env });
    assertStatus(ended, 2);
    const [summary, ...rejections] = ended.stdout.trimEnd().split('\n');
    assert.equal(summary, '4 records of 3 lines accepted, 1 line and 2 records rejected');
    assert.equal(rejections.length, 3);
    assert.match(rejections[0], /^line 1, record 1: InvalidName: ./);
    assert.match(rejections[1], /^line 3: [A-Z]\w+: ./);
    assert.match(rejections[2], /^line 4, record 1: InvalidName: ./);
    assert.equal((await names('good ')).length, 4);
  });

  it('a server that comes back gets lines with batch ids again, and stores them once', async () => {
    const first = withId(eventBatch('device', 'again ', 5));
    const command = new Command(['send', '-'], { env, input: lines([first]), inputOpen: true });
    await environment.server.kill();
    command.process.stdin.end(lines([withId(eventBatch('device', 'again later ', 5))]));
    await command.complains(/lines 1 to 2 are sent again, each has a batchId/);
    environment.server.listen = new URL(environment.server.origin).host;
    await environment.server.start();
    const ended = await command.end();
    assertStatus(ended, 0);
    assertStatus(await rawhaul(['send', '-'], { env, input: lines([first]) }), 0);
    assert.equal((await names('again ')).length, 10);
  });

  it('lines without a batch id are not sent again, and what is in doubt is told', async () => {
    const elsewhere = { ...env, RAWHAUL_SERVER: 'http://127.0.0.1:1' };
    const ended = await rawhaul(['send', '-'], { env: elsewhere, input: lines([eventBatch('device', 'x', 1)]) });
    assertStatus(ended, 1);
    assert.match(ended.stderr, /refused.*; of lines 1 to 1 a part may be, .*batchId.*\n.*tail -n \+1 FILE/);
  });

  it('a byte order mark is no part of the first line', async () => {
    const batches = [eventBatch('device', 'marked ', 2), eventBatch('device', 'second ', 1)];
    const ended = await rawhaul(['send', fileOf(`\ufeff${lines(batches)}`), '--json'], { env });
    assertStatus(ended, 0);
    assert.deepEqual([JSON.parse(ended.stdout).accepted, JSON.parse(ended.stdout).rejectedLines], [3, 0]);
  });

  it('Ctrl-C ends it, also while it waits for input', async () => {
    const command = new Command(['send', '-'], { env, input: '{"deviceId":', inputOpen: true });
    await waitFor('the command to have its threads', () => threadsOf(command.process.pid) > 1);
    command.interrupt();
    const ended = await command.end();
    assertStatus(ended, 130);
    assert.match(ended.stderr, /^rawhaul: interrupted$/m);
  });

  const threadsOf = (pid) => readdirSync(`/proc/${pid}/task`).length;

  it('what cannot be sent is told', async () => {
    for (const [args, options, pattern] of [
      [['/nonexistent'], {}, /cannot open \/nonexistent: /],
      [[fileOf(gzipSync('{}'))], {}, /gunzip -c FILE \| rawhaul send -/],
      [[fileOf(Buffer.from('\ufeff{}', 'utf16le'))], {}, /iconv -f UTF-16 -t UTF-8 FILE \| rawhaul send -/],
      [[fileOf('x'.repeat(5 << 20))], {}, /line 1 is longer than 4\.0 MiB/],
      [['-'], { env: { ...env, RAWHAUL_COLLECT_KEY: 'rhk_wrong' }, input: '{}' }, /answers 401 /],
      [['-'], { env: { ...env, RAWHAUL_COLLECT_KEY: '' } }, /--collect-key is missing; RAWHAUL_COLLECT_KEY/],
    ]) {
      const ended = await rawhaul(['send', ...args], { env, ...options });
      assertStatus(ended, 1);
      assert.match(ended.stderr, pattern);
    }
  });
});
