// The directory in which all of it happens, and the end of all that was started.
import { mkdirSync, readdirSync, rmSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';

// Flat rows in two formats, whole and in parts, the stores of four systems, and those of the growth.
const bytesPerEvent = 4000;

export class Workspace {
  #endings = [];

  constructor(directory) {
    this.directory = directory;
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(directory, { recursive: true });
    this.atEnd(() => rmSync(directory, { recursive: true, force: true }));
  }

  requireSpaceFor(events) {
    const { bavail, bsize } = statfsSync(this.directory);
    const [free, needed] = [bavail * bsize, events * bytesPerEvent].map((bytes) => bytes / 2 ** 30);
    if (free < needed) {
      throw new Error(
        `${this.directory} has ${free.toFixed(1)} GiB free; ${events} events need ${needed.toFixed(1)}: ` +
          'free some space, or take fewer with --events',
      );
    }
  }

  path(...names) {
    return join(this.directory, ...names);
  }

  makeDirectory(...names) {
    const path = this.path(...names);
    mkdirSync(path, { recursive: true });
    return path;
  }

  remove(...paths) {
    for (const path of paths) rmSync(path, { recursive: true, force: true });
  }

  // `work` is done at the end, also after an error or Ctrl-C; the last that was added comes first.
  atEnd(work) {
    this.#endings.push(work);
  }

  async end() {
    for (let work = this.#endings.pop(); work; work = this.#endings.pop()) {
      try {
        await work();
      } catch (error) {
        process.stderr.write(`bench: while cleaning up: ${error.message}\n`);
      }
    }
  }
}

// What the files of a directory take, in bytes of disk.
export function diskBytesOf(directory) {
  return readdirSync(directory, { withFileTypes: true }).reduce((sum, entry) => {
    const path = join(directory, entry.name);
    return sum + (entry.isDirectory() ? diskBytesOf(path) : statSync(path).blocks * 512);
  }, 0);
}
