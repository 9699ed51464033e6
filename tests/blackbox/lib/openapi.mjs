// Holds what the server answered against docs/openapi.yaml.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import Ajv from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { parse } from 'yaml';

export const documentFile = new URL('../../../docs/openapi.yaml', import.meta.url);

const methods = ['get', 'put', 'post', 'delete', 'patch'];

// What a schema does not name is not there: only so the document cannot forget a property.
function close(node) {
  if (Array.isArray(node)) return node.map(close);
  if (node === null || typeof node !== 'object') return node;
  const closed = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, close(value)]));
  const isSchema = node.properties && (node.type === 'object' || node.required);
  return isSchema && node.additionalProperties === undefined ? { ...closed, additionalProperties: false } : closed;
}

// The paths of devices, and no others, are taken with empty segments, too.
function segmentsOf(path) {
  const all = path.split('?')[0].replace(/\/$/, '').split('/').slice(1);
  const named = all.filter((segment) => segment !== '');
  return ['collect', 'v1'].includes(named[0]?.toLowerCase()) ? named : all;
}
const isParameter = (segment) => segment.startsWith('{');

function matches(pattern, segments) {
  return (
    pattern.length === segments.length &&
    pattern.every((part, i) => (isParameter(part) ? segments[i] : part.toLowerCase() === segments[i].toLowerCase()))
  );
}

// Literals win over parameters, the leftmost first.
function compare(one, other) {
  const i = one.findIndex((part, at) => isParameter(part) !== isParameter(other[at]));
  return i < 0 ? 0 : Number(isParameter(one[i])) - Number(isParameter(other[i]));
}

const fragmentOf = (steps) =>
  steps.map((step) => encodeURIComponent(step.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/');

export class OpenApi {
  #ajv;
  #paths;

  constructor(text = readFileSync(documentFile, 'utf8')) {
    this.document = parse(text);
    this.#ajv = addFormats(new Ajv({ strict: false, validateSchema: false }));
    this.#ajv.addSchema(close(this.document), 'document');
    this.#paths = Object.keys(this.document.paths).map((path) => ({ path, pattern: segmentsOf(path) }));
  }

  get operations() {
    return Object.values(this.document.paths).flatMap((item) =>
      methods.filter((method) => item[method]).map((method) => item[method].operationId),
    );
  }

  // The steps to where a reference leads, or just `steps` where there is none.
  #follow(steps) {
    const node = steps.reduce((at, step) => at[step], this.document);
    return node.$ref ? this.#follow(node.$ref.slice('#/'.length).split('/')) : steps;
  }

  // Why `value` is not what the schema at these steps says; undefined when it is.
  #violation(steps, value) {
    const validate = this.#ajv.getSchema(`document#/${fragmentOf(steps)}`);
    return validate(value) ? undefined : this.#ajv.errorsText(validate.errors);
  }

  violation(schema, value) {
    return this.#violation(['components', 'schemas', schema], value);
  }

  // Of a request: {operationId, steps}; undefined when no operation is documented for it.
  find(method, path) {
    const segments = segmentsOf(path);
    const [best] = this.#paths
      .filter(({ pattern }) => matches(pattern, segments))
      .sort((a, b) => compare(a.pattern, b.pattern));
    const name = method === 'HEAD' ? 'get' : method.toLowerCase();
    const operation = best && this.document.paths[best.path][name];
    return operation && { operationId: operation.operationId, steps: ['paths', best.path, name] };
  }

  // What is wrong with an exchange {method, path, status, type, body}; undefined when nothing is.
  contradiction({ method, path, status, type, body }) {
    const found = this.find(method, path);
    if (!found) return status >= 400 ? this.violation('Error', parseJson(body)) : 'it is not documented';
    const responses = [...found.steps, 'responses'];
    const documented = responses.reduce((at, step) => at[step], this.document);
    const name = documented[status] ? String(status) : 'default';
    if (!documented[name]) return `its status is not documented`;
    const response = this.#follow([...responses, name]);
    return method === 'HEAD' ? undefined : this.#contentViolation(response, type.split(';')[0], body);
  }

  #contentViolation(response, type, body) {
    const { content } = response.reduce((at, step) => at[step], this.document);
    if (!content) return body === '' ? undefined : 'it has a body';
    if (!content[type]) return `it is ${type}`;
    if (type !== 'application/json') return undefined;
    return this.#violation([...response, 'content', type, 'schema'], parseJson(body));
  }

  // Every example, with what is wrong with it.
  *examples(steps = [], node = this.document) {
    if (node === null || typeof node !== 'object') return;
    if (node.schema && node.example !== undefined && node.schema.type !== 'string') {
      yield { where: steps.join(' '), violation: this.#violation([...steps, 'schema'], node.example) };
    } else if (node.type && node.example !== undefined) {
      yield { where: steps.join(' '), violation: this.#violation(steps, node.example) };
    }
    for (const [key, value] of Object.entries(node)) {
      if (key !== 'example') yield* this.examples([...steps, key], value);
    }
  }
}

function parseJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

// Of what a run recorded (record.mjs): {contradictions, answered}; `answered` are the operations that had success.
export function checkExchanges(place) {
  const api = new OpenApi();
  const contradictions = new Set();
  const answered = new Set();
  const files = readdirSync(place).filter((file) => file.endsWith('.exchanges'));
  for (const line of files.flatMap((file) => readFileSync(join(place, file), 'utf8').trim().split('\n'))) {
    const exchange = JSON.parse(line);
    const wrong = api.contradiction(exchange);
    if (wrong) contradictions.add(`${exchange.method} ${exchange.path} answers ${exchange.status}: ${wrong}`);
    const found = api.find(exchange.method, exchange.path);
    if (found && exchange.status < 400) answered.add(found.operationId);
  }
  return { contradictions: [...contradictions], answered, operations: api.operations };
}
