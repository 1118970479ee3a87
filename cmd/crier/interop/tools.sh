#!/usr/bin/env bash
# Makes sure that the programs are there that the tests make their files with: installs
# them from the packages of Debian or Ubuntu where that is allowed without a question.
# Fails, and names what is missing, where it is not.
set -euo pipefail

# program: package that has it
tools=(ffmpeg:ffmpeg ffprobe:ffmpeg soffice:libreoffice-impress soffice:libreoffice-writer
  pdfinfo:poppler-utils pdftoppm:poppler-utils)

# A program of two packages tells nothing of the second one.
installed() {
  command -v "$1" >/dev/null || return 1
  case $2 in
    libreoffice-*) ! command -v dpkg-query >/dev/null ||
      [ "$(dpkg-query -W -f '${db:Status-Status}' "$2" 2>/dev/null)" = installed ] ;;
  esac
}

missing() {
  local tool
  for tool in "${tools[@]}"; do
    installed "${tool%%:*}" "${tool#*:}" || echo "${tool#*:}"
  done | sort -u
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
echo "*** MISSING: ${packages[*]}: install them to publish real files ***" >&2
exit 1
