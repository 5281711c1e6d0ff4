"""The stop watch, what is made of its readings, and the machine they were taken on."""

import math
import os
import platform
import subprocess
import time
from pathlib import Path

from dmsstack import StackError

PERIOD_US = 500  # between two looks at each name server
TIMEOUT_MS = 30000


class Watch:
    """tests/bench/watch_serial as a kept process: when do name servers answer another serial?"""

    def __init__(self, program, binds, period_us=PERIOD_US):
        self._binds = binds
        self._process = subprocess.Popen(
            [str(program), str(period_us), *(b.endpoint for b in binds)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()

    def begin(self, zone, old_serial=0, timeout_ms=TIMEOUT_MS):
        self._timeout_ms = timeout_ms
        self._process.stdin.write(f"{zone} {old_serial} {timeout_ms}\n")

    def end(self):
        """[(serial, nanoseconds of the monotonic clock)] in the order of the name servers."""
        line = self._process.stdout.readline()
        fields = line.split()
        if len(fields) != 1 + 2 * len(self._binds):
            raise StackError("watch the name servers", f"unexpected reading {line!r}")
        pairs = list(zip(fields[1::2], fields[2::2]))
        late = [b.name for b, (serial, _) in zip(self._binds, pairs) if serial == "-"]
        if late:
            raise StackError("watch the name servers", f"{', '.join(late)}: no new serial of "
                             f"{fields[0]} within {self._timeout_ms // 1000} s")
        return [(int(serial), int(at)) for serial, at in pairs]


class Series:
    """Milliseconds of one thing measured many times."""

    def __init__(self, what):
        self.what, self.values = what, []

    def add_ns(self, nanoseconds):
        self.values.append(nanoseconds / 1e6)

    def percentile(self, share):
        """The smallest value that `share` percent of all do not exceed (nearest rank)."""
        if not self.values:
            return None
        rank = max(1, math.ceil(share / 100 * len(self.values)))
        return sorted(self.values)[rank - 1]

    def summary(self):
        figures = {f"p{share}_ms": self.percentile(share) for share in (50, 90, 99)}
        return {"what": self.what, "n": len(self.values), **figures,
                "max_ms": max(self.values, default=None)}


def version_of(*argv):
    """The first line that a program says about itself."""
    text = subprocess.run([str(a) for a in argv], capture_output=True, text=True).stdout
    return text.strip().splitlines()[0] if text.strip() else "unknown"


def processor():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def memory_gib():
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


def machine(stack):
    """What the figures are true of."""
    return {
        "processor": processor(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(memory_gib(), 1),
        "kernel": platform.release(),
        "load_before": round(os.getloadavg()[0], 2),
        "bind": version_of(stack.master.process.argv[0], "-v"),
        "postgresql": version_of(stack.postgres.bin / "postgres", "--version"),
        "nats": version_of("nats-server", "--version"),
        "date": time.strftime("%Y-%m-%d"),
    }
