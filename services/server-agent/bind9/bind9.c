/* The driver of BIND 9: zones come and go over the control channel, never by reconfig. */
#include "../driver.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ask.h"
#include "base/log.h"
#include "bind9.h"
#include "checker.h"
#include "zonefile.h"

#define ZONE_LINE_MAX 30000 /* BIND 9.18 reads control messages of up to 32 KiB */

static struct bind9 *
self(struct driver *driver)
{
	return (struct bind9 *)driver;
}

static dms_error *
bind9_open(TALLOC_CTX *mem, const struct dms_config *config, struct driver **driver)
{
	struct bind9 *bind9 = talloc_zero(mem, struct bind9);
	bind9->driver.ops = &bind9_driver;
	bind9->config = config;
	dms_error *error;
	TRY_GOTO(control_new(bind9, config->control_address, config->control_key_file,
			     CONTROL_TIMEOUT_MS, &bind9->control),
		 out);
	TRY_GOTO(asker_new(bind9, config->named_address, config->dns_timeout, &bind9->asker), out);
	TRY_GOTO(settings_prepare(config), out);
	*driver = &bind9->driver;
	return NULL;
out:
	talloc_free(bind9);
	return error;
}

static void
bind9_set_target(struct driver *driver, const struct driver_target *target)
{
	self(driver)->renderer = (struct renderer){
	    .config = self(driver)->config,
	    .sg = target->sg,
	    .role = target->role,
	    .settings = target->settings,
	};
}

static dms_error *
bind9_zone_digest(struct driver *driver, const char *zone, const struct zone_class *class,
		  uint64_t *digest)
{
	char *stanza;
	TRY(render_zone(&self(driver)->renderer, driver, zone, class, &stanza, digest));
	talloc_free(stanza);
	return NULL;
}

static dms_error *
bind9_stage_zone(struct driver *driver, const char *zone, const struct zone_class *class)
{
	char *stanza;
	uint64_t digest;
	TRY(render_zone(&self(driver)->renderer, driver, zone, class, &stanza, &digest));
	dms_error *error = NULL;
	if (strlen(stanza) > ZONE_LINE_MAX)
		error = dms_error_new(DMS_E_CONFIG_REJECTED,
				      "zone %s: its clause has %zu octets, more than BIND takes",
				      zone, strlen(stanza));
	else if (fprintf(self(driver)->staged_zones, "zone \"%s\" { %s };\n", zone, stanza) < 0)
		error = dms_error_new(DMS_E_FILE, "the staged zones cannot be written");
	talloc_free(stanza);
	return error;
}

/* Runs `verb zone rest`; `*word` is BIND's word for a refusal, "" when it did it. */
static dms_error *
zone_command(struct driver *driver, TALLOC_CTX *mem, const char *verb, const char *zone,
	     const char *rest, const char **word, const char **text)
{
	struct control_answer answer;
	char *command = talloc_asprintf(mem, "%s \"%s\"%s", verb, zone, rest);
	TRY(control_ask(self(driver)->control, mem, command, &answer));
	*word = answer.result == 0 ? "" : answer.error[0] != '\0' ? answer.error : "failure";
	*text = answer.text;
	return NULL;
}

static dms_error *
refused(const char *verb, const char *zone, const char *word, const char *text)
{
	return dms_error_new(DMS_E_CONTROL, "%s %s: %s%s%s", verb, zone, word,
			     text[0] != '\0' ? ": " : "", text);
}

static dms_error *
bind9_has_zone(struct driver *driver, const char *zone, bool *has)
{
	TALLOC_CTX *mem = talloc_new(NULL);
	const char *word, *text;
	dms_error *error = zone_command(driver, mem, "zonestatus", zone, "", &word, &text);
	if (error == NULL && word[0] != '\0' && strcmp(word, "not found") != 0 &&
	    strcmp(word, "zone not loaded") != 0)
		error = refused("zonestatus", zone, word, text);
	else if (error == NULL)
		*has = strcmp(word, "not found") != 0;
	talloc_free(mem);
	return error;
}

static dms_error *
delete_zone(struct driver *driver, const char *zone, const char *how)
{
	TALLOC_CTX *mem = talloc_new(NULL);
	const char *word, *text;
	dms_error *error = zone_command(driver, mem, how, zone, "", &word, &text);
	if (error == NULL && word[0] != '\0' && strcmp(word, "not found") != 0)
		error = refused(how, zone, word, text);
	talloc_free(mem);
	return error;
}

/* BIND removes a secondary's files itself, later and from another thread. A primary's we remove:
 * content for a new zone of the same name may be laid down the moment this returns. */
