// An HTTP proxy that loses answers: the server has done what it was asked, and the client never learns of it.
import { once } from 'node:events';
import http from 'node:http';

export class LossyProxy {
  // `target`: the origin of the server behind it, which may come and go. Of `every` answers one is lost.
  static async start(target, { every }) {
    const proxy = new LossyProxy(new URL(target), every);
    proxy.server.listen(0, '127.0.0.1');
    await once(proxy.server, 'listening');
    proxy.origin = `http://127.0.0.1:${proxy.server.address().port}`;
    return proxy;
  }

  constructor(target, every) {
    this.target = target;
    this.every = every;
    this.answers = 0;
    this.lost = 0;
    this.server = http.createServer((incoming, outgoing) => this.#forward(incoming, outgoing));
  }

  async stop() {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }

  #forward(incoming, outgoing) {
    const { method, url, headers } = incoming;
    const { hostname, port } = this.target;
    const request = http.request({ hostname, port, method, path: url, headers, agent: false });
    request.on('response', (answer) => this.#answer(answer, outgoing));
    request.on('error', () => outgoing.destroy());
    incoming.on('error', () => request.destroy());
    incoming.pipe(request);
  }

  #answer(answer, outgoing) {
    this.answers += 1;
    if (this.answers % this.every === 0) {
      this.lost += 1;
      answer.resume();
      outgoing.destroy();
      return;
    }
    outgoing.writeHead(answer.statusCode, answer.headers);
    answer.on('error', () => outgoing.destroy());
    answer.pipe(outgoing);
  }
}
