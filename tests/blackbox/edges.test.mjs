// The edge lists through every way in and every format out: what is accepted comes out as the list says, in all
// formats, and what is refused is refused by itself.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { parse as parseCsv } from 'csv-parse/sync';

import { guid } from './lib/batches.mjs';
import { readEdges } from './lib/edges.mjs';
import { Environment } from './lib/environment.mjs';
import { readExport } from './lib/exported.mjs';
import { post } from './lib/segment.mjs';
import { waitFor } from './lib/wait.mjs';

const formats = ['JsonBlob', 'CsvBlob', 'JsonLinesBlob'];
const allDays = { startDate: '1970-01-01', endDate: '9999-12-31' };
const time = '2016-04-26T09:30:00.518Z';
const [times, days, numbers, integers, texts, names, zones] = [
  'times',
  'days',
  'numbers',
  'integers',
  'texts',
  'names',
  'zones',
].map(readEdges);
// The value of a text that CSV cannot tell from none is left out there.
const inCsv = (value) => (value === '' ? undefined : value);

describe('edge lists', () => {
  let environment;

  before(async () => {
    environment = await Environment.start();
  });
  after(() => environment?.stop());

  // Every format's records of an export, which are the same but for what a format cannot say.
  async function exportAll(kind, body = {}) {
    const exported = {};
    for (const exportFormat of formats) {
      const container = await environment.container();
      const containerUrl = environment.urlOf(container);
      const task = await environment.api.runTask(kind, { exportFormat, ...body, containerUrl });
      exported[exportFormat] = (await readExport(container, { ...task, exportFormat })).records;
    }
    return exported;
  }

  // What `kind` says of the devices whose id begins so: {format: {edge's index: value}}.
  async function valuesOf(kind, body, deviceOf, edges, pick) {
    const exported = await exportAll(kind, body);
    const byDevice = new Map(edges.map((_, i) => [guid(deviceOf(i)), i]));
    return Object.fromEntries(
      formats.map((format) => {
        const values = edges.map(() => undefined);
        for (const record of exported[format]) {
          const index = byDevice.get(record.deviceId);
          if (index !== undefined) values[index] = pick(record);
        }
        return [format, values];
      }),
    );
  }

  function assertValues(edges, values, format, inFormat = format === 'CsvBlob' ? inCsv : (value) => value) {
    for (const [i, { text, value, why }] of edges.entries()) {
      const expected = value === null ? undefined : inFormat(value);
      assert.deepEqual(values[i], expected, `${format}: ${text} (${why})`);
    }
  }

  // Sends one record (as text, so that the edge stands there as it is) for each edge, by each way in of the collect API.
  const waysIn = [
    ['batch', async (bodies) => {
      for (const body of bodies) {
        const answer = await environment.collect.batch(body);
        assert.ok(answer.status === 200 || answer.status === 400, answer.text);
      }
    }],
    ['bulk', async (bodies) => {
      const answer = await environment.collect.bulk(bodies.join('\n'));
      assert.equal(answer.status, 200, answer.text);
      assert.equal(answer.json.lines, bodies.length);
    }],
  ];

  for (const [way, send] of waysIn) {
    const device = (list) => (i) => `${way} ${list} ${i}`;
    const batch = (list, i, record, more = '') =>
      `{"deviceId":"${guid(device(list)(i))}"${more},"records":[{"kind":"event","timestamp":"${time}","name":"n"${record}}]}`;

    it(`times by ${way}`, async () => {
      await send(times.map(({ text }, i) => batch('times', i, `,"timestamp":${JSON.stringify(text)}`)));
      const values = await valuesOf('events', allDays, device('times'), times, (record) => record.timestamp);
      for (const format of formats) assertValues(times, values[format], format);
    });

    it(`names by ${way}`, async () => {
      await send(names.map(({ text }, i) => batch('names', i, `,"name":${JSON.stringify(text)}`)));
      const values = await valuesOf('events', allDays, device('names'), names, (record) => record.name);
      for (const format of formats) assertValues(names, values[format], format);
    });

    it(`texts of extras, stacks, tags and technicals by ${way}`, async () => {
      const record = (text) => `,"kind":"crash","crashId":"c","stack":${text},"extras":{"text":${text}}`;
      const more = (text) => `,"appInfo":{"text":${text}},"info":{"phoneModel":${text}}`;
      await send(texts.map(({ text }, i) => batch('texts', i, record(text), more(text))));
      const pick = ({ stack, extras }) => ({ stack, extra: extras?.text });
      const crashes = await valuesOf('crashes', allDays, device('texts'), texts, pick);
      const tags = await valuesOf('tags', {}, device('texts'), texts, (r) => r.tags.text);
      const devices = await valuesOf('devices', {}, device('texts'), texts, (r) => r.phoneModel);
      for (const format of formats) {
        // An empty stack is none.
        assertValues(texts, crashes[format].map((crash) => crash?.stack ?? ''), format, (value) => value);
        assertValues(texts, devices[format], format);
        // Within JSON an empty text is one.
        for (const [i, { text, value }] of texts.entries()) {
          assert.deepEqual([crashes[format][i]?.extra, tags[format][i]], [value, value], `${format}: ${text}`);
        }
      }
    });

    it(`numbers of extras by ${way} stay as they were sent`, async () => {
      await send(numbers.map(({ text }, i) => batch('numbers', i, `,"extras":{"number":${text},"end":0}`)));
      const container = await environment.container();
      for (const exportFormat of formats) {
        const body = { ...allDays, exportFormat, containerUrl: environment.urlOf(container) };
        const task = await environment.api.runTask('events', body);
        const all = await container.download(task.files[0].name);
        const file = all.toString().replaceAll('""', '"'); // as CSV has quotes
        for (const [i, { text, value, why }] of numbers.entries()) {
          const line = file.split('\n').find((l) => l.includes(guid(device('numbers')(i)))) ?? '';
          const number = /"number":([^,]*),"end"/.exec(line)?.[1];
          assert.equal(number, value ?? undefined, `${exportFormat}: ${text} (${why})`);
        }
      }
    });

    it(`whole numbers by ${way}`, async () => {
      await send(integers.map(({ text }, i) => batch('integers', i, '', `,"info":{"androidAPILevel":${text}}`)));
      const container = await environment.container();
      const body = { exportFormat: 'CsvBlob', containerUrl: environment.urlOf(container) };
      const task = await environment.api.runTask('devices', body);
      const rows = parseCsv(await container.download(task.files[0].name), { columns: true, record_delimiter: '\n' });
      for (const [i, { text, value, why }] of integers.entries()) {
        const row = rows.find(({ deviceId }) => deviceId === guid(device('integers')(i)));
        assert.equal(row?.androidAPILevel, value ?? undefined, `${text} (${why})`);
      }
    });
  }

  it('texts of properties and traits by Segment', async () => {
    const device = (i) => `segment texts ${i}`;
    for (const [i, { text }] of texts.entries()) {
      const id = guid(device(i));
      const answer = await post(environment.server, 'batch', `{"batch":[
        {"type":"track","event":"n","anonymousId":"${id}","timestamp":"${time}","properties":{"text":${text}}},
        {"type":"identify","anonymousId":"${id}","timestamp":"${time}","traits":{"text":${text}}}]}`, {
        key: environment.app.collectKey,
      });
      assert.deepEqual([answer.status, answer.json.rejected], [200, []], answer.text);
    }
    const events = await valuesOf('events', allDays, device, texts, (record) => record.extras?.text);
    const tags = await valuesOf('tags', {}, device, texts, (record) => record.tags.text);
    for (const format of formats) {
      for (const [i, { text, value }] of texts.entries()) {
        assert.deepEqual([events[format][i], tags[format][i]], [value, value], `${format}: ${text}`);
      }
    }
  });

  it('times by Segment', async () => {
    const device = (i) => `segment times ${i}`;
    const clear = times.filter(({ value }) => value !== null);
    for (const [i, { text, why }] of clear.entries()) {
      const message = { type: 'track', event: 'n', anonymousId: guid(device(i)), timestamp: text };
      const answer = await post(environment.server, 'import', { batch: [message] }, { key: environment.app.collectKey });
      assert.deepEqual([answer.status, answer.json.accepted], [200, 1], `${text} (${why}): ${answer.text}`);
    }
    const values = await valuesOf('events', allDays, device, clear, (record) => record.timestamp);
    for (const format of formats) assertValues(clear, values[format], format);
  });

  describe('tags', () => {
    const known = texts.filter(({ text }) => !/\\u0000|\\ud800|\\udc00/.test(text)); // REST bodies are UTF-8 and told so
    const device = (way) => (i) => `${way} tags ${i}`;
    const wanted = (way) => Object.fromEntries(known.map(({ value }, i) => [guid(device(way)(i)), { text: value }]));

    async function assertTags(way) {
      const values = await valuesOf('tags', {}, device(way), known, (record) => record.tags.text);
      for (const format of formats) {
        for (const [i, { text, value }] of known.entries()) assert.equal(values[format][i], value, `${format}: ${text}`);
      }
      const answer = await environment.api.get(`devices/${guid(device(way)(0))}`);
      assert.equal(answer.json.appInfo.text, known[0].value);
    }

    const makeDevices = (way) => environment.collect.all(known.map((_, i) => ({ deviceId: guid(device(way)(i)) })));

    async function importBlob(content) {
      const container = await environment.container();
      await container.upload('tags', Buffer.from(content));
      const body = { storageUrl: container.blobSasUrl('tags', 'r') };
      const created = await environment.api.send('POST', 'devices/importTasks', { body });
      assert.equal(created.status, 202, created.text);
      const task = await waitFor('the import to end', async () => {
        const { json } = await environment.api.get(`devices/importTasks/${created.json.id}`);
        return (json.state === 'Succeeded' || json.state === 'Failed') && json;
      });
      assert.deepEqual([task.state, task.errorDetails], ['Succeeded', undefined]);
    }

    it('by REST', async () => {
      await makeDevices('rest');
      const answer = await environment.api.send('POST', 'devices/tag', { body: { tags: wanted('rest') } });
      assert.deepEqual([answer.status, answer.json], [200, { invalidIds: [] }], answer.text);
      await assertTags('rest');
    });

    it('by an import of an object', async () => {
      await makeDevices('object');
      await importBlob(JSON.stringify(wanted('object')));
      await assertTags('object');
    });

    it('by an import of lines', async () => {
      await makeDevices('lines');
      const lines = Object.entries(wanted('lines')).map(([deviceId, tags]) => JSON.stringify({ deviceId, tags }));
      await importBlob(`\ufeff${lines.join('\n')}`);
      await assertTags('lines');
    });

    it('an export of tags is imported as it is, and exported again the same', async () => {
      await makeDevices('trip');
      await environment.api.send('POST', 'devices/tag', { body: { tags: wanted('trip') } });
      const exportTags = async (exportFormat) => {
        const container = await environment.container();
        const task = await environment.api.runTask('tags', { exportFormat, containerUrl: environment.urlOf(container) });
        return (await container.download(task.files[0].name)).toString();
      };
      const before_ = { JsonBlob: await exportTags('JsonBlob'), JsonLinesBlob: await exportTags('JsonLinesBlob') };
      for (const format of ['JsonBlob', 'JsonLinesBlob']) {
        const changed = Object.fromEntries(Object.keys(wanted('trip')).map((id) => [id, { text: 'changed' }]));
        await environment.api.send('POST', 'devices/tag', { body: { tags: changed } });
        assert.notEqual(await exportTags(format), before_[format]);
        await importBlob(before_[format]);
        assert.equal(await exportTags(format), before_[format], format);
      }
    });
  });

  it('days of criteria', async () => {
    for (const [i, { text, value, why }] of days.entries()) {
      const criterion = { type: 'date-tag', name: 'birth', value: text };
      const body = { name: `day ${i}`, audience: { criteria: { A: criterion } } };
      const answer = await environment.api.send('POST', 'campaigns/announcements', { body });
      assert.equal(answer.status, value === null ? 400 : 201, `${text} (${why}): ${answer.text}`);
    }
  });

  it('zones of campaigns', async () => {
    for (const [i, { text, value, why }] of zones.entries()) {
      const space = text.indexOf(' ');
      const zone = text.slice(0, space);
      const body = { name: `zone ${i}`, startTime: `${text.slice(space + 1)}Z`, timezone: zone };
      if (zone === '' || (value !== null && value < '1970')) continue; // none is UTC, and no campaign begins before 1970
      const created = await environment.api.send('POST', 'campaigns/announcements', { body });
      assert.equal(created.status, value === null ? 400 : 201, `${text} (${why}): ${created.text}`);
    }
    const { json } = await environment.api.get('campaigns/announcements', { query: { $search: 'zone ' } });
    const starts = new Map(json.value.map(({ name, startTime }) => [name, startTime]));
    for (const [i, { text, value, why }] of zones.entries()) {
      if (value !== null && value >= '1970') assert.equal(starts.get(`zone ${i}`), value, `${text} (${why})`);
    }
  });
});
