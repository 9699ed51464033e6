// A storage that answers nothing for longer than a request is tried again: its tasks wait, and go on by themselves.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { eventBatch } from './lib/batches.mjs';
import * as faults from './lib/blob-faults.mjs';
import { BlobServer } from './lib/blob-server.mjs';
import { IdBook, assertSameRecords } from './lib/compare.mjs';
import { Environment } from './lib/environment.mjs';
import { Expected } from './lib/expected.mjs';
import { columnsOf, readExport } from './lib/exported.mjs';
import { waitFor } from './lib/wait.mjs';

const days = { startDate: '2016-04-01', endDate: '2016-04-02' };
const batches = Array.from({ length: 12 }, (_, i) =>
  eventBatch(`device ${i}`, `batch ${i} `, 20, { from: `2016-04-0${1 + (i % 2)}T0${i % 10}:00:00Z` }),
);
const isFile = (request) => /^PutBlock .*_\d{5}\./.test(request);

describe('an outage of the storage', () => {
  let storage;
  let environment;
  let exports = 0;

  before(async () => {
    storage = await BlobServer.start();
    // One upload at a time, so that it is sure which files were staged.
    environment = await Environment.start({ storage, config: '[export]\nparallel_tasks = 1\nuploads_per_task = 1\n' });
    await environment.collect.all(batches);
  });
  after(() => environment?.stop());

  // An export in many files, of whose storage nothing answers from the tenth block on, until `end` is called.
  async function createInOutage() {
    exports += 1;
    const container = storage.createContainer(`outage-${exports}`);
    const busy = faults.answers(503, 'ServerBusy');
    let staged = 0;
    container.script = ({ operation, blob }) => {
      if (staged < 9) {
        if (isFile(`${operation} ${blob}`)) staged += 1;
        return undefined;
      }
      return busy;
    };
    const { id } = await environment.api.createTask('events', {
      ...days,
      exportFormat: 'JsonLinesBlob',
      maxFileBytes: 4096,
      containerUrl: container.sasUrl(),
    });
    const task = await waitFor(
      `task ${id} to wait`,
      async () => {
        const found = await environment.api.task(id);
        return found.progress.waitingFor && found;
      },
      { timeoutMs: 120_000, intervalMs: 100 },
    );
    return { id, container, task, end: () => (container.script = () => undefined) };
  }

  it('is waited for, also over a restart, and the export goes on behind what was staged', async () => {
    const { id, container, task, end } = await createInOutage();
    assert.equal(task.state, 'Started');
    assert.equal(task.progress.waitingFor, 'Storage');
    assert.match(task.errorDetails, /^ServerBusy: /);
    const wait = Date.parse(task.progress.waitingUntil) - Date.now();
    assert.ok(wait > 23 * 3_600_000 && wait <= 24 * 3_600_000, task.progress.waitingUntil);
    assert.deepEqual(container.list(), []);
    const refused = storage.requestsOf(container).filter(isFile).length;

    await environment.server.kill();
    await environment.server.start();
    const after = await environment.api.task(id);
    assert.deepEqual(after.progress.waitingUntil, task.progress.waitingUntil, 'the wait is that of the first try');

    end();
    const ended = await environment.api.waitForTask(id);
    assert.equal(ended.errorDetails, undefined);
    assert.equal(ended.progress.waitingFor, undefined);
    const { records } = await readExport(container, ended);
    const wanted = new Expected(batches).historical('event', days.startDate, days.endDate);
    assertSameRecords(records, wanted, columnsOf('Event'), new IdBook());
    const staged = storage.requestsOf(container).filter(isFile);
    const again = new Set(staged.slice(refused).filter((request) => staged.slice(0, 9).includes(request)));
    assert.equal(again.size, 0, 'what was staged before is not staged again');
  });

  it('does not keep a task that waits from being canceled', async () => {
    const { id, container } = await createInOutage();
    const answer = await environment.api.send('POST', `devices/exportTasks/${id}/cancel`);
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.json.errorDetails, 'Canceled');
    assert.equal(answer.json.progress.waitingFor, undefined);
    assert.deepEqual(container.list(), []);
  });
});
