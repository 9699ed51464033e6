// The edge lists of tests/edges, which the unit tests read, too; README.md there says what they hold.
import { readFileSync } from 'node:fs';

export const readEdges = (list) => JSON.parse(readFileSync(new URL(`../../edges/${list}.json`, import.meta.url), 'utf8'));
