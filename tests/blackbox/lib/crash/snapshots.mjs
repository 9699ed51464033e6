// What exports of the state of devices may hold: the state at some instant while the task ran.
import assert from 'node:assert/strict';

import { canonical } from '../compare.mjs';
import { campaigns } from './contents.mjs';

// Of every device that was told of: {batches: those that may be there, least, most}. The state is that behind one of
// them, from `least` on, which is certain, up to `most`. No `least`: the device may be missing.
function boundsOf(task, batches) {
  const bounds = new Map();
  for (const batch of batches) {
    if (batch.sentAt === undefined || batch.sentAt > task.endedAt || batch.isRefused) continue;
    const bound = bounds.get(batch.device) ?? { batches: [] };
    bounds.set(batch.device, bound);
    bound.batches.push(batch);
    bound.most = batch.ordinal;
    if (batch.ackedAt < task.requestedAt) bound.least = batch.ordinal;
  }
  return bounds;
}

const certain = ({ least }) => least !== undefined;
const within = ({ least = 0, most }, ordinal) => ordinal >= least && ordinal <= most;

// ---- Tag, Token, Device: the record itself tells how far its device was.

const stateOf = {
  Tag: { kind: 'tags', ordinalOf: (record) => Number(record.tags.batch) },
  Token: { kind: 'tokens', ordinalOf: (record) => Number(record.token.replace('token ', '')) },
  Device: { kind: 'devices', ordinalOf: (record) => Number(record.appInfo.batch) },
};

function checkState(task, bound, record, book) {
  const { kind, ordinalOf } = stateOf[task.exportType];
  const ordinal = ordinalOf(record);
  const { device } = bound.batches[0];
  assert.ok(within(bound, ordinal), `${device} is ${ordinal}, not from ${bound.least} to ${bound.most}`);
  const batch = bound.batches.find((each) => each.ordinal === ordinal);
  assert.ok(batch, `${device} is ${ordinal}, which it never said`);
  const { firstSeen, lastSeen, lastInfo, lastLocation, infoId, locationId, ...state } = record;
  const { info, location, ...expected } = batch.state.snapshot(kind);
  assert.equal(canonical(state), canonical(expected), `the state of ${device} behind batch ${ordinal}`);
  if (kind !== 'devices') return;
  book.check('infoId', infoId, info);
  book.check('locationId', locationId, location);
}

// ---- Push: users and feedback are those of one instant.

const flagsOf = (batches, campaign) =>
  new Set(batches.filter(({ ordinal }) => ordinal % campaigns === campaign).map(({ status }) => status));
const holds = (all, some) => [...some].every((flag) => all.has(flag));

function fitsPush(bound, record, batch) {
  const upTo = bound.batches.filter(({ ordinal }) => ordinal <= batch.ordinal);
  const flags = new Set(record.status);
  const sure = upTo.filter((each) => each.ackedAt || each === batch);
  return (
    batch.state.userId === record.userId &&
    holds(flags, flagsOf(sure, record.campaignId)) &&
    holds(flagsOf(upTo, record.campaignId), flags)
  );
}

function checkPush(bound, record) {
  const fits = bound.batches.some((batch) => within(bound, batch.ordinal) && fitsPush(bound, record, batch));
  assert.ok(fits, `no state of the device from ${bound.least} to ${bound.most} is ${canonical(record)}`);
}

function pushKeysOf(task, bounds) {
  const keys = new Map(); // => whether it must be there
  for (const [device, bound] of bounds) {
    for (const { ordinal, ackedAt } of bound.batches) {
      const key = `${device} ${ordinal % campaigns}`;
      keys.set(key, keys.get(key) || ackedAt < task.requestedAt);
    }
  }
  return keys;
}

// `batches` in the order in which each device sends them; `records` as readExport gives them; `book`: an IdBook.
export function checkSnapshot(task, batches, records, book) {
  const bounds = boundsOf(task, batches);
  const isPush = task.exportType === 'Push';
  const keys = isPush ? pushKeysOf(task, bounds) : new Map([...bounds].map(([device, bound]) => [device, certain(bound)]));
  const found = new Set();
  for (const record of records) {
    const key = isPush ? `${record.deviceId} ${record.campaignId}` : record.deviceId;
    assert.ok(!found.has(key), `${key} is exported twice`);
    assert.ok(keys.has(key), `nobody told of ${key}`);
    found.add(key);
    const bound = bounds.get(record.deviceId);
    if (isPush) checkPush(bound, record);
    else checkState(task, bound, record, book);
  }
  for (const [key, isCertain] of keys) {
    assert.ok(found.has(key) || !isCertain, `${key} was acknowledged before the task was asked for, but is not in it`);
  }
}
