/* State machines driven by durable events (shared/design.md section 4).
 *
 * A machine is a const table of transitions and, per event, a handler. Posting an event is an
 * INSERT in the transaction that made it necessary; after the commit the same process publishes it;
 * what is lost on the way is published again by the relay. The row is the truth, the message only
 * knocks.
 *
 * Running an event begins in a transaction, machine row locked: check, change rows, decide. Most
 * events end here.
 *
 * Work, only when begin says SM_WORK, is outside any transaction: DNS, files. It is done under a
 * lease, which is renewed while the process lives. It must be idempotent: a crash repeats it.
 *
 * Settle is in a second transaction, row locked again and its sm_version unchanged since the claim:
 * write the outcome. Work that was overtaken (version moved) is thrown away, and the event runs
 * anew from begin.
 *
 * Due events of one machine row run in the order of their ids, one at a time over all processes.
 */
#pragma once

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <talloc.h>

#include "bus/bus.h"
#include "db/db.h"

struct sm_work;

enum sm_step {
	SM_DONE,      /* settled in this transaction: 200 */
	SM_NO_CHANGE, /* legal, nothing to do: 220 */
	SM_WORK,      /* begin only: go on to work and settle */
};

struct sm_handler {
	dms_error *(*begin)(struct sm_work *work, enum sm_step *step);
	dms_error *(*work)(struct sm_work *work); /* NULL: begin never says SM_WORK */
	dms_error *(*settle)(struct sm_work *work, enum sm_step *step); /* NULL likewise */
	/* Called in a transaction, row locked, when begin, work or settle ended in a permanent
	 * error: leaves the machine in a state from which it can go on. May be NULL. */
	dms_error *(*failed)(struct sm_work *work, const dms_error *error);
};

/* What happens when an event meets a machine in one of some states: a handler runs; or the event is
 * refused; or there is nothing to do now, because what it asks for is kept and will be done, or
 * because the machine has gone beyond it. The latter two end with 220 and say so. */
struct sm_transition {
	const char *states; /* "CREATE RESET" */
	const char *event;  /* "ZoneSMUpdate" */
	const struct sm_handler *handler;
	const char *next; /* states it may lead to, space-separated; handlers may choose no other */
	/* For people. Refused: why. Kept: where the wish is kept, which the results say too. */
	const char *what;
	bool is_kept;
	enum dms_err refusal; /* DMS_OK: not refused */
	const char *reason;   /* stable name of the refusal, data.reason: "ZoneAlreadyEnabled" */
};

/* The rows of a table. */
#define SM_ON(in, type, by, to, why)                                                   \
	{                                                                              \
		.states = in, .event = type, .handler = &(by), .next = to, .what = why \
	}
#define SM_KEEP(in, type, why)                                             \
	{                                                                  \
		.states = in, .event = type, .what = why, .is_kept = true, \
	}
#define SM_OVERTAKEN(in, type, why)                       \
	{                                                 \
		.states = in, .event = type, .what = why, \
	}
#define SM_REFUSE(in, type, error, name, why)                                                      \
	{                                                                                          \
		.states = in, .event = type, .what = why, .refusal = DMS_E_##error, .reason = name \
	}
/* In `next`: the row is no more; the row stays where it was. */
#define SM_GONE  "[*]"
#define SM_STAYS "="

struct sm_machine {
	const char *name; /* "zone": event.machine and dms.event.<name>.<id> */
	const char
	    *table; /* its rows: id, state, sm_version, lease_*, last_error*; NULL = stateless:
		       events of one sm_id are only kept apart, every event is legal */
	const struct sm_transition *transitions; /* ends with states NULL; stateless: states "" */
	/* All states, first the one that a row begins in; each event of the table then has a row
	 * for each of them. NULL: not so (tests, stateless). */
	const char *states;
	const char *about;    /* what it is, for docs/machines.md */
	const char *name_key; /* error data that names the row: "name", "server_name"; NULL: none */
	/* What the reconciler re-posts: rows (id, event_type, why) of machines in a state that no
	 * live event will move. No parameters. NULL: nothing. */
	const char *revive_sql;
};

/* What a handler sees. Lives on `mem` from claim to settle. */
struct sm_work {
	TALLOC_CTX *mem;
	struct db *db;
	struct bus *bus;
	const struct dms_config *config;
	const struct sm_machine *machine;
	void *service; /* what the service gave to sm_engine_new */
	int64_t sm_id;
	const char *sm_name;
	const char *state;      /* as locked */
	const char *next_state; /* sm_goto */
	int64_t event_id;
	const char *event_type;
	int64_t change_id; /* 0: none */
	int attempt;       /* counts from 1 */
	bool is_bulk;      /* so is what it posts */
	json_t *parameters;
	json_t *results;        /* object the handler may add to */
	void *mine;             /* begin -> work -> settle */
	struct sm_claim *claim; /* the engine's own */
};

