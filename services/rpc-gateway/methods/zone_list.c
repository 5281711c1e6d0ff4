/* list_zone (spec/json-rpc.md section 5.5). */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "methods/methods.h"
#include "model/zone_row.h"

#define LIMIT_DEFAULT 1000
#define LIMIT_MAX     10000

/* The patterns sorted by what they are; JSON texts on call->mem, NULL: none of that kind. */
struct patterns {
	const char *names;     /* exact names */
	const char *likes;     /* LIKE patterns */
	const char *addresses; /* reverse zones that contain them */
	const char *networks;  /* reverse zones inside them */
	const char *as_given;  /* joined, for a message */
	bool is_all;
};

struct lists {
	json_t *names, *likes, *addresses, *networks;
};

char *
zone_pattern(TALLOC_CTX *mem, const char *pattern)
{
	size_t size = strlen(pattern);
	bool is_open = size > 0 && (pattern[size - 1] == '.' || pattern[size - 1] == '*');
	char *lower = talloc_asprintf(mem, "%s%s", pattern, is_open ? "" : ".");
	for (char *at = lower; *at != '\0'; at++)
		if (*at >= 'A' && *at <= 'Z')
			*at = (char)(*at + ('a' - 'A'));
	return lower;
}

static void
sort_name(TALLOC_CTX *mem, const char *pattern, struct lists *lists)
{
	char *lower = zone_pattern(mem, pattern);
	if (strpbrk(lower, "*?") == NULL)
		json_array_append_new(lists->names, json_string(lower));
	else
		json_array_append_new(lists->likes, json_string(wildcard_to_like(mem, lower)));
}

static void
sort_pattern(TALLOC_CTX *mem, const char *pattern, struct lists *lists)
{
	uint8_t bytes[16];
	if (inet_pton(AF_INET, pattern, bytes) == 1 || inet_pton(AF_INET6, pattern, bytes) == 1)
		json_array_append_new(lists->addresses, json_string(pattern));
	else if (network_text(mem, pattern) != NULL)
		json_array_append_new(lists->networks, json_string(network_text(mem, pattern)));
	else
		sort_name(mem, pattern, lists);
}

/* Takes the list over. */
static const char *
list_text(TALLOC_CTX *mem, json_t *list)
{
	char *text = json_array_size(list) == 0 ? NULL : json_dumps(list, JSON_COMPACT);
	const char *copy = talloc_strdup(mem, text);
	free(text);
	json_decref(list);
	return copy;
}

static dms_error *
patterns_read(struct rpc_call *call, struct patterns *patterns)
{
	const json_t *given = json_object_get(call->params, "names"), *item = NULL;
	struct lists lists = {json_array(), json_array(), json_array(), json_array()};
	size_t index = 0, count = json_array_size(given);
	bool has_lone_star = false;
	char *joined = talloc_strdup(call->mem, "");
	json_array_foreach (given, index, item) {
		const char *pattern = json_string_value(item);
		has_lone_star |= strcmp(pattern, "*") == 0;
		joined = talloc_asprintf_append(joined, "%s%s", index > 0 ? " " : "", pattern);
		sort_pattern(call->mem, pattern, &lists);
	}
	*patterns = (struct patterns){
	    .names = list_text(call->mem, lists.names),
	    .likes = list_text(call->mem, lists.likes),
	    .addresses = list_text(call->mem, lists.addresses),
	    .networks = list_text(call->mem, lists.networks),
	    .as_given = count == 0 ? "*" : joined,
	    .is_all = count == 0 || has_lone_star,
	};
	if (has_lone_star && count > 1)
		return dms_error_put_str(
		    dms_error_new(DMS_E_ONLY_ONE_LONE_WILDCARD_VALID,
				  "'*' must be the only pattern, not one of '%s'", joined),
		    "name_pattern", joined);
	return NULL;
}

/* The parameters of the statement, in the order of its $n. */
struct query {
	char *sql;
	struct db_param params[9];
	int count;
};

#define IN_NETWORKS                                                                            \
	"EXISTS (SELECT FROM reverse_network n WHERE n.zone_id = z.id AND (n.network >>= ANY " \
	"(ARRAY(SELECT a::inet FROM json_array_elements_text(coalesce($2::json, '[]')) a)) "   \
	"OR n.network <<= ANY (ARRAY(SELECT network(a::inet) FROM "                            \
	"json_array_elements_text(coalesce($3::json, '[]')) a))))"

