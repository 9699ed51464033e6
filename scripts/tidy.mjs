// tidy.mjs BUILD_DIR: clang-tidy over all files of BUILD_DIR/compile_commands.json. A file that passed is not looked at
// again until it, one of our headers that it includes, its command line or .clang-tidy changes.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, homedir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { closureOf, readIncludes } from "./includes.mjs";

const CLANG_TIDY = "clang-tidy-16";
// Tests keep to the names and to clang's warnings; the other checks would take as long as all of the program.
const TEST_CHECKS = "--checks=-bugprone-*,-misc-*,-performance-*";

const buildDirectory = process.argv[2];
const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "rawhaul-tidy");
const includes = readIncludes("src");
const rules = [readFileSync(".clang-tidy"), readFileSync(fileURLToPath(import.meta.url))];

function keyOf({ file, command }) {
  const hash = createHash("sha256");
  for (const text of rules) hash.update(text);
  hash.update(command.replaceAll(process.cwd(), "."));
  for (const path of closureOf(includes, relative("src", file))) hash.update(path).update(readFileSync(join("src", path)));
  return hash.digest("hex");
}

// The exit status and what clang-tidy said of one file.
function tidy(file) {
  return new Promise((resolve, reject) => {
    const checks = /_(test|testing)\.cc$/.test(file) ? [TEST_CHECKS] : [];
    const child = spawn(CLANG_TIDY, ["-p", buildDirectory, "--quiet", ...checks, file]);
    let output = "";
    child.stdout.on("data", (data) => (output += data));
    child.stderr.on("data", (data) => (output += data));
    child.on("error", reject);
    child.on("close", (status) => resolve({ status, output: output.replace(/^\d+ warnings? generated\.\n/gm, "") }));
  });
}

mkdirSync(cache, { recursive: true });
const commands = JSON.parse(readFileSync(join(buildDirectory, "compile_commands.json"), "utf8"));
const pending = commands
  .map(({ file, command }) => ({ file, stamp: join(cache, keyOf({ file, command })) }))
  .filter(({ stamp }) => !existsSync(stamp));
console.log(`${pending.length} of ${commands.length} files to look at`);

async function work() {
  for (let next = pending.shift(); next; next = pending.shift()) {
    const { status, output } = await tidy(next.file);
    if (status === 0) {
      writeFileSync(next.stamp, "");
    } else {
      process.stdout.write(output);
      process.exitCode = 1;
    }
  }
}
await Promise.all(Array.from({ length: availableParallelism() }, work));
