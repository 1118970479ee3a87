# Sourced by scripts that need programs. provide PURPOSE installs what the function
# `missing` of the script names, from the packages of Debian or Ubuntu, where that is
# allowed without a question; where it is not, it names them and fails.

provide() {
	local packages sudo=()
	mapfile -t packages < <(missing)
	((${#packages[@]})) || return 0
	[ "$(id -u)" = 0 ] || sudo=(sudo -n)
	if command -v apt-get >/dev/null && { [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; }; then
		echo "installing ${packages[*]}" >&2
		"${sudo[@]}" apt-get update -qq >&2 || true # an older list may do
		"${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" >&2 || true
		mapfile -t packages < <(missing)
		((${#packages[@]})) || return 0
	fi
	echo "*** MISSING: ${packages[*]}: install them to $1 ***" >&2
	return 1
}
