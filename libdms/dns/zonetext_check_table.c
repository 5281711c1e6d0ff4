/* Every check there is: the one table behind zone_text_check and docs/checks.md. */
#include "dns/zonetext_check.h"

#include <string.h>

#define E(symbol)        DMS_E_##symbol, FINDING_ERROR, false
#define W(symbol)        DMS_E_##symbol, FINDING_WARNING, false
#define E_ABSENT(symbol) DMS_E_##symbol, FINDING_ERROR, true
#define W_ABSENT(symbol) DMS_E_##symbol, FINDING_WARNING, true
/* clang-format off */
const struct check_rule check_rules[] = {
    {E_ABSENT(ZONE_HAS_NO_SOA_RECORD), CHECK_APEX, {0},
     "The zone has no SOA.", "RFC 1035 5.2", check_soa_missing},
    {E_ABSENT(ZONE_HAS_NO_NS_RECORD), CHECK_APEX, {0},
     "The apex has no NS that is enabled.", "RFC 1035 5.2", check_ns_missing},
    {W_ABSENT(NS_SINGLE), CHECK_APEX, {0},
     "The apex has one NS only.", "RFC 2182 5", check_ns_single},
    {W(SOA_TIMERS), CHECK_APEX, {0},
     "The SOA's refresh is not 20 minutes to 2 days, retry not 2 minutes to a day and less than "
     "refresh, expire not 1 to 8 weeks or less than refresh and retry, minimum 0 or over a day.",
     "RFC 1912 2.2, RFC 2308 5", check_soa_timers},
    {W(SOA_SERIAL_DOUBTFUL), CHECK_APEX, {0},
     "A text's SOA has serial 0, or one more than 2^30 away from the published one.",
     "RFC 1982 3.2", check_soa_serial},
    {E(TTL_RANGE), CHECK_APEX, {0},
     "The TTL of the zone or its SOA is over 2147483647.", "RFC 2181 8", check_zone_ttl_range},
    {W(TTL_UNUSUAL), CHECK_APEX, {0},
     "The zone's TTL is 0 or over a week.", "RFC 1912 2.2", check_zone_ttl},
    {E(BAD_NAME_RDATA), CHECK_ZONE, {0},
     "The SOA's master is not a host name, or its mailbox not at one.", "RFC 1912 2.2",
     check_soa_names},
    {E(CNAME_LOOP), CHECK_ZONE, {0},
     "CNAMEs inside the zone, wildcards included, lead back to where they began.",
     "RFC 1034 3.6.2", check_cname_loop},
    {W(CNAME_CHAIN), CHECK_ZONE, {0},
     "A CNAME leads to another CNAME of the zone.", "RFC 1034 3.6.2", check_cname_chain},
    {W_ABSENT(CNAME_NOWHERE), CHECK_ZONE, {0},
     "A CNAME leads to a name of the zone that is not there.", "RFC 1912 2.4",
     check_cname_nowhere},
    {E(DNAME_OCCLUSION), CHECK_ZONE, {0},
     "A record is below an owner that has a DNAME.", "RFC 6672 2.4", check_dname_occlusion},
    {W(BELOW_DELEGATION), CHECK_ZONE, {0},
     "A record at or below a delegation is neither NS, DS nor an address that an NS needs.",
     "RFC 1034 4.2.1", check_below_cut},
    {E(ZONE_CNAME_EXISTS), CHECK_OWNER, {0},
     "A record comes after a CNAME of its owner.", "RFC 1034 3.6.2, RFC 2181 10.1",
     check_cname_first},
    {E(ZONE_CNAME_LABEL_EXISTS), CHECK_OWNER, {0},
     "A CNAME comes after other records of its owner, or is at the apex.",
     "RFC 1034 3.6.2, RFC 2181 10.1", check_cname_last},
    {W_ABSENT(SPF_DOUBTFUL), CHECK_OWNER, {0},
     "A record of type SPF has no TXT for SPF beside it.", "RFC 7208 3.1", check_spf_type},
    {E(NAME_TOO_LONG), CHECK_OWNER, {0},
     "A label of the owner is over 63 octets, or the owner over 255.", "RFC 1035 2.3.4",
     check_owner_length},
    {E(DUPLICATE_RECORD_IN_ZONE), CHECK_RRSET, {0},
     "An owner has the same type and rdata twice, whatever the TTLs.", "RFC 2181 5",
     check_duplicates},
    {W(TTL_MISMATCH), CHECK_RRSET, {0},
     "Records of one owner and type have different TTLs; all are saved with the lowest.",
     "RFC 2181 5.2", check_ttl_mismatch},
    {E(RRSET_SIZE), CHECK_RRSET, {0},
     "The records of one owner and type do not fit into an answer of 65535 octets.",
     "RFC 1035 4.2.2, RFC 2181 5.1", check_rrset_size},
    {W(TTL_UNUSUAL), CHECK_RRSET, {0},
     "A record's own TTL is 0 or over a week.", "RFC 1912 2.2", check_ttl_unusual},
    {W(TYPE_OBSOLETE), CHECK_RRSET, {0},
     "The type is one that nobody asks for any more; [record-types.md](record-types.md) says what "
     "to use.", "RFC 1035, 6563, 7208, 8749", check_obsolete},
    {E(DNAME_SINGLE), CHECK_RRSET, {TYPE_DNAME},
     "An owner has more than one DNAME.", "RFC 6672 2.4", check_dname_single},
    {E(BAD_NAME_OWNER), CHECK_RRSET, {RR_A, RR_AAAA, RR_MX},
     "The owner is not a host name: letters, digits and hyphens, at most one wildcard, in front.",
     "RFC 1123 2.1", check_owner_host},
    {E(WILDCARD_DELEGATION), CHECK_RRSET, {RR_NS},
     "The owner is a wildcard: what that means is undefined, and BIND loads no such zone.", "RFC 4592 4.2", check_wildcard_ns},
    {W(WILDCARD_DELEGATION), CHECK_RRSET, {TYPE_DNAME},
     "The owner is a wildcard.", "RFC 4592 4.4", check_wildcard_dname},
    {W_ABSENT(DS_WITHOUT_NS), CHECK_RRSET, {RR_DS},
     "The owner has no NS, or is the apex.", "RFC 4035 2.4", check_ds},
    {W(SPF_DOUBTFUL), CHECK_RRSET, {RR_TXT},
     "An owner has several SPF records, or one that needs over 10 look-ups.",
     "RFC 7208 3.2, 4.6.4", check_spf},
    {W_ABSENT(DMARC_DOUBTFUL), CHECK_RRSET, {RR_TXT},
     "A _dmarc owner has no record v=DMARC1, or several, or no policy none, quarantine, reject.",
     "RFC 7489 6.3", check_dmarc},
    {W(PTR_SEVERAL), CHECK_RRSET, {RR_PTR},
     "In a reverse zone, an address has several names.", "RFC 1912 2.1, RFC 2181 10.2",
     check_ptr_several},
    {E(TTL_RANGE), CHECK_RECORD, {0},
     "A TTL is over 2147483647.", "RFC 2181 8", check_ttl_range},
    {E(BAD_NAME_RDATA), CHECK_RECORD, {RR_NS, RR_MX, RR_SRV, RR_PTR},
     "The target is not a host name; of PTR in reverse zones only. A null MX and the SRV target . "
     "are.", "RFC 1123 2.1, RFC 7505, RFC 2782", check_target_host},
    {E_ABSENT(ZONE_CHECK_INTEGRITY_NO_GLUE), CHECK_RECORD, {RR_NS, RR_MX, RR_SRV},
     "The target is in the zone, or the glue of its own delegation, and has no A or AAAA. "
     "Wildcards count.", "RFC 1034 4.2.1, RFC 1912 2.4", check_target_address},
    {E(CNAME_TARGET), CHECK_RECORD, {RR_NS},
     "The target is a CNAME of the zone, or below a DNAME.", "RFC 2181 10.3",
     check_target_alias_error},
    {W(CNAME_TARGET), CHECK_RECORD, {RR_MX, RR_SRV},
     "The target is a CNAME of the zone, or below a DNAME.", "RFC 2181 10.3, RFC 2782",
     check_target_alias_warning},
    {W_ABSENT(ZONE_CHECK_INTEGRITY_NO_GLUE), CHECK_RECORD, {TYPE_SVCB, TYPE_HTTPS},
     "The target is in the zone and not there.", "RFC 9460 2.4", check_target_missing},
    {W(FINAL_DOT), CHECK_RECORD, {RR_NS, RR_CNAME, RR_PTR, RR_MX, RR_SRV},
     "The target has the zone's name twice, or a PTR of a reverse zone points into it.",
     "RFC 1912 2.3", check_target_dot},
    {W(ADDRESS_AS_NAME), CHECK_RECORD, {RR_NS, RR_CNAME, RR_PTR, RR_MX, RR_SRV},
     "The target consists of four numbers.", "RFC 1035 3.3", check_target_literal},
    {W(PTR_OWNER), CHECK_RECORD, {RR_PTR},
     "In a reverse zone, the owner has more or fewer numbers than an address has.",
     "RFC 1035 3.5, RFC 3596 2.5", check_ptr_owner},
    {W(IPV4_MAPPED), CHECK_RECORD, {RR_AAAA},
     "The address is IPv4-mapped.", "RFC 4291 2.5.5.2", check_aaaa_mapped},
    {W(CAA_DOUBTFUL), CHECK_RECORD, {TYPE_CAA},
     "Flags are not 0 or 128, the tag is not registered, or iodef has no URL.", "RFC 8659 4",
     check_caa},
    {W(DIGEST_LENGTH), CHECK_RECORD, {RR_DS, RR_CDS, TYPE_SSHFP, TYPE_TLSA, TYPE_SMIMEA,
     TYPE_ZONEMD},
     "The digest is not as long as its algorithm makes it.",
     "RFC 4034, 4255, 4509, 6594, 6605, 6698, 8162, 8976", check_digest_length},
    {W(DIGEST_SHA1), CHECK_RECORD, {RR_DS, RR_CDS, TYPE_SSHFP},
     "The digest is made with SHA-1.", "RFC 8624 3.3", check_digest_sha1},
    {E(CDS_UNMATCHED), CHECK_RECORD, {RR_CDS, RR_CDNSKEY},
     "At the apex, it is no request to delete (0 0 0 00, 0 3 0 AA==): keys and what is said of them "
     "are the signing name server's, so none of the zone's matches.",
     "RFC 7344 4.1, RFC 8078 4", check_cds_unmatched},
    {W(CDS_LOCATION), CHECK_RECORD, {RR_CDS, RR_CDNSKEY},
     "The owner is not the apex, where alone parents look.", "RFC 7344 4.1", check_cds_location},
    {W(TLSA_FIELDS), CHECK_RECORD, {TYPE_TLSA, TYPE_SMIMEA},
     "Usage, selector or matching type have no meaning.", "RFC 6698 7", check_tlsa},
};
/* clang-format on */
const size_t check_rule_count = sizeof check_rules / sizeof check_rules[0];

