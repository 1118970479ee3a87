#!/usr/bin/env bash
# Makes the secrets of compose.yaml in the folder secrets, each once: what is there stays.
# Only the folder keeps others out, since the users of the containers have to read the files.
# Keep a copy of master-key apart from the backups of the database: without it, all accounts
# have to be linked again; with both, anybody can post in their names.
set -euo pipefail
cd "$(dirname "$0")"
umask 022
mkdir -p -m 0700 secrets

# keep NAME: writes standard input into a secret that is not there yet.
keep() {
	[ -s "secrets/$1" ] || { cat >"secrets/$1.new" && mv "secrets/$1.new" "secrets/$1"; }
}

keep master-key < <(openssl rand -base64 32)
keep api-key < <(openssl rand -hex 24)
keep s3-access-key < <(openssl rand -hex 10)
keep s3-secret-key < <(openssl rand -hex 20)
keep mongo-keyfile < <(openssl rand -base64 756)
keep mongo-root-password < <(openssl rand -hex 24)
keep mongo-crier-password < <(openssl rand -hex 24)
keep store-url < <(printf 'mongodb://crier:%s@mongo-1:27017,mongo-2:27017,mongo-3:27017/crier?replicaSet=crier\n' "$(cat secrets/mongo-crier-password)")

# A certificate that nobody trusts, to begin with: put the real one, followed by its key, here.
if [ ! -s secrets/tls.pem ]; then
	pair=$(mktemp -d)
	trap 'rm -rf "$pair"' EXIT
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=localhost \
		-addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout "$pair/key" -out "$pair/certificate" 2>/dev/null
	keep tls.pem < <(cat "$pair/certificate" "$pair/key")
fi
