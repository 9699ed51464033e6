// Backups: made while the server works, complete, and never trusted when a byte is wrong.
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import { Api, Collect } from './lib/api.mjs';
import { batch, event, guid, may } from './lib/batches.mjs';
import { Child } from './lib/child.mjs';
import { FaultyDisk } from './lib/disk.mjs';
import { Environment } from './lib/environment.mjs';
import { readExport } from './lib/exported.mjs';
import { Server, program } from './lib/server.mjs';
import { makeTemporaryDirectory } from './lib/temporary.mjs';
import { waitFor } from './lib/wait.mjs';

// Runs a command to its end: {code, output}.
async function command(...args) {
  const child = new Child(program(), args, { name: `rawhaul ${args[0]}` });
  const { code } = await child.end;
  return { code, output: child.output };
}

async function succeed(...args) {
  const { code, output } = await command(...args);
  assert.equal(code, 0, output);
  assert.doesNotMatch(output, / (warning|error) /);
}

const check = (data) => command('check', '--data', data);

// That all is well, and not a word more.
async function assertWell(data) {
  assert.deepEqual(await check(data), { code: 0, output: `${data} is as it was written\n` });
}

// The files below a directory, as paths relative to it.
function filesIn(directory, below = '') {
  return readdirSync(join(directory, below), { withFileTypes: true }).flatMap((entry) => {
    const path = join(below, entry.name);
    return entry.isDirectory() ? filesIn(directory, path) : [path];
  });
}

const rowsOfABatch = 5;
const batchNamed = (name) =>
  batch(
    Array.from({ length: rowsOfABatch }, (_, row) => event(`${name} row ${row}`)),
    { batchId: guid(name), deviceId: guid(`device of ${name}`), appInfo: { of: name } },
  );

// How often each batch is in an export; all of its rows must be there equally often.
function countBatches(records) {
  const rows = new Map();
  for (const { name } of records) rows.set(name, (rows.get(name) ?? 0) + 1);
  const batches = new Map();
  for (const [name, count] of rows) {
    const of = name.replace(/ row \d+$/, '');
    batches.set(of, [...(batches.get(of) ?? []), count]);
  }
  for (const [name, counts] of batches) {
    assert.equal(counts.length, rowsOfABatch, `${name} is torn`);
    assert.equal(new Set(counts).size, 1, `${name} is torn`);
  }
  return new Map([...batches].map(([name, counts]) => [name, counts[0]]));
}

