// The programs of bench/tools. RAWHAUL_BENCH_TOOLS is the directory that they were built into.
import { join } from 'node:path';

import { Child } from '../../tests/blackbox/lib/child.mjs';
import { progress } from './progress.mjs';
import { quote, shell } from './shell.mjs';

export function tool(name) {
  const directory = process.env.RAWHAUL_BENCH_TOOLS;
  if (!directory)
    throw new Error('RAWHAUL_BENCH_TOOLS must be the directory of bench_generate, bench_load and null_sink');
  return join(directory, name);
}

// Starts the receiver of exports that throws them away; resolves with its origin.
export async function startSink(workspace) {
  const sink = new Child(tool('null_sink'), []);
  let stopping = false;
  workspace.atEnd(() => {
    stopping = true;
    return sink.stop('SIGKILL');
  });
  sink.end.then(({ code, signal }) => {
    if (!stopping) progress(`null_sink ended with ${signal ?? code}; its output:\n${sink.output}`);
  });
  const [, origin] = await sink.match(/listening on (\S+)/);
  return origin;
}

export function generateCommand(records, kind = 'event') {
  return `${quote(tool('bench_generate'))} ${records} ${kind}`;
}

// Sends the batches of a file. `count`: how many of them, all unless told; `rate`: batches a second, as fast
// as the server takes them unless told. A batch that is refused is an error.
export async function load(rawhaul, file, { count, rate } = {}) {
  const optional = [count && `--count ${count}`, rate && `--rate ${rate}`].filter(Boolean);
  const server = `--url ${rawhaul.server.origin} --key ${rawhaul.app.collectKey}`;
  const source = `--file ${quote(file)} ${optional.join(' ')}`;
  return JSON.parse(await shell(`${quote(tool('bench_load'))} ${server} ${source}`));
}
