/* rooms: dms_model dms_db dms_dns dms_base */
/* Zones, servers, central configuration, update groups, and writers that meet. Needs
 * DMS_TEST_PG_URL. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test_model_scratch.h"
#include "testing.h"

static struct zone *
reverse_zone(struct scratch *scratch, const char *name, const char *network)
{
	struct server_group *sg;
	struct zone zone = {.name = name, .inc_updates = true};
	struct zone *stored;

	ok(sg_by_name(scratch->db, scratch, "one", &sg));
	zone.sg_id = sg->id;
	ok(zone_insert(scratch->db, &zone, 0, network));
	ok(zone_by_id(scratch->db, scratch, zone.id, ZONE_FOR_UPDATE, &stored));
	return stored;
}

static void
a_name_lives_once(void **state)
{
	struct scratch *scratch = need_scratch(state);
	struct zone again = {.name = "once.example."};
	uint32_t serial = 1;

	ok(db_begin(scratch->db));
	struct zone *zone = new_zone(scratch, "once.example.", true);
	ok(zone_last_serial(scratch->db, zone->name, &serial));
	assert_int_equal(serial, 0);
	ok(db_exec(scratch->db,
		   "UPDATE zone SET state = 'DELETED', deleted_start = now(), "
		   "soa_serial = 2026010107 WHERE id = $1",
		   P_INT(zone->id)));
	expect_error(zone_by_name(scratch->db, scratch, zone->name, ZONE_READ, &zone),
		     DMS_E_ZONE_NOT_FOUND);
	ok(zone_last_serial(scratch->db, "once.example.", &serial));
	assert_int_equal(serial, 2026010107);
	zone = new_zone(scratch, "once.example.", true);
	ok(db_commit(scratch->db));
	ok(db_begin(scratch->db));
	again.sg_id = zone->sg_id;
	expect_error(zone_insert(scratch->db, &again, 0, NULL), DMS_E_ZONE_EXISTS);
	db_rollback(scratch->db);
}

static void
a_zone_is_found_as_users_name_it(void **state)
{
	struct scratch *scratch = need_scratch(state);
	struct db *db = scratch->db;
	struct zone *zone;
	static const char *const none[] = {"192.0.2.9",    "2001:db8::1", "192.0.2.0/24", "",
					   "no such zone", "a..b",        "10.0.0.0/33",  "10/8/8"};

	ok(db_begin(db));
	for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
		expect_error(zone_by_user_name(db, scratch, none[i], false, ZONE_READ, &zone),
			     DMS_E_ZONE_NOT_FOUND);
	int64_t wide = reverse_zone(scratch, "10.in-addr.arpa.", "10.0.0.0/8")->id;
	int64_t narrow = reverse_zone(scratch, "1.10.in-addr.arpa.", "10.1.0.0/16")->id;
	int64_t plain = new_zone(scratch, "found.example.", true)->id;
	const struct {
		const char *text;
		bool is_exact;
		int64_t id;
	} cases[] = {
	    {"found.example.", true, plain}, {"FOUND.example", false, plain},
	    {"10.1.2.3", false, narrow},     {"10.2.2.3", false, wide},
	    {"10.1.2.3", true, 0},           {"10/8", true, wide},
	    {"10.9.9.9/8", true, wide},      {"10.1.128.0/17", false, narrow},
	    {"10.1.128.0/17", true, 0},      {"10.1.0.0/16", true, narrow},
	    {"10.in-addr.arpa", true, wide}, {"11.0.0.1", false, 0},
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		dms_error *error = zone_by_user_name(db, scratch, cases[i].text, cases[i].is_exact,
						     ZONE_READ, &zone);
		if (cases[i].id == 0) {
			expect_error(error, DMS_E_ZONE_NOT_FOUND);
			continue;
		}
		ok(error);
		assert_int_equal(zone->id, cases[i].id);
	}
	ok(zone_of_address(db, scratch, "10.1.255.255", &zone));
	assert_int_equal(zone->id, narrow);
	ok(zone_of_address(db, scratch, "not an address", &zone));
	assert_null(zone);
	ok(zone_parent(db, scratch, "deep.below.found.example.", &zone));
	assert_int_equal(zone->id, plain);
	ok(zone_parent(db, scratch, "unfound.example.", &zone));
	assert_null(zone);
	expect_error(zone_by_id(db, scratch, 999999, ZONE_READ, &zone),
		     DMS_E_ZONE_NOT_FOUND_BY_ZONE_ID);
	db_rollback(db);
}

static void
configuration_is_checked_before_it_is_kept(void **state)
{
	struct scratch *scratch = need_scratch(state);
	struct db *db = scratch->db;
	struct server_group *sg;
	char *value;
	bool flag;
	static const struct {
		const char *key, *value;
		enum dms_err error;
	} wrong[] = {
	    {"soa_mname", "-bad-.example.", DMS_E_HOSTNAME_ZI_PARSE},
	    {"soa_rname", ".", DMS_E_HOSTNAME_ZI_PARSE},
	    {"soa_mname", "", DMS_E_HOSTNAME_ZI_PARSE},
	    {"soa_minimum", "1x", DMS_E_TTL_ZI_PARSE},
	    {"zone_ttl", "", DMS_E_TTL_ZI_PARSE},
	    {"nsec3", "perhaps", DMS_E_ZONE_CFG_ITEM_VALUE},
	    {"zi_max_num", "0", DMS_E_ZONE_CFG_ITEM_VALUE},
	    {"zi_max_num", "2.5", DMS_E_ZONE_CFG_ITEM_VALUE},
	    {"event_max_age", "-1", DMS_E_ZONE_CFG_ITEM_VALUE},
	    {"event_max_age", "1.2.3", DMS_E_ZONE_CFG_ITEM_VALUE},
	    {"default_sg", "nowhere", DMS_E_NO_SG_FOUND},
	    {"default_ref", "-x", DMS_E_REFERENCE_FORMAT},
	    {"default_stype", "djbdns", DMS_E_ZONE_CFG_ITEM_VALUE},
	    {"no_such_key", "1", DMS_E_ZONE_CFG_ITEM_NOT_FOUND},
	};

	ok(db_begin(db));
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		expect_error(config_set(db, wrong[i].key, 0, wrong[i].value), wrong[i].error);
	ok(sg_by_name(db, scratch, "ONE", &sg));
	expect_error(config_set(db, "nsec3", sg->id, "true"), DMS_E_INVALID_PARAMS);
	ok(config_set(db, "soa_mname", sg->id, "NS.Group.example"));
	ok(config_value(db, scratch, "soa_mname", sg->id, &value));
	assert_string_equal(value, "ns.group.example.");
	ok(config_value(db, scratch, "soa_mname", sg->id + 1, &value));
	assert_string_equal(value, "ns1.invalid.");
	ok(config_set(db, "nsec3", 0, "YES"));
	ok(config_set(db, "nsec3", 0, "on"));
	ok(config_flag(db, "nsec3", &flag));
	assert_true(flag);
	ok(config_flag(db, "soa_ttl", &flag)); /* no value: false */
	assert_false(flag);
	expect_error(config_flag(db, "zone_ttl", &flag), DMS_E_ZONE_CFG_ITEM_VALUE);
	expect_error(config_value(db, scratch, "soa_ttl", 0, &value),
		     DMS_E_ZONE_CFG_ITEM_NOT_FOUND);
	db_rollback(db);
}

