#!/usr/bin/env bash
# Installs what the browser and database tests need: browsers and PostgreSQL from the
# system's packages, old browsers and axe-core into .cache/. Run it as often as you like.
# What cannot be had is named in one sentence with the tests that are left out; that is no error.
set -euo pipefail
cd "$(dirname "$0")/.."

python=.venv/bin/python
axe_version=0.1.8
axe_sum=fdd263c998388f1a8e67cad02677e612d946248bd44d163be5e8650ea31f95f8
chromium_64=64.0.3264
chromium_64_sum=d702b0f6ae73cfa7e166634a10ab2a7678e62f7baeb5757b7df5fb246f7d84f3
chromium_78=1.20.4
chromium_78_sum=aba7f1562247dda11a704f9bc41294e57a1e197eae31085842479e4c0b025144
chromium_92=10.1.0
chromium_92_sum=6745d06176d629be7021538a901a5a969f335c5a8c10a581b40862e7ed66996e

has() { command -v "$1" >/dev/null 2>&1; }
is_ubuntu() { grep -qs '^ID=ubuntu' /etc/os-release; } # there Chromium and Firefox are snaps

# --- packages of the system: what we look for, its package, the tests that need it

has_chromium() { [ -n "${CHROMIUM:-}" ] || { has chromium && ! is_ubuntu; }; }
has_firefox() { [ -n "${FIREFOX:-}" ] || has firefox-esr; }
has_postgres() { ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || has initdb; }
has_redis() { has redis-server || has valkey-server; }
has_nginx() { [ -e /usr/lib/nginx/modules/ngx_stream_module.so ]; }
has_npm() {
    has npm || [ "$(ls .cache/browsers/chromium-{64,78,92}/chromium 2>/dev/null | wc -l)" = 3 ]
}

needs() {
    cat <<'LIST'
has_chromium|chromium|all tests in a browser
has_firefox|firefox-esr|the talk between Chromium and Firefox
has lynx|lynx|booking without JavaScript
has w3m|w3m|reading the personal page in w3m
has_postgres|postgresql|the tests on PostgreSQL
has_redis|redis-server|the tests of the hub and the limits on Redis
has turnserver|coturn|the tests of the relay, and the talks through it
has_nginx|libnginx-mod-stream|the port that pages and relay share
has_npm|npm|the talks with Chromium 64, 78 and 92
has ip|iproute2|the talk with Firefox and the insecure page
LIST
}

missing() {
    needs | while IFS='|' read -r test package left_out; do
        $test || echo "$package|$left_out"
    done
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

install_packages() {
    local wanted
    wanted=$(missing | cut -d'|' -f1)
    if is_ubuntu; then
        wanted=$(echo "$wanted" | grep -vxE 'chromium|firefox-esr' || true)
    fi
    [ -n "$wanted" ] && has apt-get || return 0
    [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null || return 0
    as_root apt-get update -qq || true
    no_services
    for package in $wanted; do
        as_root env DEBIAN_FRONTEND=noninteractive \
            apt-get install -y -qq --no-install-recommends "$package" >/dev/null || true
    done
    [ -z "$(trap -p EXIT)" ] || services_again
    not_at_boot "$wanted"
}

# Nothing that is installed here may begin to serve, now or when the machine starts: the tests start
# servers of their own, and a coturn without a configuration is open to everybody. See invoke-rc.d(8).
policy=/usr/sbin/policy-rc.d
no_services() {
    if [ -e "$policy" ]; then return; fi
    trap services_again EXIT
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
    as_root chmod 755 "$policy"
}
services_again() {
    trap - EXIT
    as_root rm -f "$policy"
}
not_at_boot() { # packages that were installed
    has systemctl || return 0
    for service in coturn nginx; do
        case $1 in *"$service"*) as_root systemctl disable --quiet "$service" 2>/dev/null || true ;; esac
    done
}

# --- old browsers that ship inside npm packages

unpack_chromium() { # number, version of the npm package, sum of the package
    local folder=.cache/browsers/chromium-$1 archive=chrome-aws-lambda-$2.tgz
    if [ -x "$folder/chromium" ]; then return; fi
    mkdir -p "$folder" &&
        (cd "$folder" && npm pack --silent "chrome-aws-lambda@$2" >/dev/null) &&
        echo "$3  $folder/$archive" | sha256sum --check --quiet &&
        tar -xzf "$folder/$archive" -C "$folder" package/bin/chromium.br &&
        "$python" -c 'import brotli, sys; sys.stdout.buffer.write(brotli.decompress(sys.stdin.buffer.read()))' \
            <"$folder/package/bin/chromium.br" >"$folder/chromium.part" &&
        chmod +x "$folder/chromium.part" &&
        mv "$folder/chromium.part" "$folder/chromium" &&
        rm -r "$folder/package" "$folder/$archive"
}

# --- the accessibility checker, one file out of a Python package whose own dependencies we do not need

unpack_axe() {
    local folder=.cache/axe-core wheel=axe_playwright_python-$axe_version-py3-none-any.whl
    if [ -f "$folder/axe.min.js" ]; then return; fi
    mkdir -p "$folder" &&
        "$python" -m pip download --quiet --disable-pip-version-check --no-deps --dest "$folder" \
            "axe-playwright-python==$axe_version" &&
        echo "$axe_sum  $folder/$wheel" | sha256sum --check --quiet &&
        "$python" -m zipfile -e "$folder/$wheel" "$folder/wheel" &&
        mv "$folder/wheel/axe_playwright_python/axe.min.js" "$folder/" &&
        rm -r "$folder/wheel" "$folder/$wheel"
}

[ -x "$python" ] || { echo "There is no .venv yet: make the virtual environment first." >&2; exit 1; }
[ -z "$(missing)" ] || install_packages
missing | while IFS='|' read -r package left_out; do
    echo "$package is missing, so this is left out: $left_out."
done
if is_ubuntu; then
    echo "On Ubuntu, Chromium and Firefox are snaps: name other ones with CHROMIUM=/path and FIREFOX=/path."
fi
if has npm; then
    for number in 64 78 92; do
        package=chromium_$number sum=chromium_${number}_sum
        unpack_chromium "$number" "${!package}" "${!sum}" ||
            echo "Chromium $number could not be fetched, so this is left out: the talk with Chromium $number."
    done
fi
unpack_axe || echo "axe-core could not be fetched, so this is left out: the accessibility tests."
