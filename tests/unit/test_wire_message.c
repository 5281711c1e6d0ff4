/* rooms: dms_dns dms_base */
/* Datagrams, transfer messages and signatures, octet by octet, without a server. */

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dns/wire.h"
#include "dns/wire_axfr.h"
#include "dns/wire_digest.h"

#include "memory.h"

#define ZONE "example.org."
#define NOW  ((int64_t)1800000000)

static void
given_addresses_as_text_then_good_ones_are_read(void **state)
{
	static const char *const good[] = {"127.0.0.1:53", "[::1]:5353", "[2001:db8::1]:65535",
					   "192.0.2.1:1"};
	static const char *const bad[] = {
	    "",
	    "127.0.0.1",
	    "127.0.0.1:",
	    "127.0.0.1:0",
	    "127.0.0.1:65536",
	    ":53",
	    "localhost:53",
	    "::1:53",
	    "[::1]",
	    "[::1]53",
	    "[::1]:",
	    "[127.0.0.1]:53",
	    "127.0.0.1:5 3",
	    "1.2.3.4:-1",
	    "1.2.3.4:+1",
	    "1.2.3:53",
	    "[::1%lo]:53",
	    "127.0.0.1:53x",
	    "[1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb]:53"};
	struct sockaddr_storage address;
	socklen_t size;
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		ok(endpoint_parse(good[i], &address, &size));
		assert_string_equal(endpoint_print(mem, &address), good[i]);
		assert_int_equal(size, address.ss_family == AF_INET ? sizeof(struct sockaddr_in)
								    : sizeof(struct sockaddr_in6));
	}
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		expect_words(endpoint_parse(bad[i], &address, &size), DMS_E_CONFIG, bad[i]);
}

/* Sends a NOTIFY to ourselves. Returns the datagram's size. */
static size_t
notify(const char *zone, uint8_t *datagram, size_t capacity)
{
	struct sockaddr_storage address = {.ss_family = AF_INET};
	socklen_t size = sizeof(struct sockaddr_in);
	((struct sockaddr_in *)&address)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	int receiver = socket(AF_INET, SOCK_DGRAM, 0), sender = socket(AF_INET, SOCK_DGRAM, 0);
	assert_int_equal(bind(receiver, (struct sockaddr *)&address, size), 0);
	getsockname(receiver, (struct sockaddr *)&address, &size);
	ok(dns_notify(sender, &address, zone));
	ssize_t got = recv(receiver, datagram, capacity, 0);
	close(receiver);
	close(sender);
	assert_true(got > 0);
	return (size_t)got;
}

static void
when_a_notify_is_sent_then_it_can_be_read_and_answered(void **state)
{
	uint8_t datagram[600], answer[512];
	char *zone;
	uint32_t serial;
	size_t answer_size, size = notify("Sub-1.Example.ORG.", datagram, sizeof datagram);

	ok(dns_notify_parse(mem, datagram, size, &zone, &serial, answer, &answer_size));
	assert_string_equal(zone, "sub-1.example.org.");
	assert_int_equal(serial, 0);
	assert_int_equal(answer_size, size);
	assert_memory_equal(answer, datagram, 2);
	assert_int_equal(answer[2], 0x80 | 4 << 3 | 4); /* QR, NOTIFY, AA */
	assert_memory_equal(answer + 4, datagram + 4, size - 4);
	/* The answer is no request: two servers can't answer each other for ever. */
	expect_words(
	    dns_notify_parse(mem, answer, answer_size, &zone, &serial, datagram, &answer_size),
	    DMS_E_DNS_BAD_ANSWER, "");
}

/* A NOTIFY for Example.org with its SOA, serial 7, in the answer section. */
static const uint8_t notify_with_soa[] =
    "\x12\x34\x24\0\0\1\0\1\0\0\0\0" /* id, NOTIFY and AA, counts */
    "\7Example\3org\0\0\6\0\1"
    "\7eXample\xc0\x14\0\6\0\1\0\0\0\x9\0\x18"
    "\xc0\x0c\xc0\x0c\0\0\0\7\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1";

