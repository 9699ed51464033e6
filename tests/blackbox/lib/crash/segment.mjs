// Messages of Segment's SDKs in a crash test, and the sessions that must come of them. A message is {device, day, kind,
// name, time, user, request, body, sentAt, ackedAt, isRefused, isUnsure, isCut}: `user` is whom its device belongs to,
// `request` a number, `isUnsure`: it was refused, and may be there all the same, `isCut`: it was acknowledged, and is in
// a backup if all of them before it are.
import assert from 'node:assert/strict';

import { guid } from '../batches.mjs';
import { rewind } from './backups.mjs';
import { gap, tellSessions } from './sessions.mjs';

const minute = 60_000;
const kindOf = { Activity: 'screen', Event: 'track' };
const bodyOf = {
  screen: (name) => ({ type: 'screen', name }),
  track: (name) => ({ type: 'track', event: name }),
  opened: () => ({ type: 'track', event: 'Application Opened' }),
  backgrounded: () => ({ type: 'track', event: 'Application Backgrounded' }),
};
const kinds = ['screen', 'screen', 'screen', 'track', 'track', 'track', 'opened', 'backgrounded'];

function* subsetsOf(list) {
  for (let chosen = 0; chosen < 2 ** list.length; chosen += 1) {
    yield list.filter((_, i) => chosen & (1 << i));
  }
}

// All that may be there of these messages: any of those nobody knows of, and those of a cut up to some of them.
function* possibilitiesOf(messages) {
  const cut = messages.filter(({ isCut }) => isCut);
  for (const some of subsetsOf(messages.filter(({ isCut }) => !isCut))) {
    for (let upTo = 0; upTo <= cut.length; upTo += 1) yield [...some, ...cut.slice(0, upTo)];
  }
}

const inOrder = (messages) => [...messages].sort((a, b) => a.time - b.time);

export class SegmentLedger {
  #devices = new Map(); // id => {day, time, user, messages}
  #byName = new Map(); // name => message
  #sessionIds = new Map(); // device and key of a session => the id that it was exported with
  #requests = 0;

  has(device) {
    return this.#devices.has(device);
  }

  get count() {
    return this.#byName.size;
  }

  // Another device of this client, all of whose messages are of that day.
  addDevice(name, day) {
    const device = guid(`segment ${name} ${this.#devices.size}`);
    this.#devices.set(device, { day, time: Date.parse(`${day}T00:00:00Z`), user: undefined, messages: [] });
    return device;
  }

  // Whether the day has room for more messages.
  hasRoom(device) {
    const { day, time } = this.#devices.get(device);
    return time < Date.parse(`${day}T16:00:00Z`);
  }

  // Of one request. `mayGetLost`: they say nothing of the user, since who that is would not be known then.
  addMessages(random, device, { count, mayGetLost }) {
    this.#requests += 1;
    return Array.from({ length: count }, () => this.#addMessage(random, device, { mayGetLost }));
  }

  #addMessage(random, device, { mayGetLost }) {
    const state = this.#devices.get(device);
    state.time += random.chance(0.2) ? gap + minute : random.below(20) * minute + 1;
    const name = `segment ${this.#byName.size}`;
    const kind = random.pick(kinds);
    const says = !mayGetLost && random.chance(0.3);
    if (says) state.user = `user of ${name}`;
    const { day, time, user } = state;
    const body = {
      ...bodyOf[kind](name),
      messageId: name,
      anonymousId: device,
      timestamp: new Date(time).toISOString(),
      ...(says && { userId: user }),
    };
    const message = { device, day, kind, name, time, user, request: this.#requests, body };
    state.messages.push(message);
    this.#byName.set(name, message);
    return message;
  }

  restore(cut) {
    for (const message of this.#byName.values()) {
      const { ackedAt } = message;
      if (rewind(message, cut)) message.isCut ||= ackedAt !== undefined;
    }
  }

  // `records`: those of an export that are of these devices.
  checkHistorical(task, records) {
    if (task.exportType === 'Session') this.#checkSessions(task, records);
    else if (kindOf[task.exportType]) this.#checkMessages(task, records);
    else assert.deepEqual(records, [], 'nobody sent such records as messages');
  }

  #checkMessages(task, records) {
    const found = new Map(records.map((record) => [this.#identify(task, record), record]));
    assert.equal(found.size, records.length, 'no message is exported twice');
    for (const [device, { day, messages }] of this.#devices) {
      if (day < task.startDate || day > task.endDate) continue;
      const own = messages.filter(({ kind }) => kind === kindOf[task.exportType]);
      for (const message of own) this.#checkCut(task, message, found.has(message));
      const keys = this.#keysOf(device);
      for (const message of own.filter((each) => found.has(each) && keys.has(each.name))) {
        this.#checkId(device, keys.get(message.name), found.get(message).sessionId, message.name);
      }
    }
  }

  // The sessions that messages belong to as long as it is known what was there before them: a device sends one
  // request after the other, and only where one may be there that was refused is that not known of the next.
  #keysOf(device) {
    const sent = this.#devices.get(device).messages.filter(({ sentAt, isRefused }) => sentAt && !isRefused);
    const unsure = sent.findIndex(({ isUnsure }) => isUnsure);
    return tellSessions(unsure < 0 ? sent : sent.slice(0, unsure)).keys;
  }

  #identify(task, { deviceId, userId, name, timestamp, extras }) {
    const message = this.#byName.get(name);
    assert.ok(message?.kind === kindOf[task.exportType], `nobody sent the message ${name}`);
    const actual = { deviceId, userId, time: Date.parse(timestamp), extras };
    assert.deepEqual(actual, { deviceId: message.device, userId: message.user, time: message.time, extras: undefined });
    return message;
  }

  #checkCut(task, { name, sentAt, ackedAt, isRefused }, isPresent) {
    const times = `${name} (${sentAt} to ${ackedAt}), task ${task.id} (${task.requestedAt} to ${task.answeredAt})`;
    assert.ok(!isPresent || !isRefused, `refused, but in the export: ${times}`);
    if (ackedAt < task.requestedAt) assert.ok(isPresent, `acknowledged before the task, but not in it: ${times}`);
    if (sentAt === undefined || sentAt > task.answeredAt) {
      assert.ok(!isPresent, `sent after the task was there, but in it: ${times}`);
    }
  }

