// What is needed to find out why an account is broken.
import { cpSync, lstatSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const lastRequests = 20_000;

// Of a CrashTest whose server does not run. Returns the error to throw, which names the directory.
export async function keepEvidence(test, error) {
  const directory = mkdtempSync(join(tmpdir(), 'rawhaul-crash-evidence-'));
  const write = (name, text) => writeFileSync(join(directory, name), text);
  const lines = (list) => list.map((item) => JSON.stringify(item)).join('\n');
  write('error.txt', `seed ${test.seed}\n${JSON.stringify(test.summary())}\n${error.stack}\n`);
  write('server.log', test.server.output);
  write('requests.jsonl', lines(test.storage.log.slice(-lastRequests)));
  const tasks = test.tasks.all.map(({ container, ...task }) => ({ ...task, container: container?.name }));
  write('tasks.jsonl', lines(tasks));
  const batches = test.ledger.batches.map(({ body, state, entries, ...batch }) => ({
    ...batch,
    entries: entries.map(({ type, content, recordId }) => ({ type, recordId, content })),
  }));
  write('batches.jsonl', lines(batches));
  const filter = (path) => !lstatSync(path).isSocket(); // that cannot be copied
  cpSync(test.server.dataDirectory, join(directory, 'data'), { recursive: true, filter });
  for (const { id, container } of test.tasks.open) await keepContainer(directory, id, container);
  return new Error(`${error.message}\nseed ${test.seed}; evidence: ${directory}`, { cause: error });
}

async function keepContainer(directory, id, container) {
  if (!container) return;
  for (const name of (await container.list()).filter((each) => !each.startsWith('.'))) {
    writeFileSync(join(directory, `task-${id}-${name}`), await container.download(name));
  }
}
