/* Server groups (spec/json-rpc.md section 11.3). */
#include <ctype.h>
#include <string.h>

#include "methods/methods.h"

static bool
is_group_name(const char *name)
{
	size_t size = strlen(name);
	if (size < 1 || size > 32 || !isalnum((unsigned char)name[0]))
		return false;
	for (const char *at = name; *at != '\0'; at++)
		if (!isalnum((unsigned char)*at) && *at != '-' && *at != '_')
			return false;
	return true;
}

/* The first group that can hold zones is where zones and servers go when nobody says otherwise. */
static dms_error *
become_default(struct rpc_call *call, const struct server_group *sg)
{
	char *value = NULL;
	dms_error *error = config_value(call->db, call->mem, "default_sg", 0, &value);
	if (error == NULL || error->id != DMS_E_ZONE_CFG_ITEM_NOT_FOUND)
		return error;
	dms_error_free(error);
	return strcmp(sg->kind, "slave") == 0 ? config_set(call->db, "default_sg", 0, sg->name)
					      : NULL;
}

dms_error *
rpc_create_sg(struct rpc_call *call)
{
	struct server_group sg = {
	    .name = call_string(call, "sg_name"),
	    .kind = call_boolean(call, "replica_sg", false) ? "replica" : "slave",
	    .config_dir = call_string(call, "config_dir"),
	    .master_address = call_string(call, "address"),
	    .master_alt_address = call_string(call, "alt_address"),
	};
	if (!is_group_name(sg.name))
		return param_error(
		    call, "sg_name",
		    "'%s' is not up to 32 of A-Z a-z 0-9 - _, first a letter or digit", sg.name);
	TRY(sg_insert(call->db, &sg));
	TRY(become_default(call, &sg));
	TRY(describe(call, "server_group", sg.name, NULL,
		     json_pack("{s:I,s:s,s:s?,s:s?,s:s?}", "sg_id", (json_int_t)sg.id, "kind",
			       sg.kind, "config_dir", sg.config_dir, "master_address",
			       sg.master_address, "master_alt_address", sg.master_alt_address)));
	call->result = json_pack("{s:I,s:s}", "sg_id", (json_int_t)sg.id, "sg_name", sg.name);
	return NULL;
}

dms_error *
rpc_list_sg(struct rpc_call *call)
{
	struct server_group *sgs = NULL;
	size_t count = 0;
	TRY(sg_list(call->db, call->mem, &sgs, &count));
	call->result = json_array();
	for (size_t i = 0; i < count; i++)
		json_array_append_new(call->result, sg_to_json(&sgs[i]));
	return NULL;
}
