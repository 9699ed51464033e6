// Tags that import tasks set in a crash test. Devices come in groups; of a group's devices client and imports speak in
// turns, and what counts of a tag is who spoke last, an import as of its creation, whenever it gets to the device.
//
// An import is {number, name, id, requestedAt, answeredAt, endedAt, isGone, isErased}, a batch of a device {number,
// sentAt, ackedAt}; numbers of a group grow. A backup copies the catalog first: a task that is made before the store is
// copied, too, is gone after a restore (isGone), but what it did may be there, if only some of it. One that was made
// behind the backup left nothing (isErased).
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { guid } from '../batches.mjs';
import { makeTemporaryDirectory } from '../temporary.mjs';
import { rewind } from './backups.mjs';

const devicesOfAGroup = 20;
const rounds = 40; // lines of a device in a blob; the last one counts

class ImportGroup {
  imports = [];
  #says = new Map(); // device => its batches

  constructor(number, name) {
    this.number = number;
    this.name = name;
    for (let i = 0; i < devicesOfAGroup; i += 1) this.#says.set(guid(`imports ${number} ${i}`), []);
  }

  get devices() {
    return [...this.#says.keys()];
  }

  // What a device says next: {deviceId, batchId, appInfo}, as `body` of the batch.
  addBatch(device) {
    const says = this.#says.get(device);
    const number = says.length;
    const batch = {
      number,
      body: {
        deviceId: device,
        batchId: guid(`imports ${device} ${number}`),
        appInfo: { said: number, both: `said ${number}` },
      },
    };
    says.push(batch);
    return batch;
  }

  // Its blob is written. An import of an even number deletes the tag that one of an odd number sets.
  addImport(directory) {
    const number = this.imports.length + 1;
    const name = join(directory, `${this.number}-${number}.jsonl`);
    const flag = number % 2 ? String(number) : null;
    const lines = [];
    for (let round = 0; round < rounds; round += 1) {
      const tags = { imported: String(number), both: `imported ${number}`, flag, round: `${number}.${round}` };
      for (const deviceId of this.#says.keys()) lines.push(JSON.stringify({ deviceId, tags }));
    }
    writeFileSync(name, lines.join('\n'));
    const task = { number, name };
    this.imports.push(task);
    return task;
  }

  // Of the tasks those may be there that were found; the rest is gone.
  restore({ asOf, until }) {
    for (const task of this.imports) {
      if (task.requestedAt > until) task.isGone = task.isErased = true;
      if (!(task.answeredAt < asOf)) task.isUncertain = true;
      if (!(task.endedAt < asOf)) task.endedAt = undefined;
    }
    for (const says of this.#says.values()) for (const batch of says) rewind(batch, { asOf, until });
  }

  // Of a device that must be in the export.
  isCertain(task, device) {
    return this.#says.get(device)[0]?.ackedAt < task.requestedAt;
  }

  // `tags`: as exported of this device.
  check(task, device, { round, ...tags }) {
    const imported = this.#speakerOf(task, device, tags.imported, this.imports.filter(({ isErased }) => !isErased));
    const said = this.#speakerOf(task, device, tags.said, this.#says.get(device));
    assert.ok(said, `${device} has not said anything`);
    const isImportLast = imported?.requestedAt > said.sentAt;
    const expected = {
      said: String(said.number),
      both: isImportLast ? `imported ${imported.number}` : `said ${said.number}`,
      ...(imported && { imported: String(imported.number) }),
      ...(imported?.number % 2 && { flag: String(imported.number) }),
    };
    assert.deepEqual(tags, expected, `tags of ${device} in task ${task.id}`);
    if (!imported) return assert.equal(round, undefined);
    const rest = new RegExp(`^${imported.number}\\.(\\d+)$`).exec(round);
    assert.ok(rest, `${device} was imported in round ${round} of ${imported.number}`);
    const isDone = imported.endedAt < task.requestedAt;
    return assert.ok(!isDone || Number(rest[1]) === rounds - 1, `${device} stands at ${round}, which has ended`);
  }

  // Who set the tag that has this number: one that was there by then, and none before one that certainly was.
  #speakerOf(task, device, number, speakers) {
    const first = ({ requestedAt, sentAt }) => requestedAt ?? sentAt;
    const last = ({ endedAt, ackedAt }) => endedAt ?? ackedAt;
    const speaker = speakers.find((each) => String(each.number) === number);
    assert.ok(speaker || number === undefined, `nobody told ${device} of ${number}`);
    assert.ok(!speaker || first(speaker) < task.endedAt, `${device} was not told of ${number} yet`);
    const least = speakers.filter((each) => last(each) < task.requestedAt).at(-1);
    const isBehind = least && !(speaker?.number >= least.number);
    assert.ok(!isBehind, `${device} stands at ${number} in task ${task.id}, not at ${least?.number} or behind`);
    return speaker;
  }
}

const tagsOf = { Tag: ({ tags }) => tags, Device: ({ appInfo }) => appInfo };

export class ImportLedger {
  #directory = makeTemporaryDirectory('crash-imports');
  #groups = [];
  #groupOf = new Map(); // device => its group
  #ids = new Map(); // of tasks => the import

  // What `destinations.allow` must have.
  get origin() {
    return `file://${this.#directory}`;
  }

  has(device) {
    return this.#groupOf.has(device);
  }

  get ended() {
    return this.#all.filter(({ endedAt }) => endedAt).length;
  }

  // Those that are to end yet.
  get open() {
    return this.#all.filter(({ id, endedAt, isGone }) => id && !endedAt && !isGone);
  }

  get #all() {
    return this.#groups.flatMap(({ imports }) => imports);
  }

  addGroup() {
    const group = new ImportGroup(this.#groups.length);
    this.#groups.push(group);
    for (const device of group.devices) this.#groupOf.set(device, group);
    return group;
  }

  addImport(group) {
    return group.addImport(this.#directory);
  }

  noteId(task, id) {
    assert.equal(this.#ids.get(id) ?? task, task, `two import tasks have the id ${id}`);
    this.#ids.set(id, task);
    task.id = id;
  }

  restore(cut) {
    for (const group of this.#groups) group.restore(cut);
  }

  // `records`: those of an export that are of these devices.
  checkHistorical(task, records) {
    assert.deepEqual(records, [], 'such devices have no records');
  }

  checkSnapshot(task, records) {
    if (!tagsOf[task.exportType]) return assert.deepEqual(records, [], 'they have neither tokens nor feedback');
    const found = new Map(records.map((record) => [record.deviceId, tagsOf[task.exportType](record)]));
    assert.equal(found.size, records.length, 'no device is exported twice');
    for (const [device, group] of this.#groupOf) {
      if (found.has(device)) group.check(task, device, found.get(device));
      else assert.ok(!group.isCertain(task, device), `${device} has said something, but is not exported`);
    }
    return undefined;
  }
}
