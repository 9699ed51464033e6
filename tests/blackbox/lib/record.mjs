// What a run of the tests produced, and the secrets that must not be in it: kept in files of the directory
// RAWHAUL_TEST_RECORD, one set a process, which run.mjs searches when all tests have ended.
import { spawnSync } from 'node:child_process';
import { appendFileSync, closeSync, openSync, readFileSync, readSync, readdirSync } from 'node:fs';
import { IncomingMessage } from 'node:http';
import { join } from 'node:path';

const directory = process.env.RAWHAUL_TEST_RECORD;
const secretsFile = 'secrets';
const origins = new Set(); // "127.0.0.1:40123" of every server of this process

function append(what, text) {
  if (directory && text) appendFileSync(join(directory, `${process.pid}.${what}`), text);
}

// `what` names the file, "rawhaul-1.stderr".
export function recordOutput(what, text) {
  append(what, text);
}

// From now on the answers of this server are recorded, whoever asks.
export function recordAnswersOf(origin) {
  origins.add(new URL(origin).host);
}

// A set of what must not get out; what is added is searched for, also when it is forgotten here.
export class Secrets extends Set {
  add(secret) {
    if (!this.has(secret)) append(secretsFile, `${JSON.stringify(secret)}\n`);
    return super.add(secret);
  }
}

function isToken(answer) {
  return answer.statusCode === 200 && /\/oauth2\/(v2\.0\/)?token\b/.test(answer.req.path);
}

// What is answered, for openapi.mjs: of requests that are alike but for ids, a few, and without tokens.
const sampled = new Map();
const samples = 20;
function recordExchange({ req, statusCode, headers }, parts) {
  const alike = `${req.method} ${req.path.split('?')[0].replace(/[^/]*\d[^/]*/g, '*')} ${statusCode}`;
  const count = sampled.get(alike) ?? 0;
  sampled.set(alike, count + 1);
  if (count >= samples) return;
  const text = Buffer.concat(parts.map((part) => Buffer.from(part))).toString('utf8');
  const body = text.replace(/"access_token":"[^"]*"/, '"access_token":"…"');
  const type = headers['content-type'] ?? '';
  const exchange = { method: req.method, path: req.path, status: statusCode, type, body };
  append('exchanges', `${JSON.stringify(exchange)}\n`);
}

// Every client of these tests, SDKs too, gets its answers through here. A token is a secret by itself.
const { push } = IncomingMessage.prototype;
IncomingMessage.prototype.push = function recordingPush(chunk, ...rest) {
  if (directory && this.req && origins.has(this.req.getHeader('host'))) {
    this.recorded ??= [];
    if (chunk) this.recorded.push(chunk);
    else {
      if (!isToken(this)) append('answers', `${JSON.stringify(this.headers)}${this.recorded.join('')}\n`);
      recordExchange(this, this.recorded);
    }
  }
  return push.call(this, chunk, ...rest);
};

// As it may stand in a log, in JSON, in a URL, in a form, or in an encoding of all that.
function formsOf(secret) {
  const encoded = encodeURIComponent(secret);
  const base64 = Buffer.from(secret).toString('base64').replace(/=*$/, '').slice(0, -1);
  return new Set([
    secret,
    encoded,
    encodeURIComponent(encoded),
    encoded.replace(/%../g, (code) => code.toLowerCase()),
    secret.replaceAll('/', '\\/'),
    secret.replaceAll('+', '-').replaceAll('/', '_').replace(/=*$/, ''),
    base64,
    Buffer.from(secret).toString('hex'),
  ]);
}

// A secret, and the part of a collect key, a client's secret or a token that proves something.
export function partsOf(secret) {
  const [, part] = /^(?:rhk_[0-9a-f]{16}_|rhs_|eyJ[^.]*\.[^.]*\.)(.+)$/.exec(secret) ?? [];
  return part ? [secret, part] : [secret];
}

// grep looks for thousands of texts at once. Returns {file, at} of each that is found.
function find(place, texts, files) {
  const options = ['--text', '--only-matching', '--byte-offset', '--with-filename', '--fixed-strings'];
  const { status, stdout, stderr } = spawnSync('grep', [...options, '--file=-', ...files], {
    input: [...texts].join('\n'),
    cwd: place,
    env: { ...process.env, LC_ALL: 'C' },
    encoding: 'latin1',
    maxBuffer: 1 << 28,
  });
  if (status !== 0 && status !== 1) throw new Error(`grep failed: ${stderr}`);
  return [...stdout.matchAll(/^(.*?):(\d+):/gm)].map(([, file, at]) => ({ file, at: Number(at) }));
}

function textBefore(path, at) {
  const start = Math.max(0, at - 200);
  const text = Buffer.alloc(at - start);
  const file = openSync(path, 'r');
  readSync(file, text, 0, text.length, start);
  closeSync(file);
  return text.toString('latin1');
}

// Where secrets stand: "12.answers holds a secret behind: ...". Throws when the run was `whole` and there is
// nothing to search: then the recording itself is broken.
export function findSecrets(place, { whole }) {
  const files = readdirSync(place);
  const isSecrets = (file) => file.endsWith(`.${secretsFile}`);
  const lines = files.filter(isSecrets).flatMap((file) => readFileSync(join(place, file), 'utf8').trim().split('\n'));
  const secrets = new Set(lines.map((line) => JSON.parse(line)));
  const produced = files.filter((file) => !isSecrets(file));
  const lacks = [/\.stderr$/, /\.answers$/].find((kind) => !produced.some((file) => kind.test(file)));
  if (whole && lacks) throw new Error(`the run has no record like ${lacks}`);
  if (whole && secrets.size === 0) throw new Error('the run has no record of its secrets');
  if (secrets.size === 0 || produced.length === 0) return [];
  const forms = new Set([...secrets].flatMap(partsOf).flatMap((part) => [...formsOf(part)]));
  const found = find(place, forms, produced);
  const outputs = produced.filter((file) => /\.std(out|err)$/.test(file));
  found.push(...find(place, ['sig='], outputs));
  return found.map(({ file, at }) => `${file} holds a secret behind: ${textBefore(join(place, file), at)}`);
}
