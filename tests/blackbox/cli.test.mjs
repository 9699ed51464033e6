// The commands that talk to a server: what people and scripts see of them.
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import { eventBatch, sampleBatches } from './lib/batches.mjs';
import { BlobServer } from './lib/blob-server.mjs';
import { runCertificate } from './lib/certificate.mjs';
import { Command, assertStatus, noTerminals, rawhaul, variablesOf } from './lib/command.mjs';
import { DirectoryContainer } from './lib/directory.mjs';
import { Environment } from './lib/environment.mjs';
import { readExport } from './lib/exported.mjs';
import { commandsFrom } from './lib/help.mjs';
import { collection, resourceGroup, subscription } from './lib/server.mjs';
import { makeTemporaryDirectory } from './lib/temporary.mjs';

const april = ['--from', '2016-04-01', '--to', '2016-04-30'];

describe('export and tasks', () => {
  const exports = makeTemporaryDirectory('exports');
  let environment;
  let variables;

  before(async () => {
    environment = await Environment.start({ proxy: true, allow: [`file://${exports}`] });
    await environment.collect.all(sampleBatches());
    variables = variablesOf(environment);
  });
  after(() => environment?.stop());

  const run = (args, { env = {}, ...options } = {}) =>
    rawhaul(args, { env: { ...variables, RAWHAUL_CONTAINER: `file://${exports}`, ...env }, ...options });
  const lastTask = async () =>
    (await environment.api.get('devices/exportTasks', { query: { $orderby: 'taskId desc' } })).json.value[0];

  // A task whose export is held up, and the command that waits for it.
  async function startHeldExport({ args = [], ...options } = {}) {
    environment.proxy.hold(/PUT .*comp=blocklist/);
    const container = await environment.container();
    const env = { ...variables, RAWHAUL_CONTAINER: environment.urlOf(container) };
    const command = new Command(['export', 'events', ...april, '--wait', ...args], { env, ...options });
    await environment.proxy.holding();
    return { command, container, id: (await lastTask()).id };
  }

  describe('export', () => {
    it('--wait ends with the files, which hold what was collected', async () => {
      const container = await environment.container();
      const ended = await run(['export', 'events', ...april, '--format', 'csv', '--compression', 'gzip', '--wait'], {
        env: { RAWHAUL_CONTAINER: environment.urlOf(container) },
      });
      assertStatus(ended, 0);
      const [id] = ended.stdout.split('\n');
      const task = await environment.api.task(id);
      assert.deepEqual([task.exportFormat, task.compression], ['CsvBlob', 'Gzip']);
      const { records } = await readExport(container, task);
      assert.equal(records.length, await countOf('events'));
      assert.match(ended.stdout, new RegExp(`^ *${records.length} .* ${task.files[0].name}$`, 'm'));
      assert.match(ended.stdout, new RegExp(` ${task.manifest}$`, 'm'));
      assert.match(ended.stderr, new RegExp(`^task ${id}: 100%, ${records.length} rows, .*\n$`, 'm'));
      assert.doesNotMatch(ended.stderr, /[\r\x1b]/);
    });

    const countOf = async (kind) =>
      (await environment.exportRecords(kind, { startDate: '2016-04-01', endDate: '2016-04-30' })).length;

    it('every type is exported', async () => {
      const feedback = ['--campaign-type', 'announcement'];
      const byDays = ['activities', 'crashes', 'errors', 'events', 'jobs', 'sessions'].map((type) => [type, ...april]);
      const others = [
        ['tags'],
        ['tokens'],
        ['devices'],
        ['feedback-by-date', ...feedback, ...april],
        ['feedback-by-campaign', '--campaign', '11', ...feedback, '--campaign', '12'],
      ];
      const types = [];
      for (const args of [...byDays, ...others]) {
        const more = ['--wait', '--json', '--max-file-bytes', '1024', '--description', 'x'];
        const ended = await run(['export', ...args, ...more]);
        assertStatus(ended, 0);
        const task = JSON.parse(ended.stdout);
        assert.deepEqual([task.state, task.description, task.exportFormat], ['Succeeded', 'x', 'JsonLinesBlob']);
        assert.deepEqual(task, await environment.api.task(task.id));
        const { records } = await readExport(new DirectoryContainer(exports), task);
        assert.ok(records.length > 0, args.join(' '));
        types.push(task.exportType);
      }
      assert.equal(new Set(types).size, 10);
    });

    it('without --wait the id is all that is printed', async () => {
      const ended = await run(['export', 'tags']);
      assertStatus(ended, 0);
      assert.match(ended.stdout, /^\d+\n$/);
      assert.equal(ended.stderr, '');
      await environment.api.waitForTask(ended.stdout.trim());
      const json = await run(['export', 'tags', '--json']);
      await environment.api.waitForTask(JSON.parse(json.stdout).id);
    });

    it('a limit that is none is told the range', async () => {
      const ended = await run(['tasks', 'list', '--limit', '0']);
      assert.ok(ended.code > 100);
      assert.match(ended.stderr, /--limit: Value 0 not in range.* 1 .*1000000\D/);
    });

    it('what makes no sense is refused before anything is asked', async () => {
      const newest = (await lastTask()).id;
      for (const [args, pattern] of [
        [['tags', ...april], /tags are exported as they are now: leave out --from and --to/],
        [['events'], /events are exported by days: give --from and --to/],
        [['events', '--from', '2016-04-31', '--to', '2016-05-01'], /each a day \(2016-04-01\); --from 2016-04-31 is none/],
        [['feedback-by-campaign', '--campaign-type', 'poll'], /--campaign 12/],
        [['events', ...april, '--campaign', '1'], /--campaign is for feedback-by-campaign/],
      ]) {
        const ended = await run(['export', ...args]);
        assertStatus(ended, 1);
        assert.match(ended.stderr, pattern);
        assert.equal(ended.stdout, '');
      }
      for (const args of [['nothing'], ['events', '--format', 'xml'], []]) {
        assert.ok((await run(['export', ...args])).code > 100, args.join(' '));
      }
      assert.equal((await lastTask()).id, newest);
    });

    it('what the server says of the container is told, and its URL is not', async () => {
      const forged = (await environment.container()).forgedSasUrl();
      const ended = await run(['export', 'tags'], { env: { RAWHAUL_CONTAINER: forged } });
      assertStatus(ended, 1);
      assert.match(ended.stderr, /^rawhaul: the server answers 400 AuthorizationFailure: /);
    });

    it('the URL of the container may come on standard input', async () => {
      const container = await environment.container();
      const ended = await run(['export', 'tags', '--wait', '--json', '--container', '-'], {
        input: `${environment.urlOf(container)}\n`,
      });
      assertStatus(ended, 0);
      assert.deepEqual((await container.list()).length, 2);
      const none = await run(['export', 'tags', '--container', '-']);
      assertStatus(none, 1);
      assert.match(none.stderr, /no line on standard input/);
    });

    it('a task that fails is told with its reason, and by the exit status', async () => {
      const { command, id } = await startHeldExport();
      await environment.api.send('POST', `devices/exportTasks/${id}/cancel`);
      environment.proxy.release();
      const ended = await command.end();
      assertStatus(ended, 2);
      assert.match(ended.stderr, new RegExp(`^rawhaul: task ${id} failed: Canceled$`, 'm'));
      assert.equal(ended.stdout, `${id}\n`);
    });

    it('Ctrl-C while waiting leaves the task running, and says so', async () => {
      const { command, id } = await startHeldExport();
      await command.complains(/^task \d+: \d+%/m);
      command.interrupt();
      const ended = await command.end();
      assertStatus(ended, 130);
      assert.match(ended.stderr, new RegExp(`interrupted; task ${id} goes on: .*rawhaul tasks show ${id} --wait`));
      assert.equal((await environment.api.task(id)).state, 'Started');
      const again = new Command(['tasks', 'show', id, '--wait', '--json'], { env: variables });
      await again.complains(/^task \d+: \d+%/m);
      environment.proxy.release();
      const finished = await again.end();
      assertStatus(finished, 0);
      assert.equal(JSON.parse(finished.stdout).state, 'Succeeded');
    });
  });

  describe('a server that goes away', () => {
    it('is waited for, and so is the task that it goes on with', async () => {
      const { command, container, id } = await startHeldExport();
      await command.complains(/^task \d+: \d+%/m);
      await environment.server.kill();
      await command.complains(/refused\); asking again for 5 minutes/);
      environment.proxy.release();
      environment.server.listen = new URL(environment.server.origin).host;
      await environment.server.start();
      const ended = await command.end();
      assertStatus(ended, 0);
      assert.ok((await readExport(container, await environment.api.task(id))).records.length > 0);
    });
  });

  describe('on a terminal', { skip: noTerminals }, () => {
    const redrawn = (ended) => ended.stdout.split('\r').filter((text) => text.includes('\x1b[K'));

    it('progress is one line that is redrawn, and fits', async () => {
      for (const columns of [100, 40]) {
        const ended = await run(['export', 'events', ...april, '--wait'], { terminal: { columns } });
        assertStatus(ended, 0);
        const lines = redrawn(ended).map((line) => line.replace(/\x1b\[\d*m/g, '').replace(/\x1b\[K.*/s, ''));
        assert.ok(lines.length > 0, JSON.stringify(ended.stdout));
        for (const line of lines) assert.ok(line.length < columns, line);
        if (columns === 100) assert.match(lines.at(-1), /^task \d+ {2}\[=+\] {2}100% {2}\d+ rows {2}[\d.]+ KiB/);
        assert.match(ended.stdout, /manifest\.json/);
      }
    });

    it('NO_COLOR and TERM are minded', async () => {
      const args = ['export', 'events', ...april, '--wait'];
      const terminal = { columns: 100 };
      assert.match((await run(args, { terminal })).stdout, /\x1b\[32m/);
      const plain = await run(args, { terminal, env: { NO_COLOR: '1' } });
      assert.doesNotMatch(plain.stdout, /\x1b\[\d+m/);
      assert.ok(redrawn(plain).length > 0);
      const dumb = await run(args, { terminal, env: { TERM: 'dumb' } });
      assert.doesNotMatch(dumb.stdout, /\x1b/);
      assert.match(dumb.stdout, /^task \d+: 100%, .* rows/m);
    });
  });

  describe('tasks', () => {
    it('list has the newest tasks first, as many as asked for, over all pages', async () => {
      for (let count = 0; count < 45; ++count) {
        await environment.api.createTask('tags', { exportFormat: 'CsvBlob', containerUrl: `file://${exports}` });
      }
      const newest = Number((await lastTask()).id);
      await environment.api.waitForTask(String(newest));
      const ended = await run(['tasks', 'list', '--limit', '43']);
      assertStatus(ended, 0);
      const [header, ...lines] = ended.stdout.trimEnd().split('\n');
      assert.match(header, /^ *ID {2}TYPE +STATE +CREATED +ROWS +SIZE {2}ABOUT$/);
      assert.deepEqual(
        lines.map((line) => Number(line.trim().split(' ')[0])),
        Array.from({ length: 43 }, (_, i) => newest - i),
      );
      const column = header.indexOf('CREATED');
      for (const line of lines) assert.match(line.slice(column), /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ /);
      const json = JSON.parse((await run(['tasks', 'list', '--json'])).stdout);
      const { value } = (
        await environment.api.get('devices/exportTasks', { query: { $orderby: 'taskId desc', $top: 20 } })
      ).json;
      assert.deepEqual(json, value);
    });

    it('show has what is known of a task', async () => {
      const task = await environment.api.runTask('tags', {
        exportFormat: 'CsvBlob',
        containerUrl: `file://${exports}`,
        description: 'mine \x1b[31m',
      });
      const ended = await run(['tasks', 'show', task.id]);
      assertStatus(ended, 0);
      assert.match(ended.stdout, /^state +Succeeded$/m);
      assert.match(ended.stdout, /^description +mine \?\[31m$/m);
      assert.match(ended.stdout, new RegExp(`${task.files[0].name}\n.*${task.manifest}$`, 'm'));
      assert.deepEqual(JSON.parse((await run(['tasks', 'show', task.id, '--json'])).stdout), task);
    });

    it('cancel ends a task; one that has ended stays as it is', async () => {
      const { command, id } = await startHeldExport();
      const canceled = await run(['tasks', 'cancel', id]);
      assertStatus(canceled, 0);
      assert.match(canceled.stdout, /^state +Failed\nerror +Canceled$/m);
      environment.proxy.release();
      assertStatus(await command.end(), 2);
      const again = await run(['tasks', 'cancel', id, '--json']);
      assertStatus(again, 1);
      assert.match(again.stderr, /409 TaskEnded: /);
      assertStatus(await run(['tasks', 'show', '999999']), 1);
    });
  });

  describe('where and who', () => {
    const list = (env, args = []) => rawhaul(['tasks', 'list', ...args], { env });
    const known = ({ names = Object.keys(variables) } = {}) =>
      Object.fromEntries(names.map((name) => [name, variables[name]]));

    // A configuration file with all that the commands need.
    function configFile(more = {}) {
      const directory = makeTemporaryDirectory('client');
      mkdirSync(join(directory, 'rawhaul'));
      const file = join(directory, 'rawhaul', 'client.toml');
      const settings = {
        server: variables.RAWHAUL_SERVER,
        app: variables.RAWHAUL_APP,
        tenant: variables.RAWHAUL_TENANT,
        client_id: variables.RAWHAUL_CLIENT_ID,
        client_secret: variables.RAWHAUL_CLIENT_SECRET,
        ...more,
      };
      const lines = Object.entries(settings).map(([key, value]) => `${key} = ${JSON.stringify(value)}\n`);
      writeFileSync(file, lines.join(''), { mode: 0o600 });
      return { directory, file };
    }

    it('a flag counts before the environment, and that before the file', async () => {
      const { file } = configFile({ app: 'a/b/c/of-the-file' });
      const toldApp = async (env, args = []) => (await list(env, ['--config', file, ...args])).stderr;
      const env = { RAWHAUL_APP: `${subscription}/b/c/of-the-environment` };
      assert.match(await toldApp({}), /of-the-file/);
      assert.match(await toldApp(env), /no app of-the-environment/);
      assert.match(await toldApp(env, ['--app', `${subscription}/b/c/of-the-flag`]), /no app of-the-flag/);
    });

    it('all may be said by the file alone, by the environment alone, or by flags', async () => {
      const { directory, file } = configFile();
      assertStatus(await list({ XDG_CONFIG_HOME: directory }), 0);
      assertStatus(await list({ RAWHAUL_CONFIG: file }), 0);
      assertStatus(await list(known()), 0);
      const flags = Object.entries(known())
        .filter(([name]) => name !== 'RAWHAUL_COLLECT_KEY')
        .flatMap(([name, value]) => [`--${name.slice(8).toLowerCase().replace('_', '-')}`, value]);
      assertStatus(await list({}, flags), 0);
    });

    it('the app has a short form', async () => {
      const app = `${subscription}/${resourceGroup}/${collection}/${environment.app.name}`;
      assertStatus(await list(known(), ['--app', app]), 0);
      const wrong = await list(known(), ['--app', 'android']);
      assertStatus(wrong, 1);
      assert.match(wrong.stderr, /SUBSCRIPTION\/GROUP\/COLLECTION\/NAME/);
    });

    it('a file with secrets that others can read is refused', async () => {
      const { file } = configFile();
      chmodSync(file, 0o640);
      const ended = await list({ RAWHAUL_CONFIG: file });
      assertStatus(ended, 1);
      assert.match(ended.stderr, /others can read it: chmod 600/);
    });

    it('what is missing is named with the ways to say it', async () => {
      for (const name of ['SERVER', 'APP', 'TENANT', 'CLIENT_ID', 'CLIENT_SECRET']) {
        const env = known();
        delete env[`RAWHAUL_${name}`];
        const ended = await list(env);
        assertStatus(ended, 1);
        const option = `--${name.toLowerCase().replace('_', '-')}`;
        assert.match(
          ended.stderr,
          new RegExp(`${option} is missing; RAWHAUL_${name} or the key ${name.toLowerCase()} of .*client.toml`),
        );
      }
      assert.match((await rawhaul(['export', 'tags'], { env: variables })).stderr, /--container is missing/);
    });

    it('a secret whose option is misspelt is not printed', async () => {
      const secret = environment.owner.clientSecret;
      for (const args of [['--client-sekret', secret], [`--client-sekret=${secret}`], [secret]]) {
        const ended = await list(known(), args);
        assert.ok(ended.code > 100);
        assert.ok(!`${ended.stdout}${ended.stderr}`.includes(secret));
        assert.match(ended.stderr, /there is no option --client-sekret;|too many arguments;/);
      }
    });

    it('each refusal of the server is told as the server words it', async () => {
      const reader = await environment.server.createClient({ role: 'reader' });
      const asReader = {
        ...known(),
        RAWHAUL_CLIENT_ID: reader.clientId,
        RAWHAUL_CLIENT_SECRET: reader.clientSecret,
        RAWHAUL_CONTAINER: `file://${exports}`,
      };
      for (const [ended, pattern] of [
        [await list({ ...known(), RAWHAUL_CLIENT_SECRET: 'rhs_wrong' }), /401 invalid_client: .*client secret/],
        [await rawhaul(['export', 'tags'], { env: asReader }), /403 AuthorizationFailed: .* the role contributor/],
        [await list({ ...known(), RAWHAUL_APP: `${subscription}/a/b/c` }), /404 AppNotFound: There is no app c/],
        [await list({ ...known(), RAWHAUL_SERVER: environment.azurite.origin }), /answers \d+ .*|not JSON/],
      ]) {
        assertStatus(ended, 1);
        assert.match(ended.stderr, pattern);
        assert.equal(ended.stdout, '');
      }
    });

    it('a server that is not there is told soon', async () => {
      const ended = await list({ ...known(), RAWHAUL_SERVER: 'http://127.0.0.1:1' });
      assertStatus(ended, 1);
      assert.match(ended.stderr, /http:\/\/127\.0\.0\.1:1: .*refused/);
    });

    it('secrets go unencrypted to no other machine unless that is wanted', async () => {
      const elsewhere = { ...known(), RAWHAUL_SERVER: 'http://rawhaul.invalid' };
      const refused = await list(elsewhere);
      assertStatus(refused, 1);
      assert.match(refused.stderr, /not encrypted.*--allow-plain-http/);
      assert.match((await list(elsewhere, ['--allow-plain-http'])).stderr, /resolve/);
    });

    it('an output that takes nothing is an error', async () => {
      const ended = await rawhaul(['tasks', 'list'], { env: known(), output: '/dev/full' });
      assertStatus(ended, 1);
      assert.match(ended.stderr, /cannot write to standard output/);
    });
  });
});

describe('a server with a certificate of its own', () => {
  let environment;
  before(async () => {
    environment = await Environment.start({ tls: true });
  });
  after(() => environment?.stop());

  it('is trusted when --ca-cert names it, and only then', async () => {
    const env = { ...variablesOf(environment), RAWHAUL_CONTAINER: 'file:///exports' };
    assertStatus(await rawhaul(['tasks', 'list', '--ca-cert', runCertificate().certificate], { env }), 0);
    for (const command of [['tasks', 'list'], ['export', 'events', ...april]]) {
      const refused = await rawhaul(command, { env });
      assertStatus(refused, 1);
      assert.match(refused.stderr, /certificate.* --ca-cert/);
      assert.equal(refused.stderr.split('--ca-cert').length, 2, `the advice comes once: ${refused.stderr}`);
      assert.doesNotMatch(refused.stderr, /not known/, 'no task was asked for');
    }
  });
});

describe('an export whose SAS ends', () => {
  it('says what to do, and goes on when that is done', async () => {
    const storage = await BlobServer.start();
    const environment = await Environment.start({ storage });
    try {
      await environment.collect.all([eventBatch('device', 'event', 5)]);
      const env = variablesOf(environment);
      const container = storage.createContainer('ends');
      const url = container.sasUrl();
      // The first request is the trial of the URL.
      container.script = ({ number }) => {
        if (number > 1) {
          container.script = () => undefined;
          container.revoke();
        }
      };
      const command = new Command(['export', 'events', ...april, '--wait', '--container', url], { env });
      const [, id] = await command.complains(/give it one: rawhaul tasks renew (\d+) --container URL/);
      assert.match(command.stderr, /waits for another container URL until .*: AuthenticationFailed/);
      assert.match((await rawhaul(['tasks', 'list'], { env })).stdout, new RegExp(`^ *${id}  Event  Waiting`, 'm'));
      const renewed = await rawhaul(['tasks', 'renew', id, '--container', '-'], { env, input: container.sasUrl() });
      assertStatus(renewed, 0);
      assertStatus(await command.end(), 0);
      assert.equal((await readExport(container, await environment.api.task(id))).records.length, 5);
    } finally {
      await environment.stop();
    }
  });
});

describe('help', () => {
  it('of every command shows an example of it', async () => {
    const commands = await commandsFrom();
    assert.ok(commands.length > 15, String(commands.length));
    for (const { path, help } of commands) {
      assert.match(help, new RegExp(`\nExample:\n {2}.*rawhaul ${path.join(' ')}`), path.join(' '));
    }
  });
});
