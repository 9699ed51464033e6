// DuckDB in a process of its own, so that its memory can be told from that of the benchmark:
// fork('duckdb_worker.mjs', [DATABASE]), then messages {sql}, each answered with {rows} or {error}.
import { DuckDBInstance } from '@duckdb/node-api';

const instance = await DuckDBInstance.create(process.argv[2]);
const connection = await instance.connect();

// The first column of the first row, which for a COPY is the number of its rows.
async function run(sql) {
  const [row] = (await connection.runAndReadAll(sql)).getRowsJson();
  return row === undefined ? undefined : Number(row[0]);
}

process.on('message', async ({ sql }) => {
  try {
    process.send({ rows: await run(sql) });
  } catch (error) {
    process.send({ error: `${error.message} in ${sql}` });
  }
});
process.on('disconnect', () => process.exit());
