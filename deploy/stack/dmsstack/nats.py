"""nats-server with JetStream, mutual TLS, and a user with permissions of its own per certificate."""

import json
import re
import shutil
from pathlib import Path

from .errors import StackError
from .natsclient import NatsClient
from .process import Process

MAX_PAYLOAD = 1024 * 1024
SERVICE_USERS = ("rpc-gateway", "zone-sm", "master-sm", "reverse-ptr")


def users(agents):
    """NATS users and what each may do. `agents` maps server name -> group name.

    A service may use the whole system's subjects: what it owns is decided by PostgreSQL. An agent may
    pull and report as itself and hear its own group; an operator may call methods and listen.
    """
    answers = "_INBOX.>"  # services answer whoever asked; each hears only its own
    own = {}
    for name in SERVICE_USERS:
        own[name] = {"publish": ["dms.>", "$JS.API.>", "$JS.ACK.>", "$SRV.>", answers],
                     "subscribe": ["dms.>", "$SRV.>", "$JS.EVENT.ADVISORY.API", inbox(name)]}
    for name, group in agents.items():
        user = agent_user(name)
        own[user] = {"publish": [f"dms.pull.{name}", f"dms.report.{name}"],
                     "subscribe": [f"dms.config.{group}", f"dms.fact.{group}.>", "$SRV.>",
                                   inbox(user)]}
    own["operator"] = {"publish": ["dms.rpc.admin.>", "$SRV.>", "$JS.API.>"],
                       "subscribe": ["dms.fact.>", "dms.event.>", "dms.config.>",
                                     inbox("operator")]}
    # Whoever is asked (the $SRV protocol too) may answer, nothing else.
    return {user: {**rights, "allow_responses": True} for user, rights in own.items()}


def inbox(user):
    """Where a user's replies come: one token below _INBOX, as libdms/bus/inbox.c makes it."""
    return "_INBOX." + re.sub(r"[^A-Za-z0-9_-]", "%", user) + ".>"


def agent_user(server_name):
    return f"agent-{server_name}"


class Nats:
    def __init__(self, folder, port, pki, agents, run_dir, log_dir):
        self.folder, self.port, self.pki, self.agents = Path(folder), port, pki, agents
        self.store = self.folder / "jetstream"
        self.config = self.folder / "nats-server.conf"
        program = shutil.which("nats-server") or "/usr/sbin/nats-server"
        self.process = Process("nats-server", [program, "-c", self.config], run_dir, log_dir)

    @property
    def url(self):
        return f"tls://127.0.0.1:{self.port}"

    def make(self):
        self.folder.mkdir(mode=0o700, exist_ok=True)
        # The server's configuration language takes JSON as it is.
        config = {
            "server_name": "dms-quickstart",
            "listen": f"127.0.0.1:{self.port}",
            "max_payload": MAX_PAYLOAD,
            "jetstream": {"store_dir": str(self.store), "max_memory_store": 64 << 20,
                          "max_file_store": 4 << 30},
            "tls": {"cert_file": str(self.pki.cert("nats-server")),
                    "key_file": str(self.pki.key("nats-server")),
                    "ca_file": str(self.pki.ca), "verify_and_map": True, "timeout": 5},
            "authorization": {"users": [{"user": user, "permissions": permissions}
                                        for user, permissions in users(self.agents).items()]},
        }
        self.config.write_text(json.dumps(config, indent=2) + "\n")
        self.config.chmod(0o600)

    def start(self):
        self.process.start()
        self.process.wait_ready(self.is_ready, 15, f"port {self.port}")

    def is_ready(self):
        """It takes a client in: certificate, CONNECT and PING."""
        NatsClient(self.port, self.pki.ca, self.pki.cert("operator"), self.pki.key("operator"),
                   timeout=2).close()
        return True

    def wipe(self):
        """Loses everything that JetStream remembers. Only while it is stopped."""
        if self.process.is_running:
            raise StackError("wipe the NATS store", "nats-server is running")
        shutil.rmtree(self.store, ignore_errors=True)
