/* What the arguments of the commands are called in the methods. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tool.h"

enum kind {
	TEXT,
	TEXT_OR_NONE, /* none, def and default leave it out */
	LIST,
	NUMBER,
	SECONDS, /* decimal, becomes milliseconds */
	DAYS,    /* decimal */
	ZONE_FILE,
	ZONE_FILE_OR_INPUT, /* "-" is standard input */
	ZONE_OPTION,
	YES,
	NO,
	PUBLISHED, /* the word */
	OWN,       /* the command makes the parameter itself */
};

/* Where an argument has several lines, the method decides. */
static const struct mapping {
	const char *argument; /* as synopses call it, "-x" for a flag */
	const char *param;
	enum kind kind;
	int64_t least, most;
} mappings[] = {
    {"-b", "timeout_ms", OWN, 0, 0},
    {"-a", "show_all", YES, 0, 0},
    {"-i", "inc_updates", YES, 0, 0},
    {"-p", "replica_sg", YES, 0, 0},
    {"-p", "until", PUBLISHED, 0, 0},
    {"-u", "force_soa_serial_update", YES, 0, 0},
    {"-t", "include_disabled", NO, 0, 0},
    {"-t", "show_active", YES, 0, 0},
    {"address", "address", TEXT, 0, 0},
    {"algorithm", "algorithm", TEXT, 0, 0},
    {"alt-address", "alt_address", TEXT_OR_NONE, 0, 0},
    {"change-id", "change_id", NUMBER, 1, INT64_MAX},
    {"config-dir", "config_dir", TEXT_OR_NONE, 0, 0},
    {"comment", "comment", TEXT, 0, 0},
    {"days", "age_days", DAYS, 0, 1000000},
    {"dest", "name", TEXT, 0, 0},
    {"domain", "name", TEXT, 0, 0},
    {"file", "zi_text", ZONE_FILE, 0, 0},
    {"file|-", "update_text", ZONE_FILE_OR_INPUT, 0, 0},
    {"job-id", "job_id", NUMBER, 1, INT64_MAX},
    {"key", "config_key", TEXT, 0, 0},
    {"key-name", "key_name", TEXT, 0, 0},
    {"label", "label", TEXT, 0, 0},
    {"master-address", "address", TEXT_OR_NONE, 0, 0},
    {"max", "zi_max_num", NUMBER, 0, 1000000},
    {"n", "last_limit", NUMBER, 1, 10000},
    {"name", "name", TEXT, 0, 0},
    {"name|network/mask", "name", TEXT, 0, 0},
    {"ns-name", "ns_servers", LIST, 0, 0},
    {"pattern", "names", LIST, 0, 0},
    {"port", "port", NUMBER, 1, 65535},
    {"prefix", "allow_transfer", LIST, 0, 0},
    {"primary", "primaries", LIST, 0, 0},
    {"rdata", "rdata", TEXT, 0, 0},
    {"reference", "reference", TEXT, 0, 0},
    {"rr-type", "type", TEXT, 0, 0},
    {"secret", "secret", TEXT, 0, 0},
    {"seconds", "timeout_ms", SECONDS, 0, 300},
    {"serial", "soa_serial", NUMBER, 1, 4294967295},
    {"server", "server_name", TEXT, 0, 0},
    {"server", "names", LIST, 0, 0},
    {"sg", "sg_name", TEXT, 0, 0},
    {"source", "src_name", TEXT, 0, 0},
    {"ssh-address", "ssh_address", TEXT_OR_NONE, 0, 0},
    {"ttl", "zone_ttl", TEXT, 0, 0},
    {"token", "edit_lock_token", TEXT, 0, 0},
    {"type", "server_type", TEXT, 0, 0},
    {"types", "type", TEXT, 0, 0},
    {"update-id", "update_id", NUMBER, 1, INT64_MAX},
    {"value", "value", TEXT, 0, 0},
    {"zi", "zi_id", TEXT, 0, 0},
    {"zi-id", "zi_id", NUMBER, 1, INT64_MAX},
    {"zi1", "from", TEXT, 0, 0},
    {"zi2", "to", TEXT, 0, 0},
    {"zone", "name", TEXT, 0, 0},
    {"zone-id", "zone_id", NUMBER, 1, INT64_MAX},
    {"zone-file", "zones", OWN, 0, 0},
    {"zone-option", "", ZONE_OPTION, 0, 0},
    {"zone1", "name", TEXT, 0, 0},
    {"zone2", "to_name", TEXT, 0, 0},
};

