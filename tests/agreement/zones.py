#!/usr/bin/python3
"""Zones, right and wrong, judged by this project and by BIND.

    zones.py ZONE_VERDICTS [COUNT [SEED]]
What BIND refuses must be refused here, and at the lines that BIND names; what is refused here and
not by BIND must be for a reason of differences.py, from which docs/agreement.md comes. All zones go
through named-checkconf -z, which loads them as named-checkzone does but at once; where that differs,
named-checkzone has the last word. Of zones that both take, BIND must read the same from the source,
from its normal form, and from the zone text that is written of it.
"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import bind_batch
import differences
import zones_make

# One zone of so many is read three ways, which takes three processes.
READ_AGAIN = 30
# What BIND only warns of, and what it says at another line than the one with the fault: at the other
# record of two, or at the end of a file with an open parenthesis.
ELSEWHERE = re.compile("TTL set to|and other data|singleton|near eof")
# Checks of what no text can hold, or no small one.
NOT_IN_TEXT = {"NameTooLong", "TtlRangeError", "RrsetTooLarge"}
CHECKS = set(re.findall(r"^\| (?:error|warning) \| -\d+ \| (\w+) ",
                        (Path(__file__).parents[2] / "docs/checks.md").read_text(), re.MULTILINE))


def make_zones(folder, count, seed):
    """Zone -> its file."""
    files = {}
    for i in range(count):
        zone = f"{i % 250}.{i // 250}.10.in-addr.arpa." if i % 10 == 9 else f"z{i}.example.org."
        files[zone] = folder / f"zone{i}"
        files[zone].write_text(zones_make.zone_text(zone, seed * 1000003 + i))
    return files


def ask_us(program, files):
    """Zone -> findings."""
    done = subprocess.run([program], input="".join(f"{zone} {path}\n" for zone, path in files.items()),
                          text=True, capture_output=True, check=True)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    return {answer["zone"]: answer["findings"] for answer in answers}


def ask_bind(files, folder):
    """Zone -> why it is refused, None: it is not; and the lines that BIND names of each."""
    conf = folder / "named.conf"
    conf.write_text(f'options {{ directory "{folder}"; check-names primary fail; }};\n' + "".join(
        f'zone "{zone}" {{ type primary; file "{path}"; }};\n' for zone, path in files.items()))
    done = subprocess.run([shutil.which("named-checkconf"), "-z", conf], text=True, errors="replace",
                          capture_output=True)
    refused = dict(re.findall(r"^_default/(\S+)/IN: (.*)$", done.stderr, re.MULTILINE))
    lines = {}
    for name, line, said in re.findall(rf"{re.escape(str(folder))}/(zone\d+):(\d+): (.*)$", done.stdout,
                                       re.MULTILINE):
        if not ELSEWHERE.search(said):
            lines.setdefault(name, set()).add(int(line))
    return ({zone: refused.get(zone) for zone in files},
            {zone: lines.get(path.name, set()) for zone, path in files.items()})


def ask_checkzone(zone, path):
    """None: the zone is taken; otherwise what was said."""
    done = subprocess.run([shutil.which("named-checkzone"), "-i", "local", "-k", "fail", "-n", "fail", zone,
                           path], text=True, errors="replace", capture_output=True)
    return None if done.returncode == 0 else done.stdout + done.stderr


def judge(zone, path, findings, reason, lines, seen):
    """What is wrong, or None."""
    errors = [finding for finding in findings if finding["level"] == "error"]
    if bool(errors) != bool(reason):
        reason = ask_checkzone(zone, path)
    if reason and not errors:
        return f"BIND refuses: {reason}"
    if errors and not reason:
        for error in errors:
            known = next((one for one in differences.STRICTER if one.explains(error)), None)
            if known is None:
                return f"BIND takes it, we say {error['message']}"
            seen.add(known.what)
        return None
    # What is missing may stand in a line that cannot be read: we do not say so then, BIND does.
    missed = lines - {error["line"] for error in errors}
    if not missed or any(error["line"] and error["rdata"] is None for error in errors):
        return None
    return f"BIND finds errors in lines {sorted(missed)} too: {reason}"


def compiled(zone, path):
    """The zone as BIND reads it, in lower case, where it keeps what case was typed."""
    done = subprocess.run([shutil.which("named-compilezone"), "-q", *bind_batch.CHECKS_OFF, "-o", "-", zone,
                           path], capture_output=True)
    return done.stdout.lower() if done.returncode == 0 else done.stdout + done.stderr


def judge_text(item):
    zone, path = item
    source = compiled(zone, path)
    for suffix in (".normal", ".written"):
        again = compiled(zone, path.with_name(path.name + suffix))
        if again != source or source.count(b"\n") < 3:
            return f"{zone}\n{path.read_text()}\nread by BIND:\n{source.decode()}\n{suffix}:\n{again.decode()}"
    return None


def main():
    program = sys.argv[1]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    seen, faults = set(), []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = make_zones(folder, count, seed)
        ours = ask_us(program, files)
        reasons, lines = ask_bind(files, folder)
        for zone, path in files.items():
            fault = judge(zone, path, ours[zone], reasons[zone], lines[zone], seen)
            if fault:
                faults.append(f"{zone}: {fault}\n{path.read_text()}")
        both = [(zone, path) for zone, path in files.items()
                if not reasons[zone] and path.with_name(path.name + ".written").exists()]
        with ThreadPoolExecutor(2) as threads:
            faults += [fault for fault in threads.map(judge_text, both[:max(count // READ_AGAIN, 10)]) if fault]
    refused = sum(any(one["level"] == "error" for one in findings) for findings in ours.values())
    names = {one["name"] for findings in ours.values() for one in findings}
    print(f"{count} zones compared: both take {len(both)}, {sum(map(bool, reasons.values()))} refused by BIND, "
          f"{refused} here; {len(names)} kinds of findings")
    faults += [f"no longer a difference: {what}"
               for what in {one.what for one in differences.STRICTER} - seen]
    faults += [f"no zone brings {name}" for name in CHECKS - names - NOT_IN_TEXT]
    if len(both) < count / 5 or refused < count / 5:
        faults.append("too few zones are right, or wrong")
    print("\n".join(faults))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
