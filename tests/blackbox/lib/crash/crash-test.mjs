// Kills the server again and again while clients go on, and keeps account of what must have survived.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';

import { Api, Collect } from '../api.mjs';
import { FaultyDisk, VolatileDisk, environmentOfAll } from '../disk.mjs';
import { claimPort } from '../ports.mjs';
import { assertNoSecrets } from '../secrets.mjs';
import { Server } from '../server.mjs';
import { makeTemporaryDirectory } from '../temporary.mjs';
import { Backups } from './backups.mjs';
import {
  AskingClient,
  BulkClient,
  ExportingClient,
  ForgetfulClient,
  ForgetfulSegmentClient,
  ResendingClient,
  SegmentClient,
} from './clients.mjs';
import { keepEvidence } from './evidence.mjs';
import { HoldingClient, memoryConfig } from './holding.mjs';
import { ImportingClient } from './importing.mjs';
import { Trap } from './kills.mjs';
import { Ledger } from './ledger.mjs';
import { Random } from './random.mjs';
import { Tasks } from './tasks.mjs';

const day = 86_400_000;
const firstDay = Date.parse('2016-04-01');
// A day of the records, so that what a task exports stays small however long the test takes.
const batchesPerDay = 100;
const fullEveryMs = 3_000;
const fullForMs = 60;
const lossRate = 0.3; // of power cuts after which the data are gone
const trapTimeoutMs = 5_000; // a moment that does not come by then is passed over

export class CrashTest {
  #random;
  #isDown = false;
  #up;
  #announceUp;
  #fail;
  #killing;
  #clients = [];
  #trap;
  #accountFrom; // the first day that the next account has to cover

  // `makeStorage` is called with {random, broken, trap, hear}. `report` is called with a line after each kill.
  static async start({ seed, makeStorage, report = () => {} }) {
    const test = new CrashTest(seed, report);
    const random = test.#random.fork();
    const broken = (error) => test.#fail(error);
    const trap = (request) => test.#trap?.faultFor(request);
    test.storage = await makeStorage({ random, broken, trap, hear: test.hear });
    try {
      await test.#setUp();
    } catch (error) {
      await test.storage.stop();
      throw error;
    }
    return test;
  }

  constructor(seed, report) {
    this.seed = seed;
    this.report = report;
    this.#random = new Random(seed);
    this.ledger = new Ledger();
    this.kills = 0; // kill -9 alone, or with the power
    this.cuts = 0; // of the power
    this.fullDisks = 0; // moments in which nothing could be written
    this.unsynced = 0; // changes that were lost, or could have been
    this.hits = {}; // moments of open tasks => how many kills met one in it
    this.closing = false; // clients end what they do
    this.over = false; // everything ends
    this.failure = new Promise((_, reject) => {
      this.#fail = reject;
    });
    this.failure.catch(() => {
      this.over = true;
      this.#announceUp();
    });
    this.#goDown();
  }

  async #setUp() {
    const dataDirectory = makeTemporaryDirectory('crash');
    this.disk = new VolatileDisk([dataDirectory, ...this.storage.directories]);
    this.faultyDisk = new FaultyDisk(dataDirectory);
    this.server = new Server({
      dataDirectory,
      env: environmentOfAll(this.faultyDisk, this.disk),
      config: `[destinations]\nallow = ["${this.storage.origin}", "${this.ledger.imports.origin}"]\n${memoryConfig}`,
      listen: `127.0.0.1:${await claimPort()}`,
    });
    await this.server.init();
    const app = await this.server.createApp('android');
    this.api = new Api(this.server, app, await this.server.createClient());
    this.collect = new Collect(this.server, app);
    this.tasks = new Tasks(this);
    this.backups = new Backups(this, this.#random.fork());
    this.holding = new HoldingClient(this, this.#random.fork());
  }

  // ---- What clients use

  get up() {
    return this.#up;
  }

  get isDown() {
    return this.#isDown;
  }

  get day() {
    return this.#dayOf(this.ledger.batches.length);
  }

  get dayBefore() {
    return this.#dayOf(this.ledger.batches.length - batchesPerDay);
  }

  // Behind all that is stored before the last task of an account has its cut: what that holds must be in its range.
  get #dayAhead() {
    return this.#dayOf(this.ledger.batches.length + 10 * batchesPerDay);
  }

