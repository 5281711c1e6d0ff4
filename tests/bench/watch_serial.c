/* Tells when name servers first answer another serial: the stop watch of the benchmarks.
 *
 *   watch_serial PERIOD_US ADDRESS:PORT...
 *
 * Each line of input is one watch, begun at once: ZONE OLD_SERIAL TIMEOUT_MS; old serial 0 takes
 * any. A SOA query goes to every server every PERIOD_US on an absolute clock until each has
 * answered another serial or time is up. Then one line: ZONE, and for each server SERIAL and the
 * nanoseconds of CLOCK_MONOTONIC at which that answer was read, or "- -". */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "dns/wire.h"

#define TARGETS_MAX   16
#define NAME_TEXT_MAX 1024
#define PERIOD_MIN    500   /* microseconds */
#define QUERIES_MAX   60000 /* one watch has fewer than 65536 query ids */
#define DATAGRAM_MAX  4096

struct target {
	int socket;
	bool has_answered;
	uint32_t serial;
	int64_t at_ns;
};

struct watch {
	char zone[NAME_TEXT_MAX + 1];
	uint32_t old_serial;
	int64_t end_ns;
	uint16_t first_id, queries; /* queries of this watch have the ids from first_id on */
};

struct instrument {
	struct target targets[TARGETS_MAX];
	struct pollfd polled[TARGETS_MAX + 1]; /* the last one is the timer */
	int count;
	long period_us;
	uint16_t next_id;
};

_Noreturn static void
give_up(const char *what, const char *why)
{
	fprintf(stderr, "watch_serial: %s: %s\n", what, why);
	exit(1);
}

static int64_t
now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int
connect_to(const char *endpoint)
{
	struct sockaddr_storage address;
	socklen_t size;
	dms_error *error = endpoint_parse(endpoint, &address, &size);

	if (error != NULL)
		give_up(endpoint, error->message);
	int fd = socket(address.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, size) < 0)
		give_up(endpoint, strerror(errno));
	return fd;
}

static void
set_up(struct instrument *it, const char *period, char **endpoints, int count)
{
	char *end;

	it->period_us = strtol(period, &end, 10);
	if (*end != '\0' || it->period_us < PERIOD_MIN || it->period_us > 1000000)
		give_up(period, "the period must be 500 to 1000000 microseconds");
	if (count > TARGETS_MAX)
		give_up(endpoints[TARGETS_MAX], "one name server too many");
	it->count = count;
	for (int i = 0; i < count; i++) {
		it->targets[i].socket = connect_to(endpoints[i]);
		it->polled[i] = (struct pollfd){.fd = it->targets[i].socket, .events = POLLIN};
	}
	int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (timer < 0)
		give_up("timer", strerror(errno));
	it->polled[count] = (struct pollfd){.fd = timer, .events = POLLIN};
}

/* Ticks from `start_ns` on; a period of 0 stops it. */
static void
set_timer(const struct instrument *it, int64_t start_ns, long period_us)
{
	struct itimerspec when = {
	    .it_value = {.tv_sec = start_ns / 1000000000, .tv_nsec = start_ns % 1000000000},
	    .it_interval = {.tv_sec = period_us / 1000000, .tv_nsec = period_us % 1000000 * 1000},
	};

	if (timerfd_settime(it->polled[it->count].fd, TFD_TIMER_ABSTIME, &when, NULL) < 0)
		give_up("timer", strerror(errno));
}

/* A server that is being restarted refuses: that query is lost, the next one goes out in time. */
static void
ask_all(struct instrument *it, struct watch *watch)
{
	uint8_t query[512];
	size_t size = dns_soa_query(it->next_id++, watch->zone, query, sizeof query);

	if (size == 0)
		give_up(watch->zone, "not the name of a zone");
	watch->queries++;
	for (int i = 0; i < it->count; i++)
		if (!it->targets[i].has_answered)
			(void)send(it->targets[i].socket, query, size, MSG_NOSIGNAL);
}

/* Answers to the queries of an earlier watch tell old serials and do not count. */
static void
read_answers(struct target *target, const struct watch *watch)
{
	uint8_t answer[DATAGRAM_MAX];
	ssize_t size;

	while ((size = recv(target->socket, answer, sizeof answer, 0)) >= 0) {
		int64_t at_ns = now_ns();
		uint16_t id;
		bool is_served;
		uint32_t serial;
		dms_error *error = dns_soa_answer(answer, (size_t)size, &id, &is_served, &serial);

		if (error != NULL) {
			dms_error_free(error);
			continue;
		}
		if (target->has_answered || !is_served || serial == watch->old_serial ||
		    (uint16_t)(id - watch->first_id) >= watch->queries)
			continue;
		target->has_answered = true;
		target->serial = serial;
		target->at_ns = at_ns;
	}
}

static bool
have_all_answered(const struct instrument *it)
{
	for (int i = 0; i < it->count; i++)
		if (!it->targets[i].has_answered)
			return false;
	return true;
}

static void
run(struct instrument *it, struct watch *watch)
{
	uint64_t ticks;

	for (int i = 0; i < it->count; i++)
		it->targets[i].has_answered = false;
	set_timer(it, now_ns(), it->period_us);
	while (!have_all_answered(it) && now_ns() < watch->end_ns) {
		if (poll(it->polled, (nfds_t)it->count + 1, 1000) < 0 && errno != EINTR)
			give_up("poll", strerror(errno));
		for (int i = 0; i < it->count; i++)
			read_answers(&it->targets[i], watch);
		if (read(it->polled[it->count].fd, &ticks, sizeof ticks) == sizeof ticks)
			ask_all(it, watch);
	}
	set_timer(it, 0, 0);
}

static void
print(const struct instrument *it, const struct watch *watch)
{
	printf("%s", watch->zone);
	for (int i = 0; i < it->count; i++) {
		const struct target *target = &it->targets[i];

		if (target->has_answered)
			printf(" %" PRIu32 " %" PRId64, target->serial, target->at_ns);
		else
			printf(" - -");
	}
	printf("\n");
	fflush(stdout);
}

int
main(int argc, char **argv)
{
	static struct instrument it;
	char line[NAME_TEXT_MAX + 64];

	if (argc < 3)
		give_up("usage", "watch_serial PERIOD_US ADDRESS:PORT...");
	set_up(&it, argv[1], argv + 2, argc - 2);
	while (fgets(line, sizeof line, stdin) != NULL) {
		struct watch watch = {.first_id = it.next_id};
		unsigned timeout_ms;

		if (sscanf(line, "%1024s %" SCNu32 " %u", watch.zone, &watch.old_serial,
			   &timeout_ms) != 3 ||
		    timeout_ms > QUERIES_MAX * it.period_us / 1000)
			give_up("input", "ZONE OLD_SERIAL TIMEOUT_MS (at most 60000 periods)");
		watch.end_ns = now_ns() + (int64_t)timeout_ms * 1000000;
		run(&it, &watch);
		print(&it, &watch);
	}
	return 0;
}
