// The real program, on a data directory of its own.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { Child, run } from './child.mjs';
import { request } from './http.mjs';
import { Secrets, recordAnswersOf } from './record.mjs';

export const subscription = '0a1b2c3d-0000-4000-8000-00000000feed';
export const resourceGroup = 'rawhaul-rg';
export const collection = 'shop';
export const tenant = 'contoso';

export function program() {
  const path = process.env.RAWHAUL_BIN;
  if (!path) throw new Error('RAWHAUL_BIN must be the path of the rawhaul program');
  return path;
}

// The path of an app in the REST API, which also is the scope of those who may use it.
export function appPath(
  name,
  { group = resourceGroup, inCollection = collection, inSubscription = subscription } = {},
) {
  return (
    `/subscriptions/${inSubscription}/resourceGroups/${group}/providers/Microsoft.MobileEngagement` +
    `/appcollections/${inCollection}/apps/${name}`
  );
}

export class Server {
  // `dataDirectory` must exist; it may hold the data of an earlier server. `tls`: {certificate, key}.
  // `config`: TOML. `listen`: an address with port 0 takes any free port. `env`: further variables of the
  // program's environment.
  constructor({ dataDirectory, tls, config = '', listen = '127.0.0.1:0', env = {} }) {
    this.dataDirectory = dataDirectory;
    this.tls = tls;
    this.listen = listen;
    this.env = { ...process.env, ...env };
    this.config = config;
    this.configFile = join(dataDirectory, 'rawhaul.toml');
    this.log = '';
    this.secrets = new Secrets();
    this.writeConfig();
  }

  writeConfig() {
    writeFileSync(this.configFile, this.config);
  }

  async command(...args) {
    const text = await run(program(), [...args, '--data', this.dataDirectory], { env: this.env });
    return args.includes('--json') ? JSON.parse(text) : text;
  }

  init() {
    return this.command('init');
  }

  // Returns {name, path, collectKey}.
  async createApp(name) {
    const app = await this.command(
      'app',
      'create',
      '--subscription',
      subscription,
      '--resource-group',
      resourceGroup,
      '--collection',
      collection,
      '--name',
      name,
      '--platform',
      'android',
      '--json',
    );
    this.secrets.add(app.collectKey);
    return { name, path: appPath(name), collectKey: app.collectKey };
  }

  // Returns {tenant, clientId, clientSecret}.
  async createClient({ role = 'owner', scope = `/subscriptions/${subscription}` } = {}) {
    const client = await this.command(
      'client',
      'create',
      '--tenant',
      tenant,
      '--name',
      `test ${role}`,
      '--role',
      role,
      '--scope',
      scope,
      '--json',
    );
    this.secrets.add(client.clientSecret);
    return client;
  }

  async start() {
    const tls = this.tls ? ['--tls-cert', this.tls.certificate, '--tls-key', this.tls.key] : [];
    this.child = new Child(
      program(),
      ['serve', '--data', this.dataDirectory, '--config', this.configFile, '--listen', this.listen, ...tls],
      { name: 'rawhaul serve', env: this.env },
    );
    const [, origin] = await this.child.match(/listening on (https?:\/\/\S+)/);
    this.origin = origin;
    recordAnswersOf(origin);
    return this;
  }

  // With SIGTERM; the server must end by itself, and well.
  async stop() {
    await request(`${this.origin}/metrics`).catch(() => {}); // for the record
    const { code, signal } = await this.#end('SIGTERM');
    if (code !== 0) throw new Error(`rawhaul serve ended with ${signal ?? code}; its output:\n${this.log}`);
  }

  // kill -9
  async kill() {
    await this.#end('SIGKILL');
  }

  async #end(signal) {
    try {
      return await this.child.stop(signal);
    } finally {
      this.log += this.child.output;
      this.child = undefined;
    }
  }

  get running() {
    return this.child !== undefined && !this.child.exited;
  }

  // Everything that any run of this server printed.
  get output() {
    return this.log + (this.child?.output ?? '');
  }
}
