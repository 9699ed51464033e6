// Command lines of bash, for what a user would type: curl, psql, pipes into gzip.
import { spawn } from 'node:child_process';
import { once } from 'node:events';

const running = new Set();

function killGroup(pid) {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has just ended.
  }
}

process.on('exit', () => running.forEach(killGroup));

export function quote(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

// Returns what the command line printed. It fails when any command of its pipes does. What it started does
// not outlive this process.
export async function shell(commandLine) {
  const child = spawn('bash', ['-c', `set -eo pipefail; ${commandLine}`], {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  running.add(child.pid);
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr']) {
    child[name].setEncoding('utf8').on('data', (text) => {
      output[name] += text;
    });
  }
  const [code, signal] = await once(child, 'close');
  running.delete(child.pid);
  if (code !== 0)
    throw new Error(`${signal ?? `code ${code}`} of ${commandLine}\n${output.stderr}${output.stdout}`);
  return output.stdout;
}

// All at the same time; the answers in order.
export function inParallel(commandLines) {
  return Promise.all(commandLines.map(shell));
}
