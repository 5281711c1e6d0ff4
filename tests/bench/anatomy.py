"""Where the time of an edit goes: the stop watch's readings beside what the database noted.

All clocks are one machine's. The database notes microseconds; the master, watched beside the
slaves, says when the DNS UPDATE has arrived.
"""

import psycopg2
from measure import Series

STAMPS = """
SELECT (extract(epoch FROM e.created_at) * 1000000)::bigint,
       (extract(epoch FROM p.published_at) * 1000000)::bigint,
       (extract(epoch FROM p.in_sync_at) * 1000000)::bigint
  FROM event e JOIN publication p ON p.change_id = e.change_id
 WHERE e.change_id = %s AND e.machine = 'zone' AND e.type = 'ZoneSMUpdate'
 ORDER BY e.id LIMIT 1
"""


class Anatomy:
    def __init__(self, url):
        self._connection = psycopg2.connect(url)
        self._connection.autocommit = True
        self.edits = []

    def close(self):
        self._connection.close()

    def add(self, edit):
        """An edit of which the master was watched first."""
        self.edits.append(edit)

    def moments(self, edit):
        """The moments of an edit in nanoseconds of the wall clock, in their order; None for one
        that was not noted: a publication that the next one overtook is not closed by itself."""
        with self._connection.cursor() as cursor:
            cursor.execute(STAMPS, (edit.change_id,))
            noted = cursor.fetchone() or (None, None, None)
        posted, published, in_sync = (us and us * 1000 for us in noted)
        wall = edit.wall_offset_ns
        return {"sent": edit.sent_ns + wall, "posted": posted, "replied": edit.replied_ns + wall,
                "master": edit.readings[0][1] + wall, "published": published,
                "served": max(at for _, at in edit.readings[1:]) + wall, "in_sync": in_sync}


HOPS = (
    ("sent", "posted", "request: checked and stored"),
    ("posted", "replied", "committed, knocked, answered"),
    ("replied", "master", "reply: claimed, master has it"),
    ("master", "published", "publication noted"),
    ("published", "served", "committed, told, last slave serves it"),
    ("replied", "served", "all: reply to last slave"),
    ("served", "in_sync", "reported, change closed"),
)


def anatomy_hops(anatomy):
    """One series per hop."""
    series = [Series(what) for _, _, what in HOPS]
    for edit in anatomy.edits:
        moments = anatomy.moments(edit)
        for one, (start, end, _) in zip(series, HOPS):
            if moments[start] is not None and moments[end] is not None:
                one.add_ns(moments[end] - moments[start])
    return series
