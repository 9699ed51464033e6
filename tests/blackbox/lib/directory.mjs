// A directory that takes exports, read as StorageContainer reads a container.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export class DirectoryContainer {
  constructor(directory) {
    this.directory = directory;
  }

  async list() {
    return readdirSync(this.directory).sort();
  }

  async download(name) {
    return readFileSync(join(this.directory, name));
  }
}
