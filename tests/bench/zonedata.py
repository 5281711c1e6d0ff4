"""Zone data at 10, 10,000 and a million records, each beside the peer of the same run.

    check     zone_tool check_zone, named-compilezone, ldns-read-zone: processor time of one core
    store     create_zone, from request to reply; beside COPY of the same rows into a bare table
    publish   from that reply to the last of two slaves; beside the same zone added by hand to the same
              three name servers, the master reading the file
    edit      update_zone with one more record, request to reply; reply to the last slave
    diff      diff_zone_zi over that edit; beside diff(1) over the two texts

A whole system in a private folder, as in tests/bench/publish.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg2

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "deploy/stack"))

from dmsstack import RpcError, RpcUnavailable, Stack, StackError, WaitTimeout, story  # noqa: E402
from floor import control  # noqa: E402
from measure import Watch, machine  # noqa: E402

SIZES = (10, 10_000, 1_000_000)
LOGIN = "bench@tests"
PATIENCE_MS = 600_000
SYNC_MS = 60_000
PERIOD_US = 10_000  # between two looks at the slaves
# Above what a million records need; the defaults are for what people type.
SETTINGS = {"rpc-gateway": {"http_body_max": "256m", "http_request_timeout": "120s"}}


def note(text):
    print(text, file=sys.stderr, flush=True)


def parse(arguments):
    parser = argparse.ArgumentParser(prog="tests/bench/zonedata", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, nargs="+", default=SIZES, metavar="N",
                        help="sizes of the zones")
    parser.add_argument("--json", action="store_true", help="figures as JSON")
    parser.add_argument("--build", type=Path, default=REPOSITORY / "build/release",
                        help="folder of the build that is measured")
    options = parser.parse_args(arguments)
    if min(options.records) < 8:
        parser.error("--records counts from 8")
    return options


def zone_text(count):
    """SOA, two NS, their addresses, and hosts of four records each; `count` in all, or one to three
    fewer."""
    lines = ["$TTL 1h", "@ SOA ns1.dms.example. hostmaster.dms.example. 1 2h 15m 1w 1h",
             "@ NS ns1.dms.example.", "@ NS ns2.dms.example."]
    for n in range((count - 3) // 4):
        a, b, c = n >> 16 & 255, n >> 8 & 255, n & 255
        lines += [f"host{n} A 10.{a}.{b}.{c}", f"    AAAA 2001:db8::{n >> 16:x}:{n & 65535:x}",
                  "    300 MX 10 host0", f"    TXT \"v=spf1 -all\" ; {n}"]
    return "\n".join(lines) + "\n"


def processor_time(command):
    """Seconds of processor time, and MiB at most."""
    process = subprocess.Popen([str(word) for word in command], stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):
        raise StackError("measure", f"{command[0]} ends with status {process.returncode}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


class Table:
    """Rows of one size: what, seconds, MiB (None), and what it is compared to."""

    def __init__(self, count):
        self.count, self.rows = count, []

    def add(self, what, seconds, peer=None, memory=None):
        """`peer`: the row that this one is compared to."""
        self.rows.append({"what": what, "seconds": seconds, "memory_mib": memory,
                          "peer": peer, "ratio": None})

    def finish(self):
        seconds = {row["what"]: row["seconds"] for row in self.rows}
        for row in self.rows:
            if row["peer"]:
                row["ratio"] = row["seconds"] / max(seconds[row["peer"]], 1e-9)

    def print(self):
        print(f"\n{self.count} records")
        print(f"  {'what':<52}{'s':>10}{'records/s':>13}{'MiB':>7}{'times the peer':>16}")
        for row in self.rows:
            rate = f"{self.count / row['seconds']:13,.0f}" if row["seconds"] else f"{'':13}"
            memory = f"{row['memory_mib']:7.0f}" if row["memory_mib"] else f"{'':7}"
            ratio = f"{row['ratio']:16.2f}" if row["ratio"] else ""
            print(f"  {row['what']:<52}{row['seconds']:10.4f}{rate}{memory}{ratio}")


class Bench:
    def __init__(self, stack, folder, options):
        self.stack, self.folder, self.options = stack, folder, options
        self.stack.rpc.timeout = PATIENCE_MS // 1000
        self.program = options.build / "tests/watch_serial"

    def measure(self, count):
        table = Table(count)
        times = 1 if count > 100_000 else 5
        text = zone_text(count)
        path = self.folder / f"{count}.zone"
        path.write_text(text)
        note(f"{count} records: check")
        self.check(table, path, times)
        runs = []
        for run in range(times):
            note(f"{count} records: store, publish, edit, diff ({run + 1} of {times})")
            runs.append(self.store_and_publish(f"zone-{count}-{run}.example.", text, path))
        medians = {what: statistics.median(run[what] for run in runs) for what in runs[0]}
        self.fill(table, medians)
        table.finish()
        return table

    def check(self, table, path, times):
        zone = "big.example."
        rows = [("check: named-compilezone", ["named-compilezone", "-q", "-i", "none", "-o",
                                              "/dev/null", zone, path], None),
                ("check: ldns-read-zone", ["ldns-read-zone", path], None),
                ("check: zone_tool check_zone", [self.stack.program("zone_tool"), "check_zone", zone,
                                                 path], "check: named-compilezone")]
        for what, command, peer in rows:
            readings = [processor_time(command) for _ in range(times)]
            table.add(what, statistics.median(r[0] for r in readings), peer,
                      max(r[1] for r in readings))

    def fill(self, table, medians):
        for what, peer in (("store: COPY into a bare table", None),
                           ("store: create_zone", "store: COPY into a bare table"),
                           ("publish: by hand, file to last slave", None),
                           ("publish: reply to last slave", "publish: by hand, file to last slave"),
                           ("edit: update_zone, request to reply", None),
                           ("edit: reply to last slave", None),
                           ("diff: diff(1)", None),
                           ("diff: diff_zone_zi", "diff: diff(1)")):
            table.add(what, medians[what], peer)

    def store_and_publish(self, zone, text, path):
        seconds = {"store: COPY into a bare table": self.copy_bare(path)}
        with Watch(self.program, self.stack.slaves, PERIOD_US) as watch:
            seconds["store: create_zone"], seconds["publish: reply to last slave"], serial, before \
                = self.call(watch, "create_zone", zone, 0, text)
            more = text + "one-more A 192.0.2.1\n"
            seconds["edit: update_zone, request to reply"], \
                seconds["edit: reply to last slave"], _, after = \
                self.call(watch, "update_zone", zone, serial, more)
            begun = time.monotonic()
            self.stack.rpc("diff_zone_zi", **{"name": zone, "from": before, "to": after})
            seconds["diff: diff_zone_zi"] = time.monotonic() - begun
            seconds["publish: by hand, file to last slave"] = self.by_hand(watch, "by-hand-" + zone,
                                                                          path)
        seconds["diff: diff(1)"] = self.diff_texts(path, more)
        return seconds

    def call(self, watch, method, zone, serial, text):
        begun = time.monotonic_ns()
        reply = self.stack.rpc(method, name=zone, login_id=LOGIN, zi_text=text)
        replied = time.monotonic_ns()
        watch.begin(zone, serial, PATIENCE_MS)
        readings = watch.end()
        self.stack.rpc("wait_zone_sync", name=zone, timeout_ms=SYNC_MS)
        return ((replied - begun) / 1e9, (max(at for _, at in readings) - replied) / 1e9,
                readings[-1][0], reply["zi_id"])

    def copy_bare(self, path):
        """The octets of the zone's text, a line a row, into a table without index or rule."""
        connection = psycopg2.connect(self.stack.pg_url)
        try:
            with connection.cursor() as cursor, open(path) as lines:
                cursor.execute("CREATE TABLE bench_bare (line text)")
                connection.commit()
                begun = time.monotonic()
                cursor.copy_expert("COPY bench_bare FROM STDIN (DELIMITER E'\\x01')", lines)
                connection.commit()
                taken = time.monotonic() - begun
                cursor.execute("DROP TABLE bench_bare")
                connection.commit()
                return taken
        finally:
            connection.close()

    def by_hand(self, watch, zone, path):
        """The master is given the file, the slaves the zone, by rndc; nothing of DMS is on the way."""
        master = self.stack.master
        shutil.copyfile(path, master.zone_dir / f"hand-{path.name}")
        begun = time.monotonic_ns()
        control(self.stack, master, "addzone", zone,
                f'{{ type primary; file "{master.zone_dir / f"hand-{path.name}"}";'
                ' allow-transfer { 127.0.0.0/8; }; notify no; };')
        for bind in self.stack.slaves:
            control(self.stack, bind, "addzone", zone,
                    f'{{ type secondary; file "{bind.zone_dir / f"hand-{path.name}"}";'
                    f' primaries {{ {master.address} port {master.port}; }}; }};')
        watch.begin(zone, 0, PATIENCE_MS)
        taken = max(at for _, at in watch.end()) - begun
        for bind in (*self.stack.slaves, master):
            control(self.stack, bind, "delzone", "-clean", zone)
        return taken / 1e9

    def diff_texts(self, path, more):
        other = path.with_suffix(".more")
        other.write_text(more)
        return processor_time(["diff", path, other])[0]


