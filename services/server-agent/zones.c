/* The table of zones: chained buckets, doubled when full. */
#include "zones.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define BUCKETS_FIRST 256
#define BUCKET_ROOM   16 /* no bucket comes to hold as many with a load of at most 1 */

/* Mostly a handful; as many as customers where each has secondary zones of its own. */
#define CLASS_BUCKETS 1024

struct class_entry {
	struct class_entry *next;
	const char *key;
	struct zone_class class;
};

struct zones {
	pthread_mutex_t lock;
	struct zone_entry **buckets;
	size_t bucket_count; /* power of two */
	size_t count;
	struct class_entry *classes[CLASS_BUCKETS];
};

static int
zones_end(struct zones *zones)
{
	zones_clear(zones);
	free(zones->buckets);
	pthread_mutex_destroy(&zones->lock);
	return 0;
}

static void *
must(void *memory)
{
	if (memory == NULL)
		abort();
	return memory;
}

struct zones *
zones_new(TALLOC_CTX *mem)
{
	struct zones *zones = talloc_zero(mem, struct zones);
	pthread_mutex_init(&zones->lock, NULL);
	zones->bucket_count = BUCKETS_FIRST;
	zones->buckets = must(calloc(zones->bucket_count, sizeof(struct zone_entry *)));
	talloc_set_destructor(zones, zones_end);
	return zones;
}

static char *
add_words(char *key, const struct zone_words *words)
{
	for (size_t i = 0; i < words->count; i++)
		key = talloc_asprintf_append_buffer(key, "\n%s", words->items[i]);
	return talloc_strdup_append_buffer(key, "\n");
}

/* All facts as one text: equal texts, equal classes. */
static char *
class_key(TALLOC_CTX *mem, const struct zone_class *class)
{
	char *key =
	    talloc_asprintf(mem, "%s %d %d", class->zone_type, class->auto_dnssec, class->nsec3);
	key = add_words(key, &class->sgs);
	key = add_words(key, &class->primaries);
	return add_words(key, &class->allow_transfer);
}

static struct zone_words
words_copy(TALLOC_CTX *mem, const struct zone_words *words)
{
	const char **items = talloc_array(mem, const char *, words->count);
	for (size_t i = 0; i < words->count; i++)
		items[i] = talloc_strdup(items, words->items[i]);
	return (struct zone_words){words->count, items};
}

const struct zone_class *
zones_class(struct zones *zones, const struct zone_class *facts)
{
	char *key = class_key(zones, facts);
	struct class_entry **slot = &zones->classes[text_hash(key) % CLASS_BUCKETS];
	while (*slot != NULL && strcmp((*slot)->key, key) != 0)
		slot = &(*slot)->next;
	if (*slot != NULL) {
		talloc_free(key);
		return &(*slot)->class;
	}
	struct class_entry *entry = talloc_zero(zones, struct class_entry);
	entry->key = talloc_steal(entry, key);
	entry->class.zone_type = talloc_strdup(entry, facts->zone_type);
	entry->class.auto_dnssec = facts->auto_dnssec;
	entry->class.nsec3 = facts->nsec3;
	entry->class.sgs = words_copy(entry, &facts->sgs);
	entry->class.primaries = words_copy(entry, &facts->primaries);
	entry->class.allow_transfer = words_copy(entry, &facts->allow_transfer);
	*slot = entry;
	return &entry->class;
}

static struct zone_entry **
find_slot(struct zones *zones, const char *name, uint32_t hash)
{
	struct zone_entry **slot = &zones->buckets[hash & (zones->bucket_count - 1)];
	while (*slot != NULL && ((*slot)->hash != hash || strcmp((*slot)->name, name) != 0))
		slot = &(*slot)->next;
	return slot;
}

struct zone_entry *
zones_find(struct zones *zones, const char *name)
{
	return *find_slot(zones, name, (uint32_t)text_hash(name));
}

/* Splits every bucket in two: names of bucket b go to b or b + old count. */
static void
grow(struct zones *zones)
{
	size_t old = zones->bucket_count;
	zones->buckets = must(reallocarray(zones->buckets, old * 2, sizeof(struct zone_entry *)));
	memset(zones->buckets + old, 0, old * sizeof(struct zone_entry *));
	zones->bucket_count = old * 2;
	for (size_t i = 0; i < old; i++) {
		struct zone_entry *entry = zones->buckets[i];
		zones->buckets[i] = NULL;
		while (entry != NULL) {
			struct zone_entry *next = entry->next;
			struct zone_entry **bucket = &zones->buckets[entry->hash & (old * 2 - 1)];
			entry->next = *bucket;
			*bucket = entry;
			entry = next;
		}
	}
}

