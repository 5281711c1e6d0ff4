/* Pulls: an agent says what it has and gets what it lacks, in chunks. */
#include "master_sm.h"

#include <pthread.h>
#include <string.h>

#include "base/log.h"
#include "base/secret.h"
#include "base/time.h"

#define TRANSFERS_MAX    64
#define TRANSFER_IDLE_US (60 * INT64_C(1000000))
#define LATE_US          (10 * INT64_C(1000000)) /* to make one; an agent waits 15 s for an answer */

/* What one agent is in the middle of fetching. */
struct transfer {
	char *id;
	char *server;
	Dms__PullReply head; /* without chunk and offset */
	uint8_t digest[32];
	char *sg, *role;
	int64_t from; /* generation that the agent has; -1: none that counts */
	bool is_late; /* its first chunk came too late, as far as is known */
	struct pull_content content;
	int64_t used_us;
};

struct pulls {
	pthread_mutex_t mutex;
	struct transfer *transfers[TRANSFERS_MAX];
};

/* Workers make the transfers, so they are not children: talloc is not thread-safe. */
static int
end_transfers(struct pulls *pulls)
{
	for (int i = 0; i < TRANSFERS_MAX; i++)
		TALLOC_FREE(pulls->transfers[i]);
	pthread_mutex_destroy(&pulls->mutex);
	return 0;
}

struct pulls *
pulls_new(TALLOC_CTX *mem)
{
	struct pulls *pulls = talloc_zero(mem, struct pulls);

	pthread_mutex_init(&pulls->mutex, NULL);
	talloc_set_destructor(pulls, end_transfers);
	return pulls;
}

/* Keeps a transfer for its next chunks; the one idle longest makes room. Under the mutex. */
static void
keep(struct pulls *pulls, struct transfer *transfer)
{
	int oldest = 0;

	for (int i = 0; i < TRANSFERS_MAX; i++) {
		struct transfer *other = pulls->transfers[i];

		if (other != NULL && other->used_us < monotonic_us() - TRANSFER_IDLE_US)
			TALLOC_FREE(pulls->transfers[i]);
		if (pulls->transfers[i] == NULL) {
			oldest = i;
			break;
		}
		if (other->used_us < pulls->transfers[oldest]->used_us)
			oldest = i;
	}
	talloc_free(pulls->transfers[oldest]);
	pulls->transfers[oldest] = transfer;
}

static struct transfer **
find(struct pulls *pulls, const char *id, const char *server)
{
	for (int i = 0; i < TRANSFERS_MAX; i++) {
		struct transfer *transfer = pulls->transfers[i];

		if (transfer != NULL && strcmp(transfer->id, id) == 0 &&
		    strcmp(transfer->server, server) == 0)
			return &pulls->transfers[i];
	}
	return NULL;
}

static dms_error *
reply(struct service *service, const struct bus_message *message, const Dms__PullReply *answer)
{
	size_t size = dms__pull_reply__get_packed_size(answer);
	uint8_t *data = talloc_size(NULL, size);
	dms_error *error;

	dms__pull_reply__pack(answer, data);
	error = bus_reply(service->bus, message, data, size);
	talloc_free(data);
	return error;
}

static dms_error *
refuse(struct service *service, const struct bus_message *message, Dms__PullReply__Kind kind,
       const char *reason)
{
	Dms__PullReply answer = DMS__PULL_REPLY__INIT;

	answer.kind = kind;
	answer.reason = (char *)reason;
	return reply(service, message, &answer);
}

/* The chunk at `offset`; the last one ends the transfer. Under the mutex, which keeps the bytes
 * alive. */
