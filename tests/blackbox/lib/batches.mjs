// What the tests collect: batches with everything in them that an exporter could get wrong.
import { createHash } from 'node:crypto';

// A GUID that stands for `name`, as 32 hex digits.
export function guid(name) {
  return createHash('md5').update(name).digest('hex');
}

// The dashed form, in upper case: what many clients send.
export function dashed(hex) {
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5').toUpperCase();
}

// Texts that need care in JSON, in CSV or in UTF-8.
export const awkwardTexts = [
  'plain',
  'say "hi"',
  'a, b; c',
  'two\nlines',
  'carriage\r\nreturn',
  'lone\rreturn',
  'tab\there',
  'back\\slash',
  '\\"',
  '😀 grin',
  'مرحبا بالعالم',
  '你好，世界',
  "it's",
  ' spaces around ',
  '=1+1',
  '\u0001control\u007f',
  'null',
  '\u2028separator',
  'é decomposed: e\u0301',
  '{"json":"in text"}',
  '"',
  ',',
  '\n',
];

const infos = [
  {
    phoneModel: 'Nexus 5',
    phoneManufacturer: 'LGE',
    firmwareVersion: '6.0.1',
    firmwareName: 'REL',
    androidAPILevel: 23,
    carrierCountry: 'nl',
    locale: 'nl_NL',
    carrierName: 'Carrier "Zuid", B.V.',
    networkType: 'mobile',
    networkSubtype: 'LTE',
    applicationVersionName: '1.2',
    applicationVersionCode: 12,
    timeZoneOffset: 120,
    serviceVersion: '4.2.3',
  },
  { phoneModel: 'نموذج', applicationVersionName: '2.0\nbeta', timeZoneOffset: -210 },
];
const locations = [
  { countrycode: 'nl', region: 'Noord-Holland', locality: 'Amsterdam' },
  { countrycode: 'cn', region: '北京市', locality: 'a,"b"' },
];

// A record of every kind at this millisecond or a little later; `text` goes wherever free text may stand.
function recordsOf(key, time, text) {
  const at = (offset) => new Date(time + offset).toISOString();
  const session = guid(`session ${key}`);
  const job = guid(`job ${key}`);
  return [
    { kind: 'session', sessionId: dashed(session), start: at(0), end: at(60_000) },
    {
      kind: 'activity',
      sessionId: session,
      name: `Home ${text}`,
      timestamp: at(1),
      durationMs: 1234,
      extras: { text, n: 7, big: 1.5e300, yes: true, nothing: null },
    },
    {
      kind: 'event',
      name: text,
      timestamp: at(2),
      sessionId: session,
      jobId: dashed(job),
      extras: { video_id: 7 },
    },
    { kind: 'event', name: 'bare', timestamp: at(3) },
    { kind: 'error', name: `failed: ${text}`, timestamp: at(4), sessionId: session, extras: { text } },
    { kind: 'job', jobId: job, name: `publish ${text}`, start: at(5), end: at(5000), extras: { text } },
    {
      kind: 'crash',
      crashId: `crash ${text}`,
      timestamp: at(6),
      sessionId: session,
      stack: `java.lang.Error: ${text}\n\tat Main.main(Main.java:1)\n`,
      extras: { text },
    },
  ];
}

// Batches of several devices over 1 to 5 April 2016. To be sent in this order, since the later batches of a
// device change what the earlier ones said of it.
export function sampleBatches() {
  const start = Date.parse('2016-04-01T08:00:00Z');
  const batches = awkwardTexts.map((text, i) => ({
    deviceId: i % 2 ? dashed(guid(`device ${i % 7}`)) : guid(`device ${i % 7}`),
    ...(i < 6 && { info: infos[i % 2] }),
    ...(i < 5 && { location: locations[i % 2] }),
    appInfo: {
      [`tag${i}`]: text,
      visits: i,
      beta: i % 2 === 0,
      ...(i % 3 === 0 && { userid: `user ${text}` }),
    },
    ...(i < 6 && { pushToken: { type: 'fcm', token: `token-${i}:${text}` }, nativePushEnabled: i % 2 === 0 }),
    records: recordsOf(`${i}`, start + i * 4 * 3_600_000 + i, text),
  }));
  return [...batches, ...oddBatches(), ...feedbackBatches()];
}

