// What is being done, for who watches; standard output is for the report alone.
export function progress(text) {
  process.stderr.write(`bench: ${new Date().toISOString().slice(11, 19)} ${text}\n`);
}
