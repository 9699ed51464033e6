// Ports for servers that come back at the same one.
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

// Held until this process ends: each is the claim to its port.
const claims = [];

async function listen(port, address) {
  const server = createServer().listen(port, address);
  await once(server, 'listening');
  server.unref();
  return server;
}

// A free port of 127.0.0.1 that nobody else is given, also while nothing listens there: "any free port" and
// outgoing connections get those from 32768 on, and whoever else claims one here cannot have the same.
export async function claimPort() {
  for (;;) {
    const port = randomInt(10_000, 30_000);
    try {
      const claim = await listen(port, '127.0.0.2');
      const probe = await listen(port, '127.0.0.1');
      probe.close();
      await once(probe, 'close');
      claims.push(claim);
      return port;
    } catch (error) {
      if (error.code !== 'EADDRINUSE') throw error;
    }
  }
}
