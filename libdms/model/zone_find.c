/* Zones as users name them: names, networks, addresses. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "dns/name.h"
#include "model/zone_row.h"

static bool
is_address(const char *text)
{
	uint8_t bytes[16];
	return inet_pton(AF_INET, text, bytes) == 1 || inet_pton(AF_INET6, text, bytes) == 1;
}

char *
network_text(TALLOC_CTX *mem, const char *text)
{
	const char *slash = strchr(text, '/');
	if (slash == NULL || slash == text || strlen(text) > INET6_ADDRSTRLEN + 4)
		return NULL;
	char *end = NULL;
	long mask = strtol(slash + 1, &end, 10);
	if (slash[1] < '0' || slash[1] > '9' || *end != '\0' || mask > 128)
		return NULL;
	char *address = talloc_strndup(mem, text, (size_t)(slash - text));
	if (strchr(address, ':') == NULL) {
		size_t length = strlen(address);
		int dots = 0;
		if (address[length - 1] == '.')
			address[--length] = '\0';
		for (const char *at = address; *at != '\0'; at++)
			dots += *at == '.';
		for (; dots < 3; dots++)
			address = talloc_strdup_append(address, ".0");
		if (mask > 32)
			return NULL;
	}
	return is_address(address) ? talloc_asprintf(mem, "%s/%ld", address, mask) : NULL;
}

#define LIVE_NETWORK                                                          \
	"SELECT z.id FROM reverse_network n JOIN zone z ON z.id = n.zone_id " \
	"AND z.state <> 'DELETED' "

/* The id of the zone that holds a network or address; 0: none. */
static dms_error *
id_of_network(struct db *db, const char *network, bool is_exact, int64_t *id)
{
	struct db_result *result = NULL;
	const char *sql =
	    is_exact ? LIVE_NETWORK "WHERE n.network = network($1::inet) ORDER BY n.zone_id LIMIT 1"
		     : LIVE_NETWORK
		"WHERE n.network >>= $1::inet ORDER BY masklen(n.network) DESC, n.zone_id "
		"LIMIT 1";
	TRY(db_query_params(db, NULL, &result, sql, 1, &P_TEXT(network)));
	*id = db_rows(result) == 0 ? 0 : db_int(result, 0, "id");
	talloc_free(result);
	return NULL;
}

dms_error *
zone_of_address(struct db *db, TALLOC_CTX *mem, const char *address, struct zone **zone)
{
	int64_t id = 0;
	*zone = NULL;
	if (!is_address(address))
		return NULL;
	TRY(id_of_network(db, address, false, &id));
	return id == 0 ? NULL : zone_by_id(db, mem, id, ZONE_READ, zone);
}

static dms_error *
user_name_not_found(const char *text, const char *why)
{
	return dms_error_put_str(dms_error_new(DMS_E_ZONE_NOT_FOUND, "zone %s is not found%s%s",
					       text, why[0] == '\0' ? "" : ": ", why),
				 "name", text);
}

dms_error *
zone_by_user_name(struct db *db, TALLOC_CTX *mem, const char *text, bool is_exact,
		  enum zone_lock lock, struct zone **zone)
{
	bool is_an_address = is_address(text);
	const char *network = is_an_address ? text : network_text(mem, text);
	if (is_an_address && is_exact)
		return user_name_not_found(text, "give the name or the network");
	if (network != NULL) {
		int64_t id = 0;
		TRY(id_of_network(db, network, is_exact, &id));
		if (id == 0)
			return user_name_not_found(text, "no reverse zone holds it");
		return zone_by_id(db, mem, id, lock, zone);
	}
	char *name = NULL;
	dms_error *error = zone_name_normalise(mem, text, &name);
	if (error != NULL) {
		dms_error *outer = user_name_not_found(text, error->message);
		dms_error_free(error);
		return outer;
	}
	return zone_by_name(db, mem, name, lock, zone);
}
