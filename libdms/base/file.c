/* Files that must not be half written. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/secret.h"

static dms_error *
file_error(const char *doing, const char *path, int number)
{
	dms_error *error =
	    dms_error_new(DMS_E_FILE, "cannot %s %s: %s", doing, path, strerror(number));

	dms_error_put_str(error, "path", path);
	return dms_error_put_int(error, "errno", number);
}

/* reads up to `max` + 1 bytes, so that one too many shows */
static dms_error *
read_all(TALLOC_CTX *mem, int fd, const char *path, size_t max, char **text, size_t *size)
{
	size_t room = 4096, have = 0;
	char *buffer = talloc_array(mem, char, room);

	for (;;) {
		if (have + 1 == room) {
			room *= 2;
			buffer = talloc_realloc(mem, buffer, char, room);
		}
		ssize_t got = read(fd, buffer + have, room - have - 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			talloc_free(buffer);
			return file_error("read", path, errno);
		}
		if (got == 0)
			break;
		have += (size_t)got;
		if (have > max) {
			talloc_free(buffer);
			return dms_error_put_str(
			    dms_error_new(DMS_E_FILE, "cannot read %s: larger than %zu bytes", path,
					  max),
			    "path", path);
		}
	}
	buffer[have] = '\0';
	*text = buffer;
	*size = have;
	return NULL;
}

dms_error *
file_read(TALLOC_CTX *mem, const char *path, size_t max, char **text, size_t *size)
{
	size_t have = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return file_error("open", path, errno);
	dms_error *error = read_all(mem, fd, path, max, text, &have);
	close(fd);
	if (error == NULL && size != NULL)
		*size = have;
	return error;
}

/* the folder a path lies in */
static char *
folder_of(TALLOC_CTX *mem, const char *path)
{
	const char *slash = strrchr(path, '/');

	if (slash == NULL)
		return talloc_strdup(mem, ".");
	return talloc_strndup(mem, path, slash == path ? 1 : (size_t)(slash - path));
}

static int
write_all(int fd, const char *bytes, size_t size)
{
	while (size > 0) {
		ssize_t put = write(fd, bytes, size);
		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return errno;
		bytes += put;
		size -= (size_t)put;
	}
	return 0;
}

/* a rename is lasting only once its folder is on disk */
static dms_error *
sync_folder(const char *folder)
{
	dms_error *error = NULL;
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return file_error("open", folder, errno);
	/* some file systems cannot sync a folder and need not */
	if (fsync(fd) != 0 && errno != EINVAL)
		error = file_error("sync", folder, errno);
	close(fd);
	return error;
}

dms_error *
file_write_atomic(const char *path, const void *bytes, size_t size, unsigned mode)
{
	dms_error *error = NULL;
	TALLOC_CTX *mem = talloc_new(NULL);
	char *temporary = talloc_asprintf(mem, "%s.%s.tmp", path, random_hex(mem, 8));
	int failure;

	int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode & 0777);
	if (fd < 0) {
		error = file_error("create", temporary, errno);
		talloc_free(mem);
		return error;
	}
	/* the umask may have taken bits that the caller asked for */
	failure = fchmod(fd, mode & 07777) != 0 ? errno : 0;
	if (failure == 0)
		failure = write_all(fd, bytes, size);
	if (failure == 0 && fsync(fd) != 0)
		failure = errno;
	if (close(fd) != 0 && failure == 0)
		failure = errno;
	if (failure == 0 && rename(temporary, path) != 0)
		failure = errno;
	if (failure != 0) {
		unlink(temporary);
		error = file_error("write", path, failure);
	} else {
		error = sync_folder(folder_of(mem, path));
	}
	talloc_free(mem);
	return error;
}

dms_error *
dir_make(const char *path, unsigned mode)
{
	TALLOC_CTX *mem = talloc_new(NULL);
	char *step = talloc_strdup(mem, path);
	dms_error *error = NULL;

	for (char *at = step; error == NULL && *at != '\0';) {
		at += strspn(at, "/");
		at += strcspn(at, "/");
		char kept = *at;
		*at = '\0';
		struct stat found;
		if (mkdir(step, (mode_t)mode) != 0) {
			int failure = errno;
			if (stat(step, &found) != 0 || !S_ISDIR(found.st_mode))
				error = file_error("make folder", step, failure);
		}
		*at = kept;
	}
	talloc_free(mem);
	return error;
}
