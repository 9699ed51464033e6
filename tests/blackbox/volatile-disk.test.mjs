// That the disk that loses power keeps what was synced, and nothing else: what tests of lost power stand on.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { VolatileDisk } from './lib/disk.mjs';
import { makeTemporaryDirectory } from './lib/temporary.mjs';

// What the programs below use.
const prelude = `
  const fs = require('node:fs');
  const open = (path, flags = 'r+') => fs.openSync(path, flags);
  const sync = (path) => { const file = open(path, 'r'); fs.fsyncSync(file); fs.closeSync(file); };
  const write = (path, text, at = 0) => {
    const file = open(path, fs.existsSync(path) ? 'r+' : 'w');
    fs.writeSync(file, text, at);
    fs.closeSync(file);
  };
`;

// A disk that holds the file `old` with "first" and the directory `full` with the file `inner`.
class TestDisk {
  constructor() {
    this.directory = makeTemporaryDirectory('volatile');
    writeFileSync(join(this.directory, 'old'), 'first');
    mkdirSync(join(this.directory, 'full'));
    writeFileSync(join(this.directory, 'full', 'inner'), 'inner');
    this.disk = new VolatileDisk([this.directory]);
  }

  // Runs a program on it, which is killed at its end.
  run(program) {
    const script = `${prelude}\n${program}\nprocess.kill(process.pid, 'SIGKILL')`;
    const env = { ...process.env, ...this.disk.env };
    const { signal, stderr } = spawnSync(process.execPath, ['-e', script], { cwd: this.directory, env });
    assert.equal(signal, 'SIGKILL', String(stderr));
  }

  cut(...how) {
    return this.disk.cutPower(...how);
  }

  // {path: content}; a directory has an object in the place of the content.
  tree(directory = this.directory) {
    const entries = readdirSync(directory).sort().map((name) => {
      const path = join(directory, name);
      return [name, statSync(path).isDirectory() ? this.tree(path) : readFileSync(path, 'latin1')];
    });
    return Object.fromEntries(entries);
  }
}

const before = { full: { inner: 'inner' }, old: 'first' };
const zeros = (count) => '\0'.repeat(count);

// [what is done, program, what is left when power is lost]
const cases = [
  ['nothing', '', before],
  ['a file is overwritten', "write('old', 'SEC', 2)", before],
  ['a file is overwritten and synced', "write('old', 'SEC', 2); sync('old')", { ...before, old: 'fiSEC' }],
  ['a file grows', "write('old', ' and more', 5)", before],
  ['a file is appended to', "fs.appendFileSync('old', ' and more')", before],
  ['a file grows, is synced, and grows', "write('old', '2', 5); sync('old'); write('old', '3', 6)", { ...before, old: 'first2' }],
  ['a file is overwritten, synced, and overwritten', "write('old', 'F'); sync('old'); write('old', 'G'); write('old', 'H')", { ...before, old: 'First' }],
  ['a file is cut', "fs.truncateSync('old', 2)", before],
  ['a file is cut, synced, and grows', "fs.truncateSync('old', 2); sync('old'); fs.truncateSync('old', 4)", { ...before, old: 'fi' }],
  ['a file is made longer and synced', "fs.truncateSync('old', 7); sync('old')", { ...before, old: `first${zeros(2)}` }],
  ['a file is written anew', "fs.writeFileSync('old', 'x')", before],
  ['a file is written anew and synced', "fs.writeFileSync('old', 'x'); sync('old')", { ...before, old: 'x' }],
  ['a file is written anew in vain', "fs.writeFileSync('old', 'x'); sync('full')", before],
  ['each write is synced by itself', "const file = open('old', 'rs+'); fs.writeSync(file, 'FIRST'); write('old', 'x')", { ...before, old: 'FIRST' }],
  ['several parts are written at once', "const file = open('old'); fs.writevSync(file, [Buffer.from('a'), Buffer.from('b')]); fs.writevSync(file, [Buffer.from('c')], 9)", before],
  ['a file is copied', "fs.copyFileSync('full/inner', 'old')", before],
  ['a copy is synced', "fs.copyFileSync('full/inner', 'old'); sync('old')", { ...before, old: 'inner' }],

  ['a file is made', "write('new', 'x')", before],
  ['a file is made and synced, but not its name', "write('new', 'x'); sync('new')", before],
  ['a file is made, of which the name alone is synced', "write('new', 'x'); sync('.')", { ...before, new: '' }],
  ['a file is made and synced, and so is its name', "write('new', 'x'); sync('new'); sync('.')", { ...before, new: 'x' }],
  ['a file is removed', "fs.unlinkSync('old')", before],
  ['a file is removed, and its directory is synced', "fs.unlinkSync('old'); sync('.')", { full: before.full }],
  ['a file is overwritten and removed', "write('old', 'x'); fs.unlinkSync('old')", before],
  ['a file is removed and made again', "fs.unlinkSync('old'); write('old', 'x'); sync('old')", before],
  ['a file is removed, made again, and all is synced', "fs.unlinkSync('old'); write('old', 'x'); sync('old'); sync('.')", { ...before, old: 'x' }],
  ['a file is renamed', "fs.renameSync('old', 'new')", before],
  ['a file is renamed twice, and synced in between', "fs.renameSync('old', 'b'); sync('.'); fs.renameSync('b', 'c')", { full: before.full, b: 'first' }],
  ['a file is renamed, overwritten and synced', "fs.renameSync('old', 'new'); write('new', 'F'); sync('new')", { ...before, old: 'First' }],
  ['a file takes the place of another one', "write('new', 'x'); sync('new'); fs.renameSync('new', 'old')", before],
  ['a file takes the place of another one, for good', "write('new', 'x'); sync('new'); fs.renameSync('new', 'old'); sync('.')", { ...before, old: 'x' }],
  ['a file takes the place of another one before it was synced', "write('new', 'x'); fs.renameSync('new', 'old'); sync('.')", { ...before, old: '' }],
  ['a file gets another name', "fs.linkSync('old', 'new'); sync('old')", before],
  ['a file gets another name, which is synced', "fs.linkSync('old', 'new'); sync('.'); write('new', 'x')", { ...before, new: 'first' }],
  ['a file with two names loses both', "fs.linkSync('old', 'full/new'); sync('full'); fs.unlinkSync('old'); fs.unlinkSync('full/new'); sync('.')", { full: { inner: 'inner', new: 'first' } }],
  ['a file moves to another directory', "fs.renameSync('old', 'full/old')", before],
  ['a file moves to another directory, which is synced', "fs.renameSync('old', 'full/old'); sync('full')", { ...before, full: { inner: 'inner', old: 'first' } }],

  ['a directory is made', "fs.mkdirSync('made')", before],
  ['a directory is made with a file that is synced', "fs.mkdirSync('made'); write('made/x', 'x'); sync('made/x'); sync('made')", before],
  ['a directory is made and synced, and a file in it is not', "fs.mkdirSync('made'); sync('.'); write('made/x', 'x'); sync('made/x')", { ...before, made: {} }],
  ['a directory is renamed', "fs.renameSync('full', 'moved')", before],
  ['a directory is renamed for good', "fs.renameSync('full', 'moved'); sync('.')", { moved: { inner: 'inner' }, old: 'first' }],
  ['a directory is renamed, and what is in it is changed', "fs.renameSync('full', 'moved'); write('moved/y', ''); fs.unlinkSync('moved/inner')", before],
  ['a directory is removed with what is in it', "fs.rmSync('full', { recursive: true })", before],
  ['a directory is removed for good', "fs.rmSync('full', { recursive: true }); sync('.')", { old: 'first' }],
  ['a directory is removed and made again', "fs.rmSync('full', { recursive: true }); fs.mkdirSync('full'); write('full/y', 'y'); sync('full')", before],
];

