/* The applier's condition between runs. */
#include <stdlib.h>
#include <string.h>

#include "apply.h"
#include "base/log.h"

/* The driver renders from what was last good, so repairs work before the first pull. */
static dms_error *
restore_target(struct applier *applier)
{
	struct state *state = applier->state;
	if (state->settings == NULL)
		return NULL;
	applier->settings = dms__settings__unpack(NULL, state->settings_size, state->settings);
	if (applier->settings == NULL)
		return dms_error_new(DMS_E_FORMAT, "%s: the settings in it cannot be read",
				     state->path);
	struct driver_target target = {state->sg, state->role, applier->settings};
	applier->driver->ops->set_target(applier->driver, &target);
	return NULL;
}

static int
applier_end(struct applier *applier)
{
	if (applier->settings != NULL)
		dms__settings__free_unpacked(applier->settings, NULL);
	return 0;
}

dms_error *
applier_open(TALLOC_CTX *mem, const struct dms_config *config, struct bus *bus,
	     struct arrivals *arrivals, const atomic_bool *stopping, struct applier **out)
{
	struct applier *applier = talloc_zero(mem, struct applier);
	applier->config = config;
	applier->bus = bus;
	applier->arrivals = arrivals;
	applier->stopping = stopping;
	talloc_set_destructor(applier, applier_end);
	dms_error *error;
	TRY_GOTO(state_open(applier, config->state_dir, &applier->state), out);
	TRY_GOTO(driver_find("bind9")->open(applier, config, &applier->driver), out);
	TRY_GOTO(restore_target(applier), out);
	*out = applier;
	return NULL;
out:
	talloc_free(applier);
	return error;
}

void
applied_news(struct applied *applied, const char *name, uint32_t serial, const char *reason)
{
	if (talloc_array_length(applied->news) == applied->news_count)
		applied->news = talloc_realloc(applied, applied->news, struct zone_news,
					       applied->news_count * 2 + 16);
	applied->news[applied->news_count++] = (struct zone_news){
	    .name = talloc_strdup(applied, name),
	    .serial = serial,
	    .reason = reason != NULL ? talloc_strdup(applied, reason) : NULL,
	};
}

struct applied *
applied_new(void)
{
	struct applied *applied = talloc_zero(NULL, struct applied);
	applied->news = talloc_array(applied, struct zone_news, 0);
	return applied;
}

struct applied *
applied_finish(struct applier *applier, struct applied *applied, dms_error *error)
{
	applied->error = error;
	applied->sg = talloc_strdup(applied, applier->state->sg);
	applied->role = talloc_strdup(applied, applier->state->role);
	applied->generation = applier->state->generation;
	applied->wants_pull = applier->wants_snapshot;
	return applied;
}
