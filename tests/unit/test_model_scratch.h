/* A scratch database with the whole schema and one server group, for tests of the model. */
#pragma once

#include "db/migrate.h"
#include "model/change.h"
#include "model/instance.h"
#include "model/server.h"
#include "model/zone.h"
#include "test_db_scratch.h"

static int
make_schema(void **state)
{
	int applied = 0;
	struct server_group sg = {.name = "one", .kind = "slave"};

	if (make_database(state) != 0)
		return 1;
	open_scratch(state);
	if (*state == NULL)
		return 0;
	struct scratch *scratch = *state;
	ok(migrate(scratch->db, &applied));
	ok(db_begin(scratch->db));
	ok(sg_insert(scratch->db, &sg));
	ok(config_set(scratch->db, "default_sg", 0, "one"));
	ok(db_commit(scratch->db));
	close_scratch(state);
	*state = NULL;
	return 0;
}

/* in the open transaction; without managed apex unless told so */
static struct zone *__attribute__((unused))
new_zone(struct scratch *scratch, const char *name, bool use_apex_ns)
{
	struct server_group *sg;
	struct zone zone = {.name = name, .use_apex_ns = use_apex_ns, .inc_updates = true};
	struct zone *stored;

	ok(sg_by_name(scratch->db, scratch, "one", &sg));
	zone.sg_id = sg->id;
	ok(zone_insert(scratch->db, &zone, 0, NULL));
	ok(zone_by_id(scratch->db, scratch, zone.id, ZONE_FOR_UPDATE, &stored));
	return stored;
}

static __attribute__((unused)) struct zone_text *
read_text(TALLOC_CTX *mem, const char *zone, const char *input)
{
	struct findings *findings = talloc_zero(mem, struct findings);
	struct zone_text *text;

	zone_text_read(mem, zone, input, strlen(input), &text, findings);
	if (findings->error_count > 0)
		fail_msg("line %d: %s", findings->items[0].line, findings->items[0].message);
	return text;
}

static const struct instance_author test_author = {.change_by = "op1@host/Admin"};

static int64_t __attribute__((unused))
count_rows(struct scratch *scratch, const char *sql, int64_t id)
{
	struct db_result *result;

	ok(db_query(scratch->db, scratch, &result, sql, P_INT(id)));
	return db_int(result, 0, "count");
}
