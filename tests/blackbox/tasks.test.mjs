// Export tasks as the REST API shows them: pages, order, states, cancelling.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import { apiVersion } from './lib/api.mjs';
import { eventBatch } from './lib/batches.mjs';
import { makeClient, where } from './lib/client.mjs';
import { Environment } from './lib/environment.mjs';
import { request } from './lib/http.mjs';

const taskCount = 45;
const range = { startDate: '2016-04-01', endDate: '2016-04-02' };
const isoInstant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

describe('export tasks', () => {
  let environment;
  let container;
  let client;
  const bodies = []; // of every answer that was seen

  before(async () => {
    environment = await Environment.start({ tls: true, proxy: true });
    client = makeClient(environment.server, environment.owner);
    container = await environment.container();
    await environment.collect.all([eventBatch('device', 'event ', 10)]);
  });
  after(() => environment?.stop());

  async function get(path, query) {
    const answer = await environment.api.get(path, { query });
    bodies.push(answer.text);
    return answer;
  }

  async function list(query) {
    const answer = await get('devices/exportTasks', query);
    assert.equal(answer.status, 200, answer.text);
    return answer.json;
  }

  function create(kind, body) {
    return environment.api.tryCreateTask(kind, {
      exportFormat: 'JsonBlob',
      containerUrl: environment.urlOf(container),
      ...body,
    });
  }

  it('a created task is answered 202 with its state, its dates and a Location that leads to it', async () => {
    const sent = Date.now();
    const answer = await create('events', { ...range, description: 'näme "quoted" 📦' });
    bodies.push(answer.text);
    assert.equal(answer.status, 202);
    const task = answer.json;
    assert.match(task.id, /^[1-9]\d*$/);
    assert.equal(task.state, 'Queued');
    assert.equal(task.exportType, 'Event');
    assert.equal(task.description, 'näme "quoted" 📦');
    assert.match(task.dateCreated, isoInstant);
    assert.ok(
      Date.parse(task.dateCreated) >= sent - 1000 && Date.parse(task.dateCreated) <= Date.now() + 1000,
    );
    assert.equal(task.dateCompleted, undefined);
    assert.deepEqual([task.startDate, task.endDate], [range.startDate, range.endDate]);

    const located = await request(answer.headers.location, {
      headers: { authorization: `Bearer ${await environment.api.token()}` },
    });
    bodies.push(located.text);
    assert.equal(located.status, 200, located.text);
    assert.equal(located.json.id, task.id);
  });

  it('a task that ended well shows its dates in order, its progress, its files and its manifest', async () => {
    const task = await environment.api.runTask('events', {
      ...range,
      exportFormat: 'csvblob',
      containerUrl: environment.urlOf(container),
    });
    bodies.push(JSON.stringify(task));
    assert.equal(task.exportFormat, 'CsvBlob');
    for (const date of ['dateCreated', 'dateStarted', 'dateCompleted']) assert.match(task[date], isoInstant);
    assert.ok(task.dateCreated <= task.dateStarted && task.dateStarted <= task.dateCompleted);
    assert.deepEqual(
      { rows: task.progress.rows, percent: task.progress.percent },
      { rows: 10, percent: 100 },
    );
    assert.equal(task.files.length, 1);
    assert.equal(task.files[0].rows, 10);
    assert.equal(task.manifest, `Event_2016-04-01_2016-04-02_${task.id}.manifest.json`);
    assert.equal(task.errorDetails, undefined);
  });

  it('an unknown id is 404, also one that is no number', async () => {
    for (const id of ['999999', 'abc', '0', '-1', '1x']) {
      const answer = await get(`devices/exportTasks/${id}`);
      assert.equal(answer.status, 404);
      assert.equal(answer.json.error.code, 'ExportTaskNotFound');
    }
  });

  describe(`${taskCount} tasks`, () => {
    const ids = [];

    before(async () => {
      const first = await list({ $top: '40' });
      ids.push(...first.value.map((task) => task.id));
      // Some fail, so that states and error details differ.
      const lost = await environment.container();
      environment.proxy.hold(new RegExp(`/${lost.name}/Event_`));
      for (let i = 0; i < 2; i += 1) {
        const { id } = await environment.api.createTask('events', {
          ...range,
          exportFormat: 'JsonBlob',
          containerUrl: environment.urlOf(lost),
        });
        ids.push(id);
      }
      await environment.proxy.holding(2);
      await lost.client.delete();
      environment.proxy.release();
      while (ids.length < taskCount) {
        const { id } = await environment.api.createTask(ids.length % 2 ? 'tags' : 'tokens', {
          description: `task ${ids.length}`,
          exportFormat: 'JsonBlob',
          containerUrl: environment.urlOf(container),
        });
        ids.push(id);
      }
      for (const id of ids) await environment.api.waitForTask(id, 'Succeeded', 'Failed');
    });

    it('ids are decimal strings that grow', () => {
      const numbers = ids.map(Number);
      assert.ok(numbers.every((id, i) => i === 0 || id > numbers[i - 1]));
    });

    it('the default page has 20 tasks, sorted by id as a number, with an absolute nextLink', async () => {
      const { value, nextLink } = await list();
      assert.deepEqual(
        value.map((task) => task.id),
        ids.slice(0, 20),
      );
      assert.ok(nextLink.startsWith(`${environment.server.origin}/`), nextLink);
      assert.equal(new URL(nextLink).searchParams.get('api-version'), apiVersion);
    });

    it('$skip and $top cut the pages; the last one has no nextLink', async () => {
      const { value, nextLink } = await list({ $skip: '40', $top: '40' });
      assert.deepEqual(
        value.map((task) => task.id),
        ids.slice(40),
      );
      assert.equal(nextLink, undefined);
      assert.deepEqual((await list({ $skip: '100' })).value, []);
      assert.equal((await list({ $top: '40' })).value.length, 40);
      assert.equal(
        (await list({ $top: '5', $skip: '40' })).nextLink,
        undefined,
        'the last page is exactly full',
      );
    });

    for (const [top, orderby] of [
      [undefined, undefined],
      [7, 'taskId desc'],
      [40, 'taskStatus asc'],
      [9, 'dateCreated desc'],
    ]) {
      it(`the client's list and listNext walk over every task once: $top ${top ?? 'default'}, ${orderby ?? 'no order'}`, async () => {
        const seen = [];
        let page = await client.exportTasks.list(...where(environment.app), { top, orderby });
        seen.push(...page);
        while (page.nextLink) {
          page = await client.exportTasks.listNext(page.nextLink);
          seen.push(...page);
        }
        const found = seen.map((task) => task.id);
        assert.deepEqual(
          [...found].sort((a, b) => a - b),
          ids,
        );
        if (!orderby) assert.deepEqual(found, ids);
        if (orderby === 'taskId desc') assert.deepEqual(found, [...ids].reverse());
      });
    }

    const keys = {
      taskId: (task) => Number(task.id),
      taskStatus: (task) => task.state,
      dateCreated: (task) => task.dateCreated,
      dateCompleted: (task) => task.dateCompleted,
      errorDetails: (task) => task.errorDetails,
    };
    for (const [key, valueOf] of Object.entries(keys)) {
      for (const direction of ['', ' asc', ' desc']) {
        it(`$orderby=${key}${direction} sorts by it, what has none last, and ties by id`, async () => {
          const pages = [
            await list({ $orderby: key + direction, $top: '40' }),
            await list({ $orderby: key + direction, $top: '40', $skip: '40' }),
          ];
          const tasks = pages.flatMap((page) => page.value);
          const sign = direction === ' desc' ? -1 : 1;
          const sorted = [...tasks].sort((a, b) => {
            const [x, y] = [valueOf(a), valueOf(b)];
            if (x === y) return a.id - b.id;
            if (x === undefined || y === undefined) return x === undefined ? 1 : -1;
            return x < y ? -sign : sign;
          });
          assert.deepEqual(
            tasks.map((task) => task.id),
            sorted.map((task) => task.id),
          );
          assert.equal(tasks.length, taskCount);
        });
      }
    }

    for (const query of [
      { $top: '0' },
      { $top: '41' },
      { $top: 'abc' },
      { $top: '' },
      { $top: '-1' },
      { $skip: '-1' },
      { $skip: '1.5' },
      { $orderby: 'id' },
      { $orderby: 'taskId sideways' },
      { $orderby: '' },
      { $orderby: 'taskId asc, dateCreated' },
    ]) {
      it(`${new URLSearchParams(query)} is refused with 400`, async () => {
        const answer = await get('devices/exportTasks', query);
        assert.equal(answer.status, 400, answer.text);
        assert.equal(answer.json.error.code, 'InvalidParameter');
        assert.ok(answer.json.error.message.includes(Object.keys(query)[0]));
      });
    }
  });

  describe('cancel', () => {
    const cancel = (id) => environment.api.send('POST', `devices/exportTasks/${id}/cancel`);

    async function createHeld(count) {
      const own = await environment.container();
      environment.proxy.hold(new RegExp(`/${own.name}/Event_`));
      const tasks = [];
      for (let i = 0; i < count; i += 1) {
        tasks.push(
          await environment.api.createTask('events', {
            ...range,
            exportFormat: 'JsonBlob',
            containerUrl: environment.urlOf(own),
          }),
        );
      }
      return { own, tasks };
    }

    it('a running task ends as Failed with the details Canceled, and leaves nothing visible', async () => {
      const {
        own,
        tasks: [{ id }],
      } = await createHeld(1);
      await environment.proxy.holding();
      assert.equal((await environment.api.task(id)).state, 'Started');
      const answer = await cancel(id);
      environment.proxy.release();
      assert.equal(answer.status, 200, answer.text);
      const task = await environment.api.waitForTask(id, 'Failed');
      assert.equal(task.errorDetails, 'Canceled');
      assert.match(task.dateCompleted, isoInstant);
      assert.deepEqual(await own.list(), []);
    });

    it('a queued task is canceled at once, and those before it go on', async () => {
      const { tasks } = await createHeld(6);
      await environment.proxy.holding();
      const last = tasks.at(-1).id;
      assert.equal((await environment.api.task(last)).state, 'Queued');
      assert.equal((await cancel(last)).status, 200);
      assert.equal((await environment.api.task(last)).errorDetails, 'Canceled');
      environment.proxy.release();
      for (const { id } of tasks.slice(0, -1)) await environment.api.waitForTask(id);
    });

    it('an ended task is refused with 409, an unknown one with 404', async () => {
      const done = await environment.api.runTask('tags', {
        exportFormat: 'JsonBlob',
        containerUrl: environment.urlOf(container),
      });
      const answer = await cancel(done.id);
      assert.equal(answer.status, 409);
      assert.equal(answer.json.error.code, 'TaskEnded');
      assert.equal((await cancel('999999')).status, 404);
    });

    it('a canceled task stays canceled when the server starts again', async () => {
      const {
        tasks: [{ id }],
      } = await createHeld(1);
      await environment.proxy.holding();
      await cancel(id);
      await environment.server.stop();
      environment.proxy.release();
      await environment.server.start();
      assert.equal((await environment.api.task(id)).errorDetails, 'Canceled');
    });
  });

  it('the container URL is in no answer, and its SAS in no file of the data directory', async () => {
    environment.proxy.hold(/Event_/);
    const { id } = (await create('events', range)).json;
    await environment.proxy.holding();
    await list({ $orderby: 'taskId desc' });
    assert.ok(bodies.length > 10);
    for (const text of bodies) assert.doesNotMatch(text, /sig=|sv=|containerUrl/);
    const files = filesBelow(environment.server.dataDirectory);
    assert.ok(files.length > 3);
    const secrets = [...environment.azurite.signatures].flatMap((text) => [text, encodeURIComponent(text)]);
    for (const file of files) {
      const content = readFileSync(file, 'latin1');
      for (const secret of [...secrets, ...environment.server.secrets])
        assert.ok(!content.includes(secret), file);
    }
    environment.proxy.release();
    await environment.api.waitForTask(id);
  });
});

function filesBelow(directory) {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return filesBelow(path);
    return entry.isFile() ? [path] : []; // a socket cannot be read
  });
}