static void
given_a_notify_with_a_soa_then_its_serial_is_read(void **state)
{
	uint8_t datagram[sizeof notify_with_soa], answer[512];
	char *zone;
	uint32_t serial;
	size_t answer_size;
	size_t size = sizeof notify_with_soa - 1;
	memcpy(datagram, notify_with_soa, size);

	ok(dns_notify_parse(mem, datagram, size, &zone, &serial, answer, &answer_size));
	assert_string_equal(zone, ZONE);
	assert_int_equal(serial, 7);
	assert_int_equal(answer_size, 29);
	assert_memory_equal(answer + 12, datagram + 12, 17); /* with its case */
	assert_int_equal(answer[7], 0);

	for (size_t cut = 0; cut < size; cut++)
		expect_words(
		    dns_notify_parse(mem, datagram, cut, &zone, &serial, answer, &answer_size),
		    DMS_E_DNS_BAD_ANSWER, "");
	uint8_t longer[sizeof notify_with_soa + 1] = {0};
	memcpy(longer, datagram, size);
	expect_words(dns_notify_parse(mem, longer, size + 1, &zone, &serial, answer, &answer_size),
		     DMS_E_DNS_BAD_ANSWER, "behind");
	datagram[26] = RR_A; /* about another type */
	expect_words(dns_notify_parse(mem, datagram, size, &zone, &serial, answer, &answer_size),
		     DMS_E_DNS_BAD_ANSWER, "SOA");
	datagram[26] = RR_SOA;
	datagram[2] = 0; /* a query */
	expect_words(dns_notify_parse(mem, datagram, size, &zone, &serial, answer, &answer_size),
		     DMS_E_DNS_BAD_ANSWER, "kind");
}

static void
when_a_soa_query_is_answered_then_the_answer_is_read(void **state)
{
	uint8_t message[512];
	uint16_t id;
	bool is_served;
	uint32_t serial;
	assert_int_equal(dns_soa_query(77, "not..a.name.", message, sizeof message), 0);
	assert_int_equal(dns_soa_query(77, ZONE, message, 28), 0);
	size_t size = dns_soa_query(77, ZONE, message, sizeof message);
	assert_int_equal(size, 29);
	expect_words(dns_soa_answer(message, size, &id, &is_served, &serial), DMS_E_DNS_BAD_ANSWER,
		     "kind");

	message[2] = 0x84; /* QR, AA */
	ok(dns_soa_answer(message, size, &id, &is_served, &serial));
	assert_int_equal(id, 77);
	assert_false(is_served);
	message[3] = 5; /* REFUSED */
	ok(dns_soa_answer(message, size, &id, &is_served, &serial));
	assert_false(is_served);
	message[3] = 1; /* FORMERR */
	expect_words(dns_soa_answer(message, size, &id, &is_served, &serial), DMS_E_DNS_BAD_ANSWER,
		     "FORMERR");

	message[3] = 0;
	message[7] = 1;
	static const uint8_t soa[] = {0xc0, 12, 0,    6,  0, 1, 0, 0, 14, 16, 0, 24,
				      0xc0, 12, 0xc0, 12, 1, 2, 3, 4, 0,  0,  1, 0,
				      0,    0,  1,    0,  0, 0, 9, 0, 0,  0,  0, 60};
	memcpy(message + size, soa, sizeof soa);
	size += sizeof soa;
	ok(dns_soa_answer(message, size, &id, &is_served, &serial));
	assert_true(is_served);
	assert_int_equal(serial, 0x01020304);
	for (size_t cut = 0; cut < size; cut++)
		expect_words(dns_soa_answer(message, cut, &id, &is_served, &serial),
			     DMS_E_DNS_BAD_ANSWER, "");
	message[2] = 0x80; /* expired: BIND answers from elsewhere, without AA */
	ok(dns_soa_answer(message, size, &id, &is_served, &serial));
	assert_false(is_served);
}

/* One message of a transfer, built by hand. */
struct page {
	struct wire_writer out;
};

static void
page_start(struct page *page, bool has_question)
{
	struct wire_name zone;
	page->out = (struct wire_writer){.mem = mem};
	ok(wire_name_parse(ZONE, &zone));
	wire_put_header(&page->out, 99, WIRE_FLAG_ANSWER | WIRE_FLAG_AUTHORITATIVE);
	if (has_question)
		wire_put_question(&page->out, &zone, WIRE_TYPE_AXFR);
}

