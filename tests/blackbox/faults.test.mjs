// Exports into storage that fails at each step of theirs: they end whole, or they end as failed and say why.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { eventBatch } from './lib/batches.mjs';
import * as faults from './lib/blob-faults.mjs';
import { BlobServer } from './lib/blob-server.mjs';
import { IdBook, assertSameRecords, assertUniqueRecordIds } from './lib/compare.mjs';
import { Environment } from './lib/environment.mjs';
import { Expected } from './lib/expected.mjs';
import { columnsOf, readExport } from './lib/exported.mjs';
import { assertNoSecrets } from './lib/secrets.mjs';
import { waitFor } from './lib/wait.mjs';

const days = { startDate: '2016-04-01', endDate: '2016-04-02' };
const batches = Array.from({ length: 12 }, (_, i) =>
  eventBatch(`device ${i}`, `batch ${i} `, 20, { from: `2016-04-0${1 + (i % 2)}T0${i % 10}:00:00Z` }),
);
const forms = [
  { exportFormat: 'JsonBlob' },
  { exportFormat: 'CsvBlob', compression: 'Gzip' },
  { exportFormat: 'JsonLinesBlob' },
];

const { manifest, places } = faults;

describe('exports into storage that fails', { concurrency: 32 }, () => {
  let storage;
  let environment;
  let exports = 0;

  before(async () => {
    storage = await BlobServer.start();
    environment = await Environment.start({ storage, config: '[export]\nparallel_tasks = 100\nstorage_wait_seconds = 1\n' });
    await environment.collect.all(batches);
  });
  after(async () => {
    await environment?.stop();
  });

  // A task and its container, of which the requests at this place fail. Small files, so that there are many.
  async function create(place, fault, { times = 1 } = {}) {
    exports += 1;
    const container = storage.createContainer(`faults-${exports}`);
    const created = { container, struck: 0 };
    const struck = (exchange) => {
      created.struck += 1;
      return fault(exchange);
    };
    container.script = faults.failing({ ...place, times }, struck);
    const { id } = await environment.api.createTask('events', {
      ...days,
      ...forms[exports % forms.length],
      maxFileBytes: 4096,
      containerUrl: container.sasUrl(),
    });
    return Object.assign(created, { id });
  }

  async function waitForEnd({ id }, state) {
    const isEnded = async () => {
      const task = await environment.api.task(id);
      assertNoSecrets(JSON.stringify(task), storage.signatures);
      return ['Succeeded', 'Failed'].includes(task.state) ? task : undefined;
    };
    const task = await waitFor(`task ${id} to end`, isEnded, { timeoutMs: 150_000, intervalMs: 250 });
    assert.equal(task.state, state, task.errorDetails);
    return task;
  }

  async function assertSucceedsWhole(created) {
    const task = await waitForEnd(created, 'Succeeded');
    assert.equal(task.errorDetails, undefined);
    const { records, files } = await readExport(created.container, task);
    const wanted = new Expected(batches).historical('event', days.startDate, days.endDate);
    assertSameRecords(records, wanted, columnsOf('Event'), new IdBook());
    if (task.exportFormat !== 'JsonBlob') assertUniqueRecordIds(records);
    assert.ok(files.length > 3);
    assert.equal(created.container.list().length, files.length + 1, 'nothing else is visible');
  }

  // "PutBlock blob" => how often.
  function countRequests(container) {
    const seen = new Map();
    for (const request of storage.requestsOf(container)) seen.set(request, (seen.get(request) ?? 0) + 1);
    return seen;
  }

  // The two that take longest, by the program's own limits, come first.
  it('storage that takes a block and never answers is tried again', async () => {
    const created = await create(places['a block'], faults.stalls());
    await assertSucceedsWhole(created);
  });

  it('storage that goes on failing for as long as it may fails the task with its reason, and nothing is visible', async () => {
    const created = await create(places['a block'], faults.answers(500, 'InternalError'), { times: Infinity });
    const task = await waitForEnd(created, 'Failed');
    assert.match(task.errorDetails, /^InternalError: .*; the storage did not answer until 20/);
    assert.deepEqual(created.container.list(), []);
  });

  const passing = {
    'an answer 408': faults.answers(408, 'RequestTimeout'),
    'an answer 500': faults.answers(500, 'InternalError'),
    'an answer 500 of a timeout': faults.answers(500, 'OperationTimedOut'),
    'an answer 502 that is no answer of the service': (exchange) =>
      exchange.answer({ status: 502, headers: { 'content-type': 'text/html' }, body: '<html>Bad gateway' }),
    'an answer 503': faults.answers(503, 'ServerBusy'),
    'an answer 503 with a time to wait': faults.answers(503, 'ServerBusy', { headers: { 'retry-after': '1' } }),
    'an answer 504': faults.answers(504, 'GatewayTimeout'),
    'an answer 429': faults.answers(429, 'TooManyRequests', { headers: { 'retry-after': '1' } }),
    'a reset of the connection before the request was carried out': faults.resetsBefore(),
    'a reset of the connection after it, so that the answer is lost': faults.resetsAfter(),
    'half an answer of success': faults.answersHalf(),
    'half an answer of failure': faults.failsHalf(500, 'InternalError'),
    'damage on the way': faults.damages(),
  };
  for (const [where, place] of Object.entries(places)) {
    for (const [what, fault] of Object.entries(passing)) {
      it(`${what} at ${where} passes: the request is sent again`, async () => {
        const created = await create(place, fault, { times: 2 });
        await assertSucceedsWhole(created);
        assert.equal(created.struck, 2);
        const repeated = [...countRequests(created.container)].filter(([, count]) => count > 1);
        assert.ok(repeated.length > 0 && repeated.every(([request]) => request.startsWith(place.operation)));
      });
    }
    for (const [what, fault] of [
      ['slow reading', faults.readsSlowly(200)],
      ['a slow answer', faults.answersSlowly(400)],
    ]) {
      it(`${what} at ${where} only takes time`, async () => {
        const created = await create(place, fault, { times: 2 });
        await assertSucceedsWhole(created);
        assert.ok([...countRequests(created.container).values()].every((count) => count === 1));
      });
    }
  }

  // A policy of retention takes blobs and never lets them be written again.
  for (const where of ['the block list of a file', 'the block list of the manifest']) {
    it(`a lost answer at ${where} is no failure where no blob may be written again`, async () => {
      const created = await create(places[where], faults.resetsAfter());
      created.container.retains = true;
      await assertSucceedsWhole(created);
    });

    it(`a server that is killed behind ${where} finds that it is done, also where no blob may be written again`, async () => {
      for (const retains of [false, true]) {
        const own = await Environment.start({ storage: await BlobServer.start() });
        try {
          await own.collect.all(batches);
          const container = own.azurite.createContainer('killed');
          container.retains = retains;
          let killing;
          const kill = async (exchange) => {
            await exchange.carryOut();
            killing = { done: own.server.kill() };
          };
          container.script = faults.failing(places[where], kill);
          const form = { ...days, exportFormat: 'JsonLinesBlob', maxFileBytes: 4096 };
          const { id } = await own.api.createTask('events', { ...form, containerUrl: container.sasUrl() });
          await (await waitFor('the server to be killed', () => killing)).done;
          await own.server.start();
          const task = await own.api.waitForTask(id);
          const { records } = await readExport(container, task);
          const wanted = new Expected(batches).historical('event', days.startDate, days.endDate);
          assertSameRecords(records, wanted, columnsOf('Event'), new IdBook());
        } finally {
          await own.stop();
        }
      }
    });
  }

  for (const [what, header] of [
    ['in seconds', () => '2'],
    ['as a date', () => new Date(Math.ceil(Date.now() / 1000) * 1000 + 2000).toUTCString()],
  ]) {
    it(`the time to wait that the storage names ${what} is waited for`, async () => {
      let until;
      const busy = (exchange) => {
        const text = header();
        until = performance.now() + (text === '2' ? 2000 : Date.parse(text) - Date.now());
        return faults.answers(503, 'ServerBusy', { headers: { 'retry-after': text } })(exchange);
      };
      const created = await create(places['a block'], busy);
      await assertSucceedsWhole(created);
      const refused = storage.requests.find(
        ({ container, status }) => container === created.container.name && status === 503,
      );
      const sameBlock = ({ container, operation, blob }) =>
        container === refused.container && operation === refused.operation && blob === refused.blob;
      const [, second] = storage.requests.filter(sameBlock).map(({ time }) => time);
      assert.ok(second >= until - 10, `it came back ${until - second} ms early`);
    });
  }

  const lasting = {
    'an answer 404': faults.answers(404, 'ContainerNotFound'),
    'an answer 409': faults.answers(409, 'BlobImmutableDueToPolicy'),
    'an answer 412': faults.answers(412, 'LeaseIdMissing'),
    'an answer 400': faults.answers(400, 'InvalidBlockList'),
    'an answer that repeats the SAS': async (exchange) => {
      const message = `String to sign was ${exchange.incoming.url}, ${exchange.query.get('sig')}`;
      await faults.answers(409, 'LeaseIdMissing', { message })(exchange);
    },
  };
  for (const [where, place] of Object.entries(places)) {
    for (const [what, fault] of Object.entries(lasting)) {
      it(`${what} at ${where} fails the task with the code of the storage, and there is no manifest`, async () => {
        const created = await create(place, fault, { times: Infinity });
        const task = await waitForEnd(created, 'Failed');
        const code = /Container\w+|Blob\w+|LeaseIdMissing|InvalidBlockList/;
        assert.match(task.errorDetails, new RegExp(`^(${code.source}): `));
        assert.equal(task.manifest, undefined);
        assertVisible(created.container, place);
      });
    }
  }

  // What may be seen of a task that failed at this place.
  function assertVisible(container, place) {
    const visible = container.list();
    assert.ok(!visible.some((name) => manifest.test(name)), 'a manifest is visible');
    const staged = new Set(storage.requestsOf(container).filter((request) => /^PutBlock \S+_\d{5}\./.test(request)));
    if (place.operation === 'PutBlock') assert.equal(visible.length, 0);
    else assert.equal(visible.length, place.blob === manifest ? staged.size : place.skip);
  }

  it('a container that is deleted fails the task', async () => {
    const deletes = async (exchange) => {
      storage.deleteContainer(exchange.request.container);
      exchange.answer(await exchange.carryOut());
    };
    const created = await create(places['a block'], deletes);
    assert.match((await waitForEnd(created, 'Failed')).errorDetails, /^ContainerNotFound: /);
  });

  it('every task comes to an end', async () => {
    await waitFor('all tasks to have ended', async () => {
      const answer = await environment.api.get('devices/exportTasks', { query: { $top: 40 } });
      return answer.json.value.every(({ state }) => state === 'Succeeded' || state === 'Failed');
    });
  });
});
