/* Configuration templates: text in which %(key)s stands for a value and %% for a percent sign. */
#pragma once

#include <talloc.h>

#include "base/error.h"

/* The value of `key`, on `mem`; `*value` stays NULL when there is no such key. */
typedef dms_error *template_lookup(void *arg, TALLOC_CTX *mem, const char *key, const char **value);

/* Fills `body` in; the text is on `mem`. DMS_E_TEMPLATE naming template, line and key for an
 * unknown key, a "%" before anything else, or a "%(" without its end; or what `find_value` gave. */
dms_error *template_expand(TALLOC_CTX *mem, const char *template_name, const char *body,
			   template_lookup *find_value, void *arg, char **text);
/* The same text without comments (# // and C ones) and with every run of blanks outside quotes as
 * one blank: what one command line of a name server can carry. In place. */
void template_squeeze(char *text);
