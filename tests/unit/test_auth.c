/* rooms: dms_base PkgConfig::libuv PkgConfig::libcrypt OpenSSL::Crypto */
/* Basic authentication: kinds of hash, reload of the file, what is remembered, on a real loop. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "testing.h"

#include "rpc-gateway/https/htpasswd.c"

#include "rpc-gateway/https/auth.c"

struct fixture {
	uv_loop_t loop;
	char dir[32], path[64];
	struct auth *auth;
	TALLOC_CTX *mem;
};

static const char *
hash_with(const char *prefix, unsigned long cost, const char *password)
{
	static struct crypt_data data;
	char setting[CRYPT_GENSALT_OUTPUT_SIZE];
	assert_non_null(crypt_gensalt_rn(prefix, cost, NULL, 0, setting, sizeof setting));
	const char *hash = crypt_r(password, setting, &data);
	assert_int_not_equal(hash[0], '*');
	return hash;
}

static void
write_users(struct fixture *f, const char *text)
{
	dms_error *error = file_write_atomic(f->path, text, strlen(text), 0600);
	assert_null(error);
}

static void
open_with(struct fixture *f, const char *text)
{
	write_users(f, text);
	assert_null(auth_open(f->mem, &f->loop, f->path, &f->auth));
}

struct answer {
	bool is_there, is_good;
};

static void
note(void *arg, bool is_good)
{
	struct answer *answer = arg;
	assert_false(answer->is_there);
	*answer = (struct answer){true, is_good};
}

static const char *
header(struct fixture *f, const char *user, const char *password)
{
	char *both = talloc_asprintf(f->mem, "%s:%s", user, password);
	return talloc_asprintf(f->mem, "Basic %s",
			       base64_encode(f->mem, (uint8_t *)both, strlen(both)));
}

static enum auth_verdict
begin(struct fixture *f, const char *user, const char *password, struct answer *answer)
{
	struct auth_wait *wait;
	return auth_check(f->auth, header(f, user, password), "admin-dms", note, answer, &wait);
}

/* The verdict in the end; `*was_known` when it came without a hash. */
static bool
ask(struct fixture *f, const char *user, const char *password, bool *was_known)
{
	struct answer answer = {false, false};
	enum auth_verdict verdict = begin(f, user, password, &answer);
	*was_known = verdict == AUTH_GOOD;
	if (verdict != AUTH_WAIT)
		return verdict == AUTH_GOOD;
	uv_run(&f->loop, UV_RUN_DEFAULT);
	assert_true(answer.is_there);
	return answer.is_good;
}

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);
	uv_loop_init(&f->loop);
	f->mem = talloc_new(NULL);
	strcpy(f->dir, "/tmp/dms-auth-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->path, sizeof f->path, "%s/users", f->dir);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;
	talloc_free(f->mem);
	uv_run(&f->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&f->loop), 0);
	unlink(f->path);
	rmdir(f->dir);
	free(f);
	return 0;
}

static void
every_strong_kind_of_hash_is_taken_and_remembered(void **state)
{
	static const struct {
		const char *prefix;
		unsigned long cost;
	} kinds[] = {{"$2b$", 4},   {"$2y$", 4},   {"$2a$", 4},
		     {"$5$", 1000}, {"$6$", 1000}, {"$y$", 1}};
	struct fixture *f = *state;
	bool was_known;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		open_with(f, talloc_asprintf(
				 f->mem, "# comment\r\n\nadmin-dms:%s\r\n",
				 hash_with(kinds[i].prefix, kinds[i].cost, "s\xc3\xa9:cret")));
		assert_false(ask(f, "admin-dms", "wrong", &was_known));
		assert_true(ask(f, "admin-dms", "s\xc3\xa9:cret", &was_known));
		assert_false(was_known);
		assert_true(ask(f, "admin-dms", "s\xc3\xa9:cret", &was_known));
		assert_true(was_known);
		assert_false(ask(f, "admin-dms", "s\xc3\xa9:cre", &was_known));
		assert_false(ask(f, "admin-dms", "", &was_known));
		assert_true(ask(f, "admin-dms", "s\xc3\xa9:cret", &was_known));
		TALLOC_FREE(f->auth);
	}
}

static void
weak_kinds_are_left_out_line_by_line(void **state)
{
	struct fixture *f = *state;
	bool was_known;
	open_with(f,
		  talloc_asprintf(
		      f->mem,
		      "a:$apr1$salt$wYWvJ0uHqJ0MrFZjMYOsc.\nb:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=\n"
		      "c:plain\nd\n:x\ne:abJnggxhB/yWI\nf:$1$a$b\nadmin-dms:%s\nadmin-dms:%s\n",
		      hash_with("$5$", 1000, "first"), "$5$second"));
	assert_int_equal(f->auth->file->count, 1);
	assert_true(ask(f, "admin-dms", "first", &was_known));
}

static void
another_user_and_an_unknown_one_cost_a_hash_and_fail(void **state)
{
	struct fixture *f = *state;
	struct answer answer = {false, false};
	open_with(f, talloc_asprintf(f->mem, "other:%s\n", hash_with("$5$", 1000, "secret")));
	/* a right password of somebody else, and the door's own user who has no line */
	assert_int_equal(begin(f, "other", "secret", &answer), AUTH_WAIT);
	uv_run(&f->loop, UV_RUN_DEFAULT);
	assert_true(answer.is_there && !answer.is_good);
	answer = (struct answer){false, false};
	assert_int_equal(begin(f, "admin-dms", "secret", &answer), AUTH_WAIT);
	uv_run(&f->loop, UV_RUN_DEFAULT);
	assert_true(answer.is_there && !answer.is_good);
	write_users(f, "");
	auth_reload(f->auth);
	assert_int_equal(f->auth->file->count, 0);
	answer = (struct answer){false, false};
	assert_int_equal(begin(f, "admin-dms", "secret", &answer), AUTH_WAIT);
	uv_run(&f->loop, UV_RUN_DEFAULT);
	assert_true(answer.is_there && !answer.is_good);
}

