"""Finding records by owner, type and rdata (spec/zone-data.md section 19)."""

import pytest
from dmsstack import RpcError
from world import LOGIN


def found(world, label, **params):
    reply = world.rpc("rr_query_db", label=label, **params)
    return None if reply is None else [(r["label"], r["type"], r["rdata"]) for r in reply["rrs"]]


def test_records_are_found(world):
    zone = world.make_zone("www IN A 192.0.2.10", "www IN AAAA 2001:db8::10", "w_w IN TXT one", "wxw IN TXT two",
                           "wow IN A 192.0.2.12", "mail IN MX 10 www", ";! DISABLE", "off IN A 192.0.2.13")
    full = "www." + zone.name.rstrip(".")
    assert found(world, full, type="A") == [("www", "A", "192.0.2.10")]
    assert found(world, "www", name=zone.name, type="A AAAA") == [
        ("www", "A", "192.0.2.10"), ("www", "AAAA", "2001:db8::10")]
    assert found(world, "w_w", name=zone.name) == [("w_w", "TXT", '"one"')], "_ is no wildcard"
    assert len(found(world, "w?w", name=zone.name)) == 5
    assert len(found(world, "*", name=zone.name, type="A")) == 2, "the disabled one is left out"
    assert len(found(world, "*", name=zone.name, type="A", show_all=True)) == 3
    assert found(world, "www", name=zone.name, rdata="2001:DB8:0::10") == [
        ("www", "AAAA", "2001:db8::10")], "however the rdata is written"
    assert found(world, "mail", name=zone.name, type="MX", rdata="10 www." + zone.name) is not None
    assert found(world, "nobody", name=zone.name) is None
    assert found(world, "www", name="no-such-zone.test") is None
    with pytest.raises(RpcError) as e:
        world.rpc("rr_query_db", label="www", name="." + zone.name)
    assert e.value.code == -81
    first = zone.zi_id
    zone.remove("www IN AAAA 2001:db8::10")
    zone.sync()
    assert found(world, "www", name=zone.name, type="AAAA") is None
    assert found(world, "www", name=zone.name, type="AAAA", zi_id=first) is not None
    other = world.make_zone("www IN A 192.0.2.99")
    with pytest.raises(RpcError):
        world.rpc("rr_query_db", label="www", name=zone.name, zi_id=other.zi_id)
    world.rpc("disable_zone", name=other.name, login_id=LOGIN)
    assert found(world, "www", name=other.name) is None
    assert world.rpc("rr_query_db", label="www", name=other.name, show_all=True)["zone_disabled"]
