#!/usr/bin/env bash
# format.sh -i applies the format of .clang-format to all sources; format.sh --check fails where it is not kept.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/install.sh

install_packages scripts/packages-lint.txt

on_all_sources() {
  find src bench fuzz tests -name node_modules -prune -o \( -name '*.cc' -o -name '*.h' \) -exec clang-format-16 "$@" {} +
}

case "${1:-}" in
  -i) on_all_sources -i ;;
  --check) on_all_sources --dry-run -Werror 2>&1 | sed -n 's/ error: code should be clang-formatted.*/ run .\/x format/p' ;;
  *)
    echo "usage: format.sh -i | --check" >&2
    exit 2
    ;;
esac
