/* The reader of zone text, piece by piece; for the zonetext_*.c files only. */
#pragma once

#include "dns/rdata_parts.h"
#include "dns/zonetext.h"

/* A single comment line of up to this many characters is written as it is; longer ones are wrapped.
 */
#define COMMENT_WIDTH 67
#define COMMENT_MAX   1024 /* characters, as the database holds them */

/* What the reader gives up at. */
enum {
	RECORD_TEXT_MAX = 4 << 20, /* octets from a record's first line to its last */
	REMARK_MAX = 1 << 16, /* octets of the plain comments at one place, as in the database */
	TTL_TEXT_MAX = 20,
	TAIL_PLACES = 16,
	INCLUDE_DEPTH_MAX = 16,
	INCLUDE_FILES_MAX = 1000,
	GENERATE_MAX = 1 << 16,         /* records that all $GENERATE of one text make */
	GENERATE_OCTETS_MAX = 32 << 20, /* of the text of those */
};

/* Lines that gather until their record comes; each ends in a newline. The room is used again. */
struct gathered {
	char *text;
	size_t size, capacity;
};

/* A comment that grows line by line. */
struct pending_comment {
	struct gathered lines;
	bool is_there, is_bad;
	struct token place; /* where it began; for line and column only */
};

/* Flags that wait for their record. */
struct pending_flags {
	bool is_disabled, has_lock_ptr, tracks_reverse, forces_reverse;
	char *reference;
	const char *update_op; /* static text */
	int line;              /* 0: none waiting */
};

/* Comments behind semicolons on the lines of the record at hand. */
struct pending_tail {
	struct gathered lines;
	size_t count;
	size_t places[TAIL_PLACES]; /* how many tokens came before each */
};

/* Where the text comes from: memory, or a file that passes through a buffer. */
struct zone_input {
	const char *at, *end, *line_start;
	int line;         /* 1-based */
	const char *name; /* of the file, for findings; NULL: the text itself */
	FILE *stream;     /* NULL: all of it is there */
	char *buffer;
	size_t capacity;
	bool has_rewound;
	int depth;                   /* of $INCLUDE */
	const struct token *made_by; /* $GENERATE: the place of everything in here; NULL: none */
};

struct zone_reader {
	struct zone_text *text;
	struct findings *findings;
	TALLOC_CTX *scratch;
	const struct zone_text_source *source;

	struct zone_input in;
	int included, generated; /* files, records */
	size_t generated_octets;
	int64_t ttl; /* $TTL now; -1: none yet */
	char ttl_text[TTL_TEXT_MAX + 1];
	bool has_items; /* an SOA or a record was read */

	uint8_t zone[NAME_WIRE_MAX], origin[NAME_WIRE_MAX];
	size_t zone_size, origin_size;

	/* The record or directive at hand. */
	struct token *tokens;
	size_t count, capacity;
	bool has_owner, is_broken;
	const char *record_start, *second_line; /* NULL: none */
	struct token open;                      /* its parenthesis; `at` NULL: none */

	/* The owner that blank ones inherit. */
	char label[NAME_TEXT_MAX + 1];
	enum { LABEL_NONE, LABEL_BAD, LABEL_GOOD } label_state;

	int group, last_group; /* -1: none; of the item before */
	struct pending_comment group_comment, record_comment;
	struct gathered remark, group_remark;
	struct pending_tail tail;
	struct pending_flags flags;
	struct rdata_buffer rdata;
};

/* --- zonetext_input.c --- */

/* The line at `at` becomes whole in the buffer, if its stream has it. Everything that points into
 * the record at hand moves along. */
void input_fill(struct zone_reader *reader);
/* To the start of the next line. */
void scan_next_line(struct zone_reader *reader);

/* --- zonetext_scan.c --- */

/* One record or directive, over several lines when parentheses say so, into `tokens`. False: it is
 * broken, and that has been found. The reader stands behind it either way. */
bool scan_tokens(struct zone_reader *reader);

/* --- zonetext_comment.c --- */

void read_comment_line(struct zone_reader *reader);
/* The line from `at`, without its end. */
const char *line_end(const struct zone_reader *reader, const char *at);
/* The comment, or NULL; clears it. It stays until another one begins. */
const char *comment_take(struct zone_reader *reader, struct pending_comment *comment);
void comment_clear(struct pending_comment *comment);
/* Length of the UTF-8 sequence at `at` (RFC 3629), 0: malformed or a control character. */
size_t utf8_size(const uint8_t *at, size_t left);

/* --- zonetext_flags.c --- */

void read_flags(struct zone_reader *reader, const char *at, const char *end);
void flags_clear(struct pending_flags *flags);

/* --- zonetext_layout.c --- */

void gather(struct zone_reader *reader, struct gathered *lines, const char *at, size_t size);
/* A plain comment line, from its semicolon on. */
void remark_add_line(struct zone_reader *reader, const char *at, const char *end);
/* An empty line: the group ends, and a group comment right before it opens none. */
void remark_add_blank(struct zone_reader *reader);
/* A group comment begins: what came before it is the group's. */
void remark_begin_group(struct zone_reader *reader);
/* What was gathered, NULL: nothing; it stays until more is gathered. `is_joined`: an empty line in
 * front counts, because nothing else parts it from the item before. */
const char *remark_take(struct zone_reader *reader, struct gathered *lines, bool is_joined);
/* Behind a semicolon, up to the line's end. */
void tail_add(struct zone_reader *reader, const char *at, const char *end);
const char *tail_take(struct zone_reader *reader);
/* The same for the SOA, whose values begin behind `first` tokens: struct zone_text's soa_tail, on
 * the text. */
const char *tail_take_soa(struct zone_reader *reader, size_t first);
/* A directive's: it becomes a line of its own. */
void tail_to_remark(struct zone_reader *reader);
/* The writer's own words for the SOA's seven values. */
extern const char *const soa_words[7];

/* --- directives and records --- */

void read_directive(struct zone_reader *reader);
void read_include(struct zone_reader *reader);
void read_generate(struct zone_reader *reader);
void read_record(struct zone_reader *reader);
/* All lines of the input. */
void read_lines(struct zone_reader *reader);
/* How it was typed, on the text; NULL when the writer spells it like that by itself. */
const char *ttl_spelling(struct zone_reader *reader, const char *typed, size_t size, uint32_t ttl);

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
