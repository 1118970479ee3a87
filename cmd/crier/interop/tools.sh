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

. "$(dirname "$0")/../../../.ci/packages.sh"
provide 'publish real files'