describe('a disk that loses power', () => {
  for (const [what, program, left] of cases) {
    it(what, () => {
      const disk = new TestDisk();
      disk.run(program);
      disk.cut();
      assert.deepEqual(disk.tree(), left);
      assert.equal(disk.cut().changes, 0, 'what is left is on the disk');
    });
  }

  it('what one program wrote is lost though another one came after it', () => {
    const disk = new TestDisk();
    disk.run("write('old', 'X')");
    assert.equal(disk.tree().old, 'Xirst');
    disk.run("write('old', 'Y', 1)");
    disk.cut();
    assert.deepEqual(disk.tree(), before);
  });

  const runPython = (disk, script) =>
    execFileSync('python3', ['-c', script], { cwd: disk.directory, env: { ...process.env, ...disk.disk.env } });

  it('what is stored through a mapping is lost', () => {
    const disk = new TestDisk();
    runPython(disk, "import mmap; f = open('old', 'r+b'); m = mmap.mmap(f.fileno(), 5); m[0:3] = b'FIR'; m.flush()");
    assert.equal(disk.tree().old, 'FIRst');
    disk.cut();
    assert.deepEqual(disk.tree(), before);
  });

  // What a file is published with where a file system has no links; 1 is RENAME_NOREPLACE.
  for (const [what, to, changed] of [
    ['to a name that is free', 'new', { full: before.full, new: 'first' }],
    ['to one that is taken, in vain', 'full', before],
  ]) {
    it(`a file is moved by renameat2 ${what}`, () => {
      const disk = new TestDisk();
      runPython(disk, `import ctypes; ctypes.CDLL(None).renameat2(-100, b'old', -100, b'${to}', 1)`);
      assert.deepEqual(disk.tree(), changed);
      disk.cut();
      assert.deepEqual(disk.tree(), before);
    });
  }

  it('prefix: the disk comes to some moment, in the order of all that was done', () => {
    const inOrder = [
      before,
      { ...before, old: 'Airst' },
      { full: before.full, new: 'Airst' },
      { full: before.full, new: 'ABrst' },
      { full: {}, new: 'ABrst' },
    ].map((state) => JSON.stringify(state));
    const states = new Set();
    for (let seed = 0; seed < 8; seed += 1) {
      const disk = new TestDisk();
      disk.run("write('old', 'A'); fs.renameSync('old', 'new'); write('new', 'B', 1); fs.unlinkSync('full/inner')");
      disk.cut('prefix', seed);
      states.add(JSON.stringify(disk.tree()));
    }
    for (const state of states) assert.ok(inOrder.includes(state), state);
    assert.ok(states.size > 2, `${[...states]}`);
  });

  it('torn: each sector has any state that it had since it was synced', () => {
    const sectors = 100;
    const fill = (letter) => `write('old', '${letter}'.repeat(${sectors * 512}));`;
    const disk = new TestDisk();
    disk.run(`${fill('a')} sync('old'); ${fill('b')} ${fill('c')}`);
    disk.cut('torn', 1);
    const { old } = disk.tree();
    assert.equal(old.length, sectors * 512);
    const states = Array.from({ length: sectors }, (_, i) => old.slice(i * 512, (i + 1) * 512));
    assert.deepEqual([...new Set(states)].sort(), ['a', 'b', 'c'].map((letter) => letter.repeat(512)));
  });
});
