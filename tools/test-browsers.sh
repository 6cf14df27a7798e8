#!/usr/bin/env bash
# Runs the tests in tests/browser/ in a network of their own, from which nothing outside can be
# reached. It has an interface and a route besides loopback: Firefox offers only such addresses.
# Usage: tools/test-browsers.sh [tests/browser/FILE …] [arguments of pytest]
set -euo pipefail
cd "$(dirname "$0")/.."

if [ "${1:-}" = --inside ]; then
    shift
    ip link set lo up
    ip link add browsers type veth peer name browsers-end
    ip address add 198.51.100.1/24 dev browsers # TEST-NET-2: belongs to nobody
    ip link set browsers up
    ip link set browsers-end up
    ip route add default dev browsers # ends at the other end of the pair
elif unshare --net ip link set lo up >/dev/null 2>&1; then
    exec unshare --net "$0" --inside "$@"
elif unshare --map-root-user --net ip link set lo up >/dev/null 2>&1; then
    exec unshare --map-root-user --net "$0" --inside "$@"
else
    echo "No network namespace can be made here: the talk with Firefox and the insecure page are left out."
fi
case " $*" in
*" tests/browser/"*) ;;
*) set -- tests/browser -n 2 --dist loadfile "$@" ;; # they mostly wait for each other
esac
exec .venv/bin/python -m pytest "$@"
