/* rooms: dms_dns dms_base */
/* Query, transfer and update against a real BIND 9. */
#include <ldns/packet.h>

#include "dns/wire_tsig.h"
#include "testing.h"
#include "wire_named.h"

#define ZONE "example.org."

static struct named server;
static TALLOC_CTX *mem;

static void
add(struct rr_array *array, const char *owner, uint32_t ttl, const char *type, const char *rdata)
{
	struct rr rr = {.owner = owner, .type = rr_type_parse(type), .ttl = ttl};
	uint8_t *octets;
	size_t size;
	ok(rdata_parse(array, rr.type, rdata, ZONE, &octets, &size));
	rr.rdata = octets;
	rr.rdata_size = (uint16_t)size;
	rr_array_add(array, &rr);
}

/* small_zone_text as records. */
static struct rr_array *
small_zone(void)
{
	struct rr_array *array = rr_array_new(mem);
	add(array, ZONE, 3600, "NS", "ns1");
	add(array, ZONE, 3600, "NS", "ns2");
	add(array, ZONE, 3600, "MX", "10 mail");
	add(array, "ns1.example.org.", 3600, "A", "192.0.2.1");
	add(array, "ns2.example.org.", 3600, "A", "192.0.2.2");
	add(array, "ns2.example.org.", 3600, "AAAA", "2001:db8::2");
	add(array, "mail.example.org.", 300, "A", "192.0.2.3");
	add(array, "www.example.org.", 3600, "CNAME", "mail");
	add(array, "*.wild.example.org.", 3600, "TXT", "\"a b\" \"c\"");
	add(array, "dot\\.ted.example.org.", 3600, "TXT", "\"point\"");
	add(array, "_sip._tcp.example.org.", 3600, "SRV", "1 2 5060 mail");
	add(array, "naptr.example.org.", 3600, "NAPTR", "100 10 \"S\" \"SIP+D2U\" \"\" _sip._tcp");
	add(array, "sub.example.org.", 3600, "NS", "ns1.sub");
	add(array, "ns1.sub.example.org.", 3600, "A", "192.0.2.5");
	add(array, "odd.example.org.", 3600, "TYPE65280", "\\# 4 0a000001");
	return array;
}

static void
expect_same(struct rr_array *is, struct rr_array *should)
{
	struct rr_array *extra, *missing;
	rr_array_diff(mem, is, should, &extra, &missing);
	for (size_t i = 0; i < extra->count; i++)
		print_error("extra: %s %s\n", extra->items[i].owner,
			    rr_type_name(extra->items[i].type));
	for (size_t i = 0; i < missing->count; i++)
		print_error("missing: %s %s\n", missing->items[i].owner,
			    rr_type_name(missing->items[i].type));
	assert_int_equal(extra->count, 0);
	assert_int_equal(missing->count, 0);
}

static void
given_a_zone_then_its_soa_is_told(void **state)
{
	struct soa soa;
	ok(dns_soa(peer_to(mem, server.port, NULL, 5000), mem, ZONE, &soa));
	assert_int_equal(soa.serial, 2026030407);
	assert_string_equal(soa.mname, "ns1.example.org.");
	assert_string_equal(soa.rname, "hostmaster.example.org.");
	assert_int_equal(soa.minimum, 600);
	ok(dns_soa(peer_to(mem, server.port, &good_key, 5000), mem, ZONE, &soa));
	assert_int_equal(soa.serial, 2026030407);
}

static void
given_no_such_zone_then_the_error_says_so(void **state)
{
	struct soa soa;
	struct rr_array *records;
	struct dns_peer *peer = peer_to(mem, server.port, &good_key, 5000);
	expect_words(dns_soa(peer, mem, "example.net.", &soa), DMS_E_NO_SUCH_ZONE_ON_SERVER,
		     "example.net.");
	/* A name inside a zone is no zone, whether it exists, delegates or aliases. */
	expect_words(dns_soa(peer, mem, "ns1.example.org.", &soa), DMS_E_NO_SUCH_ZONE_ON_SERVER,
		     "");
	expect_words(dns_soa(peer, mem, "none.example.org.", &soa), DMS_E_NO_SUCH_ZONE_ON_SERVER,
		     "NXDOMAIN");
	expect_words(dns_soa(peer, mem, "sub.example.org.", &soa), DMS_E_NO_SUCH_ZONE_ON_SERVER,
		     "without authority");
	expect_words(dns_soa(peer, mem, "www.example.org.", &soa), DMS_E_NO_SUCH_ZONE_ON_SERVER,
		     "CNAME");
	expect_words(dns_axfr(peer, mem, "example.net.", &soa, &records),
		     DMS_E_NO_SUCH_ZONE_ON_SERVER, "NOTAUTH");
}

