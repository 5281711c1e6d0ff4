/* The reader of zone text, piece by piece; for the zonetext_*.c files only. */
#pragma once

#include "dns/rdata_parts.h"
#include "dns/zonetext.h"

/* A single comment line of up to this many characters is written as it is; longer ones are wrapped.
 */
#define COMMENT_WIDTH 67
#define COMMENT_MAX   1024 /* characters, as the database holds them */

/* A comment that grows line by line. */
struct pending_comment {
	char *lines; /* each ends in a newline; NULL: none */
	size_t size;
	int line, column; /* where it began */
	const char *line_start;
	bool is_too_long;
};

/* Flags that wait for their record. */
struct pending_flags {
	bool is_disabled, has_lock_ptr, tracks_reverse, forces_reverse;
	char *reference;
	int line; /* 0: none waiting */
};

struct zone_reader {
	struct zone_text *text;
	struct findings *findings;
	TALLOC_CTX *scratch;

	const char *at, *end, *line_start;
	int line; /* 1-based */
	bool has_rewound;
	bool has_records; /* $TTL is too late */

	uint8_t zone[NAME_WIRE_MAX], origin[NAME_WIRE_MAX];
	size_t zone_size, origin_size;

	/* The record or directive at hand. */
	struct token *tokens;
	size_t count, capacity;
	bool has_owner, is_broken;

	/* The owner that blank ones inherit. */
	char label[NAME_TEXT_MAX + 1];
	enum { LABEL_NONE, LABEL_BAD, LABEL_GOOD } label_state;

	int group;
	struct pending_comment group_comment, record_comment;
	struct pending_flags flags;
	struct rdata_buffer rdata;
};

/* One record or directive, over several lines when parentheses say so, into `tokens`. False: it is
 * broken, and that has been found. The reader stands behind it either way. */
bool scan_tokens(struct zone_reader *reader);
/* To the start of the next line. */
void scan_next_line(struct zone_reader *reader);

void read_comment_line(struct zone_reader *reader);
/* The comment, on the text, or NULL; clears it. */
const char *comment_take(struct zone_reader *reader, struct pending_comment *comment);
void comment_clear(struct pending_comment *comment);
void flags_clear(struct pending_flags *flags);
void read_flags_line(struct zone_reader *reader);
void read_directive(struct zone_reader *reader);
void read_record(struct zone_reader *reader);

/* A finding at a place of the input. */
#define reader_error(reader, id, token, ...) \
	reader_finding(reader, FINDING_ERROR, id, token, 0, __VA_ARGS__)
void reader_finding(struct zone_reader *reader, int level, enum dms_err id,
		    const struct token *token, uint16_t type, const char *fmt, ...)
    __attribute__((format(printf, 6, 7)));
/* `token->at` within the line now read, for findings. */
struct token reader_place(const struct zone_reader *reader, const char *at);
bool token_is(const struct token *token, const char *word);
/* For messages; on scratch. */
const char *token_text(struct zone_reader *reader, const struct token *token);