function oddBatches() {
  return [
    // Part of the technicals changes, a tag and the token go.
    {
      deviceId: guid('device 0'),
      sentAt: '2016-04-03T10:00:00Z',
      info: { applicationVersionName: '1.3' },
      appInfo: { tag0: null, userid: 'renamed' },
      pushToken: null,
      records: [{ kind: 'event', name: 'after the update', timestamp: '2016-04-03T10:00:00.5Z', extras: {} }],
    },
    // The user logs out.
    {
      deviceId: guid('device 3'),
      appInfo: { userid: null },
      records: [{ kind: 'event', name: 'of nobody', timestamp: '2016-04-03T11:00:00Z' }],
    },
    // Times in other forms than the one that is exported; fields that are unknown.
    {
      deviceId: guid('device 1'),
      records: [
        { kind: 'event', name: 'offset', timestamp: '2016-04-03T01:30:00+02:00' },
        { kind: 'event', name: 'microseconds', timestamp: '2016-04-02T10:00:00.123987Z' },
        { kind: 'activity', name: 'without session', timestamp: '2016-04-02T10:00:01Z' },
        { kind: 'job', jobId: guid('job without start'), name: 'only its end', end: '2016-04-02T11:00:00Z' },
        {
          kind: 'job',
          jobId: guid('job without end'),
          name: 'only its start',
          start: '2016-04-02T11:00:01Z',
        },
        { kind: 'session', sessionId: guid('session without end'), start: '2016-04-02T11:00:02Z' },
      ],
    },
    // A device of which nothing is known but its records, and one whose client has ids of its own.
    {
      deviceId: guid('unknown device'),
      records: [{ kind: 'crash', crashId: 'c-1', timestamp: '2016-04-02T12:00:00Z' }],
    },
    {
      deviceId: 'anonymous-7',
      appInfo: { plan: 'gold' },
      records: [{ kind: 'event', name: 'of an external id', timestamp: '2016-04-02T13:00:00Z' }],
    },
  ];
}

function feedbackBatches() {
  const feedback = (device, campaignType, campaignId, status, timestamp) => ({
    deviceId: guid(`device ${device}`),
    records: [{ kind: 'feedback', campaignType, campaignId, status, timestamp }],
  });
  return [
    feedback(0, 'Announcement', 11, ['Queued'], '2016-04-02T08:00:00Z'),
    feedback(
      0,
      'Announcement',
      11,
      ['InAppNotificationDisplayed', 'ContentActioned'],
      '2016-04-02T09:00:00Z',
    ),
    feedback(1, 'Announcement', 11, ['Dropped'], '2016-04-02T09:00:00Z'),
    feedback(2, 'Announcement', 12, ['SystemNotificationExited'], '2016-04-20T09:00:00Z'),
    feedback(3, 'Poll', 11, ['ContentDisplayed'], '2016-04-02T09:00:00Z'),
    feedback(4, 'DataPush', 31, ['ContentExited', 'Queued'], '2016-04-02T09:00:00Z'),
    feedback(
      5,
      'NativePush',
      41,
      ['SystemNotificationDisplayed', 'SystemNotificationActioned'],
      '2016-04-02T09:00:00Z',
    ),
  ];
}

// `count` events of one device, one millisecond apart, told apart by their names `{prefix}{number}`.
export function eventBatch(device, prefix, count, { from = '2016-04-01T00:00:00Z', padding = 0 } = {}) {
  const start = Date.parse(from);
  const extras = padding ? { padding: 'x'.repeat(padding) } : undefined;
  return {
    deviceId: guid(device),
    records: Array.from({ length: count }, (_, i) => ({
      kind: 'event',
      name: `${prefix}${i}`,
      timestamp: new Date(start + i).toISOString(),
      extras,
    })),
  };
}

// Plain events of one device, and the range that holds them.
export const may = { startDate: '2016-05-01', endDate: '2016-05-31' };
export const time = '2016-05-01T10:00:00Z';
export const event = (name, more) => ({ kind: 'event', name, timestamp: time, ...more });
export const batch = (records, more) => ({ deviceId: guid('device'), records, ...more });
