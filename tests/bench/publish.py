"""How long an edit takes from the gateway to the last of two slaves, beside the run's floor.

A whole system in a private folder: PostgreSQL, NATS, the services, a hidden master and two slaves
(BIND) with their agents. Everything goes one after the other: the next edit begins when both slaves
have the last one.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "deploy/stack"))

from dmsstack import RpcError, RpcUnavailable, Stack, StackError, WaitTimeout, story  # noqa: E402
from anatomy import Anatomy, anatomy_hops  # noqa: E402
from edits import Editor, records  # noqa: E402
from floor import Floor, measure_commits  # noqa: E402
from measure import Series, Watch, machine  # noqa: E402

AIM_RATIO, AIM_P50_MS, AIM_NEW_P99_MS = 3, 100, 2000
COMMITS = 300
TURN = 25
REST_SECONDS = 0.02


def note(text):
    print(text, file=sys.stderr, flush=True)


def parse(arguments):
    parser = argparse.ArgumentParser(prog="tests/bench/publish", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--edits", type=int, default=300, help="edits of one zone")
    parser.add_argument("--zones", type=int, default=300, help="zones with one edit each")
    parser.add_argument("--new", type=int, default=100, help="new zones")
    parser.add_argument("--json", action="store_true", help="figures as JSON")
    parser.add_argument("--build", type=Path, default=REPOSITORY / "build/release",
                        help="folder of the build that is measured")
    options = parser.parse_args(arguments)
    if min(options.edits, options.zones, options.new) < 1:
        parser.error("--edits, --zones and --new count from 1")
    return options


class Run:
    """One run: all series, in the order in which they are measured."""

    def __init__(self, stack, options):
        self.stack, self.options = stack, options
        self.editor = Editor(stack)
        self.one = Series("edit of one zone")
        self.many = Series("edit, each of another zone")
        self.new = Series("new zone")
        self.call = Series("update_zone: request to reply")
        self.create = Series("create_zone: request to reply")
        self.floor = Series("floor: DNS UPDATE, NOTIFY, IXFR")
        self.rested = Series("edit after a rest")
        self.rested_floor = Series("floor after a rest")
        self.floor_call = Series("floor: UPDATE to its answer")
        self.commit = Series("PostgreSQL: one commit")
        self.hops = []

    @property
    def series(self):
        """Each with the floor that it is compared to."""
        return [(self.one, self.floor), (self.many, self.floor), (self.rested, self.rested_floor),
                (self.new, None), (self.floor, None), (self.rested_floor, None), (self.call, None),
                (self.create, None), (self.floor_call, None), (self.commit, None)]

    @property
    def compared(self):
        return [(series, floor) for series, floor in self.series if floor]

    def measure(self):
        options, stack = self.options, self.stack
        program = options.build / "tests/watch_serial"
        note(f"making {options.zones} zones")
        self.editor.make_zones(options.zones)
        floor = Floor(stack, records())
        names = self.editor.names
        try:
            with Watch(program, stack.slaves) as watch:
                floor.begin(watch)
                self.measure_beside(floor, watch, [names[0]] * options.edits, self.one)
                self.measure_beside(floor, watch, names, self.many)
                self.measure_rested(floor, watch)
                self.measure_new(watch)
        finally:
            floor.close()
        measure_commits(stack.pg_url, COMMITS, self.commit)
        with Watch(program, [stack.master, *stack.slaves]) as watch:
            self.measure_hops(watch)

    def measure_beside(self, floor, watch, names, series):
        """Edits and as many of the floor in turns of a few: what else the machine does meets both.
        The floor's turn begins when nothing is left to do of the edits."""
        note(f"{series.what}: {len(names)}, and as many of the floor")
        for start in range(0, len(names), TURN):
            turn = names[start:start + TURN]
            for _ in turn:
                floor.edit(watch, self.floor, self.floor_call)
            for name in turn:
                edit = self.editor.edit(watch, name)
                series.add_ns(edit.last_ns - edit.replied_ns)
                self.call.add_ns(edit.replied_ns - edit.sent_ns)
            for name in turn:
                self.editor.sync(name)

    def measure_rested(self, floor, watch):
        """Edits that meet nothing of the one before: its reports are in, its change is closed. A
        slave looks after a zone at most each 10 ms, which an edit that comes sooner waits for."""
        name = self.editor.names[0]
        note(f"{self.rested.what}: {self.options.edits}, and as many of the floor")
        for _ in range(self.options.edits):
            time.sleep(REST_SECONDS)
            floor.edit(watch, self.rested_floor, self.floor_call)
            time.sleep(REST_SECONDS)
            edit = self.editor.edit(watch, name)
            self.rested.add_ns(edit.last_ns - edit.replied_ns)
            self.editor.sync(name)

    def measure_new(self, watch):
        note(f"{self.options.new} new zones")
        for number in range(self.options.new):
            made = self.editor.create(watch, f"new-{number}.example.")
            self.new.add_ns(made.last_ns - made.replied_ns)
            self.create.add_ns(made.replied_ns - made.sent_ns)

    def measure_hops(self, watch):
        count = min(self.options.edits, 100)
        name = self.editor.names[0]
        note(f"{count} edits, step by step")
        anatomy = Anatomy(self.stack.pg_url)
        try:
            for _ in range(count):
                anatomy.add(self.editor.edit(watch, name))
                self.editor.sync(name)
            self.hops = anatomy_hops(anatomy)
        finally:
            anatomy.close()


