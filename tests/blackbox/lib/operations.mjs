// Which operations of Microsoft's client the tests have called, and how the server answered: kept in the record
// of the run (record.mjs), and counted at its end.
import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { recordOutput } from './record.mjs';

const require = createRequire(import.meta.url);
const MobileEngagementClient = require('azure-arm-mobileengagement');

const file = 'operations';

// {group: [name, …]}: all that the client can ask for.
function operationsOf(client) {
  const groups = Object.entries(client).filter(([, group]) => group?.client === client);
  return Object.fromEntries(
    groups.map(([name, group]) => [
      name,
      Object.getOwnPropertyNames(Object.getPrototypeOf(group)).filter(
        (operation) => operation !== 'constructor' && !/^_|WithHttpOperationResponse$/.test(operation),
      ),
    ]),
  );
}

// The client's calls leave their outcome in the record. What it refuses by itself, before the server is asked, does not
// count.
export function recordOperations(client) {
  for (const [group, operations] of Object.entries(operationsOf(client))) {
    for (const operation of operations) {
      const call = client[group][operation].bind(client[group]);
      const note = (outcome) => recordOutput(file, `${group}.${operation} ${outcome}\n`);
      client[group][operation] = async (...parameters) => {
        try {
          const result = await call(...parameters);
          note('done');
          return result;
        } catch (error) {
          if (error.statusCode) note('refused');
          throw error;
        }
      };
    }
  }
  return client;
}

// {covered, missing}: how many operations were both done and refused in the run, and what is missing of the others
// ("devices.list was never refused").
export function coverageOf(place) {
  const noted = new Set(
    readdirSync(place)
      .filter((name) => name.endsWith(`.${file}`))
      .flatMap((name) => readFileSync(join(place, name), 'utf8').trim().split('\n')),
  );
  const unsigned = new MobileEngagementClient({ signRequest() {} }, 'any');
  const operations = Object.entries(operationsOf(unsigned)).flatMap(([group, names]) =>
    names.map((name) => `${group}.${name}`),
  );
  const missing = operations.flatMap((operation) =>
    ['done', 'refused']
      .filter((outcome) => !noted.has(`${operation} ${outcome}`))
      .map((outcome) => `${operation} was never ${outcome}`),
  );
  const covered = operations.filter((operation) => !missing.some((line) => line.startsWith(`${operation} `)));
  return { operations: operations.length, covered: covered.length, missing };
}
