// Disks that fail on demand, and such as lose power: tests/disk_faults, which the build puts beside the program.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { program } from './server.mjs';
import { makeTemporaryDirectory } from './temporary.mjs';

// RAWHAUL_DISK_FAULTS names their directory where it is elsewhere.
function built(name) {
  const besideProgram = () => join(dirname(realpathSync(program())), '..', '..', 'tests', 'disk_faults');
  const path = join(process.env.RAWHAUL_DISK_FAULTS ?? besideProgram(), name);
  if (!existsSync(path)) throw new Error(`there is no ${path}: build the targets disk_faults, power_loss and cut_power`);
  return path;
}

// What a program needs in its environment to have a disk of this library.
const environmentOf = (library, settings) => ({
  ...settings,
  LD_PRELOAD: built(library),
  // A sanitizer's library wants to be the first one otherwise.
  ASAN_OPTIONS: `${process.env.ASAN_OPTIONS ?? ''}:verify_asan_link_order=0`,
});

// The same for several disks.
export function environmentOfAll(...disks) {
  const libraries = disks.map(({ env }) => env.LD_PRELOAD);
  return Object.assign({}, ...disks.map(({ env }) => env), { LD_PRELOAD: libraries.join(':') });
}

export class FaultyDisk {
  constructor(directory) {
    this.control = join(makeTemporaryDirectory('disk'), 'fault');
    const settings = { RAWHAUL_FAULTY_DIRECTORY: realpathSync(directory), RAWHAUL_FAULT_FILE: this.control };
    this.env = environmentOf('disk_faults.so', settings);
  }

  // From now on everything that writes fails so: 'ENOSPC', 'EIO' or 'EROFS'.
  fail(error) {
    writeFileSync(this.control, error);
  }

  heal() {
    rmSync(this.control, { force: true });
  }
}

// Of these directories. What was written before a program had this disk is on it for good.
export class VolatileDisk {
  constructor(directories) {
    this.directories = directories.map((directory) => realpathSync(directory));
    this.journal = makeTemporaryDirectory('power');
    mkdirSync(join(this.journal, 'kept'));
    const settings = { RAWHAUL_POWER_DIRECTORIES: this.directories.join(':'), RAWHAUL_POWER_JOURNAL: this.journal };
    this.env = environmentOf('power_loss.so', settings);
  }

  // To be called when all programs that have this disk are killed. Of what was not synced nothing is kept ('lost'),
  // what came before some moment ('prefix'), or some sectors ('torn'). Returns the numbers of {changes, files,
  // directories} that were not synced.
  cutPower(mode = 'lost', seed = 0) {
    const args = [this.journal, mode, String(seed), ...this.directories];
    return JSON.parse(execFileSync(built('cut_power'), args, { encoding: 'utf8' }));
  }
}