static void
servers_groups_and_keys(void **state)
{
	struct scratch *scratch = need_scratch(state);
	struct db *db = scratch->db;
	struct server_group replica = {.name = "dr", .kind = "replica"}, *master;
	struct server_group second = {.name = "dr2", .kind = "replica"};
	struct server_group twin = {.name = "ONE", .kind = "slave"};
	struct server server = {
	    .name = "m1", .server_type = "bind9", .address = "127.0.0.1", .port = 5301};
	struct server *found, *list;
	struct tsig *key;
	int64_t id = 0, other = 0;
	size_t count;

	ok(db_begin(db));
	expect_error(sg_insert(db, &twin), DMS_E_SG_EXISTS);
	ok(sg_insert(db, &replica));
	expect_error(sg_insert(db, &second), DMS_E_REPLICA_SG_EXISTS);
	ok(tsig_key_by_id(db, scratch, replica.tsig_key_id, &key));
	assert_string_equal(key->name, "sg-dr.");
	assert_int_equal(key->secret_size, 32);
	ok(tsig_update_key(db, scratch, &key));
	assert_string_equal(key->algorithm, "hmac-sha256");
	expect_error(tsig_key_by_id(db, scratch, 4711, &key), DMS_E_DYNDNS_CANT_READ_KEY);
	expect_error(server_master(db, scratch, &found), DMS_E_NO_MASTER);
	ok(sg_by_name(db, scratch, "master", &master));
	server.sg_id = master->id;
	ok(server_insert(db, &server));
	expect_error(server_master(db, scratch, &found), DMS_E_NO_MASTER); /* still disabled */
	ok(db_exec(db, "UPDATE server SET state = 'OK', last_reply = now() WHERE id = $1",
		   P_INT(server.id)));
	ok(server_master(db, scratch, &found));
	assert_string_equal(found->address, "127.0.0.1");
	assert_int_equal(found->port, 5301);
	assert_true(found->reply_age_seconds >= 0);
	assert_int_equal(found->zone_count, -1);
	json_t *json = server_to_json(found);
	assert_true(json_is_true(json_object_get(json, "is_master")));
	assert_true(json_is_null(json_object_get(json, "zone_count")));
	json_decref(json);
	ok(server_list(db, scratch, master->id, &list, &count));
	assert_int_equal(count, 1);
	ok(reference_get(db, "4711@EXAMPLE", &id));
	ok(reference_get(db, "4711@example", &other));
	assert_int_equal(id, other);
	expect_error(reference_get(db, "4711@EXAMPLE\n", &other), DMS_E_REFERENCE_FORMAT);
	db_rollback(db);
}

