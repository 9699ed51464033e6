// A figure of work that was done wrong must not be printed.
export function requireRows(who, actual, expected) {
  if (actual !== expected) throw new Error(`${who}: ${actual} rows, but it should be ${expected}`);
}

// `tolerance`: how many times more or less than expected is still plausible.
export function requireBytes(who, actual, expected, tolerance) {
  if (!(actual >= expected / tolerance && actual <= expected * tolerance))
    throw new Error(`${who}: ${actual} bytes are not plausible; others need ${expected} for the same`);
}
