# syntax=docker/dockerfile:1
FROM debian:12 AS build
WORKDIR /source
COPY scripts/packages.txt scripts/install.sh scripts/
RUN scripts/install.sh build
COPY . .
RUN cmake -S . -B /build -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo \
      -DCMAKE_INTERPROCEDURAL_OPTIMIZATION=ON -DTESTS=OFF \
      -DCMAKE_INSTALL_PREFIX=/usr \
 && cmake --build /build \
 && DESTDIR=/installed cmake --install /build --strip

FROM debian:12-slim
COPY scripts/packages.txt scripts/install.sh /tmp/scripts/
RUN /tmp/scripts/install.sh run \
 && apt-get install -y -q --no-install-recommends \
      libcurl4 libfmt9 libmysqlcppconn7v5 libpq5 libsimdjson14 libsqlite3-0 libssl3 libstdc++6 \
      libyaml-cpp0.7 \
 && rm -rf /var/lib/apt/lists/* /tmp/scripts \
 && useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin monitor \
 && install -d -o monitor -g monitor /data
COPY --from=build /installed /
USER monitor
# config.json and the state file live here.
WORKDIR /data
VOLUME /data
ENTRYPOINT ["channel-monitor"]
CMD ["run"]
