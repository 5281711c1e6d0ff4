"""JSON-RPC over HTTPS with one kept connection per thread."""

import base64
import http.client
import itertools
import json
import select
import ssl
import threading

from .errors import RpcError, RpcUnavailable


class RpcClient:
    """`rpc("show_zone", name="example.org")`; raises RpcError with the code that came back."""

    def __init__(self, port, ca, user, password, access_point="admin_dms", host="127.0.0.1",
                 timeout=60):
        self.host, self.port, self.timeout = host, port, timeout
        self.path = f"/{access_point}"
        self.ca = ca
        credentials = base64.b64encode(f"{user}:{password}".encode()).decode()
        self.headers = {"Authorization": f"Basic {credentials}",
                        "Content-Type": "application/json"}
        self._ids = itertools.count(1)
        self._local = threading.local()

    def __call__(self, method, **params):
        reply = self.post({"jsonrpc": "2.0", "id": next(self._ids), "method": method,
                           "params": params})
        if "error" in reply:
            raise RpcError(method, reply["error"])
        return reply["result"]

    def post(self, message):
        """Sends any JSON value; returns the decoded reply."""
        status, _, body = self.exchange("POST", self.path, json.dumps(message).encode(),
                                        self.headers)
        if status != 200:
            raise RpcUnavailable(f"HTTP {status}: {body[:200]!r}")
        return json.loads(body)

    def exchange(self, verb, path, body=None, headers=None):
        """One HTTP exchange -> (status, headers, body). RpcUnavailable when no answer comes: the call
        may have been done or not."""
        connection = self._connection()
        try:
            connection.request(verb, path, body, headers or {})
            response = connection.getresponse()
            data = response.read()
        except (OSError, http.client.HTTPException) as e:
            self.close()
            raise RpcUnavailable(f"{verb} {path}: {e!r}") from e
        if response.will_close:
            self.close()
        return response.status, response.headers, data

    def _connection(self):
        connection = getattr(self._local, "connection", None)
        if connection is not None and self._is_stale(connection):
            self.close()
            connection = None
        if connection is None:
            context = ssl.create_default_context(cafile=str(self.ca))
            connection = http.client.HTTPSConnection(self.host, self.port, timeout=self.timeout,
                                                     context=context)
            self._local.connection = connection
        return connection

    @staticmethod
    def _is_stale(connection):
        """An idle connection that has become readable was closed by the other side."""
        if connection.sock is None:
            return False
        return bool(select.select([connection.sock], [], [], 0)[0])

    def close(self):
        connection = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()
            self._local.connection = None
