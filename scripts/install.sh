# Installs what the other scripts need, and only what is missing. Sourced; the working directory is the repository.

as_root() {
  if [[ $EUID -eq 0 ]]; then
    "$@"
  else
    sudo "$@"
  fi
}

apt_install() {
  if ! command -v apt-get >/dev/null || { [[ $EUID -ne 0 ]] && ! command -v sudo >/dev/null; }; then
    echo "x: these Debian packages are missing; install them as root: $*" >&2
    return 1
  fi
  echo "x: installing $*" >&2
  as_root apt-get update -q
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@"
}

# Those of the named packages that are not installed.
missing_packages() {
  local installed
  installed=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "$@" 2>/dev/null | sed -n 's/ installed$//p' || true)
  comm -23 <(printf '%s\n' "$@" | LC_ALL=C sort) <(LC_ALL=C sort -u <<<"$installed")
}

# install_packages LIST...: the packages that the files name.
install_packages() {
  local names missing
  mapfile -t names < <(sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$@")
  mapfile -t missing < <(missing_packages "${names[@]}")
  [[ ${#missing[@]} -eq 0 ]] || apt_install "${missing[@]}"
}

node_is_usable() {
  command -v node >/dev/null && command -v npm >/dev/null &&
    node -e 'process.exit(process.versions.node.split(".")[0] >= 18 ? 0 : 1)'
}

install_node() {
  node_is_usable || apt_install nodejs npm
}

# install_npm_modules FOLDER [--omit=dev]: the modules of its package-lock.json, or only its `dependencies`. `npm ci`
# begins with an empty node_modules, so what is written there at the end says what is in place.
install_npm_modules() {
  install_node
  local modules=$1/node_modules
  local installed=$modules/.all-installed
  if [[ ${2:-} == --omit=dev && ! -e $installed ]]; then installed=$modules/.installed; fi
  if [[ $1/package-lock.json -nt $installed ]]; then
    (cd "$1" && npm ci --loglevel=error "${@:2}")
    mkdir -p "$modules"
    touch "$modules/.installed"
    if [[ ${2:-} != --omit=dev ]]; then touch "$modules/.all-installed"; fi
  fi
}
