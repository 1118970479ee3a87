#!/usr/bin/env bash
# Makes sure that spin and a C compiler are there, which verify the model: installs them
# from the packages of Debian or Ubuntu where that is allowed without a question. Fails,
# and names what is missing, where it is not.
set -euo pipefail

missing() {
	command -v spin >/dev/null || echo spin
	command -v cc >/dev/null && command -v cpp >/dev/null || printf '%s\n' gcc libc6-dev
}

mapfile -t packages < <(missing)
((${#packages[@]})) || exit 0

sudo=()
[ "$(id -u)" = 0 ] || sudo=(sudo -n)
if command -v apt-get >/dev/null && { [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; }; then
	echo "installing ${packages[*]}" >&2
	"${sudo[@]}" apt-get update -qq >&2 || true # an older list may do
	"${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" >&2 || true
	mapfile -t packages < <(missing)
	((${#packages[@]})) || exit 0
fi
echo "*** MISSING: ${packages[*]}: install them to verify the model ***" >&2
exit 1
