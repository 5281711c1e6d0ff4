"""No zone, no server and not the master can get stuck: every fault of libdms/base/fault_points.def is
made to happen once while a zone is created, edited and deleted. Whatever dies is started again, as a
supervisor does; whatever is lost, doubled or late has to be made good by the programs themselves. Each
change takes effect, and takes effect once.

    DMS_FAULT_ONLY=worked pytest tests/story/test_faults.py --build debug    only names that begin so
"""

import os
import signal
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from conftest import keep_logs, sanitizer_reports
from dmsstack import RpcError, RpcUnavailable, Stack, story, wait_for
from dmsstack.process import Process
from test_publish_ways import update_by_hand
from world import LOGIN, TRANSIENT, World, Zone, records_of, serial_of

LIVES_AT_ONCE = 8
PATIENCE = 120
ZONE_NOT_FOUND, ZONE_EXISTS = -28, -36

# Agents say more often how things are, so that what they have to say is not waited for; leases are
# short, so that a process that is held up loses them.
SETTINGS = {"server-agent": {"heartbeat": "400ms"},
            "master-sm": {"sync_grace": "500ms"},
            "zone-sm": {"lease": "1s"}}
STOPPED_FOR = 2.5  # seconds


def table(build_dir):
    """The faults of this build: lines "POINT WHAT ACTION"; none in a build without."""
    program = build_dir / "tests/print_faults"
    if not program.exists():
        return []
    lines = subprocess.run([program], check=True, capture_output=True, text=True).stdout.splitlines()
    only = os.environ.get("DMS_FAULT_ONLY", "")
    return [tuple(line.split()) for line in lines if line.startswith(only)]


def is_stopped(process):
    try:
        return ") T " in Path(f"/proc/{process.pid}/stat").read_text()
    except OSError:
        return False


class Supervisor:
    """Starts again whatever has ended and lets go on whatever is held up, until it is left."""

    def __init__(self, stack, second):
        self.processes = [second] + [p for p in stack.processes if p.name.startswith("agent-")
                                     or p.name in stack.services]
        self._stopped = {}  # process -> since when
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self):
        self._thread.start()

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()

    def _watch(self):
        while not self._stop.wait(0.05):  # the pace of a supervisor, nothing waits for it
            for process in self.processes:
                if not process.is_running:
                    process.start()
                elif not is_stopped(process):
                    self._stopped.pop(process, None)
                elif time.monotonic() > self._stopped.setdefault(process, time.monotonic()) \
                        + STOPPED_FOR:
                    process.send(signal.SIGCONT)


@pytest.fixture(scope="module")
def fragile(build_dir, private_folder):
    """A stack whose programs fail when they are told to, and the folder to tell them."""
    if not table(build_dir):
        pytest.skip("this build cannot be made to fail (CMake option DMS_FAULTS)")
    faults = private_folder / "faults"
    faults.mkdir(mode=0o700)
    stack = Stack(private_folder / "fragile", build_dir, settings=SETTINGS)
    for process in stack.processes:
        process.env["DMS_FAULT_DIR"] = str(faults)
    first = stack.process("zone-sm")
    second = Process("zone-sm-2", first.argv, stack.run_dir, stack.log_dir, env=first.env,
                     cwd=stack.home, stop_seconds=30)  # takes over from one that is held up
    try:
        stack.start()
        second.start()
        story.define(stack)
        story.enable(stack)
        yield stack, faults, second
    finally:
        second.stop()
        stack.stop()
    reports = sanitizer_reports(stack.log_dir)
    if reports:
        keep_logs(stack, build_dir)
    assert not reports, "the sanitizer has found something:\n" + reports


class Life:
    """A zone from its creation to its deletion, with one fault on the way."""

    def __init__(self, stack, faults, fault):
        self.point, self.what, self.action = fault
        self.file = faults / ".".join(fault)
        self.world = World(stack, "-".join(fault).lower().replace("_", "-"))

    def live(self):
        try:
            # what only happens when another hand has been at the zone
            is_intruded = self.point in ("looking", "looked")
            zone = self.create()
            if is_intruded:
                update_by_hand(self.world, zone, "intruder", "A", "192.0.2.66")
            zone.add("later IN A 192.0.2.2", patience=PATIENCE)
            zone.sync(PATIENCE)
            for label, address in (("www", "192.0.2.1"), ("later", "192.0.2.2")):
                self.world.check_everywhere(f"{label}.{zone.name}", "A", [address])
            self.delete(zone)
            self.world.settled(zone, PATIENCE)
            self.check_history(zone)
        finally:
            self.world.close()
            self.world.rpc.close()

    def repeat(self, method, done, **params):
        """A call until it is answered. A lost answer may have been a yes: `done` are the codes that
        the repetition of what was done gets."""
        was_lost = False

        def call():
            nonlocal was_lost
            try:
                return self.world.rpc(method, **params) or True
            except RpcUnavailable:
                was_lost = True
            except RpcError as e:
                if was_lost and e.code in done:
                    return True
                was_lost = was_lost or e.code in TRANSIENT
                if e.code not in TRANSIENT:
                    raise Refused(f"{method}: {e}") from e
            return None

        return wait_for(call, PATIENCE, f"an answer to {method}")

    def create(self):
        name = self.world.fresh_name()
        self.file.touch()
        self.repeat("create_zone", {ZONE_EXISTS}, name=name, login_id=LOGIN,
                    zi_text="www IN A 192.0.2.1\n")
        shown = wait_for(lambda: self.world.rpc("show_zone", name=name), PATIENCE, "the new zone")
        (change_id,), = self.world.sql(
            "SELECT change_id FROM zone_instance WHERE zone_id = %s", shown["zone_id"])
        zone = Zone(self.world, name, ["www IN A 192.0.2.1"],
                    {"zone_id": shown["zone_id"], "zi_id": shown["zi_candidate_id"],
                     "change_id": change_id})
        zone.sync(PATIENCE)
        return zone

    def delete(self, zone):
        self.repeat("delete_zone", {ZONE_NOT_FOUND}, name=zone.name, login_id=LOGIN)
        servers = [self.world.master, *self.world.slaves]
        wait_for(lambda: all(serial_of(s, zone.name) is None for s in servers), PATIENCE,
                 f"{zone.name} served by nobody")

    def check_history(self, zone):
        sql, of = self.world.sql, zone.zone_id
        assert not self.file.exists(), "the fault has happened"
        rows = sql("SELECT state, last_error FROM zone WHERE id = %s", of)
        assert rows == [("DELETED", None)]
        instances = [row[0] for row in sql(
            "SELECT id FROM zone_instance WHERE zone_id = %s ORDER BY id", of)]
        assert len(instances) == 2, "one instance for every change"
        published = sql("SELECT zi_id, serial FROM publication WHERE zone_id = %s ORDER BY serial", of)
        assert [row[0] for row in published] == instances, "each published once, in order"
        assert sql("SELECT type, last_error FROM event WHERE machine = 'zone' AND sm_id = %s"
                   " AND state = 'FAILURE' AND type <> 'ZoneSMDelete'", of) == []


