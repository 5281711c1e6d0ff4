"""Zones that do not come from the hidden master, that go to it by file alone, and who may transfer a
zone from our servers."""

import base64
import secrets

import dns.query
import dns.xfr
import dns.zone
import pytest
from dmsstack import RpcError, wait_for
from dmsstack.bind import Bind
from dmsstack.ports import free_ports
from world import LOGIN, records_of, serial_of

KEY = "partner-key.example."


class Primary:
    """Another company's name server: knows its own slaves (ours) and a key agreed with us."""

    def __init__(self, world, folder):
        self.world = world
        self.secret = base64.b64encode(secrets.token_bytes(32)).decode()
        self.bind = Bind("foreign", folder / "foreign", *free_ports(2), folder, folder)
        self.bind.make()
        slaves = " ".join(f"{s.address} port {s.port};" for s in world.slaves)
        (self.bind.agent_dir / "options.conf").write_text(
            "recursion no;\ndnssec-validation no;\nallow-new-zones yes;\nallow-transfer { none; };\n"
            f"notify explicit;\nalso-notify {{ {slaves} }};\nnotify-delay 0;\nnotify-rate 1000;\n")
        (self.bind.agent_dir / "global.conf").write_text(
            f'key "{KEY}" {{ algorithm hmac-sha256; secret "{self.secret}"; }};\n')
        self.bind.start()

    @property
    def endpoint(self):
        return f"{self.bind.address}@{self.bind.port}"

    def write(self, zone, serial, *lines):
        path = self.bind.zone_dir / "zone.db"
        head = ["$TTL 300", f"@ SOA ns.foreign.test. h.foreign.test. {serial} 3600 600 86400 300",
                "@ NS ns.foreign.test."]
        path.write_text("\n".join([*head, *lines]) + "\n")
        return path

    def add(self, zone, serial, *lines, who="any"):
        path = self.write(zone, serial, *lines)
        self.bind.rndc("addzone", zone, f'{{ type primary; file "{path}";'
                                        f' allow-transfer {{ {who}; }}; }};')

    def change(self, zone, serial, *lines):
        self.write(zone, serial, *lines)
        self.bind.rndc("reload", zone)


@pytest.fixture
def primary(world, tmp_path):
    primary = Primary(world, tmp_path)
    yield primary
    primary.bind.process.stop()


def test_a_secondary_zone_follows_its_primaries(world, primary):
    zone = world.fresh_name()
    primary.add(zone, 5, "www A 192.0.2.1", who=f'key "{KEY}"')
    with pytest.raises(RpcError) as e:
        world.rpc("create_zone", name=zone, login_id=LOGIN, zone_type="secondary",
                  primaries=[f"{primary.endpoint} {KEY}"])
    assert KEY in str(e.value), "a key that nobody made known"
    world.rpc("create_tsig_key", key_name=KEY, secret=primary.secret)
    made = world.rpc("create_zone", name=zone, login_id=LOGIN, zone_type="secondary",
                     primaries=[f"{primary.endpoint} {KEY}"])
    assert made["zi_id"] is None
    assert world.rpc("wait_zone_sync", name=zone, timeout_ms=60000)["soa_serial"] == 5
    world.check_everywhere("www." + zone, "A", ["192.0.2.1"])
    assert serial_of(world.master, zone) is None, "the hidden master has no part in it"
    shown = world.rpc("show_zone", name=zone)
    assert (shown["zone_type"], shown["zi"]) == ("secondary", None)
    assert shown["primaries"] == [f"{primary.endpoint} {KEY}"]
    # The primary tells our servers; they tell us.
    primary.change(zone, 6, "www A 192.0.2.2")
    wait_for(lambda: world.rpc("show_zone", name=zone)["soa_serial"] == 6, 60, "serial 6 is known")
    assert world.rpc("wait_zone_sync", name=zone, timeout_ms=60000)["is_in_sync"]
    world.check_everywhere("www." + zone, "A", ["192.0.2.2"])
    keys = {k["key_name"]: k for k in world.rpc("list_tsig_key")}
    assert keys[KEY]["zone_count"] == 1 and primary.secret not in str(keys)
    with pytest.raises(RpcError) as e:
        world.rpc("delete_tsig_key", key_name=KEY)
    assert zone in str(e.value)
    for method in ("update_zone", "show_zone_text", "restore_rrset"):
        extra = {"update_zone": {"zi_text": "", "login_id": LOGIN}, "show_zone_text": {},
                 "restore_rrset": {"zi_id": "^", "label": "www", "type": "A", "login_id": LOGIN}}
        with pytest.raises(RpcError) as e:
            world.rpc(method, name=zone, **extra[method])
        assert e.value.code == -193, method
    world.rpc("delete_zone", name=zone, login_id=LOGIN)
    for slave in world.slaves:
        wait_for(lambda: serial_of(slave, zone) is None, 30, f"{slave.name} has dropped it")


