#!/usr/bin/env bash
# Usage: scripts/check_package.sh [PACKAGE.deb]
# Builds the Debian package of the release build, unless one is given, and looks
# at what is in it, without installing it.  scripts/test_package.sh installs it.
set -euo pipefail
cd "$(dirname "$0")/.."
fault() {
  echo "check_package: $*" >&2
  exit 1
}

package=${1:-}
if [ -z "$package" ]; then
  rm -f build/release/*.deb
  cpack --config build/release/CPackConfig.cmake -G DEB -B build/release >build/release/cpack.log ||
    fault "$(cat build/release/cpack.log)"
  package=$(ls build/release/*.deb)
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
dpkg-deb --raw-extract "$package" "$folder/p"
p=$folder/p

field() { dpkg-deb --field "$package" "$1"; }
[ "$(field Package)" = channel-monitor ] || fault "its name is $(field Package)"
[ "$(field Architecture)" = "$(dpkg --print-architecture)" ] || fault "another architecture"
for needed in 'libcurl4t\?6\?4\? (>= 7.87)' ca-certificates adduser libmysqlcppconn libpq5 libsqlite3-0 \
  libsimdjson libyaml-cpp libfmt libssl3 libstdc++6 libc6; do
  field Depends | tr ',' '\n' | grep -q "^ *$needed" || fault "it does not depend on $needed"
done
[ "$(cat "$p/DEBIAN/conffiles")" = /etc/channel-monitor/config.json ] || fault "conffiles"
for script in postinst prerm postrm; do
  [ -x "$p/DEBIAN/$script" ] || fault "no $script"
  sh -n "$p/DEBIAN/$script"
  head -20 "$p/DEBIAN/$script" | grep -qx 'set -e' || fault "$script goes on after a failure"
done
(cd "$p" && md5sum --quiet -c DEBIAN/md5sums) || fault "md5sums"

# Everything of root, nothing that others may write, nothing from a home folder.
dpkg-deb --contents "$package" | while read -r mode owner _ _ _ name _; do
  [ "$owner" = root/root ] || fault "$name belongs to $owner"
  case $mode in ????????w? | ?????w????) fault "$name may be written by others: $mode" ;; esac
  case $mode in ???[sS]* | ??????[sS]*) fault "$name runs as another: $mode" ;; esac
  case $name in
    ./ | ./usr/ | ./usr/bin/ | ./usr/bin/channel-monitor | ./usr/lib/* | ./usr/share/* | ./etc/ | ./etc/channel-monitor/*) ;;
    *) fault "$name has no business there" ;;
  esac
done
for file in usr/bin/channel-monitor usr/lib/systemd/system/channel-monitor.service \
  usr/lib/systemd/system/channel-monitor-once.service \
  usr/lib/systemd/system/channel-monitor-once.timer \
  usr/share/man/man1/channel-monitor.1.gz usr/share/doc/channel-monitor/copyright \
  usr/share/doc/channel-monitor/CHANGELOG.md usr/share/doc/channel-monitor/README.md \
  usr/share/doc/channel-monitor/config_example.json \
  usr/share/doc/channel-monitor/docs/configuration.zh-CN.md \
  usr/share/doc/channel-monitor/docs/schemas/check.schema.json \
  usr/share/doc/channel-monitor/channel-monitor.cdx.json \
  usr/share/channel-monitor/sql/grants-mysql.sql \
  usr/share/bash-completion/completions/channel-monitor \
  usr/share/zsh/vendor-completions/_channel-monitor etc/channel-monitor/config.json; do
  [ -s "$p/$file" ] || fault "no $file"
done
[ "$(stat -c %a "$p/etc/channel-monitor/config.json")" = 640 ] || fault "everybody may read the configuration"
gzip -t "$p"/usr/share/man/man1/*.gz
! readelf -S "$p/usr/bin/channel-monitor" | grep -q '\.debug_info' || fault "it is not stripped"
! readelf -d "$p/usr/bin/channel-monitor" | grep -qE 'RPATH|RUNPATH' || fault "it looks for libraries elsewhere"

# It runs, and its configuration does nothing yet.
program=$p/usr/bin/channel-monitor
[ "$("$program" --version)" = "channel-monitor $(field Version | sed 's/-.*//')" ] || fault "another version"
code=0
said=$(LC_ALL=C "$program" --once --config "$p/etc/channel-monitor/config.json" 2>&1) || code=$?
[ "$code" = 2 ] && [ "$(wc -l <<<"$said")" = 1 ] && grep -q db_dsn <<<"$said" ||
  fault "with its own configuration it ends with $code: $said"

printf '%s: %s kB, installed %s kB\n' "$(basename "$package")" \
  $(($(stat -c %s "$package") / 1024)) "$(field Installed-Size)"