/* One update group with its operations, "op label type rdata" each; rdata "-" is none. */
static int64_t
queue_group(struct scratch *scratch, const struct zone *zone, bool is_ptr_only,
	    const char *const ops[])
{
	struct db_result *result;

	ok(db_query(scratch->db, scratch, &result,
		    "INSERT INTO update_group (zone_id, is_ptr_only, change_by) "
		    "VALUES ($1, $2, 'auto@host/Admin') RETURNING id",
		    P_INT(zone->id), P_BOOL(is_ptr_only)));
	int64_t id = db_int(result, 0, "id");
	for (int rank = 0; ops[rank] != NULL; rank++) {
		char op[40], label[40], type[20], text[80];
		uint8_t *rdata = NULL;
		size_t size = 0;
		assert_int_equal(
		    sscanf(ops[rank], "%39s %39s %19s %79[^\n]", op, label, type, text), 4);
		uint16_t number = strcmp(type, "ANY") == 0 ? RR_ANY : rr_type_parse(type);
		if (strcmp(text, "-") != 0)
			ok(rdata_parse(scratch, number, text, zone->name, &rdata, &size));
		ok(db_exec(scratch->db,
			   "INSERT INTO update_op (group_id, rank, op, label, type, rdata) "
			   "VALUES ($1, $2, $3, $4, $5, $6)",
			   P_INT(id), P_INT(rank), P_TEXT(op), P_TEXT(label), P_INT(number),
			   rdata == NULL ? P_NULL : P_BYTES(rdata, size)));
	}
	return id;
}

static const char *
group_state(struct scratch *scratch, int64_t id)
{
	struct db_result *result;

	ok(db_query(scratch->db, scratch, &result,
		    "SELECT g.state || ': ' || string_agg(coalesce(o.outcome, 'NULL'), ', ' "
		    "ORDER BY o.rank) AS text FROM update_group g "
		    "JOIN update_op o ON o.group_id = g.id WHERE g.id = $1 GROUP BY g.id",
		    P_INT(id)));
	return db_text(result, 0, "text");
}

/* Every record of the candidate, sorted: "label type rdata;" */
static char *
candidate(struct scratch *scratch, const struct zone *zone)
{
	struct db_result *result;
	char *all = talloc_strdup(scratch, "");

	ok(db_query(scratch->db, scratch, &result,
		    "SELECT label, type, rdata FROM record WHERE zone_id = $1 AND gone IS NULL "
		    "ORDER BY label COLLATE \"C\", type, rdata",
		    P_INT(zone->id)));
	for (int i = 0; i < db_rows(result); i++) {
		size_t size;
		uint16_t type = (uint16_t)db_int(result, i, "type");
		const uint8_t *rdata = db_bytes(result, i, "rdata", &size);
		char *text;
		ok(rdata_print(scratch, type, rdata, size, zone->name, &text));
		all = talloc_asprintf_append(all, "%s %s %s;", db_text(result, i, "label"),
					     rr_type_name(type), text);
	}
	return all;
}

static struct zone *
zone_to_update(struct scratch *scratch, const char *name, const char *content)
{
	struct zone *zone = new_zone(scratch, name, false);
	int64_t zi_id;

	ok(instance_store(scratch->db, zone, read_text(scratch, name, content), &test_author,
			  &zi_id));
	return zone;
}

