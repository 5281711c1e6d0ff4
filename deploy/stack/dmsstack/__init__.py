"""The description of a running system on one host: quick start, stories and benchmarks use it."""

from .errors import RpcError, RpcUnavailable, StackError, tail
from .natsclient import NatsClient, NatsError
from .process import Process
from .rpc import RpcClient
from .stack import SERVICES, Stack
from .wait import WaitTimeout, wait_for

__all__ = ["NatsClient", "NatsError", "Process", "RpcClient", "RpcError", "RpcUnavailable",
           "SERVICES", "Stack", "StackError", "WaitTimeout", "tail", "wait_for"]
