// What was sent, what was acknowledged, and what exports must hold in consequence.
//
// Instants are whole numbers that grow with each event that the test sees, so that "before" is exact. A batch
// is {ordinal, day, device, body, status, state, entries, sentAt, ackedAt, isRefused}: `status` of its feedback, `state`
// of its device behind it. An entry is one of its records as an export shows it, or a session that is derived from one,
// with the `info` and `location` that its ids stand for. A task, as far as it matters here, is {exportType, startDate,
// endDate, requestedAt, answeredAt, endedAt}: what was acknowledged before `requestedAt` belongs to it, and nothing that
// was sent after `answeredAt`.
import assert from 'node:assert/strict';

import { guid } from '../batches.mjs';
import { IdBook, canonical } from '../compare.mjs';
import { columnsOf } from '../exported.mjs';
import { DeviceState, historicalTypes, makeBody, sessionOf } from './contents.mjs';
import { DeliveryLedger } from './delivery.mjs';
import { SegmentLedger } from './segment.mjs';
import { checkSnapshot } from './snapshots.mjs';

// Without the bit that tells what is derived. The first digit is a letter from g on.
function sequenceOf({ recordId }) {
  const first = recordId.charCodeAt(0) - 'g'.charCodeAt(0);
  return Number(BigInt.asUintN(63, BigInt(`0x${first.toString(16)}${recordId.slice(1, 16)}`)));
}

export class Ledger {
  #instant = 0;
  #entries = new Map(); // content => entry
  #byRecordId = new Map(); // recordId => entry
  #states = new Map(); // device => its DeviceState
  #book = new IdBook();
  #cuts = []; // of verified tasks: {task, cutOff, present: batches}
  batches = [];
  refused = 0; // requests
  #unsure = []; // that were refused, and may be in the store's log yet
  segment = new SegmentLedger();
  delivery = new DeliveryLedger();

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

  // A new batch of this device. A client that gives a `batchId` sends the device's batches one after the other, each
  // until it is acknowledged. One that gives none sends each once.
  addBatch(random, device, day, batchId) {
    const ordinal = this.batches.length;
    const body = makeBody(random, { ordinal, device, day, batchId });
    const state = (this.#states.get(device) ?? new DeviceState()).after(body);
    this.#states.set(device, state);
    const { records } = body;
    const [status] = records.at(-1).status;
    const batch = { ordinal, device: guid(device), day, body, status, state, size: records.length, entries: [] };
    const historical = records.slice(0, -1);
    const derived = historical.filter(({ kind }) => kind === 'activity').map(sessionOf);
    for (const record of [...historical, ...derived]) this.#addEntry(batch, record);
    this.batches.push(batch);
    return batch;
  }

  #addEntry(batch, record) {
    const [type] = Object.entries(historicalTypes).find(([, kind]) => kind === record.kind);
    const { info, location, ...flat } = batch.state.flatten(record, batch.day);
    const content = canonical(flat);
    const entry = { batch, type, content, info, location };
    batch.entries.push(entry);
    this.#entries.set(content, entry);
  }

  // What was refused is in no export. Only where the server is killed before the store was written again it may be
  // there: its write may have reached the log, and only the sync failed.
  refuse(batches) {
    this.refused += 1;
    for (const batch of batches) Object.assign(batch, { isRefused: true, refusedAt: this.now() });
    this.#unsure.push(...batches);
  }

  // Something that was sent at that instant is stored.
  noteWrite(sentAt) {
    this.#unsure = this.#unsure.filter(({ refusedAt }) => refusedAt > sentAt);
  }

  noteKill() {
    for (const batch of this.#unsure) batch.isRefused = false;
    this.#unsure = [];
  }

  // Records of devices that send messages, and the others.
  #split(records) {
    const isMessage = ({ deviceId }) => this.segment.has(deviceId);
    return [records.filter(isMessage), records.filter((record) => !isMessage(record))];
  }

  // ---- Historical exports. `records` as readExport gives them.

  checkHistorical(task, manifest, all) {
    const [messages, records] = this.#split(all);
    this.segment.checkHistorical(task, messages);
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

  #identify(task, manifest, { recordId, receivedAt, infoId, locationId, ...record }) {
    const content = canonical(record);
    const entry = this.#entries.get(content);
    assert.ok(entry, `nobody sent what is exported: ${content}`);
    assert.equal(entry.type, task.exportType);
    const columns = columnsOf(task.exportType);
    if (columns.includes('infoId')) this.#book.check('infoId', infoId, entry.info);
    if (columns.includes('locationId')) this.#book.check('locationId', locationId, entry.location);
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
    assert.ok(!isPresent || !batch.isRefused, `refused, but in the export: ${times}`);
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

  checkSnapshot(task, all) {
    const [messages, others] = this.#split(all);
    this.segment.checkSnapshot(task, messages);
    const isDelivered = ({ deviceId }) => this.delivery.has(deviceId);
    this.delivery.checkSnapshot(task, others.filter(isDelivered));
    const records = others.filter((record) => !isDelivered(record));
    checkSnapshot(task, this.batches, records, this.#book);
  }
}
