// Starts the black-box tests, those of ../readers among them: node run.mjs [file...]. At the end all that they produced is searched for secrets, and
// what the servers answered is held against docs/openapi.yaml; when all are run, each operation of Microsoft's client
// must have been done, and refused, and each of the document answered with success. RAWHAUL_BIN names the program.
// The certificate of the run must be known before the tests' own node processes start, which is why they are not
// started by `node --test` alone.
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { makeCertificate } from './lib/certificate.mjs';
import { checkExchanges } from './lib/openapi.mjs';
import { coverageOf } from './lib/operations.mjs';
import { findSecrets } from './lib/record.mjs';
import { program } from './lib/server.mjs';
import { makeTemporaryDirectory } from './lib/temporary.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const chosen = process.argv.slice(2).map((file) => resolve(file));
const files = chosen.length
  ? chosen
  : [here, join(here, '../readers')].flatMap((folder) =>
      readdirSync(folder)
        .filter((file) => file.endsWith('.test.mjs'))
        .sort()
        .map((file) => join(folder, file)),
    );

const { certificate, key } = await makeCertificate(makeTemporaryDirectory('certificate'));
const record = makeTemporaryDirectory('record');
const tests = spawn(process.execPath, ['--test', `--test-reporter=${join(here, 'lib/reporter.mjs')}`, ...files], {
  stdio: 'inherit',
  env: {
    ...process.env,
    RAWHAUL_BIN: resolve(program()),
    NODE_EXTRA_CA_CERTS: certificate,
    RAWHAUL_TEST_KEY: key,
    RAWHAUL_TEST_RECORD: record,
  },
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => tests.kill(signal));
tests.on('close', (code) => {
  const whole = chosen.length === 0;
  const found = findSecrets(record, { whole });
  for (const what of found) console.error(`SECRET GOT OUT: ${what}`);
  const { contradictions, answered, operations } = checkExchanges(record);
  for (const what of contradictions) console.error(`NOT AS IN docs/openapi.yaml: ${what}`);
  const unanswered = operations.filter((operation) => !answered.has(operation));
  const missing = whole ? [...coverageOf(record).missing, ...unanswered] : [];
  for (const what of missing) console.error(`NOT COVERED: ${what}`);
  const failures = found.length + contradictions.length + missing.length;
  process.exitCode = (code ?? 1) || (failures > 0 ? 1 : 0);
});
