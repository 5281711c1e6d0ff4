-- Loading a large zone: of the 25 s that a million records took to store, 14 s went into asking for
-- the zone once per record and 5 s into comparing labels by the rules of a language.

-- Asked once per statement instead, and the row stays locked against deletion all the same.
ALTER TABLE record DROP CONSTRAINT record_zone_id_fkey;
CREATE FUNCTION record_has_zone() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    missing bigint;
BEGIN
    SELECT n.zone_id INTO missing FROM (SELECT DISTINCT zone_id FROM new_record) n
        WHERE NOT EXISTS (SELECT FROM zone z WHERE z.id = n.zone_id FOR KEY SHARE) LIMIT 1;
    IF FOUND THEN
        RAISE foreign_key_violation
            USING MESSAGE = format('there is no zone %s for records to be in', missing),
                  TABLE = 'record', CONSTRAINT = 'record_has_zone';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER record_has_zone AFTER INSERT ON record REFERENCING NEW TABLE AS new_record
    FOR EACH STATEMENT EXECUTE FUNCTION record_has_zone();
COMMENT ON COLUMN record.zone_id IS
    'The zone; trigger record_has_zone sees to it that there is one. It never changes.';
COMMENT ON FUNCTION record_has_zone() IS
    'Refuses records of a zone that is not there: as a foreign key, but once per statement.';

CREATE FUNCTION zone_takes_records() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM record WHERE zone_id = OLD.id;
    RETURN OLD;
END $$;
CREATE TRIGGER zone_takes_records BEFORE DELETE ON zone
    FOR EACH ROW EXECUTE FUNCTION zone_takes_records();
COMMENT ON FUNCTION zone_takes_records() IS 'A zone that is destroyed takes its records with it.';

-- Labels are compared by their octets.
DROP INDEX record_live;
CREATE INDEX record_live ON record (zone_id, label text_pattern_ops, type) WHERE gone IS NULL;
