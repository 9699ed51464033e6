// The command line of `./x bench`.
import { parseArgs } from 'node:util';

export const partNames = ['export', 'sessions', 'growth', 'collect', 'bulk', 'disk'];

export const usage = `usage: ./x bench [--events N] [--runs N] [--only PART,...] [--json FILE]
  --events   rows of the data set, a multiple of 50; 5000000 unless told otherwise
  --runs     how often each figure is measured; 3 unless told otherwise
  --only     some of ${partNames.join(', ')}
  --json     also writes every single measurement into FILE`;

export class UsageError extends Error {}

function positive(name, text) {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new UsageError(`--${name} must be a positive whole number, not "${text}"`);
  return value;
}

function parse(args) {
  try {
    return parseArgs({
      args,
      options: {
        events: { type: 'string', default: '5000000' },
        runs: { type: 'string', default: '3' },
        only: { type: 'string', default: partNames.join(',') },
        json: { type: 'string' },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error.message);
  }
}

// Returns {events, runs, parts, json}.
export function readOptions(args) {
  const values = parse(args);
  const events = positive('events', values.events);
  // A batch has ten events, and the smallest step of the growth is a fifth of them.
  if (events % 50 !== 0) throw new UsageError(`--events must be a multiple of 50, not ${events}`);
  const chosen = values.only.split(',');
  const unknown = chosen.filter((name) => !partNames.includes(name));
  if (unknown.length > 0)
    throw new UsageError(`--only takes ${partNames.join(', ')}, not "${unknown.join(',')}"`);
  return {
    events,
    runs: positive('runs', values.runs),
    parts: partNames.filter((name) => chosen.includes(name)),
    json: values.json,
  };
}
