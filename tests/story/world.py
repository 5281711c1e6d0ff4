"""What stories need: zones of one's own, edits, what name servers answer, streams of edits."""

import itertools
import threading
import time

import dns.exception
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype
import psycopg2
from dmsstack import RpcError, RpcUnavailable, wait_for

LOGIN = "story@tests"
STALE_INSTANCE = -131
_numbers = itertools.count(1)


def ask(bind, name, kind, timeout=2.0):
    """One UDP question; TCP when the answer does not fit -> message."""
    query = dns.message.make_query(name, kind)
    query.flags &= ~0x0100  # no recursion wanted
    answer, _ = dns.query.udp_with_fallback(query, bind.address, timeout, bind.port)
    return answer


def serial_of(bind, zone):
    """The zone's serial at a name server; None when it does not serve it."""
    answer = ask(bind, zone, "SOA")
    if answer.rcode() != dns.rcode.NOERROR:
        return None
    for rrset in answer.answer:
        if rrset.rdtype == dns.rdatatype.SOA:
            return rrset[0].serial
    return None


def records_of(bind, name, kind):
    """Sorted texts of an RRset; empty when there is none."""
    answer = ask(bind, name, kind)
    wanted = dns.rdatatype.from_text(kind)
    return sorted(r.to_text() for rrset in answer.answer if rrset.rdtype == wanted for r in rrset)


def is_newer(a, b):
    """Serial arithmetic, RFC 1982 section 3.2."""
    return a != b and (a - b) % 2**32 < 2**31


class SerialWatch:
    """Looks at a zone's serial at name servers all the time; remembers every step backwards."""

    def __init__(self, binds, zone):
        self.zone, self.backwards, self.seen = zone, [], {b.name: [] for b in binds}
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._watch, args=(b,)) for b in binds]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _watch(self, bind):
        seen = self.seen[bind.name]
        while not self._stop.wait(0.01):  # the pace of looking, nothing waits for it
            try:
                serial = serial_of(bind, self.zone)
            except (OSError, dns.exception.DNSException):
                continue  # being restarted
            if serial is None or (seen and seen[-1] == serial):
                continue
            if seen and not is_newer(serial, seen[-1]):
                self.backwards.append((bind.name, seen[-1], serial))
            seen.append(serial)


class Zone:
    """A zone as a growing list of lines. Saves are conditional, so that a save whose answer was lost
    is recognised instead of done twice."""

    def __init__(self, world, name, lines, reply):
        self.world, self.name, self.lines = world, name, list(lines)
        self.zone_id, self.zi_id = reply["zone_id"], reply["zi_id"]
        self.change_id = reply["change_id"]
        self.changes = [self.change_id]

    @property
    def text(self):
        return "\n".join(self.lines) + "\n"

    def add(self, *lines, patience=60):
        """One edit that adds lines; returns its change id (None when the answer was lost)."""
        self.lines += lines
        return self.save(patience)

    def remove(self, line, patience=60):
        self.lines.remove(line)
        return self.save(patience)

    def save(self, patience=60):
        end = time.monotonic() + patience
        while True:
            try:
                reply = self.world.rpc("update_zone", name=self.name, zi_text=self.text,
                                       login_id=LOGIN, if_zi_id=self.zi_id)
            except RpcUnavailable:
                if self._has_arrived(end):
                    return None
                continue
            except RpcError as e:
                if e.code == STALE_INSTANCE and self._has_arrived(end):
                    return None
                if e.code not in TRANSIENT or time.monotonic() > end:
                    raise
                continue
            self.zi_id, self.change_id = reply["zi_id"], reply["change_id"]
            self.changes.append(self.change_id)
            return self.change_id

    def _has_arrived(self, end):
        """After a lost answer: was the save done? The candidate instance then is another one, with
        this zone's last line in it."""
        zone = wait_for(lambda: self.world.rpc("show_zone", name=self.name),
                        max(1.0, end - time.monotonic()), "an answer after a lost one")
        if zone["zi_candidate_id"] == self.zi_id:
            return False
        self.zi_id = zone["zi_candidate_id"]
        return True

    def sync(self, timeout=60):
        """Waits until every server serves the newest content; the reply."""
        end = time.monotonic() + timeout
        while True:
            try:
                reply = self.world.rpc("wait_zone_sync", name=self.name,
                                       timeout_ms=int(max(0.0, end - time.monotonic()) * 1000))
                break
            except RpcUnavailable:
                if time.monotonic() > end:
                    raise
        assert reply["is_in_sync"], f"{self.name} not in sync within {timeout} s: {reply}"
        return reply


