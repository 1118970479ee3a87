#!/usr/bin/env bash
# install.sh FOLDER: puts a Bluesky PDS and a PLC directory, in the versions of
# package-lock.json, into FOLDER/node_modules. A folder that has them already, for the Node.js
# that runs here, is left as it is. Of the packages only one may run a script: SQLite, which is
# compiled where no build of it can be downloaded.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

fail() {
	echo "*** A Bluesky server cannot be installed: $1 ***" >&2
	exit 1
}

command -v node >/dev/null || fail 'node is not installed'
node -e 'const [major, minor] = process.versions.node.split(".").map(Number); process.exit(major > 18 || major === 18 && minor >= 7 ? 0 : 1)' ||
	fail "it needs Node.js 18.7 or newer, and this is $(node --version)"

mkdir -p "$(dirname "$1")"
folder=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
installed() {
	cat "$here/package.json" "$here/package-lock.json"
	node -p '[process.platform, process.arch, process.versions.modules].join(" ")'
}
if installed | cmp -s - "$folder/installed"; then
	exit 0
fi
command -v npm >/dev/null || fail 'npm is not installed'

new=$(mktemp -d "$folder.XXXXXX")
trap 'rm -rf "$new"' EXIT
cp "$here/package.json" "$here/package-lock.json" "$new/"
cd "$new"
npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2 || fail 'npm could not fetch its packages, see above'
if ! npm rebuild better-sqlite3 --no-audit --no-fund --loglevel=error >&2; then
	missing=
	for tool in python3 make g++; do
		command -v "$tool" >/dev/null || missing="$missing $tool"
	done
	fail "better-sqlite3 could not be compiled${missing:+, for want of$missing}"
fi
installed >"$new/installed"
chmod 755 "$new"
rm -rf "$folder"
mv "$new" "$folder"
