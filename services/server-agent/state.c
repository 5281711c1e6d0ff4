/* The state file: reading, appending, rewriting. */
#include "state.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/secret.h"
#include "state_record.h"

#define STATE_MAX     ((size_t)1024 * 1024 * 1024)
#define REWRITE_FLOOR (1024 * 1024) /* a file below this is never rewritten */

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
	struct state_writer w = {0};
	state_put_magic(&w);
	for (struct zone_entry *e = zones_next(state->zones, NULL); e != NULL;
	     e = zones_next(state->zones, e)) {
		if (e->digest == 0)
			state_put_begin(&w, e->name, e->class);
		else
			state_put_settled(&w, e);
	}
	state_put_generation(&w, state, state->settings != NULL);
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
	/* What another version's says is asked of master-sm and the name server again. */
	if (state_is_of_another_version((const uint8_t *)data, size)) {
		log_notice("the state file is of another version and is begun anew",
			   F_STR("file", state->path));
		talloc_free(data);
		return rewrite(state);
	}
	size_t good = state_read_records(state, (const uint8_t *)data, size);
	talloc_free(data);
	if (good == 0)
		return dms_error_new(DMS_E_FORMAT, "%s is not a state file of the agent",
				     state->path);
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
static struct state_writer
open_buffer(struct state *state)
{
	return (struct state_writer){.data = state->pending,
				     .size = state->pending_size,
				     .capacity = talloc_get_size(state->pending)};
}

static void
close_buffer(struct state *state, const struct state_writer *w)
{
	state->pending = w->data;
	state->pending_size = w->size;
}

void
state_zone_begin(struct state *state, const char *name, const struct zone_class *class)
{
	struct zone_entry *entry = zones_find(state->zones, name);
	struct state_writer w = open_buffer(state);
	state_put_begin(&w, name, class);
	close_buffer(state, &w);
	zones_put(state->zones, name, entry != NULL ? entry->zone_id : 0, class, 0,
		  entry != NULL ? entry->content_generation : 0);
}

void
state_zone_settled(struct state *state, const char *name, int64_t zone_id,
		   const struct zone_class *class, uint64_t digest, int64_t content_generation)
{
	struct state_writer w = open_buffer(state);
	state_put_settled(
	    &w, zones_put(state->zones, name, zone_id, class, digest, content_generation));
	close_buffer(state, &w);
}

void
state_zone_removed(struct state *state, const char *name)
{
	struct state_writer w = open_buffer(state);
	state_put_removed(&w, name);
	close_buffer(state, &w);
	zones_remove(state->zones, name);
}

void
state_set_generation(struct state *state, const char *sg, const char *role, int64_t generation,
		     const uint8_t *settings, size_t settings_size)
{
	char *own_sg = talloc_strdup(state, sg), *own_role = talloc_strdup(state, role);

	talloc_free(state->sg);
	talloc_free(state->role);
	state->sg = own_sg;
	state->role = own_role;
	state->generation = generation;
	if (settings != NULL) {
		talloc_free(state->settings);
		state->settings = talloc_memdup(state, settings, settings_size);
		state->settings_size = settings_size;
	}
}

void
state_generation(struct state *state, const char *sg, const char *role, int64_t generation,
		 const uint8_t *settings, size_t settings_size)
{
	state_set_generation(state, sg, role, generation, settings, settings_size);
	struct state_writer w = open_buffer(state);
	state_put_generation(&w, state, settings != NULL);
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
