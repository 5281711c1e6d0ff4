"""dms-db migrate: two at once, and again."""

import subprocess

import psycopg2
import pytest
from dmsstack.configs import write
from dmsstack.ports import free_ports
from dmsstack.postgres import Postgres


@pytest.fixture
def scratch(tmp_path, private_folder):
    folder = private_folder / "scratch"
    folder.mkdir(mode=0o711)
    postgres = Postgres(folder / "postgresql", free_ports(1)[0], "secret", folder, folder)
    postgres.make()
    postgres.start()
    yield postgres
    postgres.process.stop()


def test_two_at_once_do_it_once(scratch, build_dir, private_folder):
    config = private_folder / "scratch/dms-db.conf"
    write(config, "dms-db", {"db_url": scratch.url})
    command = [build_dir / "bin/dms-db", "-c", config, "migrate"]
    runs = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            for _ in range(4)]
    for run in runs:
        output, _ = run.communicate(timeout=120)
        assert run.returncode == 0, output
    again = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert again.returncode == 0, again.stdout + again.stderr
    with psycopg2.connect(scratch.url) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM server_group WHERE kind = 'master'")
        assert cursor.fetchone() == (1,)
        cursor.execute("SELECT count(*) FROM master")
        assert cursor.fetchone() == (1,)
    connection.close()
