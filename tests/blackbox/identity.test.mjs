// Who gets a token, and what it is good for.
import assert from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import { after, before, describe, it } from 'node:test';

import { Api, requestToken } from './lib/api.mjs';
import { login, makeClient, where } from './lib/client.mjs';
import { Environment } from './lib/environment.mjs';
import { request } from './lib/http.mjs';
import { resourceGroup, subscription, tenant } from './lib/server.mjs';

const resource = 'https://management.core.windows.net/';
const tasks = 'devices/exportTasks';

describe('tokens and rights', () => {
  let environment;
  let server;

  before(async () => {
    environment = await Environment.start({ tls: true });
    server = environment.server;
  });
  after(() => environment?.stop());

  async function ask(fields, { path, inTenant = tenant } = {}) {
    const answer = await requestToken(
      server,
      inTenant,
      {
        grant_type: 'client_credentials',
        client_id: environment.owner.clientId,
        client_secret: environment.owner.clientSecret,
        ...fields,
      },
      path,
    );
    if (answer.json?.access_token) server.secrets.add(answer.json.access_token);
    return answer;
  }

  const apiAs = (client, app = environment.app) => new Api(server, app, client);

  describe('token endpoint', () => {
    it('the v1 form gives a Bearer token that a client caches: lifetime as text, resource as asked', async () => {
      for (const path of ['oauth2/token', 'oauth2/token?api-version=1.0']) {
        const answer = await ask({ resource }, { path });
        assert.equal(answer.status, 200, answer.text);
        assert.match(answer.headers['content-type'], /^application\/json/);
        assert.equal(answer.headers['cache-control'], 'no-store');
        assert.equal(answer.json.token_type, 'Bearer');
        assert.equal(answer.json.resource, resource);
        assert.equal(typeof answer.json.expires_in, 'string');
        assert.ok(Number(answer.json.expires_in) > 300);
      }
    });

    it('the v2 form gives a Bearer token with its lifetime as a number', async () => {
      const answer = await ask({ scope: `${resource}.default` }, { path: 'oauth2/v2.0/token' });
      assert.equal(answer.status, 200, answer.text);
      assert.equal(answer.json.token_type, 'Bearer');
      assert.equal(typeof answer.json.expires_in, 'number');
    });

    it('a wrong secret, client or tenant is the same 401 invalid_client', async () => {
      const answers = [
        await ask({ client_secret: 'wrong' }),
        await ask({ client_id: '00000000-0000-4000-8000-000000000000' }),
        await ask({}, { inTenant: 'fabrikam' }),
      ];
      for (const answer of answers) {
        assert.equal(answer.status, 401);
        assert.equal(answer.json.error, 'invalid_client');
        assert.deepEqual(answer.json, answers[0].json);
      }
    });

    it('a client may prove itself by HTTP Basic, but not twice, and 401 names the scheme', async () => {
      const ofPair = (id, secret) => ({
        'content-type': 'application/x-www-form-urlencoded',
        authorization: `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')}`,
      });
      const { clientId, clientSecret } = environment.owner;
      const post = async (headers, fields = {}) => {
        const body = new URLSearchParams({ grant_type: 'client_credentials', ...fields }).toString();
        const answer = await request(`${server.origin}/${tenant}/oauth2/v2.0/token`, { method: 'POST', headers, body });
        if (answer.json?.access_token) server.secrets.add(answer.json.access_token);
        return answer;
      };
      const good = await post(ofPair(clientId, clientSecret));
      assert.equal(good.status, 200, good.text);
      const list = await request(`${server.origin}${environment.app.path}/${tasks}?api-version=2014-12-01`, {
        headers: { authorization: `Bearer ${good.json.access_token}` },
      });
      assert.equal(list.status, 200, list.text);
      const twice = await post(ofPair(clientId, clientSecret), { client_id: clientId, client_secret: clientSecret });
      assert.deepEqual([twice.status, twice.json.error], [400, 'invalid_request']);
      for (const headers of [ofPair(clientId, 'wrong'), { ...ofPair(clientId, 'x'), authorization: 'Basic x' }]) {
        const wrong = await post(headers);
        assert.deepEqual([wrong.status, wrong.json.error], [401, 'invalid_client']);
        assert.match(wrong.headers['www-authenticate'], /^Basic realm=/);
      }
    });

    it('refresh_token is 400 invalid_grant, so that old clients fall back to their secret', async () => {
      const answer = await requestToken(server, tenant, {
        grant_type: 'refresh_token',
        scope: 'openid',
        client_id: environment.owner.clientId,
        resource,
        refresh_token: '',
      });
      assert.deepEqual([answer.status, answer.json.error], [400, 'invalid_grant']);
    });

    it('another grant or a missing field is 400', async () => {
      const cases = [
        [{ grant_type: 'password' }, 'unsupported_grant_type'],
        [{ grant_type: '' }, 'invalid_request'],
        [{ client_secret: '' }, 'invalid_request'],
        [{ client_id: '' }, 'invalid_request'],
      ];
      for (const [fields, error] of cases) {
        const answer = await ask(fields);
        assert.deepEqual([answer.status, answer.json.error], [400, error]);
      }
    });

    it('the published keys verify the token, and hold nothing private', async () => {
      const token = (await ask({ resource })).json.access_token;
      const { keys } = (await request(`${server.origin}/${tenant}/discovery/keys`)).json;
      assert.deepEqual((await request(`${server.origin}/${tenant}/discovery/v2.0/keys`)).json, { keys });
      const [header, payload, signature] = token.split('.');
      const { alg, kid } = JSON.parse(Buffer.from(header, 'base64url'));
      assert.equal(alg, 'RS256');
      const jwk = keys.find((key) => key.kid === kid);
      assert.deepEqual(
        Object.keys(jwk).filter((name) => ['d', 'p', 'q', 'dp', 'dq', 'qi'].includes(name)),
        [],
      );
      const key = createPublicKey({ key: jwk, format: 'jwk' });
      const signed = Buffer.from(`${header}.${payload}`);
      assert.ok(verify('sha256', signed, key, Buffer.from(signature, 'base64url')));
      const claims = JSON.parse(Buffer.from(payload, 'base64url'));
      assert.ok(claims.exp > Date.now() / 1000 + 300);
    });
  });

  describe('the old client', () => {
    it('loginWithServicePrincipalSecret works, and its credentials list tasks', async () => {
      const credentials = await login(server, environment.owner);
      const client = makeClient(server, environment.owner);
      client.credentials = credentials;
      assert.deepEqual([...(await client.exportTasks.list(...where(environment.app)))], []);
    });

    it('a wrong secret is told to its user', async () => {
      const client = makeClient(server, { ...environment.owner, clientSecret: 'wrong' });
      await assert.rejects(client.exportTasks.list(...where(environment.app)), /401.*invalid_client/s);
    });

    it("an error of the API reaches its user with the API's code", async () => {
      const client = makeClient(server, environment.owner);
      await assert.rejects(client.exportTasks.get(...where(environment.app), '12345'), (error) => {
        assert.deepEqual([error.statusCode, error.code], [404, 'ExportTaskNotFound']);
        return true;
      });
    });

    it('parallel first calls, each of which fetches a token, all work', async () => {
      const client = makeClient(server, environment.owner);
      await Promise.all(Array.from({ length: 5 }, () => client.exportTasks.list(...where(environment.app))));
    });
  });

  describe('requests without rights', () => {
    const get = (authorization) => environment.api.get(tasks, { headers: { authorization } });

    function assertUnauthorized(answer) {
      assert.equal(answer.status, 401, answer.text);
      assert.match(answer.json.error.code, /^[A-Z]\w+$/);
      assert.match(answer.json.error.message, /\w/);
      assert.match(answer.headers['www-authenticate'], /^Bearer/);
    }

    it('no token, another scheme, or text that is no token is 401', async () => {
      const url = `${server.origin}${environment.app.path}/${tasks}?api-version=2014-12-01`;
      assertUnauthorized(await request(url));
      for (const authorization of ['', 'Bearer', 'Bearer ', 'Bearer abc', 'Bearer a.b.c', 'Basic YTpi']) {
        assertUnauthorized(await get(authorization));
      }
    });

    it('a token whose claims, signature or algorithm were changed is 401', async () => {
      const [header, payload, signature] = (await environment.api.token()).split('.');
      const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
      const claims = JSON.parse(Buffer.from(payload, 'base64url'));
      const forged = [
        [header, encode({ ...claims, exp: claims.exp + 3600 }), signature],
        [header, encode({ ...claims, exp: 1 }), signature],
        [header, payload, signature.replace(/^./, (first) => (first === 'A' ? 'B' : 'A'))],
        [header, payload, ''],
        [encode({ alg: 'none' }), payload, ''],
        [encode({ alg: 'HS256', typ: 'JWT' }), payload, signature],
      ];
      for (const parts of forged) assertUnauthorized(await get(`Bearer ${parts.join('.')}`));
    });

    it('a collect key is no token', async () => {
      assertUnauthorized(await get(`Bearer ${environment.app.collectKey}`));
    });

    it('GET /subscriptions needs a token, and shows the one of the scope', async () => {
      assertUnauthorized(await request(`${server.origin}/subscriptions?api-version=2016-06-01`));
      const answer = await environment.api.get('/subscriptions', { query: { 'api-version': '2016-06-01' } });
      assert.deepEqual(
        answer.json.value.map((entry) => entry.subscriptionId),
        [subscription],
      );
    });
  });

  describe('roles and scopes', () => {
    async function create(api) {
      const container = await environment.container();
      return api.tryCreateTask('tags', {
        exportFormat: 'JsonBlob',
        containerUrl: environment.urlOf(container),
      });
    }

    it('a reader may list and get, but not create or cancel', async () => {
      const {
        json: { id },
      } = await create(environment.api);
      const reader = apiAs(await server.createClient({ role: 'reader' }));
      assert.equal((await reader.get(tasks)).status, 200);
      assert.equal((await reader.get(`${tasks}/${id}`)).status, 200);
      for (const answer of [await create(reader), await reader.send('POST', `${tasks}/${id}/cancel`)]) {
        assert.equal(answer.status, 403);
        assert.equal(answer.json.error.code, 'AuthorizationFailed');
      }
    });

    for (const role of ['contributor', 'owner']) {
      it(`a ${role} may create`, async () => {
        assert.equal((await create(apiAs(await server.createClient({ role })))).status, 202);
      });
    }

    it('the scope of one app does not reach another, not even one whose name goes on from it', async () => {
      const other = await server.createApp('android2');
      const client = await server.createClient({ scope: environment.app.path });
      assert.equal((await apiAs(client).get(tasks)).status, 200);
      assert.equal((await apiAs(client, other).get(tasks)).status, 403);
      assert.equal(
        (await apiAs(client, { path: environment.app.path.replace(subscription, 'other') }).get(tasks))
          .status,
        403,
      );
    });

    it('a scope covers what is below it, in any case of letters', async () => {
      const group = `/subscriptions/${subscription}/resourceGroups/${resourceGroup}`;
      for (const scope of [
        `/subscriptions/${subscription}`,
        group,
        group.toUpperCase().replace('/SUBSCRIPTIONS/', '/subscriptions/'),
        environment.app.path.replace(/\/apps\/.*/, ''),
      ]) {
        assert.equal((await apiAs(await server.createClient({ scope })).get(tasks)).status, 200, scope);
      }
    });

    it('another resource group is out of scope', async () => {
      const scope = `/subscriptions/${subscription}/resourceGroups/${resourceGroup}-2`;
      assert.equal((await apiAs(await server.createClient({ scope })).get(tasks)).status, 403);
    });

    it('the tasks of one app are not found through another', async () => {
      const {
        json: { id },
      } = await create(environment.api);
      const other = await server.createApp('android3');
      assert.equal((await apiAs(environment.owner, other).get(`${tasks}/${id}`)).status, 404);
      assert.equal((await apiAs(environment.owner, other).send('POST', `${tasks}/${id}/cancel`)).status, 404);
    });

    it('a scope that names nothing, or a role that is none, is refused by the command', async () => {
      for (const change of [
        { scope: '/' },
        { scope: '/subscriptions' },
        { scope: 'subscriptions/x' },
        { role: 'king' },
      ]) {
        await assert.rejects(server.createClient(change), /ended with code 1/);
      }
    });
  });

  it('a token stays good when the server starts again', async () => {
    await environment.api.token();
    await server.stop();
    await server.start();
    assert.equal((await environment.api.get(tasks)).status, 200);
  });
});
