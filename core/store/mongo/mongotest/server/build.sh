#!/usr/bin/env bash
# build.sh FOLDER: makes the MongoDB server of the tests; the program is FOLDER/mongo-server.
# Maven fetches the libraries, in the versions of pom.xml; where it is set up to ask a
# mirror, it does.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$(dirname "$1")"
folder=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")

new=$(mktemp -d "$folder.XXXXXX")
trap 'rm -rf "$new"' EXIT
mvn --batch-mode --quiet --strict-checksums -Dstyle.color=never --file "$here/pom.xml" dependency:copy-dependencies -DoutputDirectory="$new/lib"
javac --release 17 -Xlint:all,-classfile -Werror -cp "$new/lib/*" -d "$new/classes" "$here/TestServer.java"

cat >"$new/mongo-server" <<'PROGRAM'
#!/bin/sh
here=$(cd "$(dirname "$0")" && pwd)
exec java -Xmx1g -XX:+UseSerialGC -Dslf4j.internal.verbosity=ERROR -cp "$here/lib/*:$here/classes" TestServer "$@"
PROGRAM
chmod 755 "$new" "$new/mongo-server"
rm -rf "$folder"
mv "$new" "$folder"
