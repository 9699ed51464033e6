// Campaigns through Microsoft's client, as suites make and change them.
import assert from 'node:assert/strict';

import { makeClient, where } from './client.mjs';

export const hour = 3_600_000;
export const at = (milliseconds) => new Date(milliseconds).toISOString();
export const inAnHour = () => at(Date.now() + hour);

// {campaigns, place}: the client's operations, and [resource group, collection, app].
export const connect = ({ server, owner, app }) => ({
  campaigns: makeClient(server, owner).campaigns,
  place: where(app),
});

// `current` gives {campaigns, place} of connect().
export function callsOf(current) {
  let count = 0;
  const name = () => `campaign ${++count}`;
  const create = (content = {}, kind = 'announcements') =>
    current().campaigns.create(...current().place, kind, { name: name(), ...content });
  const get = (id, kind = 'announcements') => current().campaigns.get(kind, id, ...current().place);
  const change =
    (operation) =>
    (id, kind = 'announcements') =>
      current().campaigns[operation](...current().place, kind, id);
  const [activate, finish, suspend] = ['activate', 'finish', 'suspend'].map(change);
  const remove = (id, kind = 'announcements') => current().campaigns.deleteMethod(kind, id, ...current().place);
  const update = (id, content, kind = 'announcements') =>
    current().campaigns.update(kind, id, content, ...current().place);

  // A campaign in this state.
  async function make(state, content = {}) {
    const { id } = await create({ ...content, ...(state === 'scheduled' && { startTime: inAnHour() }) });
    if (state !== 'draft') await activate(id);
    if (state === 'finished') await finish(id);
    assert.equal((await get(id)).state, state);
    return id;
  }
  return { name, create, get, activate, finish, suspend, remove, update, make };
}

export const refuses = (promise, statusCode, code, message) =>
  assert.rejects(promise, (error) => {
    assert.deepEqual([error.statusCode, error.code], [statusCode, code], error.message);
    assert.match(error.message, message);
    return true;
  });
export const refusesState = (promise, message) => refuses(promise, 400, 'InvalidCampaignState', message);
