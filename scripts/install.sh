#!/bin/sh
# Usage: scripts/install.sh GROUP...
# Installs the Debian packages of those groups of scripts/packages.txt that are
# missing.  Needs root, or sudo, only if some are.
set -eu
cd "$(dirname "$0")"

missing=""
for group in "$@"; do
  for package in $(sed -n "s/^$group //p" packages.txt); do
    if ! dpkg-query -W -f '${Status}' "$package" 2>/dev/null |
      grep -q "ok installed"; then
      missing="$missing $package"
    fi
  done
done
[ -n "$missing" ] || exit 0

as_root=""
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "These packages are missing; install them as root:$missing" >&2
    exit 1
  fi
  as_root="sudo"
fi
echo "Installing:$missing" >&2
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update -q >&2
# shellcheck disable=SC2086
$as_root apt-get install -y -q --no-install-recommends $missing >&2
