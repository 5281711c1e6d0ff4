-- The whole data model of DMS (what it must hold: spec/schema.md).
--
-- Conventions: bigint identity keys; timestamptz everywhere; names of zones lower case, absolute,
-- with the final dot; owner labels relative to the zone, '@' for the apex; TTLs in seconds. States
-- and kinds are checked text, so that psql and dumps stay readable.

CREATE EXTENSION IF NOT EXISTS citext;

CREATE DOMAIN dns_ttl AS bigint CHECK (VALUE BETWEEN 0 AND 2147483647);
COMMENT ON DOMAIN dns_ttl IS 'Time to live in seconds, in the range of RFC 2181 section 8.';
CREATE DOMAIN dns_serial AS bigint CHECK (VALUE BETWEEN 1 AND 4294967295);
COMMENT ON DOMAIN dns_serial IS 'Serial of an SOA record; never 0, which RFC 2136 section 4.2 warns of.';
CREATE DOMAIN dns_zone_name AS text CHECK (VALUE = lower(VALUE) AND VALUE LIKE '%.' AND length(VALUE) <= 1004);
COMMENT ON DOMAIN dns_zone_name IS
    'Absolute domain name in lower case with the final dot, at most 1004 characters of text with '
    'its escapes.';

CREATE TABLE change (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at            timestamptz NOT NULL DEFAULT clock_timestamp(),
    access_point  text NOT NULL,
    method        text NOT NULL,
    actor         text NOT NULL,
    source        text,
    request_id    text,
    object_kind   text,
    object_name   text,
    before        jsonb,
    after         jsonb
);
COMMENT ON TABLE change IS 'Who did what: one row for each changing call.';
COMMENT ON COLUMN change.id IS 'The change id that travels with the change to every name server.';
COMMENT ON COLUMN change.at IS 'When the call was made.';
COMMENT ON COLUMN change.access_point IS
    'Access point the call came through, such as admin_dms; ''system'' for what no caller asked for.';
COMMENT ON COLUMN change.method IS 'Method that was called, such as create_zone.';
COMMENT ON COLUMN change.actor IS 'Login id and ''@host/sectag'' of the caller, as change_by shows it.';
COMMENT ON COLUMN change.source IS 'Network address or bus user that the call came from.';
COMMENT ON COLUMN change.request_id IS 'The caller''s own id of the request.';
COMMENT ON COLUMN change.object_kind IS
    'Kind of the thing that was changed: zone, server, server_group and so on.';
COMMENT ON COLUMN change.object_name IS 'Name of the thing that was changed.';
COMMENT ON COLUMN change.before IS 'What the call changed, as it was.';
COMMENT ON COLUMN change.after IS 'What the call changed, as it became.';
CREATE INDEX change_at ON change (at);
CREATE INDEX change_object ON change (object_kind, object_name, id);