static void
when_a_zone_is_transferred_then_every_record_arrives(void **state)
{
	struct soa soa;
	struct rr_array *records;
	struct dns_peer *peer = peer_to(mem, server.port, &good_key, 5000);
	for (int i = 0; i < 3; i++) { /* over one kept connection */
		ok(dns_axfr(peer, mem, ZONE, &soa, &records));
		assert_int_equal(soa.serial, 2026030407);
		assert_int_equal(records->items[0].type, RR_SOA);
		assert_int_equal(records->items[0].ttl, 7200);
		expect_same(records, small_zone());
	}
}

static void
when_the_key_is_wrong_then_tsig_is_blamed(void **state)
{
	struct soa soa;
	struct rr_array *records;
	struct dns_peer *peer = peer_to(mem, server.port, &bad_secret, 5000);
	expect_words(dns_axfr(peer, mem, ZONE, &soa, &records), DMS_E_TSIG, "BADSIG");
	expect_words(dns_soa(peer, mem, ZONE, &soa), DMS_E_TSIG, "BADSIG");
	peer = peer_to(mem, server.port, &bad_name, 5000);
	dms_error *error = dns_axfr(peer, mem, ZONE, &soa, &records);
	assert_string_equal(json_string_value(json_object_get(error->data, "tsig_error")),
			    "BADKEY");
	expect_words(error, DMS_E_TSIG, "nobody.");
}

/* A SOA query signed with a clock that is an hour slow. What comes back over TCP goes to `answer`.
 */
static size_t
ask_an_hour_ago(struct tsig_session *session, int64_t now, uint8_t *answer)
{
	struct wire_writer request = {.mem = mem};
	struct wire_name zone;
	struct sockaddr_storage address;
	uint8_t length[2];

	ok(wire_name_parse(ZONE, &zone));
	wire_put_header(&request, 1, 0);
	wire_put_question(&request, &zone, RR_SOA);
	ok(tsig_sign(session, &request, now - 3600));
	wire_set_u16(length, (uint16_t)request.size);
	loopback(server.port, &address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(struct sockaddr_in)), 0);
	assert_int_equal(send(fd, length, 2, MSG_MORE), 2);
	assert_int_equal(send(fd, request.octets, request.size, 0), request.size);
	assert_int_equal(recv(fd, length, 2, MSG_WAITALL), 2);
	assert_int_equal(recv(fd, answer, wire_u16(length), MSG_WAITALL), wire_u16(length));
	close(fd);
	return wire_u16(length);
}

static void
when_our_clock_is_wrong_then_it_is_told(void **state)
{
	uint8_t answer[WIRE_MESSAGE_MAX];
	struct tsig_key *key;
	int64_t now = realtime_us() / 1000000;
	ok(tsig_key_new(mem, &good_key, &key));
	struct tsig_session *session = tsig_session_new(mem, key);
	size_t size = ask_an_hour_ago(session, now, answer);
	dms_error *error = tsig_verify(session, answer, &size, now);
	assert_non_null(error);
	json_t *difference = json_object_get(error->data, "clock_difference_seconds");
	assert_in_range(json_integer_value(difference), 3600, 3630);
	expect_words(error, DMS_E_TSIG, "BADTIME");
}

static void
when_no_key_is_given_then_the_transfer_is_refused(void **state)
{
	struct soa soa;
	struct rr_array *records;
	struct dns_peer *peer = peer_to(mem, server.port, NULL, 5000);
	dms_error *error = dns_axfr(peer, mem, ZONE, &soa, &records);
	assert_non_null(error);
	assert_string_equal(json_string_value(json_object_get(error->data, "rcode")), "REFUSED");
	expect_words(error, DMS_E_NO_SUCH_ZONE_ON_SERVER, ZONE);
	/* The connection is still good. */
	ok(dns_soa(peer, mem, ZONE, &soa));
}