static dms_error *
send_chunk(struct service *service, const struct bus_message *message, struct transfer **slot,
	   int64_t offset)
{
	struct transfer *transfer = *slot;
	Dms__PullReply answer = transfer->head;
	size_t size = transfer->content.size;
	size_t most = (size_t)service->config->pull_chunk;
	dms_error *error;

	if (offset < 0 || (size_t)offset > size)
		return refuse(service, message, DMS__PULL_REPLY__KIND__GONE,
			      "offset outside the transfer");
	answer.offset = offset;
	answer.chunk.data = transfer->content.bytes + offset;
	answer.chunk.len = size - (size_t)offset < most ? size - (size_t)offset : most;
	transfer->used_us = monotonic_us();
	error = reply(service, message, &answer);
	return error;
}

static dms_error *
next_chunk(struct service *service, const struct bus_message *message,
	   const Dms__PullRequest *request)
{
	struct pulls *pulls = ((struct master_sm *)service->mine)->pulls;
	struct transfer **slot;
	dms_error *error;

	pthread_mutex_lock(&pulls->mutex);
	slot = find(pulls, request->transfer_id, request->server);
	if (slot != NULL)
		(*slot)->is_late = false;
	error = slot != NULL ? send_chunk(service, message, slot, request->offset)
			     : refuse(service, message, DMS__PULL_REPLY__KIND__GONE,
				      "this transfer is not known (any more)");
	pthread_mutex_unlock(&pulls->mutex);
	return error;
}

/* The same transfer, made for a request whose answer came too late: large content may take longer
 * to make than an agent waits, and would be made in vain again and again. NULL: none. Under the
 * mutex. */
static struct transfer **
find_same(struct pulls *pulls, const struct server *server, const struct server_group *sg,
	  int64_t from)
{
	for (int i = 0; i < TRANSFERS_MAX; i++) {
		struct transfer *transfer = pulls->transfers[i];

		if (transfer != NULL && transfer->is_late && transfer->from == from &&
		    transfer->head.generation == sg->generation &&
		    transfer->used_us >= monotonic_us() - TRANSFER_IDLE_US &&
		    strcmp(transfer->server, server->name) == 0 &&
		    strcmp(transfer->sg, sg->name) == 0)
			return &pulls->transfers[i];
	}
	return NULL;
}

static bool
answer_with_same(struct service *service, const struct bus_message *message,
		 const struct server *server, const struct server_group *sg, int64_t from,
		 dms_error **error)
{
	struct pulls *pulls = ((struct master_sm *)service->mine)->pulls;

	pthread_mutex_lock(&pulls->mutex);
	struct transfer **same = find_same(pulls, server, sg, from);
	if (same != NULL)
		*error = send_chunk(service, message, same, 0);
	pthread_mutex_unlock(&pulls->mutex);
	return same != NULL;
}

static struct transfer *
transfer_new(const struct server *server, const struct server_group *sg, int64_t from)
{
	struct transfer *transfer = talloc_zero(NULL, struct transfer);

	transfer->id = random_hex(transfer, 16);
	transfer->server = talloc_strdup(transfer, server->name);
	transfer->sg = talloc_strdup(transfer, sg->name);
	transfer->role = talloc_strdup(transfer, sg->kind);
	dms__pull_reply__init(&transfer->head);
	transfer->head.kind =
	    from < 0 ? DMS__PULL_REPLY__KIND__SNAPSHOT : DMS__PULL_REPLY__KIND__DELTA;
	transfer->from = from;
	transfer->head.generation = sg->generation;
	transfer->head.sg = transfer->sg;
	transfer->head.role = transfer->role;
	transfer->head.transfer_id = transfer->id;
	return transfer;
}

