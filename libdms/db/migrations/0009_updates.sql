-- Incremental updates touch what they name and nothing else: this finds what a check has to see around
-- a name, and lets a new record be placed without a look at the others.

-- The name that a record points to, so written that names below one another begin alike: its wire form
-- in hex, backwards. Of types 64 and 65 (SVCB, HTTPS) the name is followed by parameters.
CREATE FUNCTION record_target(type integer, rdata bytea) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    at integer := 2;
BEGIN
    IF type NOT IN (64, 65) THEN
        RETURN reverse(encode(rdata, 'hex'));
    END IF;
    WHILE at < length(rdata) AND get_byte(rdata, at) > 0 LOOP
        at := at + 1 + get_byte(rdata, at);
    END LOOP;
    RETURN reverse(encode(substr(rdata, 3, at - 1), 'hex'));
END $$;
COMMENT ON FUNCTION record_target(integer, bytea) IS
    'The end of the rdata up to the target name''s last octet, in hex and backwards: a prefix search '
    'finds what points to a name or below it.';

-- NS, CNAME, MX, SRV, SVCB, HTTPS: the types whose targets are looked up inside the zone.
CREATE INDEX record_points ON record (zone_id, record_target(type, rdata) text_pattern_ops)
    WHERE gone IS NULL AND type IN (2, 5, 15, 33, 64, 65);
-- What is below a name; owners right below the apex are below nothing else.
CREATE INDEX record_below ON record (zone_id, reverse(label) text_pattern_ops)
    WHERE gone IS NULL AND label LIKE '%.%';

ALTER TABLE zone ADD COLUMN last_position integer;
COMMENT ON COLUMN zone.last_position IS
    'No record of the zone stands behind this position; null while it is not known.';

ALTER TABLE update_group
    ADD COLUMN comment  text CHECK (length(comment) <= 1024),
    ADD COLUMN findings jsonb;
COMMENT ON COLUMN update_group.reason IS 'Why it was refused: every error, one a line.';
COMMENT ON COLUMN update_group.comment IS 'What the caller said it is for.';
COMMENT ON COLUMN update_group.findings IS
    'What the checks found that was not there before it, as in the replies of the methods.';

ALTER TABLE update_op
    ADD COLUMN has_lock_ptr   boolean NOT NULL DEFAULT false,
    ADD COLUMN tracks_reverse boolean NOT NULL DEFAULT false,
    ADD COLUMN forces_reverse boolean NOT NULL DEFAULT false,
    ADD COLUMN comment        text CHECK (length(comment) <= 1024);
COMMENT ON COLUMN update_op.has_lock_ptr IS 'As of the record.';
COMMENT ON COLUMN update_op.tracks_reverse IS 'As of the record.';
COMMENT ON COLUMN update_op.forces_reverse IS 'Whether the record wants its PTR this once.';
COMMENT ON COLUMN update_op.comment IS 'Comment of the record.';
