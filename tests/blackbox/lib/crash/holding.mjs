// A client that holds, for moments, all that the app may have under way, so that what others send is refused with 429.
import { setTimeout as sleep } from 'node:timers/promises';

import { Connection, requestText } from '../connection.mjs';

const holdEveryMs = 3_000;
const holdForMs = 80;
const mostHeld = 200;
const bodyBytes = 16 << 10; // a small one: nothing else is taken when there is no room for it

// What the server's configuration must have: a quarter is an app's.
export const memoryConfig = '[http]\nmax_body_memory_mib = 16\n';

export class HoldingClient {
  // `test`: {server, collect, up, isDown, closing, over}, see crash-test.mjs.
  constructor(test, random) {
    this.test = test;
    this.random = random;
    this.held = 0; // moments in which there was no room
  }

  async run() {
    while (!this.test.closing && !this.test.over) {
      await sleep(this.random.below(holdEveryMs));
      await this.test.up;
      const connections = [];
      try {
        await this.#fill(connections);
        await sleep(this.random.below(holdForMs));
      } catch {
        // The server was killed meanwhile.
      } finally {
        for (const connection of connections) connection.close();
      }
    }
  }

  // Bodies that do not come, until one is refused.
  async #fill(connections) {
    const { server, collect } = this.test;
    const headers = { Authorization: `Bearer ${collect.app.collectKey}`, 'Content-Type': 'application/json' };
    const text = requestText(server, 'POST', '/collect/v1/batch', { headers, body: ' ', length: bodyBytes });
    while (connections.length < mostHeld && !this.test.isDown) {
      const connection = await Connection.open(server);
      connections.push(connection);
      connection.send(text);
      if (!connections.some(({ statuses }) => statuses.includes(429))) continue;
      this.held += 1;
      return;
    }
  }
}
