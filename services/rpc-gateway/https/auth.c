#include "auth.h"

#include <crypt.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/secret.h"
#include "htpasswd.h"

#define RUNNING_MAX     2 /* hashes at once: guessing may not take the whole machine */
#define WAITING_MAX     256
#define PASSWORD_MAX    511 /* what crypt takes */
#define RELOAD_EVERY_MS 250

/* Hashed against when there is no user to hash for. */
static const char nobody[] = "$6$rounds=5000$dmsnobodydmsnob$";

struct auth_wait {
	struct auth *auth; /* NULL: gone */
	struct auth_wait *next;
	uv_work_t work;
	int slot;       /* of auth->hashing */
	char *user;     /* whose password it should be */
	char *password; /* wiped at the end */
	char *hash;     /* of the user when the check began */
	bool is_user;   /* the name given is the user's, and the user exists */
	bool is_match;  /* the worker's answer */
	uint8_t digest[32];
	void (*done)(void *arg, bool is_good); /* NULL: forgotten */
	void *arg;
};

struct auth {
	uv_loop_t *loop;
	const char *path;
	struct htpasswd *file;
	struct stat seen;
	uint64_t looked_ms;
	uint8_t key[32];
	int running, waiting;
	struct auth_wait *first, **last; /* waiting */
	struct auth_wait *hashing[RUNNING_MAX];
};

static bool
has_changed(const struct stat *a, const struct stat *b)
{
	return a->st_ino != b->st_ino || a->st_dev != b->st_dev || a->st_size != b->st_size ||
	       a->st_mtim.tv_sec != b->st_mtim.tv_sec || a->st_mtim.tv_nsec != b->st_mtim.tv_nsec ||
	       a->st_ctim.tv_sec != b->st_ctim.tv_sec || a->st_ctim.tv_nsec != b->st_ctim.tv_nsec;
}

/* A user whose line is as before need not show the password again. */
static void
keep_verified(struct htpasswd *now, const struct htpasswd *before)
{
	for (int i = 0; i < now->count && before != NULL; i++) {
		const struct htpasswd_user *old = htpasswd_find(before, now->users[i].name);
		if (old != NULL && old->is_verified && strcmp(old->hash, now->users[i].hash) == 0) {
			now->users[i].is_verified = true;
			memcpy(now->users[i].digest, old->digest, sizeof old->digest);
		}
	}
}

static dms_error *
load(struct auth *auth)
{
	struct stat state;
	struct htpasswd *file;
	if (stat(auth->path, &state) != 0)
		memset(&state, 0, sizeof state);
	if (auth->file != NULL && !has_changed(&state, &auth->seen))
		return NULL;
	auth->seen = state;
	TRY(htpasswd_read(auth, auth->path, &file));
	keep_verified(file, auth->file);
	talloc_free(auth->file);
	auth->file = file;
	log_notice("read the password file", F_STR("file", auth->path),
		   F_INT("users", file->count));
	return NULL;
}

void
auth_reload(struct auth *auth)
{
	dms_error *error = load(auth);
	if (error != NULL)
		log_failure(LOG_ERR,
			    "the password file cannot be read: its users stay as they were", error);
	dms_error_free(error);
	auth->looked_ms = uv_now(auth->loop);
}

/* Threads may still be hashing for it. */
static int
release_auth(struct auth *auth)
{
	for (int i = 0; i < RUNNING_MAX; i++)
		if (auth->hashing[i] != NULL)
			auth->hashing[i]->auth = NULL;
	while (auth->first != NULL) {
		struct auth_wait *wait = auth->first;
		auth->first = wait->next;
		talloc_free(wait);
	}
	OPENSSL_cleanse(auth->key, sizeof auth->key);
	return 0;
}

dms_error *
auth_open(TALLOC_CTX *mem, uv_loop_t *loop, const char *path, struct auth **made)
{
	struct auth *auth = talloc_zero(mem, struct auth);
	auth->loop = loop;
	auth->path = talloc_strdup(auth, path);
	auth->last = &auth->first;
	auth->looked_ms = uv_now(loop);
	random_bytes(auth->key, sizeof auth->key);
	talloc_set_destructor(auth, release_auth);
	TRY(load(auth));
	*made = auth;
	return NULL;
}

static void
digest_of(const struct auth *auth, const char *hash, const char *password, uint8_t digest[32])
{
	uint8_t text[1024 + PASSWORD_MAX + 1];
	size_t head = strnlen(hash, 1023) + 1, tail = strlen(password);
	memcpy(text, hash, head - 1);
	text[head - 1] = '\0';
	memcpy(text + head, password, tail);
	HMAC(EVP_sha256(), auth->key, sizeof auth->key, text, head + tail, digest, NULL);
	OPENSSL_cleanse(text, head + tail);
}

