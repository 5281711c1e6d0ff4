"""What goes wrong in a stack: one exception that says which step, why, and where to read on."""

from pathlib import Path


class StackError(Exception):
    """A step failed. `log` is the file that tells more, or None."""

    def __init__(self, step, why, log=None):
        self.step, self.why, self.log = step, why, log
        text = f"{step}: {why}"
        if log is not None:
            text += f"\nlog: {log}"
            last = tail(log)
            if last:
                text += "\n" + "\n".join("  | " + line for line in last.splitlines())
        super().__init__(text)


class RpcError(Exception):
    """The door answered with a JSON-RPC error."""

    def __init__(self, method, error):
        self.method = method
        self.code = error.get("code")
        self.message = error.get("message", "")
        self.data = error.get("data")
        super().__init__(f"{method}: {self.code} {self.message} {self.data or ''}".rstrip())


class RpcUnavailable(Exception):
    """No answer came: nobody listens, or the connection broke. The call may or may not have been done."""


def tail(path, lines=15):
    """The last lines of a text file; empty when it cannot be read."""
    try:
        with open(path, "rb") as file:
            file.seek(0, 2)
            file.seek(max(0, file.tell() - 16384))
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-lines:])


def require_path(step, path):
    """Path of a file that must exist."""
    if not Path(path).exists():
        raise StackError(step, f"{path} is missing")
    return Path(path)
