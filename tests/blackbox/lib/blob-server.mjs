// An Azure Blob service within the test's own process, over real sockets, which fails as it is told.
//
// A fault is an async function that is called with the Exchange of a request, in place of carrying the request
// out; blob-faults.mjs has them. A script is a function that is called with {operation, container, blob,
// number} of every request and returns a fault or undefined.
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';

import { BlobContainer, errorAnswer } from './blob-container.mjs';
import { Secrets } from './record.mjs';

const account = 'rawhaultests';
const operations = { block: 'PutBlock', blocklist: 'PutBlockList' };

export class BlobServer {
  static async start() {
    const blobServer = new BlobServer();
    blobServer.server.listen(0, '127.0.0.1');
    await once(blobServer.server, 'listening');
    blobServer.origin = `http://127.0.0.1:${blobServer.server.address().port}`;
    return blobServer;
  }

  constructor() {
    this.containers = new Map();
    this.signatures = new Secrets(); // of every SAS that was made
    // {operation, container, blob, blockId, number, time, status}; time: of its arrival, monotonic, in
    // milliseconds; status: of the answer, if there is one.
    this.requests = [];
    this.server = http.createServer({ keepAliveTimeout: 60_000, requestTimeout: 0 });
    this.server.on('request', (incoming, outgoing) => this.#serve(incoming, outgoing));
  }

  createContainer(name) {
    const container = new BlobContainer(`${this.origin}/${account}/${name}`, name, this.signatures);
    this.containers.set(name, container);
    return container;
  }

  deleteContainer(name) {
    this.containers.delete(name);
  }

  // The requests to a container so far, in order: "PutBlock Event_2016-04-01_2016-04-02_1.json".
  requestsOf(container) {
    return this.requests
      .filter((request) => request.container === container.name)
      .map(({ operation, blob }) => `${operation} ${blob}`);
  }

  async stop() {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }

  async #serve(incoming, outgoing) {
    const exchange = new Exchange(this, incoming, outgoing);
    this.requests.push(exchange.request);
    outgoing.on('error', () => {}); // the client went away
    const container = this.containers.get(exchange.request.container);
    const fault = container?.script(exchange.request);
    try {
      if (fault) await fault(exchange);
      else exchange.answer(await exchange.carryOut());
    } catch (error) {
      if (!incoming.socket.destroyed) throw error; // else the client went away
    }
  }
}

// One request and the ways to deal with it.
class Exchange {
  #body;

  constructor(server, incoming, outgoing) {
    this.server = server;
    this.incoming = incoming;
    this.outgoing = outgoing;
    const url = new URL(incoming.url, server.origin);
    this.query = url.searchParams;
    const [, pathAccount, container, ...blob] = url.pathname.split('/').map(decodeURIComponent);
    const isBlob = pathAccount === account && blob.length > 0 && incoming.method === 'PUT';
    this.request = {
      operation: (isBlob && operations[this.query.get('comp')]) || `${incoming.method} ${this.query.get('comp')}`,
      container,
      blob: blob.join('/'),
      blockId: this.query.get('blockid') ?? undefined,
      number: server.requests.length,
      time: performance.now(),
    };
  }

  // The body; `pace` is waited for before every part of it.
  async read(pace) {
    if (this.#body) return this.#body;
    const parts = [];
    for await (const part of this.incoming) {
      parts.push(part);
      await pace?.();
    }
    this.#body = Buffer.concat(parts);
    return this.#body;
  }

  // What the service does with the request, and its answer, which is not sent yet. `damage` changes the body
  // on its way.
  async carryOut(damage = (body) => body) {
    const body = await this.read();
    const container = this.server.containers.get(this.request.container);
    return this.#refusal(container) ?? this.#perform(container, damage(body));
  }

  #refusal(container) {
    if (!container) {
      return errorAnswer(404, 'ContainerNotFound', 'The specified container does not exist.');
    }
    if (this.incoming.headers['content-length'] === undefined) {
      return errorAnswer(411, 'MissingContentLengthHeader');
    }
    if (!/^20\d\d-\d\d-\d\d$/.test(this.incoming.headers['x-ms-version'])) {
      return errorAnswer(400, 'InvalidHeaderValue');
    }
    return container.refusal(this.query);
  }

  #perform(container, body) {
    const { operation, blob, blockId } = this.request;
    if (operation === 'PutBlock') return container.putBlock(blob, blockId ?? '', this.incoming.headers, body);
    if (operation === 'PutBlockList') return container.putBlockList(blob, this.incoming.headers, body);
    return errorAnswer(400, 'InvalidQueryParameterValue');
  }

  answer({ status, headers, body }) {
    this.request.status = status;
    this.outgoing.writeHead(status, this.#completed(headers, body));
    this.outgoing.end(body);
  }

  // An answer whose end never comes.
  answerHalf({ status, headers, body }) {
    this.outgoing.writeHead(status, { ...this.#completed(headers, body), 'content-length': body.length + 100 });
    this.outgoing.write(`${body} `, () => this.incoming.socket.destroy());
  }

  reset() {
    this.incoming.socket.resetAndDestroy();
  }

  #completed(headers, body) {
    return {
      'x-ms-request-id': randomUUID(),
      'x-ms-version': this.incoming.headers['x-ms-version'] ?? '',
      'content-length': Buffer.byteLength(body),
      ...headers,
    };
  }
}
