"""A small certificate authority of EC P-256 keys, made with the openssl command.

The NATS server maps a client's certificate to its user by the DNS name in subjectAltName, so every
service, agent and operator has a certificate of its own whose DNS name is its NATS user.
"""

import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .errors import StackError

DAYS = 3650


class Pki:
    def __init__(self, folder):
        self.folder = Path(folder)
        self.ca = self.folder / "ca.pem"

    def cert(self, name):
        return self.folder / f"{name}.pem"

    def key(self, name):
        return self.folder / f"{name}.key"

    def make(self, servers, clients):
        """Makes what is missing: the CA, a certificate for 127.0.0.1 and localhost per name in
        `servers`, one with the DNS name `client` per name in `clients`."""
        self.folder.mkdir(mode=0o700, exist_ok=True)
        if not self.ca.exists():
            self._request("ca", ["-subj", "/CN=DMS private CA",
                                 "-addext", "basicConstraints=critical,CA:TRUE,pathlen:0",
                                 "-addext", "keyUsage=critical,keyCertSign,cRLSign"])
        jobs = [(n, "serverAuth", "IP:127.0.0.1,DNS:localhost") for n in servers]
        jobs += [(n, "clientAuth", f"DNS:{n}") for n in clients]
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda job: self._sign(*job), jobs))

    def _sign(self, name, usage, names):
        if self.cert(name).exists():
            return
        self._request(name, [
            "-CA", self.ca, "-CAkey", self.folder / "ca.key", "-subj", f"/CN={name[:64]}",
            "-addext", "basicConstraints=critical,CA:FALSE",
            "-addext", "keyUsage=critical,digitalSignature",
            "-addext", f"extendedKeyUsage={usage}", "-addext", f"subjectAltName={names}"])

    def _request(self, name, arguments):
        temporary = self.cert(name).with_suffix(".new")
        command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                   "ec_paramgen_curve:P-256", "-nodes", "-sha256", "-days", str(DAYS), "-config",
                   "/dev/null", "-keyout", self.key(name), "-out", temporary, *arguments]
        result = subprocess.run([str(c) for c in command], capture_output=True, umask=0o077)
        if result.returncode != 0:
            raise StackError(f"certificate {name}", result.stderr.decode("utf-8", "replace").strip())
        temporary.rename(self.cert(name))
