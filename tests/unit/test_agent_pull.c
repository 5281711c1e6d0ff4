/* rooms: dms_bus dms_dns dms_base PkgConfig::libzstd */
/* The agent of a hidden master: pulls from a master-sm that this test plays, drives a real named.
 */

#include "agent_harness.h"
#include "testing.h"

#define RFC2317 "0/25.2.0.192.in-addr.arpa."
#define LONG    "a-rather-long-label-to-make-the-name-of-the-file-too-long."

static struct stage stage;
static struct fake_master *const master = &stage.master;
static const char long_zone[] = LONG LONG LONG "test.";
static const char *options_template, *global_template, *zone_template;

static bool
serves(const char *zone, uint32_t serial)
{
	return serial_at(stage.named.dns_port, zone) == serial;
}

static void
add_settings(struct items *items, const char *zone_body)
{
	Dms__Settings settings = DMS__SETTINGS__INIT;
	Dms__Template templates[3] = {DMS__TEMPLATE__INIT, DMS__TEMPLATE__INIT,
				      DMS__TEMPLATE__INIT};
	Dms__Template *list[] = {&templates[0], &templates[1], &templates[2]};
	Dms__TsigKey update = DMS__TSIG_KEY__INIT, transfer = DMS__TSIG_KEY__INIT;
	Dms__TsigKey *keys[] = {&update, &transfer};
	Dms__Acl acl = DMS__ACL__INIT, *acls[] = {&acl};
	const char *const names[] = {"options.conf", "global.conf", "zone.conf"};
	const char *const bodies[] = {options_template, global_template, zone_body};
	for (int i = 0; i < 3; i++) {
		templates[i].name = (char *)names[i];
		templates[i].body = (char *)bodies[i];
	}
	update.name = "update-dms.";
	transfer.name = acl.key = "sg-anycast.";
	update.algorithm = transfer.algorithm = "hmac-sha256";
	update.purpose = "update";
	transfer.purpose = "transfer";
	update.secret.data = transfer.secret.data = (uint8_t *)"0123456789abcdef0123456789abcdef";
	update.secret.len = transfer.secret.len = 32;
	acl.sg = "anycast";
	settings.server_type = "bind9";
	settings.templates = list;
	settings.n_templates = 3;
	settings.keys = keys;
	settings.n_keys = 2;
	settings.acls = acls;
	settings.n_acls = 1;
	items_add(items, DMS__CONFIG_ITEM__ITEM_SETTINGS, &settings);
}

static int
start(void **state)
{
	log_init("test", LOG_TEXT, LOG_ERR);
	stage_open(&stage, "masters", "master");
	options_template = read_template(master->mem, "master", "options.conf");
	global_template = read_template(master->mem, "master", "global.conf");
	zone_template = read_template(master->mem, "master", "zone.conf");
	return 0;
}

static int
stop(void **state)
{
	stage_close(&stage);
	return 0;
}

static void
a_snapshot_becomes_zones(void **state)
{
	struct items items = {0};
	add_settings(&items, zone_template);
	items_add_zone(&items, 1, "one.test.", 2026010101, 1, "");
	items_add_zone(&items, 2, RFC2317, 42, 1, "");
	items_add_zone(&items, 3, long_zone, 7, 1, "");
	master_offer(master, DMS__PULL_REPLY__KIND__SNAPSHOT, 1, &items);
	agent_run(&stage);
	assert_true(HOLDS_WITHIN(15000, locked(master, &master->applied) == 1));
	assert_true(serves("one.test.", 2026010101));
	assert_true(serves(RFC2317, 42));
	assert_true(serves(long_zone, 7));
	assert_true(HOLDS_WITHIN(5000, was_said(master, master->served, "one.test. 2026010101;")));
	assert_true(was_said(master, master->served, RFC2317 " 42;"));
	assert_int_equal(locked(master, &master->zone_count), 3);
	assert_true(HOLDS_WITHIN(5000, (pthread_mutex_lock(&master->lock), 1) &&
					   (pthread_mutex_unlock(&master->lock),
					    master->health == DMS__REPORT__HEALTH__ANSWERS)));
	/* The settings were told once; the zones needed no reconfig. */
	assert_int_equal(count_in(stage.named.log, "command 'reconfig'"), 1);
}

