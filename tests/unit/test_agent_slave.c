/* rooms: dms_bus dms_dns dms_base PkgConfig::libzstd */
/* The agent of a slave: a real primary, a real secondary with the agent beside it. The primary
 * never sends a NOTIFY: that is the agent's work. */

#include "agent_harness.h"
#include "testing.h"

#define SECRET "0123456789abcdef0123456789abcdef"

static struct stage stage;
static struct test_named primary;
static struct fake_master *const master = &stage.master;

/* Content of this serial at the primary. */
static void
primary_has(const char *zone, uint32_t serial)
{
	char path[256];
	snprintf(path, sizeof(path), "%s/%s.zone", primary.dir, zone);
	write_file(path, "$TTL 300\n@ SOA ns.test. h.test. %u 3600 600 86400 300\n@ NS ns.test.\n",
		   serial);
	if (primary.pid > 0) {
		kill(primary.pid, SIGHUP);
		char name[128];
		snprintf(name, sizeof(name), "%s.", zone);
		assert_true(HOLDS_WITHIN(10000, serial_at(primary.dns_port, name) == serial));
	}
}

static void
start_primary(void)
{
	char rest[1024];
	TALLOC_CTX *mem = talloc_new(NULL);
	named_configure(&primary, "notify no;\nrecursion no;\ndnssec-validation no;", "");
	snprintf(rest, sizeof(rest),
		 "key \"sg-anycast\" { algorithm hmac-sha256; secret \"%s\"; };\n"
		 "zone \"one.test\" { type primary; file \"one.test.zone\"; allow-transfer { key "
		 "\"sg-anycast\"; }; };\n"
		 "zone \"two.test\" { type primary; file \"two.test.zone\"; allow-transfer { key "
		 "\"sg-anycast\"; }; };\n",
		 base64_encode(mem, (const uint8_t *)SECRET, strlen(SECRET)));
	named_write(&primary, "notify no;\nrecursion no;\ndnssec-validation no;", rest);
	primary_has("one.test", 1);
	primary_has("two.test", 1);
	named_start(&primary);
	talloc_free(mem);
}

static void
add_settings(struct items *items)
{
	static const char *const names[] = {"options.conf", "global.conf", "zone.conf"};
	Dms__Settings settings = DMS__SETTINGS__INIT;
	Dms__Template templates[3] = {DMS__TEMPLATE__INIT, DMS__TEMPLATE__INIT,
				      DMS__TEMPLATE__INIT};
	Dms__Template *list[] = {&templates[0], &templates[1], &templates[2]};
	Dms__TsigKey key = DMS__TSIG_KEY__INIT, *keys[] = {&key};
	char address[64], *addresses[] = {address};
	for (int i = 0; i < 3; i++) {
		templates[i].name = (char *)names[i];
		templates[i].body = read_template(master->mem, "slave", names[i]);
	}
	key.name = "sg-anycast.";
	key.algorithm = "hmac-sha256";
	key.purpose = "transfer";
	key.secret.data = (uint8_t *)SECRET;
	key.secret.len = strlen(SECRET);
	snprintf(address, sizeof(address), "127.0.0.1 %d", primary.dns_port);
	settings.server_type = "bind9";
	settings.templates = list;
	settings.n_templates = 3;
	settings.keys = keys;
	settings.n_keys = 1;
	settings.master_addresses = addresses;
	settings.n_master_addresses = 1;
	items_add(items, DMS__CONFIG_ITEM__ITEM_SETTINGS, &settings);
}

static int
start(void **state)
{
	log_init("test", LOG_TEXT, LOG_ERR);
	start_primary();
	stage_open(&stage, "anycast", "slave");
	return 0;
}

static int
stop(void **state)
{
	stage_close(&stage);
	named_stop(&primary);
	remove_tree(primary.dir);
	return 0;
}

static void
publish_fact(const char *zone, uint32_t serial)
{
	uint8_t packed[512];
	Dms__ZonePublished fact = DMS__ZONE_PUBLISHED__INIT;
	fact.zone = (char *)zone;
	fact.serial = serial;
	struct bus_outgoing out = {.subject = "dms.fact.anycast.ZonePublished", .data = packed};
	out.size = dms__zone_published__pack(&fact, packed);
	dms_error_free(bus_publish(master->bus, &out));
}

