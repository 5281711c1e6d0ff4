/* Writing zone text and master files: what both need. */
#pragma once

#include <stdio.h>

#include "dns/zonetext.h"

/* A text that grows as it is printed to. */
struct text_stream {
	FILE *out;
	char *text;
	size_t size;
};
FILE *text_stream_open(struct text_stream *stream);
/* Closes it; the text, on `mem`. */
char *text_stream_take(TALLOC_CTX *mem, struct text_stream *stream);

#define TTL_TEXT_SIZE 12
/* In the largest unit that leaves nothing over: "1h", "90m", "61". */
void ttl_print(uint32_t ttl, char text[TTL_TEXT_SIZE]);

/* The header block, with every name that has A-labels in both forms; the reader drops it. */
void write_header(FILE *out, const struct zone_text *text, const struct zone_text_header *header);

/* The comment line by line behind `lead`; without any newline in it, wrapped. NULL: nothing. */
void write_comment(FILE *out, const char *lead, const char *comment);

/* Plain comment lines. In a group they are no more than that, and there are no empty ones; where
 * nothing stands before them (`is_joined` false) an empty line in front is left out. */
void write_remark(FILE *out, const char *remark, bool is_in_group, bool is_joined);
/* The lines of a tail behind `lead`, those after the first behind `next_lead`. */
void write_tail(FILE *out, const char *lead, const char *tail, const char *next_lead);
/* The first line of `words`, or `usual`; returns the lines behind it, NULL: none. */
const char *write_soa_word(FILE *out, const char *words, const char *usual);

/* Never fails: octets that do not fit their type are written as RFC 3597 has it. */
char *record_rdata_text(TALLOC_CTX *mem, const struct zone_text_record *record, const char *origin);
/* "owner ttl IN type rdata\n", all of it absolute. (zonetext_master.c) */
void record_write_plain(FILE *out, const struct zone_text *text,
			const struct zone_text_record *record, int64_t default_ttl);
