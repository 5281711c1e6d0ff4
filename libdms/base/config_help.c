/* The key table in words: for a terminal, and for man. */
#include <inttypes.h>

#include "base/config_table.h"

static const char *
type_word(enum config_type type)
{
	switch (type) {
	case TYPE_string:
		return "text";
	case TYPE_path:
		return "path";
	case TYPE_integer:
		return "integer";
	case TYPE_milliseconds:
		return "time";
	case TYPE_bytes:
		return "size";
	case TYPE_boolean:
		return "boolean";
	}
	return "";
}

/* "5m" for 300000: the largest unit that divides */
static void
write_bound(FILE *out, const struct config_key *key, int64_t value)
{
	static const struct {
		enum config_type type;
		int64_t factor;
		const char *name;
	} units[] = {
	    {TYPE_milliseconds, 86400000, "d"}, {TYPE_milliseconds, 3600000, "h"},
	    {TYPE_milliseconds, 60000, "m"},    {TYPE_milliseconds, 1000, "s"},
	    {TYPE_milliseconds, 1, "ms"},       {TYPE_bytes, 1 << 30, "g"},
	    {TYPE_bytes, 1 << 20, "m"},         {TYPE_bytes, 1 << 10, "k"},
	};

	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
		if (units[i].type == key->type && value != 0 && value % units[i].factor == 0) {
			fprintf(out, "%" PRId64 "%s", value / units[i].factor, units[i].name);
			return;
		}
	}
	fprintf(out, "%" PRId64 "%s", value, key->type == TYPE_milliseconds ? "ms" : "");
}

/* "time, 100ms to 1h" */
static void
write_type(FILE *out, const struct config_key *key)
{
	fputs(type_word(key->type), out);
	if (key->min == 0 && key->max == 0)
		return;
	fputs(", ", out);
	write_bound(out, key, key->min);
	fputs(" to ", out);
	write_bound(out, key, key->max);
}

void
config_help(FILE *out, enum program program)
{
	fprintf(
	    out,
	    "Keys of %s, in section [%s] or, for all programs of a host, [dms] of the file given\n"
	    "with -c, else $DMS_CONFIG, else /etc/dms/dms.conf:\n",
	    program_name(program), program_name(program));
	for (int i = 0; i < config_key_count; i++) {
		const struct config_key *key = &config_keys[i];
		if ((key->programs & program) == 0)
			continue;
		fprintf(out, "\n%s = %s\n    (", key->name, key->default_text);
		write_type(out, key);
		fprintf(out, ") %s\n", key->help);
	}
}

/* roff source: a backslash is doubled, a leading dot or quote is covered, a hyphen stays a hyphen
 */
static void
write_roff(FILE *out, const char *text)
{
	if (*text == '.' || *text == '\'')
		fputs("\\&", out);
	for (; *text != '\0'; text++) {
		if (*text == '\\')
			fputs("\\e", out);
		else if (*text == '-')
			fputs("\\-", out);
		else
			fputc(*text, out);
	}
}

void
config_man(FILE *out, enum program program)
{
	fputs(
	    ".SH CONFIGURATION\nThe configuration file is the one given with\n.BR \\-c ,\nelse the "
	    "one that\n.B DMS_CONFIG\nin the environment names, else\n.IR /etc/dms/dms.conf .\n"
	    "Keys stand in section\n.B [",
	    out);
	write_roff(out, program_name(program));
	fputs(
	    "]\nor, for all programs of a host, in\n.BR [dms] ;\nthe program's own section wins.\n"
	    "Relative paths are relative to the folder of the file. A semicolon after a blank "
	    "begins a comment.\n",
	    out);
	for (int i = 0; i < config_key_count; i++) {
		const struct config_key *key = &config_keys[i];
		if ((key->programs & program) == 0)
			continue;
		fprintf(out, ".TP\n.B %s\n", key->name);
		write_roff(out, key->help);
		fputs("\n(", out);
		write_type(out, key);
		if (key->default_text[0] != '\0') {
			fputs("; default ", out);
			write_roff(out, key->default_text);
		}
		fputs(")\n", out);
	}
}
