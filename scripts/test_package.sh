#!/usr/bin/env bash
# Usage: scripts/test_package.sh [PACKAGE.deb]
# Installs the Debian package into a clean Debian of its own (made by mmdebstrap,
# kept in build/package), runs it, upgrades it, removes it, purges it, and does
# what the Dockerfile's second stage does.  Needs root; takes some minutes, and is
# not part of .ci/run.
set -euo pipefail
cd "$(dirname "$0")/.."
fault() {
  echo "test_package: $*" >&2
  exit 1
}
step() { printf '== %s (%s s)\n' "$1" "$SECONDS"; }

scripts/install.sh package
package=${1:-}
if [ -z "$package" ]; then
  scripts/check_package.sh
  package=$(ls build/release/*.deb)
fi
codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
kept=build/package/$codename.tar
mkdir -p build/package
if [ ! -e "$kept" ]; then
  step "a clean Debian"
  mmdebstrap --quiet --variant=minbase "$codename" "$kept.part"
  mv "$kept.part" "$kept"
fi
root=$(mktemp -d)
chmod 755 "$root"
cleanup() {
  umount "$root/proc" 2>/dev/null || true
  rm -rf --one-file-system "$root"
}
trap cleanup EXIT
unpack() {
  umount "$root/proc" 2>/dev/null || true
  find "$root" -mindepth 1 -maxdepth 1 -exec rm -rf --one-file-system {} +
  tar -C "$root" -xf "$kept"
  cp /etc/resolv.conf "$root/etc/resolv.conf"
  # A mirror may stand still for longer than Debian's own does.
  echo 'Acquire::Check-Valid-Until "false"; Acquire::Check-Date "false";' >"$root/etc/apt/apt.conf.d/99mirror"
  mount -t proc proc "$root/proc"
}
inside() { chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"; }
as_service() { inside setpriv --reuid=channel-monitor --regid=channel-monitor --init-groups "$@"; }
ends() { # CODE COMMAND...: checks how it ends and gives what it said.
  local expected=$1 code=0 said
  shift
  said=$("$@" 2>&1) || code=$?
  [ "$code" = "$expected" ] || fault "$* ended with $code: $said"
  printf '%s\n' "$said"
}
says() { grep -qF -- "$1" || fault "nothing says \"$1\""; }

step "install"
unpack
cp "$package" "$root/channel-monitor.deb"
inside apt-get update -q >/dev/null
before=$(inside du -sk /usr | cut -f1)
inside apt-get install -y -q --no-install-recommends /channel-monitor.deb >"$root/install.log" 2>&1 ||
  fault "$(cat "$root/install.log")"
says "channel-monitor is installed, but not enabled" <"$root/install.log"
inside apt-get clean
printf 'with all that it needs: %s kB\n' $(($(inside du -sk /usr | cut -f1) - before))
inside dpkg --verify channel-monitor
[ "$(inside stat -c '%a %U %G' /etc/channel-monitor/config.json)" = "640 root channel-monitor" ] || fault "rights of the configuration"
[ "$(inside stat -c '%a %U' /var/lib/channel-monitor)" = "750 channel-monitor" ] || fault "rights of the state's folder"
inside getent passwd channel-monitor | says ":/var/lib/channel-monitor:/usr/sbin/nologin"

step "run"
ends 0 inside channel-monitor --version | says "channel-monitor "
ends 0 as_service channel-monitor demo --format json | says '"schema"'
ends 2 as_service channel-monitor --config /etc/channel-monitor/config.json | says db_dsn
# A gateway's file that the service may write, and the configuration for it.
inside install -d -o channel-monitor /srv/gateway
python3 - "$root/srv/gateway/one-api.db" sql/gateway/newapi-sqlite.sql <<'PYTHON'
import sqlite3, sys
with sqlite3.connect(sys.argv[1]) as made:
    made.executescript(open(sys.argv[2]).read())
PYTHON
inside chown channel-monitor /srv/gateway/one-api.db
ends 0 inside channel-monitor init --force --output /etc/channel-monitor/config.json \
  --db-type sqlite --dsn /srv/gateway/one-api.db | says newapi
[ "$(inside stat -c '%a %U %G' /etc/channel-monitor/config.json)" = "640 root channel-monitor" ] || fault "init changed the rights"
check=$(ends 1 as_service channel-monitor check --config /etc/channel-monitor/config.json)
says "/var/lib/channel-monitor/channel-monitor.db will be made" <<<"$check"
says "may be written" <<<"$check"
# Its upstreams are made up; whatever the round comes to, it is remembered.
inside sed -i 's/"timeout": 10/"timeout": "1s", "retry": {"attempts": 0}/' /etc/channel-monitor/config.json
as_service timeout 120 channel-monitor --once --config /etc/channel-monitor/config.json >"$root/round.log" 2>&1 || [ $? = 1 ] ||
  fault "$(cat "$root/round.log")"
[ "$(inside stat -c '%a %U' /var/lib/channel-monitor/channel-monitor.db)" = "600 channel-monitor" ] || fault "no state"
inside bash -c '. /usr/share/bash-completion/completions/channel-monitor; complete -p channel-monitor' >/dev/null

step "upgrade"
dpkg-deb --raw-extract "$package" "$root/newer"
sed -i 's/^Version: .*/&+newer/' "$root/newer/DEBIAN/control"
sed -i '1i // A newer example.' "$root/newer/etc/channel-monitor/config.json"
(cd "$root/newer" && find etc usr -type f -exec md5sum {} + >DEBIAN/md5sums)
dpkg-deb --root-owner-group --build "$root/newer" "$root/newer.deb" >/dev/null
# There is no systemd here; what it would be asked is noted.
mkdir -p "$root/run/systemd/system"
cat >"$root/usr/bin/systemctl" <<'SH'
#!/bin/sh
echo "$*" >>/asked
case "$*" in *is-active*) [ -e /is-active ] ;; esac
SH
chmod 755 "$root/usr/bin/systemctl"
touch "$root/is-active"
edited=$(md5sum <"$root/etc/channel-monitor/config.json")
state=$(md5sum <"$root/var/lib/channel-monitor/channel-monitor.db")
inside apt-get install -y -q -o Dpkg::Options::=--force-confold /newer.deb >"$root/upgrade.log" 2>&1 ||
  fault "$(cat "$root/upgrade.log")"