  #dayOf(batch) {
    const days = Math.max(0, Math.floor(batch / batchesPerDay));
    return new Date(firstDay + days * day).toISOString().slice(0, 10);
  }

  hear = (moment) => this.#trap?.hear(moment);

  // ---- The test

  // Until there were that many kills, or until that time, whichever comes first. Leaves evidence when the
  // account is broken.
  async run({ kills = Infinity, until = Infinity }) {
    const work = this.#run(kills, until);
    try {
      await Promise.race([this.failure, work]);
      assertNoSecrets(this.server.output, [...this.server.secrets, ...this.storage.signatures]);
      return this.summary();
    } catch (error) {
      await this.#abort(work);
      throw await keepEvidence(this, error);
    } finally {
      await this.storage.stop();
    }
  }

  async #abort(work) {
    this.over = true;
    this.#announceUp();
    await this.#killServer();
    await Promise.allSettled([work, ...this.#clients]);
  }

  async #run(kills, until) {
    await this.#killUntil(kills, until);
    if (!this.over) await this.#end();
  }

  async #killUntil(kills, until) {
    await this.#startServer();
    await this.ledger.delivery.start(this.api);
    this.#startClients();
    let rest = [];
    this.#accountFrom = this.day;
    while (this.kills < kills && Date.now() < until && !this.over) {
      if (rest.length === 0) rest = this.#shuffled(this.storage.moments);
      await this.#killAt(rest.pop());
      await this.#restart(kills);
      if (this.#random.chance(0.8)) await this.tasks.settle();
      const from = this.#accountFrom;
      this.#accountFrom = this.dayBefore; // of what is not checked by this account
      this.#accountAlso(this.ledger.firstOpenDay);
      await this.tasks.checkAccount(from, this.#dayAhead);
      this.report(this.summary());
    }
  }

  // The next account covers this day, too.
  #accountAlso(day) {
    if (day < this.#accountFrom) this.#accountFrom = day;
  }

  async #end() {
    this.closing = true;
    await Promise.all(this.#clients);
    await this.tasks.settle();
    await this.tasks.checkAccount(this.#dayOf(0), this.day);
    this.over = true;
    await this.server.stop();
  }

  #shuffled(list) {
    return list
      .map((item) => ({ item, key: this.#random.next() }))
      .sort((a, b) => a.key - b.key)
      .map(({ item }) => item);
  }

  #startClients() {
    const add = (Client, name) => this.#background(new Client(this, this.#random.fork(), name).run());
    this.#clients = [
      ...['r1', 'r2', 'r3'].map((name) => add(ResendingClient, name)),
      add(ForgetfulClient, 'forgetful'),
      add(BulkClient, 'bulk'),
      add(SegmentClient, 'segment'),
      add(ForgetfulSegmentClient, 'forgetful segment'),
      add(AskingClient, 'asking'),
      add(ImportingClient, 'importing'),
      ...['e1', 'e2'].map((name) => add(ExportingClient, name)),
    ];
    this.#background(this.tasks.watch());
    this.#background(this.#fillDisk(this.#random.fork()));
    this.#background(this.backups.run());
    this.#background(this.holding.run());
  }

  #background(work) {
    return work.catch((error) => this.#fail(error));
  }

  // Now and then the disk is full for a moment, so that what clients send is refused. It has room at each start.
  async #fillDisk(random) {
    while (!this.closing && !this.over) {
      await sleep(random.below(fullEveryMs));
      if (this.#isDown) continue;
      this.faultyDisk.fail('ENOSPC');
      this.fullDisks += 1;
      await sleep(random.below(fullForMs));
      this.faultyDisk.heal();
    }
  }

  // ---- Killing

  async #killAt(moment) {
    let timer;
    const killed = new Promise((resolve) => {
      this.#trap = new Trap(moment, this.#random, () => resolve(this.#killServer()));
      timer = setTimeout(resolve, trapTimeoutMs);
    });
    await killed;
    clearTimeout(timer);
    this.#trap.cancel();
    this.#trap = undefined;
    await this.#killServer();
  }

  #killServer() {
    if (this.#killing || !this.server.child) return this.#killing;
    this.#goDown();
    this.#countKill();
    this.#killing = this.#endServer();
    return this.#killing;
  }

  async #endServer() {
    await this.server.kill();
    await this.backups.interrupt();
    this.faultyDisk.heal();
    this.ledger.noteKill();
    const isCut = this.kills % 2 === 0;
    if (isCut) this.#cutPower();
    try {
      if (isCut) await this.tasks.checkSurvivors();
      await this.tasks.noteWhatIsVisible();
      if (isCut && this.backups.latest && this.#random.chance(lossRate)) await this.#loseDisk();
    } catch (error) {
      this.#fail(error);
    }
    this.#killing = undefined;
  }

  // kill -9 leaves all that was written, a power cut what was synced, or more.
  #cutPower() {
    const mode = this.#random.pick(['lost', 'prefix', 'torn']);
    this.unsynced += this.disk.cutPower(mode, this.#random.below(2 ** 32)).changes;
    this.cuts += 1;
  }

  // A disk does not come back with its power, and the latest backup takes its place.
  async #loseDisk() {
    const cut = this.backups.latest;
    await this.tasks.pause();
    await this.backups.restore();
    await this.tasks.restore(cut);
    this.#accountAlso(this.ledger.restore(cut));
  }

  #countKill() {
    this.kills += 1;
    const hits = new Set(this.tasks.open.map(({ container }) => this.storage.momentOf(container)));
    if (this.ledger.imports.open.length > 0) hits.add('importing');
    for (const hit of hits) this.hits[hit] = (this.hits[hit] ?? 0) + 1;
  }

  // Some starts are cut short, too, and so is what the server does at once about its tasks.
  async #restart(kills) {
    while (this.kills < kills && !this.over && this.#random.chance(0.25)) {
      const starting = this.server.start();
      starting.catch(() => {}); // it was killed
      await sleep(this.#random.below(250));
      assert.ok(this.server.running, `the server ended by itself:\n${this.server.output.slice(-2000)}`);
      await this.#killServer();
    }
    await this.#startServer();
  }

  async #startServer() {
    if (this.over) return;
    await this.server.start();
    this.#watchServer(this.server.child);
    this.#announceUp();
  }

  async #watchServer(child) {
    await child.end;
    if (this.server.child === child && !this.#killing && !this.over) {
      this.#fail(new Error(`the server ended by itself:\n${child.output.slice(-2000)}`));
    }
  }

  #goDown() {
    if (this.#isDown || this.over) return; // at the end nobody waits for it
    this.#isDown = true;
    this.#up = new Promise((resolve) => {
      this.#announceUp = () => {
        this.#isDown = false;
        resolve();
      };
    });
  }

  summary() {
    return {
      kills: this.kills,
      cuts: this.cuts,
      fullDisks: this.fullDisks,
      refused: this.ledger.refused,
      unsynced: this.unsynced,
      hits: this.hits,
      batches: this.ledger.batches.length,
      acknowledged: this.ledger.acknowledged.length,
      records: this.ledger.recordCount,
      messages: this.ledger.segment.count,
      given: this.ledger.delivery.given,
      wrong: this.ledger.wrong,
      held: this.holding.held,
      imports: this.ledger.imports.ended,
      backups: this.backups.made,
      restores: this.backups.restored,
      tasks: this.tasks.checked,
      files: this.tasks.files,
      faults: this.storage.faults,
      renewals: this.tasks.renewals,
    };
  }
}
