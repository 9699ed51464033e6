import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";

const SCRIPT = fileURLToPath(new URL("check-layers.mjs", import.meta.url));

// What the script prints for a tree of { path: text }, one string a problem; it must fail exactly when there is one.
function problemsOf(tree) {
  const root = mkdtempSync(join(tmpdir(), "check-layers-"));
  try {
    for (const [path, text] of Object.entries(tree)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    const { status, stdout, stderr } = spawnSync(process.execPath, [SCRIPT, root], { encoding: "utf8" });
    assert.equal(stderr, "");
    assert.equal(status, stdout === "" ? 0 : 1);
    return stdout.split("\n").filter(Boolean).map((line) => line.replace(`${root}/`, ""));
  } finally {
    rmSync(root, { recursive: true });
  }
}

test("includes that point downwards pass", () => {
  const tree = {
    "base/a.h": "#include <string>\n",
    "store/rocksdb/b.h": "#include <rocksdb/db.h>\n",
    "store/rocksdb/b.cc": '#include "store/rocksdb/b.h"\n#include "base/a.h"\n',
    "store/c.h": '#include "base/a.h"\n',
    "app/commands/d.cc": '#include "store/c.h"\n#include <CLI/CLI.hpp>\n',
  };
  assert.deepEqual(problemsOf(tree), []);
});

test("an include that points upwards fails", () => {
  const tree = { "base/a.cc": '\n#include "net/b.h"\n', "net/b.h": "" };
  assert.deepEqual(problemsOf(tree), ["base/a.cc:2: net/b.h: net is a layer above base"]);
});

test("collect and exporter fail when they know each other", () => {
  const tree = { "collect/a.cc": '#include "exporter/b.h"\n', "exporter/b.h": "" };
  assert.deepEqual(problemsOf(tree), ["collect/a.cc:1: exporter/b.h: collect and exporter must not know each other"]);
});

test("a path that starts with no layer fails", () => {
  assert.equal(problemsOf({ "base/a.cc": '#include "b.h"\n', "base/b.h": "" }).length, 1);
  assert.equal(problemsOf({ "util/a.cc": "#include <string>\n" }).length, 1);
});

test("a subfolder of another layer fails", () => {
  const tree = { "store/rocksdb/a.h": "", "collect/b.cc": '# include "store/rocksdb/a.h"\n' };
  assert.deepEqual(problemsOf(tree), ["collect/b.cc:1: store/rocksdb/a.h: a subfolder is private to its layer, store"]);
});

test("a library outside its folder fails", () => {
  const tree = { "store/a.cc": "#include <rocksdb/db.h>\n", "api/b.cc": "#include <boost/beast.hpp>\n" };
  assert.deepEqual(problemsOf(tree), [
    "api/b.cc:1: boost/beast.hpp: <boost/beast.hpp> is for http alone",
    "store/a.cc:1: rocksdb/db.h: <rocksdb/db.h> is for store/rocksdb alone",
  ]);
});

test("a header that brings a library out of its folder fails where it is included", () => {
  const tree = {
    "catalog/inner.h": "#include <soci/soci.h>\n",
    "catalog/outer.h": '#include "catalog/inner.h"\n',
    "api/a.cc": '#include "catalog/outer.h"\n',
  };
  assert.deepEqual(problemsOf(tree), [
    "api/a.cc:1: catalog/outer.h: <soci/soci.h> is for catalog alone, and catalog/inner.h brings it here",
  ]);
});
