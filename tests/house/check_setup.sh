#!/usr/bin/env bash
# setup.sh in a pretended Debian: dpkg-query, apt-get, id, sudo, sleep, meson and ninja are replaced
# by scripts that note how they were called. Prints TAP.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1

place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
number=0

check() { # NAME WANTED SEEN (a pattern)
  number=$((number + 1))
  # shellcheck disable=SC2053
  if [[ $3 == $2 ]]; then
    printf 'ok %d - %s\n' $number "$1"
  else
    printf 'not ok %d - %s\n# wanted: %s\n# saw: %s\n' $number "$1" "$2" "${3//$'\n'/$'\n'# }"
  fi
}

fake() { # NAME: the body comes from standard input
  { printf '#!/bin/bash\necho "%s $*" >>"%s/calls"\n' "$1" "$place"; cat; } >"$place/bin/$1"
  chmod +x "$place/bin/$1"
}

# A machine where `missing` are not installed and apt-get install fails `failures` times.
machine() {
  missing=$1 failures=$2 user=$3
  rm -rf "${place:?}/bin" "$place/calls"
  mkdir "$place/bin"
  touch "$place/calls"
  ln -s "$(command -v bash)" "$(command -v grep)" "$(command -v cat)" "$(command -v env)" \
    "$(command -v dirname)" "$place/bin/"
  fake dpkg-query <<<"case ' $missing ' in *\" \${!#} \"*) echo not-installed; exit 1 ;; *) echo installed ;; esac"
  fake id <<<"echo $user"
  fake sleep </dev/null
  fake meson <<<"exit 1" # ends the build at once
  fake apt-get <<TEXT
echo "frontend \$DEBIAN_FRONTEND" >>"$place/calls"
[[ "\$*" == *update* ]] && exit 1
[[ \$(grep -c '^apt-get.* install' "$place/calls") -gt $failures ]]
TEXT
}

setup() { # fills output, status, calls
  output=$(PATH=$place/bin "$place/bin/bash" setup.sh "$@" 2>&1 </dev/null)
  status=$?
  calls=$(grep -v -e ^dpkg-query -e '^id ' "$place/calls")
}

root=0 ann=1000
machine "" 0 $root
setup --help
check "--help exits with 0" "0 usage:*./setup.sh test*" "$status $output"
setup
check "no word is a usage error" "2 usage:*" "$status $output"
setup tset
check "an unknown word is a usage error that names it" "2 *unknown command 'tset'*usage:*" "$status $output"

setup build
check "where all is installed, apt-get is not called" "meson setup build*" "$calls"
check "and it says so" "*packages are here*" "$output"

machine "libzstd-dev meson" 0 $root
setup build
check "what is missing, and only that, is installed without a prompt" \
  "*apt-get*update*apt-get*DPkg::Lock::Timeout=600*install -y*--no-install-recommends meson libzstd-dev
frontend noninteractive
meson setup*" "$calls"
check "it says what it installs" "*installing from Debian: meson libzstd-dev*" "$output"

setup packages
check "test packages stay out of a build" "0 *meson*" "$status $output"
check "cmocka is no build package" "0" "$(grep -c cmocka <<<"$output")"

machine libcmocka-dev 0 $root
setup build
check "a missing test package does not matter to a build" "meson setup*" "$calls"

machine meson 3 $root
setup build
check "a mirror may fail three times" "4" "$(grep -c 'apt-get.* install' <<<"$calls")"
machine meson 4 $root
setup build
check "after the fourth failure it gives up and names the packages" \
  "1 *could not install: meson*" "$status $output"
check "and builds nothing" "0" "$(grep -c '^meson' <<<"$calls")"

machine meson 0 $ann
setup build
check "without root or sudo it says what to install" \
  "1 *needs root or sudo*apt-get install meson*" "$status $output"
fake sudo <<<'shift; exec "$@"'
setup build
check "with sudo and no terminal it never waits for a password" "*sudo -n env*apt-get*install*meson*" "$calls"

printf '1..%d\n' $number
