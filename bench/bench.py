"""Measures the program against libcurl's own floor; see run.sh.

Every figure is the median over pairs of fresh processes, floor and program in
turn.  CPU is what wait4 says of the process, memory its VmHWM, connections and
the peak in flight what the upstream counted.  After each round the database is
compared with the truth: one wrong row fails the measurement, whatever the time.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

import world
from world import (MODELS, PROBES, SITES, Ended, Front, Servers, Upstream,
                   make_gateway, mended_lists, relist, rotten_lists,
                   sound_lists, steady_lists, wrong_rows)


def seconds_of(command):
    """How long a command takes that does next to nothing."""
    begin = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - begin


class Bench:
    def __init__(self, options):
        self.options = options
        build = os.path.abspath(options.build)
        self.tools = os.path.join(build, "bench")
        self.program = os.path.join(build, "app", "channel-monitor")
        self.rows = []
        self.wrong = 0
        self.lost_pairs = 0

    # The world of one measurement.

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

    def round(self, place, arguments=(), lists=steady_lists, truth=None,
              channels=SITES, program=None, before=None, type_id=1,
              server=None, **more):
        """One round in a world of its own.

        `before` is what the channels listed in a round before, which is not
        measured and adds nothing; none: there was none.  `server` is the
        engine of the database where it is not SQLite.
        """
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            gateway = os.path.join(folder, "gateway.db")
            make_gateway(gateway, place, channels, before or lists, type_id)
            if server:
                self.copy(f"sqlite:{gateway}", self.servers.places[server])
                more.update(db_type=server, db_dsn=self.servers.dsns[server])
            command = [program or self.program, "--once", "--format", "json",
                       "--config", os.path.join(folder, "config.json")]
            if before:
                self.configuration(folder, **more, add_new_models=False)
                self.ended_well(Ended(command, cwd=folder))
                relist(gateway, channels, lists)
            self.configuration(folder, **more)
            ended = self.ended_well(Ended([*command, *arguments], cwd=folder))
            if truth is not None:
                if server:
                    gateway = os.path.join(folder, "after.db")
                    self.copy(self.servers.places[server], f"sqlite:{gateway}")
                self.wrong += wrong_rows(gateway, truth)
            return ended

    def dry(self, place, **more):
        return self.round(place, ["--dry-run"], **more)

    def copy(self, source, target):
        subprocess.run([f"{self.tools}/bench_bare", "copy", source, target],
                       check=True)

    @staticmethod
    def ended_well(ended):
        if ended.code not in (0, 1):
            sys.exit(f"the program ended with {ended.code}: {ended.err}")
        return ended

    def floor(self, place, stream=False, ca=""):
        ended = Ended([f"{self.tools}/bench_floor", place.base,
                       ",".join(place.ports), str(SITES), str(MODELS), "512",
                       str(int(stream)), ca])
        if ended.code != 0:
            sys.exit(f"the floor failed: {ended.out} {ended.err}")
        return ended

    def bare(self, engine="sqlite"):
        """The bare transactions: CPU, and milliseconds for each."""
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            gateway = os.path.join(folder, "gateway.db")
            place = f"sqlite:{gateway}"
            make_gateway(gateway, self.nowhere, SITES, rotten_lists)
            if engine != "sqlite":
                self.copy(place, self.servers.places[engine])
                place = self.servers.places[engine]
            command = [f"{self.tools}/bench_bare", "change", place]
            start = Ended([*command, "0"])
            ended = Ended([*command, str(SITES)])
        return ended.cpu - start.cpu, float(ended.out)

    # The table.

    def row(self, name, must, aim, values, unit="", digits=2):
        """`must` and `aim` are None where there is only something to know."""
        middle = statistics.median(values)
        verdict = "–"
        if must is not None:
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
            shown = ["–" if limit is None else limit for limit in (must, aim)]
            print(f"{name:58} {shown[0]:>8} {shown[1]:>8} "
                  f"{middle:>9.{digits}f} {min(values):>8.{digits}f} – "
                  f"{max(values):<8.{digits}f} {unit:4} {verdict}", flush=True)

    def run(self):
        options = self.options
        quick = options.quick
        pairs = options.pairs or (3 if quick else 5)
        self.nowhere = world.Place()
        self.nowhere.base, self.nowhere.ports = "http://127.0.0.1", ["9"]
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            self.folder = folder
            if not options.json:
                print(f"{'figure':58} {'must':>8} {'aim':>8} {'median':>9} "
                      f"range; load {os.getloadavg()[0]:.1f}")
            self.plain(pairs)
            self.encrypted(pairs, False, 1.5, 1.25)
            self.encrypted(pairs, True, 1.6, 1.3)
            self.writing(pairs)
            if not quick:
                self.changed_channel(pairs)
                self.many_in_flight(False)
                self.many_in_flight(True)
                self.scale()
            self.long_list(2000 if quick else 20000)
            self.limits(1 if quick else 3)
            self.hanging(1 if quick else 2)
            self.start(20)
            self.idle(10 if quick else 60)
        self.row("wrong rows", 0, 0, [self.wrong], digits=0)
        if options.json:
            print(json.dumps({"schema": 1, "quick": quick,
                              "load": os.getloadavg()[0],
                              "pairs_that_did_not_count": self.lost_pairs,
                              "figures": self.rows}))
        return any(row["verdict"] == "MISSED" for row in self.rows)

    # The workloads.

    def pairs_of(self, place, count, ca=""):
        """Floor and dry round in turn, with what the upstream counted of the
        round.  A pair whose peaks differ much is tried again, a few times:
        one of them was kept waiting by the machine."""
        more = {"ca_file": ca} if ca else {}
        for again in range(count + 5):
            place.counted()
            floor = self.floor(place, ca=ca)
            peak = place.counted()["peak_in_flight"]
            dry = self.dry(place, **more)
            counted = place.counted()
            # Behind nginx its own connections are counted.
            unlike = not ca and not 0.6 < counted["peak_in_flight"] / peak < 1.6
            if unlike and self.lost_pairs < 5:
                self.lost_pairs += 1
                continue
            yield floor, dry, counted
            count -= 1
            if count == 0:
                return

    def plain(self, pairs):
        ratios, streamed, memory, connections, peers = [], [], [], [], []
        upstream = Upstream(self.tools)
        for floor, dry, counted in self.pairs_of(upstream, pairs):
            stream = self.dry(upstream, probe={"stream": True})
            ratios.append(dry.cpu / floor.cpu)
            streamed.append(stream.cpu / dry.cpu)
            memory.append(dry.memory)
            connections.append(counted["connections"] / PROBES)
            if self.options.peer:
                peer = self.round(upstream, program=self.options.peer)
                peers.append(peer.cpu / floor.cpu)
        upstream.close()
        self.row("CPU of a probe ÷ floor, HTTP/1.1", 2.0, 1.5, ratios)
        self.row("streamed ÷ not streamed", 1.4, 1.2, streamed)
        self.row("new connections ÷ probes", 0.12, 0.09, connections, digits=3)
        self.row("peak memory, 10,000 probes", 60, 35, memory, "MB", 1)
        if peers:
            self.row("the peer: CPU of a probe ÷ floor", None, None, peers)

    def encrypted(self, pairs, http2, must, aim):
        upstream = Upstream(self.tools)
        front = Front(self.folder, upstream, http2)
        ratios, memory = [], []
        for floor, dry, _ in self.pairs_of(front, pairs, front.ca):
            ratios.append(dry.cpu / floor.cpu)
            memory.append(dry.memory)
        front.close()
        upstream.close()
        name = "HTTP/2" if http2 else "HTTP/1.1"
        self.row(f"CPU of a probe ÷ floor, TLS, {name}", must, aim, ratios)
        if not http2:
            self.row("peak memory over TLS with the system's bundle", 110, 90,
                     memory, "MB", 1)

    def writing(self, pairs):
        """200 changed channels in a world that has a past."""
        on_top, bare = [], []
        upstream = Upstream(self.tools)
        world_of = {"lists": rotten_lists, "before": sound_lists}
        for _ in range(2 * pairs):
            wrote = self.round(upstream, truth=mended_lists, **world_of)
            reference = self.dry(upstream, **world_of)
            on_top.append((wrote.cpu - reference.cpu) / PROBES * 1e6)
            bare.append(self.bare()[0] / PROBES * 1e6)
        upstream.close()
        # It hangs on the disk: in short form the ratio counts.
        limits = (None, None) if self.options.quick else (10, 5)
        self.row("200 changed channels: CPU of a probe on top", *limits, on_top,
                 "µs", 1)
        self.row("  of that the 200 bare transactions", None, None, bare, "µs",
                 1)
        self.row("CPU of all that writing ÷ bare transactions", 3, 2,
                 [statistics.median(on_top) / statistics.median(bare)])

    def changed_channel(self, pairs):
        """Two names of each channel are looked at, so that what is left is what
        the changes cost, their journal included."""
        def written(_):
            return [*sound_lists(0), "brand-new"]
        self.servers = Servers()
        upstream = Upstream(self.tools, 0, 0)
        arguments = ["--model", "m0@gone", "brand-new"]
        for engine in ("sqlite", "mysql", "postgres"):
            ratios = []
            where = {"server": None if engine == "sqlite" else engine,
                     "truth": written}
            for _ in range(2 * pairs):
                bare = self.bare(engine)[1]
                wrote = self.round(upstream, arguments, rotten_lists, **where)
                idle = self.round(upstream, arguments, written, **where)
                ratios.append((wrote.wall - idle.wall) * 1000 / SITES / bare)
            self.row(f"writing a changed channel ÷ bare transaction, {engine}",
                     2, 1.3, ratios)
        upstream.close()
        self.servers.close()

    def many_in_flight(self, http2):
        """A list of each site, then four waves of 10,000."""
        models = 4 * MODELS - 1
        calls = SITES * (models + 1)
        upstream = Upstream(self.tools, 1000, 1000, models=models)
        front = Front(os.path.join(self.folder, "many"), upstream,
                      True) if http2 else upstream
        more = {"ca_file": front.ca} if http2 else {}
        ended = self.dry(front, max_in_flight=10000, max_per_host=10000,
                         max_concurrent=100,
                         lists=lambda _: [f"m{i}" for i in range(models)],
                         **more)
        alive = sum(1 for channel in json.loads(ended.out)["channels"]
                    for model in channel["models"] if model["outcome"] == "ok")
        name = "10,000 in flight at 1 s" + (", HTTP/2" if http2 else "")
        self.row(f"{name}: failures", 0, 0, [calls - alive], digits=0)
        if not http2:
            ideal = 1 + calls / 10000
            self.row(f"{name}: wall ÷ ideal", 1.4, 1.25, [ended.wall / ideal])
        self.row(f"{name}: peak memory", *((300, 260) if http2 else (250, 200)),
                 [ended.memory], "MB", 1)
        if http2:
            front.close()
        upstream.close()

    def scale(self):
        """Ten times the channels cost ten times the work, and little memory."""
        upstream = Upstream(self.tools, 0, 0)
        small = self.dry(upstream, channels=2000)
        large = self.dry(upstream, channels=20000)
        upstream.close()
        self.row("1,000,000 probes ÷ 100,000: CPU of a probe", 1.3, 1.1,
                 [large.cpu / small.cpu / 10])
        self.row("1,000,000 probes ÷ 100,000: peak memory", None, None,
                 [large.memory / small.memory])
        self.row("1,000,000 probes: peak memory", None, None, [large.memory],
                 "MB", 0)
        # Nobody knows this type, and there is no address: everything but the
        # calls is done.
        loaded = self.dry(world.NoPlace(), channels=50000, type_id=99999,
                          lists=lambda _: [f"m{i}" for i in range(10)])
        self.row("50,000 channels of 10 models loaded and planned", 10, 5,
                 [loaded.wall], "s")

    def long_list(self, names):
        """Ten times the names of one channel cost ten times the work."""
        cpu = []
        for count in (names // 10, names):
            upstream = Upstream(self.tools, 0, 0, sites=1, models=count)
            ended = self.dry(upstream, channels=1, max_concurrent=512,
                             lists=lambda _, count=count: [f"m{i}" for i in
                                                           range(count)])
            cpu.append(ended.cpu)
            upstream.close()
        self.row(f"a list of {names:,} names ÷ {names // 10:,}: CPU of a name",
                 1.3, 1.1, [cpu[1] / cpu[0] / 10])

    def limits(self, rounds):
        """Default limits: 5 at once, 5 a second."""
        upstream = Upstream(self.tools, 100, 100, sites=20, models=49)
        ratios = []
        for _ in range(rounds):
            ended = self.dry(upstream, channels=20, max_concurrent=5, rps=5,
                             lists=lambda _: [f"m{i}" for i in range(49)],
                             add_new_models=False)
            # A list, 49 models, and the one that is merely offered; no second
            # may hold more than five of them.
            ideal = (1 + 49 + 1 - 1) // 5 + 0.1
            ratios.append(ended.wall / ideal)
        upstream.close()
        self.row("wall ÷ the minimum of the default limits", 1.08, 1.03, ratios)

    def hanging(self, rounds):
        """Every tenth of 50 × 20 hangs, with the limits open and as they are.
        Their living namesakes are offered, too, and looked at."""
        upstream = Upstream(self.tools, 100, 100, sites=50, models=20)
        work = {"channels": 50, "timeout": 2,
                "lists": lambda _: [f"m{i}@hang" if i % 10 == 4 else f"m{i}"
                                    for i in range(20)],
                "retry": {"attempts": 0, "delay": "1s"}}
        opened = [self.dry(upstream, max_in_flight=4096, max_per_host=4096,
                           **work).wall for _ in range(rounds)]
        usual = [self.dry(upstream, max_concurrent=5, rps=5, max_per_host=512,
                          **work).wall for _ in range(rounds)]
        upstream.close()
        name = "50 × 20 at 100 ms, a tenth hanging, timeout 2 s"
        self.row(f"{name}: open", 2.3, 2.1, opened, "s")
        self.row(f"{name}: default", 5.3, 5.1, usual, "s")

    def start(self, times):
        version = [seconds_of([self.program, "--version"]) * 1000
                   for _ in range(times)]
        self.row("--version, the best of 20", 10, 10, [min(version)], "ms", 1)
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            make_gateway(os.path.join(folder, "gateway.db"), self.nowhere, 20,
                         steady_lists)
            command = [self.program, "check", "--config",
                       self.configuration(folder)]
            check = [seconds_of(command) * 1000 for _ in range(times)]
        self.row("check on a local SQLite gateway, the best of 20", 50, 50,
                 [min(check)], "ms", 1)

    def idle(self, seconds):
        """How often the daemon wakes between two rounds."""
        upstream = Upstream(self.tools, 0, 0)
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            make_gateway(os.path.join(folder, "gateway.db"), upstream, 5,
                         steady_lists)
            config = self.configuration(folder, time_period="1h")
            process = subprocess.Popen(
                [self.program, "run", "--format", "json", "--config", config],
                stdout=subprocess.PIPE, text=True)
            process.stdout.readline()
            time.sleep(1)
            before = wakes_of(process.pid)
            time.sleep(seconds)
            woke = wakes_of(process.pid) - before
            process.terminate()
            process.wait()
        upstream.close()
        self.row("wake-ups a minute between rounds", 2, 2,
                 [woke * 60 / seconds], digits=0)


def wakes_of(pid):
    """How often the threads of a process went to sleep of themselves."""
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/status") as status:
            for line in status:
                if line.startswith("voluntary_ctxt_switches"):
                    total += int(line.split()[1])
    return total


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--build", default="build/bench")
    options.add_argument("--quick", action="store_true")
    options.add_argument("--json", action="store_true")
    options.add_argument("--pairs", type=int)
    options.add_argument("--peer")
    sys.exit(1 if Bench(options.parse_args()).run() else 0)


if __name__ == "__main__":
    main()
