#!/usr/bin/env bash
# Pictures of a report for the documents: the top of its page as a desk, a phone and the dark show it.
# usage: screenshots.sh RUN DOCS/IMAGES [FIRST-PIXEL]
# RUN: the folder of a report; FIRST-PIXEL: where the lower strip begins. Wants chromium and ImageMagick.
set -euo pipefail
run=$(realpath "$1") images=$(realpath "$2")
profile=$(mktemp -d)
trap 'rm -rf "$profile"' EXIT

# shot NAME WIDTH HEIGHT FIRST-PIXEL [OPTION...]: a strip of the page, in few colours so that the file is small.
shot() {
  local name=$1 width=$2 height=$3 first=$4
  shift 4
  timeout 60 chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --user-data-dir="$profile" \
    --window-size="$width,$((first + height))" --screenshot="$profile/$name.png" "$@" "file://$run/report.html" 2>/dev/null
  convert "$profile/$name.png" -crop "${width}x$height+0+$first" +repage -colors 64 -depth 8 \
    -define png:compression-level=9 -strip "$images/$name.png"
}

shot report-desk 860 1195 0
shot report-phone 360 1500 0
shot report-dark 860 760 330 --blink-settings=preferredColorScheme=0
shot report-parts 860 1500 "${3:-2545}"
ls -l "$images"
