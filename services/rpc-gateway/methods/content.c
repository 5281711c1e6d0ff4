/* A zone's content on its way in. */
#include <arpa/inet.h>
#include <string.h>

#include "methods/methods.h"
#include "sm/sm.h"

dms_error *
content_read(struct rpc_call *call, const char *zone_name, struct content *content)
{
	const json_t *zi_data = json_object_get(call->params, "zi_data");
	const char *zi_text = call_string(call, "zi_text");
	*content = (struct content){.zi_data = zi_data};
	content->findings = talloc_zero(call->mem, struct findings);
	content->is_given = zi_data != NULL || zi_text != NULL;
	if (zi_data != NULL && zi_text != NULL)
		return param_error(call, "zi_text", "give zi_data or zi_text, not both");
	if (zi_data != NULL)
		return zi_data_parse(call->mem, zone_name, zi_data, &content->text,
				     content->findings);
	if (zi_text != NULL) {
		zone_text_read(call->mem, zone_name, zi_text, strlen(zi_text), &content->text,
			       content->findings);
		return NULL;
	}
	content->text = zone_text_new(call->mem, zone_name);
	content->text->zone_ttl = content->text->soa_ttl = -1;
	return NULL;
}

/* An error about a record's reference names it (spec/json-rpc.md section 12). */
static dms_error *
name_reference(dms_error *error, const struct content *content)
{
	const struct finding *finding = content->findings->items;
	if (error->id != DMS_E_NO_REFERENCE_FOUND)
		return error;
	while (finding->level != FINDING_ERROR)
		finding++;
	for (size_t i = 0; i < content->text->record_count; i++) {
		const struct zone_text_record *record = &content->text->records[i];
		if (record->line == finding->line && record->reference != NULL)
			return dms_error_put_str(error, "reference", record->reference);
	}
	return error;
}

dms_error *
content_readable(const struct content *content, const char *zone_name)
{
	if (content->findings->error_count == 0)
		return NULL;
	return name_reference(content->zi_data != NULL
				  ? zi_data_error(content->findings, zone_name, content->zi_data)
				  : findings_error(content->findings, zone_name),
			      content);
}

dms_error *
content_check(struct rpc_call *call, const struct zone *zone, struct content *content)
{
	if (content->normalises_ttls)
		zone_text_normalise_ttls(content->text);
	TRY(instance_apply_apex(call->db, zone, content->text));
	TRY(references_check(call->db, content->text, content->findings));
	zone_text_check(content->text, content->findings);
	zone_text_check_apex(content->text, content->findings);
	zone_text_check_serial(content->text, zone->soa_serial, content->findings);
	const char *zi_text = call_string(call, "zi_text");
	if (zi_text != NULL)
		findings_quote(content->findings, call->mem, zi_text, strlen(zi_text));
	return content_readable(content, zone->name);
}

json_t *
content_findings(const struct content *content)
{
	return content->zi_data != NULL ? zi_data_findings(content->findings, content->zi_data)
					: findings_to_json(content->findings);
}

/* {"label","address"} of a record that wants its PTR now. */
static json_t *
forced_to_json(const struct zone_text_record *record)
{
	char address[INET6_ADDRSTRLEN] = "";
	inet_ntop(record->type == RR_A ? AF_INET : AF_INET6, record->rdata, address,
		  sizeof(address));
	return json_pack("{s:s,s:s}", "label", record->label, "address", address);
}

dms_error *
content_post_reverse(struct rpc_call *call, const struct zone *zone, const struct content *content,
		     int64_t zi_id, bool is_changed)
{
	bool is_on = false, has_address = false;
	json_t *forced = json_array();
	for (size_t i = 0; i < content->text->record_count; i++) {
		const struct zone_text_record *record = &content->text->records[i];
		if (record->type != RR_A && record->type != RR_AAAA)
			continue;
		has_address = true;
		if (record->forces_reverse)
			json_array_append_new(forced, forced_to_json(record));
	}
	bool is_wanted = has_address && (is_changed || json_array_size(forced) > 0);
	dms_error *error = is_wanted ? config_flag(call->db, "auto_reverse", &is_on) : NULL;
	if (error != NULL || !is_on) {
		json_decref(forced);
		return error;
	}
	json_t *parameters =
	    json_pack("{s:I,s:s,s:s?,s:o}", "zi_id", (json_int_t)zi_id, "sectag", call->sectag,
		      "reference", zone->reference, "forced", forced);
	struct sm_event event = {
	    .machine = "reverse",
	    .sm_id = zone->id,
	    .sm_name = zone->name,
	    .type = "ReverseZoneSaved",
	    .parameters = parameters,
	    .change_id = call->change_id,
	    .is_bulk = call->is_bulk,
	};
	error = sm_post(call->db, call->bus, &event, NULL);
	json_decref(parameters);
	return error;
}
