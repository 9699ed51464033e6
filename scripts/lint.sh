#!/usr/bin/env bash
# Everything that a machine can check without running the program. Goes on after a failure, and fails at the end.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/install.sh
. scripts/build.sh

failed=()

check() {
  local name=$1
  shift
  echo "lint: $name"
  "$@" || failed+=("$name")
}

check_sizes() {
  find src fuzz \( -name '*.cc' -o -name '*.h' \) -exec wc -l {} + | awk '
    $2 != "total" && $1 > 500 { print $2 ": " $1 " lines; 500 is the limit: split it by meaning"; bad = 1 }
    END { exit bad }'
}

# Prints text that ties the repository to one machine.
check_paths() {
  ! grep -rnIE --exclude-dir={.git,build,demo-data,node_modules} '(^|[^[:alnum:]_./-])/(home|root|work|Users)/[[:alnum:]]' .
}

check_registries() {
  ! grep -nE '"resolved"|^registry=|_auth' {tests,tests/readers,bench}/{package-lock.json,.npmrc}
}

check_scripts() {
  shellcheck --shell=bash --external-sources x .ci/run scripts/*.sh
}

check_the_checks() {
  node --test --test-reporter=dot scripts/*.test.mjs
}

install_packages scripts/packages.txt scripts/packages-lint.txt
install_node
check "layers" node scripts/check-layers.mjs src
check "sizes" check_sizes
check "paths" check_paths
check "registries" check_registries
check "shell scripts" check_scripts
check "self-tests of the checks" check_the_checks
check "format" scripts/format.sh --check
configure debug
check "clang-tidy" node scripts/tidy.mjs build/debug

if [[ ${#failed[@]} -gt 0 ]]; then
  printf 'lint: FAILED: %s\n' "${failed[@]}" >&2
  exit 1
fi
echo "lint: all checks passed"
