// Messages of Segment's SDKs in a crash test, and the sessions that must come of them. A message is {device, day, kind,
// name, time, user, body, sentAt, ackedAt, isRefused}: `user` is whom its device belongs to.
import assert from 'node:assert/strict';

import { guid } from '../batches.mjs';

const minute = 60_000;
const gap = 30 * minute; // activities that are further apart are of two sessions
const kindOf = { Activity: 'screen', Event: 'track' };

// [[activity, ...], ...] of the activities of one device.
function sessionsOf(activities) {
  const sessions = [];
  for (const activity of [...activities].sort((a, b) => a.time - b.time)) {
    const last = sessions.at(-1);
    if (last && activity.time - last.at(-1).time <= gap) last.push(activity);
    else sessions.push([activity]);
  }
  return sessions;
}

const spanOf = (session) => `${session[0].time} ${session.at(-1).time}`;

function* subsetsOf(list) {
  for (let chosen = 0; chosen < 2 ** list.length; chosen += 1) {
    yield list.filter((_, i) => chosen & (1 << i));
  }
}

export class SegmentLedger {
  #devices = new Map(); // id => {day, time, user, messages}
  #byName = new Map(); // name => message
  #sessionIds = new Map(); // name of a message => the session that it was exported with

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

  // `mayGetLost`: it says nothing of the user, since who that is would not be known then.
  addMessage(random, device, { mayGetLost }) {
    const state = this.#devices.get(device);
    state.time += random.chance(0.2) ? gap + minute : random.below(20) * minute + 1;
    const name = `segment ${this.#byName.size}`;
    const kind = random.chance(0.5) ? 'screen' : 'track';
    const says = !mayGetLost && random.chance(0.3);
    if (says) state.user = `user of ${name}`;
    const body = {
      type: kind,
      ...(kind === 'screen' ? { name } : { event: name }),
      messageId: name,
      anonymousId: device,
      timestamp: new Date(state.time).toISOString(),
      ...(says && { userId: state.user }),
    };
    const message = { device, day: state.day, kind, name, time: state.time, user: state.user, body };
    state.messages.push(message);
    this.#byName.set(name, message);
    return message;
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
    for (const { day, messages } of this.#devices.values()) {
      if (day < task.startDate || day > task.endDate) continue;
      const own = messages.filter(({ kind }) => kind === kindOf[task.exportType]);
      for (const message of own) this.#checkCut(task, message, found.has(message));
      if (task.exportType === 'Activity') this.#checkGroups(own.filter((message) => found.has(message)));
    }
  }

  #identify(task, { deviceId, userId, name, timestamp, sessionId, extras }) {
    const message = this.#byName.get(name);
    assert.ok(message?.kind === kindOf[task.exportType], `nobody sent the message ${name}`);
    const actual = { deviceId, userId, time: Date.parse(timestamp), extras };
    assert.deepEqual(actual, { deviceId: message.device, userId: message.user, time: message.time, extras: undefined });
    assert.equal(this.#sessionIds.get(name) ?? sessionId, sessionId, `${name} keeps its session`);
    this.#sessionIds.set(name, sessionId);
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

  // Activities that are there have one session where they are not far apart, whatever was refused in between.
  #checkGroups(activities) {
    const ids = sessionsOf(activities).map((session) => {
      const own = new Set(session.map(({ name }) => this.#sessionIds.get(name)));
      assert.equal(own.size, 1, `activities of one session have several: ${session.map(({ name }) => name)}`);
      return [...own][0];
    });
    assert.equal(new Set(ids).size, ids.length, 'activities of several sessions have one');
  }

  // The sessions of a device are those of the messages that were acknowledged, and of some that were under way.
  #checkSessions(task, records) {
    for (const [device, { day, messages }] of this.#devices) {
      if (day < task.startDate || day > task.endDate) continue;
      const own = records.filter(({ deviceId }) => deviceId === device);
      const spans = own.map(({ start, end }) => `${Date.parse(start)} ${Date.parse(end)}`).sort();
      const screens = messages.filter(({ kind, isRefused }) => kind === 'screen' && !isRefused);
      const certain = screens.filter(({ ackedAt }) => ackedAt < task.requestedAt);
      const possible = screens.filter((each) => !certain.includes(each) && each.sentAt < task.answeredAt);
      const fits = [...subsetsOf(possible)].some(
        (some) => String(sessionsOf([...certain, ...some]).map(spanOf).sort()) === String(spans),
      );
      assert.ok(fits, `sessions of ${device} in task ${task.id}: ${spans}, of ${JSON.stringify(certain)}`);
      for (const record of own) this.#checkId(record, screens);
    }
  }

  #checkId({ sessionId, start }, screens) {
    const first = screens.find(({ time }) => time === Date.parse(start));
    assert.equal(this.#sessionIds.get(first.name) ?? sessionId, sessionId, `${first.name} keeps its session`);
    this.#sessionIds.set(first.name, sessionId);
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
