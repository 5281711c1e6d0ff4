/* What names may look like, and how they lie to each other, in presentation form. */
#include "dns/name.h"

#include <string.h>

/* A dot is escaped when an odd number of backslashes stands before it. */
static bool
is_escaped(const char *name, const char *dot)
{
	size_t backslashes = 0;

	while (dot - backslashes > name && dot[-1 - (ptrdiff_t)backslashes] == '\\')
		backslashes++;
	return backslashes % 2 == 1;
}

/* Where `zone` begins within `name`, NULL: not at or below it. */
static const char *
find_zone(const char *name, const char *zone)
{
	size_t name_length = strlen(name), zone_length = strlen(zone);

	if (zone_length > name_length)
		return NULL;
	const char *at = name + name_length - zone_length;
	if (strcmp(at, zone) != 0)
		return NULL;
	if (at == name)
		return at;
	if (strcmp(zone, ".") == 0)
		return is_escaped(name, at) ? NULL : at;
	return at[-1] == '.' && !is_escaped(name, at - 1) ? at : NULL;
}

bool
name_is_within(const char *name, const char *zone)
{
	return find_zone(name, zone) != NULL;
}

char *
name_relative(TALLOC_CTX *mem, const char *name, const char *zone)
{
	const char *at = find_zone(name, zone);

	if (at == NULL)
		return NULL;
	if (at == name)
		return talloc_strdup(mem, "@");
	if (strcmp(zone, ".") != 0)
		at--; /* the dot before it */
	return talloc_strndup(mem, name, (size_t)(at - name));
}

char *
name_absolute(TALLOC_CTX *mem, const char *label, const char *zone)
{
	size_t length = strlen(label);

	if (strcmp(label, "@") == 0)
		return talloc_strdup(mem, zone);
	if (length > 0 && label[length - 1] == '.' && !is_escaped(label, label + length - 1))
		return talloc_strdup(mem, label);
	return talloc_asprintf(mem, "%s.%s", label, strcmp(zone, ".") == 0 ? "" : zone);
}

const char *
name_parent(const char *name)
{
	if (name[0] == '\0' || strcmp(name, ".") == 0)
		return NULL;
	for (const char *at = name; *at != '\0'; at++) {
		if (*at == '\\' && at[1] != '\0')
			at++;
		else if (*at == '.')
			return at[1] == '\0' ? at : at + 1;
	}
	return NULL;
}

static bool
is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* Letters, digits and `others`; '-' only inside. */
static bool
is_label(const char *label, size_t size, const char *others)
{
	if (size == 0 || size > 63 || label[0] == '-' || label[size - 1] == '-')
		return false;
	for (size_t i = 0; i < size; i++) {
		if (!is_alnum(label[i]) && label[i] != '-' && strchr(others, label[i]) == NULL)
			return false;
	}
	return true;
}

/* Every label by `is_label`; a final dot may be there. */
static bool
has_only_labels(const char *text, const char *others)
{
	size_t length = strlen(text);

	if (length == 0 || length > NAME_WIRE_MAX - 1)
		return false;
	while (*text != '\0') {
		size_t size = strcspn(text, ".");
		if (!is_label(text, size, others))
			return false;
		text += size + (text[size] == '.');
	}
	return true;
}

bool
name_is_host(const char *text, bool allow_wildcard)
{
	if (strcmp(text, "@") == 0)
		return true;
	if (allow_wildcard && text[0] == '*') {
		if (text[1] == '\0')
			return true;
		if (text[1] != '.')
			return false;
		text += 2;
		if (*text == '\0') /* "*." is the wildcard below the root */
			return true;
	}
	return has_only_labels(text, "");
}

dms_error *
zone_name_normalise(TALLOC_CTX *mem, const char *text, char **name)
{
	TRY(name_normalise(mem, text, NULL, name));
	/* A slash elsewhere is a network that went wrong. */
	bool is_reverse =
	    name_is_within(*name, "in-addr.arpa.") || name_is_within(*name, "ip6.arpa.");
	if (has_only_labels(*name, is_reverse ? "_/" : "_"))
		return NULL;
	dms_error *error = dms_error_new(
	    DMS_E_INVALID_DOMAIN_NAME,
	    "\"%s\" is not a zone name: labels are letters, digits, '-' inside and '_', in reverse "
	    "zones '/' too; nor is it a network",
	    *name);
	dms_error_put_str(error, "name", *name);
	talloc_free(*name);
	*name = NULL;
	return error;
}