grep -q 'restart channel-monitor.service' "$root/asked" || fault "a service that ran is not begun anew: $(cat "$root/asked")"
! grep -qE '^(--[a-z]+ )*(start|enable)' "$root/asked" || fault "an upgrade starts something: $(cat "$root/asked")"
! grep -q "not enabled" "$root/upgrade.log" || fault "an upgrade speaks as if it were new"
[ "$(md5sum <"$root/etc/channel-monitor/config.json")" = "$edited" ] || fault "the edited configuration is lost"
[ "$(md5sum <"$root/var/lib/channel-monitor/channel-monitor.db")" = "$state" ] || fault "the state is lost"
inside dpkg-query -W channel-monitor | says +newer
ends 0 as_service channel-monitor history --config /etc/channel-monitor/config.json >/dev/null

step "remove and purge"
inside apt-get remove -y -q channel-monitor >/dev/null 2>&1
grep -q 'stop channel-monitor.service' "$root/asked" || fault "removing stops nothing: $(cat "$root/asked")"
rm "$root/asked" "$root/is-active"
[ ! -e "$root/usr/bin/channel-monitor" ] || fault "the program is still there"
[ -s "$root/etc/channel-monitor/config.json" ] && [ -s "$root/var/lib/channel-monitor/channel-monitor.db" ] ||
  fault "removing took more than the program"