static const char *
scope_text(const struct check_rule *rule)
{
	static const char *const texts[] = {[CHECK_ZONE] = "zone",
					    [CHECK_OWNER] = "owner",
					    [CHECK_RRSET] = "any type",
					    [CHECK_RECORD] = "any type",
					    [CHECK_APEX] = "apex"};
	return texts[rule->scope];
}

void
zone_text_print_checks(FILE *out)
{
	fputs("# Checks of a zone's content\n\n"
	      "Whatever way a content comes, as zone text, JSON, incremental update or file, it is "
	      "checked by this table.\nAn *error* refuses it, a *warning* comes back with the "
	      "success. All that is found is told at once, in the order of\nthe content, up to "
	      "100 findings, beyond which errors take the\nplace of warnings: each with level, "
	      "code, name, the record (label, type, rdata), a "
	      "sentence,\nand its place: line and column of a text, `rr_groups_index` and "
	      "`rrs_index` of JSON. Disabled records take no\npart. What cannot be read is told "
	      "with the "
	      "codes of\n[errors.md](errors.md), and beside it nothing that would only follow from "
	      "it: "
	      "a record that seems\nto be missing may stand in the line that cannot be read.\n\n"
	      "This page is the output of `dms-db checks`. What BIND judges differently stands "
	      "in\n[agreement.md](agreement.md).\n\n"
	      "| Level | Code | Name | Of | What | Where it comes from |\n"
	      "|---|---:|---|---|---|---|\n",
	      out);
	for (size_t i = 0; i < check_rule_count; i++) {
		const struct check_rule *rule = &check_rules[i];
		const struct dms_err_info *info = dms_err_info(rule->id);
		fprintf(out, "| %s | %d | %s | %s",
			rule->level == FINDING_ERROR ? "error" : "warning", info->code, info->name,
			rule->types[0] == 0 ? scope_text(rule) : rr_type_name(rule->types[0]));
		for (size_t t = 1; t < CHECK_TYPES_MAX && rule->types[t] != 0; t++)
			fprintf(out, " %s", rr_type_name(rule->types[t]));
		fprintf(out, " | %s | %s |\n", rule->what, rule->source);
	}
}
