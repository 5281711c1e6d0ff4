/* Values of the template keys. */
#include "render.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "../template.h"
#include "base/secret.h"
#include "zonefile.h"

enum scope { SCOPE_SETTINGS, SCOPE_ZONE };

struct filling {
	const struct renderer *renderer;
	const char *zone; /* NULL: settings */
	const struct zone_class *class;
};

/* A text inside quotes of named.conf: nothing that ends them early. */
static dms_error *
check_quotable(const char *what, const char *text)
{
	for (const char *c = text; *c != '\0'; c++) {
		if (*c == '"' || *c == '\\' || (unsigned char)*c < ' ')
			return dms_error_new(DMS_E_CONFIG_REJECTED,
					     "%s \"%s\" holds a character that cannot be quoted",
					     what, text);
	}
	return NULL;
}

static char *
without_final_dot(TALLOC_CTX *mem, const char *name)
{
	size_t size = strlen(name);
	return talloc_strndup(mem, name, size > 1 && name[size - 1] == '.' ? size - 1 : size);
}

static dms_error *
value_keys(const struct filling *f, TALLOC_CTX *mem, const char **value)
{
	const Dms__Settings *settings = f->renderer->settings;
	char *text = talloc_strdup(mem, "");
	for (size_t i = 0; i < settings->n_keys; i++) {
		const Dms__TsigKey *key = settings->keys[i];
		TRY(check_quotable("TSIG key name", key->name));
		TRY(check_quotable("TSIG algorithm", key->algorithm));
		text = talloc_asprintf_append_buffer(
		    text, "key \"%s\" {\n\talgorithm \"%s\";\n\tsecret \"%s\";\n};\n",
		    without_final_dot(mem, key->name), key->algorithm,
		    base64_encode(mem, key->secret.data, key->secret.len));
	}
	*value = text;
	return NULL;
}

/* Appends one entry of a primaries list. `entry` is "address", "address port" or "address port
 * key"; without a key of its own `key` signs, NULL: none. */
static dms_error *
add_primary(TALLOC_CTX *mem, const char *entry, const char *key, char **list)
{
	char *save = NULL, *words = talloc_strdup(mem, entry), *end = NULL;
	const char *address = strtok_r(words, " ", &save), *port_word = strtok_r(NULL, " ", &save);
	const char *own_key = strtok_r(NULL, " ", &save);
	long port = port_word != NULL ? strtol(port_word, &end, 10) : 53;
	uint8_t octets[16];
	bool is_address = address != NULL && (inet_pton(AF_INET, address, octets) == 1 ||
					      inet_pton(AF_INET6, address, octets) == 1);
	if (!is_address || port < 1 || port > 65535 || (end != NULL && *end != '\0'))
		return dms_error_new(DMS_E_CONFIG_REJECTED,
				     "master address \"%s\" is not \"address port\"", entry);
	*list = talloc_asprintf_append_buffer(*list, "%s port %ld", address, port);
	key = own_key != NULL ? own_key : key;
	if (key != NULL) {
		TRY(check_quotable("TSIG key name", key));
		*list = talloc_asprintf_append_buffer(*list, " key \"%s\"",
						      without_final_dot(mem, key));
	}
	*list = talloc_strdup_append_buffer(*list, "; ");
	return NULL;
}

static dms_error *
value_primaries(const struct filling *f, TALLOC_CTX *mem, const char **value)
{
	const Dms__Settings *settings = f->renderer->settings;
	const char *key = settings->n_keys > 0 ? settings->keys[0]->name : NULL;
	char *text = talloc_strdup(mem, "");
	for (size_t i = 0; i < settings->n_master_addresses; i++)
		TRY(add_primary(mem, settings->master_addresses[i], key, &text));
	*value = text;
	return NULL;
}

/* Those of other people: our own key means nothing to them. */
static dms_error *
value_zone_primaries(const struct filling *f, TALLOC_CTX *mem, const char **value)
{
	const struct zone_words *primaries = &f->class->primaries;
	char *text = talloc_strdup(mem, "");
	for (size_t i = 0; i < primaries->count; i++)
		TRY(add_primary(mem, primaries->items[i], NULL, &text));
	*value = text;
	return NULL;
}

