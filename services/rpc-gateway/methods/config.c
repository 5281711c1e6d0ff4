/* Central defaults (spec/json-rpc.md section 11.2). */
#include <stdlib.h>
#include <string.h>

#include "dns/name.h"
#include "methods/methods.h"

/* The group a default is for; *sg NULL: for all. */
static dms_error *
group_of_call(struct rpc_call *call, struct server_group **sg)
{
	const char *name = call_string(call, "sg_name");
	*sg = NULL;
	return name == NULL ? NULL : sg_by_name(call->db, call->mem, name, sg);
}

static const char *
group_name(const struct server_group *sg)
{
	return sg == NULL ? NULL : sg->name;
}

/* The value of exactly this key and group; *value NULL: none. */
static dms_error *
stored_value(struct rpc_call *call, const char *key, int64_t sg_id, const char **value)
{
	struct db_result *result = NULL;
	TRY(db_query(call->db, call->mem, &result,
		     "SELECT value FROM config_default WHERE key = $1 "
		     "AND sg_id IS NOT DISTINCT FROM $2::bigint",
		     P_TEXT(key), P_ID(sg_id)));
	*value = db_rows(result) == 0 ? NULL : db_text(result, 0, "value");
	return NULL;
}

dms_error *
rpc_set_config(struct rpc_call *call)
{
	const char *key = call_string(call, "config_key"), *before = NULL, *after = NULL;
	struct server_group *sg = NULL;
	TRY(group_of_call(call, &sg));
	int64_t sg_id = sg == NULL ? 0 : sg->id;
	TRY(stored_value(call, key, sg_id, &before));
	TRY(config_set(call->db, key, sg_id, call_string(call, "value")));
	TRY(stored_value(call, key, sg_id, &after));
	TRY(describe(call, "config", key,
		     json_pack("{s:s?,s:s?}", "sg_name", group_name(sg), "value", before),
		     json_pack("{s:s?,s:s?}", "sg_name", group_name(sg), "value", after)));
	call->result =
	    json_pack("{s:s,s:s?,s:s?}", "key", key, "value", after, "sg_name", group_name(sg));
	return NULL;
}

/* Every default, and the NS names as one more key: apex_ns, names in order with blanks between. */
dms_error *
rpc_show_config(struct rpc_call *call)
{
	struct db_result *result = NULL;
	TRY(db_query(call->db, call->mem, &result,
		     "SELECT c.key, g.name::text AS sg_name, c.value FROM config_default c "
		     "LEFT JOIN server_group g ON g.id = c.sg_id UNION ALL "
		     "SELECT 'apex_ns', g.name::text, string_agg(a.name, ' ' ORDER BY a.rank) "
		     "FROM apex_ns a LEFT JOIN server_group g ON g.id = a.sg_id GROUP BY g.name "
		     "ORDER BY 1, 2 NULLS FIRST"));
	call->result = json_array();
	for (int i = 0; i < db_rows(result); i++)
		json_array_append_new(call->result,
				      json_pack("{s:s,s:s?,s:s}", "key", db_text(result, i, "key"),
						"sg_name", db_text(result, i, "sg_name"), "value",
						db_text(result, i, "value")));
	return NULL;
}

/* Names made absolute and checked, blanks dropped, none twice. New reference. */
static dms_error *
ns_names_read(struct rpc_call *call, json_t **names)
{
	const json_t *given = json_object_get(call->params, "ns_servers"), *item = NULL;
	json_t *clean = json_array(), *seen = json_object();
	size_t index = 0;
	dms_error *error = NULL;
	json_array_foreach (given, index, item) {
		const char *text = json_string_value(item);
		char *name = NULL;
		if (text[strspn(text, " \t")] == '\0')
			continue;
		error = name_normalise(call->mem, text, NULL, &name);
		bool is_host = error == NULL && strcmp(name, ".") != 0 && name_is_host(name, false);
		dms_error_free(error);
		error = NULL;
		if (!is_host)
			error =
			    dms_error_new(DMS_E_HOSTNAME_ZI_PARSE, "'%s' is not a host name", text);
		if (error == NULL && json_object_get(seen, name) != NULL)
			error = param_error(call, "ns_servers", "%s is there twice", name);
		if (error != NULL)
			break;
		json_object_set_new(seen, name, json_true());
		json_array_append_new(clean, json_string(name));
	}
	json_decref(seen);
	if (error == NULL && json_array_size(clean) == 0)
		error = param_error(call, "ns_servers", "at least one name is wanted");
	if (error != NULL) {
		json_decref(clean);
		return error;
	}
	*names = clean;
	return NULL;
}

static dms_error *
ns_names_store(struct rpc_call *call, int64_t sg_id, const json_t *names)
{
	char *list = json_dumps(names, JSON_COMPACT);
	dms_error *error =
	    db_exec(call->db, "DELETE FROM apex_ns WHERE sg_id IS NOT DISTINCT FROM $1::bigint",
		    P_ID(sg_id));
	if (error == NULL)
		error = db_exec(
		    call->db,
		    "INSERT INTO apex_ns (sg_id, rank, name) SELECT $1::bigint, rank, name "
		    "FROM json_array_elements_text($2::json) WITH ORDINALITY AS n (name, rank)",
		    P_ID(sg_id), P_TEXT(list));
	free(list);
	return error;
}

dms_error *
rpc_set_apex_ns(struct rpc_call *call)
{
	struct server_group *sg = NULL;
	json_t *names = NULL;
	TRY(group_of_call(call, &sg));
	TRY(ns_names_read(call, &names));
	call->result = json_pack("{s:s?,s:o}", "sg_name", group_name(sg), "ns_servers", names);
	TRY(ns_names_store(call, sg == NULL ? 0 : sg->id, names));
	return describe(call, "config", "apex_ns", NULL,
			json_pack("{s:s?,s:O}", "sg_name", group_name(sg), "ns_servers", names));
}
