"""One daemon: started detached, found again by its pid file, stopped for sure.

The pid file holds pid and start time (field 22 of /proc/PID/stat), so that a pid that the kernel has
given to somebody else since is never signalled; signals go through a pidfd, so that it cannot happen
between the look and the signal either.
"""

import os
import select
import signal
import subprocess
from pathlib import Path

from .errors import StackError
from .wait import WaitTimeout, wait_for


def start_time(pid):
    """Start time of a live process in clock ticks since boot; None when there is none (or a zombie)."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    # The command name may hold blanks and brackets: fields are counted behind its last bracket.
    fields = stat[stat.rindex(")") + 2:].split()
    return None if fields[0] in "ZXx" else int(fields[19])


class Process:
    """`argv[0]` is an absolute path; `user` a system user to run as (root only), or None."""

    def __init__(self, name, argv, run_dir, log_dir, *, user=None, env=None, cwd=None,
                 stop_signal=signal.SIGTERM, stop_seconds=10.0):
        self.name = name
        self.argv = [str(a) for a in argv]
        self.pid_file = Path(run_dir) / f"{name}.pid"
        self.log = Path(log_dir) / f"{name}.log"
        self.user, self.env, self.cwd = user, env or {}, cwd
        self.stop_signal, self.stop_seconds = stop_signal, stop_seconds
        self._child = None

    def start(self):
        """Starts it unless it runs."""
        if self.is_running:
            return
        identity = {"user": self.user, "group": self.user, "extra_groups": []} if self.user else {}
        try:
            with open(self.log, "ab") as log:
                self._child = subprocess.Popen(
                    self.argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.cwd,
                    env={**os.environ, **self.env}, start_new_session=True, **identity)
        except OSError as e:
            raise StackError(f"start {self.name}", f"{self.argv[0]}: {e.strerror}") from e
        begun = start_time(self._child.pid)
        if begun is not None:
            temporary = self.pid_file.with_suffix(".new")
            temporary.write_text(f"{self._child.pid} {begun}\n")
            temporary.rename(self.pid_file)

    @property
    def pid(self):
        """Its pid while it runs, else None."""
        if self._child is not None:
            self._child.poll()  # reaps it
        try:
            pid, begun = map(int, self.pid_file.read_text().split())
        except (OSError, ValueError):
            return None
        return pid if start_time(pid) == begun else None

    @property
    def is_running(self):
        return self.pid is not None

    def _open(self):
        """A pidfd of the running process, or None."""
        pid = self.pid
        if pid is None:
            return None
        try:
            fd = os.pidfd_open(pid)
        except ProcessLookupError:
            return None
        if self.pid != pid:  # ended, and the pid went to somebody else, before the pidfd held it
            os.close(fd)
            return None
        return fd

    def send(self, number):
        """Sends a signal; False when it does not run."""
        fd = self._open()
        if fd is None:
            return False
        try:
            signal.pidfd_send_signal(fd, number)
            return True
        except ProcessLookupError:
            return False
        finally:
            os.close(fd)

    def wait_gone(self, timeout):
        """Waits until it has ended; False when it still runs after `timeout` seconds."""
        fd = self._open()
        if fd is not None:
            try:
                poll = select.poll()
                poll.register(fd, select.POLLIN)
                poll.poll(max(0, timeout) * 1000)
            finally:
                os.close(fd)
        return not self.is_running

    def stop(self):
        """Asks it to end, then kills it. True when it ended by itself."""
        willing = True
        if self.send(self.stop_signal) and not self.wait_gone(self.stop_seconds):
            willing = False
            self.send(signal.SIGKILL)
            if not self.wait_gone(10):
                raise StackError(f"stop {self.name}", f"pid {self.pid} survives SIGKILL", self.log)
        self.pid_file.unlink(missing_ok=True)
        return willing

    def kill(self, number=signal.SIGKILL):
        """Ends it at once, like a crash does."""
        if self.send(number) and not self.wait_gone(10):
            raise StackError(f"kill {self.name}", f"pid {self.pid} survives signal {number}", self.log)

    def wait_ready(self, condition, timeout, what):
        """Waits until `condition` holds; an end of the process meanwhile is an error at once."""
        def check():
            if not self.is_running:
                return "ended"
            return "ready" if condition() else None
        try:
            outcome = wait_for(check, timeout, what)
        except WaitTimeout as e:
            raise StackError(f"start {self.name}", str(e), self.log) from e
        if outcome == "ended":
            code = self._child.poll() if self._child is not None else None
            raise StackError(f"start {self.name}", f"it has ended with status {code}", self.log)


def run(step, argv, *, log, user=None, env=None, cwd=None, stdin=None, timeout=60):
    """Runs a command to its end; its output goes to `log`. Raises StackError when it fails."""
    identity = {"user": user, "group": user, "extra_groups": []} if user else {}
    try:
        with open(log, "ab") as out:
            result = subprocess.run(
                [str(a) for a in argv], input=stdin, stdout=out, stderr=out, cwd=cwd,
                env={**os.environ, **(env or {})}, timeout=timeout, **identity)
    except OSError as e:
        raise StackError(step, f"{argv[0]}: {e.strerror}") from e
    except subprocess.TimeoutExpired as e:
        raise StackError(step, f"{argv[0]} takes longer than {timeout} s", log) from e
    if result.returncode != 0:
        raise StackError(step, f"{argv[0]} ended with status {result.returncode}", log)
