/* Requests of a transfer, and the reader of its frames. */
#include "pull.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "base/secret.h"

#define REQUEST_TIMEOUT_MS 15000
#define BEGIN_MAX          3 /* a transfer that is forgotten each time is not tried for ever */
#define TRANSFER_MAX       ((int64_t)1 << 30)
#define FRAME_MAX          ((size_t)256 << 20)

struct transfer {
	struct bus *bus;
	const char *subject;
	Dms__PullRequest request;
	struct pull *pull;
};

static dms_error *
wrong(const struct transfer *t, const char *what)
{
	return dms_error_new(DMS_E_FORMAT, "%s: %s", t->subject, what);
}

/* One request and its reply, which the caller frees. */
static dms_error *
ask(struct transfer *t, Dms__PullReply **reply)
{
	TALLOC_CTX *mem = talloc_new(NULL);
	size_t size = dms__pull_request__get_packed_size(&t->request);
	uint8_t *packed = talloc_size(mem, size + 1), *data = NULL;
	size_t data_size = 0;
	dms__pull_request__pack(&t->request, packed);
	struct bus_outgoing out = {.subject = t->subject, .data = packed, .size = size};
	dms_error *error = bus_request(t->bus, mem, &out, REQUEST_TIMEOUT_MS, &data, &data_size);
	if (error == NULL) {
		*reply = dms__pull_reply__unpack(NULL, data_size, data);
		if (*reply == NULL)
			error = wrong(t, "the reply is not a PullReply");
	}
	talloc_free(mem);
	return error;
}

/* What the first reply says of the whole. */
static dms_error *
take_head(struct transfer *t, TALLOC_CTX *mem, const Dms__PullReply *reply)
{
	struct pull *pull = t->pull;
	pull->kind = reply->kind;
	pull->generation = reply->generation;
	pull->sg = talloc_strdup(pull, reply->sg);
	pull->role = talloc_strdup(pull, reply->role);
	pull->reason = talloc_strdup(pull, reply->reason);
	pull->item_count = reply->item_count;
	if (reply->kind != DMS__PULL_REPLY__KIND__DELTA &&
	    reply->kind != DMS__PULL_REPLY__KIND__SNAPSHOT)
		return NULL;
	if (reply->total_size < 0 || reply->total_size > TRANSFER_MAX)
		return wrong(t, "the size of the transfer makes no sense");
	if (reply->sha256.len != 32)
		return wrong(t, "the transfer has no digest");
	pull->size = (size_t)reply->total_size;
	pull->data = talloc_size(pull, pull->size + 1);
	t->request.transfer_id = talloc_strdup(mem, reply->transfer_id);
	return NULL;
}

/* Copies one chunk to its place. */
static dms_error *
take_chunk(struct transfer *t, const Dms__PullReply *reply)
{
	struct pull *pull = t->pull;
	if (reply->offset != t->request.offset ||
	    reply->chunk.len > pull->size - (size_t)reply->offset)
		return wrong(t, "a chunk lies outside the transfer");
	if (reply->chunk.len == 0 && (size_t)reply->offset < pull->size)
		return wrong(t, "an empty chunk");
	memcpy(pull->data + reply->offset, reply->chunk.data, reply->chunk.len);
	t->request.offset += (int64_t)reply->chunk.len;
	return NULL;
}

static bool
is_transfer(const struct pull *pull)
{
	return pull->kind == DMS__PULL_REPLY__KIND__DELTA ||
	       pull->kind == DMS__PULL_REPLY__KIND__SNAPSHOT;
}

/* From the first request to the last octet; `*gone` when master-sm forgot it on the way. */
static dms_error *
run_transfer(struct transfer *t, TALLOC_CTX *mem, const atomic_bool *stopping, bool *gone)
{
	uint8_t digest[32] = {0}, wanted[32] = {0};
	bool is_first = true;
	t->request.transfer_id = "";
	t->request.offset = 0;
	*gone = false;
	do {
		Dms__PullReply *reply;
		if (*stopping)
			return dms_error_new(DMS_E_STOPPING, "stopping during a pull");
		TRY(ask(t, &reply));
		*gone = reply->kind == DMS__PULL_REPLY__KIND__GONE;
		dms_error *error = NULL;
		if (!*gone && is_first) {
			error = take_head(t, mem, reply);
			if (error == NULL && is_transfer(t->pull))
				memcpy(wanted, reply->sha256.data, sizeof(wanted));
		}
		if (!*gone && error == NULL && is_transfer(t->pull))
			error = take_chunk(t, reply);
		dms__pull_reply__free_unpacked(reply, NULL);
		if (error != NULL || *gone || !is_transfer(t->pull))
			return error;
		is_first = false;
	} while ((size_t)t->request.offset < t->pull->size);
	sha256(t->pull->data, t->pull->size, digest);
	return memcmp(digest, wanted, sizeof(digest)) == 0 ? NULL
							   : wrong(t, "the digest does not match");
}