static void
a_delta_adds_and_removes(void **state)
{
	struct items items = {0};
	char *removed = "one.test.";
	items_add_zone(&items, 4, "four.test.", 4, 2, "www A 192.0.2.4\n");
	items_add(&items, DMS__CONFIG_ITEM__ITEM_ZONE_REMOVED, removed);
	master_offer(master, DMS__PULL_REPLY__KIND__DELTA, 2, &items);
	master_announce(master);
	assert_true(HOLDS_WITHIN(10000, locked(master, &master->applied) == 2));
	assert_int_equal(master->last_have, 1);
	assert_true(serves("four.test.", 4));
	assert_true(serves("one.test.", 0));
	assert_true(serves(RFC2317, 42));
	assert_int_equal(count_in(stage.named.log, "command 'reconfig'"), 1);
}

static void
content_goes_by_file(void **state)
{
	struct items items = {0};
	items_add_zone(&items, 4, "four.test.", 5, 3, "mail A 192.0.2.5\n");
	/* Another zone under a known name: its lower serial is no obstacle. */
	items_add_zone(&items, 20, RFC2317, 3, 3, "");
	master_offer(master, DMS__PULL_REPLY__KIND__DELTA, 3, &items);
	master_announce(master);
	assert_true(HOLDS_WITHIN(10000, locked(master, &master->applied) == 3));
	assert_true(serves("four.test.", 5));
	assert_true(serves(RFC2317, 3));
	assert_true(HOLDS_WITHIN(5000, was_said(master, master->served, "four.test. 5;")));
	assert_true(was_said(master, master->served, RFC2317 " 3;"));
	/* Nobody had to ask again and again: the server told. */
	assert_true(count_in(stage.agent_log, "NOTIFY heard zone=four.test. serial=5") >= 1);
}

/* One zone that named does not take does not stop the others. */
static void
a_broken_zone_is_refused_alone(void **state)
{
	struct items items = {0};
	items_add_zone(&items, 5, "broken.test.", 5, 4, "www A not-an-address\n");
	items_add_zone(&items, 6, "six.test.", 6, 4, "");
	items_add_zone(&items, 4, "four.test.", 6, 4, "www A nonsense\n");
	master_offer(master, DMS__PULL_REPLY__KIND__DELTA, 4, &items);
	master_announce(master);
	assert_true(HOLDS_WITHIN(15000, locked(master, &master->applied) == 4));
	assert_true(HOLDS_WITHIN(5000, was_said(master, master->refused, "broken.test.: ")));
	assert_true(was_said(master, master->refused, "four.test.: "));
	assert_true(serves("six.test.", 6));
	/* What it had it still serves. */
	assert_true(serves("four.test.", 5));
}

