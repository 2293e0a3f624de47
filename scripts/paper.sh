#!/usr/bin/env bash
# Brings what PDF needs: three libraries WeasyPrint loads, and Chinese fonts for paper. Never fails: without them Word and the print page go on,
# and the PDF link says what is missing (oversight/documents/pdf.py names the same packages).
set -uo pipefail
cd "$(dirname "$0")/.."
stamp=.venv/paper-tried
packages="libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fontconfig fonts-arphic-gbsn00lp fonts-arphic-uming"
has_libraries() { .venv/bin/python -c 'import weasyprint' >/dev/null 2>&1; }
has_font() { command -v fc-list >/dev/null && [ -n "$(fc-list :lang=zh file 2>/dev/null | head -1)" ]; }
# A serif one: what goes out on paper is not set in the letters of a screen.
has_paper_font() { command -v fc-list >/dev/null && [ -n "$(fc-list 2>/dev/null | grep -Ei 'sungti|uming|serif cjk|fangsong|simsun|仿宋' | head -1)" ]; }

if [ -e "$stamp" ] && [ -z "$(find "$stamp" -mmin +1440 2>/dev/null)" ]; then exit 0; fi
if has_libraries && has_paper_font; then touch "$stamp"; exit 0; fi

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "安装生成PDF所需的系统库与字体 · installing libraries and fonts for PDF"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -q >/dev/null 2>&1 </dev/null
  # shellcheck disable=SC2086  # one word a package
  apt-get install -y -q --no-install-recommends $packages >/dev/null 2>&1 </dev/null
fi
touch "$stamp"
has_libraries && has_font ||
  echo "文书暂不能生成PDF（Word和打印页不受影响），请安装 · documents cannot be made as PDF yet (Word and the print page work), install: apt-get install -y $packages"
exit 0
