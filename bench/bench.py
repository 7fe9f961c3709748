"""Measures the program against libcurl's own floor; see run.sh.

Every figure is the median over pairs of fresh processes, floor and program in
turn.  CPU is what wait4 says of the process, memory its VmHWM, connections what
the upstream counted.  After each round the database is compared with the truth:
one wrong row fails the measurement, whatever the time.
"""

import argparse
import atexit
import json
import os
import re
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

SITES, MODELS = 200, 50
PROBES = SITES * MODELS
LONGEST = 300


class Ended:
    """What a process cost."""

    def __init__(self, command, **how):
        begin = time.monotonic()
        process = subprocess.Popen(command, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True, **how)
        self.memory = 0.0
        out_reader = _Reader(process.stdout)
        err_reader = _Reader(process.stderr)
        status = f"/proc/{process.pid}/status"
        while True:
            try:
                text = open(status).read()
                found = re.search(r"VmHWM:\s+(\d+) kB", text)
                if found:
                    self.memory = int(found[1]) / 1024
            except OSError:
                pass
            pid, code, usage = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            if time.monotonic() - begin > LONGEST:
                process.kill()
                sys.exit(f"still running after {LONGEST} s: {command}")
            time.sleep(0.01)
        self.wall = time.monotonic() - begin
        process.returncode = os.waitstatus_to_exitcode(code)
        self.code = process.returncode
        self.cpu = usage.ru_utime + usage.ru_stime
        self.out = out_reader.text()
        self.err = err_reader.text()


class _Reader:
    """Reads a pipe to its end beside everything else."""

    def __init__(self, pipe):
        import threading
        self._pieces = []
        self._thread = threading.Thread(
            target=lambda: self._pieces.append(pipe.read()))
        self._thread.start()

    def text(self):
        self._thread.join()
        return "".join(self._pieces)


class Upstream:
    """The simulated upstream, and perhaps nginx before it."""

    def __init__(self, tools, least=0, most=5, sites=SITES, models=MODELS):
        self.process = subprocess.Popen(
            [f"{tools}/bench_upstream", str(sites), str(models), str(least),
             str(most)], stdout=subprocess.PIPE, text=True)
        # Whatever ends us ends it.
        atexit.register(self.process.kill)
        self.port = int(self.process.stdout.readline())
        self.url = f"http://127.0.0.1:{self.port}"

    def counted(self):
        with urllib.request.urlopen(f"{self.url}/_counters",
                                    timeout=10) as answer:
            return json.load(answer)

    def close(self):
        self.process.kill()
        self.process.wait()


class Front:
    """nginx with TLS before an upstream; HTTP/2 where it is wished for."""

    def __init__(self, folder, upstream, http2):
        self.folder = os.path.join(folder, "h2" if http2 else "h1")
        os.makedirs(self.folder)
        key, certificate = self.file("key.pem"), self.file("cert.pem")
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes",
             "-keyout", key, "-out", certificate, "-days", "2", "-subj",
             "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
            check=True, capture_output=True)
        # The bundle of the system and ours in one file.
        with open(self.file("ca.pem"), "w") as bundle:
            bundle.write(open("/etc/ssl/certs/ca-certificates.crt").read())
            bundle.write(open(certificate).read())
        self.ca = self.file("ca.pem")
        self.port = free_port()
        with open(self.file("nginx.conf"), "w") as conf:
            conf.write(f"""
daemon off; worker_processes 1; pid {self.file("pid")};
error_log {self.file("error.log")} crit;
events {{ worker_connections 30000; }}
worker_rlimit_nofile 60000;
http {{
  access_log off; keepalive_requests 1000000; keepalive_timeout 60s;
  http2_max_concurrent_streams 128;
  client_body_temp_path {self.file("b")}; proxy_temp_path {self.file("p")};
  fastcgi_temp_path {self.file("f")}; uwsgi_temp_path {self.file("u")};
  scgi_temp_path {self.file("s")};
  upstream up {{ server 127.0.0.1:{upstream.port}; keepalive 2000;
    keepalive_requests 1000000; }}
  server {{
    listen 127.0.0.1:{self.port} ssl {"http2" if http2 else ""} backlog=4096;
    ssl_certificate {certificate}; ssl_certificate_key {key};
    location / {{ proxy_pass http://up; proxy_http_version 1.1;
      proxy_set_header Connection ""; proxy_buffering off; }}
  }}
}}
""")
        self.process = subprocess.Popen(
            ["/usr/sbin/nginx", "-p", self.folder, "-c",
             self.file("nginx.conf")], stderr=subprocess.DEVNULL)
        atexit.register(self.process.terminate)
        self.url = f"https://localhost:{self.port}"
        wait_for_port(self.port)

    def file(self, name):
        return os.path.join(self.folder, name)

    def close(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


def free_port():
    import socket
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def wait_for_port(port):
    import socket
    for _ in range(500):
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.01)
    sys.exit(f"nothing listens on port {port}")