static void
bad_configuration_is_rejected_as_a_whole(void **state)
{
	struct items items = {0};
	add_settings(&items, "type primary; file \"%(file)s\"; no-such-option yes;");
	items_add_zone(&items, 7, "seven.test.", 7, 5, "");
	master_offer(master, DMS__PULL_REPLY__KIND__DELTA, 5, &items);
	master_announce(master);
	assert_true(HOLDS_WITHIN(10000, locked(master, &master->rejected) == 5));
	assert_non_null(strstr(master->rejected_reason, "no-such-option"));
	assert_int_equal(locked(master, &master->applied), 4);
	assert_true(serves("seven.test.", 0));
	assert_true(serves("four.test.", 5));
	assert_int_equal(count_in(stage.named.log, "command 'reconfig'"), 1);

	add_settings(&items, "type primary; file \"%(fill)s\";");
	master_offer(master, DMS__PULL_REPLY__KIND__DELTA, 6, &items);
	master_announce(master);
	assert_true(HOLDS_WITHIN(10000, locked(master, &master->rejected) == 6));
	assert_string_equal(master->rejected_reason, "template zone.conf line 1: unknown key fill");

	/* The next good one is taken; a change of the zone template reaches every zone. */
	add_settings(&items,
		     talloc_asprintf(master->mem, "%s\nzone-statistics full;", zone_template));
	items_add_zone(&items, 7, "seven.test.", 7, 7, "");
	master_offer(master, DMS__PULL_REPLY__KIND__DELTA, 7, &items);
	master_announce(master);
	assert_true(HOLDS_WITHIN(10000, locked(master, &master->applied) == 7));
	assert_int_equal(locked(master, &master->rejected), 0);
	assert_true(serves("seven.test.", 7));
	assert_true(serves("four.test.", 5));
	assert_true(count_in(stage.named.log, "command 'modzone ") >= 3);
	assert_int_equal(count_in(stage.named.log, "command 'reconfig'"), 1);
}

/* Without NATS the agent starts from its own state, and gives back what named has lost. */
static void
with_nats_away_nothing_is_lost(void **state)
{
	char path[256];
	stop_program(&stage.agent_pid);
	stop_program(&stage.nats);
	named_stop(&stage.named);
	snprintf(path, sizeof(path), "%s/_default.nzd", stage.named.dir);
	assert_int_equal(unlink(path), 0);
	named_start(&stage.named);
	assert_true(serves("six.test.", 0));
	agent_run(&stage);
	assert_true(HOLDS_WITHIN(15000, serves("six.test.", 6)));
	assert_true(HOLDS_WITHIN(15000, serves("four.test.", 5)));
	assert_true(HOLDS_WITHIN(15000, serves("seven.test.", 7)));
}

/* Content that is gone from the host comes with a snapshot, which is asked for. */
static void
lost_content_comes_again(void **state)
{
	struct items items = {0};
	char command[512];
	stop_program(&stage.agent_pid);
	named_stop(&stage.named);
	snprintf(command, sizeof(command), "rm -rf '%s'/_default.nzd '%s'/zones/??",
		 stage.named.dir, stage.named.dir);
	assert_int_equal(system(command), 0);
	add_settings(&items,
		     talloc_asprintf(master->mem, "%s\nzone-statistics full;", zone_template));
	items_add_zone(&items, 4, "four.test.", 9, 0, "");
	items_add_zone(&items, 6, "six.test.", 6, 0, "");
	items_add_zone(&items, 7, "seven.test.", 7, 0, "");
	items_add_zone(&items, 20, RFC2317, 3, 0, "");
	items_add_zone(&items, 3, long_zone, 7, 0, "");
	master_offer(master, DMS__PULL_REPLY__KIND__SNAPSHOT, 7, &items);
	nats_start(&stage);
	assert_true(HOLDS_WITHIN(20000, bus_is_connected(master->bus)));
	named_start(&stage.named);
	agent_run(&stage);
	assert_true(HOLDS_WITHIN(20000, serves("four.test.", 9)));
	assert_true(HOLDS_WITHIN(5000, serves("six.test.", 6) && serves("seven.test.", 7) &&
					   serves(RFC2317, 3) && serves(long_zone, 7)));
	/* broken.test. is not in the snapshot. */
	assert_true(HOLDS_WITHIN(5000, locked(master, &master->zone_count) == 5));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_snapshot_becomes_zones),
	    cmocka_unit_test(a_delta_adds_and_removes),
	    cmocka_unit_test(content_goes_by_file),
	    cmocka_unit_test(a_broken_zone_is_refused_alone),
	    cmocka_unit_test(bad_configuration_is_rejected_as_a_whole),
	    cmocka_unit_test(with_nats_away_nothing_is_lost),
	    cmocka_unit_test(lost_content_comes_again),
	};
	return cmocka_run_group_tests_name("agent of a master", tests, start, stop);
}