static void
a_new_zone_arrives_and_is_reported(void **state)
{
	struct items items = {0};
	add_settings(&items);
	items_add_zone(&items, 1, "one.test.", 0, 0, "");
	items_add_zone(&items, 2, "two.test.", 0, 0, "");
	master_offer(master, DMS__PULL_REPLY__KIND__SNAPSHOT, 1, &items);
	agent_run(&stage);
	assert_true(HOLDS_WITHIN(20000, was_said(master, master->served, "one.test. 1;")));
	assert_true(HOLDS_WITHIN(10000, was_said(master, master->served, "two.test. 1;")));
	assert_int_equal(serial_at(stage.named.dns_port, "one.test."), 1);
	/* The server itself told the agent that they had arrived. */
	assert_true(count_in(stage.agent_log, "NOTIFY heard") >= 2);
}

static void
a_published_change_is_fetched_and_reported_at_once(void **state)
{
	primary_has("one.test", 2);
	int heard = count_in(stage.agent_log, "NOTIFY heard");
	int64_t begun_us = realtime_us();
	publish_fact("one.test.", 2);
	assert_true(HOLDS_WITHIN(10000, was_said(master, master->served, "one.test. 2;")));
	/* Told by NOTIFY, not found out by looking. */
	assert_true(count_in(stage.agent_log, "NOTIFY heard") > heard);
	print_message("served %.1f ms after the fact\n",
		      (double)(locked(master, &master->last_served_us) - begun_us) / 1000);
}

static void
a_late_zone_is_told_again(void **state)
{
	primary_has("two.test", 5);
	pthread_mutex_lock(&master->lock);
	snprintf(master->late_zone, sizeof(master->late_zone), "two.test.");
	master->late_serial = 5;
	pthread_mutex_unlock(&master->lock);
	assert_true(HOLDS_WITHIN(10000, was_said(master, master->served, "two.test. 5;")));
}

/* A fact that comes before the primary has the content: the agent does not give up. */
static void
a_fact_that_is_early_is_kept(void **state)
{
	publish_fact("one.test.", 3);
	assert_false(HOLDS_WITHIN(700, was_said(master, master->served, "one.test. 3;")));
	primary_has("one.test", 3);
	assert_true(HOLDS_WITHIN(12000, was_said(master, master->served, "one.test. 3;")));
}

static bool
health_is(Dms__Report__Health health)
{
	pthread_mutex_lock(&master->lock);
	bool is = master->health == health;
	pthread_mutex_unlock(&master->lock);
	return is;
}

static void
a_dead_server_is_seen_and_seen_again(void **state)
{
	assert_true(HOLDS_WITHIN(5000, health_is(DMS__REPORT__HEALTH__ANSWERS)));
	named_stop(&stage.named);
	assert_true(HOLDS_WITHIN(10000, health_is(DMS__REPORT__HEALTH__UNREACHABLE)));
	named_start(&stage.named);
	assert_true(HOLDS_WITHIN(10000, health_is(DMS__REPORT__HEALTH__ANSWERS)));
	assert_true(HOLDS_WITHIN(10000, serial_at(stage.named.dns_port, "two.test.") == 5));
}

/* A zone taken away by hand is given back. */
static void
a_lost_zone_is_given_back(void **state)
{
	char command[512];
	named_stop(&stage.named);
	snprintf(command, sizeof(command), "rm -rf '%s'/_default.nzd '%s'/zones/??",
		 stage.named.dir, stage.named.dir);
	assert_int_equal(system(command), 0);
	named_start(&stage.named);
	assert_true(HOLDS_WITHIN(20000, serial_at(stage.named.dns_port, "one.test.") == 3));
	assert_true(HOLDS_WITHIN(20000, serial_at(stage.named.dns_port, "two.test.") == 5));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_new_zone_arrives_and_is_reported),
	    cmocka_unit_test(a_published_change_is_fetched_and_reported_at_once),
	    cmocka_unit_test(a_late_zone_is_told_again),
	    cmocka_unit_test(a_fact_that_is_early_is_kept),
	    cmocka_unit_test(a_dead_server_is_seen_and_seen_again),
	    cmocka_unit_test(a_lost_zone_is_given_back),
	};
	return cmocka_run_group_tests_name("agent of a slave", tests, start, stop);
}