struct zone_entry *
zones_put(struct zones *zones, const char *name, int64_t zone_id, const struct zone_class *class,
	  uint64_t digest, int64_t content_generation)
{
	pthread_mutex_lock(&zones->lock);
	uint32_t hash = (uint32_t)text_hash(name);
	struct zone_entry **slot = find_slot(zones, name, hash);
	if (*slot == NULL) {
		size_t size = strlen(name) + 1;
		struct zone_entry *entry = must(calloc(1, sizeof(*entry) + size));
		memcpy(entry->name, name, size);
		entry->hash = hash;
		*slot = entry;
		zones->count++;
	} else if ((*slot)->zone_id != zone_id) {
		(*slot)->serial = 0;
	}
	struct zone_entry *entry = *slot;
	entry->zone_id = zone_id;
	entry->class = class;
	entry->digest = digest;
	entry->content_generation = content_generation;
	if (zones->count > zones->bucket_count)
		grow(zones);
	pthread_mutex_unlock(&zones->lock);
	return entry;
}

void
zones_remove(struct zones *zones, const char *name)
{
	pthread_mutex_lock(&zones->lock);
	struct zone_entry **slot = find_slot(zones, name, (uint32_t)text_hash(name));
	struct zone_entry *entry = *slot;
	if (entry != NULL) {
		*slot = entry->next;
		free(entry);
		zones->count--;
	}
	pthread_mutex_unlock(&zones->lock);
}

void
zones_clear(struct zones *zones)
{
	pthread_mutex_lock(&zones->lock);
	for (size_t i = 0; i < zones->bucket_count; i++) {
		while (zones->buckets[i] != NULL) {
			struct zone_entry *entry = zones->buckets[i];
			zones->buckets[i] = entry->next;
			free(entry);
		}
	}
	zones->count = 0;
	pthread_mutex_unlock(&zones->lock);
}

struct zone_entry *
zones_next(struct zones *zones, const struct zone_entry *after)
{
	size_t i = 0;
	if (after != NULL) {
		if (after->next != NULL)
			return after->next;
		i = (after->hash & (zones->bucket_count - 1)) + 1;
	}
	while (i < zones->bucket_count && zones->buckets[i] == NULL)
		i++;
	return i < zones->bucket_count ? zones->buckets[i] : NULL;
}

size_t
zones_count(struct zones *zones)
{
	pthread_mutex_lock(&zones->lock);
	size_t count = zones->count;
	pthread_mutex_unlock(&zones->lock);
	return count;
}

bool
zones_have(struct zones *zones, const char *name)
{
	pthread_mutex_lock(&zones->lock);
	bool have = zones_find(zones, name) != NULL;
	pthread_mutex_unlock(&zones->lock);
	return have;
}

bool
zones_are_signed(struct zones *zones, const char *name)
{
	pthread_mutex_lock(&zones->lock);
	const struct zone_entry *entry = zones_find(zones, name);
	bool are_signed = entry != NULL && entry->class->auto_dnssec;
	pthread_mutex_unlock(&zones->lock);
	return are_signed;
}

bool
zones_note_serial(struct zones *zones, const char *name, uint32_t serial)
{
	pthread_mutex_lock(&zones->lock);
	struct zone_entry *entry = zones_find(zones, name);
	bool is_news = entry != NULL && entry->serial != serial;
	if (is_news)
		entry->serial = serial;
	pthread_mutex_unlock(&zones->lock);
	return is_news;
}

size_t
zones_sample(struct zones *zones, TALLOC_CTX *mem, size_t max, size_t *cursor, const char **names)
{
	size_t count = 0, looked = 0;
	pthread_mutex_lock(&zones->lock);
	/* Whole buckets, so that nothing is missed between two calls. */
	while (count + BUCKET_ROOM <= max && looked++ < zones->bucket_count) {
		*cursor = (*cursor + 1) & (zones->bucket_count - 1);
		struct zone_entry *entry = zones->buckets[*cursor];
		for (; entry != NULL && count < max; entry = entry->next)
			names[count++] = talloc_strdup(mem, entry->name);
	}
	pthread_mutex_unlock(&zones->lock);
	return count;
}
