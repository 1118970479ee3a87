#!/usr/bin/env bash
# with.sh PROGRAM COMMAND...: runs a command beside a MongoDB server, which PROGRAM is. The
# command finds the server's URL in CRIER_TEST_MONGO_URL. The server keeps everything in memory,
# and ends when this does, in whichever way.
set -euo pipefail
program=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
shift

coproc SERVER { exec "$program" 127.0.0.1:0; }
if ! read -r -t 60 CRIER_TEST_MONGO_URL <&"${SERVER[0]}"; then
	echo "*** $program did not start ***" >&2
	exit 1
fi
export CRIER_TEST_MONGO_URL
"$@"
