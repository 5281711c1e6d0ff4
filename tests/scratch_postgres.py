"""Runs a command with DMS_TEST_PG_URL set: a private PostgreSQL, gone when the command ends.

    /usr/bin/python3 tests/scratch_postgres.py ctest --test-dir build/debug
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "deploy/stack"))

from dmsstack.ports import free_ports  # noqa: E402
from dmsstack.postgres import Postgres  # noqa: E402


def main(command):
    folder = Path(tempfile.mkdtemp(prefix="dms-scratch-"))
    folder.chmod(0o711)  # PostgreSQL's system user passes through
    postgres = Postgres(folder / "postgresql", free_ports(1)[0], "scratch", folder, folder,
                        role_options="CREATEDB")
    try:
        postgres.make()
        postgres.start()
        return subprocess.run(command, env={**os.environ, "DMS_TEST_PG_URL": postgres.url}).returncode
    finally:
        postgres.process.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
