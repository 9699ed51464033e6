// Plain requests, as a careful client without any SDK makes them.
import http from 'node:http';
import https from 'node:https';

// `body`: a string, a Buffer, or an async iterable, which is sent chunked. Resolves with any answer of the
// server, also one that comes before the whole body was sent. `signal` closes the connection. `from`: the address at this end, such as 127.0.0.2.
export function request(url, { method = 'GET', headers = {}, body, signal, from } = {}) {
  const { request: open } = url.startsWith('https:') ? https : http;
  return new Promise((resolve, reject) => {
    const outgoing = open(url, {
      method,
      headers: { ...lengthHeader(body), ...headers },
      agent: false,
      signal,
      localAddress: from,
    });
    let answered = false;
    outgoing.on('response', (incoming) => {
      answered = true;
      readAnswer(incoming).then(resolve, reject);
    });
    // A server that refuses a large body may close the connection while it is still being sent.
    outgoing.on('error', (error) => {
      if (!answered) reject(error);
    });
    sendBody(outgoing, body).catch((error) => outgoing.destroy(error));
  });
}

function lengthHeader(body) {
  if (body === undefined) return {};
  if (typeof body === 'string' || Buffer.isBuffer(body)) return { 'content-length': Buffer.byteLength(body) };
  return { 'transfer-encoding': 'chunked' };
}

async function sendBody(outgoing, body) {
  if (body === undefined || typeof body === 'string' || Buffer.isBuffer(body)) {
    outgoing.end(body);
    return;
  }
  for await (const part of body) {
    if (outgoing.destroyed) return;
    if (!outgoing.write(part)) await drained(outgoing);
  }
  outgoing.end();
}

function drained(outgoing) {
  return new Promise((resolve) => {
    const done = () => {
      outgoing.off('drain', done);
      outgoing.off('close', done);
      resolve();
    };
    outgoing.on('drain', done);
    outgoing.on('close', done);
  });
}

async function readAnswer(incoming) {
  const parts = [];
  for await (const part of incoming) parts.push(part);
  const text = Buffer.concat(parts).toString('utf8');
  return { status: incoming.statusCode, headers: incoming.headers, text, json: parseJson(text) };
}

function parseJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
