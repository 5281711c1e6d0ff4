-- The whole data model of DMS (what it must hold: spec/schema.md).
--
-- Conventions: bigint identity keys; timestamptz everywhere; names of zones lower case, absolute,
-- with the final dot; owner labels relative to the zone, '@' for the apex; TTLs in seconds. States
-- and kinds are checked text, so that psql and dumps stay readable.

CREATE EXTENSION IF NOT EXISTS citext;

CREATE DOMAIN dns_ttl AS bigint CHECK (VALUE BETWEEN 0 AND 2147483647);          -- RFC 2181 section 8
CREATE DOMAIN dns_serial AS bigint CHECK (VALUE BETWEEN 1 AND 4294967295);       -- never 0: RFC 2136 4.2
CREATE DOMAIN dns_zone_name AS text CHECK (VALUE = lower(VALUE) AND VALUE LIKE '%.' AND length(VALUE) <= 1004);

-- Who did what: one row per changing call. Its id is the change id that travels to every server.
CREATE TABLE change (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at            timestamptz NOT NULL DEFAULT clock_timestamp(),
    access_point  text NOT NULL,                    -- admin_dms, ...; 'system' for what no caller asked for
    method        text NOT NULL,                    -- create_zone, ...
    actor         text NOT NULL,                    -- login id + '@host/sectag' as change_by shows it
    source        text,                             -- address or bus user the call came from
    request_id    text,                             -- the caller's own id of the request
    object_kind   text,                             -- zone, server, server_group, ...
    object_name   text,
    before        jsonb,                            -- what the call changed, as it was
    after         jsonb                             -- and as it became
);
CREATE INDEX change_at ON change (at);
CREATE INDEX change_object ON change (object_kind, object_name, id);

CREATE TABLE tsig_key (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name       dns_zone_name NOT NULL UNIQUE,       -- absolute, lower case: dms-update., sg-one.
    algorithm  text NOT NULL DEFAULT 'hmac-sha256' CHECK (algorithm IN ('hmac-sha1', 'hmac-sha256', 'hmac-sha512')),
    secret     bytea NOT NULL CHECK (length(secret) BETWEEN 16 AND 256),
    purpose    text NOT NULL CHECK (purpose IN ('update', 'transfer')),
    ctime      timestamptz NOT NULL DEFAULT now()
);
-- One key signs DNS UPDATE at a time.
CREATE UNIQUE INDEX tsig_key_update ON tsig_key (purpose) WHERE purpose = 'update';

CREATE TABLE server_group (
    id                  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name                citext NOT NULL UNIQUE CHECK (name ~ '^[A-Za-z0-9][-_A-Za-z0-9]{0,31}$'),
    kind                text NOT NULL DEFAULT 'slave' CHECK (kind IN ('master', 'slave', 'replica')),
    config_dir          text,                       -- folder of its own templates; null = the standard ones
    master_address      inet,                       -- where its servers find the master; null = the master's own address
    master_alt_address  inet,
    tsig_key_id         bigint NOT NULL REFERENCES tsig_key,   -- signs transfers to its servers
    generation          bigint NOT NULL DEFAULT 0 CHECK (generation >= 0),  -- newest entry of its config_log
    log_floor           bigint NOT NULL DEFAULT 0,  -- entries up to here are trimmed: older agents get a snapshot
    announced           bigint NOT NULL DEFAULT 0,  -- newest generation told on the bus
    settings_sha256     bytea,                      -- digest of what its servers get besides zones
    zone_count          bigint NOT NULL DEFAULT 0,
    ctime               timestamptz NOT NULL DEFAULT now(),
    mtime               timestamptz NOT NULL DEFAULT now(),
    CHECK (log_floor <= generation AND announced <= generation)
);
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
    sm_version          bigint NOT NULL DEFAULT 0,  -- fencing: raised by every claim and settle
    lease_until         timestamptz,
    lease_worker        text,
    last_error          text,
    last_error_code     integer,
    last_error_since    timestamptz,
    last_reply          timestamptz,                -- newest report of its agent
    retry_msg           text,                       -- why RETRY or BROKEN
    applied_generation  bigint NOT NULL DEFAULT 0,  -- newest configuration it reported as applied
    applied_at          timestamptz,
    rejected_generation bigint,                     -- configuration its own checker refused
    zone_count          bigint,
    agent_version       text,
    ctime               timestamptz NOT NULL DEFAULT now(),
    mtime               timestamptz NOT NULL DEFAULT now()
);
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
    hold_ms             bigint NOT NULL DEFAULT 0,  -- length of the present window, adaptive
    CHECK ((hold_scope = 'SG') = (hold_sg_id IS NOT NULL))
);

