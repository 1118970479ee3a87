#!/usr/bin/env bash
# Makes sure that there is a Chromium, with letters to write with: installs it from the
# packages of Debian where that is allowed without a question. Fails where it is not.
set -euo pipefail

missing() {
  local name
  for name in chromium chromium-browser google-chrome google-chrome-stable; do
    command -v "$name" >/dev/null && return
  done
  echo chromium
  echo fonts-dejavu-core
}

. "$(dirname "$0")/../../../../.ci/packages.sh"
provide 'link accounts in a real browser'