/* Only the shapes of the question change the text, so few statements are ever prepared. */
static void
query_build(struct rpc_call *call, const struct patterns *patterns, struct query *query)
{
	bool is_any = call_boolean(call, "include_deleted", false);
	bool is_deleted = !is_any && call_boolean(call, "toggle_deleted", false);
	const char *which = ""; /* parameters 1 to 3 must appear in every form */
	const char *names = patterns->names != NULL ? patterns->names : patterns->likes;
	bool is_mixed = patterns->names != NULL && patterns->likes != NULL;
	if (patterns->addresses != NULL || patterns->networks != NULL)
		which = "AND (z.name LIKE ANY (ARRAY(SELECT json_array_elements_text("
			"coalesce($1::json, '[]')))) OR z.name IN (SELECT json_array_elements_text("
			"coalesce($9::json, '[]'))) OR " IN_NETWORKS ") ";
	else if (is_mixed)
		which = "AND (z.name LIKE ANY (ARRAY(SELECT json_array_elements_text($1::json))) "
			"OR z.name IN (SELECT json_array_elements_text($9::json))) ";
	else if (patterns->likes != NULL && !patterns->is_all)
		which = "AND z.name LIKE ANY (ARRAY(SELECT json_array_elements_text($1::json))) ";
	else if (names != NULL && !patterns->is_all)
		which = "AND z.name = ANY (ARRAY(SELECT json_array_elements_text($9::json))) ";
	query->sql = talloc_asprintf(
	    call->mem,
	    ZONE_SELECT
	    "WHERE ($1::text IS NULL OR true) AND ($2::text IS NULL OR true) "
	    "AND ($3::text IS NULL OR true) AND ($9::text IS NULL OR true) %s%s"
	    "AND ($4::text IS NULL OR lower(ref.name) = lower($4)) "
	    "AND ($5::bigint = 0 OR z.sg_id = $5 OR z.alt_sg_id = $5) "
	    "AND ($6::text IS NULL OR z.name ~>~ $6) "
	    "AND ($7::text = 'Admin' OR EXISTS (SELECT FROM zone_sectag zt JOIN sectag t "
	    "ON t.id = zt.sectag_id WHERE zt.zone_id = z.id AND t.label = $7)) "
	    "%sORDER BY z.name USING ~<~, z.id LIMIT $8",
	    which,
	    is_any       ? ""
	    : is_deleted ? "AND z.state = 'DELETED' "
			 : "AND z.state <> 'DELETED' ",
	    call_boolean(call, "include_disabled", true) ? "" : "AND z.state <> 'DISABLED' ");
}

static dms_error *
query_fill(struct rpc_call *call, const struct patterns *patterns, struct query *query)
{
	const char *sg_name = call_string(call, "sg_name");
	struct server_group *sg = NULL;
	int64_t limit = 0;
	TRY(param_range(call, "limit", LIMIT_DEFAULT, 1, LIMIT_MAX, &limit));
	if (sg_name != NULL)
		TRY(sg_by_name(call->db, call->mem, sg_name, &sg));
	struct db_param params[] = {
	    P_TEXT(patterns->likes),        P_TEXT(patterns->addresses),
	    P_TEXT(patterns->networks),     P_TEXT(call_string(call, "reference")),
	    P_INT(sg == NULL ? 0 : sg->id), P_TEXT(call_string(call, "after")),
	    P_TEXT(call->sectag),           P_INT(limit),
	    P_TEXT(patterns->names),
	};
	memcpy(query->params, params, sizeof(params));
	query->count = sizeof(params) / sizeof(params[0]);
	return NULL;
}

/* Customers' doors list nothing without saying whose. */
static dms_error *
check_reference(const struct rpc_call *call)
{
	if (strcmp(call->sectag, "Admin") == 0 || call_string(call, "reference") != NULL)
		return NULL;
	return dms_error_new(DMS_E_REFERENCE_MUST_BE_GIVEN, "%s: reference must be given here",
			     call->method->name);
}

dms_error *
rpc_list_zone(struct rpc_call *call)
{
	struct patterns patterns;
	struct query query = {0};
	struct db_result *result = NULL;
	TRY(check_reference(call));
	TRY(patterns_read(call, &patterns));
	query_build(call, &patterns, &query);
	TRY(query_fill(call, &patterns, &query));
	TRY(db_query_params(call->db, call->mem, &result, query.sql, query.count, query.params));
	/* The end of a paged list is no error. */
	if (db_rows(result) == 0 && !call_has(call, "after"))
		return dms_error_put_str(
		    dms_error_new(DMS_E_NO_ZONES_FOUND, "no zone matches '%s'", patterns.as_given),
		    "name_pattern", patterns.as_given);
	call->result = json_array();
	for (int i = 0; i < db_rows(result); i++) {
		struct zone zone;
		zone_from_row(result, i, &zone);
		json_array_append_new(call->result, zone_to_brief_json(&zone));
	}
	return NULL;
}
