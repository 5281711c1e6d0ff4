/* What the parts of the gateway share. */
#pragma once

#include <stdatomic.h>

#include "rpc/access.h"
#include "service/service.h"

struct https;
struct waits;
struct bus_door;
struct sm_engine;

struct gateway {
	struct service *service;
	struct https *https;
	struct waits *waits;
	struct bus_door *bus_door;
	struct sm_engine *engine; /* of the jobs */
	int https_endpoint;       /* for bus_count */
	_Atomic bool is_stopping; /* nothing is parked any more */
};
