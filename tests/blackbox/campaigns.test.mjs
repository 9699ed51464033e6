// Campaigns, as Microsoft's client and others see them.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { Api } from './lib/api.mjs';
import { at, callsOf, connect, inAnHour, refuses, refusesState } from './lib/campaigns.mjs';
import { where } from './lib/client.mjs';
import { Environment } from './lib/environment.mjs';
import { waitFor } from './lib/wait.mjs';

const kinds = ['announcements', 'polls', 'dataPushes', 'nativePushes'];

// What the four kinds look like in full.
const contents = {
  announcements: {
    name: 'Été 2016 🎉 %20 "quoted" / slash',
    notificationTitle: 'Soldes',
    notificationMessage: 'Tout doit disparaître',
    notificationImage: Buffer.from([0, 1, 2, 250, 255]),
    notificationOptions: { bigText: 'grand', bigPicture: 'https://example.com/p.png', sound: 's', actionText: 'a' },
    title: 'T',
    body: '<p>corps</p>',
    actionButtonText: 'Oui',
    exitButtonText: 'Non',
    actionUrl: 'https://example.com/?a=1&b=%20',
    category: 'sales',
    pushMode: 'one-shot',
    type: 'text/html',
    deliveryTime: 'session',
    deliveryActivities: ['Home', 'Panier'],
    startTime: '2016-04-01T09:00:00Z',
    endTime: '2999-11-21 15:23Z',
    timezone: 'America/Los_Angeles',
    notificationType: 'system',
    notificationIcon: false,
    notificationCloseable: false,
    notificationVibrate: true,
    notificationSound: true,
    notificationBadge: true,
    audience: {
      expression: 'Dutch and not Gold',
      criteria: {
        Dutch: { type: 'language', name: 'nl' },
        Gold: { type: 'string-tag', name: 'plan', value: 'gold' },
      },
      filters: [{ type: 'app-info', appInfo: ['plan'] }],
    },
    localization: { en: { title: 'Sale', notificationTitle: 'Sale' } },
  },
  polls: {
    name: 'Poll',
    title: 'Two questions',
    questions: [
      {
        title: 'How was it?',
        localization: { fr: { title: "C'était comment ?" } },
        choices: [{ title: 'Good', isDefault: true }, { title: 'Bad', localization: { fr: { title: 'Mal' } } }],
      },
      { title: 'Again?', choices: [{ title: 'Yes' }, { title: 'No' }, { title: 'Perhaps' }] },
    ],
  },
  dataPushes: { name: 'Data', type: 'text/base64', body: Buffer.from('data').toString('base64') },
  nativePushes: { name: 'Native', payload: { alert: 'Hi', badge: '+1' }, localization: { fr: { payload: { alert: 'Salut' } } } },
};

