// Microsoft's own client of the 2014-12-01 API, set up as its users do.
import { createRequire } from 'node:module';

import { recordOperations } from './operations.mjs';
import { collection, resourceGroup, subscription } from './server.mjs';

const require = createRequire(import.meta.url);
const msRestAzure = require('ms-rest-azure');
const MobileEngagementClient = require('azure-arm-mobileengagement');

export function environmentOf(server) {
  return {
    name: 'Rawhaul',
    portalUrl: server.origin,
    managementEndpointUrl: server.origin,
    resourceManagerEndpointUrl: `${server.origin}/`,
    activeDirectoryEndpointUrl: `${server.origin}/`,
    activeDirectoryResourceId: 'https://management.core.windows.net/',
    validateAuthority: false,
  };
}

// [collection, app] and so on stand first in the client's calls: use as
// client.exportTasks.list(...where(app)).
export function where(app) {
  return [resourceGroup, collection, app.name];
}

// `server` must have TLS, since the client takes no authority without it. `of`: the subscription.
export function makeClient(server, { clientId, tenant, clientSecret }, of = subscription) {
  const credentials = new msRestAzure.ApplicationTokenCredentials(clientId, tenant, clientSecret, {
    environment: environmentOf(server),
  });
  return recordOperations(
    new MobileEngagementClient(credentials, of, server.origin, { noRetryPolicy: true }),
  );
}

export function login(server, { clientId, tenant, clientSecret }) {
  return msRestAzure.loginWithServicePrincipalSecret(clientId, clientSecret, tenant, {
    environment: environmentOf(server),
  });
}
