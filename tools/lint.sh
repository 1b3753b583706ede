#!/usr/bin/env bash
# Every check that needs no run of the product; all are run, then the ones that failed are named.
set -u
cd "$(dirname "$0")/.."
export PATH="$PWD/.venv/bin:$PATH" PYTHONPATH="$PWD"
failed=()
step() {
  local name=$1
  shift
  printf '%s\n' "── $name"
  "$@" || failed+=("$name")
}
step "format" ruff format --check --quiet .
step "ruff" ruff check --quiet .
step "types" mypy
step "floors" lint-imports
step "ratchet" python tools/ratchet.py
step "templates" djlint templates --lint --quiet
step "migrations" python manage.py makemigrations --check --dry-run
# As in production: https, a real host name, a secret of one's own.
step "deploy" env QUIRE_PUBLIC_URL=https://quire.example DJANGO_SETTINGS_MODULE=config.settings python manage.py check --deploy --fail-level WARNING
step "yaml" yamllint -d '{extends: relaxed, rules: {line-length: disable}}' compose.yaml
step "dockerfile" hadolint Dockerfile
step "front end" tools/node npm run --silent check
if ((${#failed[@]})); then
  printf 'lint failed: %s\n' "${failed[*]}"
  exit 1
fi
echo "lint: all green"
