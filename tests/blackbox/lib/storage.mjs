// A container in Azurite as its owner sees it, and the SAS URLs that the owner gives away.
import {
  AccountSASPermissions,
  AccountSASResourceTypes,
  AccountSASServices,
  BlobSASPermissions,
  ContainerSASPermissions,
  SASProtocol,
  generateAccountSASQueryParameters,
  generateBlobSASQueryParameters,
} from '@azure/storage-blob';

import { recordOutput } from './record.mjs';

const hour = 3_600_000;

function validity({ startsOn, expiresOn }) {
  return { startsOn, expiresOn: expiresOn ?? new Date(Date.now() + 2 * hour) };
}

export class StorageContainer {
  constructor(azurite, name) {
    this.azurite = azurite;
    this.name = name;
    this.client = azurite.service.getContainerClient(name);
  }

  // The container's URL with a service SAS. `prefix`: what the path says behind the container's name.
  // `origin`: where the URL points, for a proxy in between.
  sasUrl(permissions = 'w', options = {}) {
    const query = generateBlobSASQueryParameters(
      {
        containerName: this.name,
        permissions: ContainerSASPermissions.parse(permissions),
        protocol: options.httpsOnly ? SASProtocol.Https : undefined,
        ...validity(options),
      },
      this.azurite.credential,
    );
    return this.#url(query.toString(), options);
  }

  // With an account SAS, which is good for every container.
  accountSasUrl(permissions = 'rwdlac', options = {}) {
    const query = generateAccountSASQueryParameters(
      {
        permissions: AccountSASPermissions.parse(permissions),
        services: AccountSASServices.parse('b').toString(),
        resourceTypes: AccountSASResourceTypes.parse('sco').toString(),
        ...validity(options),
      },
      this.azurite.credential,
    );
    return this.#url(query.toString(), options);
  }

  // A SAS for the one blob of that name.
  blobSasUrl(blob, permissions = 'w', options = {}) {
    const query = generateBlobSASQueryParameters(
      {
        containerName: this.name,
        blobName: blob,
        permissions: BlobSASPermissions.parse(permissions),
        ...validity(options),
      },
      this.azurite.credential,
    );
    return this.#url(query.toString(), { ...options, prefix: blob });
  }

  // A SAS whose signature is well-formed but wrong.
  forgedSasUrl() {
    const url = new URL(this.sasUrl());
    const forged = Buffer.alloc(32, 7).toString('base64');
    url.searchParams.set('sig', forged);
    this.azurite.signatures.add(forged);
    return url.toString();
  }

  // Without any SAS.
  bareUrl({ origin = this.azurite.origin, prefix = '' } = {}) {
    const tail = prefix ? `/${prefix}` : '';
    return `${origin}/${this.azurite.credential.accountName}/${this.name}${tail}`;
  }

  #url(query, options) {
    this.azurite.signatures.add(new URLSearchParams(query).get('sig'));
    return `${this.bareUrl(options)}?${query}`;
  }

  // The names of all blobs that can be seen, sorted.
  async list() {
    const names = [];
    for await (const blob of this.client.listBlobsFlat()) names.push(blob.name);
    return names.sort();
  }

  async download(name) {
    const content = await this.client.getBlobClient(name).downloadToBuffer();
    if (name.endsWith('.manifest.json')) recordOutput('manifests', content);
    return content;
  }

  async contentType(name) {
    return (await this.client.getBlobClient(name).getProperties()).contentType;
  }

  async upload(name, content) {
    await this.client.getBlockBlobClient(name).uploadData(content);
  }
}
