/* Checking the TSIG of answers (RFC 8945 sections 5.2 to 5.4). */
#include <ldns/packet.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "dns/wire_digest.h"

enum { BADSIG = 16, BADKEY = 17, BADTIME = 18, BADTRUNC = 22 };

/* A TSIG record as it came. */
struct signature {
	size_t at; /* where the record begins: the end of what is signed */
	bool is_there;
	struct wire_record record;
	struct wire_name algorithm;
	struct tsig_variables variables;
	const uint8_t *mac;
	uint16_t mac_size, original_id;
};

static const char *
error_name(uint16_t error)
{
	switch (error) {
	case BADSIG:
		return "BADSIG";
	case BADKEY:
		return "BADKEY";
	case BADTIME:
		return "BADTIME";
	case BADTRUNC:
		return "BADTRUNC";
	default:
		return dns_rcode_name(error);
	}
}

/* Steps over everything but a TSIG, which may only be the very last record (RFC 8945 5.1). */
static void
find_signature(struct wire_reader *reader, struct signature *signature)
{
	struct wire_header header;
	wire_read_header(reader, &header);
	for (unsigned i = 0; i < header.question && reader->fault == NULL; i++) {
		wire_skip_name(reader);
		wire_read_u32(reader);
	}
	uint16_t type = 0;
	unsigned records = (unsigned)header.answer + header.authority + header.additional;
	for (unsigned i = 0; i < records && reader->fault == NULL; i++) {
		if (type == WIRE_TYPE_TSIG)
			wire_read_fault(reader, "TSIG that is not the last record");
		signature->at = reader->at;
		wire_skip_record(reader, &type);
	}
	if (reader->at != reader->size)
		wire_read_fault(reader, "octets behind the last record");
	signature->is_there = type == WIRE_TYPE_TSIG && header.additional > 0;
	if (type == WIRE_TYPE_TSIG && header.additional == 0)
		wire_read_fault(reader, "TSIG in another section than additional");
}

static void
read_signature(struct wire_reader *reader, struct signature *signature)
{
	struct tsig_variables *variables = &signature->variables;

	reader->at = signature->at;
	wire_read_record(reader, &signature->record);
	reader->at = signature->record.rdata_at;
	wire_read_name(reader, &signature->algorithm);
	uint64_t time_high = wire_read_u16(reader);
	variables->time = time_high << 32 | wire_read_u32(reader);
	variables->fudge = wire_read_u16(reader);
	signature->mac_size = wire_read_u16(reader);
	signature->mac = wire_read_octets(reader, signature->mac_size);
	signature->original_id = wire_read_u16(reader);
	variables->error = wire_read_u16(reader);
	variables->other_size = wire_read_u16(reader);
	variables->other = wire_read_octets(reader, variables->other_size);
	if (reader->at != reader->size)
		wire_read_fault(reader, "TSIG of a wrong size");
	if (signature->record.class != WIRE_CLASS_ANY || signature->record.ttl != 0)
		wire_read_fault(reader, "TSIG with a wrong class or TTL");
}

/* What the server says about our signature. BADKEY and BADSIG come unsigned by nature. */
static dms_error *
check_error_field(const struct tsig_key *key, const struct signature *signature)
{
	const struct tsig_variables *variables = &signature->variables;
	if (variables->error == 0)
		return NULL;
	dms_error *error = dms_error_new(DMS_E_TSIG, "the server answers %s to TSIG key %s",
					 error_name(variables->error), key->text);
	dms_error_put_str(error, "tsig_error", error_name(variables->error));
	if (variables->error != BADTIME || variables->other_size != 6)
		return error;
	/* The server's clock is the other data, our own comes back as the time (RFC 8945 5.2.3). */
	uint64_t server_time = (uint64_t)wire_u16(variables->other) << 32 |
			       (uint64_t)wire_u16(variables->other + 2) << 16 |
			       wire_u16(variables->other + 4);
	return dms_error_put_int(error, "clock_difference_seconds",
				 (json_int_t)(server_time - variables->time));
}