#define MAPPINGS (sizeof(mappings) / sizeof(mappings[0]))

static const char *const zone_options[] = {"use_apex_ns", "edit_lock",   "auto_dnssec",
					   "nsec3",       "inc_updates", NULL};

static bool
has_param(int method, const char *name)
{
	for (const struct rpc_param *p = rpc_methods[method].params; p->name != NULL; p++)
		if (strcmp(p->name, name) == 0)
			return true;
	return false;
}

/* The line for an argument whose parameter the method has; else any, for commands that make their
 * calls themselves. */
static const struct mapping *
find_mapping(const char *argument, int method)
{
	const struct mapping *any = NULL;

	for (size_t i = 0; i < MAPPINGS; i++) {
		if (strcmp(mappings[i].argument, argument) != 0)
			continue;
		if (mappings[i].param[0] == '\0' || has_param(method, mappings[i].param))
			return &mappings[i];
		any = &mappings[i];
	}
	return any;
}

const char *
param_of(const char *argument, int method)
{
	const struct mapping *mapping = find_mapping(argument, method);

	return mapping != NULL ? mapping->param : NULL;
}

const char *
zone_option_name(size_t n)
{
	return n < sizeof(zone_options) / sizeof(zone_options[0]) ? zone_options[n] : NULL;
}

dms_error *
take_zone_option(json_t *params, const char *word)
{
	bool is_off = strncmp(word, "no_", 3) == 0;
	bool is_default = strncmp(word, "def_", 4) == 0;
	const char *name = word + (is_off ? 3 : is_default ? 4 : 0);

	for (size_t i = 0; zone_options[i] != NULL; i++) {
		if (strcmp(zone_options[i], name) != 0)
			continue;
		if (is_default)
			json_object_del(params, name);
		else
			json_object_set_new(params, name, json_boolean(!is_off));
		return NULL;
	}
	return dms_error_new(
	    DMS_E_USAGE,
	    "'%s' is not a zone option: use_apex_ns, edit_lock, auto_dnssec, nsec3 "
	    "or inc_updates, with no_ or def_ before it or without",
	    word);
}

dms_error *
take_number(const char *what, const char *word, int64_t least, int64_t most, int64_t *number)
{
	char *end;
	bool is_digits = word[0] != '\0' && word[strspn(word, "0123456789")] == '\0';

	errno = 0;
	*number = strtoll(word, &end, 10);
	if (is_digits && errno == 0 && *number >= least && *number <= most)
		return NULL;
	if (most == INT64_MAX)
		return dms_error_new(DMS_E_USAGE, "%s '%s': a whole number from %lld on is wanted",
				     what, word, (long long)least);
	return dms_error_new(DMS_E_USAGE, "%s '%s': a whole number from %lld to %lld is wanted",
			     what, word, (long long)least, (long long)most);
}

static dms_error *
take_decimal(const struct mapping *mapping, const char *word, double *number)
{
	bool is_plain = word[0] != '\0' && word[strspn(word, "0123456789.")] == '\0';
	char *end = NULL;

	*number = is_plain ? strtod(word, &end) : -1;
	if (is_plain && *end == '\0' && end != word && *number <= (double)mapping->most)
		return NULL;
	return dms_error_new(DMS_E_USAGE, "%s '%s': a decimal number from %lld to %lld is wanted",
			     mapping->argument, word, (long long)mapping->least,
			     (long long)mapping->most);
}

