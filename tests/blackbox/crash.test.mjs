// What was acknowledged survives kill -9 at any moment, and every export keeps to its cut: see lib/crash. With
// RAWHAUL_CRASH_SEED the moments are drawn from that seed. `./x soak` is the long form.
import { describe, it } from 'node:test';

import { CrashTest } from './lib/crash/crash-test.mjs';
import { DirectoryStorage, WatchedStorage } from './lib/crash/storage.mjs';

const seed = Number(process.env.RAWHAUL_CRASH_SEED ?? Date.now() % 2 ** 31);
const storages = [WatchedStorage, WatchedStorage, DirectoryStorage];
const killsEach = 35;

describe('killed again and again', { concurrency: storages.length }, () => {
  for (const [i, Storage] of storages.entries()) {
    it(`server ${i + 1} keeps what it acknowledged, and its exports are whole: ${Storage.name}`, async (t) => {
      t.diagnostic(`seed ${seed + i}`);
      const test = await CrashTest.start({ seed: seed + i, makeStorage: (how) => Storage.start(how) });
      t.diagnostic(JSON.stringify(await test.run({ kills: killsEach })));
    });
  }
});
