/* A real nats-server, a real named, the real agent, and a master-sm that says what the test wants.
 */
#pragma once

#include <libgen.h>
#include <pthread.h>
#include <stdarg.h>
#include <zstd.h>

#include "agent_named.h"
#include "base/log.h"
#include "base/secret.h"
#include "bus/bus.h"
#include "dns/wire.h"
#include "proto/config.pb-c.h"
#include "proto/fact.pb-c.h"
#include "proto/report.pb-c.h"
#include "testing.h"

#define CHUNK 300 /* octets: every transfer takes several requests */

struct fake_master {
	TALLOC_CTX *mem;
	pthread_mutex_t lock;
	struct bus *bus;
	/* What a pull gets. */
	Dms__PullReply__Kind kind;
	int64_t generation;
	const char *sg, *role;
	uint8_t *bytes;
	size_t size;
	int64_t item_count;
	int pulls;
	int64_t last_have;
	/* What the agent said. */
	int reports;
	int64_t applied, rejected, zone_count;
	Dms__Report__Health health;
	char rejected_reason[4096];
	char served[65536];  /* "zone serial;" for each */
	char refused[65536]; /* "zone: reason;" */
	int64_t last_served_us;
	char late_zone[256]; /* told in the next reply */
	uint32_t late_serial;
};

struct stage {
	struct test_named named;
	struct fake_master master;
	char config[256], agent[500], nats_log[192], agent_log[192];
	int nats_port, notify_port;
	pid_t nats, agent_pid;
};

/* The items of the next pull. */
struct items {
	uint8_t *data;
	size_t size;
	int64_t count;
};

static inline void
items_add(struct items *items, Dms__ConfigItem__ItemCase kind, void *what)
{
	Dms__ConfigItem item = DMS__CONFIG_ITEM__INIT;
	item.item_case = kind;
	item.settings = what;
	size_t size = dms__config_item__get_packed_size(&item);
	items->data = realloc(items->data, items->size + 4 + size);
	uint8_t *at = items->data + items->size;
	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(size >> (24 - 8 * i));
	dms__config_item__pack(&item, at + 4);
	items->size += 4 + size;
	items->count++;
}

/* A zone with content of this serial; serial 0: none. `extra` are further lines of the zone file.
 */
static inline void
items_add_zone(struct items *items, int64_t id, const char *name, uint32_t serial,
	       int64_t content_generation, const char *extra)
{
	char content[1024];
	char *sgs[] = {"anycast"};
	Dms__ZoneConfig zone = DMS__ZONE_CONFIG__INIT;
	zone.zone_id = id;
	zone.name = (char *)name;
	zone.zone_type = "dynamic";
	zone.n_sgs = 1;
	zone.sgs = sgs;
	zone.content_generation = content_generation;
	if (serial != 0) {
		snprintf(
		    content, sizeof(content),
		    "$TTL 300\n@ SOA ns.test. h.test. %u 3600 600 86400 300\n@ NS ns.test.\n%s",
		    serial, extra);
		zone.content.data = (uint8_t *)content;
		zone.content.len = strlen(content);
		zone.content_serial = serial;
	}
	items_add(items, DMS__CONFIG_ITEM__ITEM_ZONE, &zone);
}

/* What a pull gets from now on. */
static inline void
master_offer(struct fake_master *master, Dms__PullReply__Kind kind, int64_t generation,
	     struct items *items)
{
	pthread_mutex_lock(&master->lock);
	size_t room = ZSTD_compressBound(items->size);
	free(master->bytes);
	master->bytes = malloc(room);
	master->size = ZSTD_compress(master->bytes, room, items->data, items->size, 3);
	master->kind = kind;
	master->generation = generation;
	master->item_count = items->count;
	pthread_mutex_unlock(&master->lock);
	free(items->data);
	*items = (struct items){0};
}

static inline void
fill_pull_reply(struct fake_master *master, const Dms__PullRequest *request, Dms__PullReply *reply,
		uint8_t digest[32])
{
	static char id[32];
	snprintf(id, sizeof(id), "t-%lld", (long long)master->generation);
	reply->generation = master->generation;
	reply->sg = (char *)master->sg;
	reply->role = (char *)master->role;
	if (request->transfer_id[0] == '\0') {
		master->pulls++;
		master->last_have = request->have_generation;
	}
	if (request->have_generation == master->generation &&
	    strcmp(request->have_sg, master->sg) == 0) {
		reply->kind = DMS__PULL_REPLY__KIND__UP_TO_DATE;
		return;
	}
	if (request->transfer_id[0] != '\0' && strcmp(request->transfer_id, id) != 0) {
		reply->kind = DMS__PULL_REPLY__KIND__GONE;
		return;
	}
	size_t left = master->size - (size_t)request->offset;
	reply->kind = master->kind;
	reply->transfer_id = id;
	reply->total_size = (int64_t)master->size;
	reply->offset = request->offset;
	reply->chunk.data = master->bytes + request->offset;
	reply->chunk.len = left < CHUNK ? left : CHUNK;
	reply->item_count = master->item_count;
	sha256(master->bytes, master->size, digest);
	reply->sha256.data = digest;
	reply->sha256.len = 32;
}

