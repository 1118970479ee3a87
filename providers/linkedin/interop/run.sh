#!/usr/bin/env bash
# Installs LinkedIn's JavaScript client, at the versions of package-lock.json, into a
# temporary folder and runs client.mjs there.
#
#   run.sh <base URL of a sandbox> <token> <author URN>
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
for tool in node npm; do
  command -v "$tool" >/dev/null || { echo "run.sh: $tool is not installed" >&2; exit 127; }
done

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cp "$here/package.json" "$here/package-lock.json" "$here/client.mjs" "$dir/"
cd "$dir"
npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2
node client.mjs "$@"
