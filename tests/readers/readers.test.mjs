// Exported files, read by those for whom they are made: every row and value is as it was collected.
import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import { Environment } from '../blackbox/lib/environment.mjs';
import { columnsOf, decompress } from '../blackbox/lib/exported.mjs';
import { makeTemporaryDirectory } from '../blackbox/lib/temporary.mjs';
import { crashes, day } from './lib/crashes.mjs';
import { oneShotReaders, readers, stopReaders } from './lib/readers.mjs';

const formats = { JsonBlob: 'json', CsvBlob: 'csv', JsonLinesBlob: 'jsonl' };
const suffixes = { None: '', Gzip: '.gz', Zstd: '.zst' };
const columns = columnsOf('Crash');
const zeros = '0'.repeat(32);

const skipUnless = (installed) => (installed ? false : 'it is not installed');

describe('files of crashes', () => {
  const collected = crashes();
  const files = new Map(); // "format compression" => {path, bytes}
  let environment;

  before(async () => {
    environment = await Environment.start();
    async function* lines() {
      for (const { line } of collected) yield Buffer.from(line);
    }
    const { json } = await environment.collect.bulk(lines());
    assert.deepEqual([json.accepted, json.rejected], [collected.length, []]);
    const directory = makeTemporaryDirectory('readers');
    chmodSync(directory, 0o755); // PostgreSQL is another user
    for (const exportFormat of Object.keys(formats)) {
      for (const compression of Object.keys(suffixes)) {
        const container = await environment.container();
        const containerUrl = environment.urlOf(container);
        const request = { startDate: day, endDate: day, exportFormat, compression, containerUrl };
        const task = await environment.api.runTask('crashes', request);
        const bytes = await container.download(task.files[0].name);
        const path = join(directory, `crashes.${formats[exportFormat]}${suffixes[compression]}`);
        writeFileSync(path, bytes, { mode: 0o644 });
        files.set(`${exportFormat} ${compression}`, { path, bytes });
      }
    }
  });
  after(async () => {
    await stopReaders();
    await environment?.stop();
  });

  for (const { name, format, compressions, installed, tellsEmpty, read } of readers) {
    // Of CSV most readers give an empty text for what is unknown; JSON's arrays have zeros for an unknown GUID.
    const isUnknown = (value) =>
      value === undefined ||
      value === null ||
      (value === '' && format === 'CsvBlob' && !tellsEmpty) ||
      (value === zeros && format === 'JsonBlob');
    // DuckDB writes JSON anew, with the digits of escapes in upper case.
    const plain = (column, value) =>
      column === 'extras' ? value.replace(/\\u[0-9A-F]{4}/g, (escape) => escape.toLowerCase()) : value;
    const tidy = (row) =>
      Object.fromEntries(
        Object.entries(row)
          .filter(([column, value]) => columns.includes(column) && !isUnknown(value))
          .map(([column, value]) => [column, plain(column, value)]),
      );

    for (const compression of compressions) {
      it(`${format}, ${compression}: ${name}`, { skip: skipUnless(installed) }, async () => {
        const rows = await read(files.get(`${format} ${compression}`).path, columns);
        const found = rows.map(tidy).sort((a, b) => (a.timestamp < b.timestamp ? -1 : 1));
        assert.equal(found.length, collected.length);
        for (const [i, { recordId, receivedAt, ...row }] of found.entries()) {
          assert.deepEqual(row, tidy(collected[i].row));
          if (format === 'JsonBlob') continue;
          assert.match(recordId, /^[g-v][0-9a-f]{19}$/);
          assert.match(receivedAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
        }
      });
    }
  }

  // They do not see the whole file, which docs/exported-files.md says; but never a header without rows, which would
  // be a valid file of no rows.
  for (const [compression, oneShots] of Object.entries(oneShotReaders)) {
    for (const [name, installed, read] of oneShots) {
      it(`CsvBlob, ${compression}: ${name} finds rows behind the header`, { skip: skipUnless(installed) }, () => {
        const { path, bytes } = files.get(`CsvBlob ${compression}`);
        const header = `${columns.join(',')}\n`;
        const found = read(path);
        assert.ok(found > header.length && found < decompress(compression, bytes).length, `${found} bytes`);
      });
    }
  }
});
