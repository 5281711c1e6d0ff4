/* What a group's servers get besides zones: templates, keys, where the master is, who may transfer.
 */
#include "master_sm.h"

#include <string.h>

#include <openssl/sha.h>

static dms_error *
add_templates(struct db *db, TALLOC_CTX *mem, const struct server_group *sg, const char *type,
	      Dms__Settings *settings)
{
	struct db_result *rows;

	TRY(db_query(
	    db, mem, &rows,
	    "SELECT name, body FROM template WHERE sg_id = $1 AND server_type = $2 ORDER BY name",
	    P_INT(sg->id), P_TEXT(type)));
	settings->n_templates = (size_t)db_rows(rows);
	settings->templates = talloc_array(mem, Dms__Template *, (unsigned)db_rows(rows));
	for (int i = 0; i < db_rows(rows); i++) {
		Dms__Template *template = talloc(mem, Dms__Template);

		dms__template__init(template);
		template->name = (char *)db_text(rows, i, "name");
		template->body = (char *)db_text(rows, i, "body");
		settings->templates[i] = template;
	}
	return NULL;
}

/* The group's own key first. The master knows every key of ours, the update key among them; the
 * others those that their secondary zones are transferred with. */
static dms_error *
add_keys(struct db *db, TALLOC_CTX *mem, const struct server_group *sg, bool is_master,
	 Dms__Settings *settings)
{
	struct db_result *rows;

	TRY(db_query(db, mem, &rows,
		     "SELECT id, name, algorithm, secret, purpose FROM tsig_key k WHERE id = $1"
		     " OR ($2 AND purpose <> 'foreign')"
		     " OR (NOT $2 AND purpose = 'foreign' AND EXISTS (SELECT FROM zone_primary p"
		     "  JOIN zone z ON z.id = p.zone_id WHERE p.tsig_key_id = k.id"
		     "  AND z.state <> 'DELETED'"
		     "  AND (z.sg_id = $3 OR z.alt_sg_id = $3 OR $4 = 'replica')))"
		     " ORDER BY id <> $1, name",
		     P_INT(sg->tsig_key_id), P_BOOL(is_master), P_INT(sg->id), P_TEXT(sg->kind)));
	settings->n_keys = (size_t)db_rows(rows);
	settings->keys = talloc_array(mem, Dms__TsigKey *, (unsigned)db_rows(rows));
	for (int i = 0; i < db_rows(rows); i++) {
		Dms__TsigKey *key = talloc(mem, Dms__TsigKey);

		dms__tsig_key__init(key);
		key->name = (char *)db_text(rows, i, "name");
		key->algorithm = (char *)db_text(rows, i, "algorithm");
		key->purpose = (char *)db_text(rows, i, "purpose");
		key->secret.data = (uint8_t *)db_bytes(rows, i, "secret", &key->secret.len);
		settings->keys[i] = key;
	}
	return NULL;
}

/* The group's own addresses of the master, with the port of the master's server; else the server's.
 */
static dms_error *
add_master_addresses(struct db *db, TALLOC_CTX *mem, const struct server_group *sg,
		     Dms__Settings *settings)
{
	struct server *master;
	char **addresses = talloc_array(mem, char *, 2);
	size_t count = 0;

	TRY(server_master(db, mem, &master));
	if (sg->master_address != NULL)
		addresses[count++] =
		    talloc_asprintf(addresses, "%s %d", sg->master_address, master->port);
	if (sg->master_alt_address != NULL)
		addresses[count++] =
		    talloc_asprintf(addresses, "%s %d", sg->master_alt_address, master->port);
	if (count == 0)
		addresses[count++] =
		    talloc_asprintf(addresses, "%s %d", master->address, master->port);
	settings->master_addresses = addresses;
	settings->n_master_addresses = count;
	return NULL;
}

/* One entry a group: a stolen slave can read the zones of its own group and no others. */
static dms_error *
add_acls(struct db *db, TALLOC_CTX *mem, Dms__Settings *settings)
{
	struct db_result *rows;

	TRY(db_query(
	    db, mem, &rows,
	    "SELECT g.name, k.name AS key, coalesce(array_to_string(array_agg(DISTINCT"
	    " host(s.address)) FILTER (WHERE s.state <> 'DISABLED'), ' '), '') AS addresses"
	    " FROM server_group g JOIN tsig_key k ON k.id = g.tsig_key_id"
	    " LEFT JOIN server s ON s.sg_id = g.id WHERE g.kind <> 'master'"
	    " GROUP BY g.name, k.name ORDER BY g.name"));
	settings->n_acls = (size_t)db_rows(rows);
	settings->acls = talloc_array(mem, Dms__Acl *, (unsigned)db_rows(rows));
	for (int i = 0; i < db_rows(rows); i++) {
		Dms__Acl *acl = talloc(mem, Dms__Acl);
		char *words = talloc_strdup(mem, db_text(rows, i, "addresses"));
		char *save = NULL;

		dms__acl__init(acl);
		acl->sg = (char *)db_text(rows, i, "name");
		acl->key = (char *)db_text(rows, i, "key");
		acl->addresses = talloc_array(mem, char *, (unsigned)strlen(words) + 1);
		for (char *word = strtok_r(words, " ", &save); word != NULL;
		     word = strtok_r(NULL, " ", &save))
			acl->addresses[acl->n_addresses++] = word;
		settings->acls[i] = acl;
	}
	return NULL;
}

static void
seal(TALLOC_CTX *mem, Dms__Settings *settings)
{
	size_t size = dms__settings__get_packed_size(settings);
	uint8_t *packed = talloc_size(mem, size);

	dms__settings__pack(settings, packed);
	settings->sha256.data = talloc_size(mem, SHA256_DIGEST_LENGTH);
	settings->sha256.len = SHA256_DIGEST_LENGTH;
	SHA256(packed, size, settings->sha256.data);
	talloc_free(packed);
}

dms_error *
settings_make(struct db *db, TALLOC_CTX *mem, const struct server_group *sg,
	      const char *server_type, Dms__Settings **settings)
{
	bool is_master = strcmp(sg->kind, "master") == 0;
	Dms__Settings *made = talloc(mem, Dms__Settings);

	dms__settings__init(made);
	made->server_type = talloc_strdup(mem, server_type);
	TRY(add_templates(db, mem, sg, server_type, made));
	TRY(add_keys(db, mem, sg, is_master, made));
	if (is_master)
		TRY(add_acls(db, mem, made));
	else
		TRY(add_master_addresses(db, mem, sg, made));
	seal(mem, made);
	*settings = made;
	return NULL;
}

dms_error *
settings_digest(struct db *db, TALLOC_CTX *mem, const struct server_group *sg, uint8_t digest[32])
{
	static const char *const types[] = {"bind9", "nsd", "knot", "pdns"};
	uint8_t sums[4 * SHA256_DIGEST_LENGTH];

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		Dms__Settings *settings;

		TRY(settings_make(db, mem, sg, types[i], &settings));
		memcpy(sums + i * SHA256_DIGEST_LENGTH, settings->sha256.data,
		       SHA256_DIGEST_LENGTH);
	}
	SHA256(sums, sizeof(sums), digest);
	return NULL;
}