class Refused(BaseException):
    """Not a matter of trying again: wait_for lets it through."""


def outcome(stack, faults, fault):
    """What went wrong in one life; None when nothing did."""
    try:
        Life(stack, faults, fault).live()
    except Exception as e:
        return f"{' '.join(fault)}: {type(e).__name__}: {e}"
    except Refused as e:
        return f"{' '.join(fault)}: {e}"
    return None


def test_no_fault_leaves_anything_stuck(fragile, build_dir):
    stack, faults, second = fragile
    todo = table(build_dir)
    with Supervisor(stack, second), ThreadPoolExecutor(LIVES_AT_ONCE) as pool:
        wrong = [w for w in pool.map(lambda f: outcome(stack, faults, f), todo) if w]
        assert wrong == [], "\n".join(wrong)
        story.wait_states_ok(stack)
        check_nothing_stuck(World(stack, "after"))


def check_nothing_stuck(world):
    """Of all machines, after all of it."""
    try:
        wait_for(lambda: world.rpc("show_master_status")["state"] == "READY", 60, "master READY")
        assert world.sql("SELECT name, state FROM zone WHERE state <> 'DELETED'") == []
        wait_for(lambda: world.sql("SELECT machine, type, sm_name, last_error FROM event WHERE"
                                   " processed_at IS NULL AND type <> 'ServerSMCheckServer'") == [],
                 60, "no pending events")
        assert world.sql("SELECT name FROM server WHERE lease_until IS NOT NULL") == []
    finally:
        world.close()


@pytest.fixture
def told(fragile):
    """The fragile world, both processes of zone-sm, and a way to arm a fault and to wait until it has
    happened."""
    stack, faults, second = fragile
    copies = [stack.process("zone-sm"), second]
    world = World(stack, "told")

    def arm(*fault):
        file = faults / ".".join(fault)
        file.touch()
        return lambda: wait_for(lambda: not file.exists(), PATIENCE, f"the fault {file.name}")

    yield world, copies, arm
    world.close()
    for process in copies:
        process.send(signal.SIGCONT)
    for file in faults.iterdir():
        file.unlink()


def test_who_was_overtaken_puts_nothing_back(told):
    """One copy of zone-sm is held up before it reads the zone from the master; the other one takes
    over and publishes a newer edit meanwhile. What the first then finds there is not for it to undo."""
    world, copies, arm = told
    zone = world.make_zone("www IN A 192.0.2.1")
    update_by_hand(world, zone, "intruder", "A", "192.0.2.66")
    happened = arm("looking", "ZoneSMUpdate", "stop")
    zone.add("first IN A 192.0.2.2")
    happened()
    (held,) = wait_for(lambda: [p for p in copies if is_stopped(p)], PATIENCE, "a stopped zone-sm")
    zone.add("second IN A 192.0.2.3")
    zone.sync(PATIENCE)
    world.settled(zone, PATIENCE)
    serial = serial_of(world.master, zone.name)
    held.send(signal.SIGCONT)
    wait_for(lambda: "overtaken or cancelled" in held.log.read_text(), PATIENCE, "it to notice")
    assert serial_of(world.master, zone.name) == serial
    for label, address in (("first", "192.0.2.2"), ("second", "192.0.2.3")):
        assert records_of(world.master, f"{label}.{zone.name}", "A") == [address]


def test_work_of_our_own_is_no_strangers(told):
    """The answer to the first try is lost, and the second never arrives."""
    world, _, arm = told
    zone = world.make_zone("www IN A 192.0.2.1")
    happened = arm("worked", "ZoneSMUpdate", "error")
    zone.add("first IN A 192.0.2.2")
    happened()
    happened = arm("claimed", "ZoneSMUpdate", "error")
    zone.add("second IN A 192.0.2.3")
    happened()
    zone.sync(PATIENCE)
    world.settled(zone, PATIENCE)
    assert world.sql("SELECT results->'drift' FROM event WHERE machine = 'zone' AND sm_id = %s"
                     " AND results ? 'drift'", zone.zone_id) == []
