"""What the checks find in a zone's content, as those learn it who sent it (docs/checks.md)."""

import pytest
from dmsstack import RpcError
from world import LOGIN

DUPLICATE, CNAME_EXISTS, NO_GLUE, TTL_MISMATCH = -20, -18, -21, -158
NO_REFERENCE = -67
EX_DATAERR = 65

WRONG_TEXT = """\
a CNAME b.example.net.
a TXT "beside an alias"
@ MX 10 nowhere
t 60 TXT "one"
t 90 TXT "two"
d A 192.0.2.1
d A 192.0.2.1
"""
WRONG_PLACES = [(2, CNAME_EXISTS, "error"), (3, NO_GLUE, "error"), (5, TTL_MISMATCH, "warning"),
                (7, DUPLICATE, "error")]


def test_a_refused_text_tells_all_with_lines(world):
    zone = world.make_zone("www 300 IN A 192.0.2.1")
    with pytest.raises(RpcError) as refusal:
        world.rpc("update_zone", name=zone.name, login_id=LOGIN, zi_text=WRONG_TEXT)
    data = refusal.value.data
    assert refusal.value.code == CNAME_EXISTS
    assert (data["lineno"], data["col"]) == (2, 1) and data["error_count"] == 3
    assert data["marked_input_line"] == '>!<a TXT "beside an alias"'
    assert data["rr_data"] == {"label": "a", "type": "TXT", "rdata": '"beside an alias"'}
    assert [(f["line"], f["code"], f["level"]) for f in data["findings"]] == WRONG_PLACES
    assert all(f["column"] == 1 and f["message"] for f in data["findings"])
    shown = world.rpc("show_zone", name=zone.name)
    assert shown["zi_candidate_id"] == zone.zi_id, "nothing of it was stored"


HALF_READ = """\
a CNAME b.example.net.
a TXT "beside an alias"
@ MX 10 mail
mail A 192.0.2.300
d A 192.0.2.1
d A 192.0.2.1
"""


def test_what_cannot_be_read_hides_nothing_else(world):
    """And nobody is told that a record is missing whose line cannot be read."""
    zone = world.make_zone("www 300 IN A 192.0.2.1")
    with pytest.raises(RpcError) as refusal:
        world.rpc("update_zone", name=zone.name, login_id=LOGIN, zi_text=HALF_READ)
    told = [(f["line"], f["code"]) for f in refusal.value.data["findings"]]
    assert [line for line, _ in told] == [2, 4, 6], told
    assert (2, CNAME_EXISTS) in told and (6, DUPLICATE) in told
    records = [{"label": "@", "type": "MX", "rdata": "10 mail"},
               {"label": "mail", "type": "A", "rdata": "192.0.2.300"},
               {"label": "d", "type": "A", "rdata": "192.0.2.1"},
               {"label": "d", "type": "A", "rdata": "192.0.2.1"}]
    with pytest.raises(RpcError) as refusal:
        world.rpc("update_zone", name=zone.name, login_id=LOGIN,
                  zi_data={"rr_groups": [{"rrs": records}]})
    assert [f["rrs_index"] for f in refusal.value.data["findings"]] == [1, 3]


def test_refused_json_tells_all_with_indices(world):
    wrong = {"label": "@", "type": "MX", "rdata": "10 nowhere"}
    groups = [{"comment": "first", "rrs": [{"label": "a", "type": "CNAME", "rdata": "b.net."}]},
              {"comment": "second", "rrs": [wrong, {"label": "a", "type": "A",
                                                    "rdata": "192.0.2.1"}]}]
    with pytest.raises(RpcError) as refusal:
        world.rpc("create_zone", name=world.fresh_name(), login_id=LOGIN,
                  zi_data={"rr_groups": groups})
    data = refusal.value.data
    assert refusal.value.code == NO_GLUE and data["rr_data"] == wrong
    assert (data["rr_groups_index"], data["rrs_index"]) == (1, 0)
    assert [(f["code"], f["rr_groups_index"], f["rrs_index"]) for f in data["findings"]] == [
        (NO_GLUE, 1, 0), (CNAME_EXISTS, 1, 1)]


