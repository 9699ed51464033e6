// A client that sets tags by import tasks while the devices that they are of go on speaking.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';

import { Client, busy } from './clients.mjs';

const importsOfAGroup = 6;
const pauseMs = 20;

// Speaks in turns with the devices of one group, which it leaves when the server is restored: what they have of each
// other's words would not be known then. The tasks of a group that was left are followed to their ends all the same.
export class ImportingClient extends Client {
  async turn() {
    const { ledger } = this.test;
    if (this.restores !== ledger.restores || this.group.imports.length >= importsOfAGroup) await this.#begin();
    if (await this.#import()) await this.#speak();
    if (this.random.chance(0.3) && (await this.#import())) await this.#speak();
    await this.#follow();
  }

  // All of them say something, so that they are known.
  async #begin() {
    const { ledger } = this.test;
    this.restores = ledger.restores;
    this.group = ledger.imports.addGroup();
    const sent = this.group.devices.map((device) => this.group.addBatch(device));
    await this.#insist(sent, () => this.test.collect.bulk(sent.map(({ body }) => JSON.stringify(body)).join('\n')));
  }

  get #isLeft() {
    return this.restores !== this.test.ledger.restores || this.test.over;
  }

  async #speak() {
    for (let left = this.random.below(4); left > 0 && !this.#isLeft; left -= 1) {
      const batch = this.group.addBatch(this.random.pick(this.group.devices));
      const { body } = batch;
      await this.#insist([batch], () => this.test.collect.batch(body));
    }
  }

  async #insist(sent, post) {
    while (!this.#isLeft && sent[0].ackedAt === undefined) {
      const answer = await this.exchange(() => {
        const answering = post();
        this.markSent(sent);
        return answering;
      });
      assert.ok(!answer || [200, ...busy].includes(answer.status), `collect: ${answer?.status} ${answer?.text}`);
      if (answer?.status === 200) this.markAcknowledged(sent);
      else await sleep(pauseMs);
    }
  }

  // Asks for an import until it is there. Whether it is.
  async #import() {
    if (this.#isLeft) return false;
    const { api, ledger, hear } = this.test;
    const task = ledger.imports.addImport(this.group);
    while (!this.#isLeft && !task.id) {
      const answer = await this.exchange(() => {
        task.requestedAt ??= ledger.now();
        const answering = api.send('POST', 'devices/importTasks', { body: { storageUrl: `file://${task.name}` } });
        hear('import asked for');
        return answering;
      });
      assert.ok(!answer || [202, ...busy].includes(answer.status), `import: ${answer?.status} ${answer?.text}`);
      const id = answer?.status === 202 ? answer.json.id : await this.#find(task);
      if (id) ledger.imports.noteId(task, id);
      else await sleep(pauseMs);
    }
    task.answeredAt = ledger.now();
    hear('import answered');
    return task.id !== undefined;
  }

  // The id of a task of which no answer came; undefined when there is none. It is asked until it tells.
  async #find({ name }) {
    while (!this.#isLeft) {
      const query = { $orderby: 'dateCreated desc', $top: '40' };
      const answer = await this.exchange(() => this.test.api.get('devices/importTasks', { query }));
      if (answer?.status === 200) return answer.json.value.find(({ storageUrl }) => storageUrl === `file://${name}`)?.id;
      await sleep(pauseMs);
    }
    return undefined;
  }

  end() {
    return this.#follow();
  }

  // Until all tasks have ended.
  async #follow() {
    const { ledger } = this.test;
    while (ledger.imports.open.length > 0 && !this.test.over) {
      for (const task of ledger.imports.open) await this.#look(task);
      await sleep(pauseMs);
    }
  }

  async #look(task) {
    const { api, ledger } = this.test;
    const answer = await this.exchange(() => api.get(`devices/importTasks/${task.id}`));
    if (!answer || busy.includes(answer.status)) return;
    if (answer.status === 404 && task.isUncertain) {
      task.isGone = true;
      return;
    }
    assert.equal(answer.status, 200, `import task ${task.id}: ${answer.text}`);
    const { state, errorDetails, storageUrl } = answer.json;
    assert.equal(storageUrl, `file://${task.name}`);
    assert.ok(state !== 'Failed' && errorDetails === undefined, `import task ${task.id}: ${state} ${errorDetails}`);
    if (state === 'Succeeded') task.endedAt = ledger.now();
  }
}