CREATE TABLE reference (
    id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name  text NOT NULL CHECK (name ~ '^[A-Za-z0-9][-_A-Za-z0-9.@]{0,1023}$'),
    ctime timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX reference_name ON reference (lower(name));

CREATE TABLE sectag (
    id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    label text NOT NULL UNIQUE CHECK (label ~ '^[A-Za-z0-9][-_A-Za-z0-9]{0,59}$' AND lower(label) <> 'admin')
);

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
    zi_id             bigint,                       -- published instance
    zi_candidate_id   bigint,                       -- instance to publish next; equals zi_id when nothing waits
    publishing_zi_id  bigint,                       -- instance on its way to the master
    publishing_serial dns_serial,                   -- and the serial it goes with
    publishing_change bigint REFERENCES change,     -- and the newest change it contains
    soa_serial        dns_serial,                   -- serial last known published; the floor after a fail-over
    published_at      timestamptz,
    published_change  bigint REFERENCES change,
    is_in_sync        boolean NOT NULL DEFAULT true,-- every server in service of its groups has soa_serial
    in_sync_at        timestamptz,
    is_on_master      boolean NOT NULL DEFAULT false,-- the hidden master holds it: guards destruction
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
CREATE INDEX zone_sectag_tag ON zone_sectag (sectag_id);

CREATE TABLE reverse_network (
    zone_id bigint PRIMARY KEY REFERENCES zone ON DELETE CASCADE,
    network cidr NOT NULL
);
CREATE INDEX reverse_network_cover ON reverse_network USING gist (network inet_ops);

-- One version of a zone's content. Immutable: the records that belong to it are those whose life
-- [born, gone) contains its id, so versions share what did not change between them.
CREATE TABLE zone_instance (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,  -- taken under the zone's row lock: grows along its history
    zone_id     bigint NOT NULL REFERENCES zone ON DELETE CASCADE,
    ctime       timestamptz NOT NULL DEFAULT clock_timestamp(),
    change_id   bigint REFERENCES change,
    change_by   text NOT NULL,
    comment     text CHECK (length(comment) <= 1024),
    soa_mname   text NOT NULL,                      -- absolute names
    soa_rname   text NOT NULL,
    soa_refresh dns_ttl NOT NULL,
    soa_retry   dns_ttl NOT NULL,
    soa_expire  dns_ttl NOT NULL,
    soa_minimum dns_ttl NOT NULL,
    soa_ttl     dns_ttl,                            -- null: zone_ttl
    soa_serial  dns_serial NOT NULL,                -- as given or begun with; what was published with is in publication
    zone_ttl    dns_ttl NOT NULL,
    UNIQUE (zone_id, id)
);
ALTER TABLE zone ADD FOREIGN KEY (id, zi_id) REFERENCES zone_instance (zone_id, id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE zone ADD FOREIGN KEY (id, zi_candidate_id) REFERENCES zone_instance (zone_id, id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE zone ADD FOREIGN KEY (id, publishing_zi_id) REFERENCES zone_instance (zone_id, id) DEFERRABLE INITIALLY DEFERRED;

-- A comment over a group of records. Rows are immutable and owned by the zone.
CREATE TABLE rr_group (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    zone_id  bigint NOT NULL REFERENCES zone ON DELETE CASCADE,
    comment  text NOT NULL CHECK (length(comment) <= 1024),
    tag      text CHECK (length(tag) <= 60),        -- APEX_RRS: the apex group
    UNIQUE (zone_id, id)
);

CREATE TABLE record (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    zone_id       bigint NOT NULL REFERENCES zone ON DELETE CASCADE,
    born          bigint NOT NULL,                  -- first instance that has it
    gone          bigint,                           -- first later instance that has it no more; null: none yet
    label         text NOT NULL CHECK (label = lower(label) AND label <> ''),
    type          integer NOT NULL CHECK (type BETWEEN 1 AND 65535 AND type <> 6),  -- the SOA is made from the instance
    ttl           dns_ttl,                          -- null: the instance's zone_ttl
    rdata         bytea NOT NULL CHECK (length(rdata) <= 65535),  -- wire form, names absolute and uncompressed, canonical case
    is_disabled   boolean NOT NULL DEFAULT false,
    has_lock_ptr  boolean NOT NULL DEFAULT false,
    tracks_reverse boolean NOT NULL DEFAULT false,
    ref_id        bigint REFERENCES reference,
    group_id      bigint,
    position      integer NOT NULL DEFAULT 0,       -- order within the zone text
    comment       text CHECK (length(comment) <= 1024),
    CHECK (gone > born),
    FOREIGN KEY (zone_id, group_id) REFERENCES rr_group (zone_id, id)
);
CREATE INDEX record_live ON record (zone_id, label, type) WHERE gone IS NULL;
CREATE INDEX record_born ON record (zone_id, born);
CREATE INDEX record_gone ON record (zone_id, gone) WHERE gone IS NOT NULL;

-- Each time a zone's content reached the master.
CREATE TABLE publication (
    zone_id      bigint NOT NULL REFERENCES zone ON DELETE CASCADE,
    serial       dns_serial NOT NULL,
    zi_id        bigint NOT NULL,
    change_id    bigint REFERENCES change,          -- newest change it contains
    way          text NOT NULL CHECK (way IN ('file', 'update', 'transfer')),
    published_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    in_sync_at   timestamptz,
    PRIMARY KEY (zone_id, serial)
);

-- Waiting incremental updates, applied at the zone's next publish.
CREATE TABLE update_group (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    zone_id     bigint NOT NULL REFERENCES zone ON DELETE CASCADE,
    update_type text CHECK (update_type ~ '^[-_.A-Za-z0-9]{1,60}$'),  -- null: automatic
    is_ptr_only boolean NOT NULL DEFAULT false,
    sectag      text,
    change_by   text NOT NULL,
    change_id   bigint REFERENCES change,
    state       text NOT NULL DEFAULT 'WAITING' CHECK (state IN ('WAITING', 'APPLIED', 'REFUSED')),
    reason      text,                               -- why REFUSED
    zi_id       bigint,                             -- instance it was applied in
    ctime       timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE UNIQUE INDEX update_group_waiting ON update_group (zone_id, update_type) WHERE state = 'WAITING';
CREATE INDEX update_group_zone ON update_group (zone_id, id) WHERE state = 'WAITING';

CREATE TABLE update_op (
    group_id    bigint NOT NULL REFERENCES update_group ON DELETE CASCADE,
    rank        integer NOT NULL,
    op          text NOT NULL CHECK (op IN ('ADD', 'UPDATE_RRTYPE', 'DELETE', 'PTR_UPDATE', 'PTR_UPDATE_FORCE')),
    label       text NOT NULL,
    type        integer NOT NULL,                   -- 255 (ANY) only with DELETE
    ttl         dns_ttl,
    rdata       bytea,                              -- null with DELETE: the whole RRset
    is_disabled boolean NOT NULL DEFAULT false,
    ref_id      bigint REFERENCES reference,
    outcome     text,                               -- what became of it
    PRIMARY KEY (group_id, rank),
    CHECK (rdata IS NOT NULL OR op = 'DELETE'),
    CHECK (type <> 255 OR op = 'DELETE')
);

CREATE TABLE edit_lock (
    zone_id    bigint PRIMARY KEY REFERENCES zone ON DELETE CASCADE,
    token_hash bytea NOT NULL,                      -- SHA-256 of the random token
    locked_by  text NOT NULL,
    locked_at  timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz                          -- null: never
);

-- Central configuration; sg_id null = for all groups.
CREATE TABLE config_default (
    key   text NOT NULL CHECK (key ~ '^[a-z0-9_]{1,40}$'),
    sg_id bigint REFERENCES server_group ON DELETE CASCADE,
    value text NOT NULL CHECK (length(value) <= 1024),
    UNIQUE NULLS NOT DISTINCT (key, sg_id)
);
CREATE TABLE apex_ns (
    sg_id bigint REFERENCES server_group ON DELETE CASCADE,
    rank  integer NOT NULL,
    name  dns_zone_name NOT NULL,
    UNIQUE NULLS NOT DISTINCT (sg_id, rank),
    UNIQUE NULLS NOT DISTINCT (sg_id, name)
);

-- What changed for the servers of a group, in order. An agent that has generation g gets all after g.
CREATE TABLE config_log (
    sg_id      bigint NOT NULL REFERENCES server_group ON DELETE CASCADE,
    generation bigint NOT NULL,
    op         text NOT NULL CHECK (op IN ('ZONE_ADD', 'ZONE_MODIFY', 'ZONE_CONTENT', 'ZONE_REMOVE', 'SETTINGS')),
    zone_id    bigint,                              -- no foreign key: the entry outlives the zone
    zone_name  text,
    change_id  bigint,
    at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (sg_id, generation),
    CHECK ((op = 'SETTINGS') = (zone_id IS NULL))
);
CREATE INDEX config_log_zone ON config_log (zone_id, sg_id, generation);

-- Settings of a group's servers of one type, as last read from the template folder.
CREATE TABLE template (
    sg_id       bigint NOT NULL REFERENCES server_group ON DELETE CASCADE,
    server_type text NOT NULL,
    name        text NOT NULL CHECK (name ~ '^[a-z0-9][-_.a-z0-9]*$'),  -- zone.conf, options.conf, ...
    body        text NOT NULL,
    PRIMARY KEY (sg_id, server_type, name)
);

-- What each server was last seen to serve.
CREATE TABLE zone_sync (
    zone_id       bigint NOT NULL REFERENCES zone ON DELETE CASCADE,
    server_id     bigint NOT NULL REFERENCES server ON DELETE CASCADE,
    served_serial bigint NOT NULL,
    served_at     timestamptz NOT NULL,
    lag_ms        bigint,                           -- from published_at to served_at
    PRIMARY KEY (zone_id, server_id)
);
CREATE INDEX zone_sync_server ON zone_sync (server_id);

-- Queue, schedule and history of the state machines in one.
CREATE TABLE event (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    machine      text NOT NULL CHECK (machine IN ('zone', 'server', 'master', 'reverse')),
    sm_id        bigint NOT NULL,                   -- row of the machine; no foreign key: history outlives it
    sm_name      text NOT NULL,                     -- for humans
    type         text NOT NULL CHECK (type ~ '^[A-Za-z0-9]{1,80}$'),
    state        text NOT NULL DEFAULT 'NEW' CHECK (state IN ('NEW', 'RUNNING', 'RETRY', 'SUCCESS', 'FAILURE', 'CANCELLED')),
    is_bulk      boolean NOT NULL DEFAULT false,
    parameters   jsonb NOT NULL DEFAULT '{}',
    results      jsonb,
    result_code  integer,                           -- 200 ok, 210 no effect, 220 no change, 450 will retry, 550 failed
    change_id    bigint REFERENCES change,
    cause_id     bigint,                            -- event that posted this one
    attempts     integer NOT NULL DEFAULT 0,
    last_error   text,
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    due_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    relay_at     timestamptz NOT NULL,              -- when the relay publishes it (again)
    relays       integer NOT NULL DEFAULT 0,
    processed_at timestamptz,
    CHECK ((processed_at IS NULL) = (state IN ('NEW', 'RUNNING', 'RETRY')))
) WITH (fillfactor = 70);
CREATE INDEX event_pending ON event (machine, sm_id, id) WHERE processed_at IS NULL;
CREATE INDEX event_relay ON event (machine, relay_at) WHERE processed_at IS NULL;
CREATE INDEX event_history ON event (machine, sm_id, id);
CREATE INDEX event_processed ON event (processed_at);
CREATE INDEX event_change ON event (change_id);

-- Append-only: every failed try of an event.
CREATE TABLE event_attempt (
    event_id  bigint NOT NULL REFERENCES event ON DELETE CASCADE,
    attempt   integer NOT NULL,
    at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    worker    text NOT NULL,
    code      integer NOT NULL,
    error     text NOT NULL
);
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

-- Syslog of the name servers, searchable by server and time.
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