/* the new candidate, 0: none */
static int64_t
apply_updates(struct scratch *scratch, const struct zone *zone)
{
	struct applied_updates applied;

	ok(instance_apply_updates(scratch->db, scratch, zone, &applied));
	return applied.zi_id;
}

static void
waiting_updates_become_one_instance(void **state)
{
	struct scratch *scratch = need_scratch(state);
	int64_t zi_id = 0;

	ok(db_begin(scratch->db));
	struct zone *zone = zone_to_update(scratch, "up.example.",
					   "$TTL 1h\n@ NS ns.example.net.\nold A 192.0.2.1\n"
					   "old TXT gone\nwww A 192.0.2.2\nwww A 192.0.2.3\n"
					   "mail A 192.0.2.4\n@ MX 10 mail\n");
	zi_id = apply_updates(scratch, zone);
	assert_int_equal(zi_id, 0); /* nothing waits */
	int64_t first =
	    queue_group(scratch, zone, false,
			(const char *[]){"ADD www A 192.0.2.9", "ADD www A 192.0.2.2",
					 "DELETE www A 192.0.2.3", "DELETE old ANY -", NULL});
	int64_t second =
	    queue_group(scratch, zone, false,
			(const char *[]){"UPDATE_RRTYPE new A 192.0.2.7",
					 "UPDATE_RRTYPE new A 192.0.2.8", "DELETE none A -", NULL});
	/* would leave the MX without its address: as a whole, no */
	int64_t third =
	    queue_group(scratch, zone, false,
			(const char *[]){"ADD extra A 192.0.2.5", "DELETE mail A -", NULL});
	int64_t before =
	    count_rows(scratch, "SELECT count(*) FROM zone_instance WHERE zone_id = $1", zone->id);
	zi_id = apply_updates(scratch, zone);
	assert_true(zi_id > 0);
	assert_int_equal(
	    count_rows(scratch, "SELECT count(*) FROM zone_instance WHERE zone_id = $1", zone->id),
	    before + 1);
	assert_string_equal(candidate(scratch, zone),
			    "@ NS ns.example.net.;@ MX 10 mail;mail A 192.0.2.4;new A 192.0.2.8;"
			    "www A 192.0.2.2;www A 192.0.2.9;");
	assert_string_equal(group_state(scratch, first),
			    "APPLIED: added, already there, removed, removed");
	assert_string_equal(group_state(scratch, second),
			    "APPLIED: added, replaced, was not there");
	assert_string_equal(group_state(scratch, third),
			    "REFUSED: not done: the group was refused, not done: the group was "
			    "refused");
	zi_id = apply_updates(scratch, zone);
	assert_int_equal(zi_id, 0);
	ok(db_commit(scratch->db));
}

static void
a_refused_update_names_all_its_errors(void **state)
{
	struct scratch *scratch = need_scratch(state);
	struct db_result *result;

	ok(db_begin(scratch->db));
	struct zone *zone = zone_to_update(scratch, "no.example.",
					   "$TTL 1h\n@ NS ns.example.net.\nmail A 192.0.2.4\n"
					   "@ MX 10 mail\n_sip._tcp SRV 0 0 5060 mail\n");
	queue_group(scratch, zone, false,
		    (const char *[]){"DELETE mail A -", "ADD www CNAME www", NULL});
	assert_int_equal(apply_updates(scratch, zone), 0);
	ok(db_query(scratch->db, scratch, &result,
		    "SELECT state, reason, jsonb_array_length(findings) AS findings "
		    "FROM update_group WHERE zone_id = $1",
		    P_INT(zone->id)));
	assert_string_equal(db_text(result, 0, "state"), "REFUSED");
	assert_string_equal(db_text(result, 0, "reason"),
			    "www CNAME: the CNAME leads back to itself\n"
			    "@ MX: target mail.no.example. is inside the zone but has no record "
			    "there\n"
			    "_sip._tcp SRV: target mail.no.example. is inside the zone but has no "
			    "record there");
	assert_int_equal(db_int(result, 0, "findings"), 3);
	db_rollback(scratch->db);
}