static void
page_add(struct page *page, const char *owner, uint16_t type, uint16_t class, uint32_t ttl,
	 const void *rdata, uint16_t size)
{
	struct wire_name name;
	ok(wire_name_parse(owner, &name));
	wire_put(&page->out, name.octets, name.size);
	wire_put_u16(&page->out, type);
	wire_put_u16(&page->out, class);
	wire_put_u32(&page->out, ttl);
	wire_put_u16(&page->out, size);
	wire_put(&page->out, rdata, size);
	wire_count(&page->out, WIRE_ANSWER);
}

static void
page_add_soa(struct page *page, uint32_t serial)
{
	uint8_t *rdata;
	size_t size;
	struct soa soa = {"ns.example.org.", "me.example.org.", serial, 1, 2, 3, 4};
	ok(soa_to_rdata(mem, &soa, &rdata, &size));
	page_add(page, ZONE, RR_SOA, WIRE_CLASS_IN, 60, rdata, (uint16_t)size);
}

static struct axfr *
parser(void)
{
	struct axfr *axfr;
	ok(axfr_new(mem, ZONE, 99, &axfr));
	return axfr;
}

static dms_error *
feed(struct axfr *axfr, const struct page *page)
{
	return axfr_feed(axfr, page->out.octets, page->out.size);
}

static void
given_a_transfer_in_pages_then_it_is_put_together(void **state)
{
	struct page page;
	struct axfr *axfr = parser();
	static const uint8_t mx[] = "\0\12\4MAIL\7Example\3ORG"; /* ends with its NUL */

	page_start(&page, true);
	page_add_soa(&page, 7);
	page_add(&page, "a.example.org.", RR_A, WIRE_CLASS_IN, 0x80000001, "\1\2\3\4", 4);
	ok(feed(axfr, &page));
	assert_false(axfr->is_complete);
	page_start(&page, false); /* later pages need no question */
	page_add(&page, "a.example.org.", RR_MX, WIRE_CLASS_IN, 60, mx, sizeof mx);
	page_add(&page, "A.b.example.org.", 65280, WIRE_CLASS_IN, 60, "\300\14AB", 4);
	page_add_soa(&page, 7);
	ok(feed(axfr, &page));
	assert_true(axfr->is_complete);

	const struct rr *rr = axfr->records->items;
	assert_int_equal(axfr->records->count, 4);
	assert_int_equal(rr[0].type, RR_SOA);
	assert_string_equal(rr[1].owner, "a.example.org.");
	assert_int_equal(rr[1].ttl, 0); /* RFC 2181 section 8 */
	assert_memory_equal(rr[2].rdata, "\0\12\4mail\7example\3org", sizeof mx);
	assert_string_equal(rr[3].owner, "a.b.example.org.");
	assert_memory_equal(rr[3].rdata, "\300\14AB", 4); /* an unknown type stays as it is */
}

static void
given_a_bad_record_then_the_transfer_is_refused(void **state)
{
	static const struct {
		const char *owner;
		uint16_t type, class;
		const char *rdata;
		uint16_t size;
		const char *message;
	} bad[] = {
	    {"a.example.net.", RR_A, WIRE_CLASS_IN, "\1\2\3\4", 4, "outside"},
	    {"xexample.org.", RR_A, WIRE_CLASS_IN, "\1\2\3\4", 4, "outside"},
	    {"org.", RR_A, WIRE_CLASS_IN, "\1\2\3\4", 4, "outside"},
	    {ZONE, RR_A, 3, "\1\2\3\4", 4, "class"},
	    {ZONE, RR_A, WIRE_CLASS_IN, "\1\2\3", 3, "cut short"},
	    {ZONE, RR_A, WIRE_CLASS_IN, "\1\2\3\4\5", 5, "wrong size"},
	    {ZONE, RR_NS, WIRE_CLASS_IN, "\3abc", 4, "cut short"},
	    {ZONE, RR_NS, WIRE_CLASS_IN, "\300\377", 2, "astray"},
	    {ZONE, RR_NS, WIRE_CLASS_IN, "\100abc", 5, "unknown kind"},
	    {ZONE, RR_NS, WIRE_CLASS_IN, "\300\2", 2, "astray"}, /* into the header */
	    {ZONE, RR_ANY, WIRE_CLASS_IN, "", 0, "no zone can hold"},
	    {ZONE, 250, WIRE_CLASS_IN, "", 0, "no zone can hold"},
	    {"sub.example.org.", RR_SOA, WIRE_CLASS_IN,
	     "\0\0\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1", 22, "below the apex"},
	};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct page page;
		struct axfr *axfr = parser();
		page_start(&page, true);
		page_add_soa(&page, 7);
		page_add(&page, bad[i].owner, bad[i].type, bad[i].class, 60, bad[i].rdata,
			 bad[i].size);
		expect_words(feed(axfr, &page), DMS_E_DNS_BAD_ANSWER, bad[i].message);
		talloc_free(axfr);
	}
}

