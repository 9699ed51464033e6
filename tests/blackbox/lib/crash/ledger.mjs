// What was sent, what was acknowledged, and what exports must hold in consequence.
//
// Instants are whole numbers that grow with each event that the test sees, so that "before" is exact. A batch
// is {ordinal, day, device, body, status, state, entries, bad, sentAt, ackedAt, givenUpAt, isRefused, refusedAt,
// isInsistedOn}: `status` of its feedback, `state` of its device behind it, `bad`: which records are rejected,
// `givenUpAt`: when it was known that no answer will come, `isInsistedOn`: it is sent until it is acknowledged. An entry
// is one of its records as an export shows it, or a session that is derived from one, with the `info` and `location`
// that its ids stand for. A task, as far as it matters here, is {exportType, startDate, endDate, requestedAt,
// answeredAt, endedAt}: what was acknowledged before `requestedAt` belongs to it, and nothing that was sent after
// `answeredAt`.
import assert from 'node:assert/strict';

import { guid } from '../batches.mjs';
import { IdBook, canonical } from '../compare.mjs';
import { columnsOf } from '../exported.mjs';
import { rewind } from './backups.mjs';
import { DeviceState, historicalTypes, makeBody, sessionOf } from './contents.mjs';
import { DeliveryLedger } from './delivery.mjs';
import { ImportLedger } from './imports.mjs';
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
  refused = { disk: 0, limits: 0 }; // requests answered 503, and 429
  wrong = 0; // batches, lines and messages that were refused for what they say
  restores = 0;
  #backedUpTo = 0; // the latest backup has all that was acknowledged before
  #unsure = []; // that were refused, and may be in the store's log yet
  segment = new SegmentLedger();
  delivery = new DeliveryLedger();
  imports = new ImportLedger();

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
    const { body, records, bad } = makeBody(random, { ordinal, device, day, batchId });
    const state = (this.#states.get(device) ?? new DeviceState()).after(body);
    this.#states.set(device, state);
    const [status] = records.at(-1).status;
    const batch = { ordinal, device: guid(device), day, body, status, state, bad, size: records.length, entries: [] };
    batch.isInsistedOn = batchId !== undefined;
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

  countBusy({ status }) {
    if (status === 429) this.refused.limits += 1;
    else this.refused.disk += 1;
  }

  // What was refused is in no export. Only where the server is killed before the store was written again it may be
  // there, if it was tried to write it: that may have reached the log, and only the sync failed.
  refuse(batches, { isTried }) {
    this.countBusy({ status: isTried ? 503 : 429 });
    for (const batch of batches) Object.assign(batch, { isRefused: true, refusedAt: this.now() });
    if (isTried) this.#unsure.push(...batches);
  }

  // Something that was sent at that instant is stored.
  noteWrite(sentAt) {
    this.#unsure = this.#unsure.filter(({ refusedAt }) => refusedAt > sentAt);
  }

  noteKill() {
    for (const batch of this.#unsure) Object.assign(batch, { isRefused: false, isUnsure: true });
    this.#unsure = [];
  }

  noteBackup({ asOf }) {
    this.#backedUpTo = asOf;
  }

  isBackedUp({ ackedAt }) {
    return ackedAt < this.#backedUpTo;
  }

  // The data are those of this backup now, {asOf, until}. A record that it need not have may come again, with another
  // id. No other record may have one that was seen. Returns the day from which on there is such a record.
  restore(cut) {
    this.restores += 1;
    this.#cuts = [];
    for (const part of this.#parts) part.restore(cut);
    const lost = this.batches.filter((batch) => rewind(batch, cut));
    for (const entry of lost.flatMap(({ entries }) => entries)) entry.recordId = undefined;
    return lost[0]?.day;
  }

  // Of batches that are sent until they are acknowledged, and are not yet.
  get firstOpenDay() {
    return this.batches.find(({ isInsistedOn, ackedAt }) => isInsistedOn && !ackedAt)?.day;
  }

  // Each has devices of its own.
  get #parts() {
    return [this.segment, this.delivery, this.imports];
  }

  #others(records) {
    return records.filter(({ deviceId }) => !this.#parts.some((part) => part.has(deviceId)));
  }

  #checkParts(check, task, records) {
    for (const part of this.#parts) part[check](task, records.filter(({ deviceId }) => part.has(deviceId)));
  }

  // ---- Historical exports. `records` as readExport gives them.

  checkHistorical(task, manifest, all) {
    this.#checkParts('checkHistorical', task, all);
    const records = this.#others(all);
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
    this.#checkParts('checkSnapshot', task, all);
    checkSnapshot(task, this.batches, this.#others(all), this.#book);
  }
}
