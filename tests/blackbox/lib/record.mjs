// What a run of the tests produced, and the secrets that must not be in it: kept in files of the directory
// RAWHAUL_TEST_RECORD, one set a process, which run.mjs searches when all tests have ended.
import { appendFileSync, readFileSync, readdirSync } from 'node:fs';
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

// Every client of these tests, SDKs too, gets its answers through here. A token is a secret by itself.
const { push } = IncomingMessage.prototype;
IncomingMessage.prototype.push = function recordingPush(chunk, ...rest) {
  if (directory && this.req && origins.has(this.req.getHeader('host')) && !isToken(this)) {
    this.recorded ??= [JSON.stringify(this.headers)];
    if (chunk) this.recorded.push(chunk);
    else append('answers', `${this.recorded.join('')}\n`);
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

// The part of a collect key or a token that proves something.
function partsOf(secret) {
  const parts = secret.startsWith('rhk_') ? secret.split('_').slice(2).join('_') : secret.split('.')[2];
  return parts ? [secret, parts] : [secret];
}

// Where secrets stand: "12.answers holds a secret: ...". Throws when there is nothing to search: then the
// recording itself is broken.
export function findSecrets(place) {
  const files = readdirSync(place);
  const read = (file) => readFileSync(join(place, file), 'utf8');
  const isSecrets = (file) => file.endsWith(`.${secretsFile}`);
  const secrets = new Set(
    files.filter(isSecrets).flatMap((file) => read(file).trim().split('\n').map((line) => JSON.parse(line))),
  );
  const produced = files.filter((file) => !isSecrets(file));
  for (const kind of [/\.stderr$/, /\.answers$/]) {
    if (!produced.some((file) => kind.test(file))) throw new Error(`the run has no record like ${kind}`);
  }
  if (secrets.size === 0) throw new Error('the run has no record of its secrets');
  const forms = [...secrets].flatMap(partsOf).flatMap((part) => [...formsOf(part)]);
  const found = [];
  for (const file of produced) {
    const text = read(file);
    for (const form of forms) {
      const at = text.indexOf(form);
      if (at >= 0) found.push(`${file} holds a secret behind: ${text.slice(Math.max(0, at - 200), at)}`);
    }
    if (/\.std(out|err)$/.test(file) && /\bsig=/i.test(text)) found.push(`${file} holds a part of a SAS`);
  }
  return found;
}