/* A new transfer of what the agent lacks, and its first chunk. */
static dms_error *
first_chunk(struct service *service, struct worker *worker, const struct bus_message *message,
	    const Dms__PullRequest *request, const struct server *server,
	    const struct server_group *sg)
{
	struct pulls *pulls = ((struct master_sm *)service->mine)->pulls;
	bool is_known = strcmp(request->have_sg, sg->name) == 0 && request->have_generation > 0 &&
			request->have_generation >= sg->log_floor &&
			request->have_generation <= sg->generation;
	struct transfer *transfer;
	dms_error *error = NULL;
	int64_t from, begun_us;

	if (is_known && request->have_generation == sg->generation) {
		Dms__PullReply answer = DMS__PULL_REPLY__INIT;

		answer.kind = DMS__PULL_REPLY__KIND__UP_TO_DATE;
		answer.generation = sg->generation;
		answer.sg = (char *)sg->name;
		answer.role = (char *)sg->kind;
		return reply(service, message, &answer);
	}
	from = is_known ? request->have_generation : -1;
	begun_us = monotonic_us();
	if (answer_with_same(service, message, server, sg, from, &error))
		return error;
	transfer = transfer_new(server, sg, from);
	error = pull_content_make(worker, transfer, server, sg, from, &transfer->content);
	if (error != NULL) {
		talloc_free(transfer);
		return error;
	}
	sha256(transfer->content.bytes, transfer->content.size, transfer->digest);
	transfer->head.sha256.data = transfer->digest;
	transfer->head.sha256.len = sizeof(transfer->digest);
	transfer->head.total_size = (int64_t)transfer->content.size;
	transfer->head.item_count = transfer->content.item_count;
	transfer->used_us = monotonic_us();
	transfer->is_late = transfer->used_us - begun_us > LATE_US;
	log_info("pull", F_STR("server", server->name), F_STR("sg", sg->name),
		 F_STR("kind", is_known ? "delta" : "snapshot"),
		 F_INT("from", request->have_generation), F_INT("to", sg->generation),
		 F_INT("items", transfer->content.item_count),
		 F_INT("bytes", (int64_t)transfer->content.size));
	pthread_mutex_lock(&pulls->mutex);
	keep(pulls, transfer);
	error = send_chunk(service, message, find(pulls, transfer->id, transfer->server), 0);
	pthread_mutex_unlock(&pulls->mutex);
	return error;
}

/* One view of the database for the whole content. */
static dms_error *
answer_in_transaction(struct service *service, struct worker *worker,
		      const struct bus_message *message, const Dms__PullRequest *request)
{
	struct server *server;
	struct server_group *sg;
	struct db_result *row;

	TRY(db_begin(worker->db));
	TRY(db_exec(worker->db, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"));
	TRY(server_by_name(worker->db, worker->mem, request->server, false, &server));
	if (strcmp(server->state, "DISABLED") == 0)
		return refuse(service, message, DMS__PULL_REPLY__KIND__REFUSED,
			      "the server is disabled");
	TRY(sg_by_id(worker->db, worker->mem, server->sg_id, &sg));
	TRY(db_query(worker->db, worker->mem, &row,
		     "SELECT settings_sha256 IS NULL AS has_none FROM server_group WHERE id = $1",
		     P_INT(sg->id)));
	if (db_bool(row, 0, "has_none"))
		return refuse(service, message, DMS__PULL_REPLY__KIND__REFUSED,
			      "the group has no settings yet: no hidden master is in service");
	return first_chunk(service, worker, message, request, server, sg);
}

dms_error *
pull_answer(struct service *service, struct worker *worker, const struct bus_message *message)
{
	const char *name = message->subject + strlen("dms.pull.");
	Dms__PullRequest *request = dms__pull_request__unpack(NULL, message->size, message->data);
	dms_error *error;

	if (request == NULL || strcmp(request->server, name) != 0) {
		error = dms_error_new(DMS_E_FORMAT, "%s: the body is not a PullRequest of '%s'",
				      message->subject, name);
	} else if (request->transfer_id[0] != '\0') {
		error = next_chunk(service, message, request);
	} else {
		error = answer_in_transaction(service, worker, message, request);
		db_rollback(worker->db); /* nothing was written */
	}
	if (request != NULL)
		dms__pull_request__free_unpacked(request, NULL);
	return error;
}
