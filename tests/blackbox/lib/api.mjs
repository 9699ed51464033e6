// The REST API as a client without an SDK uses it, and the collect API.
import { gzipSync } from 'node:zlib';

import { request } from './http.mjs';
import { waitFor } from './wait.mjs';

export const apiVersion = '2014-12-01';

// POST /{tenant}/oauth2/token with these form fields.
export function requestToken(server, tenant, fields, path = 'oauth2/token') {
  return request(`${server.origin}/${tenant}/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(fields).toString(),
  });
}

export class Api {
  // `app`: {path}; `client`: {tenant, clientId, clientSecret}.
  constructor(server, app, client) {
    this.server = server;
    this.app = app;
    this.client = client;
  }

  async token() {
    if (this.accessToken) return this.accessToken;
    const answer = await requestToken(this.server, this.client.tenant, {
      grant_type: 'client_credentials',
      client_id: this.client.clientId,
      client_secret: this.client.clientSecret,
      resource: 'https://management.core.windows.net/',
    });
    if (answer.status !== 200) throw new Error(`no token: ${answer.status} ${answer.text}`);
    this.accessToken = answer.json.access_token;
    this.server.secrets.add(this.accessToken);
    return this.accessToken;
  }

  // `path`: below the app, or absolute from "/subscriptions" on. `query` may replace or (null) leave out the
  // version.
  async send(method, path, { body, headers = {}, query = {} } = {}) {
    const url = new URL(this.server.origin + (path.startsWith('/') ? path : `${this.app.path}/${path}`));
    for (const [key, value] of Object.entries({ 'api-version': apiVersion, ...query })) {
      if (value !== null) url.searchParams.set(key, value);
    }
    const isText = typeof body === 'string' || Buffer.isBuffer(body) || body === undefined;
    return request(url.toString(), {
      method,
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${await this.token()}`,
        ...headers,
      },
      body: isText ? body : JSON.stringify(body),
    });
  }

  get(path, options) {
    return this.send('GET', path, options);
  }

  // `kind`: the last part of the path, "events". Returns the answer, whatever it is.
  tryCreateTask(kind, body, options) {
    return this.send('POST', `devices/exportTasks/${kind}`, { ...options, body });
  }

  // Returns the task.
  async createTask(kind, body) {
    const answer = await this.tryCreateTask(kind, body);
    if (answer.status !== 202) throw new Error(`create ${kind}: ${answer.status} ${answer.text}`);
    return answer.json;
  }

  async task(id) {
    const answer = await this.get(`devices/exportTasks/${id}`);
    if (answer.status !== 200) throw new Error(`get task ${id}: ${answer.status} ${answer.text}`);
    return answer.json;
  }

  // The task as soon as it is in one of these states; a task that ends in another one is an error.
  async waitForTask(id, ...states) {
    const wanted = states.length ? states : ['Succeeded'];
    let last;
    return waitFor(
      () => `task ${id} to be ${wanted}; it is ${JSON.stringify(last)}`,
      async () => {
        last = await this.task(id);
        if (wanted.includes(last.state)) return last;
        if (last.state === 'Succeeded' || last.state === 'Failed') {
          throw new Error(`task ${id} was to be ${wanted}, but is ${JSON.stringify(last)}`);
        }
        return undefined;
      },
    );
  }

  // The task as soon as it waits for another container URL.
  waitForWaiting(id) {
    return waitFor(`task ${id} to wait for a credential`, async () => {
      const task = await this.task(id);
      return task.progress.waitingFor && task;
    });
  }

  // Gives the task another container URL. Returns the answer, whatever it is.
  renewCredential(id, containerUrl) {
    return this.send('PATCH', `devices/exportTasks/${id}`, { body: { containerUrl } });
  }

  async runTask(kind, body) {
    const { id } = await this.createTask(kind, body);
    return this.waitForTask(id);
  }
}

export class Collect {
  // `app`: {collectKey}.
  constructor(server, app) {
    this.server = server;
    this.app = app;
  }

  // One batch, as an object or as text that is sent as it is.
  batch(body, { key = this.app.collectKey, gzip = false, headers = {}, signal } = {}) {
    const text = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
    return this.#post(
      'batch',
      {
        authorization: `Bearer ${key}`,
        'content-type': 'application/json',
        ...(gzip && { 'content-encoding': 'gzip' }),
        ...headers,
      },
      gzip ? gzipSync(text) : text,
      signal,
    );
  }

  // NDJSON: text, or an async iterable of its parts.
  bulk(body, { key = this.app.collectKey, headers = {} } = {}) {
    return this.#post(
      'bulk',
      {
        authorization: `Bearer ${key}`,
        'content-type': 'application/x-ndjson',
        ...headers,
      },
      body,
    );
  }

  // What is due to a device. Returns the answer, whatever it is.
  due(deviceId, { key = this.app.collectKey, headers = {} } = {}) {
    const url = new URL(`${this.server.origin}/collect/v1/campaigns`);
    if (deviceId !== undefined) url.searchParams.set('deviceId', deviceId);
    return request(url.toString(), { headers: { authorization: `Bearer ${key}`, ...headers } });
  }

  // Sends one after the other; all of their records must be accepted.
  async all(batches) {
    for (const batch of batches) {
      const answer = await this.batch(batch);
      const count = batch.records?.length ?? 0;
      if (answer.status !== 200 || answer.json.accepted !== count) {
        throw new Error(
          `collect: ${answer.status} ${answer.text} for ${JSON.stringify(batch).slice(0, 1000)}`,
        );
      }
    }
  }

  #post(what, headers, body, signal) {
    return request(`${this.server.origin}/collect/v1/${what}`, { method: 'POST', headers, body, signal });
  }
}
