"""Waiting for a condition, never for an amount of time."""

import time


class WaitTimeout(Exception):
    """A condition did not come true in time."""


def wait_for(condition, timeout=10.0, what="", pause=0.005):
    """Calls `condition` until it returns something true and returns that. An exception counts as not
    yet; the last one is told when time is up. The pause between two looks grows to 100 ms."""
    end = time.monotonic() + timeout
    error = None
    while True:
        try:
            value = condition()
            error = None
            if value:
                return value
        except Exception as e:  # not yet: the thing waited for may be half up
            error, value = e, None
        left = end - time.monotonic()
        if left <= 0:
            reason = f"last error: {error!r}" if error else f"last value: {value!r}"
            name = what or getattr(condition, "__name__", "condition")
            raise WaitTimeout(f"{name} not within {timeout:g} s ({reason})") from error
        time.sleep(min(pause, left))
        pause = min(pause * 1.5, 0.1)
