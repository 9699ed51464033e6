// Devices that report activities and no sessions have sessions in the Session export all the same
// (docs/exported-files.md, "Sessions out of activities").
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { guid } from './lib/batches.mjs';
import { IdBook, assertSameRecords, assertUniqueRecordIds } from './lib/compare.mjs';
import { Environment } from './lib/environment.mjs';
import { readExport } from './lib/exported.mjs';

const activity = (sessionId, timestamp, durationMs) => ({
  kind: 'activity',
  name: 'Home',
  sessionId,
  timestamp,
  ...(durationMs !== undefined && { durationMs }),
});
const session = (sessionId, start, end) => ({ kind: 'session', sessionId, start, end });
const shared = guid('a session id that devices share');
const reused = guid('a session id that is used again');

const batches = [
  // Over midnight, told in two batches, the later part first.
  {
    deviceId: guid('night'),
    appInfo: { userid: 'jane' },
    info: { phoneModel: 'Nexus 5' },
    records: [activity(shared, '2016-04-02T00:20:00Z', 90_000)],
  },
  { deviceId: guid('night'), appInfo: { userid: 'joe' }, records: [activity(shared, '2016-04-01T23:50:00Z')] },
  // The same id on a device that tells of its session: on the next day, and of a day that no other record is of.
  {
    deviceId: guid('told'),
    records: [
      activity(shared, '2016-04-01T23:59:59.999Z'),
      session(shared, '2016-04-02T00:00:00Z', '2016-04-02T01:00:00Z'),
      session(guid('only told'), '2016-04-03T08:00:00Z', '2016-04-03T09:00:00Z'),
    ],
  },
  // Used again after two days, and without any id.
  {
    deviceId: guid('again'),
    records: [
      activity(reused, '2016-04-01T10:00:00Z', 1000),
      activity(reused, '2016-04-03T12:00:00Z', 2000),
      activity('0'.repeat(32), '2016-04-03T12:00:00Z'),
      { kind: 'activity', name: 'Home', timestamp: '2016-04-03T12:00:00Z' },
    ],
  },
  // Began before the days that are exported, and goes on behind them.
  {
    deviceId: guid('around'),
    records: ['2016-03-31T20:00:00Z', '2016-04-01T15:00:00Z', '2016-04-02T10:00:00Z'].map((time) =>
      activity(guid('early'), time),
    ),
  },
  {
    deviceId: guid('around'),
    records: ['2016-04-03T23:00:00Z', '2016-04-04T20:00:00Z', '2016-04-05T15:00:00Z'].map((time) =>
      activity(guid('late'), time, 60_000),
    ),
  },
];

const row = (device, sessionId, start, end, userId) => ({
  deviceId: guid(device),
  ...(userId && { userId }),
  sessionId,
  start,
  end,
});
const byDay = {
  '2016-03-31': [row('around', guid('early'), '2016-03-31T20:00:00.000Z', '2016-04-02T10:00:00.000Z')],
  '2016-04-01': [
    row('night', shared, '2016-04-01T23:50:00.000Z', '2016-04-02T00:21:30.000Z', 'jane'),
    row('again', reused, '2016-04-01T10:00:00.000Z', '2016-04-01T10:00:01.000Z'),
  ],
  '2016-04-02': [row('told', shared, '2016-04-02T00:00:00.000Z', '2016-04-02T01:00:00.000Z')],
  '2016-04-03': [
    row('told', guid('only told'), '2016-04-03T08:00:00.000Z', '2016-04-03T09:00:00.000Z'),
    row('again', reused, '2016-04-03T12:00:00.000Z', '2016-04-03T12:00:02.000Z'),
    row('around', guid('late'), '2016-04-03T23:00:00.000Z', '2016-04-05T15:01:00.000Z'),
  ],
  '2016-04-04': [],
  '2016-04-05': [],
};

const assertSame = (records, rows) => assertSameRecords(records, rows, [], new IdBook());

