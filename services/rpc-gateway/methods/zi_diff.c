/* diff_zone_zi and diff_zones. */
#include <string.h>

#include "methods/methods.h"
#include "model/history.h"

/* One side: a zone and which of its instances. */
struct side {
	struct zone *zone;
	int64_t zi_id;
	struct instance *instance;
	struct zone_text *text;
};

static dms_error *
side_find(struct rpc_call *call, const char *name, const char *zi, struct side *side)
{
	TRY(zone_by_user_name(call->db, call->mem, call_string(call, name), false, ZONE_READ,
			      &side->zone));
	TRY(param_zi(call, side->zone, zi, &side->zi_id));
	return instance_get(call->db, call->mem, side->zone->id, side->zi_id, &side->instance);
}

/* "example.net. 45, 2026-01-02 03:04:05 by jo@shop.example/Admin: new mail server" */
static char *
side_title(TALLOC_CTX *mem, const struct side *side)
{
	const char *comment = side->instance->comment;
	char *title = talloc_asprintf(mem, "%s %lld, %.19s by %s%s%s", side->zone->name,
				      (long long)side->zi_id, side->instance->ctime,
				      side->instance->change_by, comment != NULL ? ": " : "",
				      comment != NULL ? comment : "");
	for (char *at = title; *at != '\0'; at++)
		if (*at == '\n' || *at == '\r')
			*at = ' ';
	return title;
}

static void
set_result(struct rpc_call *call, const struct side *from, const struct side *to,
	   const struct zone_difference *difference)
{
	char *text = difference_to_text(call->mem, difference, side_title(call->mem, from),
					side_title(call->mem, to));
	call->result = json_pack("{s:s,s:I,s:I,s:s,s:o}", "name", from->zone->name, "from",
				 (json_int_t)from->zi_id, "to", (json_int_t)to->zi_id, "text", text,
				 "json", difference_to_json(difference));
}

dms_error *
rpc_diff_zone_zi(struct rpc_call *call)
{
	struct side from = {0}, to = {0};
	struct zone_difference *difference = NULL;
	TRY(side_find(call, "name", "from", &from));
	TRY(side_find(call, "name", "to", &to));
	TRY(history_difference(call->db, call->mem, from.zone, from.zi_id, to.zi_id, &difference));
	set_result(call, &from, &to, difference);
	return NULL;
}

dms_error *
rpc_diff_zones(struct rpc_call *call)
{
	struct side from = {0}, to = {0};
	struct zone_difference *difference = NULL;
	TRY(side_find(call, "name", "from", &from));
	TRY(side_find(call, "to_name", "to", &to));
	TRY(instance_load(call->db, call->mem, from.zone, from.zi_id, &from.instance, &from.text));
	TRY(instance_load(call->db, call->mem, to.zone, to.zi_id, &to.instance, &to.text));
	TRY(text_difference(call->mem, from.text, to.text, &difference));
	set_result(call, &from, &to, difference);
	json_object_set_new(call->result, "to_name", json_string(to.zone->name));
	return NULL;
}
