"""Free ports on loopback, for TCP and UDP alike.

They are taken below the kernel's range of ephemeral ports, so that no outgoing connection can take
one while its daemon is being restarted.
"""

import random
import socket

LOWEST = 10240


def highest():
    try:
        with open("/proc/sys/net/ipv4/ip_local_port_range") as file:
            lowest_ephemeral = int(file.read().split()[0])
    except (OSError, ValueError):
        lowest_ephemeral = 32768
    return lowest_ephemeral - 1 if lowest_ephemeral > LOWEST + 1000 else 65000


def is_free(port, address="127.0.0.1"):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as s:
            if kind == socket.SOCK_STREAM:
                s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                s.bind((address, port))
            except OSError:
                return False
    return True


def free_ports(count):
    """`count` different ports that nobody uses now."""
    top, found = highest(), set()
    while len(found) < count:
        port = random.randint(LOWEST, top)
        if port not in found and is_free(port):
            found.add(port)
    return sorted(found)
