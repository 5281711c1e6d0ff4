"""What the quick start does with processes and folders that are not its own: nothing."""

import os
import shutil
import signal
import socket
import subprocess
import sys

import pytest
from conftest import REPOSITORY
from dmsstack import Process, Stack, StackError
from dmsstack.process import start_time


def sleeper(tmp_path, name="sleeper", program="exec sleep 1000"):
    return Process(name, ["/bin/sh", "-c", program], tmp_path, tmp_path, stop_seconds=0.5)


def test_start_signal_stop(tmp_path):
    process = sleeper(tmp_path)
    process.start()
    pid = process.pid
    process.start()
    assert process.pid == pid, "a second start does nothing"
    assert sleeper(tmp_path).pid == pid, "found again by its pid file"
    assert process.stop() and not process.is_running
    assert process.stop(), "a second stop does nothing"


def test_one_that_does_not_want_to_end_is_killed(tmp_path):
    process = sleeper(tmp_path, program='trap "" TERM; echo ready; while :; do sleep 1000; done')
    process.start()
    process.wait_ready(lambda: "ready" in process.log.read_text(), 10, "its trap")
    assert not process.stop()
    assert not process.is_running


def test_a_recycled_pid_is_never_signalled(tmp_path):
    stranger = subprocess.Popen(["sleep", "1000"])
    try:
        process = sleeper(tmp_path)
        begun = start_time(stranger.pid)
        process.pid_file.write_text(f"{stranger.pid} {begun - 1}\n")
        assert process.pid is None
        assert not process.send(signal.SIGKILL)
        process.stop()
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_one_that_ends_at_once_is_an_error_with_its_words(tmp_path):
    process = sleeper(tmp_path, program="echo no such thing >&2; exit 3")
    process.start()
    with pytest.raises(StackError) as failure:
        process.wait_ready(lambda: False, 10, "nothing")
    assert "status 3" in str(failure.value) and "no such thing" in str(failure.value)
    assert str(process.log) in str(failure.value)


def test_a_taken_port_is_an_error_that_names_step_and_log(private_folder):
    stack = Stack(private_folder / "taken", services=(), agents=False)
    with socket.create_server(("127.0.0.1", stack.ports["nats"])):
        with pytest.raises(StackError) as failure:
            stack.start()
    assert "nats-server" in str(failure.value) and "address already in use" in str(failure.value)
    stack.clean()
    assert not stack.home.exists() and not stack.is_running


def quickstart(home, *arguments):
    return subprocess.run([sys.executable, REPOSITORY / "deploy/stack/quickstart.py", *arguments],
                          env={**os.environ, "DMS_HOME": str(home)}, capture_output=True, text=True,
                          timeout=60)


def test_a_folder_with_other_things_in_it_is_refused(private_folder):
    home = private_folder / "photographs"
    home.mkdir()
    (home / "cat.jpg").touch()
    for command in ("start", "clean", "stop"):
        result = quickstart(home, command)
        assert result.returncode == 1 and "holds something else" in result.stderr
    assert (home / "cat.jpg").exists()


def test_a_folder_that_others_may_write_is_refused(private_folder):
    home = private_folder / "open"
    home.mkdir()
    home.chmod(0o777)
    result = quickstart(home, "start")
    assert result.returncode == 1 and "may be written by others" in result.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="needs a folder of another user")
def test_a_folder_of_somebody_else_is_refused(private_folder):
    home = private_folder / "theirs"
    home.mkdir()
    os.chown(home, 1, 1)
    result = quickstart(home, "start")
    assert result.returncode == 1 and "belongs to user id 1" in result.stderr


@pytest.fixture
def users_deploy(tmp_path):
    """deploy/ as somebody sees it who is not root."""
    deploy = tmp_path / "deploy"
    shutil.copytree(REPOSITORY / "deploy", deploy, ignore=shutil.ignore_patterns("__pycache__"))
    script = deploy / "install-packages"
    script.write_text(script.read_text().replace("id -u", "echo 1000"))
    return deploy


def test_missing_packages_are_named_and_a_build_is_not_begun(users_deploy):
    (users_deploy / "packages.txt").write_text("# run\nbash\nno-such-package-of-debian\n")
    result = subprocess.run([users_deploy / "quickstart"], capture_output=True, text=True,
                            timeout=60)
    assert result.returncode == 1 and "  no-such-package-of-debian\n" in result.stderr
    assert "  bash\n" not in result.stderr
    assert f"As root: {users_deploy}/install-packages\n" in result.stderr, "what helps"
    assert "Building" not in result.stdout


def test_a_clone_that_cannot_be_built_in_says_so(users_deploy):
    (users_deploy / "packages.txt").write_text("bash\n")
    (users_deploy.parent / "build").write_text("")  # in the way even of root
    result = subprocess.run([users_deploy / "quickstart"], capture_output=True, text=True,
                            timeout=60)
    assert result.returncode == 1
    assert f"you may not write in {users_deploy.parent}/build/release" in result.stderr
