# syntax=docker/dockerfile:1
FROM debian:12 AS build
WORKDIR /source
COPY scripts/packages.txt scripts/install.sh scripts/
RUN scripts/install.sh build
COPY . .
RUN cmake --workflow --preset package

# What runs is the Debian package, as everywhere else.  In /app older images had
# their configuration; what is remembered belongs to the volume in any case.
FROM debian:12-slim
COPY --from=build /source/build/release/*.deb /tmp/package/
RUN groupadd --system --gid 10001 channel-monitor \
 && useradd --system --uid 10001 --gid 10001 --home-dir /data \
      --shell /usr/sbin/nologin channel-monitor \
 && apt-get update -q \
 && apt-get install -y -q --no-install-recommends /tmp/package/*.deb \
 && rm -rf /var/lib/apt/lists/* /tmp/package \
 && install -d -o channel-monitor -g channel-monitor /data /app \
 && ln -s /data/channel-monitor.db /app/channel-monitor.db
COPY --chmod=755 deploy/docker/entrypoint deploy/docker/healthy /usr/lib/channel-monitor/
# Chinese: LANG=zh_CN.UTF-8, or "language" in the configuration.
ENV LANG=C.UTF-8
USER channel-monitor
# config.json (or .yaml) and the state file live here.
WORKDIR /data
VOLUME /data
HEALTHCHECK --interval=1m --timeout=20s --start-period=30s \
  CMD ["/usr/lib/channel-monitor/healthy"]
ENTRYPOINT ["/usr/lib/channel-monitor/entrypoint"]
CMD ["run"]
