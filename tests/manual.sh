#!/usr/bin/env bash
# The manual: pages from the doc comments, without a warning, with every function of the library.
# usage: manual.sh LISRUN [FOLDER]    FOLDER gets the pages; without it they are thrown away
# shellcheck source-path=SCRIPTDIR
lisrun=$(realpath "$1")
pages=${2:+$(realpath -m "$2")}
source "$(dirname "${BASH_SOURCE[0]}")/tap.sh"
pages=${pages:-$scratch/pages}

if ! command -v ldoc >/dev/null; then
  skip "LDoc makes the manual" "ldoc is not installed (apt-get install lua-ldoc)"
  done_testing
  exit
fi

run "$lisrun" "$house/docs/manual/generate.lua" "$scratch/sources"
ok "every module has a source for LDoc" exits 0
modules=$(find "$scratch/sources" -name '*.lua' | wc -l)
run ldoc -c "$house/docs/manual/config.ld" -d "$pages" "$scratch/sources"
ok "LDoc makes the manual" exits 0
talk=$(grep -vE '^(reading configuration|output written)' <<<"$out$err")
ok "without a warning" test -z "$talk"
ok "with a page for each module" test "$(find "$pages/modules" -name '*.html' | wc -l)" -eq "$modules"
ok "with the functions of the core" grep -q 'principal_axes' "$pages/modules/lis.core.tensor.html"
ok "and with methods" grep -q 'Csr:ppmi' "$pages/modules/lis.core.sparse.html"

done_testing
