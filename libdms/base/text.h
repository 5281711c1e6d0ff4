/* Text from outside, made fit for JSON and logs. */
#pragma once

#include <jansson.h>

/* A JSON string of `text`; bytes that are not UTF-8 become U+FFFD. NULL gives JSON null. Never
 * returns NULL but when memory is out. */
json_t *json_text(const char *text);
