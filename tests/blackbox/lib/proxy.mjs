// A TCP proxy that can hold back chosen HTTP requests, so that a test decides how far an export gets.
import { once } from 'node:events';
import net from 'node:net';

import { waitFor } from './wait.mjs';

const requestLine = /^(GET|HEAD|PUT|POST|DELETE) (\S+) HTTP\/1\.1\r\n/;

export class HoldingProxy {
  // `target`: the origin of the server behind it, "http://127.0.0.1:10000".
  static async start(target) {
    const proxy = new HoldingProxy(new URL(target));
    proxy.server.listen(0, '127.0.0.1');
    await once(proxy.server, 'listening');
    proxy.origin = `http://127.0.0.1:${proxy.server.address().port}`;
    return proxy;
  }

  constructor(target) {
    this.requests = []; // "PUT /container/blob?comp=block", in order of arrival, without the other query parameters
    this.connections = new Set();
    this.held = []; // what to do with each held request at release
    this.pattern = undefined;
    this.server = net.createServer((incoming) => this.#connect(incoming, target));
  }

  // From now on holds back requests that `pattern` matches ("PUT /container/blob?comp=block"), but lets
  // `pass` of them through first.
  hold(pattern, { pass = 0 } = {}) {
    this.pattern = pattern;
    this.pass = pass;
  }

  // Resolves when at least `count` requests are being held.
  holding(count = 1) {
    return waitFor(
      `the proxy to hold ${count} request(s) like ${this.pattern}`,
      () => this.held.length >= count,
    );
  }

  release() {
    this.pattern = undefined;
    for (const forward of this.held.splice(0)) forward();
  }

  async stop() {
    this.server.close();
    for (const socket of this.connections) socket.destroy();
    await once(this.server, 'close');
  }

  #connect(incoming, target) {
    const outgoing = net.connect(Number(target.port), target.hostname);
    for (const [socket, other] of [
      [incoming, outgoing],
      [outgoing, incoming],
    ]) {
      this.connections.add(socket);
      socket.on('error', () => {}); // 'close' follows
      socket.on('close', () => {
        this.connections.delete(socket);
        other.destroy();
      });
    }
    incoming.on('data', (chunk) => this.#forward(chunk, incoming, outgoing));
    outgoing.pipe(incoming);
  }

  // A client waits for the answer before it sends the next request, so a request line stands at the start of
  // a chunk.
  #forward(chunk, incoming, outgoing) {
    const match = requestLine.exec(chunk.toString('latin1', 0, 4096));
    if (match && this.#shouldHold(match[1], match[2])) {
      incoming.pause();
      this.held.push(() => {
        outgoing.write(chunk);
        incoming.resume();
      });
    } else if (!outgoing.write(chunk)) {
      incoming.pause();
      outgoing.once('drain', () => incoming.resume());
    }
  }

  #shouldHold(method, target) {
    const url = new URL(target, 'http://proxy');
    const operation = url.searchParams.get('comp');
    const request = `${method} ${decodeURIComponent(url.pathname)}${operation ? `?comp=${operation}` : ''}`;
    this.requests.push(request);
    if (!this.pattern?.test(request)) return false;
    this.pass -= 1;
    return this.pass < 0;
  }
}
