/* update_rrs: some records of a zone change, by operations that wait for the next publish (spec/
 * json-rpc.md section 9.1). */
#include <string.h>

#include "methods/methods.h"
#include "methods/zone_peers.h"
#include "model/edit_lock.h"
#include "model/update_group.h"

/* What must be so before the operations are looked at. */
static dms_error *
check_updatable(const struct rpc_call *call, const struct zone *zone)
{
	dms_error *error = NULL;
	if (!zone->inc_updates)
		error = dms_error_new(DMS_E_INCREMENTAL_UPDATES_DISABLED,
				      "zone %s takes no incremental updates: its flag inc_updates "
				      "is off",
				      zone->name);
	else if (strcmp(zone->state, "DISABLED") == 0)
		error = dms_error_new(DMS_E_ZONE_DISABLED, "zone %s is disabled", zone->name);
	else if (!zone->use_apex_ns && strcmp(call->sectag, "Admin") != 0)
		error = dms_error_new(DMS_E_ZONE_ADMIN_PRIVILEGE_NEEDED,
				      "zone %s keeps its own apex (use_apex_ns is off): only Admin "
				      "may update it",
				      zone->name);
	return error == NULL ? NULL : dms_error_put_str(error, "name", zone->name);
}

/* update_data or update_text; what cannot be read is the error. */
static dms_error *
read_operations(struct rpc_call *call, const struct zone *zone, struct content *content)
{
	const char *input = call_string(call, "update_text");
	*content = (struct content){.zi_data = json_object_get(call->params, "update_data")};
	content->findings = talloc_zero(call->mem, struct findings);
	content->text = zone_text_new(call->mem, zone->name);
	if ((input == NULL) == (content->zi_data == NULL))
		return param_error(call, "update_data",
				   "the operations are wanted: update_data or update_text");
	if (input == NULL)
		return update_data_parse(call->mem, zone->name, content->zi_data, &content->text,
					 content->findings);
	const struct zone_text_source source = {
	    .input = input, .size = strlen(input), .is_update = true};
	zone_text_read_source(call->mem, zone->name, &source, &content->text, content->findings);
	findings_quote(content->findings, call->mem, input, source.size);
	return NULL;
}

static dms_error *
take_type(const struct rpc_call *call, const struct content *content, const char **type)
{
	*type = call_string(call, "update_type");
	if (*type == NULL || **type == '\0')
		*type = content->text->update_type;
	if (*type == NULL)
		return dms_error_new(DMS_E_UPDATE_TYPE_REQUIRED,
				     "update_rrs: update_type names the update; it is missing");
	if (zone_text_is_update_type(*type, strlen(*type)))
		return NULL;
	return param_error(call, "update_type", "1 to 60 letters, digits, '-', '_' and '.'");
}

/* A record of the text as an operation; what is not the caller's to change is found. */
static struct update_op
operation_of(const struct zone *zone, const struct zone_text_record *record,
	     struct content *content)
{
	struct update_op op = {.op = record->update_op, .record = *record};
	bool is_apex = zone->use_apex_ns && strcmp(record->label, "@") == 0;
	op.record.group = -1;
	op.record.remark = op.record.tail = NULL;
	op.has_rdata = !record->is_whole_rrset;
	op.keeps_apex_ns = is_apex;
	if (is_apex && record->type == RR_NS)
		finding_add(content->findings, content->text,
			    &(struct finding){.level = FINDING_ERROR,
					      .id = DMS_E_INVALID_UPDATE_OPERATION,
					      .line = record->line,
					      .column = record->column,
					      .label = "@",
					      .type = RR_NS},
			    "@ NS: the name servers of zone %s come from the central configuration "
			    "(use_apex_ns)",
			    zone->name);
	return op;
}

static dms_error *
make_group(struct rpc_call *call, const struct zone *zone, struct content *content,
	   struct update_group *group)
{
	struct instance_author author;
	TRY(take_type(call, content, &group->update_type));
	TRY(param_author(call, NULL, &author));
	TRY(content_readable(content, zone->name));
	if (content->text->record_count == 0)
		return param_error(call, "update_data", "there are no operations in it");
	group->change_by = author.change_by;
	group->change_id = author.change_id;
	group->comment = author.comment;
	group->sectag = call->sectag;
	group->ops = talloc_zero_array(call->mem, struct update_op, content->text->record_count);
	for (size_t i = 0; i < content->text->record_count; i++)
		group->ops[group->op_count++] =
		    operation_of(zone, &content->text->records[i], content);
	TRY(references_check(call->db, content->text, content->findings));
	findings_sort(content->findings);
	return content_readable(content, zone->name);
}

/* All that the update would newly bring about, at its place in what was sent. */
static dms_error *
admit(struct rpc_call *call, const struct zone *zone, struct content *content,
      struct update_group *group)
{
	const char *input = call_string(call, "update_text");
	struct findings *said = content->findings;
	TRY(update_group_admit(call->db, call->mem, zone, group));
	content->findings = group->findings;
	if (input != NULL)
		findings_quote(content->findings, call->mem, input, strlen(input));
	TRY(content_readable(content, zone->name));
	/* What was doubtful about the reading stays said. */
	for (size_t i = 0; i < said->count; i++)
		if (findings_have_place(content->findings, said->items[i].level))
			content->findings->items[content->findings->count++] = said->items[i];
	findings_sort(content->findings);
	return update_group_queue(call->db, zone, group);
}

dms_error *
rpc_update_rrs(struct rpc_call *call)
{
	struct zone *zone = NULL;
	struct edit_lock *lock = NULL;
	struct content content;
	struct update_group group = {0};
	TRY(zone_by_user_name(call->db, call->mem, call_string(call, "name"), false,
			      ZONE_FOR_UPDATE, &zone));
	TRY(check_has_content(zone));
	TRY(check_updatable(call, zone));
	TRY(check_base(call, zone));
	TRY(read_operations(call, zone, &content));
	TRY(make_group(call, zone, &content, &group));
	TRY(admit(call, zone, &content, &group));
	TRY(edit_lock_get(call->db, call->mem, zone, &lock));
	TRY(post_publish(call, zone, zone->zi_candidate_id, false));
	TRY(describe(call, "zone", zone->name, NULL,
		     json_pack("{s:I,s:s,s:i}", "update_id", (json_int_t)group.id, "update_type",
			       group.update_type, "operations", group.op_count)));
	bool is_deferred = lock != NULL || strcmp(zone->state, "PUBLISHED") != 0;
	call->result = json_pack("{s:I,s:s,s:I,s:b,s:o}", "zone_id", (json_int_t)zone->id, "name",
				 zone->name, "update_id", (json_int_t)group.id, "is_deferred",
				 is_deferred, "findings", content_findings(&content));
	return NULL;
}
