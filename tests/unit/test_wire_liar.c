/* rooms: dms_dns dms_base */
/* Servers that are silent, away, or lie: each must end in one clean error, in time. */
#include <errno.h>
#include <ldns/packet.h>
#include <pthread.h>

#include "dns/wire_message.h"
#include "wire_named.h"

#include "memory.h"

#define ZONE     "example.org."
#define LIMIT_MS 300

/* A server in a thread that does `serve` with each connection until the test shuts it. */
struct liar {
	int fd, port;
	pthread_t thread;
	void (*serve)(struct liar *liar, int client);
	int upstream; /* port of a real server, for one that stands in between */
	size_t at;    /* which octet it spoils */
	size_t seen;  /* size of the last request */
	int connections;
};

static bool
read_exactly(int fd, uint8_t *octets, size_t size)
{
	while (size > 0) {
		ssize_t got = read(fd, octets, size);
		if (got <= 0)
			return false;
		octets += got;
		size -= (size_t)got;
	}
	return true;
}

/* One DNS message with its length; false at the end. */
static bool
read_message(int fd, uint8_t *message, size_t *size)
{
	uint8_t length[2];
	if (!read_exactly(fd, length, 2))
		return false;
	*size = wire_u16(length);
	return read_exactly(fd, message, *size);
}

static void
write_exactly(int fd, const uint8_t *octets, size_t size)
{
	while (size > 0) {
		ssize_t sent = send(fd, octets, size, MSG_NOSIGNAL);
		if (sent <= 0)
			return;
		octets += sent;
		size -= (size_t)sent;
	}
}

static void
write_message(int fd, const uint8_t *message, size_t size)
{
	uint8_t length[2];
	wire_set_u16(length, (uint16_t)size);
	write_exactly(fd, length, 2);
	write_exactly(fd, message, size);
}

static void *
liar_run(void *argument)
{
	struct liar *liar = argument;
	int client;
	while ((client = accept(liar->fd, NULL, NULL)) >= 0) {
		liar->connections++;
		liar->serve(liar, client);
		close(client);
	}
	return NULL;
}

static void
liar_start(struct liar *liar, void (*serve)(struct liar *, int))
{
	struct sockaddr_storage address;
	socklen_t size = sizeof(struct sockaddr_in);
	loopback(0, &address);
	liar->serve = serve;
	liar->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(liar->fd, (struct sockaddr *)&address, size), 0);
	assert_int_equal(listen(liar->fd, 16), 0);
	getsockname(liar->fd, (struct sockaddr *)&address, &size);
	liar->port = ntohs(((struct sockaddr_in *)&address)->sin_port);
	assert_int_equal(pthread_create(&liar->thread, NULL, liar_run, liar), 0);
}

/* Every peer must be gone before: it ends what is being served. */
static void
liar_stop(struct liar *liar)
{
	shutdown(liar->fd, SHUT_RDWR);
	pthread_join(liar->thread, NULL);
	close(liar->fd);
}

/* Until the other side is tired. */
static void
serve_silence(struct liar *liar, int client)
{
	uint8_t message[WIRE_MESSAGE_MAX];
	size_t size;
	while (read_message(client, message, &size))
		liar->seen = size;
}

static void
serve_end(struct liar *liar, int client)
{
	uint8_t message[WIRE_MESSAGE_MAX];
	read_message(client, message, &liar->seen);
}

/* A good answer to the request with the zone's SOA, unsigned. Returns its size. */
static size_t
honest_answer(const uint8_t *request, uint8_t *answer)
{
	static const uint8_t soa[] = {0xc0, 12, 0,    6,  0, 1, 0, 0, 14, 16, 0, 24,
				      0xc0, 12, 0xc0, 12, 0, 0, 0, 7, 0,  0,  1, 0,
				      0,    0,  1,    0,  0, 0, 9, 0, 0,  0,  0, 60};
	size_t question = WIRE_HEADER_SIZE + 13 + 4;
	memcpy(answer, request, question);
	wire_set_u16(answer + 2, WIRE_FLAG_ANSWER | WIRE_FLAG_AUTHORITATIVE);
	memset(answer + WIRE_ANSWER, 0, 6);
	wire_set_u16(answer + WIRE_ANSWER, 1);
	memcpy(answer + question, soa, sizeof soa);
	return question + sizeof soa;
}

