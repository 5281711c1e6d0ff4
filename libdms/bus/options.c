/* How to connect: servers, TLS, patience. */
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/time.h"
#include "bus/internal.h"

#define RECONNECT_FIRST_MS 100
#define RECONNECT_MAX_MS   2000
#define CONNECT_MS         2000
#define PING_MS            5000
#define PINGS_OUT          3
#define WRITE_DEADLINE_MS  5000

char *
url_without_password(TALLOC_CTX *mem, const char *urls)
{
	char *shown = talloc_strdup(mem, "");

	while (*urls != '\0') {
		size_t length = strcspn(urls, ",");
		const char *host = memrchr(urls, '@', length);
		const char *scheme = memmem(urls, length, "://", 3);
		const char *start = host != NULL ? host + 1 : urls;

		if (host != NULL && scheme != NULL)
			shown = talloc_strndup_append(shown, urls, (size_t)(scheme + 3 - urls));
		shown = talloc_strndup_append(shown, start, (size_t)(urls + length - start));
		urls += length;
		if (*urls == ',') {
			shown = talloc_strdup_append(shown, ",");
			urls++;
		}
	}
	return shown;
}

static int64_t
reconnect_delay(natsConnection *nc, int attempts, void *closure)
{
	return backoff_ms(RECONNECT_FIRST_MS, RECONNECT_MAX_MS, attempts);
}

/* refused subjects, slow consumers: `sub` may be gone already, so only the words are used */
static void
on_error(natsConnection *nc, natsSubscription *sub, natsStatus status, void *closure)
{
	const char *text = NULL;

	if (natsConnection_GetLastError(nc, &text) == NATS_OK || text == NULL || *text == '\0')
		text = natsStatus_GetText(status);
	log_warning("NATS reports an error", F_STR("reason", text));
}

static dms_error *
option_error(natsStatus status, const char *key, const char *value)
{
	const char *text = nats_GetLastError(NULL);
	dms_error *error = dms_error_new(DMS_E_CONFIG, "%s %s cannot be used: %s (%s)", key, value,
					 natsStatus_GetText(status), text != NULL ? text : "");

	return dms_error_put_str(error, "key", key);
}

static dms_error *
set_servers(natsOptions *options, const char *urls)
{
	char *copy = talloc_strdup(NULL, urls);
	const char *servers[64];
	int count = 0;
	char *next = NULL;
	natsStatus status;

	for (char *url = strtok_r(copy, ", \t", &next); url != NULL;
	     url = strtok_r(NULL, ", \t", &next))
		if (count < (int)(sizeof servers / sizeof servers[0]))
			servers[count++] = url;
	status =
	    count == 0 ? NATS_ADDRESS_MISSING : natsOptions_SetServers(options, servers, count);
	talloc_free(copy);
	return status == NATS_OK ? NULL
				 : option_error(status, "nats_url", count == 0 ? "(empty)" : "");
}

static dms_error *
check_readable(const char *key, const char *path)
{
	if (access(path, R_OK) == 0)
		return NULL;
	return dms_error_put_str(dms_error_new(DMS_E_CONFIG, "%s %s cannot be read: %m", key, path),
				 "key", key);
}

static dms_error *
set_tls(natsOptions *options, const struct dms_config *config)
{
	natsStatus status = NATS_OK;

	if (config->nats_ca[0] == '\0' && config->nats_cert[0] == '\0' &&
	    strstr(config->nats_url, "tls://") == NULL)
		return NULL;
	status = natsOptions_SetSecure(options, true);
	if (status != NATS_OK)
		return option_error(status, "nats_url", "tls://");
	if (config->nats_ca[0] != '\0') {
		TRY(check_readable("nats_ca", config->nats_ca));
		status = natsOptions_LoadCATrustedCertificates(options, config->nats_ca);
		if (status != NATS_OK)
			return option_error(status, "nats_ca", config->nats_ca);
	}
	if (config->nats_cert[0] == '\0')
		return NULL;
	TRY(check_readable("nats_cert", config->nats_cert));
	TRY(check_readable("nats_key", config->nats_key));
	status = natsOptions_LoadCertificatesChain(options, config->nats_cert, config->nats_key);
	return status == NATS_OK ? NULL : option_error(status, "nats_cert", config->nats_cert);
}

static dms_error *
set_inbox(natsOptions *options, const struct dms_config *config)
{
	char *prefix = inbox_prefix(NULL, config->nats_cert);
	natsStatus status = natsOptions_SetCustomInboxPrefix(options, prefix);

	talloc_free(prefix);
	return status == NATS_OK ? NULL : option_error(status, "nats_cert", config->nats_cert);
}

/* what cannot fail but for memory */
static natsStatus
set_manners(natsOptions *options, const struct dms_config *config)
{
	char name[128];
	natsStatus status;

	snprintf(name, sizeof name, "%s %d", config->program_name, (int)getpid());
	status = natsOptions_SetName(options, name);
	if (status == NATS_OK)
		status = natsOptions_SetTimeout(options, CONNECT_MS);
	/* without this every reply waits a millisecond for the library's flusher */
	if (status == NATS_OK)
		status = natsOptions_SetSendAsap(options, true);
	if (status == NATS_OK)
		status = natsOptions_SetMaxReconnect(options, -1);
	if (status == NATS_OK)
		status = natsOptions_SetCustomReconnectDelay(options, reconnect_delay, NULL);
	if (status == NATS_OK)
		status = natsOptions_SetFailRequestsOnDisconnect(options, true);
	if (status == NATS_OK)
		status = natsOptions_SetPingInterval(options, PING_MS);
	if (status == NATS_OK)
		status = natsOptions_SetMaxPingsOut(options, PINGS_OUT);
	if (status == NATS_OK)
		status = natsOptions_SetWriteDeadline(options, WRITE_DEADLINE_MS);
	if (status == NATS_OK)
		status = natsOptions_SetErrorHandler(options, on_error, NULL);
	return status;
}

dms_error *
bus_options(struct bus *bus, natsOptions **options)
{
	natsOptions *made = NULL;
	natsStatus status = natsOptions_Create(&made);
	dms_error *error = NULL;

	if (status == NATS_OK)
		status = set_manners(made, bus->config);
	if (status != NATS_OK)
		TRY_GOTO(nats_error(status, "preparing a connection", bus->where), fail);
	TRY_GOTO(set_servers(made, bus->config->nats_url), fail);
	TRY_GOTO(set_tls(made, bus->config), fail);
	TRY_GOTO(set_inbox(made, bus->config), fail);
	*options = made;
	return NULL;
fail:
	natsOptions_Destroy(made);
	return error;
}
