// What was sent, what was acknowledged, and what exports must hold in consequence.
//
// Instants are whole numbers that grow with each event that the test sees, so that "before" is exact. A batch
// is {ordinal, day, device, body, entries, sentAt, ackedAt}; an entry is one of its records as an export shows
// it, or a session that is derived from one. A task, as far as it matters here, is {exportType, startDate, endDate,
// requestedAt, answeredAt, endedAt}: what was acknowledged before `requestedAt` belongs to it, and nothing that was
// sent after `answeredAt`.
import assert from 'node:assert/strict';

import { awkwardTexts, guid } from '../batches.mjs';
import { canonical } from '../compare.mjs';
import { Expected } from '../expected.mjs';

export const historicalTypes = {
  Event: 'event',
  Activity: 'activity',
  Error: 'error',
  Job: 'job',
  Crash: 'crash',
  Session: 'session',
};
const statuses = ['Queued', 'InAppNotificationDisplayed', 'ContentActioned'];
const campaigns = 3;
const minute = 60_000;

// A record of each type that occurs only once, since its key does.
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
const sessionOf = ({ sessionId, timestamp }) => ({ kind: 'session', sessionId, start: timestamp, end: timestamp });

// Without the bit that tells what is derived.
const sequenceOf = (entry) => Number(BigInt.asUintN(63, BigInt(`0x${entry.recordId.slice(0, 16)}`)));

export class Ledger {
  #instant = 0;
  #entries = new Map(); // content => entry
  #byRecordId = new Map(); // recordId => entry
  #cuts = []; // of verified tasks: {task, cutOff, present: batches}
  batches = [];

  now() {
    this.#instant += 1;
    return this.#instant;
  }

  get acknowledged() {
    return this.batches.filter((batch) => batch.ackedAt);
  }

  get recordCount() {
    return this.#entries.size;
  }

  // A new batch of this device. Its tag `batch` and its token tell how far the device is.
  addBatch(random, device, day, batchId) {
    const ordinal = this.batches.length;
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
    const body = {
      deviceId: guid(device),
      ...(batchId && { batchId: guid(`${batchId} ${ordinal}`) }),
      appInfo: { batch: ordinal },
      pushToken: { type: 'fcm', token: `token ${ordinal}` },
      records: [...records, feedback],
    };
    const batch = { ordinal, device: guid(device), day, body, size: body.records.length, entries: [] };
    const derived = records.filter(({ kind }) => kind === 'activity').map(sessionOf);
    for (const record of [...records, ...derived]) this.#addEntry(batch, record);
    this.batches.push(batch);
    return batch;
  }

