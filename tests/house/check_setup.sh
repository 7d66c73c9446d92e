#!/usr/bin/env bash
# setup.sh in a pretended Debian: dpkg-query, apt-get, id, sudo, sleep and meson are replaced by
# scripts that note how they were called.
# shellcheck source-path=SCRIPTDIR
source "$(dirname "${BASH_SOURCE[0]}")/../tap.sh"

fake() { # NAME: the body comes from standard input
  { printf '#!/bin/bash\necho "%s $*" >>"%s/calls"\n' "$1" "$scratch"; cat; } >"$scratch/bin/$1"
  chmod +x "$scratch/bin/$1"
}

# machine MISSING FAILURES USER: these packages are not installed, and apt-get install fails so often.
machine() {
  rm -rf "${scratch:?}/bin"
  mkdir "$scratch/bin"
  ln -s "$(command -v bash)" "$(command -v grep)" "$(command -v cat)" "$(command -v env)" \
    "$(command -v dirname)" "$scratch/bin/"
  fake dpkg-query <<<"case ' $1 ' in *\" \${!#} \"*) echo not-installed; exit 1 ;; *) echo installed ;; esac"
  fake id <<<"echo $3"
  fake sleep </dev/null
  fake meson <<<"exit 1" # ends the build at once
  fake apt-get <<TEXT
echo "frontend \$DEBIAN_FRONTEND" >>"$scratch/calls"
[[ "\$*" == *update* ]] && exit 1
[[ \$(grep -c '^apt-get.* install' "$scratch/calls") -gt $2 ]]
TEXT
}

# A checkout of its own: one that has been built before would skip what is tested here.
mkdir "$scratch/checkout"
cp "$house/setup.sh" "$scratch/checkout/"

setup() { # fills calls, too: what was called, without the questions
  : >"$scratch/calls"
  run env PATH="$scratch/bin" "$scratch/bin/bash" "$scratch/checkout/setup.sh" "$@"
  calls=$(grep -v -e ^dpkg-query -e '^id ' "$scratch/calls")
}

# shellcheck disable=SC2053
calls_are() { [[ $calls == $1 ]]; } # a pattern
called() { [[ $(grep -c "$1" <<<"$calls") -eq $2 ]]; }

root=0 ann=1000
machine "" 0 $root
setup --help
ok "--help exits with 0" exits 0
ok "--help names the commands" out_has "./setup.sh test"
setup
ok "no word is a usage error" exits 2
setup tset
ok "an unknown word is a usage error" exits 2
ok "that names it" err_has "unknown command 'tset'"

setup build
ok "where all is installed, apt-get is not called" calls_are "meson setup build*"
ok "and it says so" out_has "packages are here"

machine "libzstd-dev meson" 0 $root
setup build
ok "what is missing, and only that, is installed without a prompt" calls_are \
  "*apt-get*update*apt-get*DPkg::Lock::Timeout=600*install -y*--no-install-recommends meson libzstd-dev
frontend noninteractive
meson setup*"
ok "it says what it installs" out_has "installing from Debian: meson libzstd-dev"

machine libcmocka-dev 0 $root
setup build
ok "a missing test package does not matter to a build" calls_are "meson setup*"

machine meson 3 $root
setup build
ok "a mirror may fail three times" called 'apt-get.* install' 4
machine meson 4 $root
setup build
ok "after the fourth failure it gives up" exits 1
ok "and names the packages" err_has "could not install: meson"
ok "and builds nothing" called '^meson' 0

machine meson 0 $ann
setup build
ok "without root or sudo it says what to install" err_has "needs root or sudo to install: apt-get install meson"
fake sudo <<<'shift; exec "$@"'
setup build
ok "with sudo and no terminal it never waits for a password" calls_are "*sudo -n env*apt-get*install*meson*"

done_testing
