#include "rpc/rpc.h"

#include <string.h>

const struct rpc_method rpc_methods[RPC_METHOD_COUNT] = {
#define RPC_METHOD(name, access, is_change, help, result, ...) \
	[RPC_METHOD_##name] = {#name, access, is_change, help, result, {__VA_ARGS__}},
#include "rpc/methods.def"
#undef RPC_METHOD
};

int
rpc_method_find(const char *name, unsigned access)
{
	for (int i = 0; i < RPC_METHOD_COUNT; i++)
		if ((rpc_methods[i].access & access) != 0 && strcmp(rpc_methods[i].name, name) == 0)
			return i;
	return -1;
}
