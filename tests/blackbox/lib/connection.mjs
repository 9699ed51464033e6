// Connections on which a test says every byte itself.
import { once } from 'node:events';
import net from 'node:net';

import { recordOutput } from './record.mjs';

export class Connection {
  // `from`: the address at this end, such as 127.0.0.2.
  static async open(server, { from } = {}) {
    const { hostname, port } = new URL(server.origin);
    const connection = new Connection(net.connect({ port: Number(port), host: hostname, localAddress: from }));
    await once(connection.socket, 'connect');
    return connection;
  }

  constructor(socket) {
    this.socket = socket;
    this.received = ''; // all that came, one character a byte
    this.closed = new Promise((resolve) => {
      socket.on('close', () => {
        recordOutput('answers', `${this.received}\n`);
        resolve();
      });
    });
    socket.setNoDelay(true);
    socket.setEncoding('latin1').on('data', (data) => {
      this.received += data;
      this.onData?.();
    });
    socket.on('error', () => {}); // 'close' follows
  }

  send(bytes) {
    this.socket.write(bytes);
  }

  // The statuses of all answers so far.
  get statuses() {
    return [...this.received.matchAll(/HTTP\/1\.1 (\d+) [A-Z]/g)].map(([, status]) => Number(status));
  }

  // Resolves with the status of the answer number `count`, or with undefined when the connection closes first.
  async answer(count = 1) {
    const arrived = new Promise((resolve) => {
      this.onData = () => {
        if (this.statuses.length >= count) resolve();
      };
      this.onData();
    });
    await Promise.race([arrived, this.closed]);
    return this.statuses[count - 1];
  }

  // Sends `byte` again and again, with a pause, until the connection closes.
  async drip(byte, pauseMs) {
    const timer = setInterval(() => this.send(byte), pauseMs);
    await this.closed;
    clearInterval(timer);
  }

  close() {
    this.socket.destroy();
  }
}

// A request as text. `body`: what is sent of it; `length`: what the header says of it.
export function requestText(server, method, path, { headers = {}, body = '', length = body.length } = {}) {
  const lines = [`${method} ${path} HTTP/1.1`, `Host: ${new URL(server.origin).host}`];
  if (method === 'POST') lines.push(`Content-Length: ${length}`);
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}
