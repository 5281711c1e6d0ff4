-- Which groups list a zone. A group is told of it only when the hidden master knows the zone and that
-- the group may transfer it, so no server asks in vain; and a group that is to go goes when the other
-- one serves.
ALTER TABLE zone
    ADD COLUMN is_listed      boolean NOT NULL DEFAULT false,
    ADD COLUMN is_alt_listed  boolean NOT NULL DEFAULT false,
    ADD COLUMN alt_sg_leaves  boolean NOT NULL DEFAULT false,
    ADD CHECK (alt_sg_id IS NOT NULL OR NOT (is_alt_listed OR alt_sg_leaves));
COMMENT ON COLUMN zone.is_listed IS 'Whether the servers of sg_id, and the replica, have been told of it.';
COMMENT ON COLUMN zone.is_alt_listed IS 'Whether the servers of alt_sg_id have been told of it.';
COMMENT ON COLUMN zone.alt_sg_leaves IS
    'Whether alt_sg_id is the group that it moves away from, which goes when sg_id serves it.';
COMMENT ON COLUMN zone.is_nuked IS
    'Whether the next vacuum destroys the deleted zone, however short a time ago it was deleted.';
UPDATE zone SET is_listed = true, is_alt_listed = alt_sg_id IS NOT NULL
    WHERE state NOT IN ('DISABLED', 'DELETED')
    AND (is_on_master OR (zone_type = 'secondary' AND state <> 'CREATE'));

-- What the reconciler looks at besides zone_moving: empty on a quiet system.
CREATE INDEX zone_joining ON zone (id) WHERE state = 'PUBLISHED'
    AND (NOT is_listed OR alt_sg_leaves OR (alt_sg_id IS NOT NULL AND NOT is_alt_listed));
CREATE INDEX zone_removing ON zone (id) WHERE is_on_master AND state IN ('DISABLED', 'DELETED');
