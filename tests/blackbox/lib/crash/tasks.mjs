// The export tasks of a crash test: created, followed to their ends, checked against the ledger.
import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import { readExport } from '../exported.mjs';
import { waitFor } from '../wait.mjs';
import { historicalTypes } from './contents.mjs';
import { isManifest } from './storage.mjs';

const pageSize = 40;
const snapshots = ['tags', 'tokens', 'devices', 'feedbackByDate'];
const kinds = ['events', 'activities', 'errors', 'jobs', 'crashes', 'sessions', ...snapshots];

// What the body of a task of this kind says of what is exported.
function selectionOf(kind, startDate, endDate) {
  if (kind === 'feedbackByDate') {
    const [campaignWindowStart, campaignWindowEnd] = ['2000-01-01T00:00:00Z', '2100-01-01T00:00:00Z'];
    return { campaignType: 'Announcement', campaignWindowStart, campaignWindowEnd };
  }
  return snapshots.includes(kind) ? {} : { startDate, endDate };
}

// A small export of a random kind and format, in several files if there is enough of it.
export function randomTask(random, startDate, endDate) {
  const kind = random.pick([...kinds, 'events', 'events', 'events']);
  return {
    kind,
    ...selectionOf(kind, startDate, endDate),
    exportFormat: random.pick(['JsonBlob', 'CsvBlob', 'JsonLinesBlob']),
    compression: random.chance(0.3) ? 'Gzip' : 'None',
    maxFileBytes: random.pick([2048, 8192, 32_768]),
  };
}

// Whether there is one.
async function noteManifest(task) {
  const { container } = task;
  const name = (await container.list()).find(isManifest);
  if (!name) return false;
  const manifest = JSON.parse(await container.download(name));
  assert.deepEqual(manifest, task.visible ?? manifest, `${name} is another one after a restart`);
  task.visible = manifest;
  for (const file of manifest.files) {
    const sha256 = createHash('sha256').update(await container.download(file.name)).digest('hex');
    assert.equal(sha256, file.sha256, `${file.name} is not what ${name} says`);
  }
  return true;
}

// A restored task whose files the lost server had committed already, and of which the backup does not know.
const isOvertaken = ({ isRestored }, { state, errorDetails }) =>
  isRestored && state === 'Failed' && errorDetails.startsWith('BlobAlreadyExists: ');

const busy = [429, 503];

export class Tasks {
  #all = [];
  #ids = new Map(); // => the task
  #following = Promise.resolve();
  #toSurvive = []; // that have ended, and whose files must outlive the next power cut
  checked = 0;
  files = 0;
  renewals = 0; // of a SAS that ended

  // `test`: {api, ledger, storage, up, over, hear}, see crash-test.mjs.
  constructor(test) {
    this.test = test;
  }

  get all() {
    return this.#all;
  }

  // Those that may not have ended.
  get open() {
    return this.#all.filter((task) => !task.isClosed);
  }

  // Returns the task; it has `isLost` when no answer came.
  async create({ kind, ...body }) {
    const { api, ledger, storage, up, hear } = this.test;
    await up;
    const container = await storage.createContainer(`crash-${randomUUID()}`);
    const task = { kind, description: randomUUID(), container, after: this.#lastId() };
    task.requestedAt = ledger.now();
    this.#all.push(task);
    const request = { ...body, description: task.description, containerUrl: container.sasUrl() };
    const answering = api.tryCreateTask(kind, request);
    hear('task asked for');
    const answer = await answering.catch(() => undefined);
    if (!answer || busy.includes(answer.status)) {
      task.isLost = true; // it is there or not: the next list tells
      return task;
    }
    assert.equal(answer.status, 202, `create ${kind}: ${answer.text}`);
    this.#found(task, answer.json);
    hear('task answered');
    return task;
  }

  #lastId() {
    return Math.max(0, ...this.#all.map((task) => Number(task.id ?? 0)));
  }

  #found(task, { id }) {
    assert.equal(this.#ids.get(id) ?? task, task, `two tasks have the id ${id}`);
    this.#ids.set(id, task);
    task.id ??= id;
    task.answeredAt ??= this.test.ledger.now();
    assert.equal(task.id, id, 'a task keeps its id');
  }

  // Follows all tasks until the test is over.
  async watch() {
    while (!this.test.over) {
      await this.test.up;
      this.#following = this.#followAll();
      await this.#following;
      await sleep(50);
    }
  }

  async #followAll() {
    const open = this.open.filter((task) => task.id || task.isLost);
    const listed = open.length ? await this.#list(open) : undefined;
    if (listed) for (const task of open) await this.#follow(task, listed.get(task.description));
  }

