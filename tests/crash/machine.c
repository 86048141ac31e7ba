/* Another machine for a process: its clock goes wrong by the seconds that the file CLOCK_OFFSET holds, which is read
 * anew each time, and its name is HOST_NAME. Loaded before the C library. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long offset_s(void) {
  char text[32] = "";
  const char *path = getenv("CLOCK_OFFSET");
  int handle = path ? syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC) : -1;
  if (handle < 0) return 0;
  ssize_t length = syscall(SYS_read, handle, text, sizeof text - 1);
  syscall(SYS_close, handle);
  return length > 0 ? atol(text) : 0;
}

int clock_gettime(clockid_t clock, struct timespec *found) {
  int code = syscall(SYS_clock_gettime, clock, found);
  if (!code && clock == CLOCK_REALTIME) found->tv_sec += offset_s();
  return code;
}

int gettimeofday(struct timeval *restrict found, void *restrict zone) {
  struct timespec moment;
  (void)zone;
  clock_gettime(CLOCK_REALTIME, &moment);
  found->tv_sec = moment.tv_sec;
  found->tv_usec = moment.tv_nsec / 1000;
  return 0;
}

int gethostname(char *name, size_t size) {
  const char *wanted = getenv("HOST_NAME");
  if (!wanted) return ((int (*)(char *, size_t))dlsym(RTLD_NEXT, "gethostname"))(name, size);
  snprintf(name, size, "%s", wanted);
  return 0;
}

time_t time(time_t *found) {
  struct timespec moment;
  clock_gettime(CLOCK_REALTIME, &moment);
  if (found) *found = moment.tv_sec;
  return moment.tv_sec;
}
