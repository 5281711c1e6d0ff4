"""A NATS client of one page: enough to look at the bus, to ask, and to make mischief in tests.

One thread, blocking, TLS with a client certificate. Protocol: docs.nats.io, "NATS protocol".
"""

import json
import secrets
import socket
import ssl
import time
from dataclasses import dataclass, field


class NatsError(Exception):
    """The server refused, or went away."""


@dataclass
class Message:
    subject: str
    data: bytes
    reply: str = ""
    headers: dict = field(default_factory=dict)
    status: str = ""      # "503": nobody serves the subject


class NatsClient:
    def __init__(self, port, ca, cert, key, host="127.0.0.1", timeout=5.0, inbox="_INBOX"):
        plain = socket.create_connection((host, port), timeout)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.timeout, self.inbox = timeout, inbox
        self._buffer = b""
        self._sock = plain
        self._line()  # INFO comes in the clear, TLS follows
        context = ssl.create_default_context(cafile=str(ca))
        context.load_cert_chain(str(cert), str(key))
        self._sock = context.wrap_socket(plain, server_hostname=host)
        self._messages, self._sid = [], 0
        self._send("CONNECT " + json.dumps({
            "verbose": False, "pedantic": False, "tls_required": True, "lang": "python",
            "version": "1", "protocol": 1, "headers": True, "no_responders": True}))
        self.flush()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._sock.close()

    def _send(self, line, payload=None):
        data = line.encode() + b"\r\n"
        if payload is not None:
            data += payload + b"\r\n"
        self._sock.sendall(data)

    def _fill(self):
        data = self._sock.recv(65536)
        if not data:
            raise NatsError("connection closed by the server")
        self._buffer += data

    def _line(self):
        while b"\r\n" not in self._buffer:
            self._fill()
        line, self._buffer = self._buffer.split(b"\r\n", 1)
        return line.decode()

    def _exactly(self, size):
        while len(self._buffer) < size + 2:
            self._fill()
        data, self._buffer = self._buffer[:size], self._buffer[size + 2:]
        return data

    def _step(self):
        """Takes one protocol message in; its verb."""
        line = self._line()
        verb, _, rest = line.partition(" ")
        verb = verb.upper()
        if verb == "PING":
            self._send("PONG")
        elif verb == "-ERR":
            raise NatsError(rest.strip("'"))
        elif verb == "MSG":
            words = rest.split()
            self._messages.append(Message(words[0], self._exactly(int(words[-1])),
                                          words[2] if len(words) == 4 else ""))
        elif verb == "HMSG":
            self._take_with_headers(rest.split())
        return verb

    def _take_with_headers(self, words):
        head_size, size = int(words[-2]), int(words[-1])
        raw = self._exactly(size)
        lines = raw[:head_size].decode("utf-8", "replace").split("\r\n")
        headers = dict((k.strip(), v.strip()) for k, _, v in
                       (line.partition(":") for line in lines[1:] if line))
        self._messages.append(Message(words[0], raw[head_size:],
                                      words[2] if len(words) == 5 else "", headers,
                                      lines[0].removeprefix("NATS/1.0").strip()[:3]))

    def flush(self):
        """Returns when the server has taken everything sent; NatsError tells of a refusal."""
        self._sock.settimeout(self.timeout)
        self._send("PING")
        while self._step() != "PONG":
            pass

    def subscribe(self, subject):
        self._sid += 1
        self._send(f"SUB {subject} {self._sid}")
        self.flush()
        return self._sid

    def unsubscribe(self, sid):
        self._send(f"UNSUB {sid}")

    def publish(self, subject, data=b"", reply="", headers=None):
        target = f"{subject} {reply}".strip()
        if headers:
            head = "NATS/1.0\r\n" + "".join(f"{k}: {v}\r\n" for k, v in headers.items()) + "\r\n"
            head = head.encode()
            self._send(f"HPUB {target} {len(head)} {len(head) + len(data)}", head + data)
        else:
            self._send(f"PUB {target} {len(data)}", data)

    def next(self, timeout):
        """The next message, or None when none has come within `timeout` seconds."""
        end = time.monotonic() + timeout
        while not self._messages:
            left = end - time.monotonic()
            if left <= 0:
                return None
            self._sock.settimeout(left)
            try:
                self._step()
            except (TimeoutError, ssl.SSLWantReadError):
                return None
        return self._messages.pop(0)

    def request(self, subject, data=b"", timeout=2.0):
        """The first reply."""
        inbox = f"{self.inbox}." + secrets.token_hex(11)
        sid = self.subscribe(inbox)
        try:
            self.publish(subject, data, inbox)
            end = time.monotonic() + timeout
            while True:
                message = self.next(max(0, end - time.monotonic()))
                if message is None:
                    raise NatsError(f"no reply on {subject} within {timeout} s")
                if message.subject != inbox:
                    continue  # of another subscription: whoever mixes the two loses it
                if message.status == "503":
                    raise NatsError(f"nobody serves {subject}")
                return message
        finally:
            self.unsubscribe(sid)
