/* Zone types, and the name servers of other people that a zone has to do with. */
#pragma once

#include "call.h"
#include "model/zone.h"

/* The parameter zone_type of a new zone, and that the others fit it. */
dms_error *zone_type_of_call(const struct rpc_call *call, const char **zone_type);
/* Stores the lists that the call gives (primaries, allow_transfer), in place of the former ones. */
dms_error *zone_peers_store(struct rpc_call *call, const struct zone *zone, bool *is_changed);
/* Adds both lists to a zone's JSON. */
dms_error *zone_peers_add(const struct rpc_call *call, const struct zone *zone, json_t *json);
/* DMS_E_ZONE_IS_SECONDARY for a zone without instances of its own. */
dms_error *check_has_content(const struct zone *zone);
/* The name of a TSIG key as it is on the wire: absolute, lower case. `param` is named in errors. */
dms_error *tsig_key_name(const struct rpc_call *call, const char *param, const char *given,
			 char **name);
