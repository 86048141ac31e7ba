/* Makes the n-th call of a process that changes a file fail. Loaded before the C library; told what to do by FAULTS_*.
 *
 * FAULTS_ROOTS    folders, separated by ':'; only what lies below one of them counts
 * FAULTS_PROGRAM  how the name of the program begins that is meant; its children are left alone
 * FAULTS_CALL     the call that is meant, any when empty
 * FAULTS_MATCH    a pattern (fnmatch) of the paths that are meant, any when empty
 * FAULTS_AT       which of the calls that are meant fails, from 1 on; none when 0
 * FAULTS_ERRNO    how it fails
 * FAULTS_LASTING  1: so does every call after it, whatever it is
 * FAULTS_LOG      a file that gets a line for each call that counts: `call path`, and `failed: call path` for the one
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static char roots[8192], wanted_call[64], match[PATH_MAX];
static int active, number, lasting, log_handle = -1;
static long at;
static pid_t owner;
static atomic_long seen;
static atomic_int broken;

__attribute__((constructor)) static void begin(void) {
  const char *given = getenv("FAULTS_ROOTS"), *program = getenv("FAULTS_PROGRAM");
  char self[PATH_MAX] = "";
  if (!given || !program) return;
  if (readlink("/proc/self/exe", self, sizeof self - 1) < 0) return;
  const char *name = strrchr(self, '/');
  if (strncmp(name ? name + 1 : self, program, strlen(program))) return;
  snprintf(roots, sizeof roots, "%s", given);
  snprintf(wanted_call, sizeof wanted_call, "%s", getenv("FAULTS_CALL") ? getenv("FAULTS_CALL") : "");
  snprintf(match, sizeof match, "%s", getenv("FAULTS_MATCH") ? getenv("FAULTS_MATCH") : "");
  at = atol(getenv("FAULTS_AT") ? getenv("FAULTS_AT") : "0");
  number = atoi(getenv("FAULTS_ERRNO") ? getenv("FAULTS_ERRNO") : "0");
  lasting = atoi(getenv("FAULTS_LASTING") ? getenv("FAULTS_LASTING") : "0");
  const char *log = getenv("FAULTS_LOG");
  if (log && *log) log_handle = syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  owner = getpid();
  active = 1;
}

static int below(const char *path) {
  for (const char *root = roots; *root;) {
    size_t length = strcspn(root, ":");
    if (length && !strncmp(path, root, length) && (path[length] == '/' || !path[length])) return 1;
    root += length + (root[length] == ':');
  }
  return 0;
}

static void note(const char *sign, const char *call, const char *path) {
  char line[PATH_MAX + 80];
  if (log_handle < 0) return;
  int length = snprintf(line, sizeof line, "%s%s %s\n", sign, call, path);
  syscall(SYS_write, log_handle, line, length);
}

/* 1, with errno set, when that call has to fail. */
static int fails(const char *call, const char *path) {
  if (!below(path)) return 0;
  note("", call, path);
  if (!at) return 0;
  if (lasting && atomic_load(&broken)) {
    errno = number;
    return 1;
  }
  if (*wanted_call && strcmp(wanted_call, call)) return 0;
  if (*match && fnmatch(match, path, 0)) return 0;
  if (atomic_fetch_add(&seen, 1) + 1 != at) return 0;
  atomic_store(&broken, 1);
  note("failed: ", call, path);
  errno = number;
  return 1;
}

static int named(const char *call, int folder, const char *path) {
  char whole[PATH_MAX * 2], link[64];
  /* A program that was forked and not yet replaced by another is ours by its name only. */
  if (!active || !path || getpid() != owner) return 0;
  if (path[0] == '/') return fails(call, path);
  snprintf(link, sizeof link, folder == AT_FDCWD ? "/proc/self/cwd" : "/proc/self/fd/%d", folder);
  ssize_t length = readlink(link, whole, PATH_MAX - 1);
  if (length <= 0) return 0;
  snprintf(whole + length, sizeof whole - length, "/%s", path);
  return fails(call, whole);
}

static int opened(const char *call, int handle) {
  char link[64], path[PATH_MAX];
  struct stat found;
  if (!active || handle < 0 || getpid() != owner) return 0;
  if (fstat(handle, &found) || !(S_ISREG(found.st_mode) || S_ISDIR(found.st_mode))) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", handle);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length <= 0) return 0;
  path[length] = 0;
  return fails(call, path);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define BY_HANDLE(type, name, word, params, args) \
  type name params { return opened(word, handle) ? -1 : REAL(name) args; }
#define BY_NAME(name, word, folder, params, args) \
  int name params { return named(word, folder, path) ? -1 : REAL(name) args; }

BY_HANDLE(ssize_t, write, "write", (int handle, const void *data, size_t size), (handle, data, size))
BY_HANDLE(ssize_t, pwrite64, "write", (int handle, const void *data, size_t size, off64_t place), (handle, data, size, place))
BY_HANDLE(ssize_t, writev, "write", (int handle, const struct iovec *parts, int count), (handle, parts, count))
BY_HANDLE(int, fsync, "fsync", (int handle), (handle))
BY_HANDLE(int, fdatasync, "fsync", (int handle), (handle))
BY_HANDLE(int, ftruncate64, "truncate", (int handle, off64_t size), (handle, size))
BY_HANDLE(int, ftruncate, "truncate", (int handle, off_t size), (handle, size))
BY_HANDLE(int, fchmod, "chmod", (int handle, mode_t mode), (handle, mode))
BY_NAME(rename, "rename", AT_FDCWD, (const char *from, const char *path), (from, path))
BY_NAME(renameat, "rename", to_folder, (int folder, const char *from, int to_folder, const char *path), (folder, from, to_folder, path))
BY_NAME(renameat2, "exchange", to_folder, (int folder, const char *from, int to_folder, const char *path, unsigned flags), (folder, from, to_folder, path, flags))
BY_NAME(link, "link", AT_FDCWD, (const char *from, const char *path), (from, path))
BY_NAME(linkat, "link", to_folder, (int folder, const char *from, int to_folder, const char *path, int flags), (folder, from, to_folder, path, flags))
BY_NAME(unlink, "unlink", AT_FDCWD, (const char *path), (path))
BY_NAME(unlinkat, "unlink", folder, (int folder, const char *path, int flags), (folder, path, flags))
BY_NAME(rmdir, "unlink", AT_FDCWD, (const char *path), (path))
BY_NAME(mkdir, "mkdir", AT_FDCWD, (const char *path, mode_t mode), (path, mode))
BY_NAME(mkdirat, "mkdir", folder, (int folder, const char *path, mode_t mode), (folder, path, mode))

#define OPEN(name, folder, params, args) \
  int name params { \
    mode_t mode = 0; \
    if (flags & (O_CREAT | __O_TMPFILE)) { \
      va_list more; \
      va_start(more, flags); \
      mode = va_arg(more, mode_t); \
      va_end(more); \
    } \
    if ((flags & O_ACCMODE) != O_RDONLY || flags & O_CREAT) \
      if (named("open", folder, path)) return -1; \
    return REAL(name) args; \
  }
OPEN(open, AT_FDCWD, (const char *path, int flags, ...), (path, flags, mode))
OPEN(open64, AT_FDCWD, (const char *path, int flags, ...), (path, flags, mode))
OPEN(openat, folder, (int folder, const char *path, int flags, ...), (folder, path, flags, mode))
OPEN(openat64, folder, (int folder, const char *path, int flags, ...), (folder, path, flags, mode))
