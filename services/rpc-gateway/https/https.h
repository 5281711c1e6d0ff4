/* The HTTPS door: one listener on the service's loop (spec/json-rpc.md sections 1.1 and 2.1). */
#pragma once

#include "../gateway.h"

/* Reads certificate and password file, listens. An empty https_listen means no HTTPS. */
dms_error *https_open(TALLOC_CTX *mem, struct gateway *gateway, struct https **https);
/* Reads certificate and password file anew; what is wrong is logged and the old stays. */
void https_reload(struct https *https);
/* No new connections; idle ones are closed, the others after their reply. */
void https_drain(struct https *https);