static void
headers_that_are_not_basic_are_refused_at_once(void **state)
{
	struct fixture *f = *state;
	struct auth_wait *wait;
	open_with(f, talloc_asprintf(f->mem, "admin-dms:%s\n", hash_with("$5$", 1000, "x")));
	static const char *const bad[] = {"",           "Basic",      "Basic ",        "Basic !!!",
					  "Bearer abc", "Basic YQ==", "Basic YTpiAGM="};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(auth_check(f->auth, bad[i], "admin-dms", note, NULL, &wait),
				 AUTH_BAD);
	char *endless = talloc_zero_array(f->mem, char, 5000);
	memset(endless, 'x', 4999);
	struct answer answer;
	assert_int_equal(begin(f, "admin-dms", endless, &answer), AUTH_BAD);
}

static void
a_changed_line_is_asked_for_again_and_others_are_not(void **state)
{
	struct fixture *f = *state;
	bool was_known;
	char *line = talloc_asprintf(f->mem, "admin-dms:%s\n", hash_with("$5$", 1000, "old"));
	open_with(f, line);
	assert_true(ask(f, "admin-dms", "old", &was_known));
	write_users(f, talloc_asprintf(f->mem, "%sx:%s\n", line, hash_with("$5$", 1000, "y")));
	auth_reload(f->auth);
	assert_int_equal(f->auth->file->count, 2);
	assert_true(ask(f, "admin-dms", "old", &was_known));
	assert_true(was_known);
	write_users(f, talloc_asprintf(f->mem, "admin-dms:%s\n", hash_with("$5$", 1000, "new")));
	auth_reload(f->auth);
	assert_false(ask(f, "admin-dms", "old", &was_known));
	assert_true(ask(f, "admin-dms", "new", &was_known));
	assert_false(was_known);
	/* a file that is gone changes nothing; one without the user does */
	unlink(f->path);
	auth_reload(f->auth);
	assert_true(ask(f, "admin-dms", "new", &was_known));
	write_users(f, "# nobody\n");
	auth_reload(f->auth);
	assert_false(ask(f, "admin-dms", "new", &was_known));
}

static void
many_at_once_share_one_hash_and_are_bounded(void **state)
{
	struct fixture *f = *state;
	open_with(f, talloc_asprintf(f->mem, "admin-dms:%s\n", hash_with("$5$", 200000, "secret")));
	static struct answer answers[RUNNING_MAX + WAITING_MAX];
	memset(answers, 0, sizeof answers);
	for (int i = 0; i < RUNNING_MAX + WAITING_MAX; i++)
		assert_int_equal(begin(f, "admin-dms", "secret", &answers[i]), AUTH_WAIT);
	struct answer late = {false, false};
	assert_int_equal(begin(f, "admin-dms", "secret", &late), AUTH_BUSY);
	uint64_t start = uv_hrtime();
	uv_run(&f->loop, UV_RUN_DEFAULT);
	uint64_t took = uv_hrtime() - start;
	for (int i = 0; i < RUNNING_MAX + WAITING_MAX; i++)
		assert_true(answers[i].is_there && answers[i].is_good);
	/* a hash each would be 128 rounds of two; two rounds are enough */
	static struct answer one;
	memset(&one, 0, sizeof one);
	start = uv_hrtime();
	begin(f, "admin-dms", "wrong", &one);
	uv_run(&f->loop, UV_RUN_DEFAULT);
	assert_true(took < (uv_hrtime() - start) * 40);
}

static void
who_has_left_is_not_told(void **state)
{
	struct fixture *f = *state;
	struct answer answers[RUNNING_MAX + 2] = {{false, false}};
	struct auth_wait *wait;
	open_with(f, talloc_asprintf(f->mem, "admin-dms:%s\n", hash_with("$5$", 1000, "secret")));
	for (int i = 0; i < RUNNING_MAX + 2; i++) {
		assert_int_equal(auth_check(f->auth, header(f, "admin-dms", "wrong"), "admin-dms",
					    note, &answers[i], &wait),
				 AUTH_WAIT);
		if (i % 2 == 0)
			auth_forget(wait);
	}
	uv_run(&f->loop, UV_RUN_DEFAULT);
	for (int i = 0; i < RUNNING_MAX + 2; i++)
		assert_int_equal(answers[i].is_there, i % 2 != 0);
	/* and the whole may go while hashes run: the tear-down frees it first */
	begin(f, "admin-dms", "wrong", &answers[0]);
	for (int i = 0; i < RUNNING_MAX + 2; i++)
		begin(f, "admin-dms", "wrong", &(struct answer){false, false});
}

int
main(void)
{
#define STORY(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    STORY(every_strong_kind_of_hash_is_taken_and_remembered),
	    STORY(weak_kinds_are_left_out_line_by_line),
	    STORY(another_user_and_an_unknown_one_cost_a_hash_and_fail),
	    STORY(headers_that_are_not_basic_are_refused_at_once),
	    STORY(a_changed_line_is_asked_for_again_and_others_are_not),
	    STORY(many_at_once_share_one_hash_and_are_bounded),
	    STORY(who_has_left_is_not_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
