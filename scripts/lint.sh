#!/bin/sh
# All checks that read the code without running it. Every check runs; the script fails when one of them fails.
cd "$(dirname "$0")/.." || exit 1
code="accounts calendars config courses farm gitsync kernel live mail supervisor"
failed=""

check() {
    name=$1
    shift
    if output=$("$@" 2>&1); then
        echo "ok      $name"
    else
        echo "$output"
        echo "FAILED  $name"
        failed="$failed $name"
    fi
}

check "ruff: rules" ruff check .
check "ruff: format" ruff format --check .
check "mypy: types" mypy .
check "import-linter: layers" lint-imports --no-cache
check "djlint: templates" djlint --lint --quiet templates
# shellcheck disable=SC2086 - $code is a list of folders
check "bandit: security" bandit --quiet --recursive --configfile pyproject.toml --severity-level medium $code
check "django: checks" python manage.py check --settings config.settings_test --fail-level WARNING
check "django: migrations" python manage.py makemigrations --check --dry-run --settings config.settings_test
check "gettext: French" python scripts/check_translations.py
check "sizes: files and template lines" python scripts/check_sizes.py
check "references: files and modules" python scripts/check_references.py

[ -z "$failed" ] || { echo "Failed:$failed"; exit 1; }
