// Shows the main job on sample data: collects a month of a small app and exports all of it into a storage
// container. node demo/demo.mjs [--exit]; RAWHAUL_BIN names the program. On a terminal the servers stay up
// until Ctrl-C.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

import { Api, Collect, apiVersion } from '../tests/blackbox/lib/api.mjs';
import { Azurite } from '../tests/blackbox/lib/azurite.mjs';
import { Server, program } from '../tests/blackbox/lib/server.mjs';
import { waitFor } from '../tests/blackbox/lib/wait.mjs';
import { deviceCount, range, sampleBatches } from './sample.mjs';
import { ProgressLine, bytes, dim, heading, number, say, wrap } from './terminal.mjs';

const directory = join(dirname(fileURLToPath(import.meta.url)), '..', 'demo-data');
const shown = (...path) => `./${relative(process.cwd(), join(directory, ...path))}`;
const pidFile = join(directory, 'demo.pid');
const staysUp = process.stdout.isTTY && !process.argv.includes('--exit');

const exports = [
  ['activities', { ...range, exportFormat: 'JsonBlob' }],
  ['events', { ...range, exportFormat: 'CsvBlob' }],
  ['events', { ...range, exportFormat: 'JsonLinesBlob', compression: 'Gzip', maxFileBytes: 8 << 20 }],
  ['errors', { ...range, exportFormat: 'JsonBlob' }],
  ['crashes', { ...range, exportFormat: 'CsvBlob' }],
  ['jobs', { ...range, exportFormat: 'JsonLinesBlob' }],
  ['sessions', { ...range, exportFormat: 'CsvBlob', compression: 'Zstd' }],
  ['tags', { exportFormat: 'JsonBlob' }],
  ['tokens', { exportFormat: 'CsvBlob' }],
  ['devices', { exportFormat: 'JsonLinesBlob' }],
  [
    'feedbackByDate',
    {
      exportFormat: 'CsvBlob',
      campaignType: 'Announcement',
      campaignWindowStart: '2016-04-01T00:00:00Z',
      campaignWindowEnd: '2016-05-01T00:00:00Z',
    },
  ],
  ['feedbackByCampaign', { exportFormat: 'JsonBlob', campaignType: 'Poll', campaignIds: [201] }],
];

function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

// An empty directory; that of an earlier demo is thrown away, unless it still runs.
function renewDirectory() {
  let pid;
  try {
    pid = Number(readFileSync(pidFile, 'utf8'));
  } catch {
    // No earlier demo, or one that ended.
  }
  if (pid && isRunning(pid))
    throw new Error(`another demo is still running (process ${pid}); end it with Ctrl-C there`);
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(join(directory, 'rawhaul'), { recursive: true });
  writeFileSync(pidFile, String(process.pid));
}

// `wanted` if it is free, else 0, which takes any.
function freePort(wanted) {
  return new Promise((resolve) => {
    const probe = net.createServer();
    probe.once('error', () => resolve(0));
    probe.listen(wanted, '127.0.0.1', () => probe.close(() => resolve(wanted)));
  });
}

async function startServers() {
  heading('Starting');
  const azurite = await Azurite.start({ location: join(directory, 'azurite'), port: await freePort(10_000) });
  say(`  Azurite (a local Azure Storage)   ${azurite.origin}   blobs in ${shown('azurite')}`);
  const server = new Server({
    dataDirectory: join(directory, 'rawhaul'),
    listen: `127.0.0.1:${await freePort(8080)}`,
    config: `[destinations]\nallow = ["${azurite.origin}"]\n`,
  });
  await server.init();
  const app = await server.createApp('corner-shop');
  const owner = await server.createClient();
  await server.start();
  say(`  rawhaul serve                     ${server.origin}    data in ${shown('rawhaul')}`);
  return { azurite, server, app, owner };
}

async function collectSample({ server, app }) {
  heading(
    `Collecting April 2016 of a small shop's app, ${number(deviceCount)} devices (POST /collect/v1/bulk)`,
  );
  const line = new ProgressLine('records');
  const started = Date.now();
  let devices = 0;
  let records = 0;
  let sent = 0;
  let lastDevice;
  async function* lines() {
    for (const batch of sampleBatches()) {
      if (batch.deviceId !== lastDevice) devices += 1;
      lastDevice = batch.deviceId;
      records += batch.records.length;
      const text = Buffer.from(`${JSON.stringify(batch)}\n`);
      sent += text.length;
      line.update((100 * devices) / deviceCount, `${number(records)} records, ${bytes(sent)}`);
      yield text;
    }
  }
  const answer = await new Collect(server, app).bulk(lines());
  if (answer.status !== 200) throw new Error(`the sample was not taken: ${answer.status} ${answer.text}`);
  if (answer.json.accepted !== records)
    throw new Error(`of ${records} records only ${answer.json.accepted} were taken`);
  line.end(`${number(records)} records, ${bytes(sent)}, ${((Date.now() - started) / 1000).toFixed(1)} s`);
}

