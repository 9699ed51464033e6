// Which file of a source tree includes what.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

const INCLUDE = /^\s*#\s*include\s+(?:"([^"]+)"|<([^>]+)>)/;

const parse = (text) =>
  text.split("\n").flatMap((content, index) => {
    const [, own, foreign] = INCLUDE.exec(content) ?? [];
    return own || foreign ? [{ line: index + 1, header: own ?? foreign, own: own !== undefined }] : [];
  });

// Map of every .cc and .h file below `root`, as its path from there, to its includes [{ line, header, own }]; `own` are
// those in quotes, which name a path from `root`.
export function readIncludes(root) {
  const files = readdirSync(root, { recursive: true }).filter((path) => /\.(cc|h)$/.test(path));
  return new Map(files.sort().map((path) => [path, parse(readFileSync(join(root, path), "utf8"))]));
}

// The files that `path` includes, directly or through others, itself first.
export function closureOf(includes, path) {
  const seen = new Set([path]);
  for (const file of seen) {
    for (const { header, own } of includes.get(file) ?? []) {
      if (own && includes.has(header)) seen.add(header);
    }
  }
  return [...seen];
}
