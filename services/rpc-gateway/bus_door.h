/* The door on the bus: dms.rpc.<access point>.<method>, shared among the gateways. A request's body
 * is the JSON object of parameters (or nothing), the reply the JSON of the result, or of the error
 * with the header BUS_HEADER_ERROR. Who may call what is the NATS server's to decide, by subject.
 */
#pragma once

#include "gateway.h"

/* Subscribes for every access point and names the endpoints. */
dms_error *bus_door_open(TALLOC_CTX *mem, struct gateway *gateway, struct bus_door **door);