/* What each lie does to the honest answer; NULL: it stays as it is. */
struct lie {
	const char *name;
	enum dms_err id;
	void (*tell)(uint8_t *answer, size_t *size);
};

static void
lie_id(uint8_t *answer, size_t *size)
{
	answer[0] ^= 1;
}

static void
lie_request(uint8_t *answer, size_t *size)
{
	answer[2] &= 0x7f;
}

static void
lie_opcode(uint8_t *answer, size_t *size)
{
	answer[2] |= 5 << 3;
}

static void
lie_truncated(uint8_t *answer, size_t *size)
{
	answer[2] |= 2;
}

static void
lie_question(uint8_t *answer, size_t *size)
{
	answer[13]++;
}

static void
lie_no_question(uint8_t *answer, size_t *size)
{
	memmove(answer + 12, answer + 29, *size - 29);
	*size -= 17;
	answer[5] = 0;
}

static void
lie_authority(uint8_t *answer, size_t *size)
{
	answer[2] &= 0xfb;
}

static void
lie_servfail(uint8_t *answer, size_t *size)
{
	answer[3] = LDNS_RCODE_SERVFAIL;
	answer[7] = 0;
	*size = 29;
}

static void
lie_loop(uint8_t *answer, size_t *size)
{
	answer[30] = 29; /* the owner of the SOA points at itself */
}

static void
lie_forward(uint8_t *answer, size_t *size)
{
	answer[44] = 60; /* a name in the rdata points ahead */
}

static void
lie_count(uint8_t *answer, size_t *size)
{
	answer[40] = 200; /* more rdata than there is */
}

static void
lie_cut(uint8_t *answer, size_t *size)
{
	*size -= 7;
}

static void
lie_tiny(uint8_t *answer, size_t *size)
{
	*size = 5;
}

static void
lie_empty(uint8_t *answer, size_t *size)
{
	*size = 0;
}

static void
lie_noise(uint8_t *answer, size_t *size)
{
	for (size_t i = 2; i < 400; i++)
		answer[i] = (uint8_t)(i * 167 + 5);
	*size = 400;
}

static const struct lie lies[] = {
    {"nothing", DMS_OK, NULL},
    {"another id", DMS_E_DNS_BAD_ANSWER, lie_id},
    {"a request", DMS_E_DNS_BAD_ANSWER, lie_request},
    {"another opcode", DMS_E_DNS_BAD_ANSWER, lie_opcode},
    {"truncated", DMS_E_DNS_BAD_ANSWER, lie_truncated},
    {"another question", DMS_E_DNS_BAD_ANSWER, lie_question},
    {"no question", DMS_E_DNS_BAD_ANSWER, lie_no_question},
    {"no authority", DMS_E_NO_SUCH_ZONE_ON_SERVER, lie_authority},
    {"SERVFAIL", DMS_E_DNS_REFUSED, lie_servfail},
    {"pointer loop", DMS_E_DNS_BAD_ANSWER, lie_loop},
    {"pointer ahead", DMS_E_DNS_BAD_ANSWER, lie_forward},
    {"long rdata", DMS_E_DNS_BAD_ANSWER, lie_count},
    {"cut rdata", DMS_E_DNS_BAD_ANSWER, lie_cut},
    {"tiny", DMS_E_DNS_BAD_ANSWER, lie_tiny},
    {"empty", DMS_E_DNS_BAD_ANSWER, lie_empty},
    {"noise", DMS_E_DNS_BAD_ANSWER, lie_noise},
};

/* The lie with the number `at`, to every request. */
static void
serve_lie(struct liar *liar, int client)
{
	uint8_t request[WIRE_MESSAGE_MAX], answer[512];
	size_t size;
	while (read_message(client, request, &size)) {
		size = honest_answer(request, answer);
		if (lies[liar->at].tell != NULL)
			lies[liar->at].tell(answer, &size);
		write_message(client, answer, size);
	}
}

static void
given_each_lie_then_the_error_is_clean(void **state)
{
	struct liar liar = {0};
	liar_start(&liar, serve_lie);
	for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
		struct dns_peer *peer = peer_to(mem, liar.port, NULL, LIMIT_MS);
		struct soa soa;
		liar.at = i;
		dms_error *error = dns_soa(peer, mem, ZONE, &soa);
		enum dms_err id = error != NULL ? error->id : DMS_OK;
		if (id != lies[i].id)
			fail_msg("%s: %s", lies[i].name, error != NULL ? error->message : "taken");
		dms_error_free(error);
		talloc_free(peer);
	}
	liar_stop(&liar);
}

