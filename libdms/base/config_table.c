#include "base/config_table.h"

#include <string.h>

const struct config_key config_keys[] = {
#define CONFIG_KEY(name, type, default_text, min, max, programs, help)              \
	{#name,    default_text, min, max, help, offsetof(struct dms_config, name), \
	 programs, TYPE_##type},
#include "base/config_keys.def"
#undef CONFIG_KEY
};
const int config_key_count = sizeof config_keys / sizeof config_keys[0];

static const char *const program_names[] = {
    "rpc-gateway", "zone-sm", "master-sm", "server-agent", "reverse-ptr", "zone_tool", "dms-db",
};
#define PROGRAM_COUNT (sizeof program_names / sizeof program_names[0])

const char *
program_name(enum program program)
{
	for (size_t i = 0; i < PROGRAM_COUNT; i++)
		if ((unsigned)program == 1u << i)
			return program_names[i];
	return "dms";
}

unsigned
config_program_find(const char *name)
{
	for (size_t i = 0; i < PROGRAM_COUNT; i++)
		if (strcmp(program_names[i], name) == 0)
			return 1u << i;
	return 0;
}

int
config_key_find(const char *name)
{
	for (int i = 0; i < config_key_count; i++)
		if (strcmp(config_keys[i].name, name) == 0)
			return i;
	return -1;
}
