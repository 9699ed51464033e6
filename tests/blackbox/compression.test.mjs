// Compressed files consist of many gzip members or zstd frames, made side by side. Every common reader must read them
// as the one file that they are.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createGunzip, gunzipSync } from 'node:zlib';

import { guid } from './lib/batches.mjs';
import { Environment } from './lib/environment.mjs';
import { makeTemporaryDirectory } from './lib/temporary.mjs';

const records = 12_000;
const may = { startDate: '2016-05-01', endDate: '2016-05-01' };
const formats = ['JsonBlob', 'CsvBlob', 'JsonLinesBlob'];

// Several segments of a megabyte, however they are encoded.
function largeBatches() {
  const start = Date.parse('2016-05-01T08:00:00Z');
  return Array.from({ length: records / 100 }, (_, batch) => ({
    deviceId: guid(`device ${batch}`),
    records: Array.from({ length: 100 }, (__, i) => ({
      kind: 'event',
      name: `event ${i}`,
      timestamp: new Date(start + batch * 1000 + i).toISOString(),
      extras: { text: guid(`${batch} ${i}`).repeat(8), number: i },
    })),
  }));
}

function output(command, args, options) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { maxBuffer: 1 << 30, ...options });
  if (error) throw error;
  assert.equal(status, 0, stderr.toString());
  return stdout;
}

async function throughStream(packed) {
  const stream = createGunzip();
  stream.end(packed);
  const parts = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}

const pythonReader = 'import gzip, sys; sys.stdout.buffer.write(gzip.open(sys.argv[1]).read())';

// Each reads the packed file, given as a path and as bytes.
const readers = {
  Gzip: {
    'gzip -dc': (path) => output('gzip', ['-dc', path]),
    zcat: (path) => output('zcat', [path]),
    "Node's zlib": (_, packed) => gunzipSync(packed),
    "Node's zlib, as a stream": (_, packed) => throughStream(packed),
    "Python's gzip": (path) => output('python3', ['-c', pythonReader, path]),
  },
  Zstd: {
    'zstd -dc': (path) => output('zstd', ['-dcq', path]),
    'zstdcat from a pipe': (_, packed) => output('zstdcat', ['-q'], { input: packed }),
  },
};

const magics = { Gzip: Buffer.from([0x1f, 0x8b, 8]), Zstd: Buffer.from([0x28, 0xb5, 0x2f, 0xfd]) };

function count(bytes, part) {
  let found = 0;
  for (let at = bytes.indexOf(part); at >= 0; at = bytes.indexOf(part, at + part.length)) ++found;
  return found;
}

describe('compressed files', () => {
  let environment;

  before(async () => {
    environment = await Environment.start();
    await environment.collect.all(largeBatches());
  });
  after(() => environment?.stop());

  async function exportFile(exportFormat, compression) {
    const container = await environment.container();
    const containerUrl = environment.urlOf(container);
    const task = await environment.api.runTask('events', { ...may, exportFormat, compression, containerUrl });
    assert.equal(task.files.length, 1);
    assert.equal(task.files[0].rows, records);
    return container.download(task.files[0].name);
  }

  for (const exportFormat of formats) {
    for (const compression of ['Gzip', 'Zstd']) {
      it(`${exportFormat}, ${compression}: every reader gives what the plain file has`, async () => {
        const plain = await exportFile(exportFormat, 'None');
        const packed = await exportFile(exportFormat, compression);
        assert.ok(packed.length < plain.length / 2, `${packed.length} of ${plain.length} bytes`);
        assert.ok(count(packed, magics[compression]) > 2, 'it has several parts');
        const path = join(makeTemporaryDirectory('packed'), `file${compression === 'Gzip' ? '.gz' : '.zst'}`);
        writeFileSync(path, packed);
        for (const [name, read] of Object.entries(readers[compression]))
          assert.ok(plain.equals(await read(path, packed)), name);
      });
    }
  }
});
