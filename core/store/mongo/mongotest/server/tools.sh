#!/usr/bin/env bash
# Makes sure that a JDK and Maven are there, which make the MongoDB server of the tests:
# installs them from the packages of Debian or Ubuntu where that is allowed without a
# question. Fails, and names what is missing, where it is not.
set -euo pipefail

missing() {
	# The library needs Java 17; an older one counts as none.
	{ javac --release 17 -version && java -version; } >/dev/null 2>&1 || echo default-jdk-headless
	command -v mvn >/dev/null || echo maven
}

. "$(dirname "$0")/../../../../../.ci/packages.sh"
provide 'test with a MongoDB server'
