// The readers, each with the settings that docs/exported-files.md names for it. `read(file, columns)` gives the rows
// of a file of crashes, as objects of columns, with extras as text; null or no key is what is unknown. `tellsEmpty`:
// whether an unknown field of CSV is not the same as an empty text.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';

import { parse as parseCsv } from 'csv-parse/sync';

import { PostgreSql } from './postgresql.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);

const all = ['None', 'Gzip', 'Zstd'];
const noZstd = ['None', 'Gzip'];

function run(command, args) {
  return execFileSync(command, args, { maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'pipe'] });
}

// Of several commands the first that does what is asked.
function firstThatRuns(commands, args) {
  return commands.find((command) => {
    try {
      run(command, args);
      return true;
    } catch {
      return false;
    }
  });
}

// Debian's own comes second, since a Python that stands before it in the path may lack Debian's modules.
const pythons = ['python3', '/usr/bin/python3'];
const python = firstThatRuns(pythons, ['-c', 'import csv']);
const pythonWithZstd = firstThatRuns(pythons, ['-c', 'import zstandard']);
const pythonWithPandas = firstThatRuns(pythons, ['-c', 'import pandas, zstandard']);
const ruby = firstThatRuns(['ruby'], ['-rcsv', '-rjson', '-rzlib', '-e', '']);
const php = firstThatRuns(['php'], ['-r', 'exit(extension_loaded("zlib") ? 0 : 1);']);
const postgresql = firstThatRuns(['pg_virtualenv'], ['-h']);

function tryRequire(name) {
  try {
    return require(name);
  } catch {
    return undefined;
  }
}
const duckdb = tryRequire('@duckdb/node-api');
const chdb = tryRequire('chdb');
const papaparse = tryRequire('papaparse');

const script = (command, name) => (how) => (file) => JSON.parse(run(command, [join(here, name), how, file]));
const byPython = script(python, 'read.py');
const byPythonWithZstd = script(pythonWithZstd, 'read.py');
const byPandas = script(pythonWithPandas, 'read.py');
const byRuby = script(ruby, 'read.rb');
const byPhp = script(php, 'read.php');

// What one-shot readers, which stop behind the first member or frame, find in a file.
export const oneShotReaders = {
  Gzip: [
    ['zlib.decompressobj of Python', python, byPython('first-frame')],
    ['GzipReader#read of Ruby', ruby, (file) => byRuby('first-member')(file).length],
    ['gzdecode of PHP', php, (file) => byPhp('first-member')(file).length],
  ],
  Zstd: [['ZstdDecompressor.decompress of Python', pythonWithZstd, byPythonWithZstd('first-frame')]],
};