async function runExport(api, containerUrl, [kind, body]) {
  const line = new ProgressLine([kind, body.exportFormat, body.compression].filter(Boolean).join(' '));
  const { id } = await api.createTask(kind, { ...body, containerUrl });
  const details = ({ progress }) => `${number(progress.rows)} rows, ${bytes(progress.bytes)}`;
  const task = await waitFor(`the export of ${kind}`, async () => {
    const current = await api.task(id);
    if (current.state === 'Failed') throw new Error(`the export of ${kind} failed: ${current.errorDetails}`);
    line.update(current.progress.percent, details(current));
    return current.state === 'Succeeded' && current;
  });
  line.end(details(task));
  return task;
}

// `pattern`: which lines to show, of those that are worth it the first two.
async function showSome(container, task, pattern) {
  const file = task.files[0];
  say(`\n  ${file.name}`);
  const content = await container.download(file.name);
  const [first, ...lines] = content.toString('utf8').split('\n');
  for (const line of [first, ...lines.filter((text) => pattern.test(text)).slice(0, 2)]) {
    for (const part of wrap(line, 6)) say(dim(`    ${part}`));
  }
}

async function showFiles(container, tasks) {
  heading('In the container now');
  for (const task of tasks) {
    for (const { name, rows, bytes: size } of task.files) {
      say(`  ${name.padEnd(62)}${number(rows).padStart(10)} rows ${bytes(size).padStart(12)}`);
    }
  }
  say(`  and beside each export its ${dim('….manifest.json')}: columns, rows, SHA-256 of every file`);
  heading('Some lines of some');
  for (const [type, pattern] of [
    ['Activity', /Search/],
    ['Event', /rated/],
    ['Job', /コンビニ/],
    ['Tag', /userid/],
  ]) {
    await showSome(
      container,
      tasks.find((task) => task.exportType === type && task.compression === 'None'),
      pattern,
    );
  }
}

// What the commands of showHowToLook need.
function writeAccessFiles({ azurite, server, app, owner }) {
  const lines = {
    RAWHAUL: server.origin,
    TENANT: owner.tenant,
    CLIENT_ID: owner.clientId,
    CLIENT_SECRET: owner.clientSecret,
    APP: app.path,
  };
  writeFileSync(
    join(directory, 'client.env'),
    Object.entries(lines)
      .map(([name, value]) => `${name}='${value}'\n`)
      .join(''),
    { mode: 0o600 },
  );
  writeFileSync(join(directory, 'connection-string'), `${azurite.connectionString}\n`);
}

function showHowToLook(container, tasks) {
  heading('Look yourself');
  if (!staysUp) {
    say('  The servers have ended; on a terminal, without --exit, they stay up. This starts the storage again:');
    say(`  tests/node_modules/.bin/azurite-blob --location ${shown('azurite')} --silent --disableTelemetry &\n`);
  }
  say('  Azure Storage Explorer: Connect > Storage account or service > Connection string, and paste what');
  say(`  ${shown('connection-string')} holds; then open Blob Containers > ${container.name}.`);
  say('\n  A file with curl (the demo lets everyone on this machine read its container):');
  say(`  curl -s ${container.bareUrl()}/${tasks[1].files[0].name} | head`);
  if (staysUp) showTaskList();
}

function showTaskList() {
  say('\n  The list of export tasks, by the REST API:');
  say(`    . ${shown('client.env')}`);
  say('    TOKEN=$(curl -s $RAWHAUL/$TENANT/oauth2/token -d grant_type=client_credentials \\');
  say("      -d client_id=$CLIENT_ID -d client_secret=$CLIENT_SECRET | grep -o 'eyJ[^\"]*')");
  say('    curl -s -H "Authorization: Bearer $TOKEN" \\');
  say(`      "$RAWHAUL$APP/devices/exportTasks?api-version=${apiVersion}"`);
}

function ctrlC() {
  return new Promise((resolve) => {
    const staysAwake = setInterval(() => {}, 60_000);
    const end = () => {
      clearInterval(staysAwake);
      resolve();
    };
    process.removeAllListeners('SIGINT');
    process.once('SIGINT', end);
    process.once('SIGTERM', end);
  });
}

async function main() {
  program(); // tells at once when the program is not named
  renewDirectory();
  const servers = await startServers();
  await collectSample(servers);

  heading('Exporting everything, into a container of the local Azure Storage');
  const container = servers.azurite.container('exports');
  await container.client.create({ access: 'container' });
  const api = new Api(servers.server, servers.app, servers.owner);
  const tasks = [];
  for (const wanted of exports) tasks.push(await runExport(api, container.sasUrl('w'), wanted));

  await showFiles(container, tasks);
  writeAccessFiles(servers);
  showHowToLook(container, tasks);
  if (staysUp) {
    say(`\nBoth servers stay up; Ctrl-C ends them. ${shown()} is renewed by the next demo.`);
    await ctrlC();
    say('\nStopping.');
  }
  await servers.server.stop();
  await servers.azurite.stop();
  rmSync(pidFile, { force: true });
}

process.once('SIGINT', () => process.exit(130)); // children are ended with this process
main().catch((error) => {
  process.stderr.write(`\ndemo: ${error.message}\n`);
  process.exit(1);
});
