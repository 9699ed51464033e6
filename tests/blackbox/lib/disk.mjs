// A disk that fails on demand: tests/disk_faults, which the build puts beside the program.
import { existsSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { program } from './server.mjs';
import { makeTemporaryDirectory } from './temporary.mjs';

// RAWHAUL_DISK_FAULTS names it where it is elsewhere.
function library() {
  const build = dirname(dirname(dirname(realpathSync(program()))));
  const path = process.env.RAWHAUL_DISK_FAULTS ?? join(build, 'tests', 'disk_faults', 'disk_faults.so');
  if (!existsSync(path)) throw new Error(`there is no ${path}: build the target disk_faults`);
  return path;
}

export class FaultyDisk {
  constructor(directory) {
    this.control = join(makeTemporaryDirectory('disk'), 'fault');
    // What a program needs in its environment to have this disk.
    this.env = {
      LD_PRELOAD: library(),
      RAWHAUL_FAULTY_DIRECTORY: realpathSync(directory),
      RAWHAUL_FAULT_FILE: this.control,
      // A sanitizer's library wants to be the first one otherwise.
      ASAN_OPTIONS: `${process.env.ASAN_OPTIONS ?? ''}:verify_asan_link_order=0`,
    };
  }

  // From now on everything that writes fails so: 'ENOSPC', 'EIO' or 'EROFS'.
  fail(error) {
    writeFileSync(this.control, error);
  }

  heal() {
    rmSync(this.control, { force: true });
  }
}