static dms_error *
value_allow_transfer(const struct filling *f, TALLOC_CTX *mem, const char **value)
{
	const struct zone_words *prefixes = &f->class->allow_transfer;
	char *text = talloc_strdup(mem, "");
	for (size_t i = 0; i < prefixes->count; i++) {
		const char *prefix = prefixes->items[i];
		if (prefix[0] == '\0' ||
		    strspn(prefix, "0123456789abcdefABCDEF:./") != strlen(prefix))
			return dms_error_new(DMS_E_CONFIG_REJECTED,
					     "\"%s\" is no address and no prefix", prefix);
		text = talloc_asprintf_append_buffer(text, "%s; ", prefix);
	}
	*value = text[0] != '\0' ? text : "none;";
	return NULL;
}

static dms_error *
value_acls(const struct filling *f, TALLOC_CTX *mem, const char **value)
{
	const Dms__Settings *settings = f->renderer->settings;
	char *text = talloc_strdup(mem, "");
	for (size_t i = 0; i < settings->n_acls; i++) {
		const Dms__Acl *acl = settings->acls[i];
		TRY(check_quotable("server group", acl->sg));
		TRY(check_quotable("TSIG key name", acl->key));
		text = talloc_asprintf_append_buffer(text, "acl \"%s-servers\" { key \"%s\"; };\n",
						     acl->sg, without_final_dot(mem, acl->key));
	}
	*value = text;
	return NULL;
}

/* BIND does not mind a key in a transfer list that it does not know: it admits nobody then. So a
 * group may vanish from the settings before the last of its zones has been told. */
static dms_error *
value_transfer_keys(const struct filling *f, TALLOC_CTX *mem, const char **value)
{
	const Dms__Settings *settings = f->renderer->settings;
	char *text = talloc_strdup(mem, "");
	for (size_t i = 0; i < f->class->sgs.count; i++) {
		for (size_t n = 0; n < settings->n_acls; n++) {
			const Dms__Acl *acl = settings->acls[n];
			if (strcmp(acl->sg, f->class->sgs.items[i]) != 0 || acl->key[0] == '\0')
				continue;
			TRY(check_quotable("TSIG key name", acl->key));
			text = talloc_asprintf_append_buffer(text, "key \"%s\"; ",
							     without_final_dot(mem, acl->key));
		}
	}
	*value = text[0] != '\0' ? text : "none;";
	return NULL;
}

static dms_error *
key_name(const struct filling *f, TALLOC_CTX *mem, const char *purpose, const char **value)
{
	const Dms__Settings *settings = f->renderer->settings;
	for (size_t i = 0; i < settings->n_keys; i++) {
		if (purpose == NULL || strcmp(settings->keys[i]->purpose, purpose) == 0) {
			*value = without_final_dot(mem, settings->keys[i]->name);
			return check_quotable("TSIG key name", *value);
		}
	}
	return dms_error_new(DMS_E_TEMPLATE, "the settings hold no %s key for this server",
			     purpose != NULL ? purpose : "transfer");
}

static dms_error *
value_transfer_key(const struct filling *f, TALLOC_CTX *mem, const char **value)
{
	return key_name(f, mem, NULL, value);
}

static dms_error *
value_update_key(const struct filling *f, TALLOC_CTX *mem, const char **value)
{
	return key_name(f, mem, "update", value);
}

/* One half of notify_listen: "127.0.0.1:5354" or "[::1]:5354". */
static const char *
listen_part(const struct filling *f, TALLOC_CTX *mem, bool is_port)
{
	const char *text = f->renderer->config->notify_listen;
	const char *colon = strrchr(text, ':');
	if (colon == NULL)
		return text;
	if (is_port)
		return talloc_strdup(mem, colon + 1);
	if (text[0] == '[' && colon[-1] == ']')
		return talloc_strndup(mem, text + 1, (size_t)(colon - text) - 2);
	return talloc_strndup(mem, text, (size_t)(colon - text));
}

#define PLAIN(key, expression)                                                  \
	static dms_error *value_##key(const struct filling *f, TALLOC_CTX *mem, \
				      const char **value)                       \
	{                                                                       \
		*value = (expression);                                          \
		return NULL;                                                    \
	}

