// The spec reporter of node:test, with the count of the client's operations in its summary.
import { Readable } from 'node:stream';
import { spec } from 'node:test/reporters';

import { coverageOf } from './operations.mjs';

async function* withCoverage(events) {
  for await (const event of events) {
    const { type, data } = event;
    if (type === 'test:diagnostic' && data.nesting === 0 && /^tests \d/.test(data.message)) {
      const { operations, covered } = coverageOf(process.env.RAWHAUL_TEST_RECORD);
      const message = `operations of azure-arm-mobileengagement, each done and refused: ${covered} of ${operations}`;
      yield { type, data: { ...data, message } };
    }
    yield event;
  }
}

export default async function* report(events) {
  yield* Readable.from(withCoverage(events)).pipe(new spec());
}
