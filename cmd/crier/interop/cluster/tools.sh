#!/usr/bin/env bash
# Makes sure that HAProxy, systemd-analyze and openssl are there: installs them from the
# packages of Debian or Ubuntu where that is allowed without a question. Fails, and names
# what is missing, where it is not.
set -euo pipefail

missing() {
	command -v haproxy >/dev/null || [ -x /usr/sbin/haproxy ] || echo haproxy
	command -v systemd-analyze >/dev/null || echo systemd
	command -v openssl >/dev/null || echo openssl
}

. "$(dirname "$0")/../../../../.ci/packages.sh"
provide 'run servers behind a load balancer'
