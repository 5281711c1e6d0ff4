/* Records of the state file: writing, reading, rewriting. */
#include "state.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/secret.h"

#define MAGIC         "dms-agent-state 1\n"
#define MAGIC_SIZE    (sizeof(MAGIC) - 1)
#define RECORD_HEAD   12 /* length and digest */
#define RECORD_MAX    (64 * 1024 * 1024)
#define STATE_MAX     ((size_t)1024 * 1024 * 1024)
#define REWRITE_FLOOR (1024 * 1024) /* a file below this is never rewritten */

enum tag { TAG_BEGIN = 'b', TAG_SETTLED = 'z', TAG_REMOVED = 'r', TAG_GENERATION = 'g' };

struct writer {
	uint8_t *data;
	size_t size, capacity;
	size_t start; /* of the record being written */
};

struct reader {
	const uint8_t *at, *end;
	bool is_bad;
};

static void
put(struct writer *w, const void *data, size_t size)
{
	if (w->size + size > w->capacity) {
		w->capacity = (w->size + size) * 2;
		w->data = talloc_realloc_size(NULL, w->data, w->capacity);
	}
	if (size != 0)
		memcpy(w->data + w->size, data, size);
	w->size += size;
}

static void
put_number(struct writer *w, uint64_t value)
{
	uint8_t octets[8];
	for (int i = 0; i < 8; i++)
		octets[i] = (uint8_t)(value >> (56 - 8 * i));
	put(w, octets, sizeof(octets));
}

static void
put_block(struct writer *w, const void *data, size_t size)
{
	put_number(w, size);
	put(w, data, size);
}

static void
put_text(struct writer *w, const char *text)
{
	put_block(w, text, strlen(text));
}

static void
record_begin(struct writer *w, enum tag tag)
{
	static const uint8_t head[RECORD_HEAD];
	w->start = w->size;
	put(w, head, sizeof(head));
	put(w, &(uint8_t){tag}, 1);
}

static void
record_end(struct writer *w)
{
	uint8_t *head = w->data + w->start, digest[32];
	size_t size = w->size - w->start - RECORD_HEAD;
	sha256(head + RECORD_HEAD, size, digest);
	for (int i = 0; i < 4; i++)
		head[i] = (uint8_t)(size >> (24 - 8 * i));
	memcpy(head + 4, digest, RECORD_HEAD - 4);
}

static void
put_class(struct writer *w, const struct zone_class *class)
{
	put_text(w, class->zone_type);
	put_number(w, class->auto_dnssec);
	put_number(w, class->sg_count);
	for (size_t i = 0; i < class->sg_count; i++)
		put_text(w, class->sgs[i]);
}

static void
put_begin(struct writer *w, const char *name, const struct zone_class *class)
{
	record_begin(w, TAG_BEGIN);
	put_text(w, name);
	put_class(w, class);
	record_end(w);
}

static void
put_settled(struct writer *w, const struct zone_entry *entry)
{
	record_begin(w, TAG_SETTLED);
	put_text(w, entry->name);
	put_class(w, entry->class);
	put_number(w, (uint64_t)entry->zone_id);
	put_number(w, entry->digest);
	put_number(w, (uint64_t)entry->content_generation);
	record_end(w);
}

static void
put_generation(struct writer *w, const struct state *state, bool with_settings)
{
	record_begin(w, TAG_GENERATION);
	put_text(w, state->sg);
	put_text(w, state->role);
	put_number(w, (uint64_t)state->generation);
	put_number(w, with_settings);
	if (with_settings)
		put_block(w, state->settings, state->settings_size);
	record_end(w);
}

static uint64_t
get_number(struct reader *r)
{
	if (r->end - r->at < 8) {
		r->is_bad = true;
		return 0;
	}
	uint64_t value = 0;
	for (int i = 0; i < 8; i++)
		value = value << 8 | *r->at++;
	return value;
}

static const uint8_t *
get_block(struct reader *r, size_t *size)
{
	uint64_t wanted = get_number(r);
	if (r->is_bad || wanted > (uint64_t)(r->end - r->at)) {
		r->is_bad = true;
		*size = 0;
		return r->at;
	}
	const uint8_t *block = r->at;
	r->at += wanted;
	*size = (size_t)wanted;
	return block;
}

static char *
get_text(struct reader *r, TALLOC_CTX *mem)
{
	size_t size;
	const uint8_t *block = get_block(r, &size);
	return talloc_strndup(mem, (const char *)block, size);
}

