#!/usr/bin/env bash
# Makes the virtual environment with the pinned packages and compiles the translations.
#   tools/setup.sh [python]
set -euo pipefail
cd "$(dirname "$0")/.."

python=${1:-python3}
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "Python 3.11 or later is needed. Name one with: make PYTHON=python3.12 run" >&2
    exit 1
}

make_environment() { "$python" -m venv .venv; }

if [ ! -x .venv/bin/pip ]; then
    # Debian and Ubuntu keep venv's own pip in a package of its own.
    make_environment 2>/dev/null || {
        echo "Installing python3-venv ..." >&2
        if [ "$(id -u)" = 0 ]; then apt-get update -qq; apt-get install -y -qq python3-venv >/dev/null
        elif sudo -n true 2>/dev/null; then sudo apt-get update -qq; sudo apt-get install -y -qq python3-venv >/dev/null
        else echo "Please install it first: sudo apt install python3-venv" >&2; exit 1
        fi
        rm -rf .venv
        make_environment
    }
fi

.venv/bin/pip install --quiet --disable-pip-version-check -r requirements.txt
.venv/bin/pybabel -q compile -f -d vberatung/translations
