// A PostgreSQL of its own, of Debian's packages. It goes when its standard input ends, so not later than this
// process.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';

export class PostgreSql {
  #process;
  #variables; // how its clients find it

  static async start() {
    const server = new PostgreSql();
    server.#process = spawn('pg_virtualenv', ['sh', '-c', 'env | grep ^PG; echo ready; cat'], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    server.#variables = await server.#whenReady();
    return server;
  }

  async #whenReady() {
    let said = '';
    this.#process.stderr.on('data', (text) => (said += text));
    for await (const text of this.#process.stdout.iterator({ destroyOnReturn: false })) {
      said += text;
      if (!/^ready$/m.test(said)) continue;
      return Object.fromEntries([...said.matchAll(/^(PG\w+)=(.*)$/gm)].map(([, name, value]) => [name, value]));
    }
    throw new Error(`PostgreSQL did not start: ${said}`);
  }

  // The one value that the query gives, as text. The statements before it leave nothing behind. The value comes in
  // hex, since psql drops U+FFFF and its like from what it prints.
  query(statements, query) {
    const options = ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1'];
    const inHex = `SELECT encode(convert_to((${query})::text, 'UTF8'), 'hex')`;
    const hex = execFileSync('psql', options, {
      env: { ...process.env, ...this.#variables },
      input: `BEGIN;\n${[...statements, inHex].join(';\n')};\nROLLBACK;\n`,
      maxBuffer: 1 << 28,
      stdio: ['pipe', 'pipe', 'pipe'],
    }).toString('latin1');
    return Buffer.from(hex.trim(), 'hex').toString('utf8');
  }

  async stop() {
    const end = once(this.#process, 'close');
    this.#process.stdout.resume();
    this.#process.stdin.end();
    await end;
  }
}
