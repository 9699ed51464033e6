// Reads exported files back, by other means than the program has, into the flat records that Expected makes.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import zlib from 'node:zlib';

import { parse as parseCsv } from 'csv-parse/sync';

const event = ['name', 'timestamp', 'infoId', 'sessionId', 'locationId', 'jobId', 'extras'];

// Of every type the columns of the flat formats, and how JsonBlob nests: the list that holds the inner
// records, and the keys that an element or inner record must have (a GUID that is unknown stands there as
// zeros).
export const types = {
  Activity: {
    fields: ['sessionId', 'name', 'timestamp', 'durationMs', 'extras'],
    list: 'activities',
    required: ['sessionId', 'name', 'timestamp'],
    outer: ['deviceId', 'userId', 'sessionId'],
  },
  Event: {
    fields: event,
    list: 'events',
    required: ['name', 'timestamp', 'infoId', 'sessionId', 'locationId'],
  },
  Error: {
    fields: event,
    list: 'errors',
    required: ['name', 'timestamp', 'infoId', 'sessionId', 'locationId'],
  },
  Crash: {
    fields: ['crashId', 'timestamp', 'infoId', 'sessionId', 'locationId', 'stack', 'extras'],
    list: 'crashes',
    required: ['crashId', 'timestamp', 'infoId', 'sessionId', 'locationId'],
  },
  Job: {
    fields: ['jobId', 'name', 'infoId', 'start', 'end', 'extras'],
    required: ['jobId', 'name', 'infoId'],
  },
  Session: { fields: ['sessionId', 'start', 'end', 'infoId', 'locationId'], required: ['sessionId'] },
  Push: {
    snapshot: true,
    fields: ['campaignType', 'campaignId', 'status'],
    required: ['campaignType', 'campaignId', 'status'],
  },
  Token: { snapshot: true, fields: ['token', 'type'], required: ['token', 'type'] },
  Tag: { snapshot: true, fields: ['tags'], required: ['tags'] },
  Device: {
    snapshot: true,
    required: [],
    fields: [
      'firstSeen',
      'lastSeen',
      'lastInfo',
      'lastLocation',
      'nativePushEnabled',
      'phoneModel',
      'phoneManufacturer',
      'firmwareVersion',
      'firmwareName',
      'androidAPILevel',
      'carrierCountry',
      'locale',
      'carrierName',
      'networkType',
      'networkSubtype',
      'applicationVersionName',
      'applicationVersionCode',
      'timeZoneOffset',
      'serviceVersion',
      'countrycode',
      'region',
      'locality',
      'appInfo',
      'infoId',
      'locationId',
      'externalId',
      'tokenType',
      'token',
    ],
  },
};

export function columnsOf(type) {
  const { snapshot, fields } = types[type];
  return snapshot
    ? ['deviceId', 'userId', ...fields]
    : ['recordId', 'deviceId', 'userId', ...fields, 'receivedAt'];
}

const extensions = { JsonBlob: 'json', CsvBlob: 'csv', JsonLinesBlob: 'jsonl' };
const suffixes = { None: '', Gzip: '.gz', Zstd: '.zst' };
const zeros = '0'.repeat(32);