static void
reverse_automation_respects_what_is_there(void **state)
{
	struct scratch *scratch = need_scratch(state);
	int64_t zi_id = 0;

	ok(db_begin(scratch->db));
	struct zone *zone =
	    zone_to_update(scratch, "2.0.192.in-addr.arpa.",
			   "$TTL 1h\n@ NS ns.example.net.\n1 PTR one.example.\n"
			   ";!LOCKPTR\n2 PTR two.example.\n3 PTR a.example.\n3 PTR b.example.\n"
			   ";# kept\n4 10m PTR four.example.\n5 CNAME 5.0-25\n");
	int64_t plain = queue_group(scratch, zone, true,
				    (const char *[]){"PTR_UPDATE 1 PTR new.example.",
						     "PTR_UPDATE 1 PTR one.example.",
						     "PTR_UPDATE 9 PTR nine.example.", NULL});
	int64_t forced = queue_group(scratch, zone, true,
				     (const char *[]){"PTR_UPDATE_FORCE 1 PTR new.example.",
						      "PTR_UPDATE_FORCE 2 PTR new.example.",
						      "PTR_UPDATE_FORCE 3 PTR new.example.",
						      "PTR_UPDATE_FORCE 4 PTR new.example.",
						      "PTR_UPDATE_FORCE 5 PTR new.example.", NULL});
	int64_t vain = queue_group(scratch, zone, true,
				   (const char *[]){"PTR_UPDATE 2 PTR vain.example.", NULL});
	zi_id = apply_updates(scratch, zone);
	assert_true(zi_id > 0);
	assert_string_equal(
	    candidate(scratch, zone),
	    "1 PTR new.example.;2 PTR two.example.;3 PTR a.example.;"
	    "3 PTR b.example.;4 PTR new.example.;5 CNAME 5.0-25;9 PTR nine.example.;"
	    "@ NS ns.example.net.;");
	assert_string_equal(group_state(scratch, plain),
			    "APPLIED: refused: another PTR is there, already there, added");
	assert_string_equal(group_state(scratch, forced),
			    "APPLIED: replaced, refused: the PTR is locked, refused: the label has "
			    "more than one PTR, replaced, refused: the label holds a CNAME");
	assert_string_equal(group_state(scratch, vain), "REFUSED: refused: the PTR is locked");
	struct db_result *result;
	ok(db_query(scratch->db, scratch, &result,
		    "SELECT ttl, comment FROM record WHERE zone_id = $1 AND label = '4' "
		    "AND gone IS NULL",
		    P_INT(zone->id)));
	assert_int_equal(db_int(result, 0, "ttl"), 600);
	assert_true(strncmp(db_text(result, 0, "comment"), "kept", 4) == 0);
	ok(db_commit(scratch->db));
}

struct writer {
	const char *url;
	int64_t zone_id;
	int number;
	dms_error *error;
};

enum { WRITES = 40 };

static dms_error *
write_one(struct writer *writer, struct db *db, TALLOC_CTX *mem, int i)
{
	struct zone *zone;
	struct instance *instance;
	struct zone_text *text;
	int64_t zi_id;
	uint8_t address[4] = {192, 0, (uint8_t)writer->number, (uint8_t)i};
	char *label = talloc_asprintf(mem, "h%d-%d", writer->number, i);

	TRY(db_begin(db));
	TRY(zone_by_id(db, mem, writer->zone_id, ZONE_FOR_UPDATE, &zone));
	TRY(instance_load(db, mem, zone, zone->zi_candidate_id, &instance, &text));
	zone_text_add(text, &(struct zone_text_record){.label = label,
						       .type = RR_A,
						       .ttl = -1,
						       .rdata = address,
						       .rdata_size = 4,
						       .group = -1});
	TRY(instance_store(db, zone, text, &test_author, &zi_id));
	return db_commit(db);
}

static void *
write_many(void *arg)
{
	struct writer *writer = arg;
	TALLOC_CTX *mem = talloc_new(NULL);
	struct db *db = NULL;

	writer->error = db_open(mem, writer->url, "writer", 30000, &db);
	for (int i = 0; i < WRITES && writer->error == NULL; i++)
		writer->error = write_one(writer, db, mem, i);
	talloc_free(mem);
	return NULL;
}

