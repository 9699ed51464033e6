// Clients that go on while the server is killed and started again, and enter what they did into the ledger.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';

import { guid } from '../batches.mjs';
import { post } from '../segment.mjs';
import { refusedBody, refusedMessage } from './contents.mjs';
import { randomTask } from './tasks.mjs';

export const busy = [429, 503]; // not stored: come again

// `test`: {collect, ledger, tasks, up, day, dayBefore, closing, over, hear}, see crash-test.mjs.
export class Client {
  constructor(test, random, name) {
    this.test = test;
    this.random = random;
    this.name = name;
  }

  async run() {
    while (!this.test.closing && !this.test.over) {
      await this.turn();
      await sleep(this.random.below(80));
    }
    await this.end();
  }

  async end() {}

  // Resolves with the answer, or undefined when there is none. Also when the server has been restored meanwhile:
  // what was to be sent, or was answered, is of data that are no more.
  async exchange(send) {
    const { ledger } = this.test;
    const { restores } = ledger;
    await this.test.up;
    if (ledger.restores !== restores) return undefined;
    try {
      const answer = await send();
      return ledger.restores === restores ? answer : undefined;
    } catch {
      return undefined;
    }
  }

  newBatch(device, batchId) {
    const { ledger, day } = this.test;
    return ledger.addBatch(this.random, device, day, batchId);
  }

  markSent(sent) {
    for (const each of sent) {
      each.sentAt ??= this.test.ledger.now();
      each.givenUpAt = undefined;
    }
    this.test.hear('batch sent');
  }

  // They are never sent again. What is refused for a limit is not even tried to be written.
  markRefused(sent, { status }) {
    this.test.ledger.refuse(sent, { isTried: status === 503 });
  }

  // No answer came, nor will one, and they are never sent again.
  markGivenUp(sent) {
    for (const each of sent) each.givenUpAt = this.test.ledger.now();
  }

  markAcknowledged(sent) {
    const { ledger, hear } = this.test;
    for (const each of sent) {
      each.ackedAt = ledger.now();
      each.body = undefined;
    }
    ledger.noteWrite(sent[0].sentAt);
    hear('batch answered');
  }
}

// Sends one request after the other, each until it is answered 200. Of what a lost server answered those that are not
// in the backup are sent again, in their order. A request is {sent: entries of the ledger, ...}; `newRequest` makes
// one, `post` sends it, `check` takes a look at the answer.
export class InsistingClient extends Client {
  #requests = []; // that may have to be sent again, and the last one

  async turn() {
    const last = this.#requests.at(-1);
    if (last && isAnswered(last) && this.random.chance(0.1)) await this.#send(last); // it is known
    await this.insist(this.newRequest());
  }

  end() {
    return this.#sendAll();
  }

  async insist(request) {
    const { ledger } = this.test;
    this.#requests = this.#requests.filter(({ sent }) => !ledger.isBackedUp(sent[0]));
    this.#requests.push(request);
    await this.#sendAll();
  }

  async #sendAll() {
    const next = () => this.#requests.find((request) => !isAnswered(request));
    for (let request = next(); request && !this.test.over; request = next()) {
      if (await this.#send(request)) this.markAcknowledged(request.sent);
    }
  }

  // Whether it was answered 200.
  async #send(request) {
    const answer = await this.exchange(() => {
      const answering = this.post(request);
      this.markSent(request.sent);
      return answering;
    });
    if (!answer) return false;
    if (answer.status === 200) {
      this.check(answer.json, request);
      return true;
    }
    assert.ok(busy.includes(answer.status), `collect: ${answer.status} ${answer.text}`);
    this.test.ledger.countBusy(answer);
    await sleep(20);
    return false;
  }
}

const isAnswered = ({ sent }) => sent[0].ackedAt !== undefined;

// Now and then it hangs up before the answer comes, and now and then what it says of its device is refused.
export class ResendingClient extends InsistingClient {
  async turn() {
    if (this.random.chance(0.1)) await this.#sayWhatIsRefused();
    await super.turn();
  }

  newRequest() {
    const batch = this.newBatch(this.name, this.name);
    return { sent: [batch], body: batch.body };
  }

  post({ body }) {
    const hangUp = this.random.chance(0.15) ? AbortSignal.timeout(this.random.below(8)) : undefined;
    return this.test.collect.batch(body, { signal: hangUp, gzip: this.random.chance(0.3) });
  }

  check({ accepted, rejected }, { sent: [batch] }) {
    assert.equal(accepted, batch.size);
    assert.deepEqual(rejected.map(({ index }) => index), batch.bad);
  }

  async #sayWhatIsRefused() {
    const { collect, ledger, day } = this.test;
    const body = refusedBody(this.random, guid(this.name), day);
    const answer = await this.exchange(() => collect.batch(body));
    assert.ok(!answer || [400, ...busy].includes(answer.status), `collect: ${answer?.status} ${answer?.text}`);
    if (answer?.status === 400) ledger.wrong += 1;
  }
}

