// The program's commands as a person or a script runs them: on pipes, or on a terminal.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';

import { recordOutput } from './record.mjs';
import { program } from './server.mjs';
import { makeTemporaryDirectory } from './temporary.mjs';

// Nothing of the environment of who runs the tests says where a server is.
function cleanEnvironment(env) {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('RAWHAUL_') && name !== 'NO_COLOR');
  return {
    ...Object.fromEntries(own),
    XDG_CONFIG_HOME: makeTemporaryDirectory('config'),
    TERM: 'xterm',
    ...env,
  };
}

function quote(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

// Why a test that needs a terminal is to be skipped; false where this machine has some.
export const noTerminals =
  spawnSync('script', ['--quiet', '--return', '--command', 'true', '/dev/null']).status === 0
    ? false
    : 'this machine has no pseudo-terminals';

export class Command {
  // `input`: text for standard input, which else is empty; `inputOpen`: whether it stays open. `terminal`:
  // {columns}: output goes to a terminal of that size, and all of it is in `stdout`. `output`: a file that
  // standard output goes to instead.
  constructor(args, { env = {}, input = '', inputOpen = false, terminal, output } = {}) {
    const line = terminal ? this.#onTerminal(args, terminal) : [program(), ...args];
    const stdout = output ? openSync(output, 'w') : 'pipe';
    this.stdout = '';
    this.stderr = '';
    this.process = spawn(line[0], line.slice(1), {
      env: cleanEnvironment(env),
      stdio: ['pipe', stdout, 'pipe'],
      timeout: 120_000, // one that a failed test left behind
    });
    for (const kind of ['stdout', 'stderr']) {
      this.process[kind]?.setEncoding('utf8').on('data', (text) => {
        recordOutput(`command-${this.process.pid}.${kind}`, text);
        this[kind] += text;
        this.onOutput?.();
      });
    }
    this.process.stdin.on('error', () => {}); // one that ended early reads no more
    this.process.stdin.write(input);
    if (!inputOpen) this.process.stdin.end();
    this.closed = once(this.process, 'close');
  }

  // bsdutils' script gives the command a terminal of its own.
  #onTerminal(args, { columns }) {
    const command = [program(), ...args].map(quote).join(' ');
    return ['script', '--quiet', '--return', '--command', `stty cols ${columns}; exec ${command}`, '/dev/null'];
  }

  // Resolves when the output on standard error has a match.
  async complains(pattern, timeoutMs = 60_000) {
    let timer;
    try {
      return await new Promise((resolve, reject) => {
        const fail = (why) => reject(new Error(`the command ${why}: ${this.stdout}\n${this.stderr}`));
        timer = setTimeout(() => fail(`did not print ${pattern}`), timeoutMs);
        this.onOutput = () => {
          const match = pattern.exec(this.stderr);
          if (match) resolve(match);
        };
        this.closed.then(() => fail(`ended without ${pattern}`));
        this.onOutput();
      });
    } finally {
      clearTimeout(timer);
      this.onOutput = undefined;
    }
  }

  interrupt() {
    this.process.kill('SIGINT');
  }

  // {code, signal, stdout, stderr} when it has ended.
  async end() {
    const [code, signal] = await this.closed;
    return { code, signal, stdout: this.stdout, stderr: this.stderr };
  }
}

// Runs a command to its end, however it ends.
export function rawhaul(args, options) {
  return new Command(args, options).end();
}

// What the commands are told by the environment.
export function variablesOf({ server, app, owner }) {
  return {
    RAWHAUL_SERVER: server.origin,
    RAWHAUL_APP: app.path,
    RAWHAUL_TENANT: owner.tenant,
    RAWHAUL_CLIENT_ID: owner.clientId,
    RAWHAUL_CLIENT_SECRET: owner.clientSecret,
    RAWHAUL_COLLECT_KEY: app.collectKey,
  };
}

export function assertStatus(ended, code) {
  assert.equal(ended.code, code, `ended with ${ended.signal ?? ended.code}: ${ended.stdout}\n${ended.stderr}`);
}
