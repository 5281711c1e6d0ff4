-- Zones whose content comes from elsewhere: their primaries, keys agreed with other people, and who
-- else may transfer a zone.

ALTER TABLE tsig_key DROP CONSTRAINT tsig_key_purpose_check;
ALTER TABLE tsig_key ADD CONSTRAINT tsig_key_purpose_check CHECK (purpose IN ('update', 'transfer', 'foreign'));
COMMENT ON COLUMN tsig_key.purpose IS
    'What the key signs: DNS UPDATE to the hidden master, zone transfers of one server group, or '
    'transfers of secondary zones from other people''s primaries (foreign).';

CREATE TABLE zone_primary (
    zone_id     bigint NOT NULL REFERENCES zone ON DELETE CASCADE,
    rank        integer NOT NULL CHECK (rank >= 0),
    address     inet NOT NULL CHECK (address = host(address)::inet),
    port        integer NOT NULL DEFAULT 53 CHECK (port BETWEEN 1 AND 65535),
    tsig_key_id bigint REFERENCES tsig_key,
    PRIMARY KEY (zone_id, rank),
    UNIQUE (zone_id, address, port)
);
COMMENT ON TABLE zone_primary IS
    'Primaries that the servers of a secondary zone transfer it from.';
COMMENT ON COLUMN zone_primary.zone_id IS 'The secondary zone.';
COMMENT ON COLUMN zone_primary.rank IS 'Their order: the first that answers is asked, from 0.';
COMMENT ON COLUMN zone_primary.address IS 'Address of the primary.';
COMMENT ON COLUMN zone_primary.port IS 'Its port.';
COMMENT ON COLUMN zone_primary.tsig_key_id IS
    'Key that signs the transfers, agreed with whoever runs the primary; null: unsigned.';
CREATE INDEX zone_primary_key ON zone_primary (tsig_key_id) WHERE tsig_key_id IS NOT NULL;

CREATE TABLE zone_allow_transfer (
    zone_id bigint NOT NULL REFERENCES zone ON DELETE CASCADE,
    network cidr NOT NULL,
    PRIMARY KEY (zone_id, network)
);
COMMENT ON TABLE zone_allow_transfer IS
    'Who, beside the servers of the system, may transfer a zone from the servers of its groups.';
COMMENT ON COLUMN zone_allow_transfer.zone_id IS 'The zone.';
COMMENT ON COLUMN zone_allow_transfer.network IS 'An address or a prefix.';