/* "Basic dXNlcjpwYXNz" in two strings; false when it is anything else. */
static bool
read_header(TALLOC_CTX *mem, const char *header, char **user, char **password)
{
	uint8_t *bytes;
	size_t size;
	if (strncasecmp(header, "Basic ", 6) != 0)
		return false;
	header += 6 + strspn(header + 6, " ");
	dms_error *error = base64_decode(mem, header, &bytes, &size);
	if (error != NULL) {
		dms_error_free(error);
		return false;
	}
	const uint8_t *colon = memchr(bytes, ':', size);
	bool is_good = colon != NULL && memchr(bytes, '\0', size) == NULL &&
		       size - (size_t)(colon - bytes) - 1 <= PASSWORD_MAX;
	if (is_good) {
		*user = talloc_strndup(mem, (char *)bytes, (size_t)(colon - bytes));
		*password =
		    talloc_strndup(mem, (char *)colon + 1, size - (size_t)(colon - bytes) - 1);
	}
	OPENSSL_cleanse(bytes, size);
	return is_good;
}

static int
release_wait(struct auth_wait *wait)
{
	if (wait->password != NULL)
		OPENSSL_cleanse(wait->password, strlen(wait->password));
	return 0;
}

/* Already verified with this very password. */
static bool
is_remembered(const struct auth *auth, const struct auth_wait *wait)
{
	const struct htpasswd_user *user = htpasswd_find(auth->file, wait->user);
	return wait->is_user && user != NULL && user->is_verified &&
	       secret_equal(user->digest, wait->digest, sizeof wait->digest);
}

/* On one of libuv's threads: the costly part, the same for everybody. */
static void
hash_job(uv_work_t *work)
{
	struct auth_wait *wait = work->data;
	struct crypt_data *data = calloc(1, sizeof *data);
	const char *made = data != NULL ? crypt_r(wait->password, wait->hash, data) : NULL;
	size_t size = strlen(wait->hash);
	wait->is_match = made != NULL && made[0] != '*' && strlen(made) == size &&
			 secret_equal(made, wait->hash, size);
	if (data != NULL)
		OPENSSL_cleanse(data, sizeof *data);
	free(data);
}

static void next(struct auth *auth);

static void
finish(struct auth_wait *wait, bool is_good)
{
	if (wait->done != NULL)
		wait->done(wait->arg, is_good);
	talloc_free(wait);
}

static void
hash_done(uv_work_t *work, int status)
{
	struct auth_wait *wait = work->data;
	struct auth *auth = wait->auth;
	if (auth == NULL) {
		talloc_free(wait);
		return;
	}
	bool is_good = status == 0 && wait->is_match && wait->is_user;
	struct htpasswd_user *user = htpasswd_find(auth->file, wait->user);
	auth->hashing[wait->slot] = NULL;
	auth->running--;
	if (is_good && user != NULL && strcmp(user->hash, wait->hash) == 0) {
		user->is_verified = true;
		memcpy(user->digest, wait->digest, sizeof user->digest);
	}
	finish(wait, is_good);
	next(auth);
}

/* Starts what may start. Whoever waited behind the same right password needs no hash any more. */
static void
next(struct auth *auth)
{
	while (auth->first != NULL && auth->running < RUNNING_MAX) {
		struct auth_wait *wait = auth->first;
		auth->first = wait->next;
		if (auth->first == NULL)
			auth->last = &auth->first;
		auth->waiting--;
		if (wait->done == NULL || is_remembered(auth, wait)) {
			finish(wait, true);
			continue;
		}
		while (auth->hashing[wait->slot] != NULL)
			wait->slot++;
		auth->hashing[wait->slot] = wait;
		auth->running++;
		uv_queue_work(auth->loop, &wait->work, hash_job, hash_done);
	}
}

static struct auth_wait *
wait_new(struct auth *auth, const char *header, const char *user)
{
	struct auth_wait *wait = talloc_zero(NULL, struct auth_wait);
	talloc_set_destructor(wait, release_wait);
	char *given;
	if (!read_header(wait, header, &given, &wait->password)) {
		talloc_free(wait);
		return NULL;
	}
	const struct htpasswd_user *known = htpasswd_find(auth->file, user);
	if (known == NULL && auth->file->count > 0)
		known = &auth->file->users[0];
	wait->auth = auth;
	wait->work.data = wait;
	wait->user = talloc_strdup(wait, user);
	wait->hash = talloc_strdup(wait, known != NULL ? known->hash : nobody);
	wait->is_user = strcmp(given, user) == 0 && known != NULL && strcmp(known->name, user) == 0;
	digest_of(auth, wait->hash, wait->password, wait->digest);
	return wait;
}

enum auth_verdict
auth_check(struct auth *auth, const char *header, const char *user,
	   void (*done)(void *arg, bool is_good), void *arg, struct auth_wait **made)
{
	if (uv_now(auth->loop) - auth->looked_ms >= RELOAD_EVERY_MS)
		auth_reload(auth);
	struct auth_wait *wait = wait_new(auth, header, user);
	if (wait == NULL)
		return AUTH_BAD;
	bool is_good = is_remembered(auth, wait);
	if (is_good || auth->waiting >= WAITING_MAX) {
		talloc_free(wait);
		return is_good ? AUTH_GOOD : AUTH_BUSY;
	}
	wait->done = done;
	wait->arg = arg;
	*auth->last = wait;
	auth->last = &wait->next;
	auth->waiting++;
	*made = wait;
	next(auth);
	return AUTH_WAIT;
}

void
auth_forget(struct auth_wait *wait)
{
	wait->done = NULL;
}