def line(summary, floor):
    figures = "".join(f"{summary[k]:10.2f}" for k in ("p50_ms", "p90_ms", "p99_ms", "max_ms"))
    ratio = f"{floor:10.2f}{summary['p50_ms'] / floor:9.2f}" if floor else ""
    return f"{summary['what']:<42}{summary['n']:>5}{figures}{ratio}"


def verdict(claim, holds):
    return f"  {'yes' if holds else 'NO '}  {claim}"


def aims(run):
    """Each aim, and whether this run reached it. Told, not judged."""
    rows = []
    for series, compared in run.compared:
        p50, floor = series.percentile(50), compared.percentile(50)
        rows.append(verdict(f"{series.what}: p50 {p50:.2f} ms is within {AIM_RATIO} x floor "
                            f"({AIM_RATIO * floor:.2f} ms): {p50 / floor:.2f} x",
                            p50 <= AIM_RATIO * floor))
        rows.append(verdict(f"{series.what}: p50 {p50:.2f} ms is at most {AIM_P50_MS} ms",
                            p50 <= AIM_P50_MS))
    p99 = run.new.percentile(99)
    rows.append(verdict(f"new zone: p99 {p99:.0f} ms is under {AIM_NEW_P99_MS} ms",
                        p99 < AIM_NEW_P99_MS))
    return rows


def print_report(run, where):
    print(f"machine     {where['cores']} cores of {where['processor']}, {where['memory_gib']} GiB, "
          f"Linux {where['kernel']}, load before {where['load_before']}")
    print(f"servers     {where['bind']}; {where['postgresql']}; {where['nats']}")
    print("measured    from the reply (a call: from the request) to the last of two slaves; ms\n")
    print(f"{'what':<42}{'n':>5}{'p50':>10}{'p90':>10}{'p99':>10}{'max':>10}"
          f"{'floor p50':>10}{'ratio':>9}")
    for series, floor in run.series:
        print(line(series.summary(), floor and floor.percentile(50)))
    print("\nwhere the time of an edit after a rest goes (the master is watched too)")
    for hop in run.hops:
        print(line(hop.summary(), None))
    print("\naims")
    print("\n".join(aims(run)))


def with_floor(series, floor):
    """A series' figures with the floor's beside them, if it has one."""
    figures = series.summary()
    if floor:
        figures["floor_p50_ms"] = floor.percentile(50)
        figures["ratio"] = figures["p50_ms"] / figures["floor_p50_ms"]
    return figures


def print_json(run, where):
    print(json.dumps({"machine": where,
                      "series": [with_floor(s, floor) for s, floor in run.series],
                      "hops": [hop.summary() for hop in run.hops]}, indent=2))


def bench(options):
    home = Path(tempfile.mkdtemp(prefix="dms-bench-", dir="/var/tmp"))
    home.chmod(0o711)  # PostgreSQL's system user passes through
    stack = Stack(home / "stack", options.build)
    where = machine(stack)
    try:
        note(f"starting a system in {home}")
        stack.start()
        story.define(stack)
        story.enable(stack)
        run = Run(stack, options)
        run.measure()
    except Exception:
        note(stack.logs())
        raise
    finally:
        stack.clean()
        shutil.rmtree(home, ignore_errors=True)
    (print_json if options.json else print_report)(run, where)


def main():
    try:
        bench(parse(sys.argv[1:]))
    except (StackError, RpcError, RpcUnavailable, WaitTimeout, OSError,
            subprocess.SubprocessError) as e:
        print(f"could not measure: {e}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
