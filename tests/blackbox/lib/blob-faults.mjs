// Ways in which a storage service fails: see blob-server.mjs. Each is a function that makes the fault.
import { setTimeout as sleep } from 'node:timers/promises';

import { errorAnswer } from './blob-container.mjs';

// The request is not carried out.
export const answers =
  (status, code, { message, headers } = {}) =>
  async (exchange) => {
    await exchange.read();
    exchange.answer(errorAnswer(status, code, message, headers));
  };

// The connection is reset when the first part of the request has come, at once or when it was carried out.
export const resetsBefore = () => async (exchange) => exchange.reset();
export const resetsAfter = () => async (exchange) => {
  await exchange.carryOut();
  exchange.reset();
};

// The request is carried out; of its answer the head comes, but not all of the body.
export const answersHalf = () => async (exchange) => exchange.answerHalf(await exchange.carryOut());

// The same with an error that was on its way.
export const failsHalf = (status, code) => async (exchange) => {
  await exchange.read();
  exchange.answerHalf(errorAnswer(status, code));
};

// Takes the request and never answers.
export const stalls = () => async (exchange) => {
  await exchange.read();
};

export const readsSlowly = (milliseconds) => async (exchange) => {
  await sleep(milliseconds);
  await exchange.read(() => sleep(milliseconds));
  exchange.answer(await exchange.carryOut());
};

export const answersSlowly = (milliseconds) => async (exchange) => {
  const answer = await exchange.carryOut();
  await sleep(milliseconds);
  exchange.answer(answer);
};

// One bit of the body turns over on its way.
export const damages = () => async (exchange) => {
  const turnBit = (body) => {
    const damaged = Buffer.from(body);
    damaged[damaged.length >> 1] ^= 1;
    return damaged;
  };
  exchange.answer(await exchange.carryOut(turnBit));
};

// `effect` happens when the request arrives, before it is carried out.
export const first = (effect) => async (exchange) => {
  await effect();
  exchange.answer(await exchange.carryOut());
};

// A script: requests of this operation to blobs that match get the fault, `times` of them behind the first
// `skip`.
export function failing({ operation, blob = /./, skip = 0, times = 1 }, fault) {
  let seen = 0;
  return (request) => {
    if (request.operation !== operation || !blob.test(request.blob)) return undefined;
    seen += 1;
    return seen > skip && seen <= skip + times ? fault : undefined;
  };
}

const file = /Event_\S+_\d{5}\./;
export const manifest = /\.manifest\.json$/;
// The requests of an export of events in several files, in their order, for `failing`; the third one of files.
export const places = {
  'a block': { operation: 'PutBlock', blob: file, skip: 2 },
  'the block list of a file': { operation: 'PutBlockList', blob: file, skip: 2 },
  'the block of the manifest': { operation: 'PutBlock', blob: manifest },
  'the block list of the manifest': { operation: 'PutBlockList', blob: manifest },
};