CREATE TABLE tsig_key (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name       dns_zone_name NOT NULL UNIQUE,
    algorithm  text NOT NULL DEFAULT 'hmac-sha256' CHECK (algorithm IN ('hmac-sha1', 'hmac-sha256', 'hmac-sha512')),
    secret     bytea NOT NULL CHECK (length(secret) BETWEEN 16 AND 256),
    purpose    text NOT NULL CHECK (purpose IN ('update', 'transfer')),
    ctime      timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE tsig_key IS 'Keys that sign DNS messages (RFC 8945) between the servers of the system.';
COMMENT ON COLUMN tsig_key.id IS 'Key of the row.';
COMMENT ON COLUMN tsig_key.name IS
    'Name of the key on the wire: absolute, lower case, such as dms-update. or sg-one.';
COMMENT ON COLUMN tsig_key.algorithm IS 'HMAC algorithm by its TSIG name without the final dot.';
COMMENT ON COLUMN tsig_key.secret IS
    'The shared secret itself, 16 to 256 bytes; it leaves the database only towards name servers.';
COMMENT ON COLUMN tsig_key.purpose IS
    'What the key signs: DNS UPDATE to the hidden master, or zone transfers of one server group.';
COMMENT ON COLUMN tsig_key.ctime IS 'When the key was made.';
-- One key signs DNS UPDATE at a time.
CREATE UNIQUE INDEX tsig_key_update ON tsig_key (purpose) WHERE purpose = 'update';

CREATE TABLE server_group (
    id                  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name                citext NOT NULL UNIQUE CHECK (name ~ '^[A-Za-z0-9][-_A-Za-z0-9]{0,31}$'),
    kind                text NOT NULL DEFAULT 'slave' CHECK (kind IN ('master', 'slave', 'replica')),
    config_dir          text,
    master_address      inet,
    master_alt_address  inet,
    tsig_key_id         bigint NOT NULL REFERENCES tsig_key,
    generation          bigint NOT NULL DEFAULT 0 CHECK (generation >= 0),
    log_floor           bigint NOT NULL DEFAULT 0,
    announced           bigint NOT NULL DEFAULT 0,
    settings_sha256     bytea,
    ctime               timestamptz NOT NULL DEFAULT now(),
    mtime               timestamptz NOT NULL DEFAULT now(),
    CHECK (log_floor <= generation AND announced <= generation)
);
COMMENT ON TABLE server_group IS 'Groups of name servers that serve the same zones with the same settings.';
COMMENT ON COLUMN server_group.id IS 'Key of the row.';
COMMENT ON COLUMN server_group.name IS 'Name of the group as operators type it; case does not matter.';
COMMENT ON COLUMN server_group.kind IS
    'Role of its servers: the hidden master, ordinary slaves, or replicas that can become master; '
    'there is one master and at most one replica group.';
COMMENT ON COLUMN server_group.config_dir IS
    'Folder of the group''s own templates; null means the standard ones.';
COMMENT ON COLUMN server_group.master_address IS
    'Address at which its servers find the hidden master; null means the master''s own address.';
COMMENT ON COLUMN server_group.master_alt_address IS
    'Second address of the hidden master for its servers, tried after the first.';
COMMENT ON COLUMN server_group.tsig_key_id IS 'Key that signs transfers to its servers.';
COMMENT ON COLUMN server_group.generation IS 'Generation of the newest entry in its config_log.';
COMMENT ON COLUMN server_group.log_floor IS
    'Entries of its config_log up to this generation are trimmed: an older agent gets a snapshot.';
COMMENT ON COLUMN server_group.announced IS 'Newest generation that was announced on the bus.';
COMMENT ON COLUMN server_group.settings_sha256 IS
    'SHA-256 of what its servers get besides zones, so that a change of it shows.';
COMMENT ON COLUMN server_group.ctime IS 'When the group was made.';
COMMENT ON COLUMN server_group.mtime IS 'When an operator last changed the group.';
CREATE UNIQUE INDEX server_group_one_master ON server_group (kind) WHERE kind = 'master';
CREATE UNIQUE INDEX server_group_one_replica ON server_group (kind) WHERE kind = 'replica';

CREATE TABLE server (
    id                  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name                text NOT NULL UNIQUE CHECK (name ~ '^[a-z0-9][-_.a-z0-9]{0,254}$'),
    sg_id               bigint NOT NULL REFERENCES server_group,
    server_type         text NOT NULL DEFAULT 'bind9' CHECK (server_type IN ('bind9', 'nsd', 'knot', 'pdns')),
    address             inet NOT NULL,
    port                integer NOT NULL DEFAULT 53 CHECK (port BETWEEN 1 AND 65535),
    ssh_address         inet,
    state               text NOT NULL DEFAULT 'DISABLED' CHECK (state IN ('DISABLED', 'CONFIG', 'OK', 'RETRY', 'BROKEN')),
    sm_version          bigint NOT NULL DEFAULT 0,
    lease_until         timestamptz,
    lease_worker        text,
    last_error          text,
    last_error_code     integer,
    last_error_since    timestamptz,
    last_reply          timestamptz,
    retry_msg           text,
    applied_generation  bigint NOT NULL DEFAULT 0,
    applied_at          timestamptz,
    rejected_generation bigint,
    zone_count          bigint,
    agent_version       text,
    ctime               timestamptz NOT NULL DEFAULT now(),
    mtime               timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE server IS 'Name servers, and what their agents last told about them.';
COMMENT ON COLUMN server.id IS 'Key of the row.';
COMMENT ON COLUMN server.name IS
    'Name of the server, lower case without final dot; its agent identifies itself by it.';
COMMENT ON COLUMN server.sg_id IS 'Server group it belongs to.';
COMMENT ON COLUMN server.server_type IS 'Name server software it runs.';
COMMENT ON COLUMN server.address IS 'Address at which it answers DNS and asks for transfers.';
COMMENT ON COLUMN server.port IS 'Port at which it answers DNS.';
COMMENT ON COLUMN server.ssh_address IS
    'Address for administration when it differs from the DNS address; for operators only.';
COMMENT ON COLUMN server.state IS 'State of the server''s state machine.';
COMMENT ON COLUMN server.sm_version IS
    'Fencing number of the state machine: every claim and settle raises it, and a settle needs the '
    'value its claim left.';
COMMENT ON COLUMN server.lease_until IS
    'Until when the worker that claimed the state machine may work outside the database.';
COMMENT ON COLUMN server.lease_worker IS 'Worker that holds the lease.';
COMMENT ON COLUMN server.last_error IS
    'Message of the failure that still stands; null when the last try went well.';
COMMENT ON COLUMN server.last_error_code IS 'Code of that failure as in the error catalogue.';
COMMENT ON COLUMN server.last_error_since IS 'When that failure began.';
COMMENT ON COLUMN server.last_reply IS 'When its agent last reported.';
COMMENT ON COLUMN server.retry_msg IS 'Why the state is RETRY or BROKEN.';
COMMENT ON COLUMN server.applied_generation IS 'Newest configuration generation that it reported as applied.';
COMMENT ON COLUMN server.applied_at IS 'When it applied that generation.';
COMMENT ON COLUMN server.rejected_generation IS
    'Configuration generation that its own checker refused; null when none stands refused.';
COMMENT ON COLUMN server.zone_count IS 'Number of zones it said it serves.';
COMMENT ON COLUMN server.agent_version IS 'Version of its agent.';
COMMENT ON COLUMN server.ctime IS 'When the server was made known.';
COMMENT ON COLUMN server.mtime IS 'When an operator last changed the server.';
CREATE INDEX server_sg ON server (sg_id);
-- Two servers that are in service never share an address and port.
CREATE UNIQUE INDEX server_live_address ON server (address, port) WHERE state <> 'DISABLED';

CREATE TABLE master (
    id                  bigint PRIMARY KEY DEFAULT 1 CHECK (id = 1),
    state               text NOT NULL DEFAULT 'READY' CHECK (state IN ('READY', 'HOLD')),
    sm_version          bigint NOT NULL DEFAULT 0,
    lease_until         timestamptz,
    lease_worker        text,
    last_error          text,
    last_error_code     integer,
    last_error_since    timestamptz,
    hold_start          timestamptz,
    hold_stop           timestamptz,
    hold_scope          text NOT NULL DEFAULT 'NONE' CHECK (hold_scope IN ('NONE', 'MASTER', 'SG', 'ALL')),
    hold_sg_id          bigint REFERENCES server_group,
    hold_ms             bigint NOT NULL DEFAULT 0,
    CHECK ((hold_scope = 'SG') = (hold_sg_id IS NOT NULL))
);
COMMENT ON TABLE master IS 'The one state machine that announces configuration to the servers.';
COMMENT ON COLUMN master.id IS 'Always 1: there is only this row.';
COMMENT ON COLUMN master.state IS 'READY announces a change at once; HOLD gathers changes until hold_stop.';
COMMENT ON COLUMN master.sm_version IS
    'Fencing number of the state machine: every claim and settle raises it, and a settle needs the '
    'value its claim left.';
COMMENT ON COLUMN master.lease_until IS
    'Until when the worker that claimed the state machine may work outside the database.';
COMMENT ON COLUMN master.lease_worker IS 'Worker that holds the lease.';
COMMENT ON COLUMN master.last_error IS
    'Message of the failure that still stands; null when the last try went well.';
COMMENT ON COLUMN master.last_error_code IS 'Code of that failure as in the error catalogue.';
COMMENT ON COLUMN master.last_error_since IS 'When that failure began.';
COMMENT ON COLUMN master.hold_start IS 'When the present hold began.';
COMMENT ON COLUMN master.hold_stop IS 'When the present hold ends.';
COMMENT ON COLUMN master.hold_scope IS
    'What the hold will announce at its end: nothing, the master, one server group, or all.';
COMMENT ON COLUMN master.hold_sg_id IS 'The server group when the scope is SG.';
COMMENT ON COLUMN master.hold_ms IS
    'Length of the present window in milliseconds; it grows while changes keep coming.';

CREATE TABLE reference (
    id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name  text NOT NULL CHECK (name ~ '^[A-Za-z0-9][-_A-Za-z0-9.@]*$' AND length(name) <= 1024),
    ctime timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE reference IS 'Customers'' references: whose zones and records these are.';
COMMENT ON COLUMN reference.id IS 'Key of the row.';
COMMENT ON COLUMN reference.name IS
    'The reference as the customer system writes it; unique whatever its case.';
COMMENT ON COLUMN reference.ctime IS 'When the reference was made.';
CREATE UNIQUE INDEX reference_name ON reference (lower(name));

CREATE TABLE sectag (
    id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    label text NOT NULL UNIQUE CHECK (label ~ '^[A-Za-z0-9][-_A-Za-z0-9]{0,59}$' AND lower(label) <> 'admin')
);
COMMENT ON TABLE sectag IS 'Security tags, which say what front ends see which zones.';
COMMENT ON COLUMN sectag.id IS 'Key of the row.';
COMMENT ON COLUMN sectag.label IS 'The tag itself; ''Admin'' is built in and never stored.';

CREATE TABLE zone (
    id                bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name              dns_zone_name NOT NULL,
    zone_type         text NOT NULL DEFAULT 'dynamic' CHECK (zone_type IN ('dynamic', 'static', 'secondary')),
    state             text NOT NULL CHECK (state IN ('CREATE', 'BATCH_CREATE_1', 'BATCH_CREATE_2', 'RESET', 'UNCONFIG', 'PUBLISHED', 'UPDATE', 'DISABLED', 'DELETED')),
    sm_version        bigint NOT NULL DEFAULT 0,
    lease_until       timestamptz,
    lease_worker      text,
    last_error        text,
    last_error_code   integer,
    last_error_since  timestamptz,
    zi_id             bigint,
    zi_candidate_id   bigint,
    publishing_zi_id  bigint,
    publishing_serial dns_serial,
    publishing_change bigint REFERENCES change,
    soa_serial        dns_serial,
    published_at      timestamptz,
    published_change  bigint REFERENCES change,
    is_in_sync        boolean NOT NULL DEFAULT true,
    in_sync_at        timestamptz,
    is_on_master      boolean NOT NULL DEFAULT false,
    use_apex_ns       boolean NOT NULL DEFAULT true,
    edit_lock         boolean NOT NULL DEFAULT false,
    auto_dnssec       boolean NOT NULL DEFAULT false,
    nsec3             boolean NOT NULL DEFAULT false,
    inc_updates       boolean NOT NULL DEFAULT false,
    sg_id             bigint NOT NULL REFERENCES server_group,
    alt_sg_id         bigint REFERENCES server_group,
    ref_id            bigint REFERENCES reference,
    deleted_start     timestamptz,
    is_nuked          boolean NOT NULL DEFAULT false,
    ctime             timestamptz NOT NULL DEFAULT now(),
    mtime             timestamptz NOT NULL DEFAULT now(),
    CHECK ((state = 'DELETED') = (deleted_start IS NOT NULL)),
    CHECK (alt_sg_id IS NULL OR alt_sg_id <> sg_id)
);
COMMENT ON TABLE zone IS 'Zones: what operators set, the state machine''s position, and what was published.';
COMMENT ON COLUMN zone.id IS 'Key of the row, which events and agents know the zone by.';
COMMENT ON COLUMN zone.name IS 'Name of the zone; unique among the zones that are not DELETED.';
COMMENT ON COLUMN zone.zone_type IS
    'Where its content comes from: edited here, taken from a file, or transferred from another '
    'master.';
COMMENT ON COLUMN zone.state IS 'State of the zone''s state machine.';
COMMENT ON COLUMN zone.sm_version IS
    'Fencing number of the state machine: every claim and settle raises it, and a settle needs the '
    'value its claim left.';
COMMENT ON COLUMN zone.lease_until IS
    'Until when the worker that claimed the state machine may work outside the database.';
COMMENT ON COLUMN zone.lease_worker IS 'Worker that holds the lease.';
COMMENT ON COLUMN zone.last_error IS
    'Message of the failure that still stands; null when the last try went well.';
COMMENT ON COLUMN zone.last_error_code IS 'Code of that failure as in the error catalogue.';
COMMENT ON COLUMN zone.last_error_since IS 'When that failure began.';
COMMENT ON COLUMN zone.zi_id IS 'The published instance.';
COMMENT ON COLUMN zone.zi_candidate_id IS 'The instance to publish next; equals zi_id when nothing waits.';
COMMENT ON COLUMN zone.publishing_zi_id IS 'The instance on its way to the hidden master.';
COMMENT ON COLUMN zone.publishing_serial IS 'The serial that instance goes with.';
COMMENT ON COLUMN zone.publishing_change IS 'The newest change that instance contains.';
COMMENT ON COLUMN zone.soa_serial IS
    'Serial last known to be published, and the floor for the next one after a fail-over.';
COMMENT ON COLUMN zone.published_at IS 'When that serial reached the hidden master.';
COMMENT ON COLUMN zone.published_change IS 'The newest change that the published content contains.';
COMMENT ON COLUMN zone.is_in_sync IS 'Whether every server in service of its groups has soa_serial.';
COMMENT ON COLUMN zone.in_sync_at IS 'When it last became so.';
COMMENT ON COLUMN zone.is_on_master IS
    'Whether the hidden master holds the zone, which guards against destroying it too early.';
COMMENT ON COLUMN zone.use_apex_ns IS
    'Whether the apex NS records and SOA MNAME are the centrally configured ones.';
COMMENT ON COLUMN zone.edit_lock IS 'Whether editing the zone needs a lock first.';
COMMENT ON COLUMN zone.auto_dnssec IS 'Whether the hidden master signs the zone.';
COMMENT ON COLUMN zone.nsec3 IS 'Whether the signed zone denies existence by NSEC3 instead of NSEC.';
COMMENT ON COLUMN zone.inc_updates IS 'Whether incremental updates by update_rrs are accepted.';
COMMENT ON COLUMN zone.sg_id IS 'Server group that serves it.';
COMMENT ON COLUMN zone.alt_sg_id IS
    'Second server group that serves it too, as while it moves from one to the other.';
COMMENT ON COLUMN zone.ref_id IS 'Reference of the customer who owns it.';
COMMENT ON COLUMN zone.deleted_start IS 'When it was deleted; set in state DELETED alone.';
COMMENT ON COLUMN zone.is_nuked IS
    'Whether it was deleted for good: no undelete, and destroyed at the next vacuum.';
COMMENT ON COLUMN zone.ctime IS 'When the zone was made.';
COMMENT ON COLUMN zone.mtime IS
    'When somebody last changed the zone; what the machinery does by itself does not count.';
CREATE UNIQUE INDEX zone_live_name ON zone (name text_pattern_ops) WHERE state <> 'DELETED';
CREATE INDEX zone_deleted_name ON zone (name, id) WHERE state = 'DELETED';
CREATE INDEX zone_sg ON zone (sg_id, name) WHERE state <> 'DELETED';
CREATE INDEX zone_alt_sg ON zone (alt_sg_id, name) WHERE alt_sg_id IS NOT NULL AND state <> 'DELETED';
CREATE INDEX zone_ref ON zone (ref_id);
-- What the reconcilers look at: empty on a quiet system.
CREATE INDEX zone_moving ON zone (id) WHERE state NOT IN ('PUBLISHED', 'DISABLED', 'DELETED') OR zi_candidate_id IS DISTINCT FROM zi_id OR publishing_zi_id IS NOT NULL;
CREATE INDEX zone_behind ON zone (published_at) WHERE NOT is_in_sync;

CREATE TABLE zone_sectag (
    zone_id   bigint NOT NULL REFERENCES zone ON DELETE CASCADE,
    sectag_id bigint NOT NULL REFERENCES sectag,
    PRIMARY KEY (zone_id, sectag_id)
);
COMMENT ON TABLE zone_sectag IS 'Which security tags a zone has.';
COMMENT ON COLUMN zone_sectag.zone_id IS 'The zone.';
COMMENT ON COLUMN zone_sectag.sectag_id IS 'The tag.';
CREATE INDEX zone_sectag_tag ON zone_sectag (sectag_id);

CREATE TABLE reverse_network (
    zone_id bigint PRIMARY KEY REFERENCES zone ON DELETE CASCADE,
    network cidr NOT NULL
);
COMMENT ON TABLE reverse_network IS
    'Networks of the reverse zones, to find the zone of an address by longest prefix.';
COMMENT ON COLUMN reverse_network.zone_id IS 'The reverse zone.';
COMMENT ON COLUMN reverse_network.network IS 'The network whose addresses it names.';
CREATE INDEX reverse_network_cover ON reverse_network USING gist (network inet_ops);

CREATE TABLE zone_instance (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    zone_id     bigint NOT NULL REFERENCES zone ON DELETE CASCADE,
    ctime       timestamptz NOT NULL DEFAULT clock_timestamp(),
    change_id   bigint REFERENCES change,
    change_by   text NOT NULL,
    comment     text CHECK (length(comment) <= 1024),
    soa_mname   text NOT NULL,
    soa_rname   text NOT NULL,
    soa_refresh dns_ttl NOT NULL,
    soa_retry   dns_ttl NOT NULL,
    soa_expire  dns_ttl NOT NULL,
    soa_minimum dns_ttl NOT NULL,
    soa_ttl     dns_ttl,
    soa_serial  dns_serial NOT NULL,
    zone_ttl    dns_ttl NOT NULL,
    UNIQUE (zone_id, id)
);
COMMENT ON TABLE zone_instance IS
    'One version of a zone''s content. Immutable: the records that belong to it are those whose life '
    '[born, gone) contains its id, so versions share what did not change between them.';
COMMENT ON COLUMN zone_instance.id IS
    'Key of the row; taken under the zone''s row lock, so that it grows along the zone''s history.';
COMMENT ON COLUMN zone_instance.zone_id IS 'The zone.';
COMMENT ON COLUMN zone_instance.ctime IS 'When the instance was stored.';
COMMENT ON COLUMN zone_instance.change_id IS 'The change that made it.';
COMMENT ON COLUMN zone_instance.change_by IS 'Who made it.';
COMMENT ON COLUMN zone_instance.comment IS 'What the editor said about it.';
COMMENT ON COLUMN zone_instance.soa_mname IS 'Absolute name of the primary server in the SOA record.';
COMMENT ON COLUMN zone_instance.soa_rname IS
    'Mailbox of the person responsible, as an absolute name, in the SOA record.';
COMMENT ON COLUMN zone_instance.soa_refresh IS 'Refresh time of the SOA record in seconds.';
COMMENT ON COLUMN zone_instance.soa_retry IS 'Retry time of the SOA record in seconds.';
COMMENT ON COLUMN zone_instance.soa_expire IS 'Expire time of the SOA record in seconds.';
COMMENT ON COLUMN zone_instance.soa_minimum IS
    'Negative caching time of the SOA record in seconds (RFC 2308).';
COMMENT ON COLUMN zone_instance.soa_ttl IS 'TTL of the SOA record; null means zone_ttl.';
COMMENT ON COLUMN zone_instance.soa_serial IS
    'Serial it was given or began with; what it was published with is in publication.';
COMMENT ON COLUMN zone_instance.zone_ttl IS 'TTL of the records that have none of their own.';
ALTER TABLE zone ADD FOREIGN KEY (id, zi_id) REFERENCES zone_instance (zone_id, id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE zone ADD FOREIGN KEY (id, zi_candidate_id) REFERENCES zone_instance (zone_id, id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE zone ADD FOREIGN KEY (id, publishing_zi_id) REFERENCES zone_instance (zone_id, id) DEFERRABLE INITIALLY DEFERRED;

CREATE TABLE rr_group (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    zone_id  bigint NOT NULL REFERENCES zone ON DELETE CASCADE,
    comment  text NOT NULL CHECK (length(comment) <= 1024),
    tag      text CHECK (length(tag) <= 60),
    UNIQUE (zone_id, id)
);
COMMENT ON TABLE rr_group IS 'Comments over groups of records. Rows are immutable and owned by the zone.';
COMMENT ON COLUMN rr_group.id IS 'Key of the row.';
COMMENT ON COLUMN rr_group.zone_id IS 'The zone.';
COMMENT ON COLUMN rr_group.comment IS 'The comment, shown above the group''s records.';
COMMENT ON COLUMN rr_group.tag IS 'What the group is for; APEX_RRS marks the group of the apex records.';

CREATE TABLE record (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    zone_id       bigint NOT NULL REFERENCES zone ON DELETE CASCADE,
    born          bigint NOT NULL,
    gone          bigint,
    label         text NOT NULL CHECK (label = lower(label) AND label <> ''),
    type          integer NOT NULL CHECK (type BETWEEN 1 AND 65535 AND type <> 6),
    ttl           dns_ttl,
    rdata         bytea NOT NULL CHECK (length(rdata) <= 65535),
    is_disabled   boolean NOT NULL DEFAULT false,
    has_lock_ptr  boolean NOT NULL DEFAULT false,
    tracks_reverse boolean NOT NULL DEFAULT false,
    ref_id        bigint REFERENCES reference,
    group_id      bigint,
    position      integer NOT NULL DEFAULT 0,
    comment       text CHECK (length(comment) <= 1024),
    CHECK (gone > born),
    FOREIGN KEY (zone_id, group_id) REFERENCES rr_group (zone_id, id)
);
COMMENT ON TABLE record IS 'Resource records, each stored once for all the instances it lives in.';
COMMENT ON COLUMN record.id IS 'Key of the row.';
COMMENT ON COLUMN record.zone_id IS 'The zone.';
COMMENT ON COLUMN record.born IS 'First instance that has it.';
COMMENT ON COLUMN record.gone IS 'First later instance that has it no more; null while there is none.';
COMMENT ON COLUMN record.label IS 'Owner name relative to the zone, lower case; ''@'' is the apex.';
COMMENT ON COLUMN record.type IS 'Number of the RR type; never SOA, which is made from the instance.';
COMMENT ON COLUMN record.ttl IS 'TTL of its own; null means the instance''s zone_ttl.';
COMMENT ON COLUMN record.rdata IS 'Rdata in wire form: names absolute and uncompressed, canonical case.';
COMMENT ON COLUMN record.is_disabled IS 'Whether it is kept but not published.';
COMMENT ON COLUMN record.has_lock_ptr IS
    'Whether automatic reverse updates must leave this PTR record alone.';
COMMENT ON COLUMN record.tracks_reverse IS
    'Whether this address record keeps its PTR record up to date even against what is there.';
COMMENT ON COLUMN record.ref_id IS 'Reference of the customer who owns this record of a shared reverse zone.';
COMMENT ON COLUMN record.group_id IS 'Comment group it stands in.';
COMMENT ON COLUMN record.position IS 'Order within the zone text.';
COMMENT ON COLUMN record.comment IS 'Comment behind the record.';
CREATE INDEX record_live ON record (zone_id, label, type) WHERE gone IS NULL;
CREATE INDEX record_born ON record (zone_id, born);
CREATE INDEX record_gone ON record (zone_id, gone) WHERE gone IS NOT NULL;

CREATE TABLE publication (
    zone_id      bigint NOT NULL REFERENCES zone ON DELETE CASCADE,
    serial       dns_serial NOT NULL,
    zi_id        bigint NOT NULL,
    change_id    bigint REFERENCES change,
    way          text NOT NULL CHECK (way IN ('file', 'update', 'transfer')),
    published_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    in_sync_at   timestamptz,
    PRIMARY KEY (zone_id, serial)
);
COMMENT ON TABLE publication IS 'Each time a zone''s content reached the hidden master.';
COMMENT ON COLUMN publication.zone_id IS 'The zone.';
COMMENT ON COLUMN publication.serial IS 'Serial it was published with.';
COMMENT ON COLUMN publication.zi_id IS 'Instance that was published.';
COMMENT ON COLUMN publication.change_id IS 'Newest change that it contains.';
COMMENT ON COLUMN publication.way IS 'How it got there: as a file, by DNS UPDATE, or by transfer.';
COMMENT ON COLUMN publication.published_at IS 'When the hidden master had it.';
COMMENT ON COLUMN publication.in_sync_at IS 'When the last of the servers had it; null until then.';

CREATE TABLE update_group (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    zone_id     bigint NOT NULL REFERENCES zone ON DELETE CASCADE,
    update_type text CHECK (update_type ~ '^[-_.A-Za-z0-9]{1,60}$'),
    is_ptr_only boolean NOT NULL DEFAULT false,
    sectag      text,
    change_by   text NOT NULL,
    change_id   bigint REFERENCES change,
    state       text NOT NULL DEFAULT 'WAITING' CHECK (state IN ('WAITING', 'APPLIED', 'REFUSED')),
    reason      text,
    zi_id       bigint,
    ctime       timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE update_group IS
    'Incremental updates that wait for the zone''s next publish, and what became of them.';
COMMENT ON COLUMN update_group.id IS 'Key of the row.';
COMMENT ON COLUMN update_group.zone_id IS 'The zone.';
COMMENT ON COLUMN update_group.update_type IS
    'Name the caller gave the update, of which only one may wait; null for automatic ones.';
COMMENT ON COLUMN update_group.is_ptr_only IS 'Whether it holds only automatic PTR records.';
COMMENT ON COLUMN update_group.sectag IS 'Security tag of the caller, whose privileges the update has.';
COMMENT ON COLUMN update_group.change_by IS 'Who asked for it.';
COMMENT ON COLUMN update_group.change_id IS 'The change it belongs to.';
COMMENT ON COLUMN update_group.state IS 'Whether it waits, was applied, or was refused.';
COMMENT ON COLUMN update_group.reason IS 'Why it was refused.';
COMMENT ON COLUMN update_group.zi_id IS 'Instance that it was applied in.';
COMMENT ON COLUMN update_group.ctime IS 'When it was asked for.';
CREATE UNIQUE INDEX update_group_waiting ON update_group (zone_id, update_type) WHERE state = 'WAITING';
CREATE INDEX update_group_zone ON update_group (zone_id, id) WHERE state = 'WAITING';

CREATE TABLE update_op (
    group_id    bigint NOT NULL REFERENCES update_group ON DELETE CASCADE,
    rank        integer NOT NULL,
    op          text NOT NULL CHECK (op IN ('ADD', 'UPDATE_RRTYPE', 'DELETE', 'PTR_UPDATE', 'PTR_UPDATE_FORCE')),
    label       text NOT NULL,
    type        integer NOT NULL,
    ttl         dns_ttl,
    rdata       bytea,
    is_disabled boolean NOT NULL DEFAULT false,
    ref_id      bigint REFERENCES reference,
    outcome     text,
    PRIMARY KEY (group_id, rank),
    CHECK (rdata IS NOT NULL OR op = 'DELETE'),
    CHECK (type <> 255 OR op = 'DELETE')
);
COMMENT ON TABLE update_op IS 'The single operations of an incremental update, in order.';
COMMENT ON COLUMN update_op.group_id IS 'The update it belongs to.';
COMMENT ON COLUMN update_op.rank IS 'Order within the update, counted from 0.';
COMMENT ON COLUMN update_op.op IS 'What to do with the record or RRset.';
COMMENT ON COLUMN update_op.label IS 'Owner name relative to the zone, lower case; ''@'' is the apex.';
COMMENT ON COLUMN update_op.type IS 'Number of the RR type; 255 (ANY) only with DELETE.';
COMMENT ON COLUMN update_op.ttl IS 'TTL of the record; null means the zone''s.';
COMMENT ON COLUMN update_op.rdata IS 'Rdata in wire form; null with DELETE means the whole RRset.';
COMMENT ON COLUMN update_op.is_disabled IS 'Whether the record is to be kept but not published.';
COMMENT ON COLUMN update_op.ref_id IS 'Reference that the record shall belong to.';
COMMENT ON COLUMN update_op.outcome IS 'What became of the operation.';

CREATE TABLE edit_lock (
    zone_id    bigint PRIMARY KEY REFERENCES zone ON DELETE CASCADE,
    token_hash bytea NOT NULL,
    locked_by  text NOT NULL,
    locked_at  timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz
);
COMMENT ON TABLE edit_lock IS 'Locks of zones that are being edited.';
COMMENT ON COLUMN edit_lock.zone_id IS 'The locked zone.';
COMMENT ON COLUMN edit_lock.token_hash IS 'SHA-256 of the random token that the holder shows.';
COMMENT ON COLUMN edit_lock.locked_by IS 'Who holds the lock.';
COMMENT ON COLUMN edit_lock.locked_at IS 'When the lock was taken.';
COMMENT ON COLUMN edit_lock.expires_at IS 'When the lock lapses unless it is extended; null means never.';

CREATE TABLE config_default (
    key   text NOT NULL CHECK (key ~ '^[a-z0-9_]{1,40}$'),
    sg_id bigint REFERENCES server_group ON DELETE CASCADE,
    value text NOT NULL CHECK (length(value) <= 1024),
    UNIQUE NULLS NOT DISTINCT (key, sg_id)
);
COMMENT ON TABLE config_default IS 'Central configuration: the values that new zones and servers begin with.';
COMMENT ON COLUMN config_default.key IS 'Name of the setting.';
COMMENT ON COLUMN config_default.sg_id IS
    'Server group the value is for; null means all groups that have no value of their own.';
COMMENT ON COLUMN config_default.value IS 'The value as operators write it.';
CREATE TABLE apex_ns (
    sg_id bigint REFERENCES server_group ON DELETE CASCADE,
    rank  integer NOT NULL,
    name  dns_zone_name NOT NULL,
    UNIQUE NULLS NOT DISTINCT (sg_id, rank),
    UNIQUE NULLS NOT DISTINCT (sg_id, name)
);
COMMENT ON TABLE apex_ns IS 'Name servers for the apex of the zones that use central NS records.';
COMMENT ON COLUMN apex_ns.sg_id IS
    'Server group whose zones get it; null means all groups that have none of their own.';
COMMENT ON COLUMN apex_ns.rank IS 'Order among the name servers.';
COMMENT ON COLUMN apex_ns.name IS 'Host name of the name server.';

CREATE TABLE config_log (
    sg_id      bigint NOT NULL REFERENCES server_group ON DELETE CASCADE,
    generation bigint NOT NULL,
    op         text NOT NULL CHECK (op IN ('ZONE_ADD', 'ZONE_MODIFY', 'ZONE_CONTENT', 'ZONE_REMOVE', 'SETTINGS')),
    zone_id    bigint,
    zone_name  text,
    change_id  bigint,
    at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (sg_id, generation),
    CHECK ((op = 'SETTINGS') = (zone_id IS NULL))
);
COMMENT ON TABLE config_log IS
    'What changed for the servers of a group, in order: an agent at generation g gets all entries '
    'after g.';
COMMENT ON COLUMN config_log.sg_id IS 'The server group.';
COMMENT ON COLUMN config_log.generation IS 'Number of the entry, without gaps within the group.';
COMMENT ON COLUMN config_log.op IS
    'What changed: a zone came, changed, got new content or went, or the settings besides zones '
    'changed.';
COMMENT ON COLUMN config_log.zone_id IS
    'The zone, null with SETTINGS; no foreign key, since the entry outlives the zone.';
COMMENT ON COLUMN config_log.zone_name IS
    'Name of the zone, for agents that remove a zone which is gone from here.';
COMMENT ON COLUMN config_log.change_id IS 'The change that caused it.';
COMMENT ON COLUMN config_log.at IS 'When the entry was written.';
CREATE INDEX config_log_zone ON config_log (zone_id, sg_id, generation);

CREATE TABLE template (
    sg_id       bigint NOT NULL REFERENCES server_group ON DELETE CASCADE,
    server_type text NOT NULL,
    name        text NOT NULL CHECK (name ~ '^[a-z0-9][-_.a-z0-9]*$'),
    body        text NOT NULL,
    PRIMARY KEY (sg_id, server_type, name)
);
COMMENT ON TABLE template IS 'Templates of server configuration, as last read from the template folder.';
COMMENT ON COLUMN template.sg_id IS 'The server group they are for.';
COMMENT ON COLUMN template.server_type IS 'The name server software they are for.';
COMMENT ON COLUMN template.name IS 'Name of the file the template makes, such as zone.conf or options.conf.';
COMMENT ON COLUMN template.body IS 'Text of the template.';

CREATE TABLE zone_sync (
    zone_id       bigint NOT NULL REFERENCES zone ON DELETE CASCADE,
    server_id     bigint NOT NULL REFERENCES server ON DELETE CASCADE,
    served_serial bigint NOT NULL,
    served_at     timestamptz NOT NULL,
    lag_ms        bigint,
    PRIMARY KEY (zone_id, server_id)
);
COMMENT ON TABLE zone_sync IS 'What each server was last seen to serve.';
COMMENT ON COLUMN zone_sync.zone_id IS 'The zone.';
COMMENT ON COLUMN zone_sync.server_id IS 'The server.';
COMMENT ON COLUMN zone_sync.served_serial IS 'Serial it serves.';
COMMENT ON COLUMN zone_sync.served_at IS 'When its agent first saw that serial.';
COMMENT ON COLUMN zone_sync.lag_ms IS 'Milliseconds from the publication to served_at.';
CREATE INDEX zone_sync_server ON zone_sync (server_id);

CREATE TABLE event (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    machine      text NOT NULL CHECK (machine IN ('zone', 'server', 'master', 'reverse')),
    sm_id        bigint NOT NULL,
    sm_name      text NOT NULL,
    type         text NOT NULL CHECK (type ~ '^[A-Za-z0-9]{1,80}$'),
    state        text NOT NULL DEFAULT 'NEW' CHECK (state IN ('NEW', 'RUNNING', 'RETRY', 'SUCCESS', 'FAILURE', 'CANCELLED')),
    is_bulk      boolean NOT NULL DEFAULT false,
    parameters   jsonb NOT NULL DEFAULT '{}',
    results      jsonb,
    result_code  integer,
    change_id    bigint REFERENCES change,
    cause_id     bigint,
    attempts     integer NOT NULL DEFAULT 0,
    last_error   text,
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    due_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    relay_at     timestamptz NOT NULL,
    relays       integer NOT NULL DEFAULT 0,
    processed_at timestamptz,
    CHECK ((processed_at IS NULL) = (state IN ('NEW', 'RUNNING', 'RETRY')))
) WITH (fillfactor = 70);
COMMENT ON TABLE event IS 'Queue, schedule and history of the state machines in one.';
COMMENT ON COLUMN event.id IS 'Key of the row, and the message id on the bus.';
COMMENT ON COLUMN event.machine IS 'Kind of state machine it is for.';
COMMENT ON COLUMN event.sm_id IS 'Row of the machine; no foreign key, since history outlives it.';
COMMENT ON COLUMN event.sm_name IS 'Name of that row''s thing, for humans.';
COMMENT ON COLUMN event.type IS 'Name of the event.';
COMMENT ON COLUMN event.state IS
    'How far it has come; RUNNING is claimed by a worker, RETRY waits for its next try.';
COMMENT ON COLUMN event.is_bulk IS 'Whether it gives way to interactive events.';
COMMENT ON COLUMN event.parameters IS 'What the handler needs besides the machine''s row.';
COMMENT ON COLUMN event.results IS 'What the handler had to say at the end.';
COMMENT ON COLUMN event.result_code IS
    '200 done, 210 no effect, 220 no change, 450 will be retried, 550 failed.';
COMMENT ON COLUMN event.change_id IS 'The change it belongs to.';
COMMENT ON COLUMN event.cause_id IS 'Event that posted this one.';
COMMENT ON COLUMN event.attempts IS 'Number of tries so far.';
COMMENT ON COLUMN event.last_error IS 'Message of the last failed try.';
COMMENT ON COLUMN event.created_at IS 'When it was posted.';
COMMENT ON COLUMN event.due_at IS 'When it may be handled.';
COMMENT ON COLUMN event.relay_at IS 'When the relay publishes it, or publishes it again.';
COMMENT ON COLUMN event.relays IS 'How often the relay has published it.';
COMMENT ON COLUMN event.processed_at IS 'When it was finished; null while it is not.';
CREATE INDEX event_pending ON event (machine, sm_id, id) WHERE processed_at IS NULL;
CREATE INDEX event_relay ON event (machine, relay_at) WHERE processed_at IS NULL;
CREATE INDEX event_history ON event (machine, sm_id, id);
CREATE INDEX event_processed ON event (processed_at);
CREATE INDEX event_change ON event (change_id);

CREATE TABLE event_attempt (
    event_id  bigint NOT NULL REFERENCES event ON DELETE CASCADE,
    attempt   integer NOT NULL,
    at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    worker    text NOT NULL,
    code      integer NOT NULL,
    error     text NOT NULL
);
COMMENT ON TABLE event_attempt IS 'Every failed try of an event; rows are only ever added.';
COMMENT ON COLUMN event_attempt.event_id IS 'The event.';
COMMENT ON COLUMN event_attempt.attempt IS 'Number of the try, counted from 1.';
COMMENT ON COLUMN event_attempt.at IS 'When it failed.';
COMMENT ON COLUMN event_attempt.worker IS 'Worker that tried.';
COMMENT ON COLUMN event_attempt.code IS 'Code of the error as in the error catalogue.';
COMMENT ON COLUMN event_attempt.error IS 'Message of the error.';
CREATE INDEX event_attempt_event ON event_attempt (event_id);

-- Wakes the relays when something is posted or put off: the payload is in how many milliseconds. A claim needs no wake: who sleeps until the
-- old relay_at looks then, and sees the new one.
CREATE FUNCTION event_wake() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('dms_event_' || NEW.machine,
        greatest(0, ceil(extract(epoch FROM NEW.relay_at - clock_timestamp()) * 1000))::bigint::text);
    RETURN NULL;
END $$;
CREATE TRIGGER event_posted AFTER INSERT ON event
    FOR EACH ROW WHEN (NEW.processed_at IS NULL) EXECUTE FUNCTION event_wake();
CREATE TRIGGER event_put_off AFTER UPDATE OF relay_at ON event
    FOR EACH ROW WHEN (NEW.state = 'RETRY') EXECUTE FUNCTION event_wake();

CREATE TABLE syslog_message (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    received_at timestamptz NOT NULL DEFAULT now(),
    reported_at timestamptz,
    server_id   bigint REFERENCES server ON DELETE SET NULL,
    from_host   text NOT NULL,
    facility    smallint NOT NULL,
    priority    smallint NOT NULL,
    tag         text,
    message     text NOT NULL
);
COMMENT ON TABLE syslog_message IS 'Syslog of the name servers, searchable by server and time.';
COMMENT ON COLUMN syslog_message.id IS 'Key of the row.';
COMMENT ON COLUMN syslog_message.received_at IS 'When it was received here.';
COMMENT ON COLUMN syslog_message.reported_at IS 'Time in the message itself.';
COMMENT ON COLUMN syslog_message.server_id IS 'Server it came from, when the sender is one.';
COMMENT ON COLUMN syslog_message.from_host IS 'Host the message names as its origin.';
COMMENT ON COLUMN syslog_message.facility IS 'Syslog facility number (RFC 5424 section 6.2.1).';
COMMENT ON COLUMN syslog_message.priority IS
    'Syslog severity number, 0 the gravest (RFC 5424 section 6.2.1).';
COMMENT ON COLUMN syslog_message.tag IS 'Program that wrote the message.';
COMMENT ON COLUMN syslog_message.message IS 'Text of the message.';
CREATE INDEX syslog_message_time ON syslog_message USING brin (received_at);

-- A modification is a modification: mtime moves with any change of these rows but the machinery's own.
CREATE FUNCTION touch_mtime() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.mtime := now();
    RETURN NEW;
END $$;
CREATE TRIGGER zone_mtime BEFORE UPDATE OF name, zone_type, use_apex_ns, edit_lock, auto_dnssec, nsec3, inc_updates, sg_id, alt_sg_id, ref_id, zi_candidate_id, deleted_start ON zone
    FOR EACH ROW EXECUTE FUNCTION touch_mtime();
CREATE TRIGGER server_mtime BEFORE UPDATE OF name, sg_id, server_type, address, port, ssh_address ON server
    FOR EACH ROW EXECUTE FUNCTION touch_mtime();
CREATE TRIGGER server_group_mtime BEFORE UPDATE OF name, config_dir, master_address, master_alt_address, tsig_key_id ON server_group
    FOR EACH ROW EXECUTE FUNCTION touch_mtime();
