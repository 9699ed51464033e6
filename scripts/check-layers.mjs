// check-layers.mjs DIR: fails on an #include that breaks the architecture. DIR holds a folder for each layer.
import { closureOf, readIncludes } from "./includes.mjs";

// Bottom up. A layer may include itself and those above it in this list, but not its neighbour on the same line.
const LAYERS = [
  ["base"],
  ["model"],
  ["net"],
  ["http"],
  ["audience"],
  ["format"],
  ["store", "client"],
  ["catalog"],
  ["blob"],
  ["identity"],
  ["collect", "exporter"],
  ["importer"],
  ["delivery"],
  ["api"],
  ["app"],
];

// Libraries that are slow to compile or that one place alone should know. No file outside the folders may include them,
// not even through a header of ours. The first match counts.
const LIBRARIES = [
  { headers: /^boost\/asio\/(post|thread_pool)\.hpp$/, folders: ["http", "exporter", "api"] },
  { headers: /^boost\/(asio|beast)[/.]/, folders: ["http"] },
  { headers: /^curl\//, folders: ["net"] },
  { headers: /^(isa-l\/|zstd)/, folders: ["format"] },
  { headers: /^rocksdb\//, folders: ["store/rocksdb"] },
  { headers: /^soci\b/, folders: ["catalog"] },
  { headers: /^cjose\//, folders: ["identity"] },
  { headers: /^simdjson\b/, folders: ["collect"] },
  { headers: /^prometheus\//, folders: ["api"] },
  { headers: /^CLI\//, folders: ["app/commands"] },
  { headers: /^toml\+\+\//, folders: ["app"] },
  { headers: /^spdlog\//, folders: ["base"] },
  { headers: /^unicode\//, folders: ["base"] },
];

const layerOf = (path) => path.split("/")[0];
const rankOf = (path) => LAYERS.findIndex((names) => names.includes(layerOf(path)));

// What is wrong with a file that includes a header of ours; empty when nothing is.
function judgeOwn(path, header) {
  if (layerOf(header) === layerOf(path)) return "";
  if (rankOf(header) < 0) return 'a path in quotes must start with a layer, as in "base/result.h"';
  if (header.split("/").length > 2) return `a subfolder is private to its layer, ${layerOf(header)}`;
  if (rankOf(header) === rankOf(path)) return `${layerOf(path)} and ${layerOf(header)} must not know each other`;
  if (rankOf(header) > rankOf(path)) return `${layerOf(header)} is a layer above ${layerOf(path)}`;
  return "";
}

function judgeLibrary(path, header) {
  const library = LIBRARIES.find(({ headers }) => headers.test(header));
  if (!library || library.folders.some((folder) => path.startsWith(`${folder}/`))) return "";
  return `<${header}> is for ${library.folders.join(", ")} alone`;
}

// What a header of ours brings along from libraries that the file must not see.
function judgeBrought(includes, path, header) {
  for (const file of closureOf(includes, header)) {
    for (const { header: foreign, own } of includes.get(file) ?? []) {
      const problem = own ? "" : judgeLibrary(path, foreign);
      if (problem) return `${problem}, and ${file} brings it here`;
    }
  }
  return "";
}

function judge(includes, path, { header, own }) {
  if (!own) return judgeLibrary(path, header);
  return judgeOwn(path, header) || judgeBrought(includes, path, header);
}

const root = process.argv[2];
const includes = readIncludes(root);
let problems = 0;
for (const [path, lines] of includes) {
  for (const include of lines) {
    const problem = rankOf(path) < 0 ? "this folder is no layer" : judge(includes, path, include);
    if (!problem) continue;
    console.log(`${root}/${path}:${include.line}: ${include.header}: ${problem}`);
    ++problems;
  }
}
process.exit(problems === 0 ? 0 : 1);
