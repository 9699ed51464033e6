# Configures and builds. Sourced; the working directory is the repository.

configure() {
  install_packages scripts/packages.txt
  echo "configuring the $1 build" >&2
  cmake --preset "$1" >/dev/null
}

# build PRESET TARGET...: `rawhaul` is the program, `all` has the tests and benchmarks, too.
build() {
  configure "$1"
  cmake --build --preset "$1" --parallel "$(nproc)" --target "${@:2}"
}

# The path of the built program.
program() {
  echo "$PWD/build/$1/src/app/rawhaul"
}
