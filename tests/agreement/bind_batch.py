"""Many rdata through BIND at once: as records of one zone, each with an owner of its own."""

import re
import struct
import subprocess

# Only what can be read is asked, nothing about the content.
CHECKS_OFF = [part for option in ("-k", "-n", "-m", "-M", "-S", "-r", "-T", "-W")
              for part in (option, "ignore")] + ["-i", "none"]
# Lines of nothing between the records, so that one that swallows its line end hurts no other.
LINES_EACH = 3


def rdata_of_raw(octets):
    """Owner's first label -> rdata in hexadecimal, out of a zone in BIND's raw format."""
    found = {}
    at = 24  # format, version, date, flags, serial, last transfer
    while at < len(octets):
        size, = struct.unpack_from(">I", octets, at)
        name_size, = struct.unpack_from(">H", octets, at + 18)
        label_at = at + 20
        label = octets[label_at + 1:label_at + 1 + octets[label_at]].decode()
        rdata_at = label_at + name_size
        rdata_size, = struct.unpack_from(">H", octets, rdata_at)
        found[label] = octets[rdata_at + 2:rdata_at + 2 + rdata_size].hex()
        at += size
    return found


def is_for_batch(line):
    """Not an SOA, of which a zone has one, and nothing that could reach into the next line."""
    return not line.startswith("SOA ") and not set(line) & set("()") and line.count('"') % 2 == 0


def ask(compilezone, folder, origin, lines):
    """For each line "TYPE rdata" its octets in hexadecimal; None: BIND refuses it, or was not asked."""
    taken = [is_for_batch(line) for line in lines]
    zone, raw = folder / "zone", folder / "raw"
    head = "$TTL 60\n@ SOA a. b. 1 2 3 4 5\n@ NS a.\n"
    for _ in range(10):
        text = "".join((f"r{i} IN {line}\n" if is_taken else ";\n") + ";\n" * (LINES_EACH - 1)
                       for i, (line, is_taken) in enumerate(zip(lines, taken)))
        zone.write_text(head + text)
        done = subprocess.run([compilezone, *CHECKS_OFF, "-F", "raw", "-o", raw, origin, zone], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, errors="replace")
        if done.returncode == 0:
            break
        for number in re.findall(rf"{re.escape(str(zone))}:(\d+):", done.stdout):
            taken[(int(number) - 1 - head.count("\n")) // LINES_EACH] = False
    else:
        raise RuntimeError(done.stdout[-2000:])
    found = rdata_of_raw(raw.read_bytes())
    return [found.get(f"r{i}") for i in range(len(lines))]
