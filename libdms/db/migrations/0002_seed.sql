-- What a new system begins with: the hidden master's group and keys, and the central defaults that
-- make create_zone work before anyone has configured anything (spec/schema.md section 8).

INSERT INTO master DEFAULT VALUES;

-- 244 random bits from the server's strong generator.
INSERT INTO tsig_key (name, secret, purpose)
VALUES ('dms-update.', uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()), 'update'),
       ('dms-master.', uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()), 'transfer');

INSERT INTO server_group (name, kind, tsig_key_id)
SELECT 'master', 'master', id FROM tsig_key WHERE name = 'dms-master.';

INSERT INTO config_default (key, sg_id, value) VALUES
    ('use_apex_ns', NULL, 'true'),
    ('edit_lock', NULL, 'false'),
    ('auto_dnssec', NULL, 'false'),
    ('nsec3', NULL, 'false'),
    ('inc_updates', NULL, 'false'),
    ('default_stype', NULL, 'bind9'),
    ('soa_mname', NULL, 'ns1.invalid.'),
    ('soa_rname', NULL, 'hostmaster.invalid.'),
    ('soa_refresh', NULL, '2h'),
    ('soa_retry', NULL, '900'),
    ('soa_expire', NULL, '7d'),
    ('soa_minimum', NULL, '1h'),
    ('zone_ttl', NULL, '1h'),
    ('zi_max_num', NULL, '25'),
    ('zi_max_age', NULL, '90.0'),
    ('zone_del_age', NULL, '0.0'),
    ('zone_del_pare_age', NULL, '90.0'),
    ('event_max_age', NULL, '120.0'),
    ('syslog_max_age', NULL, '120.0'),
    ('auto_reverse', NULL, 'true'),
    ('auto_create_ipv4_ptr', NULL, 'false'),
    ('auto_create_ipv6_ptr', NULL, 'true');

INSERT INTO apex_ns (sg_id, rank, name) VALUES (NULL, 1, 'ns1.invalid.'), (NULL, 2, 'ns2.invalid.');

INSERT INTO sectag (label) VALUES ('HOSTED'), ('VALUE_RESELLER');
