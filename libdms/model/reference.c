/* References: whose a zone or a record is (spec/json-rpc.md section 13.3). */
#include <stdlib.h>
#include <string.h>

#include "model/instance.h"
#include "model/server.h"

static dms_error *
reference_find(struct db *db, const char *name, int64_t *id)
{
	struct db_result *result = NULL;
	TRY(db_query(db, NULL, &result, "SELECT id FROM reference WHERE lower(name) = lower($1)",
		     P_TEXT(name)));
	*id = db_rows(result) == 0 ? 0 : db_int(result, 0, "id");
	talloc_free(result);
	return NULL;
}

dms_error *
reference_get(struct db *db, const char *name, int64_t *id)
{
	*id = 0;
	if (name == NULL)
		return NULL;
	if (!zone_text_is_reference(name, strlen(name)))
		return dms_error_put_str(
		    dms_error_new(DMS_E_REFERENCE_FORMAT,
				  "reference '%s' is malformed: up to 1024 of A-Z a-z 0-9 - _ . @, "
				  "first a letter or digit",
				  name),
		    "reference", name);
	TRY(reference_find(db, name, id));
	if (*id != 0)
		return NULL;
	TRY(db_exec(db, "INSERT INTO reference (name) VALUES ($1) ON CONFLICT DO NOTHING",
		    P_TEXT(name)));
	return reference_find(db, name, id);
}

/* Records by their references, those with the same one in the order of the text. */
static int
reference_order(const void *left, const void *right)
{
	const struct zone_text_record *a = *(struct zone_text_record *const *)left;
	const struct zone_text_record *b = *(struct zone_text_record *const *)right;
	int order = strcasecmp(a->reference, b->reference);
	return order != 0 ? order : (a > b) - (a < b);
}

static void
complain(struct findings *findings, TALLOC_CTX *mem, const struct zone_text *text,
	 const struct zone_text_record *record)
{
	char *rdata = NULL;
	if (!record->is_whole_rrset)
		dms_error_free(rdata_print(mem, record->type, record->rdata, record->rdata_size,
					   text->zone, &rdata));
	finding_add(findings, mem,
		    &(struct finding){.level = FINDING_ERROR,
				      .id = DMS_E_NO_REFERENCE_FOUND,
				      .line = record->line,
				      .column = record->column,
				      .label = record->label,
				      .type = record->type,
				      .rdata = rdata},
		    "%s %s: reference %s is not known", record->label, rr_type_name(record->type),
		    record->reference);
	talloc_free(rdata);
}

dms_error *
references_check(struct db *db, struct zone_text *text, struct findings *findings)
{
	TALLOC_CTX *scratch = talloc_new(NULL);
	const struct zone_text_record **records =
	    talloc_array(scratch, const struct zone_text_record *, text->record_count + 1);
	size_t count = 0;
	int64_t id = 0;
	dms_error *error = NULL;
	for (size_t i = 0; i < text->record_count; i++)
		if (text->records[i].reference != NULL)
			records[count++] = &text->records[i];
	qsort(records, count, sizeof(*records), reference_order);
	for (size_t i = 0; i < count && error == NULL; i++) {
		bool is_new =
		    i == 0 || strcasecmp(records[i]->reference, records[i - 1]->reference) != 0;
		if (is_new)
			error = reference_find(db, records[i]->reference, &id);
		if (error == NULL && id == 0)
			complain(findings, text, text, records[i]);
	}
	talloc_free(scratch);
	return error;
}
