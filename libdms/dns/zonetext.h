/* Zone text: reader and writer of the dialect (spec/zone-data.md sections 8 and 9). */
#pragma once

#include <jansson.h>
#include <stdio.h>

#include "dns/rr.h"

struct zone_text_group {
	const char *comment; /* NULL: the group without comment */
	const char *tag;     /* "APEX_RRS" or NULL */
	const char *remark;  /* plain lines before the comment, as of a record; NULL: none */
};

struct zone_text_record {
	const char *label; /* relative to the zone, lower case, "@" for the apex */
	uint16_t type;
	int64_t ttl; /* -1: the zone's */
	const uint8_t *rdata;
	size_t rdata_size;
	int group; /* index, -1: none */
	bool is_disabled, has_lock_ptr, tracks_reverse, forces_reverse;
	const char *reference; /* NULL: none */
	const char *comment;   /* NULL: none */
	/* Layout, each NULL when there is none. */
	const char *ttl_text; /* how `ttl` was typed, when the writer would spell it differently */
	const char *remark;   /* plain comment lines before it with their semicolons, joined by
				 newlines; an empty line is one of the text */
	const char *tail;     /* what stands behind semicolons on its own lines, likewise joined */
	/* Where its first word is in the text, 1-based; 0: not from text. */
	int line, column;
	const char *file; /* whose line; NULL: the text itself. Lives as long as the text */
	int64_t id;       /* the number its store knows it by; 0: not stored */
	bool is_context;  /* there so that others can be checked; nothing is found about it */
	/* In an update alone: what to do with it, static text such as "ADD"; and for a DELETE
	 * whether it is about its whole RRset (type RR_ANY: all of the owner), there being no
	 * rdata. */
	const char *update_op;
	bool is_whole_rrset;
};

/* A zone's content in memory: what is read, checked, stored and written. */
struct zone_text {
	const char *zone; /* absolute */
	int64_t zone_ttl; /* -1: none given */
	bool has_soa;
	struct soa soa;
	int soa_line, soa_column; /* as of a record */
	int64_t soa_ttl;          /* -1: none */
	const char *reference;    /* of the zone: REF: on the SOA */
	/* Whether this text says what layout there is; without it a store keeps what it has. */
	bool has_layout;
	const char *zone_ttl_text, *soa_ttl_text, *soa_comment, *soa_remark; /* as of a record */
	/* Comments behind the SOA's seven values, a line for each, empty for the writer's own word;
	 * then any others. NULL: all as the writer does it. */
	const char *soa_tail;
	const char *end_remark;  /* plain lines behind the last record */
	const char *update_type; /* of an update: its $UPDATE_TYPE; NULL: none */
	struct zone_text_group *groups;
	size_t group_count;
	struct zone_text_record *records; /* without the SOA */
	size_t record_count, record_capacity;
	struct zone_text_room *room; /* where the records' strings and rdata lie */
};

struct zone_text *zone_text_new(TALLOC_CTX *mem, const char *zone);
int zone_text_add_group(struct zone_text *text, const char *comment, const char *tag);
/* Copies everything in. */
void zone_text_add(struct zone_text *text, const struct zone_text_record *record);

#define ZONE_TEXT_FINDINGS_MAX 100

/* Something wrong with a zone's content, or doubtful. */
struct finding {
	enum { FINDING_ERROR, FINDING_WARNING } level;
	enum dms_err id;   /* the stable code */
	int line, column;  /* 1-based; 0: not from text */
	const char *file;  /* whose line; NULL: the text itself. Lives as long as the findings */
	const char *label; /* NULL: not about a record */
	uint16_t type;     /* 0: the same */
	const char *rdata; /* its text, cut to a length a human reads; NULL: not known */
	const char *message;
	const char
	    *input_line; /* the line of the text, cut to a length a human reads; NULL: none */
};
/* When it is full, an error still takes a warning's place, so that errors are never lost to
 * warnings. */
