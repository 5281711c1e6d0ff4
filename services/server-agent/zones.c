/* The table of zones: chained buckets, doubled when full. */
#include "zones.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define BUCKETS_FIRST 256
#define BUCKET_ROOM   16 /* no bucket comes to hold as many with a load of at most 1 */

struct zones {
	pthread_mutex_t lock;
	struct zone_entry **buckets;
	size_t bucket_count; /* power of two */
	size_t count;
	struct zone_class **classes;
	uint32_t class_count;
};

/* FNV-1a. */
static uint32_t
hash_name(const char *name)
{
	uint32_t hash = 2166136261u;
	for (; *name != '\0'; name++)
		hash = (hash ^ (uint8_t)*name) * 16777619u;
	return hash;
}

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

static bool
class_is(const struct zone_class *class, const char *zone_type, bool auto_dnssec, size_t sg_count,
	 char *const *sgs)
{
	if (class->auto_dnssec != auto_dnssec || class->sg_count != sg_count ||
	    strcmp(class->zone_type, zone_type) != 0)
		return false;
	for (size_t i = 0; i < sg_count; i++) {
		if (strcmp(class->sgs[i], sgs[i]) != 0)
			return false;
	}
	return true;
}

const struct zone_class *
zones_class(struct zones *zones, const char *zone_type, bool auto_dnssec, size_t sg_count,
	    char *const *sgs)
{
	for (uint32_t i = 0; i < zones->class_count; i++) {
		if (class_is(zones->classes[i], zone_type, auto_dnssec, sg_count, sgs))
			return zones->classes[i];
	}
	struct zone_class *class = talloc_zero(zones, struct zone_class);
	class->number = zones->class_count;
	class->auto_dnssec = auto_dnssec;
	class->zone_type = talloc_strdup(class, zone_type);
	class->sg_count = sg_count;
	class->sgs = talloc_array(class, const char *, sg_count);
	for (size_t i = 0; i < sg_count; i++)
		class->sgs[i] = talloc_strdup(class, sgs[i]);
	zones->classes =
	    talloc_realloc(zones, zones->classes, struct zone_class *, zones->class_count + 1);
	zones->classes[zones->class_count++] = class;
	return class;
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
	return *find_slot(zones, name, hash_name(name));
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
	uint32_t hash = hash_name(name);
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
	struct zone_entry **slot = find_slot(zones, name, hash_name(name));
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
