/* rooms: dms_service dms_base */
/* The life of a daemon, seen from outside: exit status, what it tells the service manager, logs. */

#include <poll.h>
#include <stdatomic.h>
#include <sys/un.h>
#include <time.h>

#include "base/time.h"
#include "bus_server.h"
#include "service/service.h"
#include "testing.h"

#define PATIENCE_MS 10000

struct place {
	char folder[64];
	char config[96];
	char log[96];
	int manager; /* the service manager's end */
};

/* how the service under test behaves; set before the fork */
static struct {
	bool needs_db;
	bool fails;
	bool works_long; /* a job that ends only once the service is told to stop, by way of the
			    loop */
	bool works_for_ever;
} plan;

static atomic_bool is_told_to_stop;
static atomic_bool has_looped;

static void
on_loop(struct service *service, void *arg)
{
	atomic_store(&has_looped, true);
}

/* begun before the stop, ended after it; needs the loop to turn while the pool drains */
static void
long_job(struct worker *worker, void *arg)
{
	struct service *service = arg;
	const struct timespec pause = {.tv_nsec = 1000000};

	while (!atomic_load(&is_told_to_stop) || plan.works_for_ever)
		nanosleep(&pause, NULL);
	service_on_loop(service, on_loop, NULL);
	while (!atomic_load(&has_looped))
		nanosleep(&pause, NULL);
	fprintf(stderr, "job ended\n");
}

static dms_error *
start(struct service *service)
{
	if (plan.fails)
		return dms_error_new(DMS_E_CONFIG, "nothing is right");
	if (plan.works_long || plan.works_for_ever)
		work_submit(service->pool, WORK_INTERACTIVE, 0, long_job, service);
	return NULL;
}

static void
stop(struct service *service)
{
	atomic_store(&is_told_to_stop, true);
}

static void
reload(struct service *service)
{
	fprintf(stderr, "service reloads\n");
}

static const struct service_description description = {
    .program = PROGRAM_ZONE_SM,
    .version = "1.2.3",
    .summary = "a service under test",
    .start = start,
    .stop = stop,
    .reload = reload,
};

static int
setup(void **state)
{
	struct place *place = calloc(1, sizeof *place);
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	FILE *config;

	memset(&plan, 0, sizeof plan);
	strcpy(place->folder, "/tmp/dms-service-XXXXXX");
	if (mkdtemp(place->folder) == NULL)
		return -1;
	snprintf(place->config, sizeof place->config, "%s/dms.conf", place->folder);
	snprintf(place->log, sizeof place->log, "%s/log", place->folder);
	snprintf(address.sun_path, sizeof address.sun_path, "%s/notify", place->folder);
	place->manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (bind(place->manager, (struct sockaddr *)&address, sizeof address) != 0)
		return -1;
	setenv("NOTIFY_SOCKET", address.sun_path, 1);
	config = fopen(place->config, "w");
	fprintf(config,
		"[dms]\nnats_url = nats://127.0.0.1:%d\ndrain_timeout = 5s\n"
		"db_url = postgresql:///nothing?host=%s\n",
		free_port(), place->folder);
	fclose(config);
	*state = place;
	return 0;
}

static int
teardown(void **state)
{
	struct place *place = *state;

	close(place->manager);
	remove_tree(place->folder);
	free(place);
	return 0;
}

static pid_t
launch(struct place *place, char **argv)
{
	pid_t pid = fork();
	int argc = 0;

	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (freopen(place->log, "w", stderr) == NULL || freopen("/dev/null", "w", stdout) == NULL)
		_exit(99);
	setvbuf(stderr, NULL, _IOLBF, 0);
	while (argv[argc] != NULL)
		argc++;
	struct service_description mine = description;
	mine.needs_db = plan.needs_db;
	exit(service_main(argc, argv, &mine));
}

static pid_t
launch_service(struct place *place)
{
	char *argv[] = {"zone-sm", "-c", place->config, NULL};

	return launch(place, argv);
}

/* what the service tells its manager next, but for watchdog signs */
static void
manager_hears(struct place *place, const char *wanted)
{
	char text[256];
	struct pollfd poller = {.fd = place->manager, .events = POLLIN};
	ssize_t size;

	do {
		assert_int_equal(poll(&poller, 1, PATIENCE_MS), 1);
		size = recv(place->manager, text, sizeof text - 1, 0);
		assert_true(size >= 0);
		text[size] = '\0';
	} while (strcmp(text, "WATCHDOG=1") == 0 && strcmp(wanted, text) != 0);
	text[strcspn(text, "\n")] = '\0';
	assert_string_equal(text, wanted);
}