PLAIN(server_name, f->renderer->config->server_name)
PLAIN(sg, f->renderer->sg)
PLAIN(role, f->renderer->role)
PLAIN(config_dir, f->renderer->config->named_config_dir)
PLAIN(zone_dir, f->renderer->config->named_zone_dir)
PLAIN(notify_address, listen_part(f, mem, false))
PLAIN(notify_port, listen_part(f, mem, true))
PLAIN(name, without_final_dot(mem, f->zone))
PLAIN(file, zone_file_path(mem, f->renderer->config->named_zone_dir, f->zone))
PLAIN(zone_type, f->class->zone_type)
PLAIN(dnssec_policy, f->class->nsec3 ? "dms-nsec3" : "dms")

static const struct {
	const char *key;
	enum scope scope;
	dms_error *(*value)(const struct filling *f, TALLOC_CTX *mem, const char **value);
} table[] = {
#define RENDER_KEY(key, scope, help) {#key, SCOPE_##scope, value_##key},
#include "render_keys.def"
#undef RENDER_KEY
};

static dms_error *
lookup(void *arg, TALLOC_CTX *mem, const char *key, const char **value)
{
	const struct filling *f = arg;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (strcmp(table[i].key, key) == 0 &&
		    (table[i].scope == SCOPE_SETTINGS || f->zone != NULL))
			return table[i].value(f, mem, value);
	}
	const Dms__Settings *settings = f->renderer->settings;
	for (size_t i = 0; i < settings->n_values; i++) {
		if (strcmp(settings->values[i]->key, key) == 0)
			*value = settings->values[i]->value;
	}
	return NULL;
}

static const Dms__Template *
find_template(const struct renderer *renderer, const char *name)
{
	for (size_t i = 0; i < renderer->settings->n_templates; i++) {
		if (strcmp(renderer->settings->templates[i]->name, name) == 0)
			return renderer->settings->templates[i];
	}
	return NULL;
}

static dms_error *
render(const struct renderer *renderer, TALLOC_CTX *mem, const char *template_name,
       const char *zone, const struct zone_class *class, char **text)
{
	struct filling f = {.renderer = renderer, .zone = zone, .class = class};
	const Dms__Template *template = find_template(renderer, template_name);
	if (template == NULL)
		return dms_error_new(DMS_E_TEMPLATE, "the settings hold no template %s",
				     template_name);
	return template_expand(mem, template_name, template->body, lookup, &f, text);
}

dms_error *
render_settings(const struct renderer *renderer, TALLOC_CTX *mem, const char *template_name,
		char **text)
{
	return render(renderer, mem, template_name, NULL, NULL, text);
}

/* A role without a template of its own for signed or static zones treats them as the others; what
 * is transferred from elsewhere is another thing than what the hidden master has. */
static const char *
template_of(const struct renderer *renderer, const struct zone_class *class)
{
	if (strcmp(class->zone_type, "secondary") == 0)
		return TEMPLATE_ZONE_SECONDARY;
	if (strcmp(class->zone_type, "static") == 0 &&
	    find_template(renderer, TEMPLATE_ZONE_STATIC) != NULL)
		return TEMPLATE_ZONE_STATIC;
	if (class->auto_dnssec && find_template(renderer, TEMPLATE_ZONE_DNSSEC) != NULL)
		return TEMPLATE_ZONE_DNSSEC;
	return TEMPLATE_ZONE;
}

dms_error *
render_zone(const struct renderer *renderer, TALLOC_CTX *mem, const char *zone,
	    const struct zone_class *class, char **stanza, uint64_t *digest)
{
	uint8_t octets[32];
	char *text = NULL;
	TALLOC_CTX *scratch = talloc_new(mem);
	dms_error *error =
	    render(renderer, scratch, template_of(renderer, class), zone, class, &text);
	if (error == NULL && text != NULL) {
		template_squeeze(text);
		sha256(text, strlen(text), octets);
		*digest = 0;
		for (int i = 0; i < 8; i++)
			*digest = *digest << 8 | octets[i];
		*digest += *digest == 0;
		*stanza = talloc_steal(mem, text);
	}
	talloc_free(scratch);
	return error;
}
