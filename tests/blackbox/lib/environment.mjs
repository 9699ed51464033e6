// What most suites work with: the program with one app and its owner, and an Azurite that it may write to.
import { randomUUID } from 'node:crypto';

import { Api, Collect } from './api.mjs';
import { Azurite } from './azurite.mjs';
import { runCertificate } from './certificate.mjs';
import { FaultyDisk } from './disk.mjs';
import { readExport } from './exported.mjs';
import { HoldingProxy } from './proxy.mjs';
import { Server } from './server.mjs';
import { makeTemporaryDirectory } from './temporary.mjs';

export class Environment {
  // `tls`, `storageTls`: whether the program and Azurite speak TLS. `proxy`: whether there is a HoldingProxy
  // before Azurite, to whose origin containers then point. `allow`: further storage origins. `storage`: a
  // started BlobServer in Azurite's place. `faultyDisk`: whether the data are on a FaultyDisk. `config`: more
  // TOML, of other sections. `env`: more variables of the program's environment.
  static async start({
    tls = false,
    storageTls = false,
    proxy = false,
    memoryLimitMb,
    allow = [],
    storage,
    faultyDisk = false,
    config = '',
    env = {},
  } = {}) {
    const environment = new Environment();
    const dataDirectory = makeTemporaryDirectory('data');
    if (faultyDisk) environment.disk = new FaultyDisk(dataDirectory);
    const certificate = runCertificate();
    environment.azurite =
      storage ?? (await Azurite.start({ tls: storageTls ? certificate : undefined, memoryLimitMb }));
    try {
      if (proxy) environment.proxy = await HoldingProxy.start(environment.azurite.origin);
      const origins = [environment.azurite.origin, environment.proxy?.origin, ...allow].filter(Boolean);
      const server = new Server({
        dataDirectory,
        env: { ...environment.disk?.env, ...env },
        tls: tls ? certificate : undefined,
        config:
          `[destinations]\nallow = ${JSON.stringify(origins)}\n` +
          `ca_file = ${JSON.stringify(certificate.certificate)}\n${config}`,
      });
      environment.server = server;
      await server.init();
      environment.app = await server.createApp('android');
      environment.owner = await server.createClient();
      await server.start();
      environment.api = new Api(server, environment.app, environment.owner);
      environment.collect = new Collect(server, environment.app);
      return environment;
    } catch (error) {
      await environment.stop();
      throw error;
    }
  }

  // A new, empty container.
  container() {
    return this.azurite.createContainer(`test-${randomUUID()}`);
  }

  // A URL of the container that leads through the proxy, if there is one.
  urlOf(container, permissions = 'w', options = {}) {
    return container.sasUrl(permissions, { origin: this.proxy?.origin, ...options });
  }

  // The records of an export of this kind, made now.
  async exportRecords(kind, body = {}) {
    const container = await this.container();
    const containerUrl = this.urlOf(container);
    const task = await this.api.runTask(kind, { exportFormat: 'JsonLinesBlob', ...body, containerUrl });
    return (await readExport(container, task)).records;
  }

  // The names of the events of these days that start so, sorted.
  async eventNames(prefix, days) {
    const names = (await this.exportRecords('events', days)).map((record) => record.name);
    return names.filter((name) => name.startsWith(prefix)).sort();
  }

  async stop() {
    this.proxy?.release();
    if (this.server?.running) await this.server.stop();
    await this.proxy?.stop();
    await this.azurite.stop();
  }
}