SCHEMA = """
CREATE TABLE channels (id integer PRIMARY KEY, type integer DEFAULT 0,
  key text NOT NULL, open_ai_organization text, test_model text,
  status integer DEFAULT 1, name text, weight integer DEFAULT 0,
  created_time integer, test_time integer, response_time integer,
  base_url text DEFAULT "", other text, balance real,
  balance_updated_time integer, models text, "group" varchar(64) DEFAULT
  'default', used_quota integer DEFAULT 0, model_mapping text,
  status_code_mapping varchar(1024) DEFAULT "", priority integer DEFAULT 0,
  auto_ban integer DEFAULT 1, other_info text, tag text, setting text,
  param_override text, header_override text, remark text, channel_info json,
  settings text);
CREATE TABLE abilities ("group" varchar(64), model varchar(255),
  channel_id integer, enabled numeric, priority integer DEFAULT 0,
  weight integer DEFAULT 0, tag text, PRIMARY KEY ("group", model, channel_id));
CREATE INDEX idx_abilities_channel_id ON abilities (channel_id);
"""


def make_gateway(file, url, channels, lists):
    """A gateway; `lists(i)` says what channel i lists."""
    base = sqlite3.connect(file)
    base.executescript(SCHEMA)
    for i in range(channels):
        names = lists(i)
        base.execute(
            "INSERT INTO channels (id, type, key, status, name, created_time,"
            " base_url, models, auto_ban, model_mapping, other, setting,"
            " used_quota) VALUES (?, 1, ?, 1, ?, 1, ?, ?, 1, '', '', '', 7)",
            (i + 1, f"sk-bench-{i:06d}", f"channel {i}", f"{url}/s{i % SITES}",
             ",".join(names)))
        base.executemany(
            "INSERT INTO abilities VALUES ('default', ?, ?, 1, 0, 0, NULL)",
            [(name, i + 1) for name in names])
    base.commit()
    base.close()


def wrong_rows(file, lists):
    """How many channels are not as they should be after a round."""
    base = sqlite3.connect(file)
    wrong = 0
    abilities = {}
    for model, channel in base.execute(
            "SELECT model, channel_id FROM abilities WHERE enabled = 1"
            " AND priority = 0 AND weight = 0 AND \"group\" = 'default'"):
        abilities.setdefault(channel, set()).add(model)
    for channel, models, status, quota in base.execute(
            "SELECT id, models, status, used_quota FROM channels"):
        expected = lists(channel - 1)
        if (models != ",".join(expected) or status != 1 or quota != 7 or
                abilities.get(channel, set()) != set(expected)):
            wrong += 1
    base.close()
    return wrong


def steady_lists(_):
    return [f"m{i}" for i in range(MODELS)]


def rotten_lists(_):
    """One name is dead, and the new one is not there yet."""
    return [f"m{i}" for i in range(MODELS - 1)] + ["m0@gone"]


def mended_lists(_):
    return [f"m{i}" for i in range(MODELS - 1)] + [f"m{MODELS - 1}",
                                                   "brand-new"]