static inline void
answer_pull(void *arg, struct bus_message *message)
{
	struct fake_master *master = arg;
	uint8_t digest[32], packed[CHUNK + 1024];
	Dms__PullReply reply = DMS__PULL_REPLY__INIT;
	Dms__PullRequest *request = dms__pull_request__unpack(NULL, message->size, message->data);
	assert(request != NULL && strcmp(message->subject + 9, request->server) == 0);
	pthread_mutex_lock(&master->lock);
	fill_pull_reply(master, request, &reply, digest);
	size_t size = dms__pull_reply__pack(&reply, packed);
	pthread_mutex_unlock(&master->lock);
	dms_error_free(bus_reply(master->bus, message, packed, size));
	dms__pull_request__free_unpacked(request, NULL);
	bus_message_free(message);
}

__attribute__((format(printf, 3, 4))) static inline void
append(char *to, size_t capacity, const char *format, ...)
{
	va_list list;
	size_t used = strlen(to);
	va_start(list, format);
	vsnprintf(to + used, capacity - used, format, list);
	va_end(list);
}

static inline void
take_report(struct fake_master *master, const Dms__Report *report)
{
	master->reports++;
	master->applied = report->generation;
	master->zone_count = report->zone_count;
	master->rejected = report->rejected_generation;
	master->health = report->health;
	snprintf(master->rejected_reason, sizeof(master->rejected_reason), "%s",
		 report->rejected_reason);
	for (size_t i = 0; i < report->n_served; i++) {
		append(master->served, sizeof(master->served), "%s %u;", report->served[i]->zone,
		       report->served[i]->serial);
		master->last_served_us = report->served[i]->seen_us;
	}
	for (size_t i = 0; i < report->n_refused; i++)
		append(master->refused, sizeof(master->refused), "%s: %s;",
		       report->refused[i]->zone, report->refused[i]->reason);
}

static inline void
answer_report(void *arg, struct bus_message *message)
{
	struct fake_master *master = arg;
	uint8_t packed[1024];
	Dms__ReportReply reply = DMS__REPORT_REPLY__INIT;
	Dms__Late late = DMS__LATE__INIT, *lates[] = {&late};
	char zone[256];
	Dms__Report *report = dms__report__unpack(NULL, message->size, message->data);
	assert(report != NULL && strcmp(message->subject + 11, report->server) == 0);
	pthread_mutex_lock(&master->lock);
	take_report(master, report);
	reply.wanted_generation = master->generation;
	reply.sg = (char *)master->sg;
	if (master->late_zone[0] != '\0') {
		snprintf(zone, sizeof(zone), "%s", master->late_zone);
		late.zone = zone;
		late.serial = master->late_serial;
		reply.late = lates;
		reply.n_late = 1;
		master->late_zone[0] = '\0';
	}
	size_t size = dms__report_reply__pack(&reply, packed);
	pthread_mutex_unlock(&master->lock);
	dms_error_free(bus_reply(master->bus, message, packed, size));
	dms__report__free_unpacked(report, NULL);
	bus_message_free(message);
}

/* True when the reports so far contain `text`. */
static inline bool
was_said(struct fake_master *master, const char *said, const char *text)
{
	pthread_mutex_lock(&master->lock);
	bool found = strstr(said, text) != NULL;
	pthread_mutex_unlock(&master->lock);
	return found;
}

static inline int64_t
locked(struct fake_master *master, const int64_t *number)
{
	pthread_mutex_lock(&master->lock);
	int64_t value = *number;
	pthread_mutex_unlock(&master->lock);
	return value;
}

/* Tells the agent that there is something newer. */
static inline void
master_announce(struct fake_master *master)
{
	uint8_t packed[256];
	char subject[128];
	Dms__Announcement announcement = DMS__ANNOUNCEMENT__INIT;
	announcement.sg = (char *)master->sg;
	announcement.generation = master->generation;
	snprintf(subject, sizeof(subject), "dms.config.%s", master->sg);
	struct bus_outgoing out = {.subject = subject, .data = packed};
	out.size = dms__announcement__pack(&announcement, packed);
	dms_error_free(bus_publish(master->bus, &out));
}

static inline void
nats_start(struct stage *stage)
{
	char port[16], dir[192];
	snprintf(port, sizeof(port), "%d", stage->nats_port);
	snprintf(dir, sizeof(dir), "%s/js", stage->named.dir);
	stage->nats = start_program(stage->nats_log,
				    (const char *[]){"/usr/sbin/nats-server", "-a", "127.0.0.1",
						     "-p", port, "-js", "-sd", dir, NULL});
	assert(HOLDS_WITHIN(20000, tcp_accepts(stage->nats_port)));
}

