// Bounded polling: tests wait for conditions, never for time to pass.
import { setTimeout as sleep } from 'node:timers/promises';

// Calls `condition` until it gives something truthy, and returns that. `what` completes the sentence
// "timed out waiting for ..."; it may be a function, so that it can tell what was seen last.
export async function waitFor(what, condition, { timeoutMs = 60_000, intervalMs = 25 } = {}) {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() >= deadline) {
      throw new Error(
        `timed out after ${timeoutMs} ms waiting for ${typeof what === 'function' ? what() : what}`,
      );
    }
    await sleep(intervalMs);
  }
}
