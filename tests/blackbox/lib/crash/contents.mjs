// What clients of a crash test say: batches of which each record occurs only once, and what their device is then.
import { awkwardTexts, guid } from '../batches.mjs';
import { Expected } from '../expected.mjs';

export const historicalTypes = {
  Event: 'event',
  Activity: 'activity',
  Error: 'error',
  Job: 'job',
  Crash: 'crash',
  Session: 'session',
};
export const campaigns = 3;
const statuses = ['Queued', 'InAppNotificationDisplayed', 'ContentActioned'];
const minute = 60_000;

// Of each type; the key occurs nowhere else.
function makeRecord(kind, key, time, text) {
  const timestamp = new Date(time).toISOString();
  const extras = { text };
  if (kind === 'crash') return { kind, crashId: key, timestamp, stack: text, extras };
  if (kind === 'job') return { kind, jobId: guid(key), name: key, start: timestamp, extras };
  if (kind === 'session') return { kind, sessionId: guid(key), start: timestamp };
  if (kind === 'activity') return { kind, name: key, sessionId: guid(key), timestamp, extras };
  return { kind, name: key, timestamp, extras };
}

// An activity is all that its device tells of its session, which is derived from it.
export const sessionOf = ({ sessionId, timestamp }) => ({
  kind: 'session',
  sessionId,
  start: timestamp,
  end: timestamp,
});

// Of what a device may say of itself, each time another part, so that the rest stays as it was. Where a batch may get
// lost, all of it is said each time: then it need not be known whether the one before is there.
function makeContext(random, ordinal, mayGetLost) {
  const says = (probability) => mayGetLost || random.chance(probability);
  const info = {
    ...(says(0.2) && { applicationVersionName: `1.${random.below(4)}` }),
    ...(says(0.1) && { phoneModel: random.pick(['Nexus 5', 'say "hi"', '']) || 'plain', timeZoneOffset: 60 }),
  };
  const location = { countrycode: 'nl', region: 'Noord-Holland', locality: random.pick(['Amsterdam', 'a,"b"']) };
  return {
    appInfo: {
      batch: ordinal,
      ...(says(0.4) && { userid: random.chance(0.2) ? null : `user ${random.pick(awkwardTexts)} ${ordinal}` }),
    },
    ...(Object.keys(info).length > 0 && { info }),
    ...(says(0.1) && { location }),
    pushToken: { type: 'fcm', token: `token ${ordinal}` },
  };
}

// What no record can be; it is rejected by itself.
const badRecords = [
  { kind: 'event', name: '', timestamp: '2016-04-01T00:00:00Z' },
  { kind: 'event', name: 'rejected', timestamp: 'yesterday' },
  { kind: 'activity', name: 'rejected', sessionId: 'none', timestamp: '2016-04-01T00:00:00Z' },
  { kind: 'thought', name: 'rejected', timestamp: '2016-04-01T00:00:00Z' },
];

// The batch of this number: {body, records, bad}. `records`: those of the body that can be taken; `bad`: the indices of
// the others. Its tag `batch` and its token tell how far the device is.
export function makeBody(random, { ordinal, device, day, batchId }) {
  const time = Date.parse(`${day}T00:00:00Z`) + random.below(22 * 60) * minute;
  const text = random.pick(awkwardTexts);
  const kinds = Object.values(historicalTypes).filter(() => random.chance(0.3));
  for (let i = random.below(6); i >= 0; i -= 1) kinds.push('event');
  const records = kinds.map((kind, i) => makeRecord(kind, `${ordinal}.${i}`, time + i * 7 * minute, text));
  const feedback = {
    kind: 'feedback',
    campaignType: 'Announcement',
    campaignId: ordinal % campaigns,
    status: [random.pick(statuses)],
    timestamp: records[0].timestamp ?? records[0].start,
  };
  const taken = [...records, feedback];
  const bad = random.chance(0.1) ? [random.below(taken.length)] : [];
  const body = {
    deviceId: guid(device),
    ...(batchId && { batchId: guid(`${batchId} ${ordinal}`) }),
    ...makeContext(random, ordinal, !batchId),
    records: [...taken],
  };
  for (const index of bad) body.records.splice(index, 0, random.pick(badRecords));
  return { body, records: taken, bad };
}

// What is wrong with a batch that is refused as a whole.
const faults = [
  () => ({ appInfo: Object.fromEntries(Array.from({ length: 1001 }, (_, i) => [`refused ${i}`, 'refused'])) }),
  () => ({ batchId: 'none' }),
  () => ({ sentAt: 'yesterday' }),
  () => ({ pushToken: { type: 'fcm' } }),
  () => ({ info: { phoneModel: 'refused', androidAPILevel: 'many' } }),
];

// A batch of this device, nothing of which must ever be seen.
export function refusedBody(random, deviceId, day) {
  return {
    deviceId,
    appInfo: { batch: 'refused', userid: 'refused' },
    info: { phoneModel: 'refused', carrierName: 'refused' },
    location: { locality: 'refused' },
    pushToken: { type: 'fcm', token: 'refused' },
    records: [
      { kind: 'event', name: 'refused', timestamp: `${day}T12:00:00Z` },
      { kind: 'session', sessionId: guid('refused'), start: `${day}T00:00:00Z` },
    ],
    ...random.pick(faults)(),
  };
}

// A message of Segment's SDKs that has the time and device of this one, and no name.
export function refusedMessage({ anonymousId, timestamp }) {
  return { type: 'track', anonymousId, timestamp, userId: 'refused', messageId: `refused at ${timestamp}` };
}

// What a device has said of itself, one batch after the other. Never changed.
export class DeviceState {
  constructor(said) {
    this.said = said;
  }

  after({ deviceId, appInfo, info, location, pushToken }) {
    const { said = {} } = this;
    return new DeviceState({
      deviceId,
      appInfo: { ...said.appInfo, ...appInfo },
      info: { ...said.info, ...info },
      location: { ...said.location, ...location },
      pushToken,
    });
  }

  get userId() {
    return this.said.appInfo.userid ?? undefined;
  }

  // As exports show the device (Expected): `kind` is tags, tokens or devices.
  snapshot(kind) {
    return new Expected([this.said])[kind]()[0];
  }

  // As exports show a record of it.
  flatten(record, day) {
    const [flat] = new Expected([{ ...this.said, records: [record] }]).historical(record.kind, day, day);
    return flat;
  }
}
