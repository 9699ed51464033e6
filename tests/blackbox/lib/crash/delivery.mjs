// Devices that ask for campaigns in a crash test. One that was given the campaign has the feedback `Queued` from then
// on. A device is {device, sentAt, ackedAt}: when it asked, and when it was given the campaign.
import assert from 'node:assert/strict';

import { guid } from '../batches.mjs';
import { rewind } from './backups.mjs';

export class DeliveryLedger {
  #devices = new Map();

  // Makes the campaign that all of them are given.
  async start(api) {
    const path = 'campaigns/announcements';
    const created = await api.send('POST', path, { body: { name: 'crash', title: 'Hello', body: 'World' } });
    assert.equal(created.status, 201, created.text);
    this.campaignId = created.json.id;
    const activated = await api.send('POST', `${path}/${this.campaignId}/activate`);
    assert.equal(activated.status, 200, activated.text);
  }

  has(device) {
    return this.#devices.has(device);
  }

  get given() {
    return [...this.#devices.values()].filter(({ ackedAt }) => ackedAt).length;
  }

  addDevice() {
    const device = guid(`delivery ${this.#devices.size}`);
    const entry = { device };
    this.#devices.set(device, entry);
    return entry;
  }

  restore(cut) {
    for (const entry of this.#devices.values()) rewind(entry, cut);
  }

  checkHistorical(task, records) {
    assert.deepEqual(records, [], 'such devices have no records');
  }

  // `records`: those of a snapshot that are of these devices. They have no tags and no tokens.
  checkSnapshot(task, records) {
    if (task.exportType === 'Device') return;
    if (task.exportType !== 'Push') assert.deepEqual(records, []);
    else this.#checkPush(task, records);
  }

  #checkPush(task, records) {
    const found = new Set();
    for (const { deviceId, campaignId, status } of records) {
      assert.deepEqual([campaignId, status], [this.campaignId, ['Queued']], deviceId);
      assert.ok(!found.has(deviceId), `${deviceId} is exported twice`);
      assert.ok(this.#devices.get(deviceId).sentAt < task.endedAt, `${deviceId} did not ask yet`);
      found.add(deviceId);
    }
    for (const { device, ackedAt } of this.#devices.values()) {
      const isCertain = ackedAt < task.requestedAt;
      assert.ok(!isCertain || found.has(device), `${device} was given the campaign, but is not Queued`);
    }
  }
}
