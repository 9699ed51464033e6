// What exports must hold, worked out from the batches that were sent. Records are flat objects with the names
// of the flat formats; what is unknown has no key. `infoId` and `locationId` are left to IdBook: the records
// have the content (`info`, `location`) in their place.
import { createHash } from 'node:crypto';

const namespace = Buffer.from('5b2a8f4e9a0c4d6e8f3b1c7d2e9a6b50', 'hex');

// 32 lower-case hex digits: the GUID itself, or for other ids their UUID of version 5.
function deviceIdOf(id) {
  const digits = id.replaceAll('-', '').toLowerCase();
  if (/^[0-9a-f]{32}$/.test(digits)) return { deviceId: digits };
  const hash = createHash('sha1').update(namespace).update(id).digest();
  hash[6] = (hash[6] & 0x0f) | 0x50;
  hash[8] = (hash[8] & 0x3f) | 0x80;
  return { deviceId: hash.toString('hex', 0, 16), externalId: id };
}

const hex = (guid) => guid?.replaceAll('-', '').toLowerCase();
const instant = (text) => (text === undefined ? undefined : new Date(text).toISOString());

// An object without its undefined members, and with no empty extras: those are the same as none.
function known(object) {
  return Object.fromEntries(
    Object.entries(object).filter(
      ([key, value]) => value !== undefined && !(key === 'extras' && Object.keys(value).length === 0),
    ),
  );
}

// Event and error are alike.
const flatEvent = (record) => ({
  name: record.name,
  timestamp: instant(record.timestamp),
  sessionId: hex(record.sessionId),
  jobId: hex(record.jobId),
  extras: record.extras,
});

const flatten = {
  activity: (record) => ({
    sessionId: hex(record.sessionId),
    name: record.name,
    timestamp: instant(record.timestamp),
    durationMs: record.durationMs,
    extras: record.extras,
  }),
  event: flatEvent,
  error: flatEvent,
  crash: (record) => ({
    crashId: record.crashId,
    timestamp: instant(record.timestamp),
    sessionId: hex(record.sessionId),
    stack: record.stack,
    extras: record.extras,
  }),
  job: (record) => ({
    jobId: hex(record.jobId),
    name: record.name,
    start: instant(record.start),
    end: instant(record.end),
    extras: record.extras,
  }),
  session: (record) => ({
    sessionId: hex(record.sessionId),
    start: instant(record.start),
    end: instant(record.end),
  }),
};

export class Expected {
  #devices = new Map();
  #records = [];
  #feedback = new Map();

  constructor(batches = []) {
    for (const batch of batches) this.add(batch);
  }

  add(batch) {
    const { deviceId, externalId } = deviceIdOf(batch.deviceId);
    const device = this.#devices.get(deviceId) ?? { deviceId, externalId, info: {}, location: {}, tags: {} };
    this.#devices.set(deviceId, device);
    this.#update(device, batch);
    for (const record of batch.records ?? []) {
      if (record.kind === 'feedback') this.#addFeedback(deviceId, record);
      else this.#addRecord(device, record);
    }
  }

  #update(device, batch) {
    device.info = { ...device.info, ...batch.info };
    device.location = { ...device.location, ...batch.location };
    for (const [key, value] of Object.entries(batch.appInfo ?? {})) {
      if (value === null) delete device.tags[key];
      else device.tags[key] = String(value);
    }
    if (batch.pushToken !== undefined) device.token = batch.pushToken ?? undefined;
    if (batch.nativePushEnabled !== undefined) device.nativePushEnabled = batch.nativePushEnabled;
  }

  #addRecord(device, record) {
    const flat = { deviceId: device.deviceId, userId: device.tags.userid, ...flatten[record.kind](record) };
    if (record.kind !== 'activity') {
      if (Object.keys(device.info).length) flat.info = device.info;
      if (Object.keys(device.location).length) flat.location = device.location;
    }
    this.#records.push({
      kind: record.kind,
      day: (flat.timestamp ?? flat.start ?? flat.end).slice(0, 10),
      flat: known(flat),
    });
  }

  #addFeedback(deviceId, { campaignType, campaignId, status, timestamp }) {
    const key = `${campaignType} ${campaignId} ${deviceId}`;
    const entry = this.#feedback.get(key) ?? {
      campaignType,
      campaignId,
      deviceId,
      flags: new Set(),
      times: [],
    };
    this.#feedback.set(key, entry);
    for (const flag of status) entry.flags.add(flag);
    entry.times.push(instant(timestamp));
  }

  // `kind` as in batches; days as "2016-04-01", both included.
  historical(kind, firstDay, lastDay) {
    return this.#records
      .filter((record) => record.kind === kind && record.day >= firstDay && record.day <= lastDay)
      .map((record) => record.flat);
  }

  tags() {
    return this.devicesWith((device) => Object.keys(device.tags).length > 0).map(({ deviceId, tags }) =>
      known({ deviceId, userId: tags.userid, tags }),
    );
  }

  tokens() {
    return this.devicesWith((device) => device.token).map(({ deviceId, tags, token }) =>
      known({ deviceId, userId: tags.userid, token: token.token, type: token.type }),
    );
  }

  devices() {
    return this.devicesWith().map(
      ({ deviceId, externalId, info, location, tags, token, nativePushEnabled }) =>
        known({
          deviceId,
          userId: tags.userid,
          nativePushEnabled,
          ...info,
          ...location,
          externalId,
          appInfo: Object.keys(tags).length ? tags : undefined,
          tokenType: token?.type,
          token: token?.token,
          info: Object.keys(info).length ? info : undefined,
          location: Object.keys(location).length ? location : undefined,
        }),
    );
  }

  devicesWith(condition = () => true) {
    return [...this.#devices.values()].filter(condition);
  }

  // Of the campaigns of a type that `select` chooses by {campaignId, first, last}; the times are those of the
  // whole campaign.
  push(campaignType, select) {
    const entries = [...this.#feedback.values()].filter((entry) => entry.campaignType === campaignType);
    const chosen = ({ campaignId }) => {
      const times = entries
        .filter((entry) => entry.campaignId === campaignId)
        .flatMap((entry) => entry.times)
        .sort();
      return select({ campaignId, first: times[0], last: times.at(-1) });
    };
    return entries.filter(chosen).map(({ campaignId, deviceId, flags }) =>
      known({
        deviceId,
        userId: this.#devices.get(deviceId).tags.userid,
        campaignType,
        campaignId,
        status: [...flags].sort(),
      }),
    );
  }
}