# Codes with which a call says "not now": database, bus, conflict, stopping.
TRANSIENT = {-132, -133, -136, -138, -139, -140, -141, -152, -32603}


class World:
    def __init__(self, stack, story_name):
        self.stack, self.rpc, self.story_name = stack, stack.rpc, story_name
        self.master, self.slaves = stack.master, stack.slaves
        self._connection = None

    def close(self):
        if self._connection is not None:
            self._connection.close()

    def fresh_name(self):
        return f"{self.story_name}-{next(_numbers)}.test."

    def make_zone(self, *lines, name=None, sync=True, **params):
        """A zone with these lines (apex from the configuration), served by all unless sync=False."""
        name = name or self.fresh_name()
        zone = Zone(self, name, lines, self.rpc(
            "create_zone", name=name, login_id=LOGIN, zi_text="\n".join(lines) + "\n", **params))
        if sync:
            zone.sync()
        return zone

    def sql(self, statement, *arguments):
        """Rows of one statement; a lost connection is made anew."""
        for is_last in (False, True):
            try:
                if self._connection is None or self._connection.closed:
                    self._connection = psycopg2.connect(self.stack.pg_url)
                    self._connection.autocommit = True
                with self._connection.cursor() as cursor:
                    cursor.execute(statement, arguments)
                    return cursor.fetchall() if cursor.description else []
            except psycopg2.OperationalError:
                self._connection = None
                if is_last:
                    raise

    def settled(self, zone, timeout=30):
        """Waits until no event of the zone is left to do."""
        wait_for(lambda: self.sql("SELECT count(*) FROM event WHERE machine = 'zone' AND sm_id = %s"
                                  " AND processed_at IS NULL", zone.zone_id)[0][0] == 0,
                 timeout, f"no pending events of {zone.name}")

    def check_everywhere(self, name, kind, texts):
        """Every slave answers exactly these."""
        for bind in self.slaves:
            assert records_of(bind, name, kind) == sorted(texts), f"{name} {kind} at {bind.name}"

    def server(self, name):
        """The row of list_server."""
        return next(r for r in self.rpc("list_server") if r["server_name"] == name)


def numbered(prefix, number):
    """The line of the n-th edit of a stream, and what a name server answers for it."""
    return f'{prefix}{number} 60 IN TXT "edit {number}"'


def check_stream(world, zone, prefix, count):
    """A stream of `count` edits arrived: every record at every slave, one instance per edit, in the
    order of the edits, each published and seen by all."""
    for number in range(count):
        world.check_everywhere(f"{prefix}{number}.{zone.name}", "TXT", [f'"edit {number}"'])
    rows = world.sql("SELECT label, born, gone FROM record WHERE zone_id = %s AND label LIKE %s"
                     " ORDER BY born", zone.zone_id, prefix + "%")
    assert [row[0] for row in rows] == [f"{prefix}{n}" for n in range(count)]
    assert all(row[2] is None for row in rows)
    instances = world.sql("SELECT id, change_id FROM zone_instance WHERE zone_id = %s ORDER BY id",
                          zone.zone_id)
    assert [i[0] for i in instances[-count:]] == [row[1] for row in rows], "one instance per edit"
    changes = [i[1] for i in instances]
    assert changes == sorted(set(changes)), "changes in order, each once"
    assert set(zone.changes) <= set(changes), "every answered change is in the history"
    newest = world.sql("SELECT max(change_id) FROM publication WHERE zone_id = %s AND in_sync_at"
                       " IS NOT NULL", zone.zone_id)[0][0]
    assert newest == changes[-1], "the newest change has reached all servers"
    for change in changes:
        reply = world.rpc("wait_zone_sync", name=zone.name, change_id=change, timeout_ms=0)
        assert reply["is_in_sync"], f"change {change}"
