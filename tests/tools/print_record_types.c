/* docs/record-types.md, out of the table of record types. With "--examples": one line "TYPE rdata"
 * for every type that users may have; with "--layouts" one "TYPE layout" for those that have a form
 * of their own. */
#include <stdio.h>
#include <string.h>

#include "dns/rr.h"

static void
print_examples(const struct rr_type_info *types, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (types[i].example != NULL)
			printf("%s %s\n", types[i].name, types[i].example);
	}
}

static void
print_layouts(const struct rr_type_info *types, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (types[i].example != NULL && types[i].fields != NULL)
			printf("%s %s\n", types[i].name, types[i].fields);
	}
}

/* "|" would end a cell of the table. */
static void
print_cell(const char *text)
{
	for (; *text != '\0'; text++)
		printf(*text == '|' ? "\\|" : "%c", *text);
}

static void
print_taken(const struct rr_type_info *types, size_t count, enum rr_type_status status)
{
	bool has_note = status == RR_TYPE_OBSOLETE;

	printf("| Type | Number | Reference | What it says | %sExample |\n"
	       "|---|---:|---|---|%s---|\n",
	       has_note ? "Instead | " : "", has_note ? "---|" : "");
	for (size_t i = 0; i < count; i++) {
		if (types[i].status != status)
			continue;
		printf("| %s | %u | %s | %s | ", types[i].name, types[i].number, types[i].reference,
		       types[i].help);
		if (has_note)
			printf("%s | ", types[i].note);
		printf("`");
		print_cell(types[i].example);
		printf("` |\n");
	}
}

static void
print_refused(const struct rr_type_info *types, size_t count)
{
	printf("| Type | Number | Reference | What it says | Why not |\n|---|---:|---|---|---|\n");
	for (size_t i = 0; i < count; i++) {
		if (types[i].status < RR_TYPE_SERVER_MADE)
			continue;
		printf("| %s | ", types[i].name);
		if (types[i].number > 0)
			printf("%u", types[i].number);
		printf(" | %s | %s | %s |\n", types[i].reference, types[i].help, types[i].note);
	}
}

static const char head[] =
    "# Record types\n\n"
    "Every type below works in zone text, in JSON (its rdata as text) and on the wire. Any type, "
    "these\nand those that are not in the list, can be written as RFC 3597 has it: `TYPE1234 \\# 3 "
    "0a0b0c`. The\noctets of a type in the list must fit it, and are shown in its own form. Types "
    "whose example\nbegins with `\\#` have that form only.\n\n"
    "This page is the output of `print_record_types`, a program of the build; `ctest` holds the "
    "two\ntogether.\n";

static const char forms[] =
    "\n## Forms\n\n"
    "- *Names* inside rdata are completed with the origin and shown relative to the zone. Names "
    "with\n  letters beyond ASCII are taken as UTF-8 and stored as A-labels (IDNA 2008, RFC "
    "5891).\n"
    "- *Strings* may hold any octets: UTF-8 as it is or as `\\195\\169`; shown is the escaped "
    "form. In\n  TXT and its kin a string longer than 255 octets is split (RFC 4408 section "
    "3.1.3).\n"
    "- *IPv6 addresses* are shown as RFC 5952 wants them.\n"
    "- *Null MX* is `0 .` (RFC 7505), *no such service* an SRV with target `.` (RFC 2782).\n"
    "- *Times* in an SOA may have units: `1w2d3h4m5s`.\n"
    "- *Algorithms* of DNSSEC may be numbers or names (`ED25519`); shown are numbers.\n"
    "- *CDS, CDNSKEY and ZONEMD* are taken from users. Where the name server signs, a CDS or "
    "CDNSKEY is\n  its own matter: records of these types that it made stay as they are. BIND "
    "takes a CDS that\n  matches no DNSKEY of the zone only as the request to delete (`0 0 0 00`, "
    "RFC 8078).\n"
    "- *DNSKEY* is refused even in unsigned zones: keys come to a zone by `auto_dnssec`. Signing "
    "by\n  several parties (RFC 8901) is not supported.\n"
    "- What BIND takes of rdata and we do not, and the other way round: "
    "[agreement.md](agreement.md).\n";

int
main(int argc, char **argv)
{
	size_t count;
	const struct rr_type_info *types = rr_type_table(&count);

	if (argc == 2 && strcmp(argv[1], "--examples") == 0) {
		print_examples(types, count);
		return 0;
	}
	if (argc == 2 && strcmp(argv[1], "--layouts") == 0) {
		print_layouts(types, count);
		return 0;
	}
	printf("%s\n## Taken\n\n", head);
	print_taken(types, count, RR_TYPE_USER);
	printf("\n## Taken with a warning\n\n");
	print_taken(types, count, RR_TYPE_OBSOLETE);
	printf("\n## Refused\n\n");
	print_refused(types, count);
	printf("%s", forms);
	return 0;
}