/* An unsigned answer to a signed question is worth nothing. */
static void
given_an_unsigned_answer_then_it_is_not_believed(void **state)
{
	struct liar liar = {0};
	liar_start(&liar, serve_lie);
	struct dns_peer *peer = peer_to(mem, liar.port, &good_key, LIMIT_MS);
	struct soa soa;
	dms_error *error = dns_soa(peer, mem, ZONE, &soa);
	assert_non_null(error);
	assert_int_equal(error->id, DMS_E_TSIG);
	dms_error_free(error);
	talloc_free(peer);
	liar_stop(&liar);
}

static void
given_a_silent_server_then_time_runs_out(void **state)
{
	struct liar liar = {0};
	liar_start(&liar, serve_silence);
	struct dns_peer *peer = peer_to(mem, liar.port, &good_key, LIMIT_MS);
	struct soa soa;
	struct rr_array *records;
	for (int i = 0; i < 2; i++) {
		int64_t start = monotonic_us();
		dms_error *error = i == 0 ? dns_soa(peer, mem, ZONE, &soa)
					  : dns_axfr(peer, mem, ZONE, &soa, &records);
		assert_non_null(error);
		assert_int_equal(error->id, DMS_E_DNS_TIMEOUT);
		assert_in_range(elapsed_ms(start), LIMIT_MS - 1, 4 * LIMIT_MS);
		dms_error_free(error);
	}
	talloc_free(peer);
	liar_stop(&liar);
}

/* A listener that takes no connection at all: the backlog is full. */
static void
given_a_full_backlog_then_time_runs_out(void **state)
{
	struct sockaddr_storage address;
	socklen_t size = sizeof(struct sockaddr_in);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), filler[8];
	loopback(0, &address);
	assert_int_equal(bind(listener, (struct sockaddr *)&address, size), 0);
	assert_int_equal(listen(listener, 0), 0);
	getsockname(listener, (struct sockaddr *)&address, &size);
	for (int i = 0; i < 8; i++) {
		filler[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		if (connect(filler[i], (struct sockaddr *)&address, size) != 0)
			assert_int_equal(errno, EINPROGRESS);
	}
	struct soa soa;
	struct dns_peer *peer =
	    peer_to(mem, ntohs(((struct sockaddr_in *)&address)->sin_port), NULL, LIMIT_MS);
	dms_error *error = dns_soa(peer, mem, ZONE, &soa);
	assert_non_null(error);
	assert_int_equal(error->id, DMS_E_DNS_TIMEOUT);
	dms_error_free(error);
	for (int i = 0; i < 8; i++)
		close(filler[i]);
	close(listener);
}

static void
given_no_server_then_it_is_unreachable(void **state)
{
	struct soa soa;
	struct dns_peer *peer = peer_to(mem, free_port(), &good_key, LIMIT_MS);
	dms_error *error = dns_soa(peer, mem, ZONE, &soa);
	assert_non_null(error);
	assert_int_equal(error->id, DMS_E_DNS_UNREACHABLE);
	assert_false(json_is_true(json_object_get(error->data, "was_sent")));
	dms_error_free(error);
}

static const struct soa old_soa = {"a.", "b.", 7, 1, 2, 3, 4};
static const struct soa new_soa = {"a.", "b.", 8, 1, 2, 3, 4};

static struct dns_update
some_update(void)
{
	struct rr_array *array = rr_array_new(mem);
	for (int i = 0; i < 50; i++)
		rr_array_add(array, &(struct rr){.owner = i % 2 ? "x.y." ZONE : ZONE,
						 .type = RR_A,
						 .ttl = 60,
						 .rdata = (const uint8_t *)"\1\2\3\4",
						 .rdata_size = 4});
	return (struct dns_update){ZONE, &old_soa, &new_soa, 60, array, array};
}

/* Gone after the message was there: only the zone's SOA can tell what happened. */
static void
when_the_server_dies_over_an_update_then_the_outcome_is_open(void **state)
{
	struct liar liar = {0};
	struct dns_update update = some_update();
	int rcode;
	liar_start(&liar, serve_end);
	struct dns_peer *peer = peer_to(mem, liar.port, &good_key, LIMIT_MS);
	dms_error *error = dns_update(peer, &update, &rcode);
	assert_non_null(error);
	assert_int_equal(error->id, DMS_E_DNS_UNREACHABLE);
	assert_true(error->is_transient);
	assert_true(json_is_true(json_object_get(error->data, "was_sent")));
	dms_error_free(error);
	size_t size = dns_update_size(peer, &update);
	talloc_free(peer);
	liar_stop(&liar);
	assert_int_equal(liar.connections, 1);
	assert_int_equal(liar.seen, size); /* exact */
}

