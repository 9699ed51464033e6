// What is counted of campaigns from the feedback of devices, and exported of it by date.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { at, callsOf, connect, hour, inAnHour, refuses } from './lib/campaigns.mjs';
import { Environment } from './lib/environment.mjs';

const kinds = ['announcements', 'polls', 'dataPushes', 'nativePushes'];
const questions = [
  { title: 'How was it?', choices: [{ title: 'Good' }, { title: 'Bad' }] },
  { title: 'Again?', choices: [{ title: 'Yes' }, { title: 'No' }, { title: 'Perhaps' }] },
];

describe('statistics of campaigns', () => {
  let environment;
  let campaigns;
  let place;

  before(async () => {
    environment = await Environment.start({ tls: true });
    ({ campaigns, place } = connect(environment));
  });
  after(() => environment?.stop());

  const { create, activate, finish, make } = callsOf(() => ({ campaigns, place }));
  const types = {
    announcements: 'Announcement',
    polls: 'Poll',
    dataPushes: 'DataPush',
    nativePushes: 'NativePush',
  };
  const statistics = (id, kind = 'announcements') => campaigns.getStatistics(kind, id, ...place);
  const flags = [
    'Dropped',
    ...['InAppNotification', 'SystemNotification', 'Content'].flatMap((what) =>
      ['Displayed', 'Actioned', 'Exited'].map((action) => what + action),
    ),
  ];
  const names = ['queued', ...flags.map((flag) => flag[0].toLowerCase() + flag.slice(1))];
  const none = {
    ...Object.fromEntries(names.map((flag) => [flag, 0])),
    ...{ pushed: 0, pushedNative: 0, pushedNativeGoogle: 0, pushedNativeAdm: 0, delivered: 0, answers: {} },
  };

  let minute = 0;
  const report = (device, campaignId, status, { kind = 'announcements', answers, late = 0 } = {}) =>
    environment.collect.all([
      {
        deviceId: device,
        records: [
          {
            kind: 'feedback',
            campaignType: types[kind],
            campaignId,
            status,
            answers,
            timestamp: at(Date.UTC(2016, 3, 26, 9, ++minute - late)),
          },
        ],
      },
    ]);

  it('what nobody has heard of has all numbers, and all are 0', async () => {
    for (const kind of kinds) {
      const { id } = await create({}, kind);
      const counted = await statistics(id, kind);
      assert.deepEqual({ ...counted }, none);
      const wire = (await environment.api.get(`campaigns/${kind}/${id}/statistics`)).json;
      assert.equal(Object.keys(wire).length, Object.keys(none).length);
    }
  });

  it('each flag counts the devices that reported it, once', async () => {
    const { id: another } = await create();
    const id = await make('in-progress');
    await report('anna', id, ['Queued']);
    await report('bert', id, ['Queued', 'InAppNotificationDisplayed']);
    await report('bert', id, ['InAppNotificationDisplayed', 'InAppNotificationActioned', 'ContentDisplayed']);
    await report('carl', id, ['Dropped']);
    await report('carl', another, ['Queued', 'ContentExited']);
    await report('dora', id, ['Queued'], { kind: 'polls' });
    assert.deepEqual({ ...(await statistics(id)) }, {
      ...none,
      queued: 2,
      pushed: 3,
      delivered: 2,
      dropped: 1,
      inAppNotificationDisplayed: 1,
      inAppNotificationActioned: 1,
      contentDisplayed: 1,
    });
    for (const flag of flags) {
      const { id: other } = await create();
      await report('anna', other, [flag]);
      const name = flag[0].toLowerCase() + flag.slice(1);
      assert.deepEqual({ ...(await statistics(other)) }, { ...none, pushed: 1, delivered: 1, [name]: 1 }, flag);
    }
  });

  it('answers are counted by question and choice, the last one of a device', async () => {
    const kind = 'polls';
    const { id } = await create({ questions: questions }, kind);
    await activate(id, kind);
    const answer = (device, answers, late) => report(device, id, ['ContentActioned'], { kind, answers, late });
    const zero = { 1: { 2: 0, 3: 0 }, 4: { 5: 0, 6: 0, 7: 0 } };
    assert.deepEqual((await statistics(id, kind)).answers, zero);
    await answer('anna', { 1: 2, 4: 7 });
    await answer('anna', { 1: 3 });
    await answer('anna', { 1: 2, 4: 5 }, 30); // from half an hour ago
    await answer('bert', { 1: 3, 4: 2, 99: 1 }); // neither is in the poll
    const counted = await statistics(id, kind);
    assert.deepEqual(counted.answers, { 1: { 2: 0, 3: 2 }, 4: { 5: 0, 6: 0, 7: 1 } });
    assert.equal(counted.contentActioned, 2);
    await environment.server.kill();
    await environment.server.start();
    ({ campaigns, place } = connect(environment));
    assert.deepEqual(await statistics(id, kind), counted);
  });

  it('answers that are wrong are refused, the record with them', async () => {
    const { id } = await create({}, 'polls');
    const timestamp = '2016-04-26T09:30:00Z';
    const record = { kind: 'feedback', campaignId: id, status: ['ContentActioned'], timestamp };
    const answer = await environment.collect.batch({
      deviceId: 'anna',
      records: [
        { ...record, campaignType: 'Poll', answers: { 1: 'x' } },
        { ...record, campaignType: 'Announcement', answers: { 1: 2 } },
      ],
    });
    assert.deepEqual(
      answer.json.rejected.map(({ index, error }) => [index, error.code]),
      [
        [0, 'InvalidFeedback'],
        [1, 'InvalidFeedback'],
      ],
    );
    assert.equal((await statistics(id, 'polls')).contentActioned, 0);
  });

  it('feedback by date is that of the campaigns in progress in the window', async () => {
    const kind = 'dataPushes';
    const before = Date.now();
    const running = await create({ startTime: at(before - hour) }, kind);
    await activate(running.id, kind);
    const ended = await create({}, kind);
    await activate(ended.id, kind);
    await finish(ended.id, kind);
    const after = Date.now();
    const scheduled = await create({ startTime: inAnHour() }, kind);
    await activate(scheduled.id, kind);
    const elsewhere = 888_888;
    for (const id of [running.id, ended.id, scheduled.id, elsewhere]) await report('anna', id, ['Queued'], { kind });

    const exported = async (from, to) => {
      const records = await environment.exportRecords('feedbackByDate', {
        campaignType: 'DataPush',
        campaignWindowStart: at(from),
        campaignWindowEnd: at(to),
      });
      const ours = [running.id, ended.id, scheduled.id, elsewhere];
      return records.map((record) => record.campaignId).filter((id) => ours.includes(id)).sort((a, b) => a - b);
    };
    assert.deepEqual(await exported(before, after), [running.id, ended.id]);
    assert.deepEqual(await exported(before - 2 * hour, before - 1), []);
    assert.deepEqual(await exported(after + 1, after + hour), [running.id]);
    assert.deepEqual(await exported(after + hour, after + 3 * hour), []);
    const april = Date.UTC(2016, 3, 26);
    const byFeedback = [scheduled.id, elsewhere];
    assert.deepEqual(await exported(april, april + 24 * hour), byFeedback);
    assert.deepEqual(await exported(april, after), [running.id, ended.id, ...byFeedback]);
  });

  it('of what is not there are none', async () => {
    await refuses(statistics(999_999), 404, 'CampaignNotFound', /no campaign 999999/);
  });
});
