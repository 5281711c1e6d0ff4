#!/usr/bin/python3
"""Rdata, right and wrong, read by this project and by BIND.

    rdata.py RDATA_LINES PRINT_RECORD_TYPES [COUNT [SEED]]
Both must make the same octets of it, and BIND the same of what we print. Where they differ the
difference must be in differences.py, from which docs/agreement.md comes. Most lines go through BIND
as one zone; where that differs named-rrchecker has the last word, as it has on corners and examples.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import bind_batch
import differences
import rdata_make

ORIGIN = "example.org."


def run_table(program, option):
    done = subprocess.run([program, option], text=True, capture_output=True, check=True)
    return done.stdout.splitlines()


def ask_rrchecker(line):
    """The rdata in hexadecimal, or None."""
    done = subprocess.run([shutil.which("named-rrchecker"), "-o", ORIGIN, "-u"], input=f"IN {line}\n",
                          text=True, capture_output=True, timeout=60)
    match = re.search(r"\\#\s+(\d+)\s*([0-9A-Fa-f ]*)", done.stdout)
    if done.returncode != 0 or not match:
        return None
    return match[2].replace(" ", "").lower()


def ask_us(program, lines):
    """For each line (octets, text), or (None, reason)."""
    done = subprocess.run([program, ORIGIN], input="\n".join(lines) + "\n", text=True,
                          capture_output=True, check=True)
    answers = [answer.split(" ", 2) for answer in done.stdout.splitlines()]
    assert len(answers) == len(lines)
    return [(answer[1], answer[2]) if answer[0] == "ok" else (None, " ".join(answer[1:]))
            for answer in answers]


def ask_bind(lines, wanted, fixed, folder):
    """Octets or None for each line; those that are not as wanted come from named-rrchecker."""
    found = bind_batch.ask(shutil.which("named-compilezone"), folder, ORIGIN, lines)
    again = [i for i in range(len(lines)) if i < fixed or found[i] != wanted[i]]
    with ThreadPoolExecutor(2) as threads:
        for i, octets in zip(again, threads.map(ask_rrchecker, [lines[i] for i in again])):
            found[i] = octets
    return found


def explained(line, known, seen):
    for difference in known:
        if difference.explains(line):
            seen.add(difference.what)
            return True
    return False


def judge(lines, ours, theirs, seen):
    """What is wrong."""
    for line, (octets, text), bind in zip(lines, ours, theirs):
        if octets is None and bind is not None:
            if not explained(line, differences.ONLY_BIND, seen):
                yield f"{line}: BIND takes {bind}, we say {text}"
        elif octets is not None and bind is None:
            if not explained(line, differences.ONLY_US, seen):
                yield f"{line}: we take {octets}, BIND refuses"
        elif octets != bind:
            yield f"{line}: we take {octets}, BIND {bind}"


def main():
    program, table = sys.argv[1:3]
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 5000
    seed = int(sys.argv[4]) if len(sys.argv) > 4 else 1
    examples = run_table(table, "--examples")
    layouts = [line.split(" ") for line in run_table(table, "--layouts")]
    lines = rdata_make.generate(layouts, examples, count, seed)
    fixed = len(dict.fromkeys(rdata_make.CORNERS.split("\n") + examples)) - 1
    ours = ask_us(program, lines)
    octets = [one[0] for one in ours]
    seen, faults = set(), []
    with tempfile.TemporaryDirectory() as folder:
        theirs = ask_bind(lines, octets, fixed, Path(folder))
        faults += judge(lines, ours, theirs, seen)
        shown = {f"{line.split(' ')[0]} {text}": got for line, (got, text) in zip(lines, ours)
                 if got is not None}
        again = ask_bind(list(shown), list(shown.values()), 0, Path(folder))
        faults += [f"{line} is printed for {got}, BIND reads {bind}"
                   for (line, got), bind in zip(shown.items(), again) if got != bind]
    taken = [line for line, got in zip(lines, octets) if got is not None]
    print(f"{len(lines)} rdata compared, {len(taken)} taken, of {len({t.split()[0] for t in taken})} types; "
          f"{sum(a is None and b is not None for a, b in zip(octets, theirs))} taken only by BIND, "
          f"{sum(a is not None and b is None for a, b in zip(octets, theirs))} only by us")
    faults += [f"example refused: {line}" for line, got in zip(lines, octets)
               if line in examples and got is None]
    # What nothing shows any more is to be taken out of the list.
    faults += [f"no longer a difference: {one.what}"
               for one in differences.ONLY_BIND + differences.ONLY_US if one.what not in seen]
    # The set tells something only when it has enough of right and wrong.
    if not 0.3 < len(taken) / len(lines) < 0.9:
        faults.append("too few lines are right, or wrong")
    print("\n".join(faults))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
