/* Tokens of rdata text, and what they spell. */
#include "dns/rdata_parts.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool
fault_at(struct rdata_fault *fault, size_t token, const char *fmt, ...)
{
	va_list arguments;

	fault->token = token;
	va_start(arguments, fmt);
	vsnprintf(fault->reason, sizeof fault->reason, fmt, arguments);
	va_end(arguments);
	return false;
}

bool
rdata_put(struct rdata_buffer *rdata, const void *octets, size_t size, struct rdata_fault *fault,
	  size_t token)
{
	if (size > RDATA_MAX - rdata->size)
		return fault_at(fault, token, "the rdata is longer than 65535 octets");
	if (size > 0) /* ldns has NULL for an empty field */
		memcpy(rdata->octets + rdata->size, octets, size);
	rdata->size += size;
	return true;
}

int
token_octet(const struct token *token, size_t *at, uint8_t *octet)
{
	size_t left = token->size - *at;
	const char *text = token->at + *at;

	if (left == 0)
		return 0;
	if (text[0] != '\\') {
		*octet = (uint8_t)text[0];
		*at += 1;
		return text[0] == '"' ? -1 : 1;
	}
	if (left < 2)
		return -1;
	if (text[1] < '0' || text[1] > '9') {
		*octet = (uint8_t)text[1];
		*at += 2;
		return 1;
	}
	if (left < 4 || text[2] < '0' || text[2] > '9' || text[3] < '0' || text[3] > '9')
		return -1;
	int value = (text[1] - '0') * 100 + (text[2] - '0') * 10 + (text[3] - '0');
	if (value > 255)
		return -1;
	*octet = (uint8_t)value;
	*at += 4;
	return 1;
}

bool
token_number(const struct token *token, uint32_t most, uint32_t *number)
{
	uint64_t value = 0;

	if (token->size == 0 || token->is_quoted)
		return false;
	for (uint32_t i = 0; i < token->size; i++) {
		if (token->at[i] < '0' || token->at[i] > '9')
			return false;
		value = value * 10 + (uint64_t)(token->at[i] - '0');
		if (value > most)
			return false;
	}
	*number = (uint32_t)value;
	return true;
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool
tokens_hex(const struct rdata_text *text, size_t first, struct rdata_buffer *rdata,
	   struct rdata_fault *fault)
{
	int high = -1;

	for (size_t i = first; i < text->count; i++) {
		if (text->tokens[i].is_quoted)
			return fault_at(fault, i, "hexadecimal is written without quotes");
		for (uint32_t at = 0; at < text->tokens[i].size; at++) {
			int digit = hex_digit(text->tokens[i].at[at]);
			if (digit < 0)
				return fault_at(fault, i, "not hexadecimal");
			if (high < 0) {
				high = digit;
				continue;
			}
			uint8_t octet = (uint8_t)(high << 4 | digit);
			if (!rdata_put(rdata, &octet, 1, fault, i))
				return false;
			high = -1;
		}
	}
	return high < 0 || fault_at(fault, text->count - 1, "an odd number of hexadecimal digits");
}

static int
base64_digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool
tokens_base64(const struct rdata_text *text, size_t first, struct rdata_buffer *rdata,
	      struct rdata_fault *fault)
{
	uint32_t bits = 0;
	int digits = 0, padding = 0;

	for (size_t i = first; i < text->count; i++) {
		if (text->tokens[i].is_quoted)
			return fault_at(fault, i, "base64 is written without quotes");
		for (uint32_t at = 0; at < text->tokens[i].size; at++) {
			char c = text->tokens[i].at[at];
			int digit = base64_digit(c);
			if (c == '=' && digits + padding < 4 && digits >= 2) {
				padding++;
				continue;
			}
			if (digit < 0 || padding > 0)
				return fault_at(fault, i, "not base64");
			bits = bits << 6 | (uint32_t)digit;
			if (++digits < 4)
				continue;
			uint8_t octets[3] = {(uint8_t)(bits >> 16), (uint8_t)(bits >> 8),
					     (uint8_t)bits};
			if (!rdata_put(rdata, octets, 3, fault, i))
				return false;
			digits = 0;
		}
	}
	if (digits == 0)
		return true;
	if (digits + padding != 4)
		return fault_at(fault, text->count - 1, "base64 is cut short");
	if ((bits & ((1U << 2 * padding) - 1)) != 0) /* RFC 4648 section 3.5 */
		return fault_at(fault, text->count - 1, "the end of the base64 has bits left over");
	bits <<= 6 * padding;
	uint8_t octets[2] = {(uint8_t)(bits >> 16), (uint8_t)(bits >> 8)};
	return rdata_put(rdata, octets, (size_t)digits - 1, fault, text->count - 1);
}

/* The end of the token that begins at `at`; NULL when a quote is not closed. A word may have a
 * quoted part: alpn="h2,h3". */
static const char *
token_end(const char *at, bool is_quoted)
{
	bool is_inside = is_quoted;

	for (; *at != '\0'; at++) {
		bool is_end = is_quoted ? *at == '"' : !is_inside && strchr(" \t;()", *at) != NULL;
		if (is_end)
			return at;
		if (*at == '\\' && at[1] != '\0')
			at++;
		else if (*at == '"')
			is_inside = !is_inside;
	}
	return is_inside ? NULL : at;
}

bool
rdata_split(TALLOC_CTX *mem, const char *text, struct token **tokens, size_t *count,
	    struct rdata_fault *fault)
{
	size_t capacity = 8;
	const char *at = text;

	*tokens = talloc_array(mem, struct token, capacity);
	*count = 0;
	for (at += strspn(at, " \t"); *at != '\0'; at += strspn(at, " \t")) {
		bool is_quoted = *at == '"';
		if (*at == ';' || *at == '(' || *at == ')')
			return fault_at(fault, *count, "'%c' outside quotes", *at);
		const char *end = token_end(at + is_quoted, is_quoted);
		if (end == NULL)
			return fault_at(fault, *count, "a quoted string is not closed");
		if (*count == RDATA_TOKENS_MAX)
			return fault_at(fault, *count, "more than %d words", RDATA_TOKENS_MAX);
		if (*count == capacity) {
			capacity *= 2;
			*tokens = talloc_realloc(mem, *tokens, struct token, capacity);
		}
		(*tokens)[(*count)++] = (struct token){
		    .at = at + is_quoted,
		    .size = (uint32_t)(end - at - is_quoted),
		    .line = 1,
		    .column = (int)(at - text) + 1,
		    .is_quoted = is_quoted,
		};
		at = end + is_quoted;
	}
	return true;
}
