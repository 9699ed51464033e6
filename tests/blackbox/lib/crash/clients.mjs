// Clients that go on while the server is killed and started again, and enter what they did into the ledger.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';

import { post } from '../segment.mjs';
import { randomTask } from './tasks.mjs';

const busy = [429, 503]; // not stored: come again

// `test`: {collect, ledger, tasks, up, day, dayBefore, closing, over, hear}, see crash-test.mjs.
class Client {
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
  }

  // Resolves with the answer, or undefined when there is none.
  async exchange(send) {
    await this.test.up;
    try {
      return await send();
    } catch {
      return undefined;
    }
  }

  // Sends until the answer is 200.
  async insist(send) {
    while (!this.test.over) {
      const answer = await this.exchange(send);
      if (answer?.status === 200) return answer;
      assert.ok(!answer || busy.includes(answer.status), `collect: ${answer?.status} ${answer?.text}`);
      if (!answer) continue;
      this.test.ledger.refused += 1;
      await sleep(20);
    }
    return undefined;
  }

  newBatch(device, batchId) {
    const { ledger, day } = this.test;
    return ledger.addBatch(this.random, device, day, batchId);
  }

  markSent(batches) {
    for (const batch of batches) batch.sentAt ??= this.test.ledger.now();
    this.test.hear('batch sent');
  }

  // They are never sent again.
  markRefused(batches) {
    this.test.ledger.refuse(batches);
  }

  markAcknowledged(batches) {
    for (const batch of batches) {
      batch.ackedAt = this.test.ledger.now();
      batch.body = undefined;
    }
    this.test.ledger.noteWrite(batches[0].sentAt);
    this.test.hear('batch answered');
  }
}

// Sends a batch again until it is acknowledged. Now and then it hangs up before the answer comes, and now and then it
// sends one of before once more, of which the server knows by then.
export class ResendingClient extends Client {
  #before;

  async turn() {
    if (this.#before && this.random.chance(0.1)) await this.#send(this.#before);
    const batch = this.newBatch(this.name, this.name);
    const { body } = batch;
    if (!(await this.#send(batch))) return;
    this.#before = { ...batch, body };
    this.markAcknowledged([batch]);
  }

  // Whether it was acknowledged.
  async #send(batch) {
    const answer = await this.insist(async () => {
      const hangUp = this.random.chance(0.15) ? AbortSignal.timeout(this.random.below(8)) : undefined;
      const answering = this.test.collect.batch(batch.body, { signal: hangUp, gzip: this.random.chance(0.3) });
      this.markSent([batch]);
      return answering;
    });
    if (answer) assert.deepEqual(answer.json, { accepted: batch.size, rejected: [] });
    return answer !== undefined;
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
    if (busy.includes(answer?.status)) this.markRefused([batch]);
  }
}

export class BulkClient extends Client {
  async turn() {
    const count = 1 + this.random.below(8);
    const batches = Array.from({ length: count }, (_, i) => this.newBatch(`${this.name} ${i}`, this.name));
    const lines = batches.map(({ body }) => JSON.stringify(body)).join('\n');
    const answer = await this.insist(() => {
      const answering = this.test.collect.bulk(lines);
      this.markSent(batches);
      return answering;
    });
    if (!answer) return;
    const accepted = batches.reduce((sum, batch) => sum + batch.size, 0);
    assert.deepEqual([answer.json.lines, answer.json.accepted], [count, accepted]);
    this.markAcknowledged(batches);
  }
}

// Sends messages of one device after the other, each request until it is answered 200. Where it `forgets`, a message by
// itself, and once: of several that are refused together some may be stored.
export class SegmentClient extends Client {
  forgets = false;

  async turn() {
    const { ledger, server, collect, day } = this.test;
    if (!this.device || !ledger.segment.hasRoom(this.device)) this.device = ledger.segment.addDevice(this.name, day);
    const messages = Array.from({ length: this.forgets ? 1 : 1 + this.random.below(4) }, () =>
      ledger.segment.addMessage(this.random, this.device, { mayGetLost: this.forgets }),
    );
    const batch = messages.map(({ body }) => body);
    const send = () => {
      const answering = post(server, 'batch', { batch }, { key: collect.app.collectKey });
      this.markSent(messages);
      return answering;
    };
    const answer = await (this.forgets ? this.exchange(send) : this.insist(send));
    if (answer?.status === 200) {
      assert.equal(answer.json.accepted, messages.length, answer.text);
      this.markAcknowledged(messages);
    } else if (busy.includes(answer?.status)) this.markRefused(messages);
    else this.device = undefined; // nobody knows what it has
  }
}

export class ForgetfulSegmentClient extends SegmentClient {
  forgets = true;
}

// New devices that ask what is due to them.
export class AskingClient extends Client {
  async turn() {
    const { ledger, collect } = this.test;
    const entry = ledger.delivery.addDevice();
    // What has told nothing is not answered.
    await this.insist(() => collect.batch({ deviceId: entry.device, nativePushEnabled: true }));
    const answer = await this.exchange(() => {
      const answering = collect.due(entry.device);
      this.markSent([entry]);
      return answering;
    });
    assert.ok(!answer || [200, ...busy].includes(answer.status), `campaigns: ${answer?.status} ${answer?.text}`);
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
