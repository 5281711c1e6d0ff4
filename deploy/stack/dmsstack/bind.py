"""One BIND and what its agent needs: main configuration, control key, folders of its own.

What an operator writes by hand on a real host is exactly named.conf below: the rest of the
configuration is the agent's, in the two files that are included.
"""

import base64
import os
import secrets
import shutil
import socket
import struct
import subprocess
from pathlib import Path

from .errors import StackError
from .process import Process

MAIN = """\
// The host's own part. Everything else is the agent's.
include "{key}";
controls {{
	inet 127.0.0.1 port {control_port} allow {{ 127.0.0.1; }} keys {{ "rndc-key"; }};
}};
options {{
	directory "{zones}";
	listen-on port {port} {{ {address}; }};
	listen-on-v6 {{ none; }};
	pid-file "{folder}/named.pid";
	session-keyfile "{folder}/session.key";
	include "{agent}/options.conf";
}};
include "{agent}/global.conf";
"""

# For a name server without an agent: it serves nothing and asks nobody.
BARE_OPTIONS = "recursion no;\ndnssec-validation no;\nallow-new-zones yes;\nnotify no;\n"


def named_program(bin_folder):
    """Path of named. Where AppArmor confines /usr/sbin/named to /etc/bind and /var/lib/bind, a copy
    in the private folder is run: the profile goes by path."""
    program = shutil.which("named", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if program is None:
        raise StackError("find BIND", "no named program: Debian package bind9")
    try:
        is_confined = Path("/sys/module/apparmor/parameters/enabled").read_text().strip() == "Y"
    except OSError:
        is_confined = False
    if not is_confined:
        return program
    copy = Path(bin_folder) / "named"
    if not copy.exists():
        copy.parent.mkdir(exist_ok=True)
        shutil.copy(program, copy)
    return str(copy)


class Bind:
    def __init__(self, name, folder, port, control_port, run_dir, log_dir, address="127.0.0.1"):
        self.name, self.folder = name, Path(folder)
        self.address, self.port, self.control_port = address, port, control_port
        self.agent_dir = self.folder / "agent"     # written by the agent, included by named
        self.state_dir = self.folder / "state"     # the agent's memory
        self.zone_dir = self.folder / "zones"
        self.key_file = self.folder / "rndc.key"
        self.config = self.folder / "named.conf"
        program = named_program(self.folder.parent / "bin")
        # -g: everything to stderr, which is the log file. Two threads are plenty on one host.
        self.process = Process(f"named-{name}", [program, "-g", "-n", "2", "-c", self.config],
                               run_dir, log_dir, cwd=self.folder)

    @property
    def endpoint(self):
        return f"{self.address}:{self.port}"

    def make(self):
        for folder in (self.folder, self.agent_dir, self.state_dir, self.zone_dir):
            folder.mkdir(mode=0o750, exist_ok=True)
        if not self.key_file.exists():
            secret = base64.b64encode(secrets.token_bytes(32)).decode()
            self.key_file.touch(mode=0o600)
            self.key_file.write_text(
                f'key "rndc-key" {{\n\talgorithm hmac-sha256;\n\tsecret "{secret}";\n}};\n')
        self.config.write_text(MAIN.format(
            key=self.key_file, control_port=self.control_port, zones=self.zone_dir,
            folder=self.folder, agent=self.agent_dir, port=self.port, address=self.address))

    def make_bare(self):
        """Stands in for the agent's two files when there is no agent."""
        for name, text in (("options.conf", BARE_OPTIONS), ("global.conf", "")):
            path = self.agent_dir / name
            if not path.exists():
                path.write_text(text)

    def start(self):
        self.process.start()
        self.process.wait_ready(self.is_ready, 30, f"an answer from {self.endpoint}")

    def is_ready(self):
        """Answers any question: a SOA query for the root over TCP, by hand."""
        query = struct.pack("!6H", 0x0d15, 0, 1, 0, 0, 0) + b"\0" + struct.pack("!2H", 6, 1)
        with socket.create_connection((self.address, self.port), 1) as s:
            s.sendall(struct.pack("!H", len(query)) + query)
            return s.recv(4)[2:4] == b"\x0d\x15"

    def rndc(self, *arguments):
        """A control command by hand, as only an operator on the server's own host could give it."""
        program = shutil.which("rndc", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
        result = subprocess.run(
            [program, "-s", "127.0.0.1", "-p", str(self.control_port), "-k", str(self.key_file),
             *arguments], capture_output=True, text=True, timeout=15)
        if result.returncode != 0:
            raise StackError(f"rndc {' '.join(arguments)} at {self.name}",
                             (result.stdout + result.stderr).strip())
        return result.stdout
