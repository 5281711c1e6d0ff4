"""Promise 6: a stolen slave can read what it serves and nothing else, and change nothing."""

import ssl

import pytest
from dmsstack import NatsClient, NatsError

AGENT = "agent-slave1"


def refused(world, action, user=AGENT):
    """The server's words when a user does something it may not."""
    with world.stack.nats_client(user) as bus, pytest.raises(NatsError) as refusal:
        action(bus)
        bus.flush()
    return str(refusal.value)


@pytest.mark.parametrize("subject", [
    "dms.>", ">", "dms.event.>", "dms.config.master", "dms.config.*", "dms.fact.>",
    "dms.fact.master.>", "dms.report.*", "dms.pull.slave2", "_INBOX.>", "_INBOX.agent-slave2.>",
    "_INBOX.rpc-gateway.>", "$JS.>", "$SYS.>"])
def test_an_agent_hears_only_its_own_group(world, subject):
    assert "Permissions Violation for Subscription" in refused(
        world, lambda bus: bus.subscribe(subject))


@pytest.mark.parametrize("subject", [
    "dms.pull.slave2", "dms.report.slave2", "dms.report.master1", "dms.event.zone.1",
    "dms.sm.zone.ZoneSMEdit", "dms.rpc.admin.delete_zone", "dms.fact.public.ZonePublished",
    "dms.config.public", "$JS.API.STREAM.PURGE.DMS_EVENT", "$JS.API.STREAM.MSG.GET.DMS_FACT",
    "_INBOX.agent-slave2.x"])
def test_an_agent_speaks_only_for_itself(world, subject):
    assert "Permissions Violation for Publish" in refused(world, lambda bus: bus.publish(subject))


@pytest.mark.parametrize("subject", ["dms.sm.zone.ZoneSMEdit", "dms.event.zone.1",
                                     "dms.report.slave1", "dms.pull.slave1"])
def test_an_operator_uses_the_door(world, subject):
    assert "Permissions Violation for Publish" in refused(
        world, lambda bus: bus.publish(subject), "operator")


def test_nobody_comes_in_without_a_certificate(world):
    stack = world.stack
    other = stack.pki.cert("https"), stack.pki.key("https")  # of our CA, but of no NATS user
    with pytest.raises((NatsError, ssl.SSLError, OSError)):
        NatsClient(stack.ports["nats"], stack.pki.ca, *other).close()


def test_secrets_are_kept(world):
    stack = world.stack
    secrets = [*stack.etc.glob("*"), *stack.pki.folder.glob("*.key"), stack.state_file,
               *(b.key_file for b in stack.name_servers)]
    for path in secrets:
        assert path.stat().st_mode & 0o077 == 0, f"{path} is readable by others"
    words = [stack.admin_password, stack.postgres.password]
    for log in stack.log_dir.glob("*.log"):
        text = log.read_text(errors="replace")
        assert not any(word in text for word in words), f"a password in {log.name}"
