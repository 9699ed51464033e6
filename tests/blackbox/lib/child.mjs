// A child process whose output is kept, and which does not outlive this process.
import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { recordOutput } from './record.mjs';

const running = new Set();

process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

export class Child {
  constructor(command, args, options = {}) {
    this.name = options.name ?? command;
    this.output = '';
    this.exited = false;
    this.process = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd: options.cwd,
      env: options.env ?? process.env,
      // Of a process group of its own, so that Ctrl-C of a terminal reaches it only through this process.
      detached: true,
    });
    running.add(this.process);
    this.process.unref(); // one that was forgotten must not keep this process from ending
    for (const kind of ['stdout', 'stderr']) {
      const stream = this.process[kind];
      stream.setEncoding('utf8');
      stream.on('data', (text) => {
        recordOutput(`${this.name.replace(' ', '-')}-${this.process.pid}.${kind}`, text);
        this.#append(text);
      });
      stream.unref();
    }
    this.end = this.#watchEnd();
  }

  #append(text) {
    this.output += text;
    this.onOutput?.();
  }

  async #watchEnd() {
    try {
      const [code, signal] = await once(this.process, 'close');
      return { code, signal };
    } catch (error) {
      this.output += String(error);
      return { code: -1, signal: null };
    } finally {
      this.exited = true;
      running.delete(this.process);
      this.onOutput?.();
    }
  }

  // The match of `pattern` in the output, as soon as there is one.
  async match(pattern, timeoutMs = 30_000) {
    let timer;
    try {
      return await new Promise((resolve, reject) => {
        const fail = (why) => reject(new Error(`${this.name} ${why}; its output:\n${this.output}`));
        timer = setTimeout(() => fail(`did not print ${pattern} within ${timeoutMs} ms`), timeoutMs);
        this.onOutput = () => {
          const match = pattern.exec(this.output);
          if (match) resolve(match);
          else if (this.exited) fail('ended early');
        };
        this.onOutput();
      });
    } finally {
      clearTimeout(timer);
      this.onOutput = undefined;
    }
  }

  // Sends `signal` and waits for the end; a process that does not obey SIGTERM in time is a failure, and is
  // killed.
  async stop(signal = 'SIGTERM', timeoutMs = 20_000) {
    if (!this.exited) this.process.kill(signal);
    let timer;
    const late = new Promise((resolve) => {
      timer = setTimeout(resolve, timeoutMs, 'late');
    });
    const result = await Promise.race([this.end, late]);
    clearTimeout(timer);
    if (result !== 'late') return result;
    this.process.kill('SIGKILL');
    await this.end;
    throw new Error(
      `${this.name} did not end within ${timeoutMs} ms of ${signal}; its output:\n${this.output}`,
    );
  }
}

// Runs a command to its end and returns what it printed on standard output.
export async function run(command, args, { env = process.env } = {}) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  const [code] = await once(child, 'close');
  recordOutput('commands.stderr', stderr);
  if (code !== 0) throw new Error(`${command} ${args[0] ?? ''} ended with code ${code}: ${stderr}`);
  return stdout;
}
