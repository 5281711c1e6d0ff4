-- What a zone text has besides its data, so that it comes back as it was written: plain comments and
-- the spelling of TTLs. All of it belongs to rows that are immutable already.

ALTER TABLE record
    ADD COLUMN ttl_text text CHECK (length(ttl_text) <= 20),
    ADD COLUMN remark   text CHECK (length(remark) <= 65536),
    ADD COLUMN tail     text CHECK (length(tail) <= 65536);
COMMENT ON COLUMN record.comment IS 'Comment of the record, on ";#" lines before it.';
COMMENT ON COLUMN record.ttl_text IS
    'How its TTL was typed, such as 24h; null where the zone text writes it so by itself.';
COMMENT ON COLUMN record.remark IS
    'Plain comment lines before it, each with its semicolon; an empty line is one of the text.';
COMMENT ON COLUMN record.tail IS
    'What stands behind semicolons on its own lines, one line for each.';

ALTER TABLE rr_group
    ADD COLUMN remark text CHECK (length(remark) <= 65536);
COMMENT ON COLUMN rr_group.remark IS 'Plain comment lines before the group''s comment.';

ALTER TABLE zone_instance
    ADD COLUMN zone_ttl_text text CHECK (length(zone_ttl_text) <= 20),
    ADD COLUMN soa_ttl_text  text CHECK (length(soa_ttl_text) <= 20),
    ADD COLUMN soa_comment   text CHECK (length(soa_comment) <= 1024),
    ADD COLUMN soa_remark    text CHECK (length(soa_remark) <= 65536),
    ADD COLUMN soa_tail      text CHECK (length(soa_tail) <= 65536),
    ADD COLUMN end_remark    text CHECK (length(end_remark) <= 65536);
COMMENT ON COLUMN zone_instance.zone_ttl_text IS
    'How zone_ttl was typed; null where the zone text writes it so by itself.';
COMMENT ON COLUMN zone_instance.soa_ttl_text IS 'The same for soa_ttl.';
COMMENT ON COLUMN zone_instance.soa_comment IS 'Comment of the SOA record, on ";#" lines before it.';
COMMENT ON COLUMN zone_instance.soa_remark IS 'Plain comment lines before the SOA record.';
COMMENT ON COLUMN zone_instance.soa_tail IS
    'Comments behind the SOA''s seven values, a line for each (empty: the usual word), then others.';
COMMENT ON COLUMN zone_instance.end_remark IS 'Plain comment lines behind the last record.';
