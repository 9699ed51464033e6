#!/usr/bin/env bash
# fuzz.sh SECONDS [--keep] [TARGET...]: runs fuzz targets (fuzz/TARGET_fuzz.cc; all of them unless some are named), each for
# SECONDS, on its corpus and on what earlier runs found. Ends with 1 when a target fails, after all have run. --keep adds to
# the corpus in the repository what covers more code than that does.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/install.sh
. scripts/build.sh

# These bound what a corpus grows to: its files are small, and one more must reach code that no other does.
readonly MAX_BYTES=4096
readonly MERGE_OPTIONS=(-set_cover_merge=1 -use_counters=0 "-max_len=$MAX_BYTES")
readonly FOUND=build/fuzz/found CRASHES=build/fuzz/crashes

export ASAN_OPTIONS=detect_stack_use_after_return=1:check_initialization_order=1:strict_string_checks=1
export UBSAN_OPTIONS=print_stacktrace=1
export ASAN_SYMBOLIZER_PATH=/usr/bin/llvm-symbolizer-16

die() {
  echo "fuzz: $*" >&2
  exit 2
}

all_targets() {
  local file
  for file in fuzz/*_fuzz.cc; do basename "$file" _fuzz.cc; done
}

# run TARGET: false when it fails; the input is then in $CRASHES.
run() {
  local options=("-max_total_time=$seconds" "-max_len=$MAX_BYTES" -timeout=10 -print_final_stats=1)
  local log=$FOUND/$1.log
  if [[ -f fuzz/$1.dict ]]; then options+=("-dict=fuzz/$1.dict"); fi
  mkdir -p "$FOUND/$1" "$CRASHES"
  "build/fuzz/fuzz/$1_fuzz" "${options[@]}" "-artifact_prefix=$CRASHES/$1-" "$FOUND/$1" "fuzz/corpus/$1" 2>"$log" || {
    tail -n 60 "$log" >&2
    echo "fuzz: $1 FAILED; inputs that make it fail are $CRASHES/$1-*, the log is $log" >&2
    return 1
  }
  echo "fuzz: $1: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") runs, no failure"
}

keep() {
  "build/fuzz/fuzz/$1_fuzz" "${MERGE_OPTIONS[@]}" "fuzz/corpus/$1" "$FOUND/$1" 2>&1 | grep MERGE-OUTER | tail -n 1
}

seconds=${1:-}
[[ $seconds =~ ^[1-9][0-9]*$ ]] || die "usage: ./x fuzz SECONDS [--keep] [TARGET...]; the targets are $(all_targets | xargs)"
shift
keeping=false
targets=()
for argument in "$@"; do
  case "$argument" in
    --keep) keeping=true ;;
    *)
      [[ -f fuzz/${argument}_fuzz.cc ]] || die "there is no target $argument; there are $(all_targets | xargs)"
      targets+=("$argument")
      ;;
  esac
done
if [[ ${#targets[@]} -eq 0 ]]; then mapfile -t targets < <(all_targets); fi

install_packages scripts/packages-fuzz.txt
build fuzz "${targets[@]/%/_fuzz}"
failed=()
for target in "${targets[@]}"; do
  run "$target" || failed+=("$target")
  if $keeping; then keep "$target"; fi
done
if [[ ${#failed[@]} -gt 0 ]]; then
  echo "fuzz: FAILED: ${failed[*]}" >&2
  exit 1
fi
