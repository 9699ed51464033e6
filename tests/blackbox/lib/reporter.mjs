// The spec reporter of node:test, with what of the interface the run has covered in its summary.
import { Readable } from 'node:stream';
import { spec } from 'node:test/reporters';

import { checkExchanges } from './openapi.mjs';
import { coverageOf } from './operations.mjs';

function summary() {
  const record = process.env.RAWHAUL_TEST_RECORD;
  const client = coverageOf(record);
  const { answered, operations } = checkExchanges(record);
  return [
    `operations of azure-arm-mobileengagement, each done and refused: ${client.covered} of ${client.operations}`,
    `operations of docs/openapi.yaml, answered with success: ${answered.size} of ${operations.length}`,
  ];
}

async function* withSummary(events) {
  for await (const event of events) {
    const { type, data } = event;
    if (type === 'test:diagnostic' && data.nesting === 0 && /^tests \d/.test(data.message)) {
      for (const message of summary()) yield { type, data: { ...data, message } };
    }
    yield event;
  }
}

export default async function* report(events) {
  yield* Readable.from(withSummary(events)).pipe(new spec());
}