static int
status_of(pid_t pid)
{
	int status = 0;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static bool
log_has(struct place *place, const char *words)
{
	char text[16384];
	FILE *log = fopen(place->log, "r");
	size_t size;

	if (log == NULL) /* not begun yet */
		return false;
	size = fread(text, 1, sizeof text - 1, log);
	fclose(log);
	text[size] = '\0';
	return strstr(text, words) != NULL;
}

static bool
log_gets(struct place *place, const char *words)
{
	const struct timespec pause = {.tv_nsec = 2000000};
	int64_t begun = monotonic_us();

	while (!log_has(place, words) && elapsed_ms(begun) < PATIENCE_MS)
		nanosleep(&pause, NULL);
	return log_has(place, words);
}

static void
test_starts_reloads_and_stops(void **state)
{
	struct place *place = *state;
	pid_t pid = launch_service(place);

	manager_hears(place, "READY=1");
	kill(pid, SIGHUP);
	manager_hears(place, "RELOADING=1");
	manager_hears(place, "READY=1");
	kill(pid, SIGTERM);
	manager_hears(place, "STOPPING=1");
	assert_int_equal(status_of(pid), 0);
	assert_true(log_has(place, "started"));
	assert_true(log_has(place, "service reloads"));
	assert_true(log_has(place, "stopping"));
	assert_true(log_has(place, "stopped is_complete=true"));
}

static void
test_wrong_reload_keeps_going(void **state)
{
	struct place *place = *state;
	pid_t pid = launch_service(place);
	FILE *config;

	manager_hears(place, "READY=1");
	config = fopen(place->config, "a");
	fprintf(config, "log_level = loud\n");
	fclose(config);
	kill(pid, SIGHUP);
	manager_hears(place, "RELOADING=1");
	manager_hears(place, "READY=1");
	assert_true(log_has(place, "configuration not read again"));
	kill(pid, SIGINT);
	assert_int_equal(status_of(pid), 0);
}

static void
test_feeds_the_watchdog(void **state)
{
	struct place *place = *state;
	pid_t pid;

	setenv("WATCHDOG_USEC", "40000", 1);
	pid = launch_service(place);
	unsetenv("WATCHDOG_USEC");
	manager_hears(place, "READY=1");
	manager_hears(place, "WATCHDOG=1");
	manager_hears(place, "WATCHDOG=1");
	kill(pid, SIGTERM);
	assert_int_equal(status_of(pid), 0);
}

static void
test_stop_lets_work_end(void **state)
{
	struct place *place = *state;
	pid_t pid;

	plan.works_long = true;
	pid = launch_service(place);
	manager_hears(place, "READY=1");
	kill(pid, SIGTERM);
	assert_int_equal(status_of(pid), 0);
	assert_true(log_has(place, "job ended"));
	assert_true(log_has(place, "stopped is_complete=true"));
}

static void
test_second_signal_ends_at_once(void **state)
{
	struct place *place = *state;
	pid_t pid;

	plan.works_for_ever = true;
	pid = launch_service(place);
	manager_hears(place, "READY=1");
	kill(pid, SIGTERM);
	manager_hears(place, "STOPPING=1");
	kill(pid, SIGTERM);
	assert_int_equal(status_of(pid), 1);
	assert_true(log_has(place, "second signal"));
}

static void
test_endless_work_is_left_behind(void **state)
{
	struct place *place = *state;
	FILE *config = fopen(place->config, "a");
	pid_t pid;

	fprintf(config, "[zone-sm]\ndrain_timeout = 100ms\n");
	fclose(config);
	plan.works_for_ever = true;
	pid = launch_service(place);
	manager_hears(place, "READY=1");
	kill(pid, SIGTERM);
	assert_int_equal(status_of(pid), 0);
	assert_true(log_has(place, "stopped is_complete=false"));
}

static void
test_waits_for_the_database_but_not_deaf(void **state)
{
	struct place *place = *state;
	pid_t pid;

	plan.needs_db = true;
	pid = launch_service(place);
	assert_true(log_gets(place, "waiting for the database"));
	kill(pid, SIGTERM);
	manager_hears(place, "STOPPING=1");
	assert_int_equal(status_of(pid), 0);
	assert_false(log_has(place, "started"));
}

static void
test_what_is_wrong_is_said(void **state)
{
	struct place *place = *state;
	char missing[] = "/nonexistent/dms.conf";
	FILE *config;

	assert_int_equal(status_of(launch(place, (char *[]){"zone-sm", "-c", missing, NULL})), 78);
	assert_true(log_has(place, missing));
	assert_int_equal(status_of(launch(place, (char *[]){"zone-sm", "--frobnicate", NULL})), 64);
	assert_int_equal(status_of(launch(place, (char *[]){"zone-sm", "word", NULL})), 64);
	assert_true(log_has(place, "word"));
	for (int i = 0; i < 4; i++) {
		char *pages[] = {"--help", "--version", "--help-config", "--man"};

		assert_int_equal(status_of(launch(place, (char *[]){"zone-sm", pages[i], NULL})),
				 0);
	}
	plan.fails = true;
	assert_int_equal(status_of(launch_service(place)), 78);
	assert_true(log_has(place, "nothing is right"));
	config = fopen(place->config, "a");
	fprintf(config, "log_format = poem\n");
	fclose(config);
	assert_int_equal(status_of(launch_service(place)), 78);
	assert_true(log_has(place, "poem"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_starts_reloads_and_stops, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_wrong_reload_keeps_going, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_feeds_the_watchdog, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_stop_lets_work_end, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_second_signal_ends_at_once, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_endless_work_is_left_behind, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_waits_for_the_database_but_not_deaf, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(test_what_is_wrong_is_said, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