  // What belongs to one session has one id wherever it is exported, and what does not another one, or none.
  #checkId(device, key, id, where) {
    if (key === undefined) {
      assert.equal(id, undefined, `${where} is in no session`);
      return;
    }
    const session = `${device} ${key}`;
    assert.ok(id, `${where} is in the session ${session}`);
    assert.equal(this.#sessionIds.get(session) ?? id, id, `${where}: the session ${session} has one id`);
    assert.equal(this.#sessionIds.get(id) ?? session, session, `${where}: the id ${id} is of one session`);
    this.#sessionIds.set(session, id);
    this.#sessionIds.set(id, session);
  }

  // The sessions of a device are those of the messages that were acknowledged, and of some that were under way.
  #checkSessions(task, records) {
    const byDevice = new Map();
    for (const record of records) byDevice.set(record.deviceId, [...(byDevice.get(record.deviceId) ?? []), record]);
    for (const [device, { day, messages }] of this.#devices) {
      if (day < task.startDate || day > task.endDate) continue;
      const own = byDevice.get(device) ?? [];
      const told = messages.filter(({ isRefused }) => !isRefused);
      const certain = told.filter(({ ackedAt }) => ackedAt < task.requestedAt);
      const possible = told.filter((each) => !certain.includes(each) && each.sentAt < task.answeredAt);
      const sessions = fittingSessions(own, certain, possible);
      assert.ok(sessions, `sessions of ${device} in task ${task.id}: ${JSON.stringify({ own, certain, possible })}`);
      if (possible.length > 0) continue; // another choice of them might fit as well
      for (const { start, sessionId } of own) {
        const { key } = sessions.find(({ span }) => span?.[0] === Date.parse(start));
        this.#checkId(device, key, sessionId, `the session of ${start}`);
      }
    }
  }

  // Of snapshots the users of these devices.
  checkSnapshot(task, records) {
    for (const { deviceId, userId } of records) {
      const { messages } = this.#devices.get(deviceId);
      const users = messages.filter(({ sentAt }) => sentAt < task.endedAt).map(({ user }) => user);
      assert.ok(users.includes(userId), `${deviceId} was never ${userId}`);
    }
  }
}

// Those that are exported as `records`, when that is what may come of the messages; undefined when it is not.
function fittingSessions(records, certain, possible) {
  const actual = String(records.map(({ start, end }) => `${Date.parse(start)} ${Date.parse(end)}`).sort());
  for (const some of possibilitiesOf(possible)) {
    const { sessions } = tellSessions(inOrder([...certain, ...some]));
    const spans = sessions.flatMap(({ span }) => (span ? [span.join(' ')] : []));
    if (String(spans.sort()) === actual) return sessions;
  }
  return undefined;
}
