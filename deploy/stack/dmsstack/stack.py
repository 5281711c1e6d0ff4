"""A whole system in one private folder: what runs, where, in which order it starts and stops."""

import json
import os
import secrets
import shutil
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from . import configs
from .bind import Bind
from .errors import StackError, require_path, tail
from .nats import Nats, agent_user, inbox
from .natsclient import NatsClient
from .pki import Pki
from .ports import free_ports
from .postgres import Postgres
from .process import Process, run
from .rpc import RpcClient

SERVICES = ("zone-sm", "master-sm", "reverse-ptr", "rpc-gateway")
REPOSITORY = Path(__file__).resolve().parents[3]
ADMIN = "admin-dms"  # the one user of the access point admin_dms (spec/json-rpc.md 2.1)
GROUP = "public"     # server group of the slaves
OTHER_GROUP = "other"


class Stack:
    """`home` is made if absent and belongs to this stack alone; `build_dir` holds bin/.

    Name servers: `master1` (the hidden master), `slave1`... in group `public`, and for who wants a
    second group `other1`... in group `other`. `services` and `agents` may leave programs out, for
    tests of single rooms. `settings` adds configuration keys per program:
    {"master-sm": {"hold": "50ms"}}. An existing home keeps its ports and passwords.
    """

    def __init__(self, home, build_dir=None, slaves=2, *, others=0, services=SERVICES, agents=True,
                 settings=None):
        self.home = Path(home).absolute()
        if any(c in str(self.home) for c in '"\\\n;#{}'):
            raise StackError("choose a folder", f"{self.home} holds a character that configuration "
                             "files give a meaning to")
        self.build_dir = Path(build_dir or REPOSITORY / "build/release").absolute()
        self.services, self.has_agents, self.settings = tuple(services), agents, settings or {}
        self.etc, self.run_dir, self.log_dir = (self.home / n for n in ("etc", "run", "log"))
        self.template_dir = self.home / "templates"
        self.state_file = self.home / "stack.json"
        self.timings = {}  # step -> milliseconds of the last start
        self._wanted = (slaves, others)
        self._load_or_choose()
        self._describe()

    # What there is.

    def _load_or_choose(self):
        """Ports and passwords: those of the home, or new ones."""
        if self.state_file.exists():
            state = json.loads(self.state_file.read_text())
        else:
            slaves, others = self._wanted
            names = ["master1", *(f"slave{i + 1}" for i in range(slaves)),
                     *(f"other{i + 1}" for i in range(others))]
            keys = ["postgresql", "nats", "https"]
            keys += [f"{kind}-{n}" for n in names for kind in ("dns", "control", "notify")]
            state = {"name_servers": names, "ports": dict(zip(keys, free_ports(len(keys)))),
                     "pg_password": secrets.token_hex(16), "admin_password": secrets.token_hex(12)}
        self._state = state
        self.ports, self.admin_password = state["ports"], state["admin_password"]
        self.admin_user = ADMIN

    def _describe(self):
        names = self._state["name_servers"]
        folders = (self.run_dir, self.log_dir)
        self.groups = {n: "master" if n == "master1" else
                       GROUP if n.startswith("slave") else OTHER_GROUP for n in names}
        self.pki = Pki(self.home / "pki")
        self.postgres = Postgres(self.home / "postgresql", self.ports["postgresql"],
                                 self._state["pg_password"], *folders)
        self.nats = Nats(self.home / "nats", self.ports["nats"], self.pki, self.groups, *folders)
        self.name_servers = [
            Bind(n, self.home / n, self.ports[f"dns-{n}"], self.ports[f"control-{n}"], *folders)
            for n in names]
        self.master = self.name_servers[0]
        self.slaves, self.others = ([b for b in self.name_servers if self.groups[b.name] == group]
                                    for group in (GROUP, OTHER_GROUP))
        self._processes = {p.process.name: p.process
                           for p in (self.postgres, self.nats, *self.name_servers)}
        for service in self.services:
            self._add(service, service, service)
        if self.has_agents:
            for bind in self.name_servers:
                self._add(agent_user(bind.name), "server-agent", agent_user(bind.name))
        self.rpc = RpcClient(self.ports["https"], self.pki.ca, self.admin_user, self.admin_password)

    def _add(self, name, program, config):
        self._processes[name] = Process(
            name, [self.program(program), "-c", self.config(config)], self.run_dir, self.log_dir,
            cwd=self.home, stop_seconds=30)

    def program(self, name):
        return self.build_dir / "bin" / name

    def config(self, name):
        return self.etc / f"{name}.conf"

    def process(self, name):
        return self._processes[name]

    @property
    def processes(self):
        """All of them, in the order of starting."""
        return list(self._processes.values())

    @property
    def pg_url(self):
        return self.postgres.url

    @property
    def rpc_url(self):
        return f"https://127.0.0.1:{self.ports['https']}"

    @property
    def is_made(self):
        return self.state_file.exists()

    @property
    def is_running(self):
        return all(p.is_running for p in self.processes)

    # Making and starting.

    def make(self):
        """Folders, certificates, configuration files; once."""
        self.home.mkdir(mode=0o711, parents=True, exist_ok=True)
        self.home.chmod(0o711)  # the system user postgres passes through
        for folder in (self.etc, self.run_dir, self.log_dir):
            folder.mkdir(mode=0o700, exist_ok=True)
        if not self.template_dir.exists():
            shutil.copytree(REPOSITORY / "templates", self.template_dir)
        if not self.state_file.exists():
            self.state_file.touch(mode=0o600)
            self.state_file.write_text(json.dumps(self._state, indent=2) + "\n")

    def start(self):
        """Starts what does not run; returns when all of it answers."""
        for program in {p.argv[0] for p in self.processes}:
            require_path("find the programs", program)
        self.make()
        begun = time.monotonic()
        with ThreadPoolExecutor(4 + len(self.name_servers)) as pool:
            database = pool.submit(self._timed, "PostgreSQL", self._start_database)
            self._timed("certificates and configuration", self._make_config)
            bus = pool.submit(self._timed, "NATS", self._start_bus)
            names = [pool.submit(self._timed, f"BIND {b.name}", self._start_name_server, b)
                     for b in self.name_servers]
            for job in (database, bus, *names):
                job.result()
            jobs = [pool.submit(self._timed, s, self._start_service, s) for s in self.services]
            for job in jobs:
                job.result()
        if self.has_agents:
            for bind in self.name_servers:
                self.process(agent_user(bind.name)).start()
        self.timings["all"] = (time.monotonic() - begun) * 1000

    def _timed(self, step, function, *arguments):
        begun = time.monotonic()
        function(*arguments)
        self.timings[step] = (time.monotonic() - begun) * 1000

    def _make_config(self):
        clients = [*SERVICES, "operator", *(agent_user(n) for n in self.groups)]
        self.pki.make(["nats-server", "https"], clients)
        configs.write_all(self)
        htpasswd = self.etc / "htpasswd"
        if not htpasswd.exists():
            digest = subprocess.run(["openssl", "passwd", "-6", "-stdin"], check=True,
                                    input=self.admin_password.encode(),
                                    capture_output=True).stdout.decode().strip()
            htpasswd.touch(mode=0o600)
            htpasswd.write_text(f"{self.admin_user}:{digest}\n")

    def _start_database(self):
        self.postgres.make()
        self.postgres.start()
        if self.services:
            configs.write(self.config("dms-db"), "dms-db", {"db_url": self.pg_url})
            run("dms-db migrate", [self.program("dms-db"), "-c", self.config("dms-db"), "migrate"],
                log=self.log_dir / "dms-db.log", cwd=self.home)

    def _start_bus(self):
        self.nats.make()
        self.nats.start()

    def _start_name_server(self, bind):
        if bind.process.is_running:
            return
        bind.make()
        if self.has_agents:
            run(f"server-agent --prepare for {bind.name}",
                [self.program("server-agent"), "-c", self.config(agent_user(bind.name)),
                 "--prepare"], log=self.log_dir / f"{agent_user(bind.name)}.log", cwd=self.home)
        else:
            bind.make_bare()
        bind.start()

    def _start_service(self, name):
        process = self.process(name)
        process.start()
        self.wait_service(name)

    def wait_service(self, name, timeout=60):
        """Until a service answers: the gateway at its HTTPS door, the others to $SRV.PING."""
        if name == "rpc-gateway":
            self.process(name).wait_ready(lambda: self.rpc("list_sg") is not None, timeout,
                                          "an answer from the door")
        elif name in self.services:
            with self.nats_client() as bus:
                self.process(name).wait_ready(
                    lambda: bus.request(f"$SRV.PING.{name}", timeout=0.5), timeout,
                    f"an answer to $SRV.PING.{name}")

    # Stopping, and what tests do to it.

    def stop(self):
        """In the order in which nobody misses what is gone: agents, services, servers."""
        self.rpc.close()
        agents = [p for p in self.processes if p.name.startswith("agent-")]
        services = [self.process(s) for s in self.services]
        names = [b.process for b in self.name_servers]
        for group in (agents, services, names, [self.nats.process], [self.postgres.process]):
            with ThreadPoolExecutor(max(1, len(group))) as pool:
                list(pool.map(Process.stop, group))

    def clean(self):
        self.stop()
        if self.is_made:  # never removes a folder that is not a stack's
            shutil.rmtree(self.home)

    def kill(self, name, number=9):
        """Ends a process like a crash does."""
        self.process(name).kill(number)

    def restart(self, name, *, wait=True):
        """Stops it if it runs, starts it, waits until it answers."""
        process = self.process(name)
        process.stop()
        process.start()
        if not wait:
            return
        if process is self.postgres.process:
            self.postgres.start()
        elif process is self.nats.process:
            self.nats.start()
        elif name.startswith("named-"):
            next(b for b in self.name_servers if b.process is process).start()
        else:
            self.wait_service(name)

    # Tools.

    def nats_client(self, user="operator", timeout=5.0):
        return NatsClient(self.ports["nats"], self.pki.ca, self.pki.cert(user), self.pki.key(user),
                          timeout=timeout, inbox=inbox(user).removesuffix(".>"))

    def zone_tool(self, *arguments, stdin=None, timeout=60, check=True):
        """Runs zone_tool -> CompletedProcess with text output."""
        result = subprocess.run(
            [str(self.program("zone_tool")), "-c", str(self.config("operator")), *arguments],
            input=stdin, stdin=None if stdin is not None else subprocess.DEVNULL,
            capture_output=True, text=True, timeout=timeout)
        if check and result.returncode != 0:
            raise StackError(f"zone_tool {' '.join(arguments)}",
                             f"status {result.returncode}: {result.stdout}{result.stderr}".strip())
        return result

    def dig(self, bind, *arguments):
        """dig +short at one name server -> lines."""
        result = subprocess.run(
            ["dig", "+short", "+time=2", "+tries=2", f"@{bind.address}", "-p", str(bind.port),
             *arguments], capture_output=True, text=True, timeout=15)
        if result.returncode != 0:
            raise StackError(f"dig at {bind.name}", (result.stdout + result.stderr).strip())
        return result.stdout.split("\n")[:-1]

    def environment(self):
        """What scripts need to use the system (quickstart env)."""
        operator = {"CA": self.pki.ca, "CERT": self.pki.cert("operator"),
                    "KEY": self.pki.key("operator"), "URL": self.nats.url}
        return {
            "DMS_HOME": str(self.home),
            "DMS_RPC_URL": self.rpc_url,
            "DMS_CA": str(self.pki.ca),
            "DMS_ADMIN_USER": self.admin_user,
            "DMS_ADMIN_PASSWORD": self.admin_password,
            **{f"DMS_NATS_{k}": str(v) for k, v in operator.items()},
            "DMS_PG_URL": self.pg_url,
            "DMS_MASTER": self.master.endpoint,
            "DMS_SLAVES": " ".join(b.endpoint for b in self.slaves),
            "DMS_ZONE_TOOL": str(self.program("zone_tool")),
            "DMS_CONFIG": str(self.config("operator")),
        }

    def logs(self, lines=15):
        """The tails of all logs, for a failed test."""
        parts = []
        for path in sorted(self.log_dir.glob("*.log"), key=os.path.getmtime):
            parts.append(f"==> {path.name} <==\n{tail(path, lines)}")
        return "\n".join(parts)
