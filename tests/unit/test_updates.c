/* rooms: dms_model dms_db dms_dns dms_base */
/* Incremental updates judge and change the part of a zone they touch as if they had seen all of it:
 * on generated zones and operations both ways are compared. Needs DMS_TEST_PG_URL. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/update_trial.h"
#include "test_model_scratch.h"

#define ZONE "part.example."

enum { ROUNDS = 80, RECORDS_MAX = 24, OPS_MAX = 3, GROUPS_MAX = 3 };

static const char *const labels[] = {"@",     "a",   "b",     "c",     "d",       "*",
				     "a.b",   "*.b", "x.b",   "a.a.b", "c.c",     "*.c",
				     "d.c.c", "e.d", "x.*.b", "f.e.d", "g\\.d.e", "_s.b"};

static uint32_t seed;

static uint32_t
pick(uint32_t count)
{
	seed = seed * 1664525 + 1013904223;
	return (uint32_t)((uint64_t)(seed >> 8) * count >> 24);
}

static const char *
any_label(void)
{
	return labels[pick(sizeof labels / sizeof labels[0])];
}

/* a name that a record points to: mostly inside the zone */
static const char *
any_target(void)
{
	const char *label = any_label();
	return pick(8) == 0 ? "ns.example.net." : label;
}

/* "type rdata" of a random record */
static char *
any_record(TALLOC_CTX *mem)
{
	switch (pick(11)) {
	case 0:
	case 1:
		return talloc_asprintf(mem, "A 192.0.2.%u", pick(4));
	case 2:
		return talloc_asprintf(mem, "AAAA 2001:db8::%u", pick(3));
	case 3:
		return talloc_asprintf(mem, "NS %s", any_target());
	case 4:
		return talloc_asprintf(mem, "MX 10 %s", any_target());
	case 5:
		return talloc_asprintf(mem, "SRV 0 0 5060 %s", any_target());
	case 6:
	case 7:
		return talloc_asprintf(mem, "CNAME %s", any_target());
	case 8:
		return pick(3) == 0 ? talloc_asprintf(mem, "DNAME %s", any_target())
				    : talloc_asprintf(mem, "DS 1 13 2 %064u", pick(3));
	case 9:
		return talloc_asprintf(mem, "HTTPS 1 %s alpn=h2", any_target());
	default:
		return talloc_asprintf(mem, "TXT \"%u\"", pick(3));
	}
}

/* mostly sound, now and then with something wrong already */
static char *
any_zone(TALLOC_CTX *mem)
{
	char *text =
	    talloc_strdup(mem, "$TTL 1h\n@ NS ns.example.net.\n@ NS ns2.example.net.\n;| hosts\n");
	for (uint32_t i = 2 + pick(RECORDS_MAX); i > 0; i--)
		text = talloc_asprintf_append(text, "%s%s%s %s%s\n",
					      pick(12) == 0 ? ";!DISABLE\n" : "",
					      pick(8) == 0 ? "\n;| more\n" : "", any_label(),
					      pick(10) == 0 ? "600 " : "", any_record(mem));
	return text;
}

static void
any_op(TALLOC_CTX *mem, struct update_op *op)
{
	static const char *const ops[] = {"ADD", "ADD", "DELETE", "UPDATE_RRTYPE"};
	char *line = any_record(mem);
	char *rdata = strchr(line, ' ');
	uint8_t *octets = NULL;

	*op = (struct update_op){.op = ops[pick(4)], .record = {.ttl = -1, .group = -1}};
	*rdata++ = '\0';
	op->record.label = any_label();
	op->record.type = rr_type_parse(line);
	op->record.is_disabled = pick(10) == 0;
	ok(rdata_parse(mem, op->record.type, rdata, ZONE, &octets, &op->record.rdata_size));
	op->record.rdata = octets;
	op->has_rdata = true;
	if (strcmp(op->op, "DELETE") == 0 && pick(3) > 0) {
		op->has_rdata = false;
		op->record.rdata = NULL;
		op->record.rdata_size = 0;
		if (pick(3) == 0)
			op->record.type = RR_ANY;
	}
}

static struct update_group *
any_groups(TALLOC_CTX *mem, size_t *count)
{
	*count = 1 + pick(GROUPS_MAX);
	struct update_group *groups = talloc_zero_array(mem, struct update_group, *count);
	for (size_t g = 0; g < *count; g++) {
		groups[g].op_count = 1 + (int)pick(OPS_MAX);
		groups[g].ops = talloc_zero_array(mem, struct update_op, groups[g].op_count);
		groups[g].change_by = "op1@host/Admin";
		groups[g].update_type = talloc_asprintf(mem, "t%zu", g);
		for (int o = 0; o < groups[g].op_count; o++)
			any_op(mem, &groups[g].ops[o]);
	}
	return groups;
}

