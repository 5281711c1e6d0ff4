/* The substitution in a NAPTR (RFC 3402 section 3.2): delimiter, extended regular expression,
 * replacement, flags. Read by hand, because a C library's compiler can be made to eat all memory by
 * an expression of 20 characters. */
#include <string.h>

#include "dns/rdata_codec.h"

enum { REPEATS_MAX = 255 };

struct expression {
	const uint8_t *at, *end;
	int depth, groups;
	bool has_atom;   /* something that can be repeated stands before */
	bool has_branch; /* the branch of an alternation is not empty */
};

/* "{2}", "{2,}" or "{2,4}" behind the brace. */
static bool
read_interval(struct expression *e)
{
	int low = 0, high = -1, digits = 0;

	for (; e->at < e->end && *e->at >= '0' && *e->at <= '9' && low <= REPEATS_MAX; digits++)
		low = low * 10 + (*e->at++ - '0');
	if (digits == 0 || e->at == e->end)
		return false;
	if (*e->at == ',') {
		e->at++;
		for (; e->at < e->end && *e->at >= '0' && *e->at <= '9' && high <= REPEATS_MAX;)
			high = (high < 0 ? 0 : high) * 10 + (*e->at++ - '0');
	}
	if (e->at == e->end || *e->at++ != '}')
		return false;
	return low <= REPEATS_MAX && high <= REPEATS_MAX && (high < 0 || low <= high);
}

/* "[^]a-z[:alpha:]]" behind the bracket. */
static bool
read_set(struct expression *e)
{
	if (e->at < e->end && *e->at == '^')
		e->at++;
	for (const uint8_t *first = e->at; e->at < e->end; e->at++) {
		if (*e->at == ']' && e->at > first) {
			e->at++;
			return true;
		}
		if (e->end - e->at > 2 && e->at[0] == '[' && strchr(":.=", e->at[1]) != NULL) {
			const uint8_t close[2] = {e->at[1], ']'};
			const uint8_t *end =
			    memmem(e->at + 2, (size_t)(e->end - e->at) - 2, close, 2);
			if (end == NULL)
				return false;
			e->at = end + 1;
		} else if (e->end - e->at > 2 && e->at[1] == '-' && e->at[2] != ']') {
			if (e->at[2] < e->at[0])
				return false;
			e->at += 2;
		}
	}
	return false;
}

/* One piece behind its first character `c`. */
static bool
read_piece(struct expression *e, uint8_t c)
{
	bool was_atom = e->has_atom;

	e->has_atom = false;
	switch (c) {
	case '*':
	case '+':
	case '?':
		return was_atom;
	case '{':
		return was_atom && read_interval(e);
	case '|':
		if (!e->has_branch)
			return false;
		e->has_branch = false;
		return true;
	case '(':
		e->depth++;
		e->groups++;
		e->has_branch = false;
		return true;
	case ')':
		e->has_atom = true;
		return e->has_branch && e->depth-- > 0;
	case '^':
	case '$':
		e->has_branch = true;
		return true;
	default:
		e->has_atom = e->has_branch = true;
		if (c == '\\')
			return e->at < e->end && e->at++ != NULL;
		return c != '[' || read_set(e);
	}
}

/* How many groups it has, -1: it is wrong. */
static int
count_groups(const uint8_t *at, const uint8_t *end)
{
	struct expression e = {.at = at, .end = end};

	while (e.at < e.end) {
		uint8_t c = *e.at++;
		if (c == '\0' || !read_piece(&e, c))
			return -1;
	}
	return e.depth == 0 && e.has_branch ? e.groups : -1;
}

/* Where the delimiter stands, not escaped; NULL: nowhere. */
static const uint8_t *
find_delimiter(const uint8_t *at, const uint8_t *end, uint8_t delimiter)
{
	for (; at < end; at++) {
		if (*at == delimiter)
			return at;
		if (*at == '\\')
			at++;
	}
	return NULL;
}

bool
regexp_is_fine(const uint8_t *text, size_t size)
{
	const uint8_t *end = text + size;

	if (size == 0)
		return true;
	if (text[0] == '\0' || strchr("123456789\\i0", text[0]) != NULL)
		return false;
	const uint8_t *middle = find_delimiter(text + 1, end, text[0]);
	const uint8_t *last = middle != NULL ? find_delimiter(middle + 1, end, text[0]) : NULL;
	int groups = last != NULL ? count_groups(text + 1, middle) : -1;
	if (groups < 0)
		return false;
	for (const uint8_t *at = middle + 1; at < last; at++) {
		if (*at == '\0')
			return false;
		if (*at != '\\')
			continue;
		at++;
		if (*at >= '0' && *at <= '9' && (*at == '0' || *at - '0' > groups))
			return false;
	}
	return last + 1 == end || (last + 2 == end && last[1] == 'i');
}
