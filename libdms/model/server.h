/* Server groups, servers, keys and central configuration. */
#pragma once

#include "db/db.h"
#include "dns/wire.h"

struct server_group {
	int64_t id;
	const char *name, *kind; /* "slave", "master", "replica" */
	const char *config_dir, *master_address, *master_alt_address; /* NULL: none */
	int64_t tsig_key_id, generation, log_floor, announced;
	int64_t zone_count; /* zones its servers have to serve; -1: not counted, but by sg_list */
};
/* DMS_E_NO_SG_FOUND. */
dms_error *sg_by_name(struct db *db, TALLOC_CTX *mem, const char *name, struct server_group **sg);
dms_error *sg_by_id(struct db *db, TALLOC_CTX *mem, int64_t id, struct server_group **sg);
/* All, by name. talloc'ed array on `mem`. */
dms_error *sg_list(struct db *db, TALLOC_CTX *mem, struct server_group **sgs, size_t *count);
/* DMS_E_SG_EXISTS, DMS_E_REPLICA_SG_EXISTS. Makes the group's TSIG key. */
dms_error *sg_insert(struct db *db, struct server_group *sg);

struct server {
	int64_t id, sg_id;
	const char *name, *sg_name, *sg_kind, *server_type, *address; /* address without mask */
	int port;
	const char *ssh_address, *state, *last_reply, *retry_msg, *applied_at; /* NULL: none */
	int64_t sm_version, applied_generation, rejected_generation, wanted_generation;
	int64_t zone_count; /* -1: unknown */
	const char *agent_version, *ctime, *mtime;
	double reply_age_seconds; /* since last_reply, -1: never */
};
/* DMS_E_NO_SERVER_FOUND. `for_update` locks the row. */
dms_error *server_by_name(struct db *db, TALLOC_CTX *mem, const char *name, bool for_update,
			  struct server **server);
dms_error *server_by_id(struct db *db, TALLOC_CTX *mem, int64_t id, bool for_update,
			struct server **server);
/* By name; those of one group, 0: of all. talloc'ed array on `mem`. */
dms_error *server_list(struct db *db, TALLOC_CTX *mem, int64_t sg_id, struct server **servers,
		       size_t *count);
/* Starts DISABLED. DMS_E_SERVER_EXISTS. */
dms_error *server_insert(struct db *db, struct server *server);
/* The hidden master in service: its DNS endpoint. DMS_E_NO_MASTER (transient) when there is none.
 */
dms_error *server_master(struct db *db, TALLOC_CTX *mem, struct server **server);
json_t *server_to_json(const struct server *server); /* spec/json-rpc.md 4.9, full */
json_t *sg_to_json(const struct server_group *sg);

/* The key that signs DNS UPDATE, and the key of a group. DMS_E_DYNDNS_CANT_READ_KEY. */
dms_error *tsig_update_key(struct db *db, TALLOC_CTX *mem, struct tsig **key);
dms_error *tsig_key_by_id(struct db *db, TALLOC_CTX *mem, int64_t id, struct tsig **key);

/* A central default: the group's value, else the global one. DMS_E_ZONE_CFG_ITEM_NOT_FOUND. */
dms_error *config_value(struct db *db, TALLOC_CTX *mem, const char *key, int64_t sg_id,
			char **value);
dms_error *config_flag(struct db *db, const char *key, bool *value);
/* Absolute names in order; the group's list, else the global one; may be empty. NULL-terminated. */
dms_error *config_apex_ns(struct db *db, TALLOC_CTX *mem, int64_t sg_id, const char ***names);
/* Checks value and key (spec/json-rpc.md 11.2), then stores. */
dms_error *config_set(struct db *db, const char *key, int64_t sg_id, const char *value);

/* By name without regard to case, made if new; `name` NULL gives id 0. DMS_E_REFERENCE_FORMAT. */
dms_error *reference_get(struct db *db, const char *name, int64_t *id);
