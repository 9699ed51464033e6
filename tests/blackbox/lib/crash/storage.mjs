// Where the tasks of a crash test write: this process's own blob server, Azurite, or directories.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync, watch } from 'node:fs';
import { join } from 'node:path';

import { Azurite } from '../azurite.mjs';
import * as faults from '../blob-faults.mjs';
import { BlobServer } from '../blob-server.mjs';
import { DirectoryContainer } from '../directory.mjs';
import { makeTemporaryDirectory } from '../temporary.mjs';
import { clientMoments, directoryMoments, storageMoments } from './kills.mjs';

export const isManifest = (blob) => blob.endsWith('.manifest.json');
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

// Faults that pass when a request is sent again.
const passing = [
  faults.answers(500, 'InternalError'),
  faults.answers(503, 'ServerBusy'),
  faults.resetsBefore(),
  faults.resetsAfter(),
  faults.answersHalf(),
  faults.damages(),
  faults.readsSlowly(20),
  faults.answersSlowly(100),
];

// The blob server, whose containers also check at each commit what a reader could see.
export class WatchedStorage {
  moments = [...clientMoments, ...storageMoments];
  directories = []; // that lose power when the server does
  faults = 0;

  // `faultRate`: how many of the requests fail, 0 to 1. `broken` is called with an error. `trap` is called
  // with every request and may return a fault.
  static async start({ random, faultRate = 0, broken, trap }) {
    const storage = new WatchedStorage();
    Object.assign(storage, { random, faultRate, broken, trap });
    storage.server = await BlobServer.start();
    storage.origin = storage.server.origin;
    return storage;
  }

  get signatures() {
    return this.server.signatures;
  }

  createContainer(name) {
    const container = this.server.createContainer(name);
    const staged = new Set(); // when the first blob became visible
    container.script = (request) => this.trap(request) ?? this.#fault(container, request);
    container.onCommit = (blob) => {
      if (staged.size === 0) [blob, ...container.staged()].forEach((name) => staged.add(name));
      try {
        checkVisible(container, blob, staged);
      } catch (error) {
        this.broken(error);
      }
    };
    return container;
  }

  #fault(container, { blob }) {
    if (blob.startsWith('.') || !this.random.chance(this.faultRate)) return undefined;
    this.faults += 1;
    const revokes = faults.first(() => container.revoke());
    return this.random.pick([...passing, revokes]);
  }

  // How far a task is that writes there.
  momentOf(container) {
    const visible = container.list();
    if (visible.some(isManifest)) return 'complete';
    if (visible.length > 0) return 'committing';
    return container.staged().some((blob) => !blob.startsWith('.')) ? 'staging' : 'before';
  }

  removeContainer(container) {
    this.server.deleteContainer(container.name);
  }

  get log() {
    return this.server.requests;
  }

  stop() {
    return this.server.stop();
  }
}

// `blob` was committed just now.
function checkVisible(container, blob, stagedAtFirst) {
  const visible = container.list();
  const manifest = visible.find(isManifest);
  if (!manifest) return;
  for (const { name, sha256: wanted } of JSON.parse(container.download(manifest)).files) {
    assert.ok(visible.includes(name), `${manifest} is visible and lists ${name}, which is not`);
    if (blob !== name && !isManifest(blob)) continue;
    assert.equal(sha256(container.download(name)), wanted, `${name} is not what ${manifest} says`);
    assert.ok(stagedAtFirst.has(name), `${name} was not staged when the first file became visible`);
  }
}

export class AzuriteStorage {
  moments = clientMoments;
  directories = [];
  faults = 0;
  log = [];

  static async start() {
    const storage = new AzuriteStorage();
    storage.azurite = await Azurite.start();
    storage.origin = storage.azurite.origin;
    return storage;
  }

  get signatures() {
    return this.azurite.signatures;
  }

  createContainer(name) {
    return this.azurite.createContainer(name);
  }

  momentOf() {
    return 'unknown';
  }

  removeContainer(container) {
    return container.client.delete();
  }

  stop() {
    return this.azurite.stop();
  }
}

class WatchedDirectory extends DirectoryContainer {
  // `hear` is called with the moments at which a file appears.
  constructor(directory, hear) {
    super(directory);
    mkdirSync(directory);
    // One that is left behind does not keep the process from ending.
    this.watcher = watch(directory, { persistent: false }, (_, name) => {
      if (name && !name.startsWith('.')) hear(isManifest(name) ? 'manifest visible' : 'file visible');
    });
  }

  // As a reader sees it, without what is staged.
  async list() {
    return (await super.list()).filter((name) => !name.startsWith('.'));
  }

  sasUrl() {
    return `file://${this.directory}`;
  }
}

export class DirectoryStorage {
  moments = [...clientMoments, ...directoryMoments];
  faults = 0;
  log = [];
  signatures = [];
  root = makeTemporaryDirectory('crash-exports');
  directories = [this.root];
  origin = `file://${this.root}`;

  static async start({ hear }) {
    return Object.assign(new DirectoryStorage(), { hear });
  }

  createContainer(name) {
    return new WatchedDirectory(join(this.root, name), this.hear);
  }

  momentOf({ directory }) {
    const names = readdirSync(directory);
    if (names.some(isManifest)) return 'complete';
    if (names.some((name) => !name.startsWith('.'))) return 'committing';
    return names.length > 0 ? 'staging' : 'before';
  }

  // `isShared`: with a lost server, which may have left in it what it staged.
  removeContainer({ watcher, directory }, { isShared = false } = {}) {
    watcher.close();
    const staged = readdirSync(directory).filter((name) => name.includes('.parts-'));
    if (!isShared) assert.deepEqual(staged, [], 'a task that has ended leaves nothing of what it staged');
    rmSync(directory, { recursive: true });
  }

  async stop() {
    rmSync(this.root, { recursive: true });
  }
}
