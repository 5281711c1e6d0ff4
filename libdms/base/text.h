/* Text from outside, made fit for JSON and logs; and its hash. */
#pragma once

#include <jansson.h>
#include <stdint.h>

/* A JSON string of `text`; bytes that are not UTF-8 become U+FFFD. NULL gives JSON null. Never
 * returns NULL but when memory is out. */
json_t *json_text(const char *text);
/* FNV-1a over the octets: for tables in memory, not against an enemy. */
uint64_t text_hash(const char *text);
