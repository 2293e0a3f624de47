#!/usr/bin/env bash
# Makes .venv: "setup.sh run" with what the system needs, "setup.sh dev" with what tests and checks need on top.
# A stamp holds the fingerprint of the requirements, so that a second call does nothing and takes milliseconds.
set -euo pipefail
cd "$(dirname "$0")/.."
kind=${1:-run}
case $kind in
  run) wanted=(requirements.txt) ;;
  dev) wanted=(requirements.txt requirements-dev.txt) ;;
  *) echo "usage: scripts/setup.sh run|dev" >&2; exit 2 ;;
esac

fail() { echo "$1" >&2; exit 2; }
is_root() { [ "$(id -u)" = 0 ]; }

apt_install() {
  export DEBIAN_FRONTEND=noninteractive
  local log=.venv.apt.log
  { apt-get update -q && apt-get install -y -q --no-install-recommends "$@"; } >"$log" 2>&1 </dev/null && rm -f "$log" && return 0
  tail -n 3 "$log" >&2
  rm -f "$log"
  return 1
}

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

find_python() {
  local candidate
  for candidate in ${PYTHON3:-} python3 python3.14 python3.13 python3.12 python3.11; do
    if command -v "$candidate" >/dev/null && new_enough "$candidate"; then command -v "$candidate"; return; fi
  done
  fail "需要 Python 3.11 或更高版本，本机为 $(python3 --version 2>&1 || true)。Python 3.11 or newer is needed: install it, or name one with PYTHON3=/path/to/python3.11 make $kind"
}

make_venv() {
  local python=$1 package
  if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    package=$("$python" -c 'import sys; print(f"python{sys.version_info[0]}.{sys.version_info[1]}-venv")')
    if is_root && command -v apt-get >/dev/null; then
      echo "安装 $package · installing $package"
      apt_install "$package" || fail "无法安装 $package，请手动执行 · $package could not be installed, run: apt-get update && apt-get install -y $package"
    else
      fail "缺少 ensurepip，请先执行 · this Python lacks ensurepip, run first: sudo apt-get install -y $package"
    fi
  fi
  rm -rf .venv
  "$python" -m venv .venv
}

fingerprint() { { cat "${wanted[@]}"; pwd; .venv/bin/python -V; } 2>/dev/null | sha256sum | cut -d' ' -f1; }

# The project may have been moved or its Python taken away: a venv that does not start is made anew.
if ! .venv/bin/python -c 'import pip' 2>/dev/null; then
  python=$(find_python) || exit 2
  make_venv "$python"
fi

stamp=.venv/installed-$kind
if [ "$(cat "$stamp" 2>/dev/null)" != "$(fingerprint)" ]; then
  echo "安装依赖（首次约 1–2 分钟）· installing requirements (1–2 minutes the first time)"
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input -r "${wanted[-1]}" ||
    fail "依赖安装失败，检查网络或软件源后重试 · pip could not install the requirements (see above): check the network or package index, then run make again"
  fingerprint >"$stamp"
fi

scripts/paper.sh
[ "$kind" = run ] || scripts/browser.sh
