/* Server groups, servers, the master: how people see them (spec/zone-tool.md sections 5.5 to 5.11).
 */
#include "tool.h"

void
show_groups(struct tool *tool, struct command_line *line, const json_t *groups)
{
	json_t *sg;
	size_t i;

	json_array_foreach (groups, i, sg)
		fprintf(tool->out, "        %-32s %-4s %s\n", get_text(sg, "sg_name", ""),
			show_value(line->mem, json_object_get(sg, "sg_id")),
			get_text(sg, "config_dir", "(standard templates)"));
}

void
show_tsig_keys(struct tool *tool, struct command_line *line, const json_t *keys)
{
	json_t *key;
	size_t i;

	json_array_foreach (keys, i, key)
		fprintf(tool->out, "        %-32s %-12s %s zones\n", get_text(key, "key_name", ""),
			get_text(key, "algorithm", ""),
			show_value(line->mem, json_object_get(key, "zone_count")));
}

static void
print_server(struct tool *tool, struct command_line *line, const json_t *server)
{
	const char *trouble = get_text(server, "retry_msg", NULL);

	fprintf(tool->out, "%-28s %-39s %s\n", get_text(server, "server_name", ""),
		show_time(line->mem, get_text(server, "last_reply", NULL)),
		get_text(server, "state", ""));
	fprintf(tool->out, "        %-39s %s\n", get_text(server, "address", ""),
		get_text(server, "ssh_address", "None"));
	if (trouble != NULL)
		print_long(tool->out, "retry_msg", trouble);
}

void
show_server_list(struct tool *tool, struct command_line *line, const json_t *servers)
{
	bool is_verbose = line->values['v'] != NULL;
	json_t *server;
	size_t i;

	json_array_foreach (servers, i, server) {
		if (is_verbose)
			print_server(tool, line, server);
		else
			fprintf(tool->out, "%s\n", get_text(server, "server_name", ""));
	}
	if (is_verbose && json_array_size(servers) > 0)
		fputc('\n', tool->out);
}

void
show_servers(struct tool *tool, struct command_line *line, const json_t *servers)
{
	static const char *const left_out[] = {"retry_msg", NULL};
	json_t *server;
	size_t i;

	(void)line;
	json_array_foreach (servers, i, server) {
		if (i > 0)
			fputc('\n', tool->out);
		print_object(tool->out, server, 16, "server_name", left_out);
		print_long(tool->out, "retry_msg", get_text(server, "retry_msg", NULL));
	}
}

/* Of one group: whether its servers run, and whether they have its newest configuration. */
static void
print_group_status(struct tool *tool, struct command_line *line, const json_t *group)
{
	fprintf(tool->out, "        %-32s %s of %s servers OK, generation %s, %s zones\n",
		get_text(group, "sg_name", ""),
		show_value(line->mem, json_object_get(group, "servers_ok")),
		show_value(line->mem, json_object_get(group, "servers_total")),
		show_value(line->mem, json_object_get(group, "generation")),
		show_value(line->mem, json_object_get(group, "zone_count")));
}

/* What has failed and stands so; a '!' where time will not cure it. */
static void
print_trouble(FILE *out, TALLOC_CTX *mem, const json_t *list)
{
	json_t *machine;
	size_t i;

	if (json_array_size(list) > 0)
		fputs("\n        Trouble (! needs a human):\n", out);
	json_array_foreach (list, i, machine)
		fprintf(out, "        %c %-6s %s %s since %s: %s\n",
			json_is_true(json_object_get(machine, "needs_human")) ? '!' : ' ',
			get_text(machine, "machine", ""), get_text(machine, "name", ""),
			get_text(machine, "state", ""),
			show_time(mem, get_text(machine, "last_error_since", NULL)),
			get_text(machine, "last_error", ""));
}

void
show_master_status(struct tool *tool, struct command_line *line, const json_t *status)
{
	static const char *const brief[] = {"master_server", "master_id", "master_server_id",
					    "replica_sg_id", NULL};
	static const char *const verbose[] = {"master_server", NULL};
	json_t *group;
	size_t i;

	fputc('\n', tool->out);
	print_field(tool->out, 18, "MASTER_SERVER", get_text(status, "master_server", "None"));
	fputs("\n        Configuration of the name servers:\n\n", tool->out);
	print_object(tool->out, status, 18, NULL, line->values['v'] != NULL ? verbose : brief);
	fputs("\n        Server groups:\n", tool->out);
	json_array_foreach (json_object_get(status, "groups"), i, group)
		print_group_status(tool, line, group);
	print_trouble(tool->out, line->mem, json_object_get(status, "trouble"));
	fputc('\n', tool->out);
}