describe('backup', () => {
  let environment;
  let server;
  const home = makeTemporaryDirectory('backups');
  const backup = join(home, 'backup');
  const acknowledged = [];
  const sent = [];

  before(async () => {
    environment = await Environment.start({ proxy: true });
    server = environment.server;
  });
  after(() => environment?.stop());

  // Sends batches until it is told to stop.
  async function load(worker, state) {
    for (let i = 0; !state.stopped; i += 1) {
      const name = `worker ${worker} batch ${i}`;
      sent.push(name);
      const answer = await environment.collect.batch(batchNamed(name));
      assert.equal(answer.status, 200, answer.text);
      acknowledged.push(name);
    }
  }

  async function createTask(api) {
    const container = await environment.container();
    const { id } = await api.createTask('events', {
      ...may,
      exportFormat: 'JsonLinesBlob',
      maxFileBytes: 16_384,
      containerUrl: environment.urlOf(container),
    });
    return { id, container };
  }

  async function readTask(api, { id, container }) {
    return countBatches((await readExport(container, await api.waitForTask(id))).records);
  }

  // Creates tasks, which wait, until it is told to stop.
  async function loadTasks(state) {
    const containerUrl = environment.urlOf(await environment.container());
    const body = { ...may, exportFormat: 'CsvBlob', containerUrl };
    while (!state.stopped) await environment.api.createTask('events', body);
  }

  it('has all that was acknowledged before it, exactly once, and its tasks go on where it is restored', async () => {
    const state = { stopped: false };
    const workers = [0, 1, 2, 3].map((worker) => load(worker, state));
    await waitFor('some data', () => acknowledged.length >= 100);
    environment.proxy.hold(/Event_/, { pass: 1 });
    const cut = [...acknowledged];
    const running = await createTask(environment.api);
    await environment.proxy.holding();
    workers.push(loadTasks(state));

    const must = [...acknowledged];
    await succeed('backup', '--data', server.dataDirectory, '--to', backup);
    await waitFor('more data', () => acknowledged.length >= must.length + 20);
    state.stopped = true;
    await Promise.all(workers);
    const token = await environment.api.token();
    await server.kill();
    environment.proxy.release();

    const dataDirectory = join(home, 'restored');
    await succeed('restore', '--from', backup, '--data', dataDirectory);
    const restored = new Server({ dataDirectory, config: server.config });
    await restored.start();
    const api = new Api(restored, environment.app, environment.owner);
    // Tokens of one second are alike, whoever signs them with the same key.
    const { iat } = JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));
    await waitFor('another second', () => Math.floor(Date.now() / 1000) > iat);
    assert.notEqual(await api.token(), token);
    api.accessToken = token; // of before
    const collect = new Collect(restored, environment.app);

    const ofTask = await readTask(api, running);
    for (const name of cut) assert.equal(ofTask.get(name), 1, name);
    const all = await readTask(api, await createTask(api));
    for (const name of must) assert.equal(all.get(name), 1, name);
    for (const [name, count] of all) assert.ok(count === 1 && sent.includes(name), name);
    for (const name of ofTask.keys()) assert.ok(all.has(name), name);

    // What came after the backup is sent again, as senders do that keep it, and all the rest by mistake.
    for (const name of acknowledged) assert.equal((await collect.batch(batchNamed(name))).status, 200);
    const again = await readTask(api, await createTask(api));
    assert.deepEqual([...again.keys()].sort(), [...new Set([...acknowledged, ...all.keys()])].sort());
    for (const [name, count] of again) assert.equal(count, 1, name);
    await restored.stop();
    await server.start();
  });

  it('of which two copies are made, neither gives out a number that the other gave, or the server that it is of', async () => {
    const copies = ['first copy', 'second copy'].map((name) => join(home, name));
    for (const dataDirectory of copies) await succeed('restore', '--from', backup, '--data', dataDirectory);
    // The numbers of a batch's records, and of a task.
    const giveOut = async (api, collect, name) => {
      assert.equal((await collect.batch(batchNamed(name))).status, 200);
      const task = await createTask(api);
      const { records } = await readExport(task.container, await api.waitForTask(task.id));
      const numbers = records.filter((record) => record.name.startsWith(name)).map(({ recordId }) => recordId);
      assert.equal(numbers.length, rowsOfABatch);
      return [...numbers, `task ${task.id}`];
    };
    const given = await giveOut(environment.api, environment.collect, 'given after the backup');
    for (const dataDirectory of copies) {
      const copy = new Server({ dataDirectory, config: server.config });
      await copy.start();
      const api = new Api(copy, environment.app, environment.owner);
      given.push(...(await giveOut(api, new Collect(copy, environment.app), `given by ${dataDirectory}`)));
      await copy.stop();
    }
    assert.equal(new Set(given).size, 3 * (rowsOfABatch + 1), given.join(' '));
    for (const id of given.filter((text) => text.startsWith('task'))) assert.ok(Number.isSafeInteger(Number(id.slice(5))), id);
  });

  it('is readable by its owner alone, and so is the socket that gives it', () => {
    assert.equal(statSync(backup).mode & 0o777, 0o700);
    for (const file of filesIn(backup)) {
      assert.equal(statSync(join(backup, file)).mode & 0o777, 0o600, file);
      assert.equal(statSync(dirname(join(backup, file))).mode & 0o777, 0o700, file);
    }
    assert.equal(statSync(join(server.dataDirectory, 'checkpoint.sock')).mode & 0o777, 0o600);
  });

  it('leaves nothing behind in the data directory', () =>
    waitFor('the checkpoint to go', () => !existsSync(join(server.dataDirectory, 'checkpoint'))));

  it('is checked as a data directory is, and a check changes nothing', async () => {
    const stamps = () => filesIn(backup).map((file) => [file, statSync(join(backup, file)).mtimeMs]);
    const before = stamps();
    await assertWell(backup);
    assert.deepEqual(stamps(), before);
  });

  it('a check of data that a server has open says so', async () => {
    const { code, output } = await check(server.dataDirectory);
    assert.equal(code, 2, output);
    assert.match(output, /process \d+ has .*store open/);
  });

  it('a copy within what it is of is refused', async () => {
    const within = async (pattern, ...args) => {
      const { code, output } = await command(...args);
      assert.equal(code, 1, output);
      assert.match(output, pattern);
    };
    const data = join(server.dataDirectory, 'backup');
    await within(/within the data in /, 'backup', '--data', server.dataDirectory, '--to', data);
    await within(/within the backup in /, 'restore', '--from', backup, '--data', join(backup, 'data'));
    assert.deepEqual([existsSync(data), existsSync(join(backup, 'data'))], [false, false]);
    await assertWell(backup);
  });

  it('a check of what is no data directory says so', async () => {
    const { code, output } = await check(home);
    assert.deepEqual([code, /is no data directory and no backup/.test(output)], [2, true], output);
  });

  it('is not made over something, and not restored over something', async () => {
    const full = join(home, 'full');
    mkdirSync(full);
    writeFileSync(join(full, 'mine'), 'keep');
    for (const args of [
      ['backup', '--data', server.dataDirectory, '--to', full],
      ['restore', '--from', backup, '--data', full],
    ]) {
      const { code, output } = await command(...args);
      assert.equal(code, 1);
      assert.match(output, /which is not empty \(mine\): name a new directory/);
    }
    assert.deepEqual(readdirSync(full), ['mine']);
    assert.ok(!readdirSync(home).some((name) => name.includes('partial')), 'and nothing is left beside it');
  });

  it('a backup is not served, and what is none is not restored', async () => {
    const served = await command('serve', '--data', backup, '--listen', '127.0.0.1:0');
    assert.equal(served.code, 1);
    assert.match(served.output, /is a backup; make a data directory of it with: rawhaul restore/);
    const restored = await command('restore', '--from', server.dataDirectory, '--data', join(home, 'never'));
    assert.equal(restored.code, 1);
    assert.match(restored.output, /is no backup: it has no backup\.json/);
    assert.ok(!existsSync(join(home, 'never')));
  });

  it('that cannot be written is no backup, and nothing is left of it', async () => {
    const place = makeTemporaryDirectory('full-disk');
    const disk = new FaultyDisk(place);
    const limited = new Server({ dataDirectory: server.dataDirectory, config: server.config, env: disk.env });
    disk.fail('ENOSPC');
    await assert.rejects(limited.command('backup', '--to', join(place, 'backup')), /No space left on device|full/);
    assert.deepEqual(readdirSync(place), []);
  });

  it('is made of data that no server has open as well, however long their path is', async () => {
    const long = join(home, 'x'.repeat(120));
    await succeed('restore', '--from', backup, '--data', long);
    const copy = join(home, 'copy');
    await succeed('backup', '--data', long, '--to', `${copy}/`);
    await assertWell(copy);
    const restored = new Server({ dataDirectory: long, config: server.config });
    await restored.start();
    await succeed('backup', '--data', long, '--to', join(home, 'copy 2'));
    await restored.stop();
    await assertWell(join(home, 'copy 2'));
    await assertWell(long);
  });

  describe('of which one byte is wrong', () => {
    // Of these a data directory knows no checksum. In a backup each byte counts.
    //   OPTIONS  RocksDB only writes it
    //   catalog  SQLite has no checksums: a value that is another one, but can be one, is not seen
    //   keys     a key that is another one, but can be one, is not seen
    const withoutChecksum = /OPTIONS-|catalog\.sqlite|keys/;

    const places = [0, 0.5, 1];

    function flip(file, place) {
      const content = readFileSync(file);
      content[Math.round((content.length - 1) * place)] ^= 0x01;
      writeFileSync(file, content);
    }

    it('restore and check find it, whichever it is, and nothing is restored', async () => {
      for (const file of filesIn(backup)) {
        for (const place of statSync(join(backup, file)).size === 0 ? [] : places) {
          const harmed = join(home, 'harmed');
          cpSync(backup, harmed, { recursive: true });
          flip(join(harmed, file), place);
          const where = `${file} at ${place}`;
          // The line's end behind the manifest means nothing.
          if (file === 'backup.json' && place === 1) continue;
          const target = join(home, 'target');
          const restored = await command('restore', '--from', harmed, '--data', target);
          assert.equal(restored.code, 1, where);
          assert.ok(restored.output.includes(file), `${where}: ${restored.output}`);
          assert.ok(!existsSync(target) || readdirSync(target).length === 0, where);
          const checked = await check(harmed);
          assert.equal(checked.code, 1, `${where}: ${checked.output}`);
          rmSync(harmed, { recursive: true });
          rmSync(target, { recursive: true, force: true });
        }
      }
    });

    it('check finds it in a data directory by the checksums that are stored with the data', async () => {
      const found = [];
      for (const file of filesIn(backup).filter((path) => path !== 'backup.json')) {
        for (const place of statSync(join(backup, file)).size === 0 ? [] : places) {
          const harmed = join(home, 'harmed');
          cpSync(backup, harmed, { recursive: true });
          rmSync(join(harmed, 'backup.json'));
          flip(join(harmed, file), place);
          const { code, output } = await check(harmed);
          assert.ok(code === 0 || code === 1, output);
          if (code === 1) found.push(file);
          else assert.match(file, withoutChecksum, `at ${place}: ${output}`);
          rmSync(harmed, { recursive: true });
        }
      }
      assert.ok(found.some((file) => file.endsWith('.sst')));
      assert.ok(found.includes('keys/box-key'), 'a task that is under way shows that its key is another one');
    });
  });
});