struct findings {
	struct finding items[ZONE_TEXT_FINDINGS_MAX];
	size_t count;
	size_t error_count;   /* all errors, those without a place among `items` too */
	size_t dropped;       /* findings without a place */
	size_t warning_count; /* warnings among `items`: an error takes the place of one */
	/* Some records could not be read: checks for what is not there are left out. */
	bool is_incomplete;
};
/* Adds one; `finding` without message. `mem` must live as long as the findings. */
void finding_add(struct findings *findings, TALLOC_CTX *mem, const struct finding *finding,
		 const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* What finding_add would do with one more of that level: false, it would only be counted. */
bool findings_have_place(const struct findings *findings, int level);
/* By line and column; those without a line come last. */
void findings_sort(struct findings *findings);
/* Gives findings that know their line the line of the text they are about, on `mem`. */
void findings_quote(struct findings *findings, TALLOC_CTX *mem, const char *input, size_t size);
/* [{"level","code","name","line","column","label","type","rdata","message"}...] */
json_t *findings_to_json(const struct findings *findings);
/* The first error as a dms_error with name, rr_data {label,type,rdata}, lineno, col,
 * marked_input_line (">!<" at the place) and all findings in its data; NULL if there is none. */
dms_error *findings_error(const struct findings *findings, const char *zone);

/* Reads text. Goes on after an error; findings carry line and column (in octets) and live on the
 * text. Always gives a zone_text. `findings` start as {0}. */
void zone_text_read(TALLOC_CTX *mem, const char *zone, const char *input, size_t size,
		    struct zone_text **text, struct findings *findings);
/* Where text comes from, when it is more than a string. */
struct zone_text_source {
	FILE *stream;     /* read to its end, piece by piece; NULL: `input` */
	const char *name; /* of the file, for findings; or NULL */
	const char *input;
	size_t size;
	/* Opens the file that $INCLUDE names in the file `from` (NULL: the text itself); the reader
	 * closes it. `*path` is its name for findings, on `mem`. NULL: `*reason` says why not.
	 * Without this hook $INCLUDE is refused with DMS_E_INCLUDE_NOT_SUPPORTED: text of remote
	 * callers must never name files. */
	FILE *(*include)(void *context, TALLOC_CTX *mem, const char *name, const char *from,
			 const char **path, const char **reason);
	void *context;
	/* An update of a zone (spec/zone-tool.md section 10): every record says by ;!RROP: what to
	 * do with it, a DELETE may be of type ANY or without rdata, and there is no SOA. */
	bool is_update;
};
/* Whether it is the form of a reference (spec/zone-data.md section 7). */
bool zone_text_is_reference(const char *at, size_t size);
/* The update operation of that name in its own spelling; NULL: there is none for users. */
const char *zone_text_update_op(const char *name, size_t size);
/* Whether it can name a kind of update: 1 to 60 of A-Z a-z 0-9 - _ . */
bool zone_text_is_update_type(const char *name, size_t size);
/* zone_text_read of a source. Of a stream there is never more in memory than a piece of 256 KiB, or
 * one record (of at most 4 MiB). */
void zone_text_read_source(TALLOC_CTX *mem, const char *zone, const struct zone_text_source *source,
			   struct zone_text **text, struct findings *findings);
/* Checks the whole along the table of docs/checks.md (spec/zone-data.md section 6), all but its
 * apex. Disabled records take no part. What is found lives on `text`; the findings get sorted.
 * About n log n. */
void zone_text_check(const struct zone_text *text, struct findings *findings);
/* The apex, once it is completed: an SOA and its values, at least one enabled NS. */
void zone_text_check_apex(const struct zone_text *text, struct findings *findings);
/* The serial beside the published one (0: none), RFC 1982. */
void zone_text_check_serial(const struct zone_text *text, uint32_t published,
			    struct findings *findings);
/* The table of checks as Markdown. */
void zone_text_print_checks(FILE *out);
/* Gives each RRset one TTL, the lowest of its enabled records (RFC 2181 section 5.2). */
void zone_text_unify_ttls(struct zone_text *text);
/* Makes the most frequent TTL that of the zone, if the text has said one; every record keeps the
 * TTL that it has. */
void zone_text_normalise_ttls(struct zone_text *text);

struct zone_text_header {
	/* Each line is left out when NULL. */
	const char *reference, *change_by, *zi_id, *zi_ctime, *zi_ptime;
};
/* The dialect, as show_zone prints it, in the order of the text: the apex with its group, then
 * every group where its first record is; with `header` NULL no header block. `leave_out_apex` drops
 * SOA and apex NS. On `mem`. What is written reads back as the same content and layout; see
 * docs/zone-text.md. */
char *zone_text_write(TALLOC_CTX *mem, const struct zone_text *text,
		      const struct zone_text_header *header, bool leave_out_apex);
/* One record a line: absolute names in lower case, TTL, IN, type, canonical rdata; disabled ones
 * left out, in the canonical order of RFC 4034 section 6. Two texts with the same enabled records
 * have the same normal form. */
void zone_text_normal_form(FILE *out, const struct zone_text *text);
/* Plain master file for a name server: one record a line, absolute names, disabled ones left out.
 */
char *zone_text_master_file(TALLOC_CTX *mem, const struct zone_text *text, uint32_t serial);