// Has no batch ids, so it never sends again.
export class ForgetfulClient extends Client {
  async turn() {
    const batch = this.newBatch(this.name);
    const answer = await this.exchange(() => {
      const answering = this.test.collect.batch(batch.body);
      this.markSent([batch]);
      return answering;
    });
    if (answer?.status === 200) this.markAcknowledged([batch]);
    else if (busy.includes(answer?.status)) this.markRefused([batch], answer);
    else this.markGivenUp([batch]);
  }
}

export class BulkClient extends InsistingClient {
  newRequest() {
    const { day } = this.test;
    const count = 1 + this.random.below(8);
    const sent = Array.from({ length: count }, (_, i) => this.newBatch(`${this.name} ${i}`, this.name));
    const bodies = sent.map(({ body }) => body);
    const hasWrong = this.random.chance(0.2);
    if (hasWrong) bodies.splice(this.random.below(count), 0, refusedBody(this.random, guid(`${this.name} 0`), day));
    return { sent, lines: bodies.map((body) => JSON.stringify(body)).join('\n'), wrong: hasWrong ? 1 : 0 };
  }

  post({ lines }) {
    return this.test.collect.bulk(lines);
  }

  check({ lines, accepted, rejectedLines, rejectedRecords }, { sent, wrong }) {
    const sum = (of) => sent.reduce((total, batch) => total + of(batch), 0);
    assert.deepEqual(
      { lines, accepted, rejectedLines, rejectedRecords },
      {
        lines: sent.length + wrong,
        accepted: sum(({ size }) => size),
        rejectedLines: wrong,
        rejectedRecords: sum(({ bad }) => bad.length),
      },
    );
    this.test.ledger.wrong += wrong;
  }
}

function postMessages({ server, collect }, batch) {
  return post(server, 'batch', { batch }, { key: collect.app.collectKey });
}

// Messages of one device after the other.
export class SegmentClient extends InsistingClient {
  newRequest() {
    const { segment } = this.test.ledger;
    if (!this.device || !segment.hasRoom(this.device)) this.device = segment.addDevice(this.name, this.test.day);
    const sent = segment.addMessages(this.random, this.device, { count: 1 + this.random.below(4) });
    const batch = sent.map(({ body }) => body);
    const wrong = this.random.chance(0.2) ? [this.random.below(batch.length)] : [];
    for (const place of wrong) batch.splice(place, 0, refusedMessage(sent[0].body));
    return { sent, batch, wrong };
  }

  post({ batch }) {
    return postMessages(this.test, batch);
  }

  check({ accepted, rejected }, { sent, wrong }) {
    assert.equal(accepted, sent.length);
    assert.deepEqual(rejected.map(({ index }) => index), wrong);
    this.test.ledger.wrong += wrong.length;
  }
}

// Sends a message by itself, and once: of several that are refused together some may be stored.
export class ForgetfulSegmentClient extends Client {
  async turn() {
    const { ledger, day } = this.test;
    if (!this.device || !ledger.segment.hasRoom(this.device)) this.device = ledger.segment.addDevice(this.name, day);
    const sent = ledger.segment.addMessages(this.random, this.device, { count: 1, mayGetLost: true });
    const batch = sent.map(({ body }) => body);
    const { restores } = ledger;
    const answer = await this.exchange(() => {
      const answering = postMessages(this.test, batch);
      this.markSent(sent);
      return answering;
    });
    if (answer?.status === 200) this.markAcknowledged(sent);
    else if (busy.includes(answer?.status)) this.markRefused(sent, answer);
    else this.markGivenUp(sent);
    if (!answer || ledger.restores !== restores) this.device = undefined; // nobody knows what it has
  }
}

// New devices that ask what is due to them.
export class AskingClient extends Client {
  async turn() {
    const { ledger, collect } = this.test;
    const entry = ledger.delivery.addDevice();
    // What has told nothing is not answered.
    const told = await this.exchange(() => collect.batch({ deviceId: entry.device, nativePushEnabled: true }));
    if (told?.status !== 200) return;
    const answer = await this.exchange(() => {
      const answering = collect.due(entry.device);
      this.markSent([entry]);
      return answering;
    });
    assert.ok(!answer || [200, ...busy].includes(answer.status), `campaigns: ${answer?.status} ${answer?.text}`);
    if (!answer) this.markGivenUp([entry]);
    if (answer?.status !== 200) return;
    assert.deepEqual(answer.json.campaigns.map(({ id }) => id), [ledger.delivery.campaignId]);
    this.markAcknowledged([entry]);
  }
}

const mostOpenTasks = 3;

export class ExportingClient extends Client {
  async turn() {
    const { tasks, dayBefore, day } = this.test;
    if (tasks.open.length < mostOpenTasks) await tasks.create(randomTask(this.random, dayBefore, day));
  }
}
