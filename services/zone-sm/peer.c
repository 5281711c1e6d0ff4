/* A kept connection to the hidden master for each worker thread: a TCP and TSIG set-up per change
 * would cost more than the change. */
#include <pthread.h>
#include <string.h>

#include "zone_sm.h"

struct thread_peer {
	struct dns_peer *peer;
	char *endpoint;
	char *key_name;
};

static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void
end_of_thread(void *value)
{
	talloc_free(value);
}

static void
make_key(void)
{
	pthread_key_create(&key, end_of_thread);
}

/* The master may have moved, or its key been changed, since this thread last looked. */
static bool
is_same(const struct thread_peer *mine, const char *endpoint, const struct tsig *tsig)
{
	return mine != NULL && strcmp(mine->endpoint, endpoint) == 0 &&
	       strcmp(mine->key_name, tsig->name) == 0;
}

dms_error *
master_peer(struct sm_work *work, struct dns_peer **peer)
{
	struct sockaddr_storage address;
	struct thread_peer *mine;
	struct server *server;
	struct tsig *tsig;
	socklen_t size;
	char *endpoint;

	pthread_once(&once, make_key);
	TRY(server_master(work->db, work->mem, &server));
	TRY(tsig_update_key(work->db, work->mem, &tsig));
	endpoint =
	    talloc_asprintf(work->mem, strchr(server->address, ':') != NULL ? "[%s]:%d" : "%s:%d",
			    server->address, server->port);
	mine = pthread_getspecific(key);
	if (!is_same(mine, endpoint, tsig)) {
		talloc_free(mine);
		pthread_setspecific(key, NULL);
		TRY(endpoint_parse(endpoint, &address, &size));
		mine = talloc_zero(NULL, struct thread_peer);
		mine->endpoint = talloc_strdup(mine, endpoint);
		mine->key_name = talloc_strdup(mine, tsig->name);
		dms_error *error =
		    dns_peer_new(mine, &address, tsig, work->config->dns_timeout, &mine->peer);
		if (error != NULL) {
			talloc_free(mine);
			return error;
		}
		pthread_setspecific(key, mine);
	}
	*peer = mine->peer;
	return NULL;
}