describe('campaigns', () => {
  let environment;
  let campaigns;
  let place;

  before(async () => {
    environment = await Environment.start({ tls: true });
    ({ campaigns, place } = connect(environment));
  });
  after(() => environment?.stop());

  const { name, create, get, activate, finish, suspend, remove, update, make } = callsOf(() => ({ campaigns, place }));

  // `read` is the campaign of this kind as it was sent, with what the server adds.
  function assertContent(kind, id, read) {
    const expected = JSON.parse(JSON.stringify(contents[kind]));
    if (kind === 'polls') {
      let number = 0;
      for (const question of expected.questions) {
        question.id = ++number;
        for (const choice of question.choices) choice.id = ++number;
      }
    }
    const image = contents[kind].notificationImage;
    if (image) expected.notificationImage = image.toString('base64');
    assert.deepEqual(read, { ...expected, id, state: 'draft' });
  }

  it('each kind comes back as it was sent, by id and by name', async () => {
    for (const kind of kinds) {
      const { id, state } = await campaigns.create(...place, kind, contents[kind]);
      assert.equal(typeof id, 'number');
      assert.equal(state, 'draft');
      const answer = await environment.api.get(`campaigns/${kind}/${id}`);
      assertContent(kind, id, answer.json);
      for (const read of [
        await get(id, kind),
        await campaigns.getByName(...place, kind, contents[kind].name),
        await get(id, kind.toUpperCase()),
      ]) {
        assert.equal(read.id, id);
        assert.equal(read.name, contents[kind].name);
        assert.equal(read.activatedDate, undefined);
        assert.equal(read.finishedDate, undefined);
      }
    }
    const read = await campaigns.getByName(...place, 'announcements', contents.announcements.name);
    assert.deepEqual(Buffer.from(read.notificationImage), contents.announcements.notificationImage);
  });

  it('Location leads to the new campaign', async () => {
    const answer = await environment.api.send('POST', 'campaigns/announcements', { body: { name: name() } });
    assert.equal(answer.status, 201);
    const location = new URL(answer.headers.location);
    assert.equal(location.origin, environment.server.origin);
    assert.equal(location.pathname.split('/').at(-1), String(answer.json.id));
    const path = location.pathname;
    assert.equal((await environment.api.get(path)).json.id, answer.json.id);
  });

  it('a name is given once to a kind, also by an update', async () => {
    const first = await create({ name: 'taken' });
    const second = await create();
    await refuses(create({ name: 'taken' }), 409, 'CampaignNameTaken', /another campaign "taken"/);
    await refuses(update(second.id, { name: 'taken' }), 409, 'CampaignNameTaken', /another campaign "taken"/);
    assert.deepEqual(await update(first.id, { name: 'taken', title: 'same name' }), { id: first.id, state: 'draft' });
    await create({ name: 'taken' }, 'dataPushes');
  });

  it('an update replaces a draft, and takes what the client read', async () => {
    const { id } = await create({ title: 'before', category: 'gone' });
    await update(id, { name: 'after', title: 'after' });
    const read = await get(id);
    assert.deepEqual([read.name, read.title, read.category], ['after', 'after', undefined]);
    await update(id, read);
    const answer = (await environment.api.get(`campaigns/announcements/${id}`)).json;
    assert.deepEqual([answer.id, answer.state, answer.title], [id, 'draft', 'after']);
    const sent = { ...answer, state: 'finished', activatedDate: '2016-04-01T00:00:00Z', id: 99 };
    assert.equal((await environment.api.send('PUT', `campaigns/announcements/${id}`, { body: sent })).status, 200);
    assert.deepEqual((await environment.api.get(`campaigns/announcements/${id}`)).json, answer);
    const misspelt = { ...sent, startTme: '2016-04-01T00:00:00Z' };
    const refused = await environment.api.send('PUT', `campaigns/announcements/${id}`, { body: misspelt });
    assert.deepEqual([refused.status, refused.json.error.code], [400, 'UnknownMember']);
  });

  it('a life: draft, in progress, finished, gone', async () => {
    const { id } = await create();
    const before = Date.now();
    assert.deepEqual(await activate(id), { id, state: 'in-progress' });
    const running = await get(id);
    assert.ok(running.activatedDate.getTime() >= before && running.activatedDate.getTime() <= Date.now());
    assert.equal(running.finishedDate, undefined);
    assert.deepEqual(await finish(id), { id, state: 'finished' });
    const finished = await get(id);
    assert.ok(finished.finishedDate >= running.activatedDate);
    const answer = await environment.api.send('DELETE', `campaigns/announcements/${id}`);
    assert.deepEqual([answer.status, answer.text], [200, '']);
    await refuses(get(id), 404, 'CampaignNotFound', /no campaign \d+ among the announcements/);
  });

  it('a start to come makes it scheduled, and it can be suspended until then', async () => {
    const { id } = await create({ startTime: inAnHour() });
    assert.deepEqual(await activate(id), { id, state: 'scheduled' });
    assert.deepEqual(await suspend(id), { id, state: 'draft' });
    assert.equal((await get(id)).activatedDate, undefined);
    await remove(id);
  });

  it('the clock starts and ends it', async () => {
    const start = Date.now() + 1500;
    const end = start + 3000;
    const { id } = await create({ startTime: at(start), endTime: at(end) });
    await activate(id);
    const seen = new Set();
    const ended = await waitFor('the campaign to end', async () => {
      const asked = Date.now();
      const campaign = await get(id);
      if (campaign.state === 'scheduled') assert.ok(asked < start);
      if (campaign.state === 'in-progress') assert.ok(Date.now() >= start && asked < end);
      if (campaign.state !== 'finished') assert.equal(campaign.finishedDate, undefined);
      seen.add(campaign.state);
      return campaign.state === 'finished' && campaign;
    });
    assert.ok(Date.now() >= end);
    assert.ok(seen.has('in-progress'));
    assert.equal(ended.finishedDate.getTime(), end);
    await refusesState(finish(id), /is finished; only one in progress can be finished/);
  });

  it('times without an offset are those of the timezone', async () => {
    const { id } = await create({ startTime: '2999-07-01T09:00:00Z', endTime: '2999-07-02 09:00', timezone: 'Asia/Tokyo' });
    const listed = (await campaigns.list(...place, 'announcements')).find((campaign) => campaign.id === id);
    assert.equal(listed.startTime.toISOString(), '2999-07-01T00:00:00.000Z');
    assert.equal(listed.endTime.toISOString(), '2999-07-02T00:00:00.000Z');
    assert.equal(listed.timezone, 'Asia/Tokyo');
    assert.equal((await get(id)).startTime, '2999-07-01T09:00:00Z');
  });

  it('each state refuses what is not for it', async () => {
    const draft = await make('draft');
    const scheduled = await make('scheduled');
    const running = await make('in-progress');
    const finished = await make('finished');
    for (const [id, state] of [[scheduled, 'scheduled'], [running, 'in-progress'], [finished, 'finished']]) {
      await refusesState(update(id, { name: name() }), new RegExp(`is ${state}; only a draft can be updated`));
      await refusesState(activate(id), new RegExp(`is ${state}; only a draft can be activated`));
    }
    for (const id of [draft, running, finished]) await refusesState(suspend(id), /only a scheduled one can be suspended/);
    for (const id of [draft, scheduled, finished]) await refusesState(finish(id), /only one in progress can be finished/);
    for (const id of [scheduled, running]) await refusesState(remove(id), /only a draft or a finished one can be deleted/);
  });

  it('of many who activate at once one does', async () => {
    const { id } = await create();
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => environment.api.send('POST', `campaigns/announcements/${id}/activate`)),
    );
    assert.deepEqual(answers.map((answer) => answer.status).sort(), [200, 400, 400, 400, 400, 400, 400, 400]);
  });

  it('what cannot run is not activated', async () => {
    const past = await create({ endTime: '2016-04-01T00:00:00Z' });
    await refuses(activate(past.id), 400, 'InvalidCampaign', /The endTime of the campaign \d+, 2016-04-01T00:00:00.000Z, has passed/);
    for (const questions of [undefined, [], [{ title: 'no choices' }], [{ title: 'none', choices: [] }]]) {
      const poll = await create({ questions }, 'polls');
      await refuses(activate(poll.id, 'polls'), 400, 'InvalidCampaign', /at least one question, and each of them at least one choice/);
    }
    const audience = { expression: 'A', criteria: { A: { type: 'segment', id: 1 } } };
    const unknowable = await create({ audience });
    await refuses(activate(unknowable.id), 400, 'UnsupportedAudience', /segment/);
  });

  it('bodies that are wrong are refused, and say what would be right', async () => {
    const { id } = await create();
    const wrong = [
      ['', /not JSON/],
      ['[]', /must be a JSON object/],
      ['{}', /name is missing/],
      [{ name: 'x'.repeat(65) }, /name has 65 characters; at most 64/],
      [{ name: 'n', title: 'é'.repeat(129) }, /title has 129 characters; at most 128/],
      [{ name: 'n', localization: { fr: { body: 7 } } }, /localization\.fr\.body must be a string/],
      [{ name: 'n', notificationImage: '%' }, /notificationImage must be an image as base64/],
      [{ name: 'n', pushMode: 'later' }, /pushMode must be one of: real-time, one-shot, manual/],
      [{ name: 'n', startTime: 'now' }, /startTime must be a time of the form yyyy-MM-ddTHH:mm:ssZ/],
      [{ name: 'n', timezone: 'Mars' }, /timezone must be the id of a time zone/],
      [{ name: 'n', startTime: '2016-04-02T00:00Z', endTime: '2016-04-01T00:00Z' }, /endTime must be after startTime/],
      [{ name: 'n', questions: [] }, /questions are for polls/],
    ];
    for (const [body, message] of wrong) {
      for (const [method, path] of [['POST', 'campaigns/announcements'], ['PUT', `campaigns/announcements/${id}`]]) {
        const answer = await environment.api.send(method, path, { body });
        assert.deepEqual([answer.status, answer.json.error.code], [400, 'InvalidBody'], JSON.stringify(body));
        assert.match(answer.json.error.message, message);
      }
    }
    const criteria = { A: { type: 'language' } };
    await refuses(create({ audience: { expression: 'A and', criteria } }), 400, 'InvalidAudience', /./);
    await refuses(
      create({ pushMode: 'manual', audience: { expression: 'A', criteria: { A: { type: 'language', name: 'nl' } } } }),
      400,
      'InvalidAudience',
      /nothing but the filter push-quota/,
    );
  });

  it('what is not there is not found, and a kind that is none is told', async () => {
    const { id } = await create({}, 'polls');
    const missing = [
      ['GET', `campaigns/announcements/${id}`],
      ['PUT', `campaigns/announcements/${id}`],
      ['DELETE', `campaigns/announcements/${id}`],
      ['POST', `campaigns/announcements/${id}/activate`],
      ['POST', `campaigns/announcements/${id}/suspend`],
      ['POST', `campaigns/announcements/${id}/finish`],
      ['GET', 'campaigns/announcements/12x'],
      ['GET', 'campaigns/announcements/-1'],
      ['GET', 'campaigns/announcements/99999999999999999999'],
      ['GET', 'campaignsByName/announcements/no%20such%20name'],
    ];
    for (const [method, path] of missing) {
      const answer = await environment.api.send(method, path, { body: method === 'PUT' ? { name: 'n' } : undefined });
      assert.deepEqual([answer.status, answer.json.error.code], [404, 'CampaignNotFound'], `${method} ${path}`);
    }
    for (const path of ['campaigns/announcement', 'campaigns/x/1', 'campaignsByName/x/n']) {
      const answer = await environment.api.get(path);
      assert.deepEqual([answer.status, answer.json.error.code], [400, 'InvalidParameter'], path);
    }
  });

  it('readers read, contributors change, and nobody acts on what is outside of their scope', async () => {
    const as = async (options) =>
      new Api(environment.server, environment.app, await environment.server.createClient(options));
    const { id } = await create();
    const reader = await as({ role: 'reader' });
    assert.equal((await reader.get(`campaigns/announcements/${id}`)).status, 200);
    assert.equal((await reader.get('campaigns/announcements')).status, 200);
    const changes = [
      ['POST', 'campaigns/announcements'],
      ['PUT', `campaigns/announcements/${id}`],
      ['DELETE', `campaigns/announcements/${id}`],
      ['POST', `campaigns/announcements/${id}/activate`],
      ['POST', `campaigns/announcements/${id}/suspend`],
      ['POST', `campaigns/announcements/${id}/finish`],
    ];
    for (const [method, path] of changes) assert.equal((await reader.send(method, path)).status, 403, path);
    const elsewhere = await as({ scope: '/subscriptions/another' });
    assert.equal((await elsewhere.get('campaigns/announcements')).status, 403);
    const contributor = await as({ role: 'contributor' });
    assert.equal((await contributor.send('DELETE', `campaigns/announcements/${id}`)).status, 200);
  });

  describe('lists', () => {
    let ids;
    const list = (options) => campaigns.list(...place, 'dataPushes', options);
    const names = (found) => found.map((campaign) => campaign.name);

    before(async () => {
      const other = await environment.server.createApp('another');
      place = where(other);
      ids = [];
      for (const content of ['b', 'ÉTÉ a', 'été b', 'a%', 'c'].map((text) => ({ name: text }))) {
        ids.push((await create(content, 'dataPushes')).id);
      }
      await activate(ids[0], 'dataPushes');
      await activate(ids[1], 'dataPushes');
      await finish(ids[1], 'dataPushes');
      await update(ids[4], { name: 'c', startTime: inAnHour() }, 'dataPushes');
      await activate(ids[4], 'dataPushes');
    });
    after(() => {
      place = where(environment.app);
    });

    it('all of them, without a next link', async () => {
      const all = await list();
      assert.ok(Array.isArray(all));
      assert.equal(all.nextLink, undefined);
      assert.deepEqual(names(all), ['b', 'ÉTÉ a', 'été b', 'a%', 'c']);
      assert.deepEqual(all.map((campaign) => campaign.id), ids);
      assert.deepEqual(
        all.map((campaign) => campaign.state),
        ['in-progress', 'finished', 'draft', 'draft', 'scheduled'],
      );
      assert.ok(all[1].activatedDate instanceof Date && all[1].finishedDate instanceof Date);
    });

    it('pages, with links that lead to all of them', async () => {
      let page = await list({ top: 2, orderby: 'name desc' });
      const seen = [...names(page)];
      for (let links = 0; page.nextLink; ++links) {
        assert.ok(links < 3);
        page = await campaigns.listNext(page.nextLink);
        seen.push(...names(page));
      }
      assert.deepEqual(seen, ['ÉTÉ a', 'été b', 'c', 'b', 'a%'].sort(byFoldedName).reverse());
      assert.deepEqual(names(await list({ skip: 3 })), ['a%', 'c']);
      assert.equal((await list({ skip: 3 })).nextLink, undefined);
    });
    const byFoldedName = (a, b) => Buffer.compare(Buffer.from(a.toLowerCase()), Buffer.from(b.toLowerCase()));

    it('links keep filter and search', async () => {
      const page = await list({ top: 1, filter: "state eq 'draft'", search: '' });
      assert.deepEqual(names(page), ['été b']);
      assert.deepEqual(names(await campaigns.listNext(page.nextLink)), ['a%']);
      const found = await list({ top: 1, search: 'ÉTÉ' });
      assert.deepEqual(names(found), ['ÉTÉ a']);
      assert.deepEqual(names(await campaigns.listNext(found.nextLink)), ['été b']);
    });

    it('by state, by order, by a part of the name', async () => {
      assert.deepEqual(names(await list({ filter: "state eq 'in-progress'" })), ['b']);
      assert.deepEqual(names(await list({ filter: "state eq 'scheduled'" })), ['c']);
      assert.deepEqual(names(await list({ filter: "state eq 'finished'" })), ['ÉTÉ a']);
      assert.deepEqual(names(await list({ search: 'Été' })), ['ÉTÉ a', 'été b']);
      assert.deepEqual(names(await list({ search: '%' })), ['a%']);
      assert.deepEqual(names(await list({ orderby: 'state' })), ['été b', 'a%', 'ÉTÉ a', 'b', 'c']);
      assert.deepEqual(names(await list({ orderby: 'activatedDate desc' })), ['c', 'ÉTÉ a', 'b', 'été b', 'a%']);
      assert.deepEqual(names(await list({ orderby: 'finishedDate' })), ['ÉTÉ a', 'b', 'été b', 'a%', 'c']);
      assert.deepEqual(names(await list({ orderby: 'id desc' })), ['c', 'a%', 'été b', 'ÉTÉ a', 'b']);
    });

    it('parameters that are wrong are refused', async () => {
      const wrong = [
        { filter: "name eq 'b'" },
        { filter: "state ne 'draft'" },
        { filter: 'state eq draft' },
        { filter: "state eq 'queued'" },
        { filter: "state eq 'draft' or true" },
        { orderby: 'title' },
        { orderby: 'id up' },
        { top: 0 },
        { skip: -1 },
      ];
      for (const options of wrong) await refuses(list(options), 400, 'InvalidParameter', /must be/);
    });
  });

  it('a restart keeps everything', async () => {
    const ids = {
      draft: await make('draft'),
      scheduled: await make('scheduled'),
      'in-progress': await make('in-progress'),
      finished: await make('finished'),
    };
    const read = async () =>
      (await environment.api.get('campaigns/announcements')).json.value.concat(
        (await environment.api.get('campaignsByName/polls/Poll')).json,
      );
    const before = await read();
    await environment.server.kill();
    await environment.server.start();
    ({ campaigns, place } = connect(environment));
    assert.deepEqual(await read(), before);
    for (const [state, id] of Object.entries(ids)) assert.equal((await get(id)).state, state);
    assert.deepEqual(await finish(ids['in-progress']), { id: ids['in-progress'], state: 'finished' });
  });
});