static const struct zone_class *
get_class(struct reader *r, TALLOC_CTX *mem, struct zones *zones)
{
	char *zone_type = get_text(r, mem);
	bool auto_dnssec = get_number(r) != 0;
	uint64_t count = get_number(r);
	if (r->is_bad || count > (uint64_t)(r->end - r->at) / 8) {
		r->is_bad = true;
		return NULL;
	}
	char **sgs = talloc_array(mem, char *, count + 1);
	for (uint64_t i = 0; i < count; i++)
		sgs[i] = get_text(r, mem);
	return r->is_bad ? NULL : zones_class(zones, zone_type, auto_dnssec, count, sgs);
}

static void
take_names(struct state *state, char *sg, char *role)
{
	talloc_free(state->sg);
	talloc_free(state->role);
	state->sg = sg;
	state->role = role;
}

static void
read_generation(struct state *state, struct reader *r)
{
	char *sg = get_text(r, state), *role = get_text(r, state);
	int64_t generation = (int64_t)get_number(r);
	bool has_settings = get_number(r) != 0;
	size_t size = 0;
	const uint8_t *settings = has_settings ? get_block(r, &size) : NULL;
	if (r->is_bad)
		return;
	take_names(state, sg, role);
	state->generation = generation;
	if (has_settings) {
		talloc_free(state->settings);
		state->settings = talloc_memdup(state, settings, size);
		state->settings_size = size;
	}
}

static void
read_zone(struct state *state, struct reader *r, TALLOC_CTX *mem, enum tag tag)
{
	char *name = get_text(r, mem);
	const struct zone_class *class = get_class(r, mem, state->zones);
	int64_t zone_id = 0, content_generation = 0;
	uint64_t digest = 0;
	if (tag == TAG_SETTLED) {
		zone_id = (int64_t)get_number(r);
		digest = get_number(r);
		content_generation = (int64_t)get_number(r);
	}
	if (!r->is_bad)
		zones_put(state->zones, name, zone_id, class, digest, content_generation);
}

/* One record's body; false when it makes no sense. */
static bool
read_record(struct state *state, const uint8_t *body, size_t size)
{
	TALLOC_CTX *mem = talloc_new(NULL);
	struct reader r = {.at = body + 1, .end = body + size, .is_bad = size < 1};
	if (!r.is_bad) {
		switch ((enum tag)body[0]) {
		case TAG_BEGIN:
		case TAG_SETTLED:
			read_zone(state, &r, mem, body[0]);
			break;
		case TAG_REMOVED:
			zones_remove(state->zones, get_text(&r, mem));
			break;
		case TAG_GENERATION:
			read_generation(state, &r);
			break;
		default:
			r.is_bad = true;
		}
	}
	talloc_free(mem);
	return !r.is_bad;
}

/* All whole records; returns how far the file is good. */
static size_t
read_records(struct state *state, const uint8_t *data, size_t size)
{
	size_t at = MAGIC_SIZE;
	while (size - at > RECORD_HEAD) {
		const uint8_t *head = data + at;
		size_t body =
		    (size_t)head[0] << 24 | (size_t)head[1] << 16 | (size_t)head[2] << 8 | head[3];
		if (body > RECORD_MAX || body > size - at - RECORD_HEAD)
			break;
		uint8_t digest[32];
		sha256(head + RECORD_HEAD, body, digest);
		if (memcmp(digest, head + 4, RECORD_HEAD - 4) != 0 ||
		    !read_record(state, head + RECORD_HEAD, body))
			break;
		at += RECORD_HEAD + body;
	}
	return at;
}

static dms_error *
failed(const struct state *state, const char *doing)
{
	return dms_error_new(DMS_E_FILE, "%s: %s: %s", state->path, doing, strerror(errno));
}

static int
state_end(struct state *state)
{
	if (state->fd >= 0)
		close(state->fd);
	talloc_free(state->pending);
	return 0;
}

static dms_error *
open_for_append(struct state *state)
{
	if (state->fd >= 0)
		close(state->fd);
	state->fd = open(state->path, O_WRONLY | O_APPEND | O_CLOEXEC);
	return state->fd < 0 ? failed(state, "open") : NULL;
}

/* Writes everything that is true now to a new file that takes the old one's place. */
static dms_error *
rewrite(struct state *state)
{
	struct writer w = {0};
	put(&w, MAGIC, MAGIC_SIZE);
	for (struct zone_entry *e = zones_next(state->zones, NULL); e != NULL;
	     e = zones_next(state->zones, e)) {
		if (e->digest == 0)
			put_begin(&w, e->name, e->class);
		else
			put_settled(&w, e);
	}
	put_generation(&w, state, state->settings != NULL);
	dms_error *error = file_write_atomic(state->path, w.data, w.size, 0600);
	if (error == NULL)
		error = open_for_append(state);
	if (error == NULL)
		state->size = state->live_size = w.size;
	talloc_free(w.data);
	return error;
}

