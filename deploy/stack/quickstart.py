"""The commands of deploy/quickstart: a whole system in a private folder, and a first walk through it.

  (none)   starts the system and tells its story: a zone loaded, edited, served by both slaves
  start    starts the system, nothing more
  stop     stops it; what it knows stays
  status   one line per process: name, pid, state
  env      shell assignments for scripts:  set -a; eval "$(deploy/quickstart env)"; set +a
  shell    a shell with these settings
  clean    stops it and removes the folder

Folder: $DMS_HOME, else /var/tmp/dms-quickstart-<uid>.
"""

import argparse
import contextlib
import fcntl
import os
import re
import shlex
import stat
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from dmsstack import RpcError, RpcUnavailable, Stack, StackError, WaitTimeout  # noqa: E402
from dmsstack import story  # noqa: E402
from dmsstack.stack import REPOSITORY  # noqa: E402

ZONE = "shop.example."
ZONE_NOT_FOUND = -28
ZONE_FILE = REPOSITORY / "tests/data/zones/example-shop.zone"
COMMAND = "deploy/quickstart"


def colour(code, text):
    return f"\033[{code}m{text}\033[0m" if sys.stdout.isatty() else text


@contextlib.contextmanager
def step(what):
    """A line of progress with its milliseconds."""
    print(f"  {what:<58}", end="", flush=True)
    begun = time.monotonic()
    try:
        yield
    except BaseException:
        print(colour("31", "  failed"), flush=True)
        raise
    print(colour("32", f"{(time.monotonic() - begun) * 1000:7.0f} ms"), flush=True)


def default_home():
    return Path(os.environ.get("DMS_HOME") or f"/var/tmp/dms-quickstart-{os.geteuid()}").absolute()


def check_home(home):
    """Nobody else may own or write the folder, and it is ours or empty."""
    try:
        found = home.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISDIR(found.st_mode):
        raise StackError("use the folder", f"{home} is not a folder")
    if found.st_uid != os.geteuid():
        raise StackError("use the folder", f"{home} belongs to user id {found.st_uid}, not to you; "
                         "set DMS_HOME to another folder")
    if found.st_mode & 0o022:
        raise StackError("use the folder", f"{home} may be written by others")
    if not (home / "stack.json").exists() and any(home.iterdir()):
        raise StackError("use the folder", f"{home} holds something else than a DMS quick start")


