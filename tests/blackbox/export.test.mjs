// What is collected comes out again, record by record, in every type, format and compression.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { eventBatch, guid, sampleBatches } from './lib/batches.mjs';
import { makeClient, where } from './lib/client.mjs';
import { IdBook, assertSameRecords, assertUniqueRecordIds } from './lib/compare.mjs';
import { Environment } from './lib/environment.mjs';
import { Expected } from './lib/expected.mjs';
import { columnsOf, hasZstd, readExport } from './lib/exported.mjs';
import { waitFor } from './lib/wait.mjs';

const april = { startDate: '2016-04-01', endDate: '2016-04-05' };
const historical = (kind) => (expected) => expected.historical(kind, april.startDate, april.endDate);

// All create operations: the client's method, the path's last part, the body, and what must come out.
const operations = [
  ['createActivitiesTask', 'activities', 'Activity', april, historical('activity')],
  ['createEventsTask', 'events', 'Event', april, historical('event')],
  ['createErrorsTask', 'errors', 'Error', april, historical('error')],
  ['createCrashesTask', 'crashes', 'Crash', april, historical('crash')],
  ['createJobsTask', 'jobs', 'Job', april, historical('job')],
  ['createSessionsTask', 'sessions', 'Session', april, historical('session')],
  ['createTagsTask', 'tags', 'Tag', {}, (expected) => expected.tags()],
  ['createTokensTask', 'tokens', 'Token', {}, (expected) => expected.tokens()],
  [
    'createFeedbackTaskByDateRange',
    'feedbackByDate',
    'Push',
    {
      campaignType: 'Announcement',
      campaignWindowStart: '2016-04-01T00:00:00Z',
      campaignWindowEnd: '2016-04-05T00:00:00Z',
    },
    (expected) =>
      expected.push('Announcement', ({ first, last }) => first < '2016-04-05' && last >= '2016-04-01'),
  ],
  [
    'createFeedbackTaskByCampaign',
    'feedbackByCampaign',
    'Push',
    { campaignType: 'Poll', campaignIds: [11, 12] },
    (expected) => expected.push('Poll', ({ campaignId }) => [11, 12].includes(campaignId)),
  ],
  [
    undefined,
    'feedbackByCampaign',
    'Push',
    { campaignType: 'DataPush', campaignIds: [31] },
    (expected) => expected.push('DataPush', ({ campaignId }) => campaignId === 31),
  ],
  [
    undefined,
    'feedbackByCampaign',
    'Push',
    { campaignType: 'NativePush', campaignIds: [41] },
    (expected) => expected.push('NativePush', ({ campaignId }) => campaignId === 41),
  ],
  [undefined, 'devices', 'Device', {}, (expected) => expected.devices()],
];

for (const storageTls of [false, true]) {
  const scheme = storageTls ? 'https' : 'http';
  describe(`exports over ${scheme}`, () => {
    const batches = sampleBatches();
    const expected = new Expected(batches);
    const book = new IdBook();
    let environment;
    let client;

    before(async () => {
      environment = await Environment.start({ tls: true, storageTls });
      client = makeClient(environment.server, environment.owner);
      await environment.collect.all(batches);
    });
    after(() => environment?.stop());

    async function exportByClient(method, body) {
      const { exportTasks } = client;
      const created = await exportTasks[method](...where(environment.app), body);
      return waitFor(`the client to see task ${created.id} succeed`, async () => {
        const task = await exportTasks.get(...where(environment.app), created.id);
        assert.notEqual(task.state, 'Failed', task.errorDetails);
        return task.state === 'Succeeded' && environment.api.task(created.id);
      });
    }

    for (const [method, kind, type, body, select] of operations) {
      for (const exportFormat of ['JsonBlob', 'CsvBlob', 'JsonLinesBlob']) {
        const byClient = method && exportFormat !== 'JsonLinesBlob';
        const what = `${byClient ? method : kind} (${body.campaignType ?? type})`;
        it(`${what} as ${exportFormat}: every record that was collected, once, and no other blob`, async () => {
          const container = await environment.container();
          const full = { ...body, exportFormat, containerUrl: environment.urlOf(container) };
          const task = byClient
            ? await exportByClient(method, full)
            : await environment.api.runTask(kind, full);
          const { files, manifest, records } = await readExport(container, task);
          const wanted = select(expected);
          assert.ok(wanted.length > 0);
          assertSameRecords(withoutMeta(type, records), wanted, columnsOf(type), book);
          assert.equal(task.progress.rows, wanted.length);
          assert.equal(task.progress.percent, 100);
          assert.deepEqual(await container.list(), [...files.map((file) => file.name), task.manifest].sort());
          assert.equal(manifest.exportType, type);
        });
      }
    }
  });
}

// The times of a device's meta depend on when the batches arrived: checks that they are there, and takes them
// away.
function withoutMeta(type, records) {
  if (type !== 'Device') return records;
  return records.map(({ firstSeen, lastSeen, lastInfo, lastLocation, ...rest }) => {
    assert.ok(firstSeen <= lastSeen && firstSeen >= Date.parse('2016-04-01') && lastSeen <= Date.now());
    assert.equal(lastInfo !== undefined, rest.infoId !== undefined);
    assert.equal(lastLocation !== undefined, rest.locationId !== undefined);
    return rest;
  });
}