static void
given_a_transfer_that_ends_wrong_then_it_is_refused(void **state)
{
	struct page page;
	struct axfr *axfr = parser();
	page_start(&page, true);
	page_add_soa(&page, 7);
	page_add_soa(&page, 8);
	expect_words(feed(axfr, &page), DMS_E_DNS_BAD_ANSWER, "changed");

	axfr = parser();
	page_start(&page, true);
	page_add_soa(&page, 7);
	page_add_soa(&page, 7);
	page_add(&page, ZONE, RR_A, WIRE_CLASS_IN, 60, "\1\2\3\4", 4);
	expect_words(feed(axfr, &page), DMS_E_DNS_BAD_ANSWER, "behind");

	axfr = parser();
	page_start(&page, true);
	expect_words(feed(axfr, &page), DMS_E_NO_SUCH_ZONE_ON_SERVER, "no SOA");
	page_start(&page, true);
	page_add(&page, ZONE, RR_A, WIRE_CLASS_IN, 60, "\1\2\3\4", 4);
	expect_words(feed(axfr, &page), DMS_E_NO_SUCH_ZONE_ON_SERVER, "A record");
	page_start(&page, false);
	page_add_soa(&page, 7);
	expect_words(feed(axfr, &page), DMS_E_DNS_BAD_ANSWER, "0 questions");
}

/* Two ends of a signed conversation: ours, and one that answers as a server would. */
struct conversation {
	struct tsig_key *key;
	struct tsig_session *client, *server;
};

static void
conversation_start(struct conversation *it, const char *algorithm, int64_t now)
{
	static const struct tsig tsig = {"Key.Example.", NULL, (const uint8_t *)"secret", 6};
	struct tsig named = tsig;
	struct page request;
	named.algorithm = algorithm;
	ok(tsig_key_new(mem, &named, &it->key));
	it->client = tsig_session_new(mem, it->key);
	it->server = tsig_session_new(mem, it->key);
	page_start(&request, true);
	size_t unsigned_size = request.out.size;
	ok(tsig_sign(it->client, &request.out, now));
	assert_int_equal(request.out.size, unsigned_size + tsig_size(it->key));
	memcpy(it->server->mac, it->client->mac, it->client->mac_size);
	it->server->mac_size = it->client->mac_size;
}

/* The server's side of RFC 8945 5.3.1: `is_signed` pages carry the digest since the one before. */
static void
answer(struct conversation *it, struct page *page, bool is_signed, int64_t now)
{
	struct tsig_session *server = it->server;
	struct tsig_variables variables = {.time = (uint64_t)now,
					   .fudge = TSIG_FUDGE_SECONDS,
					   .is_timers_only = server->has_answer};
	page_start(page, true);
	page_add(page, ZONE, RR_A, WIRE_CLASS_IN, 60, "\1\2\3\4", 4);
	if (server->digest == NULL)
		ok(tsig_digest_start(server));
	tsig_digest_add(server, page->out.octets, page->out.size);
	if (!is_signed)
		return;
	tsig_digest_add_variables(server, &variables);
	ok(tsig_digest_finish(server));
	server->has_answer = true;
	const struct tsig_key *key = it->key;
	wire_put(&page->out, key->name.octets, key->name.size);
	wire_put_u16(&page->out, WIRE_TYPE_TSIG);
	wire_put_u16(&page->out, WIRE_CLASS_ANY);
	wire_put_u32(&page->out, 0);
	wire_put_u16(&page->out, (uint16_t)(tsig_size(key) - key->name.size - 10));
	wire_put(&page->out, key->algorithm.octets, key->algorithm.size);
	tsig_put_timers(&page->out, &variables);
	wire_put_u16(&page->out, (uint16_t)server->mac_size);
	wire_put(&page->out, server->mac, server->mac_size);
	wire_put_u16(&page->out, 99);
	wire_put_u32(&page->out, 0);
	wire_count(&page->out, WIRE_ADDITIONAL);
}

