// Azurite, Microsoft's emulator of Azure Storage, as a process of its own.
import { webcrypto } from 'node:crypto';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

import { StorageSharedKeyCredential, BlobServiceClient } from '@azure/storage-blob';

import { Child } from './child.mjs';
import { Secrets } from './record.mjs';
import { StorageContainer } from './storage.mjs';

// The storage SDK needs Web Crypto as a global, which Node 18 does not offer as such.
globalThis.crypto ??= webcrypto;

// The account that every Azurite has; its key is public (Microsoft's documentation of Azurite).
export const account = {
  name: 'devstoreaccount1',
  key: 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==',
};

function entryPoint() {
  const manifest = createRequire(import.meta.url).resolve('azurite/package.json');
  return join(dirname(manifest), 'dist', 'src', 'blob', 'main.js');
}

export class Azurite {
  // `tls`: {certificate, key}. `location`: a directory to keep blobs in, else they are in memory, at most
  // `memoryLimitMb` of them.
  static async start({ tls, location, memoryLimitMb, port = 0 } = {}) {
    const place = location ? ['--location', location] : ['--inMemoryPersistence'];
    if (memoryLimitMb) place.push('--extentMemoryLimit', String(memoryLimitMb));
    const secure = tls ? ['--cert', tls.certificate, '--key', tls.key] : [];
    const child = new Child(
      process.execPath,
      [
        entryPoint(),
        '--blobHost',
        '127.0.0.1',
        '--blobPort',
        String(port),
        '--disableTelemetry',
        '--silent',
        ...place,
        ...secure,
      ],
      { name: 'azurite' },
    );
    const [, origin] = await child.match(/successfully listens on (https?:\/\/\S+)/);
    return new Azurite(child, origin);
  }

  constructor(child, origin) {
    this.child = child;
    this.origin = origin;
    this.credential = new StorageSharedKeyCredential(account.name, account.key);
    this.service = new BlobServiceClient(`${origin}/${account.name}`, this.credential);
    this.signatures = new Secrets(); // of every SAS that was made
  }

  // A container that does not exist yet.
  container(name) {
    return new StorageContainer(this, name);
  }

  async createContainer(name) {
    const container = this.container(name);
    await container.client.create();
    return container;
  }

  get connectionString() {
    return (
      `DefaultEndpointsProtocol=${new URL(this.origin).protocol.slice(0, -1)};AccountName=${account.name};` +
      `AccountKey=${account.key};BlobEndpoint=${this.origin}/${account.name};`
    );
  }

  stop() {
    return this.child.stop('SIGTERM');
  }
}