static dms_error *
bind9_remove_zone(struct driver *driver, const char *zone)
{
	bool is_primary = strcmp(self(driver)->renderer.role, "master") == 0;
	TRY(delete_zone(driver, zone, is_primary ? "delzone" : "delzone -clean"));
	if (is_primary) {
		char *path = zone_file_path(driver, self(driver)->config->named_zone_dir, zone);
		zone_file_remove(path);
		talloc_free(path);
	}
	return NULL;
}

/* `verb` is addzone or modzone. */
static dms_error *
tell_zone(struct driver *driver, TALLOC_CTX *mem, const char *verb, const char *zone,
	  const struct zone_class *class, const char **word, const char **text)
{
	char *stanza;
	uint64_t digest;
	TRY(render_zone(&self(driver)->renderer, mem, zone, class, &stanza, &digest));
	char *path = zone_file_path(mem, self(driver)->config->named_zone_dir, zone);
	TRY(zone_file_make_dir(path));
	return zone_command(driver, mem, verb, zone, talloc_asprintf(mem, " { %s };", stanza), word,
			    text);
}

/* What cannot be changed in place is taken away and added again, its files kept. */
static dms_error *
bind9_modify_zone(struct driver *driver, const char *zone, const struct zone_class *class)
{
	TALLOC_CTX *mem = talloc_new(NULL);
	const char *word, *text;
	dms_error *error = tell_zone(driver, mem, "modzone", zone, class, &word, &text);
	if (error == NULL && word[0] != '\0') {
		error = delete_zone(driver, zone, "delzone");
		if (error == NULL)
			error = tell_zone(driver, mem, "addzone", zone, class, &word, &text);
		if (error == NULL && word[0] != '\0')
			error = refused("addzone", zone, word, text);
	}
	talloc_free(mem);
	return error;
}

static dms_error *
bind9_add_zone(struct driver *driver, const char *zone, const struct zone_class *class)
{
	TALLOC_CTX *mem = talloc_new(NULL);
	const char *word, *text;
	dms_error *error = tell_zone(driver, mem, "addzone", zone, class, &word, &text);
	if (error == NULL && strcmp(word, "already exists") == 0)
		error = bind9_modify_zone(driver, zone, class);
	else if (error == NULL && word[0] != '\0')
		error = refused("addzone", zone, word, text);
	talloc_free(mem);
	return error;
}

static dms_error *
bind9_zone_serial(struct driver *driver, const char *zone, bool *is_served, uint32_t *serial)
{
	return asker_soa(self(driver)->asker, zone, is_served, serial);
}

/* The rest of the line behind `label`, on `mem`, or "". */
static const char *
line_after(TALLOC_CTX *mem, const char *text, const char *label)
{
	const char *found = strstr(text, label);
	if (found == NULL)
		return "";
	found += strlen(label);
	return talloc_strndup(mem, found, strcspn(found, "\n"));
}

static dms_error *
bind9_status(struct driver *driver, struct driver_status *status)
{
	TALLOC_CTX *mem = talloc_new(NULL);
	struct control_answer answer;
	dms_error *error = control_ask(self(driver)->control, mem, "status", &answer);
	if (error == NULL && answer.result != 0)
		error = refused("status", "", answer.error, answer.text);
	if (error == NULL) {
		status->zone_count =
		    strtoll(line_after(mem, answer.text, "number of zones: "), NULL, 10);
		snprintf(status->boot, sizeof(status->boot), "%u %s",
			 control_connections(self(driver)->control),
			 line_after(mem, answer.text, "boot time: "));
	}
	talloc_free(mem);
	return error;
}

const struct driver_ops bind9_driver = {
    .server_type = "bind9",
    .open = bind9_open,
    .set_target = bind9_set_target,
    .zone_digest = bind9_zone_digest,
    .stage = bind9_stage,
    .stage_zone = bind9_stage_zone,
    .check = bind9_check,
    .apply_settings = bind9_apply_settings,
    .has_zone = bind9_has_zone,
    .add_zone = bind9_add_zone,
    .modify_zone = bind9_modify_zone,
    .remove_zone = bind9_remove_zone,
    .has_content = bind9_has_content,
    .write_content = bind9_write_content,
    .replace_content = bind9_replace_content,
    .keeps_content = bind9_keeps_content,
    .finish_content = bind9_finish_content,
    .resume_zone = bind9_resume_zone,
    .zone_serial = bind9_zone_serial,
    .status = bind9_status,
};

const struct driver_ops *
driver_find(const char *server_type)
{
	return strcmp(server_type, bind9_driver.server_type) == 0 ? &bind9_driver : NULL;
}