describe('sessions out of activities', () => {
  let environment;

  before(async () => {
    environment = await Environment.start();
    await environment.collect.all(batches);
  });
  after(() => environment?.stop());

  async function exportSessions(body) {
    const container = await environment.container();
    const containerUrl = environment.urlOf(container);
    return readExport(container, await environment.api.runTask('sessions', { ...body, containerUrl }));
  }

  for (const exportFormat of ['JsonBlob', 'CsvBlob', 'JsonLinesBlob']) {
    it(`${exportFormat}: a session is in the export of the day on which it begins, and in no other`, async () => {
      for (const [day, rows] of Object.entries(byDay)) {
        const { records } = await exportSessions({ exportFormat, startDate: day, endDate: day });
        assertSame(records, rows);
      }
    });

    it(`${exportFormat}: a range of days holds what its days hold`, async () => {
      const { records } = await exportSessions({
        exportFormat,
        compression: 'Gzip',
        startDate: '2016-04-01',
        endDate: '2016-04-03',
      });
      const rows = ['2016-04-01', '2016-04-02', '2016-04-03'].flatMap((day) => byDay[day]);
      assertSame(records, rows);
      const night = records.find(({ deviceId }) => deviceId === guid('night'));
      assert.match(night.infoId, /^[0-9a-f]{32}$/);
    });
  }

  it('recordIds are unique over sessions and activities, and the same in every export', async () => {
    const all = { startDate: '2016-03-01', endDate: '2016-05-31' };
    const csv = await exportSessions({ ...all, exportFormat: 'CsvBlob' });
    const lines = await exportSessions({ ...all, exportFormat: 'JsonLinesBlob' });
    assert.deepEqual(
      [...assertUniqueRecordIds(csv.records)].sort(),
      [...assertUniqueRecordIds(lines.records)].sort(),
    );
    const container = await environment.container();
    const activities = await readExport(
      container,
      await environment.api.runTask('activities', {
        ...all,
        exportFormat: 'CsvBlob',
        containerUrl: environment.urlOf(container),
      }),
    );
    assertUniqueRecordIds([...csv.records, ...activities.records]);
  });
});

describe('an export of sessions out of activities that is interrupted', () => {
  const days = { startDate: '2016-04-01', endDate: '2016-04-02' };
  const stagingSessions = /^PUT \/\S*\/Session_\S*\?comp=block$/;
  // Few sessions that were told, and many out of activities, each of its own batch.
  const many = Array.from({ length: 20 }, (_, part) => ({
    deviceId: guid(`device ${part}`),
    records: Array.from({ length: 40 }, (_each, i) => {
      const id = guid(`session ${part} ${i}`);
      const time = `2016-04-0${1 + (part % 2)}T${String(i % 24).padStart(2, '0')}:10:00.000Z`;
      return part < 2 ? session(id, time, time) : activity(id, time);
    }),
  }));
  const wanted = many.flatMap(({ deviceId, records }) =>
    records.map(({ sessionId, start, timestamp = start }) => ({
      deviceId,
      sessionId,
      start: timestamp,
      end: timestamp,
    })),
  );
  let environment;

  before(async () => {
    environment = await Environment.start({ proxy: true, config: '[export]\nuploads_per_task = 1\n' });
    await environment.collect.all(many);
  });
  after(() => environment?.stop());

  // How often each file was staged, by its number; all are smaller than a block.
  function stagedTimes(container) {
    const times = {};
    for (const request of environment.proxy.requests.filter((each) => stagingSessions.test(each))) {
      const [, name, number] = request.match(/^PUT \/\S*?(test-[^/]+)\/\S*?_(\d{5})\.csv/) ?? [];
      if (name === container.name) times[Number(number)] = (times[Number(number)] ?? 0) + 1;
    }
    return times;
  }

  async function createAndHold() {
    environment.proxy.hold(stagingSessions, { pass: 6 });
    const container = await environment.container();
    const { id } = await environment.api.createTask('sessions', {
      ...days,
      exportFormat: 'CsvBlob',
      maxFileBytes: 8192,
      containerUrl: environment.urlOf(container),
    });
    await environment.proxy.holding();
    assert.deepEqual(await container.list(), []);
    return { id, container };
  }

  for (const [how, end, stagedBefore] of [
    // Six files are noted as staged: those of the sessions that were told, and some of the others.
    ['stopped by SIGTERM', () => environment.server.stop(), 6],
    // What was noted before the end is up to chance.
    ['killed by kill -9', () => environment.server.kill(), 0],
  ]) {
    it(`goes on when the server was ${how}: each session once, and none that came later`, async () => {
      const { id, container } = await createAndHold();
      await end();
      environment.proxy.release();
      await environment.server.start();
      const later = { deviceId: guid('later'), records: [activity(guid(how), '2016-04-01T10:00:00.000Z')] };
      await environment.collect.all([later]);

      const { records, files } = await readExport(container, await environment.api.waitForTask(id));
      assertSame(records, wanted);
      assertUniqueRecordIds(records);
      assert.ok(files.length > 10, `${files.length} files`);
      const told = files.findIndex((file) => file.records.some(({ recordId }) => recordId >= 'o'));
      assert.ok(told < 5, `only the first ${told} files have none but sessions that were told`);
      const times = stagedTimes(container);
      for (let number = 1; number <= stagedBefore; number += 1) assert.equal(times[number], 1, `file ${number}`);
      const [deviceId, time] = [guid('later'), '2016-04-01T10:00:00.000Z'];
      wanted.push({ deviceId, sessionId: guid(how), start: time, end: time });
    });
  }
});