dms_error *
pull_fetch(struct bus *bus, TALLOC_CTX *mem, const char *server, int64_t have_generation,
	   const char *have_sg, const atomic_bool *stopping, struct pull **out)
{
	TALLOC_CTX *scratch = talloc_new(NULL);
	struct transfer t = {.bus = bus, .request = DMS__PULL_REQUEST__INIT};
	dms_error *error = NULL;
	bool gone = true;
	t.subject = talloc_asprintf(scratch, "dms.pull.%s", server);
	t.request.server = (char *)server;
	t.request.have_generation = have_generation;
	t.request.have_sg = (char *)have_sg;
	for (int begun = 0; error == NULL && gone && begun < BEGIN_MAX; begun++) {
		talloc_free(t.pull);
		t.pull = talloc_zero(mem, struct pull);
		error = run_transfer(&t, scratch, stopping, &gone);
	}
	if (error == NULL && gone)
		error = dms_error_new(DMS_E_SERVER_AGENT, "%s: the transfer was forgotten %d times",
				      t.subject, BEGIN_MAX);
	if (error != NULL)
		talloc_free(t.pull);
	else
		*out = t.pull;
	talloc_free(scratch);
	return error;
}

/* Octets that have been decompressed and not yet used. */
struct window {
	uint8_t *data;
	size_t start, size, capacity;
};

/* Hands over every whole frame in the window. */
static dms_error *
take_frames(struct window *w, pull_item_fn *fn, void *arg, int64_t *count)
{
	if (w->data == NULL)
		return NULL;
	while (w->size - w->start >= 4) {
		const uint8_t *at = w->data + w->start;
		size_t size =
		    (size_t)at[0] << 24 | (size_t)at[1] << 16 | (size_t)at[2] << 8 | at[3];
		if (size > FRAME_MAX)
			return dms_error_new(DMS_E_FORMAT, "a frame of %zu octets", size);
		if (size > w->size - w->start - 4)
			break;
		Dms__ConfigItem *item = dms__config_item__unpack(NULL, size, at + 4);
		if (item == NULL)
			return dms_error_new(DMS_E_FORMAT, "frame %lld is not a ConfigItem",
					     (long long)*count);
		dms_error *error = fn(arg, item);
		dms__config_item__free_unpacked(item, NULL);
		if (error != NULL)
			return error;
		w->start += 4 + size;
		(*count)++;
	}
	memmove(w->data, w->data + w->start, w->size - w->start);
	w->size -= w->start;
	w->start = 0;
	return NULL;
}

static dms_error *
decompress(const struct pull *pull, ZSTD_DStream *stream, struct window *w, pull_item_fn *fn,
	   void *arg, int64_t *count)
{
	ZSTD_inBuffer in = {pull->data, pull->size, 0};
	size_t left = 0;
	bool is_full = false; /* there may be more of what has been read already */
	while (in.pos < in.size || is_full) {
		if (w->capacity - w->size < ZSTD_DStreamOutSize()) {
			w->capacity = w->capacity * 2 + ZSTD_DStreamOutSize();
			w->data = talloc_realloc_size(NULL, w->data, w->capacity);
		}
		ZSTD_outBuffer to = {w->data + w->size, w->capacity - w->size, 0};
		left = ZSTD_decompressStream(stream, &to, &in);
		if (ZSTD_isError(left))
			return dms_error_new(DMS_E_FORMAT, "zstd: %s", ZSTD_getErrorName(left));
		is_full = to.pos == to.size;
		w->size += to.pos;
		TRY(take_frames(w, fn, arg, count));
	}
	if (left != 0 || w->size != 0)
		return dms_error_new(DMS_E_FORMAT, "the transfer ends within an item");
	return NULL;
}

dms_error *
pull_items(const struct pull *pull, pull_item_fn *fn, void *arg)
{
	struct window w = {0};
	int64_t count = 0;
	ZSTD_DStream *stream = ZSTD_createDStream();
	if (stream == NULL)
		return dms_error_new(DMS_E_SYSTEM, "zstd: no memory");
	dms_error *error = decompress(pull, stream, &w, fn, arg, &count);
	ZSTD_freeDStream(stream);
	talloc_free(w.data);
	if (error == NULL && count != pull->item_count)
		error = dms_error_new(DMS_E_FORMAT, "%lld items came, %lld were announced",
				      (long long)count, (long long)pull->item_count);
	return error;
}
