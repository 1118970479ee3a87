#!/usr/bin/env bash
# Installs the packages of package-lock.json into a temporary folder and runs client.mjs there.
#
#   run.sh <base URL of a server> <API key>
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
for tool in node npm; do
  command -v "$tool" >/dev/null || { echo "run.sh: $tool is not installed" >&2; exit 127; }
done

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cp "$here"/package.json "$here"/package-lock.json "$here"/*.mjs "$dir/"
cd "$dir"
npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2
CRIER_BASE="$1/api" node --import ./redirect.mjs client.mjs "$@"
