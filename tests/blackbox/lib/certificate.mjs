// A certificate for servers on this machine, which also is its own authority.
import { join } from 'node:path';

import { run } from './child.mjs';

export async function makeCertificate(directory) {
  const certificate = join(directory, 'certificate.pem');
  const key = join(directory, 'key.pem');
  await run('openssl', [
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-days',
    '2',
    '-subj',
    '/CN=Rawhaul tests',
    '-addext',
    'subjectAltName=DNS:localhost,IP:127.0.0.1',
    '-addext',
    'basicConstraints=critical,CA:TRUE',
    '-keyout',
    key,
    '-out',
    certificate,
  ]);
  return { certificate, key };
}

// The certificate of this run. Node reads NODE_EXTRA_CA_CERTS only when it starts, so run.mjs makes the
// certificate.
export function runCertificate() {
  const certificate = process.env.NODE_EXTRA_CA_CERTS;
  const key = process.env.RAWHAUL_TEST_KEY;
  if (!certificate || !key)
    throw new Error('these tests need a certificate: start them with node tests/blackbox/run.mjs');
  return { certificate, key };
}