static void
writers_that_meet_leave_one_line_of_instances(void **state)
{
	struct scratch *scratch = need_scratch(state);
	struct writer writers[2];
	pthread_t threads[2];
	struct db_result *result;

	ok(db_begin(scratch->db));
	struct zone *zone =
	    zone_to_update(scratch, "race.example.", "$TTL 1h\n@ NS ns.example.net.\n");
	ok(db_commit(scratch->db));
	for (int i = 0; i < 2; i++) {
		writers[i] = (struct writer){scratch->url, zone->id, i, NULL};
		assert_int_equal(pthread_create(&threads[i], NULL, write_many, &writers[i]), 0);
	}
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < 2; i++)
		ok(writers[i].error);
	/* Each instance has exactly one record more than the one before. */
	ok(db_query(scratch->db, scratch, &result,
		    "SELECT (SELECT count(*) FROM record r WHERE r.zone_id = i.zone_id "
		    "AND r.born <= i.id AND (r.gone IS NULL OR r.gone > i.id)) AS records "
		    "FROM zone_instance i WHERE i.zone_id = $1 ORDER BY i.id",
		    P_INT(zone->id)));
	assert_int_equal(db_rows(result), 1 + 2 * WRITES);
	for (int i = 0; i < db_rows(result); i++)
		assert_int_equal(db_int(result, i, "records"), i + 1);
	ok(zone_by_id(scratch->db, scratch, zone->id, ZONE_READ, &zone));
	ok(db_query(scratch->db, scratch, &result,
		    "SELECT max(id) AS newest FROM zone_instance WHERE zone_id = $1",
		    P_INT(zone->id)));
	assert_int_equal(db_int(result, 0, "newest"), zone->zi_candidate_id);
}

static void
changes_tell_who_and_what(void **state)
{
	struct scratch *scratch = need_scratch(state);
	struct change change = {
	    .access_point = "admin_dms", .method = "update_zone", .actor = "op1@host/Admin"};
	struct db_result *result;
	int64_t id = 0;

	ok(db_begin(scratch->db));
	ok(change_begin(scratch->db, &change, &id));
	json_t *after = json_pack("{s:i}", "zi_candidate_id", 7);
	ok(change_describe(scratch->db, id, "zone", "example.org.", NULL, after));
	json_decref(after);
	ok(db_query(scratch->db, scratch, &result,
		    "SELECT object_name, source, before IS NULL AS is_new, "
		    "after->>'zi_candidate_id' AS zi FROM change WHERE id = $1",
		    P_INT(id)));
	assert_string_equal(db_text(result, 0, "object_name"), "example.org.");
	assert_null(db_text(result, 0, "source"));
	assert_true(db_bool(result, 0, "is_new"));
	assert_string_equal(db_text(result, 0, "zi"), "7");
	db_rollback(scratch->db);
}

#define RECORD_INSERT                                                                     \
	"INSERT INTO record (zone_id, born, label, type, rdata) VALUES ($1, $2, 'a', 1, " \
	"'\\x7f000001')"

/* Not by a foreign key, which would be asked once per record. */
static void
records_live_and_go_with_their_zone(void **state)
{
	struct scratch *scratch = need_scratch(state);
	struct db *db = scratch->db;
	int64_t zi_id = 0;

	ok(db_begin(db));
	struct zone *zone = new_zone(scratch, "homes.example.", false);
	struct zone *other = new_zone(scratch, "kept.example.", false);
	static const char input[] =
	    "@ SOA ns1 h 1 7200 900 604800 3600\n@ NS ns1\nns1 A 192.0.2.1\n";
	ok(instance_store(db, zone, read_text(scratch, zone->name, input), &test_author, &zi_id));
	ok(db_exec(db, RECORD_INSERT, P_INT(zone->id), P_INT(zi_id)));
	ok(instance_store(db, other, read_text(scratch, other->name, input), &test_author, &zi_id));
	ok(db_exec(db, "DELETE FROM zone WHERE id = $1", P_INT(zone->id)));
	ok(db_commit(db));
	static const char count[] = "SELECT count(*) FROM record WHERE zone_id = $1";
	assert_int_equal(count_rows(scratch, count, zone->id), 0);
	assert_int_equal(count_rows(scratch, count, other->id), 2);
	ok(db_begin(db));
	expect_error(db_exec(db, RECORD_INSERT, P_INT(zone->id), P_INT(zi_id)), DMS_E_DB_CHECK);
	db_rollback(db);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, open_scratch, close_scratch)
	    IN_SCRATCH(a_name_lives_once),
	    IN_SCRATCH(a_zone_is_found_as_users_name_it),
	    IN_SCRATCH(configuration_is_checked_before_it_is_kept),
	    IN_SCRATCH(servers_groups_and_keys),
	    IN_SCRATCH(waiting_updates_become_one_instance),
	    IN_SCRATCH(a_refused_update_names_all_its_errors),
	    IN_SCRATCH(reverse_automation_respects_what_is_there),
	    IN_SCRATCH(writers_that_meet_leave_one_line_of_instances),
	    IN_SCRATCH(changes_tell_who_and_what),
	    IN_SCRATCH(records_live_and_go_with_their_zone),
#undef IN_SCRATCH
	};
	return cmocka_run_group_tests(tests, make_schema, drop_database);
}