function textOf(file) {
  const bytes = readFileSync(file);
  return (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
}

async function byDuckDb(select) {
  const instance = await duckdb.DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    // As JSON, since its binding for Node.js drops a byte order mark that begins a text.
    const result = await connection.runAndReadAll(`SELECT to_json(found)::VARCHAR FROM (${select}) found`);
    return result.getRows().map(([row]) => JSON.parse(row));
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

const quote = (text) => `'${text.replaceAll("'", "''")}'`;

const structOf = (columns) =>
  `{${columns.map((name) => `${name}: '${name === 'extras' ? 'JSON' : 'VARCHAR'}'`).join(', ')}}`;

function byChdb(select) {
  const lines = chdb.query(`${select} SETTINGS output_format_json_quote_64bit_integers=0`, 'JSONEachRow');
  return lines
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}
const nullable = (columns) => quote(columns.map((name) => `${name} Nullable(String)`).join(', '));

// The server reads the file, as COPY FROM does it and not psql's \copy.
const unpack = { '': 'cat', '.gz': 'gzip -dc', '.zst': 'zstd -dcq' };
let server;
async function byPostgreSql(file, statements, query) {
  server ??= await PostgreSql.start();
  const program = quote(`${unpack[/(\.gz|\.zst)?$/.exec(file)[0]]} ${file}`);
  const copying = statements.map((statement) => statement.replace('FILE', `PROGRAM ${program}`));
  return JSON.parse(server.query(copying, query));
}

export async function stopReaders() {
  await server?.stop();
}

const fieldOfLine = (name) => `'${name}', line->>'${name}'`;

// What crashes of JsonBlob have beside their element's own fields.
const inner = ['crashId', 'timestamp', 'sessionId', 'infoId', 'locationId', 'stack'];

export const readers = [
  {
    name: 'csv of Python',
    format: 'CsvBlob',
    installed: python,
    compressions: noZstd,
    read: byPython('csv'),
  },
  {
    name: 'csv and zstandard of Python',
    format: 'CsvBlob',
    installed: pythonWithZstd,
    compressions: ['Zstd'],
    read: byPythonWithZstd('csv'),
  },
  {
    name: 'pandas.read_csv',
    format: 'CsvBlob',
    installed: pythonWithPandas,
    compressions: all,
    read: byPandas('pandas-csv'),
  },
  {
    name: 'csv of Ruby',
    format: 'CsvBlob',
    installed: ruby,
    compressions: noZstd,
    tellsEmpty: true,
    read: byRuby('csv'),
  },
  { name: 'fgetcsv of PHP', format: 'CsvBlob', installed: php, compressions: noZstd, read: byPhp('csv') },
  {
    name: 'papaparse',
    format: 'CsvBlob',
    installed: papaparse,
    compressions: noZstd,
    read: (file) =>
      papaparse.parse(textOf(file), { header: true, newline: '\n', delimiter: ',', skipEmptyLines: true }).data,
  },
  {
    name: 'csv-parse',
    format: 'CsvBlob',
    installed: true,
    compressions: noZstd,
    read: (file) => parseCsv(textOf(file), { columns: true, record_delimiter: '\n' }),
  },
  {
    name: 'read_csv of DuckDB',
    format: 'CsvBlob',
    installed: duckdb,
    compressions: all,
    tellsEmpty: true,
    read: (file) =>
      byDuckDb(
        `SELECT * FROM read_csv(${quote(file)}, header = true, delim = ',', quote = '"', escape = '"', ` +
          `all_varchar = true, allow_quoted_nulls = false, max_line_size = 4000000)`,
      ),
  },
  {
    name: 'ClickHouse (chDB)',
    format: 'CsvBlob',
    installed: chdb,
    compressions: all,
    tellsEmpty: true,
    read: (file, columns) =>
      byChdb(`SELECT * FROM file(${quote(file)}, CSVWithNames, ${nullable(columns)})`),
  },
  {
    name: 'COPY of PostgreSQL',
    format: 'CsvBlob',
    installed: postgresql,
    compressions: all,
    tellsEmpty: true,
    read: (file, columns) =>
      byPostgreSql(
        file,
        [
          `CREATE TABLE crashes (${columns.map((name) => `"${name}" text`).join(', ')})`,
          'COPY crashes FROM FILE (FORMAT csv, HEADER)',
        ],
        'SELECT json_agg(row_to_json(crashes)) FROM crashes',
      ),
  },

  {
    name: 'json of Python',
    format: 'JsonLinesBlob',
    installed: python,
    compressions: noZstd,
    read: byPython('json-lines'),
  },
  {
    name: 'pandas',
    format: 'JsonLinesBlob',
    installed: pythonWithPandas,
    compressions: all,
    read: byPandas('pandas-json-lines'),
  },
  {
    name: 'json of Ruby',
    format: 'JsonLinesBlob',
    installed: ruby,
    compressions: noZstd,
    read: byRuby('json-lines'),
  },
  {
    name: 'read_json of DuckDB',
    format: 'JsonLinesBlob',
    installed: duckdb,
    compressions: all,
    read: (file, columns) =>
      byDuckDb(
        `SELECT * REPLACE (extras::VARCHAR AS extras) FROM ` +
          `read_json(${quote(file)}, format = 'newline_delimited', columns = ${structOf(columns)})`,
      ),
  },
  {
    name: 'ClickHouse (chDB)',
    format: 'JsonLinesBlob',
    installed: chdb,
    compressions: all,
    read: (file, columns) =>
      byChdb(`SELECT * FROM file(${quote(file)}, JSONEachRow, ${nullable(columns)})`),
  },
  {
    name: 'COPY of PostgreSQL, into json',
    format: 'JsonLinesBlob',
    installed: postgresql,
    compressions: all,
    // A quote and a delimiter that no JSON text has: a line is one field, taken as it is.
    read: (file, columns) =>
      byPostgreSql(
        file,
        [
          'CREATE TABLE lines (line json)',
          `COPY lines FROM FILE (FORMAT csv, QUOTE e'\\x01', DELIMITER e'\\x02')`,
        ],
        `SELECT json_agg(json_build_object(${columns.map(fieldOfLine).join(', ')})) FROM lines`,
      ),
  },

  { name: 'json of Python', format: 'JsonBlob', installed: python, compressions: noZstd, read: byPython('json') },
  { name: 'json of Ruby', format: 'JsonBlob', installed: ruby, compressions: noZstd, read: byRuby('json') },
  {
    name: 'read_json of DuckDB',
    format: 'JsonBlob',
    installed: duckdb,
    compressions: all,
    read: (file) =>
      byDuckDb(
        `SELECT deviceId, userId, ${inner.map((name) => `crash->>'${name}' AS ${name}`).join(', ')}, ` +
          `(crash->'extras')::VARCHAR AS extras FROM (SELECT deviceId, userId, unnest(crashes) AS crash ` +
          `FROM read_json(${quote(file)}, format = 'array', ` +
          `columns = {deviceId: 'VARCHAR', userId: 'VARCHAR', crashes: 'JSON[]'}))`,
      ),
  },
  {
    name: 'ClickHouse (chDB)',
    format: 'JsonBlob',
    installed: chdb,
    compressions: all,
    read: (file) =>
      byChdb(
        `SELECT deviceId, userId, ${[...inner, 'extras'].map((name) => `crash.${name} AS ${name}`).join(', ')} ` +
          `FROM (SELECT deviceId, userId, arrayJoin(crashes) AS crash ` +
          `FROM file(${quote(file)}, JSONEachRow, 'deviceId String, userId Nullable(String), ` +
          `crashes Array(Tuple(${[...inner, 'extras'].map((name) => `${name} Nullable(String)`).join(', ')}))'))`,
      ),
  },
];
