/* Encrypted bytes between a connection's TLS and the network; connection_turn follows when some
 * have come or gone. */
#pragma once

#include "connection.h"

/* Brings what TLS has made to the network; what the socket does not take now is sent later, and
 * nothing more is made until then (is_sending). May close the connection. */
void connection_flush(struct connection *connection);
/* Reads from now on, until too much waits behind the request that is being answered. May close the
 * connection. */
void connection_read(struct connection *connection);
