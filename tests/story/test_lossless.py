"""What people write around their records comes back, through text and through JSON."""

import pytest
from dmsstack import RpcError
from world import LOGIN

INCLUDE_REFUSED = -50

TEXT = """\
;| Web
; a plain line
;# main site
www A 192.0.2.1 ; behind it
;!DISABLE
old A 192.0.2.2

;| Web
web2 A 192.0.2.3

; before one without a group
alone TXT "x"
"""


def groups_of(zi):
    return [(group.get("comment"), [rr["label"] for rr in group["rrs"]]) for group in zi["rr_groups"]]


def records(text):
    return text[text.index(";| Web"):]


def test_an_edit_of_json_keeps_groups_and_comments(world):
    zone = world.make_zone(*TEXT.splitlines(), sync=False)
    before = world.rpc("show_zone_text", name=zone.name)["zi_text"]
    for line in (";| Web", "; a plain line", ";# main site", "; behind it", ";!DISABLE",
                 "; before one without a group"):
        assert line in before, before
    assert before.count(";| Web\n") == 2, "two groups of one comment stay two"
    # The view without the apex: its first group is an ordinary one, and stays.
    zi = world.rpc("show_zone", name=zone.name)["zi"]
    assert groups_of(zi) == [("Web", ["www", "old"]), ("Web", ["web2"]), (None, ["alone"])]
    zi["rr_groups"][1]["rrs"][0]["rdata"] = "192.0.2.9"
    world.rpc("update_zone", name=zone.name, login_id=LOGIN, zi_data=zi)
    zone.sync()
    after = world.rpc("show_zone_text", name=zone.name)["zi_text"]
    assert records(after) == records(before).replace("192.0.2.3", "192.0.2.9")
    # a record that is changed keeps the plain comments over and behind it
    zi = world.rpc("show_zone", name=zone.name)["zi"]
    zi["rr_groups"][0]["rrs"][0]["rdata"] = "192.0.2.8"
    world.rpc("update_zone", name=zone.name, login_id=LOGIN, zi_data=zi)
    zone.sync()
    before, after = after, world.rpc("show_zone_text", name=zone.name)["zi_text"]
    assert records(after) == records(before).replace("192.0.2.1 ;", "192.0.2.8 ;")
    # and the text, given back as it is, changes nothing
    world.rpc("update_zone", name=zone.name, login_id=LOGIN, zi_text=after)
    zone.sync()
    assert records(world.rpc("show_zone_text", name=zone.name)["zi_text"]) == records(after)


def test_text_from_afar_names_no_files(world):
    for line in ("$INCLUDE /etc/hostname", "  $include hosts"):
        with pytest.raises(RpcError) as refusal:
            world.rpc("create_zone", name=world.fresh_name(), login_id=LOGIN, zi_text=line + "\n")
        assert refusal.value.code == INCLUDE_REFUSED
        assert refusal.value.data["lineno"] == 1