static dms_error *
verify(struct conversation *it, struct page *page, int64_t now)
{
	return tsig_verify(it->client, page->out.octets, &page->out.size, now);
}

static void
given_signed_pages_then_gaps_are_allowed_up_to_99(void **state)
{
	static const char *const algorithms[] = {"hmac-md5",     "hmac-sha1",
						 "HMAC-SHA256.", "hmac-sha384",
						 "hmac-sha512",  "hmac-md5.sig-alg.reg.int."};
	struct conversation it;
	struct page page;
	for (size_t i = 0; i < sizeof algorithms / sizeof algorithms[0]; i++) {
		conversation_start(&it, algorithms[i], NOW);
		expect_words(tsig_finish(it.client), DMS_E_TSIG, "not signed");
		for (int number = 0; number <= 200; number++) {
			answer(&it, &page, number % 100 == 0, NOW);
			ok(verify(&it, &page, NOW));
			if (number % 100 != 0)
				expect_words(tsig_finish(it.client), DMS_E_TSIG, "not signed");
		}
		ok(tsig_finish(it.client));
	}
	for (int number = 1; number <= 99; number++) {
		answer(&it, &page, false, NOW);
		ok(verify(&it, &page, NOW));
	}
	answer(&it, &page, false, NOW);
	expect_words(verify(&it, &page, NOW), DMS_E_TSIG, "100 messages");
}

static void
given_pages_out_of_step_then_the_signature_fails(void **state)
{
	struct conversation it;
	struct page first, lost, next;
	conversation_start(&it, "hmac-sha256", NOW);
	answer(&it, &first, true, NOW);
	ok(verify(&it, &first, NOW));
	answer(&it, &lost, false, NOW); /* dropped on the way */
	answer(&it, &next, true, NOW);
	expect_words(verify(&it, &next, NOW), DMS_E_TSIG, "wrong");

	conversation_start(&it, "hmac-sha256", NOW);
	answer(&it, &first, false, NOW);
	expect_words(verify(&it, &first, NOW), DMS_E_TSIG, "not signed");
}

static void
given_an_old_signature_then_the_clock_is_blamed(void **state)
{
	static const int64_t bad[] = {-301, 301, -86400};
	struct conversation it;
	struct page page;
	conversation_start(&it, "hmac-sha256", NOW);
	answer(&it, &page, true, NOW);
	ok(verify(&it, &page, NOW + 300));
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		conversation_start(&it, "hmac-sha256", NOW);
		answer(&it, &page, true, NOW + bad[i]);
		dms_error *error = verify(&it, &page, NOW);
		assert_non_null(error);
		assert_string_equal(json_string_value(json_object_get(error->data, "tsig_error")),
				    "BADTIME");
		expect_words(error, DMS_E_TSIG, bad[i] < 0 ? "ago" : "future");
	}
}

static void
given_a_bad_key_then_it_is_named(void **state)
{
	struct tsig_key *key;
	struct tsig tsig = {"k.", "hmac-sha257", (const uint8_t *)"s", 1};
	expect_words(tsig_key_new(mem, &tsig, &key), DMS_E_CONFIG, "hmac-sha257");
	tsig = (struct tsig){"k.", "hmac-sha256", (const uint8_t *)"", 0};
	expect_words(tsig_key_new(mem, &tsig, &key), DMS_E_CONFIG, "empty");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(given_addresses_as_text_then_good_ones_are_read),
	    cmocka_unit_test(when_a_notify_is_sent_then_it_can_be_read_and_answered),
	    cmocka_unit_test(given_a_notify_with_a_soa_then_its_serial_is_read),
	    cmocka_unit_test(when_a_soa_query_is_answered_then_the_answer_is_read),
	    cmocka_unit_test(given_a_transfer_in_pages_then_it_is_put_together),
	    cmocka_unit_test(given_a_bad_record_then_the_transfer_is_refused),
	    cmocka_unit_test(given_a_transfer_that_ends_wrong_then_it_is_refused),
	    cmocka_unit_test(given_signed_pages_then_gaps_are_allowed_up_to_99),
	    cmocka_unit_test(given_pages_out_of_step_then_the_signature_fails),
	    cmocka_unit_test(given_an_old_signature_then_the_clock_is_blamed),
	    cmocka_unit_test(given_a_bad_key_then_it_is_named),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
