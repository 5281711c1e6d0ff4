/* What the files of this room share.
 *
 *   options.c  how to connect: servers, TLS, patience
 *   inbox.c    where its replies go
 *   link.c     one connection to NATS, its subscriptions, its orderly end
 *   bus.c      the bus's life: opened, waited for, drained, closed
 *   keeper.c   its own thread: connects, declares, repairs, tells the owner
 *   streams.c  which streams and consumers there are; declare.c makes the server have them
 *   receive.c  messages in, acknowledgements and answers;  send.c  messages out, requests
 *   srv.c      the NATS services protocol
 *
 * A link that the library has closed for good (it gives up when refused twice) is replaced by a new
 * one, so nobody keeps a pointer to a connection: take the link, use it, put it back.
 *
 * talloc is not thread-safe: nothing here allocates on the owner's context after bus_open.
 */
#pragma once

#include <nats/nats.h>
#include <pthread.h>
#include <stdatomic.h>

#include "bus/bus.h"

struct srv;

/* What the owner asked to hear; made anew on every link. */
struct subscription {
	struct bus *bus;
	char *subject;
	char *queue; /* NULL: none */
	bus_handler *handler;
	void *arg;
	bool is_work; /* from a work queue: what cannot be handled is given back */
	struct subscription *next;
};

/* A subscription on one link. */
struct tap {
	struct link *link;
	struct subscription *subscription;
	natsSubscription *sub;
	struct tap *next;
};

struct link {
	struct bus *bus;
	natsConnection *nc;
	jsCtx *js;
	int users;         /* under bus->lock */
	struct tap *taps;  /* under bus->lock */
	bool is_closed;    /* under bus->lock: the library has said its last word */
	int running;       /* under bus->lock: taps whose callbacks may still come */
	struct link *next; /* in bus->dead */
};

struct bus {
	const struct dms_config *config;
	void (*on_state)(void *arg, bool is_connected);
	void *arg;

	pthread_mutex_t lock; /* guards what follows; never held while calling out */
	pthread_cond_t changed;
	struct link *link; /* NULL while there is none */
	struct link *dead; /* closed by the library, perhaps still in use */
	struct subscription *subscriptions;
	unsigned drops;    /* disconnects so far */
	unsigned connects; /* connects and reconnects so far */
	bool is_ready;     /* connected, declared, and the owner knows */
	bool is_declaring; /* this process keeps streams and consumers in being */
	bool has_lost;     /* one of ours was deleted, files and all */
	bool is_stopping;
	char reason[256]; /* why there is no connection, or no streams */

	char *where;             /* the URLs without user and password */
	atomic_bool is_draining; /* no new subscriptions */
	atomic_bool is_drained;  /* nothing may reach a handler any more */
	pthread_t keeper;
	struct srv *srv;
};

/* link.c */
/* Connects: blocks up to two seconds a server. Certificate files are read anew each time. */
dms_error *link_open(struct bus *bus, struct link **link);
/* Subscribes on this link. */
dms_error *link_tap(struct link *link, struct subscription *subscription);
/* Nobody is inside and no callback can come: link_free may be called. bus->lock held. */
bool link_is_idle(const struct link *link);
void link_free(struct link *link);
/* The present link, or NULL; end with link_put. */
struct link *link_take(struct bus *bus);
void link_put(struct link *link);

/* options.c */
/* DMS_E_CONFIG when an option or a certificate file is unusable. */
dms_error *bus_options(struct bus *bus, natsOptions **options);
/* The URLs as they may be shown. */
char *url_without_password(TALLOC_CTX *mem, const char *urls);

/* inbox.c */
/* Prefix of the reply subjects of whoever has this certificate; "_INBOX" without one. */
char *inbox_prefix(TALLOC_CTX *mem, const char *cert_file);

/* bus.c */
/* Waits for bus->changed until `deadline_us` of monotonic_us(). False at the deadline. Lock held.
 */
bool bus_wait_changed(struct bus *bus, int64_t deadline_us);

/* keeper.c */
/* The thread; `arg` is the bus. Ends when bus->is_stopping. */
void *bus_keep(void *arg);
/* Frees the retired links that nobody is inside of. Lock held, let go meanwhile. */
void bus_reap(struct bus *bus);

/* declare.c */
/* Makes streams and consumers what the tables say; `*made` counts those that were missing. */
dms_error *bus_declare(struct link *link, int replicas, int *made);

/* receive.c */
/* The library's message callback; `closure` is the tap. */
void receive(natsConnection *nc, natsSubscription *sub, natsMsg *msg, void *closure);
/* Subscribes, now and on every later link. */
dms_error *subscribe(struct bus *bus, const char *subject, const char *queue, bool is_work,
		     bus_handler *handler, void *arg);
void subscription_free(struct subscription *subscription);
/* Hears of deletions of ours when they are done. */
dms_error *watch_deletions(struct bus *bus);

/* send.c */
/* A status of the library as an error that says what was being done to what. */
dms_error *nats_error(natsStatus status, const char *what, const char *subject);

/* srv.c */
void srv_free(struct srv *srv);

/* streams.c */
struct bus_stream {
	const char *name;
	const char *subjects;
	jsRetentionPolicy retention;
	int64_t max_age_s;       /* 0: for ever */
	int64_t max_per_subject; /* -1: no limit */
};

struct bus_durable {
	const char *stream;
	const char *name;
	const char *filter;
	const char *deliver; /* the subject to which the server pushes */
	int64_t max_ack_pending;
};

#define BUS_STREAM_COUNT      3
#define BUS_DUPLICATE_SECONDS 120
#define BUS_ACK_WAIT_SECONDS \
	10 /* a message only knocks: a second one while the first is worked at harms nobody */

extern const struct bus_stream bus_streams[BUS_STREAM_COUNT];
extern const struct bus_durable bus_durables[BUS_CONSUMER_COUNT];
