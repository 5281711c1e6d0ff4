"""zone_tool check_zone: zone files checked without a server, and compared with what BIND reads."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ZONES = Path(__file__).resolve().parents[1] / "data/zones"
GOOD = sorted((ZONES / "good").glob("*.zone"))
BAD = sorted((ZONES / "bad").glob("*.zone"))
# What BIND thinks of the content is not asked, only what it reads.
CHECKS_OFF = [part for option in ("-k", "-n", "-m", "-M", "-S", "-r", "-T", "-W")
              for part in (option, "ignore")] + ["-i", "none"]


def zone_of(path):
    return re.search(rb"; zone: (\S+)", path.read_bytes()).group(1).decode()


@pytest.fixture
def check(build_dir):
    def run(*arguments, **options):
        return subprocess.run([build_dir / "bin/zone_tool", "check_zone", *map(str, arguments)],
                              capture_output=True, timeout=60, **options)
    return run


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_good_files_have_no_errors(check, path):
    done = check(zone_of(path), path)
    assert done.returncode in (0, 1), done.stdout.decode()


@pytest.mark.skipif(shutil.which("named-compilezone") is None, reason="needs bind9-utils")
@pytest.mark.parametrize("path", [p for p in GOOD if p.stem != "bom"], ids=lambda path: path.stem)
def test_good_files_mean_what_bind_reads(check, path, tmp_path):
    zone, theirs = zone_of(path), tmp_path / "theirs"
    subprocess.run(["named-compilezone", "-q", *CHECKS_OFF, "-o", theirs, zone, path], check=True,
                   cwd=path.parent, timeout=60)
    ours = check("--normal-form", zone, path).stdout
    assert ours.count(b"\n") > 4
    assert ours == check("--normal-form", zone, theirs).stdout
    # and BIND reads the normal form as the same zone, but for the case of names
    (tmp_path / "ours").write_bytes(ours)
    subprocess.run(["named-compilezone", "-q", *CHECKS_OFF, "-o", tmp_path / "again", zone,
                    tmp_path / "ours"], check=True, timeout=60)
    assert (tmp_path / "again").read_bytes().lower() == theirs.read_bytes().lower()


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_bad_files_say_where_and_why(check, path):
    done = check(zone_of(path), path)
    assert done.returncode == 2
    found = re.findall(r"^[^:]+:(\d+:\d+): (error|warning): .* \((\w+), -\d+\)$",
                       done.stdout.decode(), re.MULTILINE)
    assert "".join(f"{place} {level} {name}\n" for place, level, name in found) == \
        path.with_suffix(".expected").read_text()
    listed = json.loads(check("--json", zone_of(path), path).stdout)
    assert [(f"{one['line']}:{one['column']}", one["level"], one["name"]) for one in listed] == found


def test_other_files_are_read_only_below_the_folder(check, tmp_path):
    (tmp_path / "inside").mkdir()
    (tmp_path / "secret").write_text("s TXT secret\n")
    (tmp_path / "inside/link").symlink_to(tmp_path / "secret")
    zone = tmp_path / "inside/zone"
    for name in ("../secret", str(tmp_path / "secret"), "link", "/dev/stdin", "."):
        zone.write_text(f"$TTL 1h\n$INCLUDE {name}\n")
        done = check("example.org", zone)
        assert done.returncode == 2
        assert b":2:10: error: $INCLUDE" in done.stdout and b"(IncludeNotSupported, -50)" in done.stdout
    zone.write_text("$TTL 1h\n$INCLUDE secret\n")
    done = check("--normal-form", "--include", tmp_path, "example.org", zone)
    assert done.stdout == b's.example.org. 3600 IN TXT "secret"\n'


def test_statuses(check, tmp_path):
    soa = "$TTL 1h\n@ SOA ns1.example.net. h.example.net. 2026112201 2h 15m 1w 1h\n"
    clean = soa + "@ NS ns1.example.net.\n@ NS ns2.example.net.\n"
    assert check("example.org", "-", input=clean.encode()).returncode == 0
    doubtful = check("example.org.", "-", input=(clean + "a TXT two words\n").encode())
    assert doubtful.returncode == 1
    assert doubtful.stdout.startswith(b"standard input:5:7: warning: ")
    assert check("example.org", "-", input=soa.encode()).returncode == 2
    assert check("example.org").returncode == 64
    assert check("example.org", tmp_path / "none").returncode == 71
    assert check("example.org", tmp_path).returncode == 71
