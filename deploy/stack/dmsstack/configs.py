"""The dms.conf of every program of a stack."""

from .nats import agent_user


def write(path, program, keys):
    """One program's file, readable by its owner alone: it may hold a password."""
    text = f"[{program}]\n" + "".join(f"{k} = {v}\n" for k, v in keys.items())
    draft = path.with_name(f".{path.name}.new")
    draft.touch(mode=0o600)
    draft.chmod(0o600)
    draft.write_text(text)
    draft.rename(path)  # whoever reads it meanwhile has the old or the new one, whole


def bus_keys(stack, user):
    return {"nats_url": stack.nats.url, "nats_ca": stack.pki.ca,
            "nats_cert": stack.pki.cert(user), "nats_key": stack.pki.key(user)}


def service_keys(stack, program):
    keys = {**bus_keys(stack, program), "db_url": stack.pg_url}
    if program == "rpc-gateway":
        keys |= {"https_listen": f"127.0.0.1:{stack.ports['https']}",
                 "https_cert": stack.pki.cert("https"), "https_key": stack.pki.key("https"),
                 "htpasswd_file": stack.etc / "htpasswd"}
    if program == "master-sm":
        keys["template_dir"] = stack.template_dir
    return keys


def agent_keys(stack, bind):
    return {**bus_keys(stack, agent_user(bind.name)),
            "server_name": bind.name,
            "state_dir": bind.state_dir,
            "named_address": bind.endpoint,
            "named_config_dir": bind.agent_dir,
            "named_zone_dir": bind.zone_dir,
            "control_address": f"127.0.0.1:{bind.control_port}",
            "control_key_file": bind.key_file,
            "notify_listen": f"127.0.0.1:{stack.ports[f'notify-{bind.name}']}"}


def write_all(stack):
    """Every program's file below stack.etc but dms-db's, which is needed before; `stack.settings` of a
    program wins over all."""
    for program in stack.services:
        keys = service_keys(stack, program) | stack.settings.get(program, {})
        write(stack.config(program), program, keys)
    for bind in stack.name_servers:
        keys = agent_keys(stack, bind) | stack.settings.get("server-agent", {})
        write(stack.config(agent_user(bind.name)), "server-agent", keys)
    write(stack.config("operator"), "zone_tool",
          bus_keys(stack, "operator") | {"rpc_access": "admin"})
