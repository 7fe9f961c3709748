"""What is measured, and what it runs against: processes, upstreams, gateways."""

import atexit
import fcntl
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

SITES, MODELS = 200, 50
PROBES = SITES * MODELS
LONGEST = 600


class Ended:
    """What a process cost: CPU by wait4, memory by its own VmHWM."""

    def __init__(self, command, **how):
        begin = time.monotonic()
        process = subprocess.Popen(command, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True, **how)
        self.memory = 0.0
        out_reader = _Reader(process.stdout)
        err_reader = _Reader(process.stderr)
        while True:
            self.memory = memory_of(process.pid) or self.memory
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
        self._pieces = []
        self._thread = threading.Thread(
            target=lambda: self._pieces.append(pipe.read()))
        self._thread.start()

    def text(self):
        self._thread.join()
        return "".join(self._pieces)


def memory_of(pid):
    """Peak memory in MB so far; 0 where the process is gone."""
    try:
        with open(f"/proc/{pid}/status") as status:
            found = re.search(r"VmHWM:\s+(\d+) kB", status.read())
    except OSError:
        return 0.0
    return int(found[1]) / 1024 if found else 0.0


class Place:
    """Where upstreams are asked: `base` at `ports`, each as if it were a host.
    """

    def site(self, i):
        """The base URL of channel i."""
        return f"{self.base}:{self.ports[i % len(self.ports)]}/s{i % SITES}"


class NoPlace(Place):
    """A channel without an address."""

    def site(self, i):
        return ""


class Upstream(Place):
    """The simulated upstream."""

    base = "http://127.0.0.1"

    def __init__(self, tools, least=0, most=5, sites=SITES, models=MODELS):
        self.process = subprocess.Popen(
            [f"{tools}/bench_upstream", str(sites), str(models), str(least),
             str(most)], stdout=subprocess.PIPE, text=True)
        # Whatever ends us ends it.
        atexit.register(self.process.kill)
        self.ports = self.process.stdout.readline().split()

    def counted(self):
        """Connections, requests and the peak in flight since the last time."""
        with urllib.request.urlopen(f"{self.base}:{self.ports[0]}/_counters",
                                    timeout=10) as answer:
            return json.load(answer)

    def close(self):
        self.process.kill()
        self.process.wait()


class Front(Place):
    """nginx with TLS before an upstream; HTTP/2 where it is wished for."""

    base = "https://localhost"

    def __init__(self, folder, upstream, http2):
        self.folder = os.path.join(folder, "h2" if http2 else "h1")
        os.makedirs(self.folder)
        self.counted = upstream.counted
        self.ca = self.file("ca.pem")
        self.make_certificate()
        self.ports = [str(free_port()) for _ in upstream.ports]
        listens = " ".join(
            f"listen 127.0.0.1:{port} ssl {'http2' if http2 else ''}"
            " backlog=4096;" for port in self.ports)
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
  upstream up {{ server 127.0.0.1:{upstream.ports[0]}; keepalive 2000;
    keepalive_requests 1000000; }}
  server {{
    {listens}
    ssl_certificate {self.file("cert.pem")};
    ssl_certificate_key {self.file("key.pem")};
    location / {{ proxy_pass http://up; proxy_http_version 1.1;
      proxy_set_header Connection ""; proxy_buffering off; }}
  }}
}}
""")
        self.process = subprocess.Popen(
            ["/usr/sbin/nginx", "-p", self.folder, "-c",
             self.file("nginx.conf")], stderr=subprocess.DEVNULL)
        atexit.register(self.process.terminate)
        wait_for_port(int(self.ports[-1]))

    def make_certificate(self):
        key, certificate = self.file("key.pem"), self.file("cert.pem")
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes",
             "-keyout", key, "-out", certificate, "-days", "2", "-subj",
             "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
            check=True, capture_output=True)
        # The bundle of the system and ours in one file.
        with open(self.ca, "w") as bundle:
            for file in ("/etc/ssl/certs/ca-certificates.crt", certificate):
                with open(file) as part:
                    bundle.write(part.read())

    def file(self, name):
        return os.path.join(self.folder, name)

    def close(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def wait_for_port(port):
    for _ in range(500):
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.01)
    sys.exit(f"nothing listens on port {port}")


class Servers:
    """A MariaDB and a PostgreSQL whose commits wait for the disk."""

    def __init__(self):
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                              "../tests/support/servers.sh")
        self.folder = tempfile.mkdtemp(prefix="bench-servers-")
        os.chmod(self.folder, 0o755)
        self.users = open(os.path.join(self.folder, "users"), "w")
        fcntl.flock(self.users, fcntl.LOCK_SH)
        self.process = subprocess.Popen(["sh", script, self.folder, "durable"])
        atexit.register(self.process.terminate)
        ready = os.path.join(self.folder, "ready")
        for _ in range(600):
            if os.path.exists(ready):
                break
            time.sleep(0.1)
        else:
            sys.exit("the database servers do not start")
        with open(ready) as file:
            data, maria, postgres = file.read().split()
        subprocess.run(
            ["mariadb", "--no-defaults", "-S", f"{data}/maria.sock", "-uroot",
             "-e", "CREATE DATABASE bench"], check=True)
        self.places = {"mysql": f"mysql:{maria}/bench",
                       "postgres": f"postgres:{postgres}/postgres"}
        self.dsns = {
            "mysql": f"admin:test-password@tcp(127.0.0.1:{maria})/bench",
            "postgres": "postgres://postgres:test-password@127.0.0.1:"
                        f"{postgres}/postgres?sslmode=disable"}

    def close(self):
        self.process.terminate()
        self.process.wait()
        self.users.close()
        subprocess.run(["rm", "-rf", self.folder], check=True)


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


def make_gateway(file, place, channels, lists, type_id=1):
    """A gateway; `lists(i)` says what channel i lists."""
    base = sqlite3.connect(file)
    base.executescript(SCHEMA)
    base.executemany(
        "INSERT INTO channels (id, type, key, status, name, created_time,"
        " base_url, models, auto_ban, model_mapping, other, setting,"
        " used_quota) VALUES (?, ?, ?, 1, ?, 1, ?, '', 1, '', '', '', 7)",
        [(i + 1, type_id, f"sk-bench-{i:06d}", f"channel {i}", place.site(i))
         for i in range(channels)])
    base.commit()
    base.close()
    relist(file, channels, lists)


def relist(file, channels, lists):
    """Gives every channel its list, as an administrator would."""
    base = sqlite3.connect(file)
    base.execute("DELETE FROM abilities")
    for i in range(channels):
        names = lists(i)
        base.execute("UPDATE channels SET models = ? WHERE id = ?",
                     (",".join(names), i + 1))
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
        abilities.setdefault(channel, []).append(model)
    for channel, models, status, quota in base.execute(
            "SELECT id, models, status, used_quota FROM channels"):
        expected = lists(channel - 1)
        if (models != ",".join(expected) or status != 1 or quota != 7 or
                sorted(abilities.get(channel, [])) != sorted(expected)):
            wrong += 1
    base.close()
    return wrong


def steady_lists(_):
    return [f"m{i}" for i in range(MODELS)]


def sound_lists(_):
    """As before the last name rotted."""
    return [f"m{i}" for i in range(MODELS - 1)]


def rotten_lists(_):
    """One name is dead, and the new ones are not there yet."""
    return [*sound_lists(_), "m0@gone"]


def mended_lists(_):
    return [*sound_lists(_), f"m{MODELS - 1}", "brand-new"]
