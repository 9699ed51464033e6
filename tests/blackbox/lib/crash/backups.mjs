// Backups that are made while clients go on, and one that takes the place of data that are lost.
//
// What a backup has is told by two instants, {asOf, until}: all that was acknowledged before `asOf`, and nothing that
// was sent after `until`.
import assert from 'node:assert/strict';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { Child, run } from '../child.mjs';
import { program } from '../server.mjs';
import { makeTemporaryDirectory } from '../temporary.mjs';

const backupEveryMs = 6_000;
const diskIsFull = /No space left on device|DiskFull|DiskError|Resource busy|previous error/; // or was just now

// What was sent is unknown from now on, or gone, where its fate was not certain when the backup of this cut was asked
// for. `sent`: {sentAt, ackedAt, givenUpAt, refusedAt}. Whether that is so.
export function rewind(sent, { asOf, until }) {
  if (sent.sentAt === undefined) return false;
  if ((sent.ackedAt ?? sent.givenUpAt ?? sent.refusedAt) < asOf) return false;
  sent.ackedAt = undefined;
  sent.givenUpAt = until; // unless it is sent again
  if (sent.sentAt > until) sent.sentAt = undefined;
  return true;
}

export class Backups {
  #home = makeTemporaryDirectory('crash-backups');
  #child;
  #asked = 0;
  made = 0;
  restored = 0;
  latest = undefined; // {directory, asOf, until}

  // `test`: {server, ledger, up, isDown, closing, over, kills}, see crash-test.mjs.
  constructor(test, random) {
    this.test = test;
    this.random = random;
  }

  // Makes one after the other.
  async run() {
    while (!this.test.closing && !this.test.over) {
      await sleep(this.random.below(backupEveryMs));
      await this.test.up;
      if (!this.test.isDown && !this.test.over) await this.#make();
    }
  }

  async #make() {
    const { ledger, server, kills } = this.test;
    this.#asked += 1;
    const directory = join(this.#home, `${this.#asked}`); // of its own: one that is killed may be there all the same
    const asOf = ledger.now();
    const args = ['backup', '--data', server.dataDirectory, '--to', directory];
    this.#child = new Child(program(), args, { name: 'rawhaul backup', env: server.env });
    const { code } = await this.#child.end;
    const { output } = this.#child;
    this.#child = undefined;
    if (code !== 0) {
      const isExcused = this.test.kills > kills || diskIsFull.test(output);
      assert.ok(isExcused, `the backup ended with ${code}: ${output}`);
      return;
    }
    const before = this.latest;
    this.latest = { directory, asOf, until: ledger.now() };
    this.made += 1;
    ledger.noteBackup(this.latest);
    if (before) rmSync(before.directory, { recursive: true });
  }

  // To be called when the server is killed: one that is under way does not go on without it.
  async interrupt() {
    const child = this.#child;
    if (child) await child.stop('SIGKILL');
  }

  // To be called when there is no server, and nothing that is not synced: its data are those of the latest backup from
  // now on. They are on the disk for good.
  async restore() {
    const { server } = this.test;
    const { dataDirectory } = server;
    for (const name of readdirSync(dataDirectory)) rmSync(join(dataDirectory, name), { recursive: true });
    await run(program(), ['restore', '--from', this.latest.directory, '--data', dataDirectory]);
    server.writeConfig();
    this.restored += 1;
  }
}
