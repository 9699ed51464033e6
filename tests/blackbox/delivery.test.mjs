// Campaigns reach their devices: made and activated with Microsoft's client, asked for and reported on by
// devices, pushed and tested.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { dashed, guid } from './lib/batches.mjs';
import { makeClient, where } from './lib/client.mjs';
import { Environment } from './lib/environment.mjs';

const empty = { campaigns: [] };

describe('delivery', () => {
  let environment;
  let collect;
  let client;
  let place;
  let count = 0;

  before(async () => {
    environment = await Environment.start({ tls: true });
    connect();
  });
  after(() => environment?.stop());

  function connect() {
    client = makeClient(environment.server, environment.owner);
    place = where(environment.app);
    collect = environment.collect;
  }

  async function restart(end) {
    await environment.server[end]();
    await environment.server.start();
    environment.api.accessToken = undefined;
    connect();
  }

  // A device that has reported this.
  async function report(device, members = {}) {
    const answer = await collect.batch({ deviceId: device, ...members });
    assert.equal(answer.status, 200, answer.text);
    assert.deepEqual(answer.json.rejected, []);
    return device;
  }
  const newDevice = (members) => report(guid(`delivery ${++count}`), members);
  const feedback = (device, { id, campaignType }, ...status) =>
    report(device, {
      records: [{ kind: 'feedback', campaignType, campaignId: id, status, timestamp: new Date().toISOString() }],
    });

  async function draft(content, kind = 'announcements') {
    return (await client.campaigns.create(...place, kind, { name: `campaign ${++count}`, ...content })).id;
  }
  async function activate(content, kind = 'announcements') {
    const id = await draft(content, kind);
    const { state } = await client.campaigns.activate(...place, kind, id);
    assert.equal(state, 'in-progress');
    return id;
  }
  const finish = (id, kind = 'announcements') => client.campaigns.finish(...place, kind, id);

  async function due(device) {
    const answer = await collect.due(device);
    assert.equal(answer.status, 200, answer.text);
    return answer.json.campaigns;
  }
  const dueIds = async (device) => (await due(device)).map(({ id }) => id);

  // Of the devices that have any feedback on the campaign, their flags.
  async function exported(campaignType, id) {
    const records = await environment.exportRecords('feedbackByCampaign', { campaignType, campaignIds: [id] });
    return new Map(records.map((record) => [record.deviceId, record.status]));
  }

  async function statistics(id) {
    const counts = await client.campaigns.getStatistics('announcements', id, ...place);
    const names = ['queued', 'delivered', 'inAppNotificationDisplayed', 'contentActioned', 'dropped'];
    return names.map((name) => counts[name]);
  }

  it('a campaign reaches its audience once, and what became of it is exported', async () => {
    const id = await activate({
      title: 'Hello',
      body: 'World',
      localization: { nl: { title: 'Hallo' } },
      audience: {
        expression: '(Gold or Often) and not Old',
        criteria: {
          Gold: { type: 'string-tag', name: 'plan', value: 'g*d' },
          Often: { type: 'integer-tag', name: 'visits', value: 10, op: 'GE' },
          Old: { type: 'application-version', name: '1.*' },
        },
        filters: [{ type: 'app-info', appInfo: ['visits'] }],
      },
    });
    const info = { applicationVersionName: '2.0', locale: 'nl_NL' };
    const gold = await newDevice({ info, appInfo: { plan: 'gold', visits: 1 } });
    const often = await newDevice({ appInfo: { visits: 10 } });
    const others = [
      await newDevice({ info, appInfo: { plan: 'silver', visits: 9 } }),
      await newDevice({ info: { applicationVersionName: '1.9' }, appInfo: { plan: 'gold', visits: 10 } }),
      await newDevice({ info, appInfo: { plan: 'gold' } }),
    ];
    const [campaign] = await due(gold);
    const { startTime, ...members } = campaign;
    assert.deepEqual(members, {
      id,
      kind: 'announcements',
      campaignType: 'Announcement',
      title: 'Hallo',
      body: 'World',
    });
    assert.match(startTime, /Z$/);
    assert.equal((await due(often))[0].title, 'Hello');
    for (const device of others) assert.deepEqual(await due(device), []);

    await feedback(gold, campaign, 'InAppNotificationDisplayed');
    assert.deepEqual(await due(gold), []);
    await feedback(gold, campaign, 'ContentActioned');
    assert.deepEqual(
      await exported('Announcement', id),
      new Map([
        [gold, ['ContentActioned', 'InAppNotificationDisplayed', 'Queued']],
        [often, ['Queued']],
      ]),
    );
    assert.deepEqual(await statistics(id), [2, 1, 1, 1, 0]);
    await finish(id);
    assert.deepEqual(await due(often), []);
  });

  // Who answered one poll gets another campaign, by the choice.
  it('the answers to a poll decide who gets the next campaign', async () => {
    const questions = [{ title: 'Tea?', choices: [{ title: 'Yes' }, { title: 'No' }] }];
    const poll = await activate({ questions }, 'polls');
    const [drinker, other] = [await newDevice(), await newDevice()];
    const [{ questions: asked, campaignType }] = await due(drinker);
    const [yes, no] = asked[0].choices.map((choice) => choice.id);
    const follow = await activate({
      title: 'Tea is ready',
      audience: { criteria: { Tea: { type: 'poll-answer-feedback', contentId: poll, choiceId: yes } } },
    });
    assert.deepEqual(await dueIds(drinker), [poll], 'nobody has answered yet');
    for (const [device, choice] of [[drinker, yes], [other, no]]) {
      await report(device, {
        records: [
          {
            kind: 'feedback',
            campaignType,
            campaignId: poll,
            status: ['ContentActioned'],
            answers: { [asked[0].id]: choice },
            timestamp: new Date().toISOString(),
          },
        ],
      });
    }
    assert.deepEqual(await dueIds(drinker), [follow]);
    assert.deepEqual(await due(other), []);
    const { answers } = await client.campaigns.getStatistics('polls', poll, ...place);
    assert.deepEqual(answers, { [asked[0].id]: { [yes]: 1, [no]: 1 } });
    await finish(poll, 'polls');
    await finish(follow);
  });

  it('what was given is given again until it is reported on, also by a server that was killed', async () => {
    const id = await activate({ title: 'Lost' });
    const device = await newDevice();
    assert.deepEqual(await dueIds(device), [id]);
    await restart('kill');
    assert.deepEqual(await exported('Announcement', id), new Map([[device, ['Queued']]]));
    assert.deepEqual(await dueIds(device), [id]);
    await feedback(device, { id, campaignType: 'Announcement' }, 'Dropped');
    await restart('stop');
    assert.deepEqual(await dueIds(device), []);
    await finish(id);
  });

  it('all four kinds are delivered, each with what belongs to it', async () => {
    const device = await newDevice();
    const ids = {
      announcements: await activate({ type: 'only_notif', notificationTitle: 'N' }),
      polls: await activate(
        { questions: [{ title: 'Why?', choices: [{ title: 'Yes', isDefault: true }, { title: 'No' }] }] },
        'polls',
      ),
      dataPushes: await activate({ type: 'text/base64', body: 'ZGF0YQ==' }, 'dataPushes'),
      nativePushes: await activate({ payload: { alert: 'Hi' } }, 'nativePushes'),
    };
    const byKind = Object.fromEntries((await due(device)).map((campaign) => [campaign.kind, campaign]));
    assert.deepEqual(Object.fromEntries(Object.values(byKind).map(({ kind, id }) => [kind, id])), ids);
    assert.equal(byKind.announcements.notificationTitle, 'N');
    assert.equal(byKind.dataPushes.body, 'ZGF0YQ==');
    assert.deepEqual(byKind.nativePushes.payload, { alert: 'Hi' });
    const [{ id: question, choices }] = byKind.polls.questions;
    assert.deepEqual(
      choices.map(({ title, isDefault = false }) => [title, isDefault]),
      [
        ['Yes', true],
        ['No', false],
      ],
    );
    assert.equal(new Set([question, ...choices.map((choice) => choice.id)]).size, 3);
    for (const campaign of Object.values(byKind)) await feedback(device, campaign, 'ContentDisplayed');
    assert.deepEqual(await due(device), []);
    const late = await newDevice();
    assert.ok(!(await dueIds(late)).includes(ids.nativePushes), 'a native push is one-shot by default');
    for (const [kind, id] of Object.entries(ids)) await finish(id, kind);
  });

  it('no more devices than its audience allows get a campaign, however many ask at once', async () => {
    const max = 5;
    const id = await activate({ audience: { filters: [{ type: 'engage-subset', max }] } });
    const devices = [];
    for (let i = 0; i < 40; ++i) devices.push(await newDevice());
    const answers = await Promise.all([...devices, ...devices].map((device) => dueIds(device)));
    const given = new Set(answers.flatMap((ids, i) => (ids.length ? [devices[i % devices.length]] : [])));
    assert.equal(given.size, max);
    await restart('kill');
    for (const device of devices) {
      assert.deepEqual(await dueIds(device), given.has(device) ? [id] : [], 'the same ones, after a restart');
    }
    assert.deepEqual([...(await exported('Announcement', id)).keys()].sort(), [...given].sort());
    await finish(id);
  });

  it('an answer that is known is 304', async () => {
    const device = await newDevice();
    const first = await collect.due(device);
    assert.deepEqual(first.json, empty);
    const known = await collect.due(device, { headers: { 'if-none-match': first.headers.etag } });
    assert.deepEqual([known.status, known.text, known.headers.etag], [304, '', first.headers.etag]);
    const id = await activate({ title: 'New' });
    const changed = await collect.due(device, { headers: { 'if-none-match': first.headers.etag } });
    assert.equal(changed.status, 200);
    assert.deepEqual(changed.json.campaigns.map((campaign) => campaign.id), [id]);
    await finish(id);
  });

  it('a device may have any id, as in its batches', async () => {
    const id = await activate({ title: 'Any' });
    await report('user-é/7 ?');
    assert.deepEqual(await dueIds('user-é/7 ?'), [id]);
    const device = await newDevice();
    assert.deepEqual(await dueIds(dashed(device).toUpperCase()), [id]);
    await finish(id);
  });

  it('refusals', async () => {
    const refusal = async (answer) => {
      const { status, json } = await answer;
      return [status, json.error.code];
    };
    const device = await newDevice();
    assert.deepEqual(await refusal(collect.due(device, { key: 'wrong' })), [401, 'InvalidCollectKey']);
    assert.deepEqual(await refusal(collect.due(undefined)), [400, 'InvalidDeviceId']);
    assert.deepEqual(await refusal(collect.due('')), [400, 'InvalidDeviceId']);
    assert.deepEqual(await refusal(collect.due('x'.repeat(257))), [400, 'InvalidDeviceId']);
    assert.deepEqual(await refusal(collect.due(guid('never seen'))), [404, 'DeviceNotFound']);
  });

  it('an audience that this server cannot tell is kept as a draft and not activated', async () => {
    const id = await draft({
      audience: { criteria: { Near: { type: 'geo-fencing', lat: 52, lon: 5, radius: 100, expiration: 10 } } },
    });
    await assert.rejects(client.campaigns.activate(...place, 'announcements', id), (error) => {
      assert.deepEqual([error.statusCode, error.code], [400, 'UnsupportedAudience']);
      assert.match(error.message, /audience\.criteria\.Near.*geo-fencing/);
      return true;
    });
  });

  describe('push', () => {
    it('goes to the named devices, and may be repeated', async () => {
      const id = await activate({ pushMode: 'manual', title: 'Manual' });
      const [one, two] = [await newDevice(), await newDevice()];
      assert.deepEqual(await due(one), []);
      const never = guid('was never seen');
      const { invalidDeviceIds } = await client.campaigns.push(...place, 'announcements', id, {
        deviceIds: [one, never, ''],
      });
      assert.deepEqual(invalidDeviceIds, [never, '']);
      assert.deepEqual(await exported('Announcement', id), new Map([[one, ['Queued']]]));
      await restart('kill');
      assert.deepEqual(await dueIds(one), [id]);
      assert.deepEqual(await due(two), []);
      await feedback(one, { id, campaignType: 'Announcement' }, 'ContentActioned');
      assert.deepEqual(await due(one), []);
      await client.campaigns.push(...place, 'announcements', id, { deviceIds: [one] });
      assert.deepEqual(await dueIds(one), [id]);
      await feedback(one, { id, campaignType: 'Announcement' }, 'ContentActioned');
      assert.deepEqual(await due(one), []);
      await finish(id);
    });

    it('may have other content, but keeps the shape of a poll', async () => {
      const questions = [{ title: 'Why?', choices: [{ title: 'Yes' }, { title: 'No' }] }];
      const id = await activate({ pushMode: 'manual', title: 'Poll', body: 'Kept', questions }, 'polls');
      const device = await newDevice();
      const push = (data) => client.campaigns.push(...place, 'polls', id, { deviceIds: [device], data });
      const other = [{ title: 'How?', choices: [{ title: 'So' }, { title: 'Else' }] }];
      await push({ name: 'ignored', title: 'Special', questions: other });
      const [poll] = await due(device);
      assert.deepEqual([poll.id, poll.title, poll.body], [id, 'Special', 'Kept']);
      assert.deepEqual(
        poll.questions.map(({ title, choices }) => [title, choices.map((choice) => choice.title)]),
        [['How?', ['So', 'Else']]],
      );
      const weeks = (Date.parse(poll.endTime) - Date.now()) / (7 * 24 * 3600 * 1000);
      assert.ok(weeks > 3.9 && weeks <= 4, `${weeks} weeks`);
      for (const wrong of [[], [other[0], other[0]], [{ title: 'How?', choices: [{ title: 'So' }] }]]) {
        await assert.rejects(push({ questions: wrong }), { statusCode: 400, code: 'InvalidBody' });
      }
      await finish(id, 'polls');
    });

    it('is refused for what is not manual, or not in progress', async () => {
      const device = await newDevice();
      const push = (id) => client.campaigns.push(...place, 'announcements', id, { deviceIds: [device] });
      const realTime = await activate({ title: 'Real' });
      const manual = await draft({ pushMode: 'manual' });
      for (const id of [realTime, manual]) {
        await assert.rejects(push(id), { statusCode: 400, code: 'InvalidCampaignState' });
      }
      await assert.rejects(push(999999), { statusCode: 404, code: 'CampaignNotFound' });
      const path = `campaigns/announcements/${manual}/push`;
      for (const body of ['', '[]', '{}', '{"deviceIds":"x"}', '{"deviceIds":[1]}', '{"deviceIds":[],"data":1}']) {
        const answer = await environment.api.send('POST', path, { body });
        assert.deepEqual([answer.status, answer.json.error.code], [400, 'InvalidBody'], body);
      }
      await finish(realTime);
    });
  });

  describe('test', () => {
    it('of a stored campaign reaches the device in any state, once, and leaves no trace', async () => {
      const id = await draft({
        title: 'Draft',
        localization: { fr: { title: 'Brouillon' } },
        audience: { criteria: { Never: { type: 'string-tag', name: 'x', value: 'y' } } },
      });
      const device = await newDevice();
      const answer = await client.campaigns.testSaved(...place, 'announcements', id, { deviceId: device, lang: 'fr' });
      assert.deepEqual([answer.id, answer.state], [id, 'queued']);
      await restart('kill');
      const [test] = await due(device);
      assert.deepEqual([test.title, test.test], ['Brouillon', true]);
      assert.notEqual(test.id, id);
      assert.ok(Number.isSafeInteger(test.id));
      assert.deepEqual(await dueIds(device), [test.id]);
      await feedback(device, test, 'ContentDisplayed', 'ContentActioned');
      assert.deepEqual(await due(device), []);
      assert.deepEqual(await exported('Announcement', id), new Map());
      assert.deepEqual(await statistics(id), [0, 0, 0, 0, 0]);
    });

    it('of a new campaign needs none', async () => {
      const device = await newDevice();
      const answer = await client.campaigns.testNew(...place, 'dataPushes', {
        deviceId: device,
        data: { type: 'text/plain', body: 'Try' },
      });
      assert.deepEqual(answer.state, 'queued');
      const [test] = await due(device);
      assert.deepEqual([test.kind, test.body, test.test], ['dataPushes', 'Try', true]);
      await feedback(device, test, 'Dropped');
      assert.deepEqual(await due(device), []);
    });

    it('is refused for unknown devices and campaigns, and for bodies that are none', async () => {
      const device = await newDevice();
      const id = await draft({});
      const testSaved = (campaign, deviceId) =>
        client.campaigns.testSaved(...place, 'announcements', campaign, { deviceId });
      await assert.rejects(testSaved(id, guid('nobody')), { statusCode: 404, code: 'DeviceNotFound' });
      await assert.rejects(testSaved(999999, device), { statusCode: 404, code: 'CampaignNotFound' });
      for (const [path, body] of [
        [`${id}/test`, '{}'],
        [`${id}/test`, `{"deviceId":"${device}","lang":1}`],
        ['test', `{"deviceId":"${device}"}`],
        ['test', `{"deviceId":"${device}","data":{"title":7}}`],
      ]) {
        const answer = await environment.api.send('POST', `campaigns/announcements/${path}`, { body });
        assert.deepEqual([answer.status, answer.json.error.code], [400, 'InvalidBody'], body);
      }
      assert.deepEqual(await due(device), []);
    });
  });
});
