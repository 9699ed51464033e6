// Directories that are gone when this process is.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const directories = new Set();

process.on('exit', () => {
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});

export function makeTemporaryDirectory(name) {
  const directory = mkdtempSync(join(tmpdir(), `rawhaul-${name}-`));
  directories.add(directory);
  return directory;
}