/* What the zone is now, and a change with the next serial prepared. */
struct change {
	struct dns_peer *peer;
	struct soa old_soa, new_soa;
	struct rr_array *before, *removed, *added;
	struct dns_update update;
};

static void
change_start(struct change *change)
{
	change->peer = peer_to(mem, server.port, &good_key, 5000);
	ok(dns_axfr(change->peer, mem, ZONE, &change->old_soa, &change->before));
	change->new_soa = change->old_soa;
	change->new_soa.serial++;
	change->removed = rr_array_new(mem);
	change->added = rr_array_new(mem);
	change->update = (struct dns_update){.zone = ZONE,
					     .old_soa = &change->old_soa,
					     .new_soa = &change->new_soa,
					     .new_soa_ttl = 7200,
					     .removed = change->removed,
					     .added = change->added};
}

/* Sends it, and the zone is as `should` says. */
static void
change_send(struct change *change, struct rr_array *should)
{
	int rcode = -1;
	struct soa soa;
	struct rr_array *records;
	ok(dns_update(change->peer, &change->update, &rcode));
	assert_string_equal(dns_rcode_name(rcode), "NOERROR");
	ok(dns_axfr(change->peer, mem, ZONE, &soa, &records));
	assert_int_equal(soa.serial, change->new_soa.serial);
	expect_same(records, should);
}

/* Leaves the zone as it was, but for the serial. */
static void
change_undo(void)
{
	struct change undo;
	change_start(&undo);
	rr_array_diff(mem, undo.before, small_zone(), &undo.removed, &undo.added);
	undo.update.removed = undo.removed;
	undo.update.added = undo.added;
	change_send(&undo, small_zone());
}

static struct rr_array *
without(const struct rr_array *from, const char *owner, uint16_t type)
{
	struct rr_array *kept = rr_array_new(mem);
	for (size_t i = 0; i < from->count; i++) {
		if (strcmp(from->items[i].owner, owner) != 0 || from->items[i].type != type)
			rr_array_add(kept, &from->items[i]);
	}
	return kept;
}

static void
when_a_zone_is_updated_then_a_transfer_shows_it(void **state)
{
	struct change change;
	change_start(&change);
	/* A CNAME becomes an address: the deletion must come first. */
	struct rr_array *should = without(small_zone(), "www.example.org.", RR_CNAME);
	add(should, "www.example.org.", 60, "A", "192.0.2.9");
	add(should, "new.example.org.", 60, "MX", "10 mail.example.net.");
	rr_array_diff(mem, change.before, should, &change.removed, &change.added);
	change.update.removed = change.removed;
	change.update.added = change.added;
	change_send(&change, should);
	change_undo();
}

static void
when_the_apex_ns_change_then_none_is_lost(void **state)
{
	struct change change;
	change_start(&change);
	/* One goes, one comes, and the one that stays gets another TTL. */
	struct rr_array *should = without(small_zone(), ZONE, RR_NS);
	add(should, ZONE, 900, "NS", "ns1");
	add(should, ZONE, 900, "NS", "ns3.example.net.");
	rr_array_diff(mem, change.before, should, &change.removed, &change.added);
	change.update.removed = change.removed;
	change.update.added = change.added;
	change_send(&change, should);
	change_undo();
}

static void
when_the_soa_is_stale_then_nothing_changes(void **state)
{
	struct change change;
	int rcode = -1;
	change_start(&change);
	uint32_t serial = change.old_soa.serial;
	change.old_soa.serial--;
	add(change.added, "late.example.org.", 60, "A", "192.0.2.9");
	ok(dns_update(change.peer, &change.update, &rcode));
	assert_int_equal(rcode, LDNS_RCODE_NXRRSET);
	struct soa soa;
	struct rr_array *records;
	ok(dns_axfr(change.peer, mem, ZONE, &soa, &records));
	assert_int_equal(soa.serial, serial);
	expect_same(records, small_zone());
}

