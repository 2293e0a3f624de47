#!/usr/bin/env bash
# Brings a Chromium and a Chinese font for the browser tests. Never fails: without one those tests are skipped by name.
set -uo pipefail
cd "$(dirname "$0")/.."
stamp=.venv/browser-tried
found() { .venv/bin/python -m tests.browser >/dev/null 2>&1; }
has_font() { command -v fc-list >/dev/null && [ -n "$(fc-list :lang=zh file 2>/dev/null | head -1)" ]; }

if found && has_font; then exit 0; fi
[ -z "$(find "$stamp" -mtime -1 2>/dev/null)" ] || exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "安装浏览器与中文字体（仅测试用）· installing a browser and a Chinese font (for the tests only)"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -q >/dev/null 2>&1 </dev/null
  has_font || apt-get install -y -q --no-install-recommends fontconfig fonts-wqy-microhei >/dev/null 2>&1 </dev/null
  apt-get install -y -q --no-install-recommends libatomic1 >/dev/null 2>&1 </dev/null
  # On Ubuntu "chromium" is a stub for a snap, which does not start in a container: playwright's own comes next.
  found || { . /etc/os-release; [ "${ID:-}" = ubuntu ]; } || apt-get install -y -q --no-install-recommends chromium >/dev/null 2>&1 </dev/null
  found || .venv/bin/python -m playwright install --with-deps chromium >/dev/null 2>&1 </dev/null
else
  found || { echo "下载浏览器（仅测试用）· downloading a browser (for the tests only)"; .venv/bin/python -m playwright install chromium >/dev/null 2>&1 </dev/null; }
fi
touch "$stamp"
found || echo "没有可用的 Chromium，浏览器测试将被跳过 · no Chromium could be found or installed: browser tests will be skipped (Debian: apt-get install -y chromium libatomic1 fonts-wqy-microhei)"
exit 0