static inline void
master_connect(struct stage *stage)
{
	struct fake_master *master = &stage->master;
	char path[192];
	struct dms_config *config;
	snprintf(path, sizeof(path), "%s/master.conf", stage->named.dir);
	write_file(path, "[dms]\nnats_url = nats://127.0.0.1:%d\n", stage->nats_port);
	dms_error *error = config_load(master->mem, path, PROGRAM_MASTER_SM, &config);
	if (error == NULL)
		error = bus_open(master->mem, config, NULL, NULL, &master->bus);
	if (error == NULL)
		error = bus_wait(master->bus, 20000);
	if (error == NULL)
		error = bus_subscribe(master->bus, "dms.pull.>", NULL, answer_pull, master);
	if (error == NULL)
		error = bus_subscribe(master->bus, "dms.report.>", NULL, answer_report, master);
	if (error != NULL) {
		fprintf(stderr, "%s\n", error->message);
		abort();
	}
}

static inline void
agent_configure(struct stage *stage)
{
	char self[400] = "", command[900];
	snprintf(stage->config, sizeof(stage->config), "%s/dms.conf", stage->named.dir);
	write_file(stage->config,
		   "[dms]\nnats_url = nats://127.0.0.1:%d\n[server-agent]\nlog_level = debug\n"
		   "server_name = ns1\nstate_dir = %s/state\nnamed_address = 127.0.0.1:%d\n"
		   "named_config_dir = %s/conf\nnamed_zone_dir = %s/zones\n"
		   "control_address = 127.0.0.1:%d\ncontrol_key_file = %s/rndc.key\n"
		   "notify_listen = 127.0.0.1:%d\nheartbeat = 250ms\n",
		   stage->nats_port, stage->named.dir, stage->named.dns_port, stage->named.dir,
		   stage->named.dir, stage->named.control_port, stage->named.dir,
		   stage->notify_port);
	assert(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
	snprintf(stage->agent, sizeof(stage->agent), "%s/../bin/server-agent", dirname(self));
	snprintf(command, sizeof(command), "'%s' -c '%s' --prepare", stage->agent, stage->config);
	assert(system(command) == 0);
}

static inline void
agent_run(struct stage *stage)
{
	stage->agent_pid = start_program(stage->agent_log,
					 (const char *[]){stage->agent, "-c", stage->config, NULL});
}

static inline void
stage_open(struct stage *stage, const char *sg, const char *role)
{
	char rest[512], options[512];
	memset(stage, 0, sizeof(*stage));
	stage->master.mem = talloc_new(NULL);
	pthread_mutex_init(&stage->master.lock, NULL);
	stage->master.sg = sg;
	stage->master.role = role;
	stage->nats_port = free_port();
	stage->notify_port = free_port();
	named_configure(&stage->named, "", "");
	snprintf(options, sizeof(options), "include \"%s/conf/options.conf\";", stage->named.dir);
	snprintf(rest, sizeof(rest), "include \"%s/conf/global.conf\";", stage->named.dir);
	named_write(&stage->named, options, rest);
	snprintf(stage->nats_log, sizeof(stage->nats_log), "%s/nats.log", stage->named.dir);
	snprintf(stage->agent_log, sizeof(stage->agent_log), "%s/agent.log", stage->named.dir);
	agent_configure(stage);
	nats_start(stage);
	master_connect(stage);
	named_start(&stage->named);
}

static inline void
stage_close(struct stage *stage)
{
	stop_program(&stage->agent_pid);
	named_stop(&stage->named);
	talloc_free(stage->master.mem);
	stop_program(&stage->nats);
	free(stage->master.bytes);
	if (getenv("DMS_TEST_KEEP") == NULL)
		remove_tree(stage->named.dir);
}

/* One SOA query to 127.0.0.1; 0 when the zone is not served. */
static inline uint32_t
serial_at(int port, const char *zone)
{
	uint8_t query[512], answer[4096];
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_port = htons((uint16_t)port),
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	connect(fd, (struct sockaddr *)&address, sizeof(address));
	size_t size = dns_soa_query(77, zone, query, sizeof(query));
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
	ssize_t got = -1;
	if (send(fd, query, size, 0) > 0 && poll(&poll_fd, 1, 1000) > 0)
		got = recv(fd, answer, sizeof(answer), 0);
	close(fd);
	uint16_t id;
	bool is_served = false;
	uint32_t serial = 0;
	if (got > 0)
		dms_error_free(dns_soa_answer(answer, (size_t)got, &id, &is_served, &serial));
	return is_served ? serial : 0;
}

/* How often `text` is in the file. */
static inline int
count_in(const char *path, const char *text)
{
	char *content;
	int count = 0;
	dms_error *error = file_read(NULL, path, 64 << 20, &content, NULL);
	if (error != NULL) {
		dms_error_free(error);
		return 0;
	}
	for (const char *at = content; (at = strstr(at, text)) != NULL; at++)
		count++;
	talloc_free(content);
	return count;
}

/* The shipped template of a role. */
static inline char *
read_template(TALLOC_CTX *mem, const char *role, const char *name)
{
	char *text,
	    *path = talloc_asprintf(mem, DMS_SOURCE_DIR "/templates/bind9/%s/%s", role, name);
	dms_error *error = file_read(mem, path, 1 << 20, &text, NULL);
	if (error != NULL) {
		fprintf(stderr, "%s\n", error->message);
		abort();
	}
	return text;
}