inside apt-get install -y -q --no-install-recommends -o Dpkg::Options::=--force-confold /channel-monitor.deb >/dev/null 2>&1
[ "$(md5sum <"$root/etc/channel-monitor/config.json")" = "$edited" ] || fault "coming back took the configuration"
! grep -qE 'start|enable ' "$root/asked" || fault "installing starts something: $(cat "$root/asked")"
inside apt-get purge -y -q channel-monitor >/dev/null 2>&1
for left in /etc/channel-monitor /var/lib/channel-monitor /usr/share/channel-monitor; do
  [ ! -e "$root$left" ] || fault "purging left $left"
done
[ -s "$root/srv/gateway/one-api.db" ] || fault "purging took the gateway's file"

step "what the Dockerfile does"
unpack
mkdir -p "$root/tmp/package"
cp "$package" "$root/tmp/package/"
# The second stage's RUN lines, as they are.
sed -n '/slim$/,$p' Dockerfile | sed -n '/^RUN /,/[^\\]$/p' | sed '1s/^RUN //' >"$root/run.sh"
grep -q useradd "$root/run.sh" || fault "no RUN in the Dockerfile"
inside sh -ec "$(cat "$root/run.sh")" >"$root/run.log" 2>&1 || fault "$(cat "$root/run.log")"
install -D -t "$root/usr/lib/channel-monitor" -m 755 deploy/docker/entrypoint deploy/docker/healthy
in_container() { # FOLDER COMMAND...
  inside setpriv --reuid=10001 --regid=10001 --clear-groups sh -c 'cd "$0" && shift 0 && exec "$@"' "$@"
}
[ "$(inside stat -c '%u %g' /data)" = "10001 10001" ] || fault "the volume is not its own"
entry=/usr/lib/channel-monitor/entrypoint
ends 2 in_container /data "$entry" run --once | says /data
ends 2 in_container /data /usr/lib/channel-monitor/healthy >/dev/null
# As the image of v0.5.5 was used: /app/config.json, nothing in /data.
install -d -o 10001 "$root/srv/gateway"
python3 - "$root/srv/gateway/one-api.db" sql/gateway/newapi-sqlite.sql <<'PYTHON'
import sqlite3, sys
with sqlite3.connect(sys.argv[1]) as made:
    made.executescript(open(sys.argv[2]).read())
PYTHON
chown 10001 "$root/srv/gateway/one-api.db"
echo '{"db_type": "sqlite", "db_dsn": "/srv/gateway/one-api.db", "time_period": "1h",
  "timeout": 1, "retry": {"attempts": 0}}' >"$root/app/config.json"
ends 0 in_container /data /usr/lib/channel-monitor/healthy >/dev/null
in_container /data timeout 120 "$entry" --once >"$root/round.log" 2>&1 || [ $? = 1 ] || fault "$(cat "$root/round.log")"
[ "$(stat -c '%F %u' "$root/data/channel-monitor.db")" = "regular file 10001" ] || fault "the state is not in the volume"
# A configuration in /data comes first.
echo '{"db_type": "sqlite", "db_dsn": "/nowhere", "time_period": "1h"}' >"$root/data/config.json"
ends 3 in_container /data /usr/lib/channel-monitor/healthy >/dev/null
# A service that serves metrics is asked itself.
echo '{"db_type": "sqlite", "db_dsn": "/srv/gateway/one-api.db", "time_period": "1h",
  "metrics": {"listen": "127.0.0.1:9464"}}' >"$root/app/config.json"
in_container /data timeout 5 "$entry" run --config /app/config.json >"$root/daemon.log" 2>&1 </dev/null &
daemon=$!
for _ in $(seq 100); do
  sleep 0.1
  ! grep -q "metrics are served" "$root/daemon.log" || break
done
ends 0 in_container /data /usr/lib/channel-monitor/healthy >/dev/null
wait "$daemon" || true
ends 3 in_container /data /usr/lib/channel-monitor/healthy >/dev/null
echo "The package installs, runs, upgrades, leaves, and makes the image ($SECONDS s)."