  // To be called while there is no server: what it told before is dealt with when this is done.
  pause() {
    return this.#following;
  }

  // The data are those of a backup of this cut now. Those of which it has nothing are gone, and their exports stay as
  // they are.
  async restore({ asOf, until }) {
    for (const task of this.open) {
      task.isRestored = true;
      if (!(task.answeredAt < asOf)) task.isLost = true;
      if (task.requestedAt > until) await this.#close(task);
    }
  }

  // By description; undefined when there was no answer.
  async #list(open) {
    const oldest = Math.min(...open.map((task) => Number(task.id ?? task.after)));
    const listed = new Map();
    for (let skip = 0; ; skip += pageSize) {
      const query = { $orderby: 'taskId desc', $top: String(pageSize), $skip: String(skip) };
      const answer = await this.test.api.get('devices/exportTasks', { query }).catch(() => undefined);
      if (!answer || busy.includes(answer.status)) return undefined;
      assert.equal(answer.status, 200, answer.text);
      const page = answer.json.value;
      for (const task of page) listed.set(task.description, task);
      if (page.length < pageSize || Number(page.at(-1).id) <= oldest) return listed;
    }
  }

  async #follow(task, found) {
    if (!found) {
      assert.ok(task.isLost, `task ${task.id} was acknowledged, but there is none`);
      return this.#close(task);
    }
    this.#found(task, found);
    task.state = found.state;
    if (isOvertaken(task, found)) {
      await noteManifest(task); // which is as it was
      return this.#close(task);
    }
    assert.notEqual(found.state, 'Failed', `task ${task.id} failed: ${found.errorDetails}`);
    if (found.progress?.waitingFor === 'Credential') return this.#renew(task);
    if (found.state !== 'Succeeded') return undefined;
    await this.#check(task, found);
    return this.#close(task);
  }

  // When there is no answer, or the new SAS has ended as well, the next list tells that the task still waits.
  async #renew(task) {
    const answer = await this.test.api.renewCredential(task.id, task.container.sasUrl()).catch(() => undefined);
    if (answer?.status === 200) this.renewals += 1;
  }

  async #check(task, found) {
    const { ledger } = this.test;
    Object.assign(task, found);
    task.endedAt = ledger.now();
    const { manifest, files, records } = await readExport(task.container, found);
    assert.deepEqual(manifest, task.visible ?? manifest, 'a manifest that was visible is another one');
    task.visible = manifest;
    task.cutOff = manifest.cutOff;
    if (Object.hasOwn(historicalTypes, task.exportType)) ledger.checkHistorical(task, manifest, records);
    else ledger.checkSnapshot(task, records);
    this.checked += 1;
    this.files += files.length;
  }

  // To be called while there is no server: what a reader could see then must hold, and stay.
  async noteWhatIsVisible() {
    for (const task of this.open) {
      try {
        await noteManifest(task);
      } catch (error) {
        if (!task.isClosed) throw error; // else its container was removed meanwhile
      }
    }
  }

  // To be called when the power was cut and there is no server.
  async checkSurvivors() {
    for (const task of this.#toSurvive.splice(0)) {
      assert.ok(await noteManifest(task), `task ${task.id} has succeeded, but its manifest is gone`);
      await this.#remove(task);
    }
  }

  // Where the storage loses power as well, what has succeeded is kept until it did.
  async #close(task) {
    task.isClosed = true;
    if (task.state === 'Succeeded' && this.test.storage.directories.length > 0) this.#toSurvive.push(task);
    else await this.#remove(task);
  }

  async #remove(task) {
    await this.test.storage.removeContainer(task.container, { isShared: task.isRestored });
    task.container = undefined;
  }

  // These end, and are checked.
  async settle(open = this.open) {
    const left = () => open.filter((task) => !task.isClosed).map(({ id, state }) => `${id} ${state}`);
    await waitFor(
      () => `tasks to end: ${left()}`,
      () => this.test.over || left().length === 0,
      { timeoutMs: 120_000 },
    );
  }

  // All that was collected of these days, and the state of all devices, exported now.
  async checkAccount(startDate, endDate) {
    const account = [];
    while (account.length < kinds.length && !this.test.over) {
      const kind = kinds[account.length];
      const selection = selectionOf(kind, startDate, endDate);
      const task = await this.create({ kind, ...selection, exportFormat: 'JsonLinesBlob' });
      if (!task.isLost) account.push(task);
    }
    await this.settle(account);
    if (this.test.over) return;
    const historical = account.filter((task) => Object.hasOwn(historicalTypes, task.exportType));
    this.test.ledger.checkCuts(Math.min(...historical.map((task) => task.cutOff)));
  }
}