describe('ranges, files and compression', () => {
  const midnight = (day, offset) => new Date(Date.parse(`${day}T00:00:00Z`) + offset).toISOString();
  const edges = [
    midnight('2015-06-10', -1),
    midnight('2015-06-10', 0),
    midnight('2015-06-12', -1),
    midnight('2015-06-12', 0),
  ];
  const edgeBatch = {
    deviceId: guid('edge'),
    records: edges.flatMap((time, i) => [
      { kind: 'activity', name: `a${i}`, timestamp: time },
      { kind: 'event', name: `e${i}`, timestamp: time },
      { kind: 'error', name: `x${i}`, timestamp: time },
      { kind: 'crash', crashId: `c${i}`, timestamp: time },
      { kind: 'job', jobId: guid(`job ${i}`), name: `j${i}`, start: time, end: '2015-06-20T00:00:00Z' },
      { kind: 'session', sessionId: guid(`session ${i}`), start: time, end: '2015-06-20T00:00:00Z' },
    ]),
  };
  // What was collected together is exported together: small batches make small files possible.
  const many = Array.from({ length: 40 }, (_, i) =>
    eventBatch(`many ${i % 2}`, `${i} `, 20, {
      from: `2015-07-0${1 + (i % 2)}T00:00:0${i % 10}Z`,
      padding: 100,
    }),
  );
  const july = { startDate: '2015-07-01', endDate: '2015-07-02' };
  const expected = new Expected([edgeBatch, ...many]);
  const book = new IdBook();
  let environment;

  before(async () => {
    environment = await Environment.start();
    await environment.collect.all([edgeBatch, ...many]);
  });
  after(() => environment?.stop());

  async function exportTo(container, kind, body, urlOptions) {
    const containerUrl = environment.urlOf(container, 'w', urlOptions);
    return environment.api.runTask(kind, { exportFormat: 'CsvBlob', ...body, containerUrl });
  }

  for (const [kind, name, type] of [
    ['activities', 'activity', 'Activity'],
    ['events', 'event', 'Event'],
    ['errors', 'error', 'Error'],
    ['crashes', 'crash', 'Crash'],
    ['jobs', 'job', 'Job'],
    ['sessions', 'session', 'Session'],
  ]) {
    it(`${kind} of a range: from the first millisecond of startDate to the last one of endDate`, async () => {
      const container = await environment.container();
      const range = { startDate: '2015-06-10', endDate: '2015-06-11' };
      const { records } = await readExport(container, await exportTo(container, kind, range));
      assert.equal(records.length, 2);
      assertSameRecords(
        records,
        expected.historical(name, range.startDate, range.endDate),
        columnsOf(type),
        book,
      );
    });
  }

  for (const exportFormat of ['JsonBlob', 'CsvBlob', 'JsonLinesBlob']) {
    for (const compression of ['None', 'Gzip', ...(hasZstd ? ['Zstd'] : [])]) {
      it(`a range without data gives one valid, empty file: ${exportFormat}, ${compression}`, async () => {
        const container = await environment.container();
        const task = await exportTo(container, 'crashes', {
          exportFormat,
          compression,
          startDate: '2014-01-01',
          endDate: '2014-12-31',
        });
        const { files, records } = await readExport(container, task);
        assert.equal(files.length, 1);
        assert.deepEqual(records, []);
      });

      it(`maxFileBytes splits, every record is in one valid file: ${exportFormat}, ${compression}`, async () => {
        const container = await environment.container();
        const maxFileBytes = 16_384;
        const task = await exportTo(container, 'events', {
          ...july,
          exportFormat,
          compression,
          maxFileBytes,
        });
        const { files, records } = await readExport(container, task);
        assertSameRecords(
          records,
          expected.historical('event', july.startDate, july.endDate),
          columnsOf('Event'),
          book,
        );
        assert.ok(files.length > 5, `${files.length} files`);
        for (const file of files)
          assert.ok(file.bytes <= maxFileBytes, `${file.name} has ${file.bytes} bytes`);
      });
    }
  }

  it('a record has the same, unique recordId in every export', async () => {
    const ids = [];
    for (const exportFormat of ['CsvBlob', 'JsonLinesBlob']) {
      const container = await environment.container();
      const { records } = await readExport(
        container,
        await exportTo(container, 'events', { ...july, exportFormat }),
      );
      ids.push(assertUniqueRecordIds(records));
    }
    assert.equal(ids[0].size, 800);
    assert.deepEqual([...ids[0]].sort(), [...ids[1]].sort());
  });

  for (const [path, prefix] of [
    ['exports/2015', 'exports/2015/'],
    ['caf%C3%A9%20au%20lait/', 'café au lait/'],
  ]) {
    it(`the path behind the container's name goes before the names: ${prefix}`, async () => {
      const container = await environment.container();
      const task = await exportTo(container, 'events', july, { prefix: path });
      const { records, files } = await readExport(container, task, { prefix });
      assert.equal(records.length, 800);
      assert.deepEqual(await container.list(), [...files.map((file) => file.name), task.manifest].sort());
    });
  }

  it('blobs have the content type of their format', async () => {
    const container = await environment.container();
    const types = {
      JsonBlob: 'application/json',
      CsvBlob: 'text/csv; charset=utf-8',
      JsonLinesBlob: 'application/x-ndjson',
    };
    for (const [exportFormat, contentType] of Object.entries(types)) {
      const task = await exportTo(container, 'events', { ...july, exportFormat });
      assert.equal(await container.contentType(task.files[0].name), contentType);
      assert.equal(await container.contentType(task.manifest), 'application/json');
    }
  });
});
