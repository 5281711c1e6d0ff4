"""Zones and edits, made through the gateway as any front end makes them."""

import time
from dataclasses import dataclass

from dmsstack import StackError

from floor import address

LOGIN = "bench@tests"
RECORDS = 47  # with SOA and two NS: a zone of 50 records
SYNC_MS = 120000


def records(number=0):
    """The lines of a zone; the n-th edit changes one record."""
    hosts = [f"host-{n} 3600 IN A 192.0.2.{n}" for n in range(1, RECORDS)]
    return [f"edited 3600 IN A {address(number)}", *hosts]


@dataclass
class Edit:
    """Nanoseconds of the monotonic clock."""
    change_id: int
    sent_ns: int
    replied_ns: int
    readings: list  # per watched server (serial, when it first answered it)
    wall_offset_ns: int  # wall clock minus monotonic clock

    @property
    def last_ns(self):
        return max(at for _, at in self.readings)


class Editor:
    def __init__(self, stack):
        self.rpc = stack.rpc
        self.names, self.serials = [], {}
        self.number = 0

    def make_zones(self, count):
        """Made and served everywhere before anything is measured."""
        self.names = [f"zone-{n}.example." for n in range(count)]
        for name in self.names:
            self.rpc("create_zone", name=name, login_id=LOGIN, zi_text=text(0))
        for name in self.names:
            self.serials[name] = self.sync(name)

    def sync(self, name):
        """Waits until all servers have the zone; its serial."""
        reply = self.rpc("wait_zone_sync", name=name, timeout_ms=SYNC_MS)
        if not reply["is_in_sync"]:
            raise StackError(f"wait for {name}", f"not in sync: {reply['servers']}")
        return reply["soa_serial"]

    def edit(self, watch, name):
        """One record changed, until every watched server answers the new serial."""
        self.number += 1
        return self._call(watch, name, "update_zone", text(self.number))

    def create(self, watch, name):
        """A new zone, until every watched server answers it."""
        return self._call(watch, name, "create_zone", text(0))

    def _call(self, watch, name, method, zone_text):
        sent = time.monotonic_ns()
        reply = self.rpc(method, name=name, login_id=LOGIN, zi_text=zone_text)
        replied = time.monotonic_ns()
        watch.begin(name, self.serials.get(name, 0))
        readings = watch.end()
        self.serials[name] = readings[-1][0]
        return Edit(reply["change_id"], sent, replied, readings,
                    time.time_ns() - time.monotonic_ns())


def text(number):
    return "\n".join(records(number)) + "\n"
