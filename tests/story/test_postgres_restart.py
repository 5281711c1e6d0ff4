"""PostgreSQL restarted, politely and rudely, under a stream of edits."""

import signal

import pytest
from world import SerialWatch, check_stream, numbered

EDITS = 60


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT], ids=["fast", "immediate"])
def test_a_restart_loses_no_edit(world, how):
    zone = world.make_zone("www IN A 192.0.2.1")
    postgres = world.stack.postgres
    with SerialWatch(world.slaves, zone.name) as watch:
        for number in range(EDITS):
            if number == EDITS // 2:
                assert postgres.process.send(how)
                assert postgres.process.wait_gone(30)
                postgres.start()
            zone.add(numbered("p", number))
        zone.sync()
    assert watch.backwards == []
    world.settled(zone)
    check_stream(world, zone, "p", EDITS)
