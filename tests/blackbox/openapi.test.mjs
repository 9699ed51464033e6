// docs/openapi.yaml is valid, true, and served. That it has all routes and no other is in
// src/api/openapi_routes_test.cc; run.mjs holds the answers of all these tests against it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';

import { Validator } from '@seriousme/openapi-schema-validator';

import { Environment } from './lib/environment.mjs';
import { request } from './lib/http.mjs';
import { OpenApi, documentFile } from './lib/openapi.mjs';
import { tenant } from './lib/server.mjs';

const text = readFileSync(documentFile, 'utf8');
const api = new OpenApi(text);

describe('docs/openapi.yaml', () => {
  it('is valid OpenAPI', async () => {
    const { valid, errors } = await new Validator().validate(text);
    assert.ok(valid, JSON.stringify(errors, undefined, 1));
  });

  it('has examples that are as its schemas say', () => {
    const examples = [...api.examples()];
    assert.ok(examples.length > 8, `${examples.length} examples`);
    for (const { where, violation } of examples) assert.equal(violation, undefined, where);
  });

  it('has an id of its own for every operation', () => {
    assert.equal(new Set(api.operations).size, api.operations.length);
  });

  it('would be found to be wrong', () => {
    const answer = { method: 'GET', path: '/subscriptions', status: 200, type: 'application/json' };
    const subscription = { id: '/subscriptions/s', subscriptionId: 's', displayName: 's', state: 'Enabled' };
    const body = JSON.stringify({ value: [subscription] });
    assert.equal(api.contradiction({ ...answer, body }), undefined);
    for (const wrong of [
      { body: JSON.stringify({ value: [{ ...subscription, more: 1 }] }) },
      { body: JSON.stringify({ value: [{ ...subscription, state: 'Other' }] }) },
      { body: '{}' },
      { body: 'no JSON' },
      { body, type: 'text/plain' },
      { body, status: 201 },
      { body, path: '/nothing' },
      { body, method: 'PUT' },
    ]) {
      assert.ok(api.contradiction({ ...answer, ...wrong }), JSON.stringify(wrong));
    }
  });
});

describe('the description of the interface', () => {
  let environment;

  before(async () => {
    environment = await Environment.start();
  });
  after(() => environment?.stop());

  it('is served by the program as it stands in docs', async () => {
    const { status, headers, text: served } = await request(`${environment.server.origin}/openapi.yaml`);
    assert.equal(status, 200);
    assert.equal(headers['content-type'], 'application/yaml');
    assert.equal(served, text);
  });

  it('is not sent again to who has it', async () => {
    const url = `${environment.server.origin}/openapi.yaml`;
    const { headers } = await request(url);
    const again = await request(url, { headers: { 'if-none-match': headers.etag } });
    assert.deepEqual([again.status, again.text], [304, '']);
    const other = await request(url, { headers: { 'if-none-match': '"another"' } });
    assert.equal(other.status, 200);
  });

  // Tokens are secrets, so run.mjs has no record of them.
  for (const [path, schema] of [
    ['oauth2/token', 'Token'],
    ['oauth2/v2.0/token', 'TokenV2'],
  ]) {
    it(`has the answers of ${path}`, async () => {
      const { clientId, clientSecret } = environment.owner;
      const form = new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: clientId,
        client_secret: clientSecret,
        resource: 'https://management.core.windows.net/',
      });
      const { json } = await request(`${environment.server.origin}/${tenant}/${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: form.toString(),
      });
      assert.equal(api.violation(schema, json), undefined);
    });
  }
});
