#!/bin/sh
# Rebuilds static/vendor/kern/kern-subset.css (and fetches htmx) from npm. Only for developers: the product needs no Node.
# Run it after adding a KERN class or colour to the templates or to app.css:   tools/vendor-kern.sh
set -eu
here=$(cd "$(dirname "$0")" && pwd)
static=$here/../vberatung/static
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cp "$here/kern/kern-subset.scss" "$here/kern/shrink.js" "$work/"
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts \
    @kern-ux/native@2.7.2 htmx.org@1.9.12 sass@1.108.2 lightningcss@1.33.0 postcss@8.5.33

npx sass --quiet --load-path=node_modules/@kern-ux/native/src/scss kern-subset.scss kern.css
node shrink.js kern.css "$static/vendor/kern/kern-subset.css" "$static/css/app.css"
cp node_modules/@kern-ux/native/LICENSE.md "$static/vendor/kern/LICENSE.md"
cp node_modules/htmx.org/dist/htmx.min.js "$static/vendor/htmx/htmx-1.9.12.min.js"
cp node_modules/htmx.org/LICENSE "$static/vendor/htmx/LICENSE"