/* Chooses the state to be in after this transaction; the transition's `next` must allow it. */
void sm_goto(struct sm_work *work, const char *state);

/* A new event. */
struct sm_event {
	const char *machine; /* "zone" */
	int64_t sm_id;
	const char *sm_name;
	const char *type;
	const json_t *parameters; /* borrowed; NULL = {} */
	int64_t change_id;        /* 0: none */
	int64_t cause_id;         /* event that posts this one; 0: none */
	int64_t delay_ms;         /* 0: due now */
	bool is_bulk;             /* dms.event.zone-bulk.<id>: interactive work overtakes it */
	bool is_single; /* not inserted if a pending event of this type and row is due no later */
};
/* Posts in the open transaction and publishes after its commit (when `bus` is not NULL and up).
 * `*event_id` may be NULL; 0 when is_single found one waiting. */
dms_error *sm_post(struct db *db, struct bus *bus, const struct sm_event *event, int64_t *event_id);
/* The same from inside a handler: cause, change id (unless set) and bus are filled in, and what
 * follows from bulk work is bulk work. */
dms_error *sm_post_next(struct sm_work *work, struct sm_event event);

/* In begin: takes the other pending events of this row and type that are due, or that back off
 * after a failure, into this one ("ten saves while one publish runs are one more publish"): they
 * end when it ends, and as it ends. Their parameters come back as a JSON array (new reference; NULL
 * pointer: not wanted); the newest change id among them replaces work->change_id. */
dms_error *sm_absorb(struct sm_work *work, const char *type, json_t **parameters);

/* In work, between looking at something outside and acting on what was seen: whether nobody has
 * moved the row since the claim. If somebody has, what was seen may be his doing and newer than
 * what this event knows: act no more and return NULL; settle throws the event's work away. When the
 * answer is yes and the act is conditional on what was seen, whoever takes the row later wins
 * (docs/model). */
dms_error *sm_is_mine(struct sm_work *work, bool *is_mine);

/* Publishes after the open transaction's commit; lost if the bus is away. `data` is copied. */
dms_error *sm_publish(struct db *db, struct bus *bus, const char *subject, const void *data,
		      size_t size, int64_t change_id);
/* A fact, so published: dms.fact.<sg>.<kind>. Facts are news, not truth: whoever needs certainty
 * reads rows. */
dms_error *sm_fact(struct db *db, struct bus *bus, const char *sg, const char *kind,
		   const ProtobufCMessage *fact, int64_t change_id);

struct sm_engine;
struct work_pool;
struct worker;

/* An engine runs the machines a service owns on the service's pool: consumes their subjects,
 * relays, reconciles. */
dms_error *sm_engine_new(TALLOC_CTX *mem, const struct dms_config *config, struct bus *bus,
			 struct work_pool *pool, const struct sm_machine *const *machines,
			 void *service, struct sm_engine **engine);
/* Begins to take events in: consumers, requests on dms.sm.<machine>.<event>, relay, reconciler. */
dms_error *sm_engine_start(struct sm_engine *engine);
/* The bus is there again, or had lost its store: everything pending is published anew. From any
 * thread. */
void sm_engine_bus_is_back(struct sm_engine *engine);
/* Takes in nothing more; the pool's drain waits for what is under way. */
void sm_engine_stop(struct sm_engine *engine);

/* Posts and runs an event now, on this thread's connection, and waits for its end: for callers that
 * need the answer. Only for events whose begin never says SM_WORK. The event row is written either
 * way; a refusal comes back as the error, with `results` as its data. The results say the states
 * before and after: pre_event_sm_state, post_event_sm_state. */
dms_error *sm_run_now(struct sm_engine *engine, struct worker *worker, const struct sm_event *event,
		      json_t **results);

/* What the table says of an event in a state; NULL when it does not know the pair. */
const struct sm_transition *sm_find(const struct sm_machine *machine, const char *state,
				    const char *event);
/* Whether a table is whole: each pair of a state and an event once, no unknown states.
 * DMS_E_INTERNAL names what is wrong. */
dms_error *sm_machine_check(const struct sm_machine *machine);
/* The machine as Markdown: about, diagram (Mermaid), table; nothing of a stateless one. */
void sm_machine_print(FILE *out, const struct sm_machine *machine);
