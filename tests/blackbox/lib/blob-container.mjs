// What Azure Blob Storage keeps of a container, and the two operations by which an export writes: as strict as
// the service itself.
import { createHash, randomBytes } from 'node:crypto';

import { crc64 } from './crc64.mjs';

const maxIdBytes = 64;
const maxBlocks = 50_000;
const hour = 3_600_000;

const md5 = (bytes) => createHash('md5').update(bytes).digest('base64');

export function created(headers = {}) {
  return { status: 201, headers, body: '' };
}

// An error as the service words it.
export function errorAnswer(status, code, message = 'It failed.', headers = {}) {
  const text = `${message}\nRequestId:${randomBytes(16).toString('hex')}\nTime:${new Date().toISOString()}`;
  return {
    status,
    headers: { 'x-ms-error-code': code, 'content-type': 'application/xml', ...headers },
    body: `\uFEFF<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>${text}</Message></Error>`,
  };
}

function isBase64(text) {
  return text !== '' && Buffer.from(text, 'base64').toString('base64') === text;
}

// The entries of a block list, or undefined when it is none.
function parseBlockList(xml) {
  const list = /^(?:<\?xml[^>]*\?>)?\s*(?:<BlockList\s*\/>|<BlockList>([\s\S]*)<\/BlockList>)\s*$/.exec(xml);
  if (!list) return undefined;
  const entries = [];
  const rest = (list[1] ?? '').replace(/<(Latest|Committed|Uncommitted)>([^<]*)<\/\1>/g, (_, kind, id) => {
    entries.push({ kind, id });
    return '';
  });
  return rest.trim() === '' ? entries : undefined;
}

export class BlobContainer {
  #staged = new Map(); // blob name => block id => bytes
  #blobs = new Map(); // blob name => {blocks: id => bytes, bytes, contentType}
  #grants = new Map(); // signature => what the SAS allows

  // `signatures` gets every one that is given out.
  constructor(url, name, signatures) {
    this.url = url;
    this.name = name;
    this.signatures = signatures;
    this.script = () => undefined; // of the faults: see blob-server.mjs
    this.onCommit = undefined; // called with the blob's name after each commit
    this.retains = false; // whether a policy of retention forbids to write a blob again
  }

  // ---- For the test

  // `prefix`: what the path says behind the container's name.
  sasUrl(permissions = 'w', { expiresOn = new Date(Date.now() + 2 * hour), prefix = '' } = {}) {
    const signature = randomBytes(32).toString('base64');
    this.signatures.add(signature);
    const query = new URLSearchParams({
      sv: '2021-08-06',
      sr: 'c',
      sp: permissions,
      se: expiresOn.toISOString().replace(/\.\d+Z$/, 'Z'),
      sig: signature,
    });
    this.#grants.set(signature, { permissions, expiresOn, parameters: [...query] });
    return `${this.url}${prefix && `/${prefix}`}?${query}`;
  }

  // Every SAS that was given out so far ends, as when a stored access policy is deleted.
  revoke() {
    this.#grants.clear();
  }

  // The names of all blobs that can be seen, sorted.
  list() {
    return [...this.#blobs.keys()].sort();
  }

  download(name) {
    const blob = this.#blobs.get(name);
    if (!blob) throw new Error(`there is no blob ${name}`);
    return blob.bytes;
  }

  contentType(name) {
    return this.#blobs.get(name).contentType;
  }

  // The names of blobs of which blocks are staged, sorted.
  staged() {
    return [...this.#staged.keys()].sort();
  }

  // ---- For requests; each gives an answer

  // undefined when the SAS allows this. `now`: milliseconds.
  refusal(query, now = Date.now()) {
    const grant = this.#grants.get(query.get('sig'));
    if (!grant || !grant.parameters.every(([key, value]) => query.get(key) === value)) {
      return errorAnswer(
        403,
        'AuthenticationFailed',
        'Server failed to authenticate the request. Make sure the value of Authorization header is formed correctly.',
      );
    }
    if (grant.expiresOn.getTime() <= now) {
      return errorAnswer(403, 'AuthenticationFailed', 'Signature not valid in the specified time frame.');
    }
    if (grant.permissions.includes('w')) return undefined;
    return errorAnswer(
      403,
      'AuthorizationPermissionMismatch',
      'This request is not authorized to perform this operation using this permission.',
    );
  }

  putBlock(blob, blockId, headers, body) {
    if (!isBase64(blockId)) return errorAnswer(400, 'InvalidQueryParameterValue');
    if (Buffer.from(blockId, 'base64').length > maxIdBytes) return errorAnswer(400, 'OutOfRangeInput');
    if (body.length === 0) return errorAnswer(400, 'InvalidHeaderValue');
    const sent = headers['content-md5'];
    if (sent !== undefined && sent !== md5(body)) return errorAnswer(400, 'Md5Mismatch');
    const blocks = this.#staged.get(blob) ?? new Map();
    const others = blocks.size ? blocks : (this.#blobs.get(blob)?.blocks ?? blocks);
    for (const other of others.keys()) {
      if (other.length !== blockId.length) return errorAnswer(400, 'InvalidBlobOrBlock');
      break;
    }
    this.#staged.set(blob, blocks.set(blockId, body));
    return created(sent ? { 'content-md5': sent } : { 'x-ms-content-crc64': crc64(body) });
  }

  putBlockList(blob, headers, body) {
    const sent = headers['content-md5'];
    if (sent !== undefined && sent !== md5(body)) return errorAnswer(400, 'Md5Mismatch');
    if (this.#blobs.has(blob)) {
      if (this.retains) return errorAnswer(409, 'BlobImmutableDueToPolicy');
      if (headers['if-none-match'] === '*') return errorAnswer(409, 'BlobAlreadyExists');
    }
    const entries = parseBlockList(body.toString('utf8'));
    if (!entries) return errorAnswer(400, 'InvalidXmlDocument');
    if (entries.length > maxBlocks) return errorAnswer(400, 'BlockListTooLong');
    const blocks = new Map();
    const parts = [];
    for (const { kind, id } of entries) {
      const bytes = this.#find(blob, kind, id);
      if (!bytes) return errorAnswer(400, 'InvalidBlockList', 'The specified block list is invalid.');
      blocks.set(id, bytes);
      parts.push(bytes);
    }
    const contentType = headers['x-ms-blob-content-type'] ?? 'application/octet-stream';
    this.#blobs.set(blob, { blocks, bytes: Buffer.concat(parts), contentType });
    this.#staged.delete(blob); // also what the list did not name
    this.onCommit?.(blob);
    return created({ etag: `"${randomBytes(8).toString('hex')}"` });
  }

  #find(blob, kind, id) {
    const uncommitted = kind !== 'Committed' ? this.#staged.get(blob)?.get(id) : undefined;
    const committed = kind !== 'Uncommitted' ? this.#blobs.get(blob)?.blocks.get(id) : undefined;
    return uncommitted ?? committed;
  }
}
