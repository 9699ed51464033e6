// What was acknowledged survives kill -9 and a power cut at any moment, and every export keeps to its cut: see
// lib/crash. The moments are drawn from one seed, or from RAWHAUL_CRASH_SEED. `./x soak` is the long form.
import { describe, it } from 'node:test';

import { CrashTest } from './lib/crash/crash-test.mjs';
import { DirectoryStorage, WatchedStorage } from './lib/crash/storage.mjs';

const seed = Number(process.env.RAWHAUL_CRASH_SEED ?? 1);
const storages = [WatchedStorage, WatchedStorage, DirectoryStorage];
const killsEach = 35;
const longestMs = 240_000; // a machine that is busy kills less often

describe('killed again and again', { concurrency: storages.length }, () => {
  for (const [i, Storage] of storages.entries()) {
    it(`server ${i + 1} keeps what it acknowledged, and its exports are whole: ${Storage.name}`, async (t) => {
      t.diagnostic(`seed ${seed + i}`);
      const test = await CrashTest.start({ seed: seed + i, makeStorage: (how) => Storage.start(how) });
      t.diagnostic(JSON.stringify(await test.run({ kills: killsEach, until: Date.now() + longestMs })));
    });
  }
});