  #addEntry(batch, record) {
    const [type] = Object.entries(historicalTypes).find(([, kind]) => kind === record.kind);
    const expected = new Expected([{ ...batch.body, records: [record] }]);
    const content = canonical(expected.historical(record.kind, batch.day, batch.day)[0]);
    const entry = { batch, type, content };
    batch.entries.push(entry);
    this.#entries.set(content, entry);
  }

  // ---- Historical exports. `records` as readExport gives them.

  checkHistorical(task, manifest, records) {
    const found = new Set(records.map((record) => this.#identify(task, manifest, record)));
    assert.equal(found.size, records.length, 'no record is exported twice');
    const present = new Set([...found].map((entry) => entry.batch));
    for (const batch of this.#batchesOf(task)) {
      const missing = batch.entries.filter((entry) => entry.type === task.exportType && !found.has(entry));
      if (present.has(batch)) assert.deepEqual(missing, [], 'a batch is exported as a whole');
      this.#checkCut(task, batch, present.has(batch));
    }
    this.#cuts.push({ task, cutOff: manifest.cutOff, present });
  }

  #identify(task, manifest, { recordId, receivedAt, ...record }) {
    const content = canonical(record);
    const entry = this.#entries.get(content);
    assert.ok(entry, `nobody sent what is exported: ${content}`);
    assert.equal(entry.type, task.exportType);
    assert.ok(entry.batch.day >= task.startDate && entry.batch.day <= task.endDate, 'a record of another day');
    if (recordId) {
      assert.equal(this.#byRecordId.get(recordId) ?? entry, entry, `two records have the id ${recordId}`);
      assert.equal(entry.recordId ?? recordId, recordId, 'a record has the same id in every export');
      this.#byRecordId.set(recordId, entry);
      entry.recordId = recordId;
      assert.ok(sequenceOf(entry) <= manifest.cutOff, 'a record from behind the cut-off');
    }
    return entry;
  }

  #batchesOf({ exportType, startDate, endDate }) {
    return this.batches.filter(
      ({ day, entries }) =>
        day >= startDate && day <= endDate && entries.some((entry) => entry.type === exportType),
    );
  }

  #checkCut(task, batch, isPresent) {
    const times =
      `batch ${batch.ordinal} (${batch.sentAt} to ${batch.ackedAt}), ` +
      `task ${task.id} (${task.requestedAt} to ${task.answeredAt})`;
    if (batch.ackedAt < task.requestedAt) {
      assert.ok(isPresent, `acknowledged before the task was asked for, but not in it: ${times}`);
    }
    if (batch.sentAt === undefined || batch.sentAt > task.answeredAt) {
      assert.ok(!isPresent, `sent after the task was there, but in it: ${times}`);
    }
  }

  // To be called when exports of every type with record ids have been checked, of all days and of cut-offs not
  // below `upTo`: up to there the sequence of every batch is known now, and every cut must be exact.
  checkCuts(upTo) {
    const cuts = this.#cuts;
    this.#cuts = cuts.filter(({ cutOff }) => cutOff > upTo);
    for (const { task, cutOff, present } of cuts.filter((cut) => !this.#cuts.includes(cut))) {
      for (const batch of this.#batchesOf(task)) {
        const entries = batch.entries.filter(({ type, recordId }) => type === task.exportType && recordId);
        const belongs = entries.length > 0 && sequenceOf(entries[0]) <= cutOff;
        assert.equal(present.has(batch), belongs, `batch ${batch.ordinal} and the cut-off of task ${task.id}`);
      }
    }
  }

  // ---- Snapshots: the state at some instant while the task ran

  checkSnapshot(task, records) {
    const bounds = this.#boundsOf(task);
    const found = new Map();
    for (const record of records) {
      const key = task.exportType === 'Push' ? `${record.deviceId} ${record.campaignId}` : record.deviceId;
      assert.ok(!found.has(key), `${key} is exported twice`);
      assert.ok(bounds.has(key), `nobody told of ${key}`);
      found.set(key, record);
    }
    for (const [key, { least, most }] of bounds) {
      const record = found.get(key);
      if (least === undefined && !record) continue;
      assert.ok(record, `${key} was acknowledged before the task was asked for, but is not in it`);
      const state = stateOf[task.exportType](record) ?? most;
      assert.ok(state >= (least ?? 0) && state <= most, `${key} is ${state}, not from ${least} to ${most}`);
    }
  }

  // Of every key the least and the greatest ordinal that it may show; no least one: it may be missing.
  #boundsOf(task) {
    const bounds = new Map();
    for (const { ordinal, device, sentAt, ackedAt } of this.batches) {
      if (sentAt === undefined || sentAt > task.endedAt) continue;
      const key = task.exportType === 'Push' ? `${device} ${ordinal % campaigns}` : device;
      const bound = bounds.get(key) ?? {};
      bound.most = ordinal;
      if (ackedAt < task.requestedAt) bound.least = ordinal;
      bounds.set(key, bound);
    }
    return bounds;
  }
}

// How far the device was; flags of feedback do not tell.
const stateOf = {
  Push: () => undefined,
  Tag: (record) => Number(record.tags.batch),
  Token: (record) => Number(record.token.replace('token ', '')),
  Device: (record) => Number(record.appInfo.batch),
};
