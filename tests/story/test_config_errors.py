"""A wrong configuration file ends every program with 78 and says where and what."""

import subprocess

import pytest

PROGRAMS = {"rpc-gateway": [], "zone-sm": [], "master-sm": [], "server-agent": [],
            "reverse-ptr": [], "zone_tool": ["list_sg"], "dms-db": ["migrate"]}
EX_CONFIG = 78


def run(build_dir, program, config):
    return subprocess.run([build_dir / "bin" / program, "-c", config, *PROGRAMS[program]],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30)


def check(result, *words):
    assert result.returncode == EX_CONFIG, result.stdout + result.stderr
    for word in words:
        assert word in result.stderr, result.stderr


@pytest.mark.parametrize("program", PROGRAMS)
def test_an_unknown_key(build_dir, tmp_path, program):
    config = tmp_path / "unknown.conf"
    config.write_text("[dms]\nlog_level = info\nno_such_key = 1\n")
    check(run(build_dir, program, config), f"{config}:3", "no_such_key")


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_value_that_is_none_of_its_type(build_dir, tmp_path, program):
    config = tmp_path / "type.conf"
    config.write_text("; a comment\n\n[dms]\ndrain_timeout = soon\n")
    if program in ("zone_tool", "dms-db"):  # they have few typed keys
        key = "rpc_timeout" if program == "zone_tool" else "log_level"
        value = "soon" if program == "zone_tool" else "loud"
        config.write_text(f"; a comment\n\n[dms]\n{key} = {value}\n")
        check(run(build_dir, program, config), f"{config}:4", key, value)
    else:
        check(run(build_dir, program, config), f"{config}:4", "drain_timeout", "soon")


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_missing_file(build_dir, tmp_path, program):
    config = tmp_path / "missing.conf"
    check(run(build_dir, program, config), str(config))


@pytest.mark.parametrize("program", [p for p in PROGRAMS if p not in ("dms-db", "zone_tool")])
def test_an_unreadable_certificate(build_dir, tmp_path, program):
    config = tmp_path / "certificate.conf"
    extra = "server_name = x\n" if program == "server-agent" else ""
    config.write_text(f"[{program}]\nnats_ca = {tmp_path}/none.pem\nnats_cert = {tmp_path}/none.pem\n"
                      f"nats_key = {tmp_path}/none.key\n{extra}")
    check(run(build_dir, program, config), "none.pem")