@contextlib.contextmanager
def only_one(home):
    """One start, stop or clean at a time."""
    home.mkdir(mode=0o711, parents=True, exist_ok=True)
    fd = os.open(home, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as e:
            raise StackError("use the folder", f"another {COMMAND} is at work in {home}") from e
        yield
    finally:
        os.close(fd)


def start(stack):
    if stack.is_running:
        print(f"DMS is running already in {stack.home}")
        return
    print(f"Starting DMS in {stack.home}")
    with step("PostgreSQL, NATS, the BINDs, services and agents"):
        stack.start()
    for name, took in stack.timings.items():
        if name != "all":
            print(colour("2", f"      {name:<54}{took:7.0f} ms"))


def tell(stack):
    """The story, from nothing to an edited zone on both slaves."""
    with step("define server group, servers and defaults"):
        story.define(stack)
    with step("put the name servers in service (agents report OK)"):
        story.enable(stack)
    load(stack)
    change = edit(stack)
    with step("wait until both slaves serve it"):
        reply = stack.rpc("wait_zone_sync", name=ZONE, change_id=change, timeout_ms=60000)
    if not reply["is_in_sync"]:
        raise StackError("wait until both slaves serve it", f"not in sync: {reply['servers']}",
                         stack.log_dir / "zone-sm.log")
    show(stack, reply)


def load(stack):
    try:
        stack.rpc("show_zone", name=ZONE)
    except RpcError as e:
        if e.code != ZONE_NOT_FOUND:
            raise
    else:
        print(f"  {ZONE} is there already")
        return
    with step(f"load {ZONE} from {ZONE_FILE.name} with zone_tool"):
        stack.zone_tool("load_zone", str(ZONE_FILE), ZONE)
    with step("wait until both slaves serve it"):
        stack.rpc("wait_zone_sync", name=ZONE, timeout_ms=60000)


def edit(stack):
    """Replaces one record; the change id."""
    with step("edit one record: hello TXT"):
        zone = stack.rpc("show_zone_text", name=ZONE)
        text = re.sub(r"(?m)^hello\s.*\n", "", zone["zi_text"])
        now = time.strftime("%H:%M:%S")
        # In front of the first blank owner would change the owner of what follows: at the end.
        text = f'{text.rstrip()}\n\nhello 60 IN TXT "edited at {now}"\n'
        return stack.rpc("update_zone", name=ZONE, zi_text=text, login_id=story.LOGIN)["change_id"]


def show(stack, reply):
    print()
    for server in reply["servers"]:
        print(f"  {server['server_name']:<10} serial {server['served_serial']}  "
              f"{server['lag_ms']} ms after the publication")
    for bind in stack.slaves:
        for name, kind in ((f"hello.{ZONE}", "TXT"), (ZONE, "SOA")):
            answer = " ".join(stack.dig(bind, name, kind))
            print(colour("2", f"  dig @{bind.address} -p {bind.port} {name} {kind}"))
            print(f"      {answer}")


def advise(stack):
    slave = stack.slaves[0] if stack.slaves else stack.master
    print(f"""
It goes on running. What to try next:
  {COMMAND} shell          a shell in which these work as they stand:
    zone_tool show_zone {ZONE}
    zone_tool ls_server
    dig @{slave.address} -p {slave.port} hello.{ZONE} TXT
    curl --cacert "$DMS_CA" -u "$DMS_ADMIN_USER:$DMS_ADMIN_PASSWORD" \\
      -H 'Content-Type: application/json' "$DMS_RPC_URL/admin_dms" \\
      -d '{{"jsonrpc":"2.0","id":1,"method":"show_master_status"}}'
  {COMMAND} status         what runs
  {COMMAND} stop | clean   stop it | and remove {stack.home}""")


def status(stack):
    """One line per process; true when all run."""
    if not stack.is_made:
        print(f"nothing in {stack.home}")
        return False
    for process in stack.processes:
        pid = process.pid
        print(f"{process.name:<20} {pid or '-':>8} {'running' if pid else 'stopped'}")
    return stack.is_running


def print_env(stack):
    for key, value in stack.environment().items():
        print(f"{key}={shlex.quote(value)}")


def shell(stack):
    path = f"{stack.build_dir / 'bin'}:{os.environ.get('PATH', '/usr/bin:/bin')}"
    program = os.environ.get("SHELL") or "/bin/bash"
    print(f"A shell for the DMS in {stack.home}; `exit` leaves it.", flush=True)
    os.execve(program, [program], {**os.environ, **stack.environment(), "PATH": path})


def parse(arguments):
    parser = argparse.ArgumentParser(prog=COMMAND, description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", nargs="?", default="story", metavar="command",
                        choices=["story", "start", "stop", "status", "env", "shell", "clean"])
    parser.add_argument("--build", default="release", help="preset whose programs run")
    parser.add_argument("--slaves", type=int, default=2, help="slaves of a new folder")
    options = parser.parse_args(arguments)
    if not 1 <= options.slaves <= 20:
        parser.error("--slaves: 1 to 20")
    return options


def run(options):
    home = default_home()
    check_home(home)
    stack = Stack(home, REPOSITORY / "build" / options.build, options.slaves)
    if options.command == "status":
        return 0 if status(stack) else 1
    if options.command in ("env", "shell", "stop", "clean") and not stack.is_made:
        raise StackError(options.command, f"there is no system in {home}; "
                         f"`{COMMAND}` makes one")
    if options.command == "env":
        print_env(stack)
    elif options.command == "shell":
        shell(stack)
    else:
        with only_one(home):
            work(stack, options.command)
    return 0


def work(stack, command):
    if command == "stop":
        stack.stop()
    elif command == "clean":
        stack.clean()
    else:
        start(stack)
        if command == "story":
            tell(stack)
            advise(stack)


def main():
    try:
        return run(parse(sys.argv[1:]))
    except (StackError, RpcError, RpcUnavailable, WaitTimeout) as e:
        print(f"\n{colour('31', 'quickstart failed:')} {e}", file=sys.stderr)
        if not isinstance(e, StackError):
            print(f"logs: {default_home()}/log", file=sys.stderr)
        return 1
    except BrokenPipeError:  # whoever read our words has gone: | head
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
