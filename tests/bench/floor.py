"""The floor: what the name servers and the disk need with nothing of DMS on the way.

A zone configured by hand on the very servers that DMS uses. The master tells the slaves itself, at
once; nsupdate's way of changing it, one signed DNS UPDATE over a kept TCP connection.
"""

import re
import socket
import time

import dns.name
import dns.query
import dns.rcode
import dns.tsig
import dns.update
import psycopg2
from dmsstack import StackError
from dmsstack.process import run

ZONE = "floor.example."
KEY = re.compile(r'key\s+"([^"]+)".*?algorithm\s+([-\w]+);\s*secret\s+"([^"]+)"', re.DOTALL)
UPDATE_SECONDS = 10


def control(stack, bind, *command):
    """One rndc command, with the server's own control key."""
    run(f"rndc {command[0]} at {bind.name}",
        ["rndc", "-s", "127.0.0.1", "-p", str(bind.control_port), "-k", bind.key_file, *command],
        log=stack.log_dir / "rndc.log", cwd=stack.home)


class Floor:
    def __init__(self, stack, records):
        """`records`: lines of the zone besides SOA and NS."""
        self.stack, self.number, self.serial = stack, 0, 0
        name, self.algorithm, secret = KEY.search(stack.master.key_file.read_text()).groups()
        self.key_name = name
        self.keyring = {dns.name.from_text(name): dns.tsig.Key(name, secret, self.algorithm)}
        self._add_to_master(records)
        for bind in stack.slaves:
            self._add_to_slave(bind)
        self._socket = self._connect()

    def _add_to_master(self, records):
        master, slaves = self.stack.master, self.stack.slaves
        path = master.zone_dir / "floor.zone"
        head = [f"$ORIGIN {ZONE}", "$TTL 3600",
                "@ SOA ns1.dms.example. hostmaster.dms.example. 1 7200 900 604800 3600",
                "@ NS ns1.dms.example.", "@ NS ns2.dms.example."]
        path.write_text("\n".join([*head, *records]) + "\n")
        told = " ".join(f"{b.address} port {b.port};" for b in slaves)
        control(self.stack, master, "addzone", ZONE,
                f'{{ type primary; file "{path}"; allow-update {{ key "{self.key_name}"; }};'
                f' allow-transfer {{ 127.0.0.0/8; }}; notify explicit; notify-delay 0;'
                f' also-notify {{ {told} }}; }};')

    def _add_to_slave(self, bind):
        master = self.stack.master
        control(self.stack, bind, "addzone", ZONE,
                f'{{ type secondary; file "{bind.zone_dir / "floor.zone"}";'
                f' primaries {{ {master.address} port {master.port}; }}; }};')

    def _connect(self):
        master = self.stack.master
        connection = socket.create_connection((master.address, master.port), UPDATE_SECONDS)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.setblocking(False)
        return connection

    def close(self):
        self._socket.close()

    def begin(self, watch):
        """Waits until both slaves have the zone."""
        watch.begin(ZONE)
        self.serial = watch.end()[0][0]

    def edit(self, watch, latency, call):
        """One record changed by UPDATE, until both slaves have it."""
        self.number += 1
        update = dns.update.UpdateMessage(ZONE, keyring=self.keyring, keyname=self.key_name,
                                          keyalgorithm=self.algorithm)
        update.replace("edited", 3600, "A", address(self.number))
        begun = time.monotonic_ns()
        reply = dns.query.tcp(update, self.stack.master.address, UPDATE_SECONDS, sock=self._socket)
        answered = time.monotonic_ns()
        if reply.rcode() != dns.rcode.NOERROR:
            raise StackError("update the floor's zone", dns.rcode.to_text(reply.rcode()))
        watch.begin(ZONE, self.serial)
        readings = watch.end()
        latency.add_ns(max(at for _, at in readings) - answered)
        call.add_ns(answered - begun)
        self.serial = readings[0][0]


def address(number):
    """An address of its own for the n-th edit."""
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


def measure_commits(url, count, series):
    """One row written, one commit waited for: the disk's share of anything that is kept."""
    connection = psycopg2.connect(url)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE bench_commit (number bigint)")
            try:
                for number in range(count):
                    begun = time.monotonic_ns()
                    cursor.execute("INSERT INTO bench_commit VALUES (%s)", (number,))
                    series.add_ns(time.monotonic_ns() - begun)
            finally:
                cursor.execute("DROP TABLE bench_commit")
    finally:
        connection.close()