export const hasZstd = (() => {
  try {
    execFileSync('zstd', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

export function decompress(compression, buffer) {
  if (compression === 'Gzip') return zlib.gunzipSync(buffer);
  if (compression === 'Zstd') return execFileSync('zstd', ['-dcq'], { input: buffer, maxBuffer: 1 << 30 });
  return buffer;
}

// The records of one file.
export function readFile(type, format, buffer) {
  const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(buffer);
  const read = { JsonBlob: readJson, CsvBlob: readCsv, JsonLinesBlob: readJsonLines }[format];
  return read(type, text);
}

function readJson(type, text) {
  const elements = JSON.parse(text);
  assert.ok(Array.isArray(elements), 'a JsonBlob file is one array');
  const lines = text
    .split('\n')
    .map((line) => line.replace(/^\[|,$|\]$/g, ''))
    .filter((line) => line !== '');
  assert.deepEqual(
    lines.map((line) => JSON.parse(line)),
    elements,
    'every element stands on a line of its own',
  );
  return elements.flatMap((element) => flattenElement(type, element));
}

function flattenElement(type, element) {
  const { list, required } = types[type];
  let records = [type === 'Device' ? flattenDevice(element) : element];
  if (list) {
    const { [list]: inner, ...outer } = element;
    assert.ok(inner.length > 0, `an element has at least one of its ${list}`);
    records = inner.map((record) => ({ ...outer, ...record }));
  }
  return records.map((record) => {
    for (const key of ['deviceId', ...required])
      assert.ok(key in record, `${key} is required in ${JSON.stringify(record)}`);
    return tidy(Object.fromEntries(Object.entries(record).filter(([, value]) => value !== zeros)));
  });
}

function flattenDevice({ meta, info, location, token, ...plain }) {
  return {
    ...plain,
    ...meta,
    ...info,
    ...location,
    ...(token && { tokenType: token.type, token: token.token }),
  };
}

function readJsonLines(type, text) {
  assert.ok(text === '' || text.endsWith('\n'), 'every line ends');
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const record = JSON.parse(line);
      const order = columnsOf(type).filter((column) => column in record);
      assert.deepEqual(Object.keys(record), order, 'keys stand in the order of the columns');
      return checkFlat(type, record);
    });
}

const csvTypes = Object.fromEntries(
  [
    'durationMs',
    'campaignId',
    'extras',
    'tags',
    'appInfo',
    'status',
    'nativePushEnabled',
    'firstSeen',
    'lastSeen',
    'lastInfo',
    'lastLocation',
    'androidAPILevel',
    'applicationVersionCode',
    'timeZoneOffset',
  ].map((column) => [column, JSON.parse]),
);

function readCsv(type, text) {
  const [header, ...rows] = parseCsv(text, { record_delimiter: '\n' });
  assert.deepEqual(header, columnsOf(type), 'the header names the columns');
  assert.ok(text.endsWith('\n'), 'the last row ends');
  return rows.map((row) => {
    const record = {};
    for (const [i, value] of row.entries()) {
      const convert = csvTypes[header[i]] ?? String;
      if (value !== '') record[header[i]] = convert(value);
    }
    return checkFlat(type, record);
  });
}

function checkFlat(type, record) {
  assert.ok(!Object.values(record).includes(zeros), 'an unknown GUID is left out of the flat formats');
  if (!types[type].snapshot) {
    assert.match(record.recordId, /^[g-v][0-9a-f]{19}$/);
    assert.match(record.receivedAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  }
  return tidy(record);
}

function tidy(record) {
  const { extras, appInfo, status, ...rest } = record;
  return {
    ...rest,
    ...(extras && Object.keys(extras).length > 0 && { extras }),
    ...(appInfo && Object.keys(appInfo).length > 0 && { appInfo }),
    ...(status && { status: [...status].sort() }),
  };
}

// The manifest and the files of an ended task, each checked against the other, against the task and against
// the design's file names. `records` are those of all files in their order.
export async function readExport(container, task, { prefix = '' } = {}) {
  const names = (await container.list()).filter(
    (name) => name.includes(`_${task.id}.`) || name.includes(`_${task.id}_`),
  );
  const span = task.startDate ? `${task.startDate}_${task.endDate}` : '\\d{8}T\\d{6}Z';
  const stem = new RegExp(`^${prefix}${task.exportType}_${span}_${task.id}`);
  for (const name of names) assert.match(name, stem);

  const manifestName = names.find((name) => name.endsWith('.manifest.json'));
  assert.match(manifestName, new RegExp(`${stem.source}\\.manifest\\.json$`));
  const manifest = JSON.parse(await container.download(manifestName));
  const ending = `\\.${extensions[task.exportFormat]}${suffixes[task.compression]}$`;
  const fileNames = names.filter((name) => name !== manifestName);
  for (const [i, name] of fileNames.entries()) {
    const part = fileNames.length === 1 ? '' : `_${String(i + 1).padStart(5, '0')}`;
    assert.match(
      name,
      new RegExp(`${stem.source}${part}${ending.replace('.gz', '\\.gz').replace('.zst', '\\.zst')}`),
    );
  }
  const files = await Promise.all(fileNames.map((name) => readOneFile(container, task, manifest, name)));
  checkManifest(manifest, task, files);
  return { manifest, files, records: files.flatMap((file) => file.records) };
}

async function readOneFile(container, task, manifest, name) {
  const bytes = await container.download(name);
  const entry = manifest.files.find((file) => file.name === name);
  assert.ok(entry, `the manifest lists ${name}`);
  assert.equal(entry.bytes, bytes.length);
  assert.equal(entry.sha256, createHash('sha256').update(bytes).digest('hex'));
  const content = decompress(task.compression, bytes);
  const records = readFile(task.exportType, task.exportFormat, content);
  assert.equal(entry.rows, records.length);
  const times = records
    .map((record) => record.timestamp ?? record.start ?? record.end)
    .filter(Boolean)
    .sort();
  assert.equal(entry.firstTimestamp, times[0]);
  assert.equal(entry.lastTimestamp, times.at(-1));
  return { name, bytes: content.length, records };
}

function checkManifest(manifest, task, files) {
  assert.equal(manifest.version, 1);
  for (const key of ['exportType', 'exportFormat', 'compression', 'startDate', 'endDate', 'dateCreated']) {
    assert.equal(manifest[key], task[key], key);
  }
  assert.equal(manifest.taskId, task.id);
  assert.equal(typeof manifest.cutOff, 'number');
  assert.deepEqual(
    manifest.files.map((file) => file.name),
    files.map((file) => file.name),
  );
  assert.equal(
    manifest.rows,
    files.reduce((sum, file) => sum + file.records.length, 0),
  );
  assert.deepEqual(
    manifest.columns.map((column) => column.name),
    columnsOf(task.exportType),
  );
  assert.deepEqual(
    task.files,
    manifest.files.map(({ name, rows, bytes, sha256 }) => ({ name, rows, bytes, sha256 })),
  );
}
