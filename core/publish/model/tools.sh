#!/usr/bin/env bash
# Makes sure that spin and a C compiler are there, which verify the model: installs them
# from the packages of Debian or Ubuntu where that is allowed without a question. Fails,
# and names what is missing, where it is not.
set -euo pipefail

missing() {
	command -v spin >/dev/null || echo spin
	command -v cc >/dev/null && command -v cpp >/dev/null || printf '%s\n' gcc libc6-dev
}

. "$(dirname "$0")/../../../.ci/packages.sh"
provide 'verify the model'