static dms_error *
load(struct state *state)
{
	char *data;
	size_t size;
	TRY(file_read(state, state->path, STATE_MAX, &data, &size));
	if (size < MAGIC_SIZE || memcmp(data, MAGIC, MAGIC_SIZE) != 0)
		return dms_error_new(DMS_E_FORMAT, "%s is not a state file of the agent",
				     state->path);
	size_t good = read_records(state, (const uint8_t *)data, size);
	talloc_free(data);
	if (good < size) {
		log_warning("the end of the state file is damaged and is cut off",
			    F_STR("file", state->path), F_INT("octets", (int64_t)(size - good)));
		if (truncate(state->path, (off_t)good) != 0)
			return failed(state, "truncate");
	}
	state->size = good;
	state->live_size = good;
	return open_for_append(state);
}

dms_error *
state_open(TALLOC_CTX *mem, const char *dir, struct state **out)
{
	TRY(dir_make(dir, 0700));
	struct state *state = talloc_zero(mem, struct state);
	state->fd = -1;
	talloc_set_destructor(state, state_end);
	state->path = talloc_asprintf(state, "%s/agent.state", dir);
	state->sg = talloc_strdup(state, "");
	state->role = talloc_strdup(state, "");
	state->zones = zones_new(state);
	dms_error *error = access(state->path, F_OK) == 0 ? load(state) : rewrite(state);
	if (error != NULL)
		talloc_free(state);
	else
		*out = state;
	return error;
}

/* The buffer as a writer, and back. */
static struct writer
open_buffer(struct state *state)
{
	return (struct writer){.data = state->pending,
			       .size = state->pending_size,
			       .capacity = talloc_get_size(state->pending)};
}

static void
close_buffer(struct state *state, const struct writer *w)
{
	state->pending = w->data;
	state->pending_size = w->size;
}

void
state_zone_begin(struct state *state, const char *name, const struct zone_class *class)
{
	struct zone_entry *entry = zones_find(state->zones, name);
	struct writer w = open_buffer(state);
	put_begin(&w, name, class);
	close_buffer(state, &w);
	zones_put(state->zones, name, entry != NULL ? entry->zone_id : 0, class, 0,
		  entry != NULL ? entry->content_generation : 0);
}

void
state_zone_settled(struct state *state, const char *name, int64_t zone_id,
		   const struct zone_class *class, uint64_t digest, int64_t content_generation)
{
	struct writer w = open_buffer(state);
	put_settled(&w, zones_put(state->zones, name, zone_id, class, digest, content_generation));
	close_buffer(state, &w);
}

void
state_zone_removed(struct state *state, const char *name)
{
	struct writer w = open_buffer(state);
	record_begin(&w, TAG_REMOVED);
	put_text(&w, name);
	record_end(&w);
	close_buffer(state, &w);
	zones_remove(state->zones, name);
}

void
state_generation(struct state *state, const char *sg, const char *role, int64_t generation,
		 const uint8_t *settings, size_t settings_size)
{
	take_names(state, talloc_strdup(state, sg), talloc_strdup(state, role));
	state->generation = generation;
	if (settings != NULL) {
		talloc_free(state->settings);
		state->settings = talloc_memdup(state, settings, settings_size);
		state->settings_size = settings_size;
	}
	struct writer w = open_buffer(state);
	put_generation(&w, state, settings != NULL);
	close_buffer(state, &w);
}

dms_error *
state_sync(struct state *state)
{
	if (state->pending_size == 0)
		return NULL;
	uint64_t grown = state->size + state->pending_size;
	if (state->fd < 0 || (grown > REWRITE_FLOOR && grown > state->live_size * 3)) {
		TRY(rewrite(state));
		state->pending_size = 0;
		return NULL;
	}
	for (size_t done = 0; done < state->pending_size;) {
		ssize_t written =
		    write(state->fd, state->pending + done, state->pending_size - done);
		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0) {
			/* A half written record would hide all later ones: begin a whole file next
			 * time. */
			dms_error *error = failed(state, "write");
			close(state->fd);
			state->fd = -1;
			return error;
		}
		done += (size_t)written;
	}
	state->size = grown;
	state->pending_size = 0;
	return fdatasync(state->fd) == 0 ? NULL : failed(state, "fdatasync");
}
