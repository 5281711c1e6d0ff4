"""Promise 7: bad configuration never reaches a running name server."""

from dmsstack import story, wait_for
from world import LOGIN


def test_a_broken_template_is_refused_in_the_checkers_words(world):
    zone = world.make_zone("www IN A 192.0.2.1")
    template = world.stack.template_dir / "bind9/slave/options.conf"
    good = template.read_text()
    names = [b.name for b in world.slaves]
    generation = world.server(names[0])["generation"]
    try:
        template.write_text(good + "\nno-such-option yes;\n")
        world.rpc("reconfig_sg", sg_name="public", login_id=LOGIN)
        for name in names:
            row = wait_for(lambda n=name: "no-such-option" in (world.server(n)["retry_msg"] or "")
                           and world.server(n), 30, f"{name} refuses")
            assert row["generation"] < row["wanted_generation"]
        # The last good one serves on, and edits of zones still arrive.
        world.check_everywhere("www." + zone.name, "A", ["192.0.2.1"])
        zone.add("more IN A 192.0.2.2")
        wait_for(lambda: world.check_everywhere("more." + zone.name, "A", ["192.0.2.2"]) is None, 30)
    finally:
        template.write_text(good)
        world.rpc("reconfig_sg", sg_name="public", login_id=LOGIN)
    for name in names:
        wait_for(lambda n=name: world.server(n)["generation"] == world.server(n)["wanted_generation"],
                 30, f"{name} has the repaired configuration")
    story.wait_states_ok(world.stack)
    assert all(world.server(n)["generation"] > generation for n in names)
    zone.sync()


def test_a_template_with_an_unknown_key_is_refused(world):
    template = world.stack.template_dir / "bind9/slave/options.conf"
    good = template.read_text()
    zone = world.make_zone("www IN A 192.0.2.1")
    try:
        template.write_text(good + "\n// %(no_such_key)s\n")
        world.rpc("reconfig_sg", sg_name="public", login_id=LOGIN)
        for bind in world.slaves:
            wait_for(lambda n=bind.name: "no_such_key" in (world.server(n)["retry_msg"] or ""), 30,
                     f"{bind.name} refuses")
        world.check_everywhere("www." + zone.name, "A", ["192.0.2.1"])
    finally:
        template.write_text(good)
        world.rpc("reconfig_sg", sg_name="public", login_id=LOGIN)
    story.wait_states_ok(world.stack)
    zone.add("more IN A 192.0.2.2")
    zone.sync()