/* Answers one request a connection and closes only when the next one is there. */
static void
serve_once(struct liar *liar, int client)
{
	uint8_t request[WIRE_MESSAGE_MAX], answer[512];
	size_t size;
	if (read_message(client, request, &size))
		write_message(client, answer, honest_answer(request, answer));
	read_message(client, request, &liar->seen);
}

static void
when_a_kept_connection_breaks_then_a_query_is_asked_again(void **state)
{
	struct liar liar = {0};
	struct soa soa;
	liar_start(&liar, serve_once);
	struct dns_peer *peer = peer_to(mem, liar.port, NULL, LIMIT_MS);
	for (int i = 0; i < 3; i++) {
		dms_error *error = dns_soa(peer, mem, ZONE, &soa);
		assert_null(error);
	}
	assert_int_equal(liar.connections, 3);
	/* An UPDATE is not: its outcome is open. */
	struct dns_update update = some_update();
	int rcode;
	dms_error *error = dns_update(peer, &update, &rcode);
	assert_non_null(error);
	assert_int_equal(error->id, DMS_E_DNS_UNREACHABLE);
	assert_true(json_is_true(json_object_get(error->data, "was_sent")));
	dms_error_free(error);
	talloc_free(peer);
	liar_stop(&liar);
	assert_int_equal(liar.connections, 3);
}

static int
connect_to(int port)
{
	struct sockaddr_storage address;
	loopback(port, &address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connect(fd, (struct sockaddr *)&address, sizeof(struct sockaddr_in)) != 0)
		abort();
	return fd;
}

/* Stands between: asks the real server and spoils one octet of what it says. */
static void
serve_tampered(struct liar *liar, int client)
{
	uint8_t message[WIRE_MESSAGE_MAX];
	size_t size;
	if (!read_message(client, message, &size))
		return;
	int upstream = connect_to(liar->upstream);
	write_message(upstream, message, size);
	if (read_message(upstream, message, &size)) {
		liar->seen = size;
		if (liar->at < size)
			message[liar->at] ^= 1;
		write_message(client, message, size);
	}
	close(upstream);
}

/* There is no octet of a signed transfer that may change. */
static void
given_a_tampered_transfer_then_every_octet_is_noticed(void **state)
{
	struct named named;
	struct liar liar = {0};
	struct soa soa;
	struct rr_array *records;
	named_configure(&named);
	named_start(&named);
	liar.upstream = named.port;
	liar.at = SIZE_MAX;
	liar_start(&liar, serve_tampered);
	struct dns_peer *peer = peer_to(mem, liar.port, &good_key, LIMIT_MS);
	dms_error *error = dns_axfr(peer, mem, ZONE, &soa, &records);
	assert_null(error);
	size_t size = liar.seen;
	assert_in_range(size, 400, 2000);
	for (liar.at = 0; liar.at < size; liar.at++) {
		error = dns_axfr(peer, mem, ZONE, &soa, &records);
		if (error == NULL)
			fail_msg("octet %zu of %zu changed unnoticed", liar.at, size);
		if (error->id != DMS_E_TSIG && error->id != DMS_E_DNS_BAD_ANSWER)
			fail_msg("octet %zu: %s", liar.at, error->message);
		dms_error_free(error);
	}
	talloc_free(peer);
	liar_stop(&liar);
	named_remove(&named);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(given_each_lie_then_the_error_is_clean),
	    cmocka_unit_test(given_an_unsigned_answer_then_it_is_not_believed),
	    cmocka_unit_test(given_a_silent_server_then_time_runs_out),
	    cmocka_unit_test(given_a_full_backlog_then_time_runs_out),
	    cmocka_unit_test(given_no_server_then_it_is_unreachable),
	    cmocka_unit_test(when_the_server_dies_over_an_update_then_the_outcome_is_open),
	    cmocka_unit_test(when_a_kept_connection_breaks_then_a_query_is_asked_again),
	    cmocka_unit_test(given_a_tampered_transfer_then_every_octet_is_noticed),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
