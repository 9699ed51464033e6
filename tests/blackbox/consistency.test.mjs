// An export is one consistent cut, also when the server is stopped or killed half-way, and it becomes visible
// at the end.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { eventBatch } from './lib/batches.mjs';
import { IdBook, assertSameRecords, assertUniqueRecordIds } from './lib/compare.mjs';
import { Environment } from './lib/environment.mjs';
import { Expected } from './lib/expected.mjs';
import { columnsOf, readExport } from './lib/exported.mjs';

const days = { startDate: '2016-04-01', endDate: '2016-04-02' };
const stagingEvents = /^PUT \/\S*\/Event_\S*\?comp=block$/;
const committing = /\?comp=blocklist$/;

describe('the cut of an export', () => {
  const collected = []; // every batch that was acknowledged so far
  let environment;

  before(async () => {
    environment = await Environment.start({ proxy: true });
  });
  after(() => environment?.stop());

  async function collect() {
    const round = collected.length;
    const batches = Array.from({ length: 10 }, (_, part) =>
      eventBatch(`device ${part}`, `round ${round} part ${part} `, 50, {
        from: `2016-04-0${1 + (part % 2)}T${String(round % 24).padStart(2, '0')}:00:00Z`,
        padding: 50,
      }),
    );
    await environment.collect.all(batches);
    collected.push(...batches);
  }

  // A task with many small files to stage. Returns it with its container and the batches that belong to its
  // cut.
  async function create() {
    const container = await environment.container();
    const task = await environment.api.createTask('events', {
      ...days,
      exportFormat: 'CsvBlob',
      maxFileBytes: 16_384,
      containerUrl: environment.urlOf(container),
    });
    return { id: task.id, container, cut: [...collected] };
  }

  async function assertHoldsItsCut({ id, container, cut }) {
    const { records, files } = await readExport(container, await environment.api.waitForTask(id));
    const wanted = new Expected(cut).historical('event', days.startDate, days.endDate);
    assertSameRecords(records, wanted, columnsOf('Event'), new IdBook());
    assertUniqueRecordIds(records);
    assert.ok(files.length > 3);
  }

  // A task of which some blocks are staged while the next ones are held back.
  async function createAndHold() {
    environment.proxy.hold(stagingEvents, { pass: 2 });
    const created = await create();
    await environment.proxy.holding();
    assert.equal((await environment.api.task(created.id)).state, 'Started');
    assert.deepEqual(await created.container.list(), [], 'nothing is visible while the task is staging');
    return created;
  }

  it('what was acknowledged before the task was created is in it, and nothing that came later', async () => {
    await collect();
    const held = await createAndHold();
    await collect();
    environment.proxy.release();
    await assertHoldsItsCut(held);
  });

  it('a task that waits in the queue keeps the cut of its creation', async () => {
    environment.proxy.hold(stagingEvents);
    const tasks = [];
    for (let i = 0; i < 6; i += 1) tasks.push(await create());
    const states = await Promise.all(tasks.map(async ({ id }) => (await environment.api.task(id)).state));
    assert.ok(states.includes('Queued'), `more tasks than run at once: ${states}`);
    await collect();
    environment.proxy.release();
    for (const task of tasks) await assertHoldsItsCut(task);
  });

  for (const [how, end] of [
    ['stopped by SIGTERM', () => environment.server.stop()],
    ['killed by kill -9', () => environment.server.kill()],
  ]) {
    it(`a task that was staging when the server was ${how} goes on after the start, with the same cut`, async () => {
      await collect();
      const held = await createAndHold();
      await collect();
      await end();
      assert.deepEqual(await held.container.list(), []);
      environment.proxy.release();
      await environment.server.start();
      await collect();
      await assertHoldsItsCut(held);
    });

    it(`a task that was in the queue when the server was ${how} runs after the start, with its own cut`, async () => {
      environment.proxy.hold(stagingEvents);
      const tasks = [];
      for (let i = 0; i < 6; i += 1) tasks.push(await create());
      await environment.proxy.holding();
      await end();
      environment.proxy.release();
      await environment.server.start();
      await collect();
      for (const task of tasks) await assertHoldsItsCut(task);
    });
  }

  it('no file is committed before all are staged, and the manifest is committed last', async () => {
    const held = await createAndHold();
    environment.proxy.release();
    await environment.api.waitForTask(held.id);
    const own = environment.proxy.requests.filter((request) => request.includes(`/${held.container.name}/`));
    const isManifest = (request) => request.includes('.manifest.json');
    const firstCommit = own.findIndex((request) => committing.test(request));
    const laterStaging = own
      .slice(firstCommit)
      .filter((request) => /\?comp=block$/.test(request));
    assert.deepEqual(laterStaging, []);
    assert.ok(isManifest(own.at(-1)) && !isManifest(own[firstCommit]));
  });

  it('a task whose commit was cut off by kill -9 ends with every file and the manifest', async () => {
    environment.proxy.hold(committing, { pass: 2 });
    const held = await create();
    await environment.proxy.holding();
    const visible = await held.container.list();
    assert.ok(!visible.some((name) => name.endsWith('.manifest.json')), 'no manifest before all files');
    await environment.server.kill();
    environment.proxy.release();
    await environment.server.start();
    await collect();
    await assertHoldsItsCut(held);
  });
});