class Bench:
    def __init__(self, options):
        self.options = options
        build = os.path.abspath(options.build)
        self.tools = os.path.join(build, "bench")
        self.program = os.path.join(build, "app", "channel-monitor")
        self.rows = []
        self.wrong = 0

    def configuration(self, folder, **more):
        settings = {
            "db_type": "sqlite", "db_dsn": os.path.join(folder, "gateway.db"),
            "state": os.path.join(folder, "state.db"), "max_concurrent": 50,
            "rps": 0, "max_per_host": 512, "max_in_flight": 512,
            "add_new_models": True, "probe": {"stream": False},
            "guard": {"max_removed_percent": 100}, "log": {"level": "error"},
        }
        settings.update(more)
        file = os.path.join(folder, "config.json")
        with open(file, "w") as out:
            json.dump(settings, out)
        return file

    def round(self, url, arguments=(), lists=steady_lists, truth=None,
              channels=SITES, program=None, rounds=1, **more):
        """One round in a world of its own."""
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            gateway = os.path.join(folder, "gateway.db")
            make_gateway(gateway, url, channels, lists)
            config = self.configuration(folder, **more)
            command = [program or self.program, "--once", "--format", "json",
                       "--config", config, *arguments]
            for _ in range(rounds):
                ended = Ended(command, cwd=folder)
            if ended.code not in (0, 1):
                sys.exit(f"the program ended with {ended.code}: {ended.err}")
            if truth is not None:
                self.wrong += wrong_rows(gateway, truth)
            ended.folder_state = os.path.getsize(
                os.path.join(folder, "state.db")) if os.path.exists(
                    os.path.join(folder, "state.db")) else 0
            return ended

    def floor(self, url, stream=False, ca="", in_flight=512, models=MODELS):
        ended = Ended([f"{self.tools}/bench_floor", url, str(SITES),
                       str(models), str(in_flight), str(int(stream)), ca])
        if ended.code != 0:
            sys.exit(f"the floor failed: {ended.out} {ended.err}")
        return ended

    def row(self, name, must, aim, values, unit="", digits=2):
        middle = statistics.median(values)
        slack = 1.3 if self.options.quick else 1
        verdict = ("aim" if middle <= aim else
                   "must" if middle <= must else
                   "slack" if middle <= must * slack else "MISSED")
        self.rows.append({"figure": name, "unit": unit, "must": must,
                          "aim": aim, "median": round(middle, digits + 1),
                          "least": round(min(values), digits + 1),
                          "most": round(max(values), digits + 1),
                          "verdict": verdict})
        if not self.options.json:
            print(f"{name:58} {must:>8} {aim:>8} {middle:>9.{digits}f} "
                  f"{min(values):>8.{digits}f} – {max(values):<8.{digits}f}"
                  f" {unit:4} {verdict}", flush=True)

    def run(self):
        options = self.options
        pairs = options.pairs or (2 if options.quick else 5)
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            self.folder = folder
            if not options.json:
                print(f"{'figure':58} {'must':>8} {'aim':>8} {'median':>9} "
                      f"range; load {os.getloadavg()[0]:.1f}")
            self.plain(pairs)
            if os.path.exists("/usr/sbin/nginx"):
                self.encrypted(pairs, False, 1.5, 1.25)
                self.encrypted(pairs, True, 1.6, 1.3)
            if not options.quick:
                self.many_in_flight()
                self.scale()
            self.limits(1 if options.quick else 3)
            self.hanging(1 if options.quick else 2)
            self.bare(pairs)
            self.start(10)
        self.row("wrong rows", 0, 0, [self.wrong], digits=0)
        if options.json:
            print(json.dumps({"schema": 1, "quick": options.quick,
                              "load": os.getloadavg()[0],
                              "figures": self.rows}))
        return any(row["verdict"] == "MISSED" for row in self.rows)

    def plain(self, pairs):
        ratios, streamed, on_top, memory, connections = [], [], [], [], []
        peers = []
        upstream = Upstream(self.tools)
        for _ in range(pairs):
            upstream.counted()
            floor = self.floor(upstream.url)
            upstream.counted()
            dry = self.round(upstream.url, ["--dry-run"])
            counted = upstream.counted()
            stream = self.round(upstream.url, ["--dry-run"],
                                probe={"stream": True})
            # The second round of a world, for what a round costs that writes.
            wrote = self.round(upstream.url, lists=rotten_lists,
                               truth=mended_lists)
            reference = self.round(upstream.url, ["--dry-run"],
                                   lists=rotten_lists)
            ratios.append(dry.cpu / floor.cpu)
            streamed.append(stream.cpu / dry.cpu)
            on_top.append((wrote.cpu - reference.cpu) / PROBES * 1e6)
            memory.append(dry.memory)
            connections.append(counted["connections"] / PROBES)
            if self.options.peer:
                peer = self.round(upstream.url, program=self.options.peer)
                peers.append(peer.cpu / floor.cpu)
        upstream.close()
        self.row("CPU of a probe ÷ floor, HTTP/1.1", 2.0, 1.5, ratios)
        self.row("streamed ÷ not streamed", 1.4, 1.2, streamed)
        self.row("200 changed channels: CPU of a probe on top", 10, 5, on_top,
                 "µs", 1)
        self.row("new connections ÷ probes", 0.12, 0.09, connections, digits=3)
        self.row("peak memory, 10,000 probes", 60, 35, memory, "MB", 1)
        if peers:
            self.row("the peer: CPU of a probe ÷ floor", 1e9, 1e9, peers)

    def encrypted(self, pairs, http2, must, aim):
        upstream = Upstream(self.tools)
        front = Front(self.folder, upstream, http2)
        ratios, memory = [], []
        for _ in range(pairs):
            floor = self.floor(front.url, ca=front.ca)
            dry = self.round(front.url, ["--dry-run"], ca_file=front.ca)
            ratios.append(dry.cpu / floor.cpu)
            memory.append(dry.memory)
        front.close()
        upstream.close()
        name = "HTTP/2" if http2 else "HTTP/1.1"
        self.row(f"CPU of a probe ÷ floor, TLS, {name}", must, aim, ratios)
        if not http2:
            self.row("peak memory over TLS with the system's bundle", 110, 90,
                     memory, "MB", 1)

    def many_in_flight(self):
        upstream = Upstream(self.tools, 1000, 1000)
        ended = self.round(upstream.url, ["--dry-run"], max_in_flight=10000,
                           max_per_host=10000)
        report = json.loads(ended.out)
        alive = sum(1 for channel in report["channels"]
                    for model in channel["models"]
                    if model["outcome"] == "ok")
        self.row("10,000 in flight at 1 s: failures", 0, 0,
                 [PROBES + SITES - alive], digits=0)
        # The list comes first, then all models at once.
        self.row("10,000 in flight at 1 s: wall ÷ ideal", 1.4, 1.25,
                 [ended.wall / 2.0])
        self.row("10,000 in flight at 1 s: peak memory", 250, 200,
                 [ended.memory], "MB", 1)
        upstream.close()

    def scale(self):
        """Ten times the channels cost ten times the work, and little memory."""
        upstream = Upstream(self.tools, 0, 0)
        small = self.round(upstream.url, ["--dry-run"], channels=2000)
        large = self.round(upstream.url, ["--dry-run"], channels=20000)
        self.row("20,000 channels ÷ 2,000: CPU of a probe", 1.3, 1.1,
                 [large.cpu / small.cpu / 10])
        self.row("20,000 channels ÷ 2,000: peak memory", 12, 10,
                 [large.memory / small.memory], digits=2)
        upstream.close()

    def limits(self, rounds):
        """Default limits: 5 at once, 5 a second."""
        upstream = Upstream(self.tools, 100, 100, sites=20, models=49)

        def lists(_):
            return [f"m{i}" for i in range(49)]

        ratios = []
        for _ in range(rounds):
            ended = self.round(upstream.url, ["--dry-run"], lists=lists,
                               channels=20, max_concurrent=5, rps=5,
                               add_new_models=False, max_per_host=512)
            # A list, 49 models, and the one that is merely offered; no second
            # may hold more than five of them.
            ideal = (1 + 49 + 1 - 1) // 5 + 0.1
            ratios.append(ended.wall / ideal)
        upstream.close()
        self.row("wall ÷ the minimum of the default limits", 1.08, 1.03, ratios)

    def hanging(self, rounds):
        upstream = Upstream(self.tools, 100, 100, sites=50, models=18)

        def lists(_):
            return [f"m{i}" for i in range(18)] + ["a@hang", "b@hang"]

        walls = []
        for _ in range(rounds):
            ended = self.round(upstream.url, ["--dry-run"], lists=lists,
                               channels=50, timeout=2, max_concurrent=50,
                               max_in_flight=4096, max_per_host=4096,
                               retry={"attempts": 0, "delay": "1s"})
            walls.append(ended.wall)
        upstream.close()
        self.row("50 × 20 at 100 ms, a tenth hanging, timeout 2 s", 2.3, 2.1,
                 walls, "s")

    def bare(self, pairs):
        """A changed channel against the bare transaction, on SQLite."""
        ratios = []
        upstream = Upstream(self.tools, 0, 0)
        for _ in range(pairs):
            with tempfile.TemporaryDirectory(dir=self.folder) as folder:
                gateway = os.path.join(folder, "gateway.db")
                make_gateway(gateway, upstream.url, SITES, rotten_lists)
                bare = Ended([f"{self.tools}/bench_bare", "sqlite", gateway,
                              str(SITES)])
            wrote = self.round(upstream.url, lists=rotten_lists)
            dry = self.round(upstream.url, ["--dry-run"], lists=rotten_lists)
            each = (wrote.wall - dry.wall) * 1000 / SITES
            ratios.append(each / float(bare.out))
        upstream.close()
        self.row("writing a changed channel ÷ bare transaction, SQLite", 2, 1.3,
                 ratios)

    def start(self, times):
        version = [Ended([self.program, "--version"]).wall * 1000
                   for _ in range(times)]
        self.row("--version", 20, 20, [min(version)], "ms", 1)
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            make_gateway(os.path.join(folder, "gateway.db"),
                         "http://127.0.0.1:9", 20, steady_lists)
            config = self.configuration(folder)
            check = [Ended([self.program, "check", "--config", config]).wall *
                     1000 for _ in range(times)]
        self.row("check on a local SQLite gateway", 60, 60, [min(check)], "ms",
                 1)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--build", default="build/bench")
    options.add_argument("--quick", action="store_true")
    options.add_argument("--json", action="store_true")
    options.add_argument("--pairs", type=int)
    options.add_argument("--peer")
    sys.exit(1 if Bench(options.parse_args()).run() else 0)


main()
