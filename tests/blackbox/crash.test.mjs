// What was acknowledged survives kill -9 at any moment, and every export keeps to its cut: see lib/crash. With
// RAWHAUL_CRASH_SEED the moments are drawn from that seed. `./x soak` is the long form.
import { describe, it } from 'node:test';

import { CrashTest } from './lib/crash/crash-test.mjs';
import { WatchedStorage } from './lib/crash/storage.mjs';

const seed = Number(process.env.RAWHAUL_CRASH_SEED ?? Date.now() % 2 ** 31);
const servers = 3;
const killsEach = 35;

describe('killed again and again', { concurrency: servers }, () => {
  for (let i = 0; i < servers; i += 1) {
    it(`server ${i + 1} keeps what it acknowledged, and its exports are whole`, async (t) => {
      t.diagnostic(`seed ${seed + i}`);
      const test = await CrashTest.start({ seed: seed + i, makeStorage: (how) => WatchedStorage.start(how) });
      t.diagnostic(JSON.stringify(await test.run({ kills: killsEach })));
    });
  }
});
