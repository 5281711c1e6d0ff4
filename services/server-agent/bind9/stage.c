/* From rendered settings to a BIND that runs with them: stage, check, switch, tell. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/secret.h"
#include "bind9.h"
#include "checker.h"
#include "zonefile.h"

static char *
staging_path(TALLOC_CTX *mem, const struct bind9 *bind9, const char *file)
{
	return talloc_asprintf(mem, "%s/staging/%s", bind9->config->named_config_dir, file);
}

static void
unstage(struct bind9 *bind9)
{
	if (bind9->staged_zones != NULL)
		fclose(bind9->staged_zones);
	bind9->staged_zones = NULL;
	TALLOC_FREE(bind9->staged);
}

dms_error *
bind9_stage(struct driver *driver)
{
	struct bind9 *bind9 = (struct bind9 *)driver;
	unstage(bind9);
	TALLOC_CTX *mem = talloc_new(NULL);
	char *options, *global;
	dms_error *error;
	TRY_GOTO(render_settings(&bind9->renderer, mem, TEMPLATE_OPTIONS, &options), out);
	TRY_GOTO(render_settings(&bind9->renderer, mem, TEMPLATE_GLOBAL, &global), out);
	bind9->staged = settings_set_new(bind9, options, global);
	TRY_GOTO(settings_write(bind9->config, bind9->staged), out);
	char *path = staging_path(mem, bind9, "zones.conf");
	TRY_GOTO(folder_make(staging_path(mem, bind9, ""), 0750), out);
	bind9->staged_zones = fopen(path, "we");
	if (bind9->staged_zones == NULL)
		error = dms_error_new(DMS_E_FILE, "%s: %s", path, strerror(errno));
out:
	talloc_free(mem);
	return error;
}

dms_error *
bind9_check(struct driver *driver)
{
	struct bind9 *bind9 = (struct bind9 *)driver;
	TALLOC_CTX *mem = talloc_new(NULL);
	const struct dms_config *config = bind9->config;
	char *zones = staging_path(mem, bind9, "zones.conf");
	char *whole = staging_path(mem, bind9, "named.conf");
	char *text = talloc_asprintf(
	    mem, "options {\n\tinclude \"%s\";\n};\ninclude \"%s\";\ninclude \"%s\";\n",
	    settings_path(mem, config, bind9->staged->name, TEMPLATE_OPTIONS),
	    settings_path(mem, config, bind9->staged->name, TEMPLATE_GLOBAL), zones);
	FILE *file = bind9->staged_zones;
	bind9->staged_zones = NULL;
	dms_error *error;
	if (fclose(file) != 0) {
		error = dms_error_new(DMS_E_FILE, "%s: %s", zones, strerror(errno));
		goto out;
	}
	TRY_GOTO(file_write_atomic(whole, text, strlen(text), 0640), out);
	error = checker_run(config->checker, whole);
	unlink(zones);
out:
	talloc_free(mem);
	return error;
}

/* Makes the set live and has BIND read it. */
static dms_error *
switch_and_tell(struct bind9 *bind9, const char *set_name)
{
	TRY(settings_set_untold(bind9->config, true));
	TRY(settings_switch(bind9->config, set_name));
	TALLOC_CTX *mem = talloc_new(NULL);
	dms_error *error = control_do(bind9->control, mem, "reconfig");
	talloc_free(mem);
	if (error != NULL)
		return error;
	return settings_set_untold(bind9->config, false);
}

/* The checker was content and BIND was not: the former set comes back. */
static dms_error *
go_back(struct bind9 *bind9, const char *former, dms_error *refusal)
{
	dms_error *rejection =
	    dms_error_new(DMS_E_CONFIG_REJECTED, "the name server refused: %s", refusal->message);
	dms_error_free(refusal);
	dms_error *error = switch_and_tell(bind9, former);
	if (error != NULL) {
		log_failure(LOG_ERR, "going back to the former settings failed", error,
			    F_STR("set", former));
		dms_error_free(error);
	}
	return rejection;
}

dms_error *
bind9_apply_settings(struct driver *driver)
{
	struct bind9 *bind9 = (struct bind9 *)driver;
	char *former = settings_current(bind9, bind9->config);
	dms_error *error = NULL;
	bool is_live = strcmp(former, bind9->staged->name) == 0;
	if (!is_live || settings_untold(bind9->config)) {
		/* Only when BIND can be told: otherwise it might stay with the former ones
		 * unnoticed. */
		TALLOC_CTX *mem = talloc_new(NULL);
		struct control_answer answer;
		error = control_ask(bind9->control, mem, "status", &answer);
		talloc_free(mem);
		if (error == NULL)
			error = switch_and_tell(bind9, bind9->staged->name);
		if (error == NULL)
			log_info("settings switched", F_STR("set", bind9->staged->name),
				 F_STR("former", former));
		else if (!is_live && error->id == DMS_E_CONTROL)
			error = go_back(bind9, former, error);
	}
	if (error == NULL)
		settings_sweep(bind9->config, bind9->staged->name, former);
	talloc_free(former);
	return error;
}
