/* Records of the state file as octets. */
#include "state_record.h"

#include <string.h>

#include "base/secret.h"

#define MAGIC_WORD  "dms-agent-state "
#define MAGIC       MAGIC_WORD "2\n"
#define MAGIC_SIZE  (sizeof(MAGIC) - 1)
#define RECORD_HEAD 12 /* length and digest */
#define RECORD_MAX  (64 * 1024 * 1024)

enum tag { TAG_BEGIN = 'b', TAG_SETTLED = 'z', TAG_REMOVED = 'r', TAG_GENERATION = 'g' };

struct reader {
	const uint8_t *at, *end;
	bool is_bad;
};

static void
put(struct state_writer *w, const void *data, size_t size)
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
put_number(struct state_writer *w, uint64_t value)
{
	uint8_t octets[8];
	for (int i = 0; i < 8; i++)
		octets[i] = (uint8_t)(value >> (56 - 8 * i));
	put(w, octets, sizeof(octets));
}

static void
put_block(struct state_writer *w, const void *data, size_t size)
{
	put_number(w, size);
	put(w, data, size);
}

static void
put_text(struct state_writer *w, const char *text)
{
	put_block(w, text, strlen(text));
}

void
state_put_magic(struct state_writer *w)
{
	put(w, MAGIC, MAGIC_SIZE);
}

static void
record_begin(struct state_writer *w, enum tag tag)
{
	static const uint8_t head[RECORD_HEAD];
	w->start = w->size;
	put(w, head, sizeof(head));
	put(w, &(uint8_t){tag}, 1);
}

static void
record_end(struct state_writer *w)
{
	uint8_t *head = w->data + w->start, digest[32];
	size_t size = w->size - w->start - RECORD_HEAD;
	sha256(head + RECORD_HEAD, size, digest);
	for (int i = 0; i < 4; i++)
		head[i] = (uint8_t)(size >> (24 - 8 * i));
	memcpy(head + 4, digest, RECORD_HEAD - 4);
}

static void
put_words(struct state_writer *w, const struct zone_words *words)
{
	put_number(w, words->count);
	for (size_t i = 0; i < words->count; i++)
		put_text(w, words->items[i]);
}

static void
put_class(struct state_writer *w, const struct zone_class *class)
{
	put_text(w, class->zone_type);
	put_number(w, class->auto_dnssec);
	put_number(w, class->nsec3);
	put_words(w, &class->sgs);
	put_words(w, &class->primaries);
	put_words(w, &class->allow_transfer);
}

void
state_put_begin(struct state_writer *w, const char *name, const struct zone_class *class)
{
	record_begin(w, TAG_BEGIN);
	put_text(w, name);
	put_class(w, class);
	record_end(w);
}

void
state_put_settled(struct state_writer *w, const struct zone_entry *entry)
{
	record_begin(w, TAG_SETTLED);
	put_text(w, entry->name);
	put_class(w, entry->class);
	put_number(w, (uint64_t)entry->zone_id);
	put_number(w, entry->digest);
	put_number(w, (uint64_t)entry->content_generation);
	record_end(w);
}

void
state_put_generation(struct state_writer *w, const struct state *state, bool with_settings)
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

void
state_put_removed(struct state_writer *w, const char *name)
{
	record_begin(w, TAG_REMOVED);
	put_text(w, name);
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

static struct zone_words
get_words(struct reader *r, TALLOC_CTX *mem)
{
	uint64_t count = get_number(r);
	if (r->is_bad || count > (uint64_t)(r->end - r->at) / 8) {
		r->is_bad = true;
		return (struct zone_words){0};
	}
	const char **items = talloc_array(mem, const char *, count + 1);
	for (uint64_t i = 0; i < count; i++)
		items[i] = get_text(r, mem);
	return (struct zone_words){(size_t)count, items};
}

static const struct zone_class *
get_class(struct reader *r, TALLOC_CTX *mem, struct zones *zones)
{
	struct zone_class facts = {.zone_type = get_text(r, mem)};
	facts.auto_dnssec = get_number(r) != 0;
	facts.nsec3 = get_number(r) != 0;
	facts.sgs = get_words(r, mem);
	facts.primaries = get_words(r, mem);
	facts.allow_transfer = get_words(r, mem);
	return r->is_bad ? NULL : zones_class(zones, &facts);
}

static void
read_generation(struct state *state, struct reader *r, TALLOC_CTX *mem)
{
	char *sg = get_text(r, mem), *role = get_text(r, mem);
	int64_t generation = (int64_t)get_number(r);
	bool has_settings = get_number(r) != 0;
	size_t size = 0;
	const uint8_t *settings = has_settings ? get_block(r, &size) : NULL;
	if (r->is_bad)
		return;
	state_set_generation(state, sg, role, generation, settings, size);
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
			read_generation(state, &r, mem);
			break;
		default:
			r.is_bad = true;
		}
	}
	talloc_free(mem);
	return !r.is_bad;
}

bool
state_is_of_another_version(const uint8_t *data, size_t size)
{
	return size >= MAGIC_SIZE && memcmp(data, MAGIC, MAGIC_SIZE) != 0 &&
	       memcmp(data, MAGIC_WORD, sizeof(MAGIC_WORD) - 1) == 0;
}

size_t
state_read_records(struct state *state, const uint8_t *data, size_t size)
{
	size_t at = MAGIC_SIZE;

	if (size < MAGIC_SIZE || memcmp(data, MAGIC, MAGIC_SIZE) != 0)
		return 0;
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
