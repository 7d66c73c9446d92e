#!/usr/bin/env bash
# The page of a report in a browser (Debian's chromium, headless), as wide as a phone and as a desk: nothing said on the
# console, nothing fetched, every picture there, nothing wider than the screen, no letters over others or cut.
# usage: test_page.sh LISRUN RECIPES
# shellcheck source-path=SCRIPTDIR
lisrun=$(realpath "$1")
here=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
source "$here/../tap.sh"

for program in chromium gnuplot; do
  command -v $program >/dev/null && continue
  skip "the page in a browser" "$program is not installed"
  done_testing
  exit
done

# browse PAGE WIDTH: shows a copy of a page that measures itself, in a frame, as a window has a least width; what it
# tells goes to $measured, the console to $console.
browse() {
  { cat "$1"; printf '<script>\n'; cat "$here/measure.js"; printf '</script>\n'; } >measuring.html
  cat >frame.html <<HTML
<!DOCTYPE html><script>onmessage = e => { document.body.append("measured: " + e.data + "\\n:end") }</script>
<body><iframe src="measuring.html" style="width:$2px;height:900px;border:0"></iframe></body>
HTML
  run timeout 60 chromium --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --hide-scrollbars \
    --user-data-dir="$scratch/profile" --enable-logging=stderr --virtual-time-budget=5000 --window-size=1400,1000 \
    --dump-dom "file://$scratch/frame.html"
  console=$(grep -F CONSOLE <<<"$err")
  measured=$(sed -n '/measured: /,/:end/p' <<<"$out")
  err=''
}

measured() { grep -Eq "(^| )$1=$2( |\$)" <<<"$measured" || { out=$measured; false; }; }

LUA_PATH="$here/../lua/?.lua;;" run "$lisrun" --loose "$here/pages.lua" "$scratch"
ok "pages are written" exits 0

for page in plain hostile; do
  for width in 360 1280; do
    browse "$page/report.html" $width
    figures=$(grep -o '<figure ' "$page/report.html" | wc -l)
    ok "$page, $width wide: ends well" exits 0
    ok "$page, $width wide: that wide" measured viewport $width
    ok "$page, $width wide: nothing wider" measured scroll $width
    ok "$page, $width wide: no element over the edge" measured wide 0
    ok "$page, $width wide: no letters cut or over others" measured faults 0
    ok "$page, $width wide: nothing fetched" measured fetched 0
    ok "$page, $width wide: a silent console" test -z "$console"
    ok "$page, $width wide: no script of a name ran" measured ran 0
    ok "$page, $width wide: every picture" measured pictures "$figures"
  done
done

# What must be seen where it is there.
{
  sed 's|<main>|<main><div style="width:3000px">wide</div>|; s|</svg>|<text x="-9">cut</text></svg>|' plain/report.html
  printf '<script>console.error("a fault")</script>\n'
} >faulty.html
browse faulty.html 360
ok "a page too wide is seen" measured wide '[1-9][0-9]*'
ok "cut letters are seen" measured faults '[1-9][0-9]*'
ok "an error on the console is seen" test -n "$console"
done_testing