def test_a_secondary_zone_moves_to_another_primary(world, primary):
    zone = world.fresh_name()
    (nobody,) = free_ports(1)
    world.rpc("create_zone", name=zone, login_id=LOGIN, zone_type="secondary",
              primaries=[f"127.0.0.1@{nobody}"])
    late = world.rpc("wait_zone_sync", name=zone, timeout_ms=1)
    assert not late["is_in_sync"], "nobody has given it to anybody"
    primary.add(zone, 7, "www A 192.0.2.7")
    world.rpc("set_zone", name=zone, login_id=LOGIN,
              primaries=[f"127.0.0.1@{nobody}", primary.endpoint])
    assert world.rpc("wait_zone_sync", name=zone, timeout_ms=60000)["soa_serial"] == 7
    world.check_everywhere("www." + zone, "A", ["192.0.2.7"])
    change = world.rpc("refresh_zone", name=zone, login_id=LOGIN)
    assert world.rpc("wait_zone_sync", name=zone, change_id=change["change_id"],
                     timeout_ms=60000)["is_in_sync"]
    world.rpc("delete_zone", name=zone, login_id=LOGIN)


@pytest.mark.parametrize("params, said", (
    ({"zone_type": "slave"}, "slave"),
    ({"zone_type": "secondary"}, "primaries"),
    ({"zone_type": "secondary", "primaries": []}, "primaries"),
    ({"zone_type": "secondary", "primaries": ["ns1.example."]}, "ns1.example."),
    ({"zone_type": "secondary", "primaries": ["192.0.2.1@0"]}, "192.0.2.1@0"),
    ({"zone_type": "secondary", "primaries": ["192.0.2.1", "192.0.2.1@53"]}, "twice"),
    ({"zone_type": "secondary", "primaries": ["192.0.2.1"], "zi_text": ""}, "zi_text"),
    ({"primaries": ["192.0.2.1"]}, "dynamic"),
    ({"allow_transfer": ["192.0.2.0/33"]}, "192.0.2.0/33"),
    ({"allow_transfer": ["friends"]}, "friends"),
))
def test_what_does_not_fit_is_refused(world, params, said):
    zone = world.fresh_name()
    with pytest.raises(RpcError) as e:
        world.rpc("create_zone", name=zone, login_id=LOGIN, **params)
    assert said in str(e.value)
    assert world.sql("SELECT count(*) FROM zone WHERE name = %s", zone)[0][0] == 0, "nothing is left"


def transfer(bind, zone):
    """The zone by AXFR; None when refused."""
    try:
        return dns.zone.from_xfr(dns.query.xfr(bind.address, zone, port=bind.port, timeout=5))
    except (dns.xfr.TransferError, dns.query.TransferError):
        return None


def test_others_may_transfer_a_zone_when_they_are_named(world):
    zone = world.make_zone("www IN A 192.0.2.1")
    slave = world.slaves[0]
    assert transfer(slave, zone.name) is None
    world.rpc("set_zone", name=zone.name, login_id=LOGIN,
              allow_transfer=["127.0.0.0/8", "2001:db8::/32", "192.0.2.77"])
    wait_for(lambda: transfer(slave, zone.name), 30, "the slave gives the zone to 127.0.0.1")
    assert world.rpc("show_zone", name=zone.name)["allow_transfer"] == \
        ["127.0.0.0/8", "192.0.2.77", "2001:db8::/32"]
    world.rpc("set_zone", name=zone.name, login_id=LOGIN, allow_transfer=[])
    wait_for(lambda: transfer(slave, zone.name) is None, 30, "the slave gives it to nobody")


def test_a_static_zone_goes_by_file_alone(world):
    zone = world.make_zone("www IN A 192.0.2.1", zone_type="static")
    zone.add("more IN A 192.0.2.2")
    zone.sync()
    world.check_everywhere("more." + zone.name, "A", ["192.0.2.2"])
    assert world.sql("SELECT array_agg(DISTINCT way) FROM publication WHERE zone_id = %s",
                     zone.zone_id) == [(["file"],)]
    assert records_of(world.master, "more." + zone.name, "A") == ["192.0.2.2"]
