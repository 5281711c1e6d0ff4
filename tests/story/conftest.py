"""Stories: a whole system, started once, and what its users see.

One stack serves the session; every test works in zones of its own and leaves all processes running.
    pytest tests/story [--build release|asan|/path/of/a/build]
"""

import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "deploy/stack"))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from dmsstack import Stack, StackError, story  # noqa: E402
from world import World  # noqa: E402

SANITIZER = re.compile(r"ERROR: \w+Sanitizer|runtime error:|SUMMARY: \w+Sanitizer")


def pytest_addoption(parser):
    parser.addoption("--build", default="release", help="preset, or folder of a build")
    parser.addoption("--keep-home", action="store_true", help="leave the folder for a look")


def pytest_configure(config):
    config.addinivalue_line("markers", "slow: too long for the sanitizer build")


def pytest_collection_modifyitems(config, items):
    """The sanitizer build is several times slower: what is marked slow runs with release only."""
    if "asan" not in config.getoption("--build"):
        return
    for item in items:
        if item.get_closest_marker("slow"):
            item.add_marker(pytest.mark.skip(reason="slow: runs with the release build"))


@pytest.fixture(scope="session")
def build_dir(pytestconfig):
    build = Path(pytestconfig.getoption("--build"))
    return build if build.is_absolute() else REPOSITORY / "build" / build


@pytest.fixture(scope="session")
def private_folder(pytestconfig):
    """A folder that PostgreSQL's system user may pass through, with a blank in its name."""
    folder = Path(tempfile.mkdtemp(prefix="dms story "))
    folder.chmod(0o711)
    yield folder
    if not pytestconfig.getoption("--keep-home"):
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def stack(request, build_dir, private_folder):
    stack = Stack(private_folder / "stack", build_dir)
    try:
        stack.start()
        story.define(stack)
        story.enable(stack)
        yield stack
    finally:
        stack.stop()
        reports = sanitizer_reports(stack.log_dir)
        if reports or request.session.testsfailed:
            keep_logs(stack, build_dir)
    assert not reports, "the sanitizer has found something:\n" + reports


def keep_logs(stack, build_dir):
    kept = build_dir / "story-logs"
    shutil.rmtree(kept, ignore_errors=True)
    shutil.copytree(stack.log_dir, kept)
    print(f"\nlogs kept in {kept}")


def sanitizer_reports(log_dir):
    """The sanitizers' reports in all logs: from the first line to the summary, at most 40 lines."""
    found = []
    for path in sorted(log_dir.glob("*.log")):
        lines = path.read_text(errors="replace").splitlines()
        last = -1
        for number, line in enumerate(lines):
            if number > last and SANITIZER.search(line):
                last = number
                while last + 1 < min(len(lines), number + 40) and "SUMMARY:" not in lines[last]:
                    last += 1
                found += [f"{path.name}:{n + 1}: {lines[n]}" for n in range(number, last + 1)]
    return "\n".join(found)


@pytest.fixture
def world(stack, request):
    """The stack with helpers and zone names of this test's own."""
    world = World(stack, re.sub(r"[^a-z0-9]+", "-", request.node.name.lower()).strip("-")[:40])
    yield world
    world.close()
    repair(stack)


def repair(stack):
    """What a failed test left dead is started again, for the tests that follow."""
    dead = [p.name for p in stack.processes if not p.is_running]
    try:
        for name in dead:
            stack.restart(name)
        if dead:
            story.wait_states_ok(stack)
    except StackError as e:
        pytest.exit(f"the stack cannot be repaired: {e}", 1)
    assert not dead, f"the test left these dead: {dead}"


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A failed test shows what the programs logged."""
    report = (yield).get_result()
    if report.failed and "stack" in getattr(item, "fixturenames", ()):
        stack = item.funcargs.get("stack")
        if stack is not None and os.path.isdir(stack.log_dir):
            report.sections.append(("logs of the stack", stack.logs(12)))
