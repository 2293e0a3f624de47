#!/usr/bin/env bash
# Everything `make check` checks, all of it even when one fails, with a summary at the end.
set -uo pipefail
cd "$(dirname "$0")/.."
bin=.venv/bin
var=$(mktemp -d)
trap 'rm -rf "$var"' EXIT
failed=()

step() {
  local name=$1
  shift
  printf '\n── %s\n' "$name"
  "$@" || failed+=("$name")
}

# A production instance as deploy/ makes it; no server is asked.
key() { "$bin/python" -c 'import secrets; print(secrets.token_urlsafe(48))'; }
production=(env VAR_DIR="$var" PRODUCTION=1 SECRET_KEY="$(key)" HASH_KEY="$(key)" ALLOWED_HOSTS=mingjing.example.internal
  CSRF_TRUSTED_ORIGINS=https://mingjing.example.internal DATABASE_URL=postgres://mingjing:x@127.0.0.1:1/mingjing REDIS_URL=redis://127.0.0.1:1/0)
embedded=(env -u DATABASE_URL -u REDIS_URL -u PRODUCTION -u DEMO VAR_DIR="$var")

# The types take one core longer than everything else together: they are looked at meanwhile, and told of at the end.
"${embedded[@]}" VAR_DIR="$var/types" "$bin/mypy" >"$var/types.txt" 2>&1 &
types=$!
told() {
  wait "$types"
  local code=$?
  cat "$var/types.txt"
  return "$code"
}

step "ruff check" "$bin/ruff" check .
step "ruff format" "$bin/ruff" format --check .
step "import contracts" "$bin/lint-imports" --no-logo
step "deployment settings" "${production[@]}" "$bin/python" manage.py check --deploy --fail-level WARNING
step "migrations" "${embedded[@]}" "$bin/python" manage.py makemigrations --check --dry-run
step "templates" "$bin/djlint" templates --lint --quiet
step "mypy" told

if [ ${#failed[@]} -gt 0 ]; then
  printf '\nfailed: %s\n' "$(IFS=,; echo "${failed[*]}")"
  exit 1
fi
printf '\nall checks passed\n'