static void
when_an_update_is_signed_wrong_then_tsig_is_blamed(void **state)
{
	struct change change;
	int rcode = -1;
	change_start(&change);
	add(change.added, "evil.example.org.", 60, "A", "192.0.2.9");
	struct dns_peer *peer = peer_to(mem, server.port, &bad_secret, 5000);
	expect_words(dns_update(peer, &change.update, &rcode), DMS_E_TSIG, "BADSIG");
	peer = peer_to(mem, server.port, &bad_name, 5000);
	expect_words(dns_update(peer, &change.update, &rcode), DMS_E_TSIG, "BADKEY");
	/* Without a key it is just refused, which is an answer. */
	peer = peer_to(mem, server.port, NULL, 5000);
	ok(dns_update(peer, &change.update, &rcode));
	assert_int_equal(rcode, LDNS_RCODE_REFUSED);
	struct soa soa;
	ok(dns_soa(change.peer, mem, ZONE, &soa));
	assert_int_equal(soa.serial, change.old_soa.serial);
}

static void
given_bad_input_then_no_update_is_sent(void **state)
{
	struct change change;
	int rcode = -1;
	change_start(&change);
	change.new_soa.serial = 0;
	expect_words(dns_update(change.peer, &change.update, &rcode), DMS_E_SOA_SERIAL_RANGE, ZONE);
	assert_true(dns_update_size(change.peer, &change.update) == SIZE_MAX);
	change.new_soa.serial = change.old_soa.serial + 1;
	for (int i = 0; i < 3000; i++)
		add(change.added, "much.example.org.", 60, "TXT", "\"some text of size\"");
	assert_in_range(dns_update_size(change.peer, &change.update), 65536, 200000);
	expect_words(dns_update(change.peer, &change.update, &rcode), DMS_E_TOO_LARGE, "65535");
	struct soa soa;
	ok(dns_soa(change.peer, mem, ZONE, &soa));
	assert_int_equal(soa.serial, change.old_soa.serial);
}

static void
when_a_large_zone_is_transferred_then_it_is_fast(void **state)
{
	struct soa soa;
	struct rr_array *records;
	struct dns_peer *peer = peer_to(mem, server.port, &good_key, 5000);
	int64_t start = monotonic_us();
	ok(dns_axfr(peer, mem, "big.example.", &soa, &records));
	print_message("AXFR of %zu records: %.1f ms\n", records->count, elapsed_ms(start));
	assert_int_equal(records->count, BIG_ZONE_RECORDS + 3);
	assert_in_range(elapsed_ms(start), 0, 5000);
}

static void
given_a_restarted_server_then_the_connection_is_opened_anew(void **state)
{
	struct soa soa;
	struct dns_peer *peer = peer_to(mem, server.port, &good_key, 2000);
	ok(dns_soa(peer, mem, ZONE, &soa));
	named_stop(&server);
	expect_words(dns_soa(peer, mem, ZONE, &soa), DMS_E_DNS_UNREACHABLE, "127.0.0.1");
	named_start(&server);
	ok(dns_soa(peer, mem, ZONE, &soa));

	struct change change;
	int rcode = -1;
	change_start(&change);
	named_stop(&server);
	named_start(&server);
	ok(dns_update(change.peer, &change.update, &rcode));
	assert_int_equal(rcode, LDNS_RCODE_NOERROR);
}

static int
start_server(void **state)
{
	mem = talloc_new(NULL);
	named_configure(&server);
	named_start(&server);
	return 0;
}

static int
stop_server(void **state)
{
	named_remove(&server);
	talloc_free(mem);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(given_a_zone_then_its_soa_is_told),
	    cmocka_unit_test(given_no_such_zone_then_the_error_says_so),
	    cmocka_unit_test(when_a_zone_is_transferred_then_every_record_arrives),
	    cmocka_unit_test(when_the_key_is_wrong_then_tsig_is_blamed),
	    cmocka_unit_test(when_our_clock_is_wrong_then_it_is_told),
	    cmocka_unit_test(when_no_key_is_given_then_the_transfer_is_refused),
	    cmocka_unit_test(when_a_zone_is_updated_then_a_transfer_shows_it),
	    cmocka_unit_test(when_the_apex_ns_change_then_none_is_lost),
	    cmocka_unit_test(when_the_soa_is_stale_then_nothing_changes),
	    cmocka_unit_test(when_an_update_is_signed_wrong_then_tsig_is_blamed),
	    cmocka_unit_test(given_bad_input_then_no_update_is_sent),
	    cmocka_unit_test(when_a_large_zone_is_transferred_then_it_is_fast),
	    cmocka_unit_test(given_a_restarted_server_then_the_connection_is_opened_anew),
	};
	return cmocka_run_group_tests(tests, start_server, stop_server);
}
