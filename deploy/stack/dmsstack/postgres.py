"""A PostgreSQL cluster of our own: on a loopback port, with passwords, without Unix sockets.

PostgreSQL refuses to run as root: then it is run as the system user `postgres`, who owns its folder.
"""

import os
import shutil
import signal
import subprocess
from pathlib import Path
from urllib.parse import quote

from .errors import StackError
from .process import Process, run

SETTINGS = """
# written by the quick start
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = ''
password_encryption = 'scram-sha-256'
max_connections = 200
shared_buffers = 128MB
fsync = on
synchronous_commit = on
wal_compression = on
log_min_duration_statement = 2000
log_line_prefix = '%m [%p] %a '
log_timezone = 'UTC'
timezone = 'UTC'
"""


def bin_folder():
    """Folder of PostgreSQL's server programs: Debian keeps them out of PATH."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"),
                     key=lambda p: float(p.parts[4]) if p.parts[4].replace(".", "").isdigit() else 0)
    if folders:
        return folders[-1].parent
    found = shutil.which("postgres")
    if found is None:
        raise StackError("find PostgreSQL", "no postgres program below /usr/lib/postgresql")
    return Path(found).parent


class Postgres:
    """The cluster in `folder` with database and role `dms`; `role_options` may add to the role
    (CREATEDB for a scratch cluster of unit tests)."""

    def __init__(self, folder, port, password, run_dir, log_dir, role_options=""):
        self.role_options = role_options
        self.folder, self.port, self.password = Path(folder), port, password
        self.data = self.folder / "data"
        self.bin = bin_folder()
        self.user = "postgres" if os.geteuid() == 0 else None
        self.setup_log = Path(log_dir) / "postgresql-setup.log"
        # SIGINT: fast shutdown, does not wait for clients. SIGTERM would.
        self.process = Process(
            "postgresql", [self.bin / "postgres", "-D", self.data], run_dir, log_dir,
            user=self.user, cwd=self.folder, stop_signal=signal.SIGINT, stop_seconds=20)

    @property
    def url(self):
        return (f"postgresql://dms:{quote(self.password, safe='')}@127.0.0.1:{self.port}/dms"
                "?connect_timeout=5")

    def make(self):
        """Makes the cluster, once."""
        if (self.folder / "made").exists():
            return
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(mode=0o700)
        if self.user:
            shutil.chown(self.folder, self.user, self.user)
        run("initdb", [self.bin / "initdb", "-D", self.data, "-U", "postgres", "-A", "reject",
                       "-E", "UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions"],
            log=self.setup_log, user=self.user, cwd=self.folder)
        with open(self.data / "postgresql.conf", "a") as file:
            file.write(SETTINGS.format(port=self.port))
        # Nobody but `dms` comes in, and only with its password; the superuser has none.
        (self.data / "pg_hba.conf").write_text("host all dms 127.0.0.1/32 scram-sha-256\n")
        # Single-user mode: a statement a line, no server and no superuser password needed.
        statements = (f"CREATE ROLE dms LOGIN {self.role_options} PASSWORD '{self.password}'\n"
                      "CREATE DATABASE dms OWNER dms\n")
        run("create the database", [self.bin / "postgres", "--single", "-D", self.data, "postgres"],
            log=self.setup_log, user=self.user, cwd=self.folder, stdin=statements.encode())
        (self.folder / "made").touch()

    def start(self):
        self.process.start()
        # Two moments count: the port answers, and recovery is over. pg_isready knows both.
        self.process.wait_ready(self.is_ready, 30, "pg_isready")

    def is_ready(self):
        return subprocess.run(
            [str(self.bin / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port),
             "-U", "dms", "-d", "dms"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL).returncode == 0
