/* One JSON-RPC request, single or batch: its calls one after another, each its own transaction. */
#pragma once

#include "dispatch.h"

struct batch {
	TALLOC_CTX *mem; /* everything of it lives there */
	struct gateway *gateway;
	struct ticket_origin origin;
	char *text; /* the request */
	size_t size;
	char *reply; /* ASCII JSON, free(); NULL: nothing to say. Whoever is told takes it. */
	/* Told once, on a worker or on the thread that submitted; the batch is its owner's again.
	 */
	void (*done)(struct batch *batch);
	void *owner;
	/* inside */
	struct jsonrpc_request *request;
	struct ticket *ticket;
	size_t next;
};

/* Hands it to a worker; `done` follows in any case. */
void batch_submit(struct batch *batch);