static dms_error *
check_mac(struct tsig_session *session, struct signature *signature)
{
	const struct tsig_key *key = session->key;
	if (!wire_name_equal(&signature->record.owner, &key->name) ||
	    !wire_name_equal(&signature->algorithm, &key->algorithm))
		return dms_error_new(DMS_E_TSIG,
				     "the answer is signed with another key or algorithm than %s",
				     key->text);
	signature->variables.is_timers_only = session->has_answer;
	tsig_digest_add_variables(session, &signature->variables);
	TRY(tsig_digest_finish(session));
	if (signature->mac_size != session->mac_size ||
	    !secret_equal(signature->mac, session->mac, session->mac_size))
		return dms_error_put_str(dms_error_new(DMS_E_TSIG,
						       "the answer's signature by key %s is wrong",
						       key->text),
					 "tsig_error", "BADSIG");
	return NULL;
}

static dms_error *
check_time(const struct signature *signature, int64_t now_seconds)
{
	int64_t distance = (int64_t)signature->variables.time - now_seconds;
	int64_t fudge = signature->variables.fudge;
	if (fudge > TSIG_FUDGE_SECONDS)
		fudge = TSIG_FUDGE_SECONDS;
	if (distance >= -fudge && distance <= fudge)
		return NULL;
	dms_error *error =
	    dms_error_new(DMS_E_TSIG, "the answer was signed %lld s %s by our clock",
			  (long long)llabs(distance), distance < 0 ? "ago" : "in the future");
	return dms_error_put_str(error, "tsig_error", "BADTIME");
}

static dms_error *
unsigned_message(struct tsig_session *session, const uint8_t *message)
{
	if (!session->has_answer) {
		int rcode = message[3] & 0xf;
		dms_error *error =
		    dms_error_new(DMS_E_TSIG, "the answer, %s, is not signed with key %s",
				  dns_rcode_name(rcode), session->key->text);
		return dms_error_put_str(error, "rcode", dns_rcode_name(rcode));
	}
	if (++session->unsigned_count > TSIG_UNSIGNED_MAX)
		return dms_error_new(DMS_E_TSIG, "%d messages in a row without a signature",
				     session->unsigned_count);
	return NULL;
}

/* Cuts the signature off and puts back what was signed: the count and the id. */
static void
strip_signature(uint8_t *message, size_t *size, const struct signature *signature)
{
	*size = signature->at;
	wire_set_u16(message + WIRE_ADDITIONAL, wire_u16(message + WIRE_ADDITIONAL) - 1);
	wire_set_u16(message, signature->original_id);
}

dms_error *
tsig_verify(struct tsig_session *session, uint8_t *message, size_t *size, int64_t now_seconds)
{
	struct wire_reader reader;
	struct signature signature = {.is_there = false};

	wire_read_start(&reader, message, *size);
	find_signature(&reader, &signature);
	TRY(wire_read_result(&reader));
	if (session->digest == NULL)
		TRY(tsig_digest_start(session));
	if (!signature.is_there) {
		tsig_digest_add(session, message, *size);
		return unsigned_message(session, message);
	}
	read_signature(&reader, &signature);
	TRY(wire_read_result(&reader));
	if (signature.mac_size == 0)
		TRY(check_error_field(session->key, &signature));

	uint16_t id = wire_u16(message);
	strip_signature(message, size, &signature);
	tsig_digest_add(session, message, *size);
	wire_set_u16(message, id);
	TRY(check_mac(session, &signature));
	TRY(check_error_field(session->key, &signature));
	TRY(check_time(&signature, now_seconds));
	session->has_answer = true;
	session->unsigned_count = 0;
	return NULL;
}

dms_error *
tsig_finish(const struct tsig_session *session)
{
	if (!session->has_answer || session->unsigned_count > 0)
		return dms_error_new(DMS_E_TSIG, "the last message is not signed with key %s",
				     session->key->text);
	return NULL;
}
