// The long form of crash.test.mjs: soak.mjs [KILLS|DURATION] [--seed N]. RAWHAUL_BIN names the program. One server
// after the other, each killed some dozens of times. In turns they write to storage that fails and revokes SAS now
// and then, to Azurite, and into directories. Ends with status 1 at the first account that is broken.
import { parseArgs } from 'node:util';

import { CrashTest } from '../blackbox/lib/crash/crash-test.mjs';
import { AzuriteStorage, DirectoryStorage, WatchedStorage } from '../blackbox/lib/crash/storage.mjs';

const killsPerServer = 50;
const reportEveryMs = 10_000;
const defaultKills = '1000';
const milliseconds = { s: 1000, m: 60_000, h: 3_600_000 };
const storages = {
  'failing storage': (how) => WatchedStorage.start({ ...how, faultRate: 0.02 }),
  Azurite: () => AzuriteStorage.start(),
  directories: (how) => DirectoryStorage.start(how),
};

function usage() {
  console.error('usage: ./x soak [KILLS|DURATION] [--seed N], such as 500, 90s, 30m or 8h');
  process.exit(2);
}

// {kills, until}
function parseEnd(text) {
  const [, number, unit] = /^([1-9]\d*)([smh]?)$/.exec(text) ?? usage();
  if (!unit) return { kills: Number(number), until: Infinity };
  return { kills: Infinity, until: Date.now() + Number(number) * milliseconds[unit] };
}

function parseOptions() {
  try {
    const options = { seed: { type: 'string', default: String(Date.now() % 2 ** 31) } };
    const { values, positionals } = parseArgs({ options, allowPositionals: true });
    if (positionals.length > 1 || !/^\d+$/.test(values.seed)) usage();
    return { seed: Number(values.seed), ...parseEnd(positionals[0] ?? defaultKills) };
  } catch {
    return usage();
  }
}

function format(summary) {
  const { kills, cuts, unsynced, hits, fullDisks, refused, held, wrong, batches, acknowledged, records } = summary;
  const { messages, given, imports, backups, restores, tasks, files, faults, renewals } = summary;
  const met = Object.entries(hits).map(([moment, count]) => `${moment} ${count}`);
  return (
    `${kills} kills, ${cuts} of them with the power (${unsynced} changes unsynced; met tasks: ${met.join(', ')}), ` +
    `${fullDisks} full disks (${refused.disk} requests refused), ${held} moments without room (${refused.limits} ` +
    `requests refused), ${wrong} wrong ones, ${batches} batches (${acknowledged} acknowledged), ${records} records, ` +
    `${messages} messages, ${given} campaigns delivered, ${imports} imports, ${backups} backups, ${restores} restored, ` +
    `${tasks} tasks, ${files} files, ${faults} faults of storage injected, ${renewals} SAS renewed`
  );
}

function add(total, more) {
  for (const [key, value] of Object.entries(more)) {
    if (typeof value === 'object') total[key] = add(total[key] ?? {}, value);
    else total[key] = (total[key] ?? 0) + value;
  }
  return total;
}

function say(text) {
  console.log(`${new Date().toISOString().slice(11, 19)} ${text}`);
}

async function runOne(number, seed, end) {
  const [name, makeStorage] = Object.entries(storages)[number % Object.keys(storages).length];
  let reportedAt = Date.now();
  const report = (summary) => {
    if (Date.now() - reportedAt < reportEveryMs) return;
    reportedAt = Date.now();
    say(`server ${number + 1}, ${name}: ${format(summary)}`);
  };
  const test = await CrashTest.start({ seed, makeStorage, report });
  return test.run(end);
}

async function soak({ seed, kills, until }) {
  say(`seed ${seed}`);
  const total = { kills: 0, hits: {} };
  for (let number = 0; total.kills < kills && Date.now() < until; number += 1) {
    const end = { kills: Math.min(killsPerServer, kills - total.kills), until };
    add(total, await runOne(number, seed + number, end));
  }
  say(`every account is right: ${format(total)}`);
}

try {
  await soak(parseOptions());
} catch (error) {
  say(`BROKEN: ${error.stack}`);
  if (error.cause) console.log(error.cause);
  process.exitCode = 1;
}