def test_unknown_references_are_told_with_all_else(world):
    name = world.fresh_name()
    with pytest.raises(RpcError) as refusal:
        world.rpc("create_zone", name=name, login_id=LOGIN, zi_text=(
            "a A 192.0.2.1\n;!REF:nobody-1\nb A 192.0.2.1\n@ MX 10 nowhere\n"
            ";!REF:quickstart\nc A 192.0.2.1\n;!REF:NOBODY-1\nd A 192.0.2.1\n"))
    data = refusal.value.data
    assert refusal.value.code == NO_REFERENCE and data["reference"] == "nobody-1"
    assert [(f["code"], f["line"], f["column"], f["label"]) for f in data["findings"]
            if f["level"] == "error"] == [
        (NO_REFERENCE, 3, 1, "b"), (NO_GLUE, 4, 1, "@"), (NO_REFERENCE, 8, 1, "d")]
    zone = world.make_zone("www A 192.0.2.1", inc_updates=True)
    rrs = [{"label": label, "type": "A", "rdata": "192.0.2.2", "reference": reference,
            "update_op": "ADD"} for label, reference in (("x", "quickstart"), ("y", "nobody-2"))]
    with pytest.raises(RpcError) as refusal:
        world.rpc("update_rrs", name=zone.name, login_id=LOGIN, update_type="t",
                  update_data={"rr_groups": [{"rrs": rrs}]})
    data = refusal.value.data
    assert refusal.value.code == NO_REFERENCE and data["reference"] == "nobody-2"
    assert (data["rr_groups_index"], data["rrs_index"]) == (0, 1) and data["rr_data"] == rrs[1]


def test_what_is_doubtful_is_taken_and_told(world):
    name = world.fresh_name()
    reply = world.rpc("create_zone", name=name, login_id=LOGIN,
                      zi_text='t 60 TXT "one"\nt 90 TXT "two"\n')
    assert [(f["code"], f["level"], f["line"]) for f in reply["findings"]] == [
        (TTL_MISMATCH, "warning", 2)]
    assert world.rpc("wait_zone_sync", name=name, timeout_ms=30000)["is_in_sync"]
    stored = world.sql("SELECT ttl FROM record r JOIN zone z ON z.id = r.zone_id "
                       "WHERE z.name = %s AND label = 't'", name)
    assert [row[0] for row in stored] == [60, 60], "the RRset has one TTL, the lowest"
    reply = world.rpc("update_zone", name=name, login_id=LOGIN,
                      zi_data={"rr_groups": [{"rrs": [
                          {"label": "c", "type": "CNAME", "rdata": "d"},
                          {"label": "d", "type": "CNAME", "rdata": "x.net."}]}]})
    assert [(f["name"], f["rr_groups_index"], f["rrs_index"]) for f in reply["findings"]] == [
        ("CnameChain", 0, 0)]
    reply = world.rpc("update_zone", name=name, login_id=LOGIN, zi_text="www A 192.0.2.1\n")
    assert reply["findings"] == []


def test_zone_tool_shows_them(world, tmp_path):
    file = tmp_path / "zone"
    name = world.fresh_name()
    file.write_text(WRONG_TEXT)
    result = world.stack.zone_tool("load_zone", str(file), name, check=False)
    assert result.returncode == EX_DATAERR
    assert result.stdout.startswith('>!<a TXT "beside an alias"\n***   ')
    assert "line 3, column 1: @ MX:" in result.stdout and "line 7, column 1:" in result.stdout
    file.write_text('t 60 TXT "one"\nt 90 TXT "two"\n')
    result = world.stack.zone_tool("load_zone", str(file), name)
    assert result.stdout.startswith("Warning: line 2: t TXT: TTL 90")
