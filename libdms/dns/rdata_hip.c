/* Host identities (RFC 8005): lengths first, then algorithm, tag and key, then names. */
#include <stdio.h>
#include <string.h>

#include "dns/rdata_codec.h"

enum { HEAD = 4 };

static int
hip_size(const uint8_t *rdata, size_t size)
{
	if (size < HEAD)
		return -1;
	size_t tag = rdata[0], key = (size_t)rdata[2] << 8 | rdata[3], at = HEAD + tag + key;
	if (tag == 0 || key == 0 || at > size)
		return -1;
	while (at < size) {
		size_t name = name_size(rdata + at, size - at);
		if (name == 0)
			return -1;
		at += name;
	}
	return (int)size;
}

static bool
encode(struct encoder *encoder)
{
	struct rdata_buffer *rdata = encoder->rdata;
	const struct rdata_text *text = encoder->text;
	uint8_t head[HEAD] = {0};
	size_t start = rdata->size;
	uint32_t algorithm;

	if (text->count < encoder->token + 3)
		return fault_at(encoder->fault, text->count,
				"algorithm, host identity tag and key are wanted");
	if (!token_number(&text->tokens[encoder->token], UINT8_MAX, &algorithm))
		return fault_at(encoder->fault, encoder->token, "not a number from 0 to 255");
	head[1] = (uint8_t)algorithm;
	if (!encode_octets(encoder, head, HEAD))
		return false;

	/* One word each, unlike other hexadecimal and base64. */
	struct rdata_text word = {.tokens = &text->tokens[++encoder->token], .count = 1};
	if (!tokens_hex(&word, 0, rdata, encoder->fault))
		return false;
	size_t tag = rdata->size - start - HEAD;
	word.tokens = &text->tokens[++encoder->token];
	if (!tokens_base64(&word, 0, rdata, encoder->fault))
		return false;
	size_t key = rdata->size - start - HEAD - tag;
	if (tag == 0 || tag > UINT8_MAX || key == 0 || key > UINT16_MAX)
		return fault_at(encoder->fault, encoder->token, "tag or key is empty or too long");
	rdata->octets[start] = (uint8_t)tag;
	rdata->octets[start + 2] = (uint8_t)(key >> 8);
	rdata->octets[start + 3] = (uint8_t)key;

	for (encoder->token++; encoder->token < text->count; encoder->token++) {
		if (!encode_name(encoder, &text->tokens[encoder->token], false))
			return false;
	}
	return true;
}

static void
print(struct printer *printer, const uint8_t *rdata, size_t size)
{
	size_t tag = rdata[0], key = (size_t)rdata[2] << 8 | rdata[3];

	printer->out += sprintf(printer->out, "%u ", rdata[1]);
	printer->out = print_hex(printer->out, rdata + HEAD, tag);
	*printer->out++ = ' ';
	printer->out = print_base64(printer->out, rdata + HEAD + tag, key);
	for (size_t at = HEAD + tag + key; at < size;) {
		size_t name = name_size(rdata + at, size - at);
		*printer->out++ = ' ';
		print_name(printer, rdata + at, name);
		at += name;
	}
}

const struct field_codec field_hip = {'H', 5, false, hip_size, encode, print};
