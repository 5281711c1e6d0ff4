/* What one HTTP request asks and what it is answered (spec/json-rpc.md section 1.1). */
#pragma once

#include "connection.h"

/* The header section is there: refuses, asks for the password check, or lets the body come. */
void request_headers(struct connection *connection);
/* The body is there too: runs the calls, or answers the refusal. */
void request_complete(struct connection *connection);
/* Answers with an error page and closes. */
void request_refuse(struct connection *connection, int status, const char *reason);
/* The connection is going: nobody waits for what is under way. */
void request_abandon(struct connection *connection);