def bench(options):
    home = Path(tempfile.mkdtemp(prefix="dms-bench-", dir="/var/tmp"))
    home.chmod(0o711)  # PostgreSQL's system user passes through
    stack = Stack(home / "stack", options.build, settings=SETTINGS)
    where = machine(stack)
    try:
        note(f"starting a system in {home}")
        stack.start()
        story.define(stack)
        story.enable(stack)
        run = Bench(stack, home, options)
        tables = [run.measure(count) for count in options.records]
    except Exception:
        note(stack.logs())
        raise
    finally:
        stack.clean()
        shutil.rmtree(home, ignore_errors=True)
    if options.json:
        print(json.dumps({"machine": where, "sizes": [{"records": t.count, "rows": t.rows}
                                                      for t in tables]}, indent=2))
        return
    print(f"machine     {where['cores']} cores of {where['processor']}, {where['memory_gib']} GiB, "
          f"Linux {where['kernel']}, load before {where['load_before']}")
    print(f"servers     {where['bind']}; {where['postgresql']}; {where['nats']}")
    for table in tables:
        table.print()


def main():
    try:
        bench(parse(sys.argv[1:]))
    except (StackError, RpcError, RpcUnavailable, WaitTimeout, OSError, psycopg2.Error,
            subprocess.SubprocessError) as e:
        print(f"could not measure: {e}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
