"""From an empty database to name servers in service: what an operator does once, by RPC."""

from .errors import RpcError, StackError
from .stack import GROUP
from .wait import WaitTimeout, wait_for

LOGIN = "operator@quickstart"
NO_SERVER_FOUND = -75

DEFAULTS = {
    "soa_rname": "hostmaster.dms.example.",
    "default_sg": GROUP,
    "default_ref": "quickstart",
}
APEX_NS = ["ns1.dms.example.", "ns2.dms.example."]


def define(stack):
    """Groups, servers and central defaults; a second time changes nothing."""
    rpc = stack.rpc
    known = {row["sg_name"] for row in rpc("list_sg")}
    for group in dict.fromkeys(stack.groups.values()):
        if group not in known:
            rpc("create_sg", sg_name=group, login_id=LOGIN)
    known = server_states(stack)
    for bind in stack.name_servers:
        if bind.name not in known:
            rpc("create_server", server_name=bind.name, address=bind.address, port=bind.port,
                sg_name=stack.groups[bind.name], login_id=LOGIN)
    for key, value in DEFAULTS.items():
        rpc("set_config", config_key=key, value=value, login_id=LOGIN)
    rpc("set_config", config_key="soa_mname", value=APEX_NS[0], sg_name=GROUP, login_id=LOGIN)
    rpc("set_apex_ns", ns_servers=APEX_NS, sg_name=GROUP, login_id=LOGIN)


def server_states(stack):
    """Server name -> row of list_server."""
    try:
        return {row["server_name"]: row for row in stack.rpc("list_server")}
    except RpcError as e:
        if e.code != NO_SERVER_FOUND:
            raise
        return {}


def enable(stack, timeout=60):
    """Puts every server in service and waits until each is OK."""
    states = server_states(stack)
    for bind in stack.name_servers:
        if states[bind.name]["state"] == "DISABLED":
            stack.rpc("enable_server", server_name=bind.name, login_id=LOGIN)
    wait_states_ok(stack, timeout)


def wait_states_ok(stack, timeout=60):
    def all_ok():
        return all(row["state"] == "OK" for row in server_states(stack).values())
    try:
        wait_for(all_ok, timeout, "all servers OK")
    except WaitTimeout as e:
        rows = [f"{n}: {r['state']} {r.get('retry_msg') or ''}".strip()
                for n, r in server_states(stack).items() if r["state"] != "OK"]
        raise StackError("enable the name servers", f"not OK within {timeout} s: "
                         + "; ".join(rows), stack.log_dir / "master-sm.log") from e
