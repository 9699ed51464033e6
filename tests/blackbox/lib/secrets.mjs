// What must not get out.
import assert from 'node:assert/strict';

// `secrets`: those that were given to the program or came from it, signatures of SAS among them.
export function assertNoSecrets(text, secrets) {
  assert.doesNotMatch(text, /sig=/i);
  for (const secret of secrets) {
    for (const form of [secret, encodeURIComponent(secret)]) assert.ok(!text.includes(form), 'a secret got out');
  }
}