static dms_error *
read_file(struct command_line *line, const char *path, json_t **value)
{
	char *text;

	TRY(read_zone_file(line->mem, path, &text));
	*value = json_string(text);
	talloc_free(text);
	return NULL;
}

static bool
is_none(const char *word)
{
	return strcmp(word, "none") == 0 || strcmp(word, "def") == 0 ||
	       strcmp(word, "default") == 0;
}

/* The word as the parameter's JSON; NULL leaves it out. */
static dms_error *
make_value(struct command_line *line, const struct mapping *mapping, const char *word,
	   json_t **value)
{
	int64_t number;
	double decimal;

	*value = NULL;
	switch (mapping->kind) {
	case YES:
	case NO:
		*value = json_boolean(mapping->kind == YES);
		return NULL;
	case PUBLISHED:
		*value = json_string("PUBLISHED");
		return NULL;
	case NUMBER:
		TRY(take_number(mapping->argument, word, mapping->least, mapping->most, &number));
		*value = json_integer(number);
		return NULL;
	case SECONDS:
		TRY(take_decimal(mapping, word, &decimal));
		*value = json_integer((json_int_t)(decimal * 1000 + 0.5));
		return NULL;
	case DAYS:
		TRY(take_decimal(mapping, word, &decimal));
		*value = json_real(decimal);
		return NULL;
	case ZONE_FILE:
		return read_file(line, word, value);
	case ZONE_FILE_OR_INPUT:
		return read_file(line, strcmp(word, "-") == 0 ? "/dev/stdin" : word, value);
	case TEXT_OR_NONE:
		if (is_none(word))
			return NULL;
		break;
	default:
		break;
	}
	*value = json_string(word);
	if (*value == NULL)
		return dms_error_new(DMS_E_USAGE, "%s: what stands for %s is not UTF-8 text",
				     line->words[0], mapping->argument);
	return NULL;
}

static dms_error *
put_word(struct command_line *line, int method, const char *argument, const char *word)
{
	const struct mapping *mapping = find_mapping(argument, method);
	json_t *value, *list;

	if (mapping == NULL || mapping->kind == OWN) /* -v: how to show, no parameter */
		return NULL;
	if (mapping->kind == ZONE_OPTION)
		return take_zone_option(line->params, word);
	TRY(make_value(line, mapping, word, &value));
	if (value == NULL)
		return NULL;
	if (mapping->kind != LIST) {
		json_object_set_new(line->params, mapping->param, value);
		return NULL;
	}
	list = json_object_get(line->params, mapping->param);
	if (list == NULL) {
		list = json_array();
		json_object_set_new(line->params, mapping->param, list);
	}
	json_array_append_new(list, value);
	return NULL;
}

/* Words to arguments: the required ones get theirs, what is over goes to the optional ones from the
 * left. */
static dms_error *
put_arguments(struct command_line *line, const struct syntax *syntax, int method)
{
	int spare = line->count - 1 - syntax->least;
	int word = 1;

	for (int i = 0; i < syntax->count; i++) {
		bool is_optional = syntax->arguments[i].is_optional;
		int take = is_optional ? 0 : 1;

		if (syntax->arguments[i].is_many)
			take += spare;
		else if (is_optional && spare > 0)
			take = 1;
		spare -= take - (is_optional ? 0 : 1);
		for (; take > 0; take--)
			TRY(put_word(line, method, syntax->arguments[i].name, line->words[word++]));
	}
	return NULL;
}

dms_error *
params_from_words(struct command_line *line, const struct syntax *syntax,
		  const struct command *command)
{
	line->params = command->fixed != NULL ? json_loads(command->fixed, 0, NULL) : json_object();
	TRY(put_arguments(line, syntax, command->method));
	for (int letter = 0; letter < 128; letter++) {
		char flag[3] = {'-', (char)letter, '\0'};
		const char *wanted = syntax->options[letter].value;

		if (line->values[letter] != NULL)
			TRY(put_word(line, command->method, wanted[0] != '\0' ? wanted : flag,
				     line->values[letter]));
	}
	return NULL;
}