static int
text_order(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* what was decided about each group, findings in an order of their own */
static char *
verdict(TALLOC_CTX *mem, const struct update_group *groups, size_t count)
{
	char *all = talloc_strdup(mem, "");
	for (size_t g = 0; g < count; g++) {
		const struct findings *findings = groups[g].findings;
		const char *lines[ZONE_TEXT_FINDINGS_MAX];
		size_t lines_count = findings == NULL ? 0 : findings->count;
		for (size_t i = 0; i < lines_count; i++)
			lines[i] = talloc_asprintf(mem, "%d %s", findings->items[i].id,
						   findings->items[i].message);
		qsort(lines, lines_count, sizeof lines[0], text_order);
		all = talloc_asprintf_append(all, "%s\n",
					     groups[g].is_refused ? "refused" : "applied");
		for (size_t i = 0; i < lines_count; i++)
			all = talloc_asprintf_append(all, "  %s\n", lines[i]);
	}
	return all;
}

static char *
describe_groups(TALLOC_CTX *mem, const struct update_group *groups, size_t count)
{
	char *all = talloc_strdup(mem, "");
	for (size_t g = 0; g < count; g++)
		for (int o = 0; o < groups[g].op_count; o++) {
			const struct update_op *op = &groups[g].ops[o];
			char *rdata = talloc_strdup(mem, "-");
			if (op->has_rdata)
				ok(rdata_print(mem, op->record.type, op->record.rdata,
					       op->record.rdata_size, ZONE, &rdata));
			all = talloc_asprintf_append(
			    all, "%zu: %s %s%s %s %s\n", g, op->op,
			    op->record.is_disabled ? "disabled " : "", op->record.label,
			    op->record.type == RR_ANY ? "ANY" : rr_type_name(op->record.type),
			    rdata);
		}
	return all;
}

/* groups one by one, as at admission; what is refused leaves no trace */
static void
try_each(TALLOC_CTX *mem, struct draft *draft, struct update_group *groups, size_t count)
{
	for (size_t g = 0; g < count; g++)
		update_group_try(mem, draft, &groups[g]);
}

static struct update_group *
copy_groups(TALLOC_CTX *mem, const struct update_group *groups, size_t count)
{
	struct update_group *copy = talloc_memdup(mem, groups, count * sizeof *groups);
	for (size_t g = 0; g < count; g++)
		copy[g].ops = talloc_memdup(mem, groups[g].ops,
					    (size_t)groups[g].op_count * sizeof *groups[g].ops);
	return copy;
}

static void
expect_same(TALLOC_CTX *mem, uint32_t round, const char *what, const char *zone,
	    const struct update_group *groups, size_t count, const char *whole, const char *part)
{
	if (strcmp(whole, part) != 0)
		fail_msg("round %u: %s differs\n--- zone\n%s--- operations\n%s--- whole\n%s--- "
			 "part\n%s",
			 round, what, zone, describe_groups(mem, groups, count), whole, part);
}

static void
compare_once(struct scratch *scratch, TALLOC_CTX *mem, uint32_t round)
{
	struct zone *zone = new_zone(scratch, ZONE, false);
	const char *content = any_zone(mem);
	struct instance *instance;
	struct zone_text *text;
	struct region region;
	struct applied_updates applied;
	size_t count;
	int64_t zi_id = 0;

	ok(instance_store(scratch->db, zone, read_text(mem, ZONE, content), &test_author, &zi_id));
	struct update_group *groups = any_groups(mem, &count);
	struct update_group *again = copy_groups(mem, groups, count);
	ok(instance_load(scratch->db, mem, zone, zi_id, &instance, &text));
	ok(region_load(scratch->db, mem, zone, instance, again, count, &region));
	struct draft *whole = draft_new(mem, text);
	try_each(mem, whole, groups, count);
	if (region.content != NULL) {
		try_each(mem, draft_new(mem, region.text), again, count);
		expect_same(mem, round, "the verdict", content, groups, count,
			    verdict(mem, groups, count), verdict(mem, again, count));
	}
	/* and what is stored is what the whole text has become */
	for (size_t g = 0; g < count; g++)
		if (!groups[g].is_refused)
			ok(update_group_queue(scratch->db, zone, &groups[g]));
	draft_finish(whole);
	zone_text_unify_ttls(text);
	ok(instance_apply_updates(scratch->db, mem, zone, &applied));
	assert_int_equal(applied.refused_count, 0);
	const char *wanted = zone_text_write(mem, text, NULL, false);
	ok(instance_load(scratch->db, mem, zone, applied.zi_id != 0 ? applied.zi_id : zi_id,
			 &instance, &text));
	expect_same(mem, round, "the content", content, groups, count, wanted,
		    zone_text_write(mem, text, NULL, false));
}

static void
a_part_is_judged_and_changed_like_the_whole(void **state)
{
	struct scratch *scratch = need_scratch(state);
	const char *given = getenv("DMS_TEST_ROUND");
	uint32_t first = given == NULL ? 0 : (uint32_t)strtoul(given, NULL, 10);

	for (uint32_t round = first; round < first + (given == NULL ? ROUNDS : 1); round++) {
		TALLOC_CTX *mem = talloc_new(NULL);
		seed = round * 2654435761u + 1;
		ok(db_begin(scratch->db));
		compare_once(scratch, mem, round);
		db_rollback(scratch->db);
		talloc_free(mem);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(a_part_is_judged_and_changed_like_the_whole,
					    open_scratch, close_scratch),
	};

	return cmocka_run_group_tests(tests, make_schema, drop_database);
}
