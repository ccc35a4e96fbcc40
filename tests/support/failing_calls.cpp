// SPDX-License-Identifier: MIT
// A library to be preloaded into a program under test: the N-th call that changes the file system fails, as
// on a full or broken disk. KILN_FAIL_AT=N (from 1; 0: none) and KILN_FAIL_COUNT=FILE, where the number of
// such calls is written when the program ends.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>

namespace {

std::atomic<long> calls{0};

/// The library's own function of that name, which this one stands before.
template <class Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

bool fails() {
  static const char* const at = std::getenv("KILN_FAIL_AT");
  const long call = ++calls;
  if (at == nullptr || call != std::atol(at)) return false;
  errno = call % 2 == 0 ? EIO : ENOSPC;
  return true;
}

/// The counts are for the program itself, not for what it starts.
struct Report {
  pid_t owner = ::getpid();
  ~Report() {
    const char* path = std::getenv("KILN_FAIL_COUNT");
    if (path == nullptr || ::getpid() != owner) return;
    const long count = calls;
    if (FILE* file = std::fopen(path, "w")) {
      std::fprintf(file, "%ld", count);
      std::fclose(file);
    }
  }
} report;

}  // namespace

extern "C" {

ssize_t write(int file, const void* bytes, size_t count) {
  static auto* const real = next<ssize_t(int, const void*, size_t)>("write");
  return file > STDERR_FILENO && fails() ? -1 : real(file, bytes, count);
}

int fsync(int file) {
  static auto* const real = next<int(int)>("fsync");
  return fails() ? -1 : real(file);
}

int openat(int folder, const char* path, int flags, ...) {
  static auto* const real = next<int(int, const char*, int, ...)>("openat");
  mode_t mode = 0;
  if ((flags & O_CREAT) != 0) {
    va_list more;
    va_start(more, flags);
    mode = va_arg(more, mode_t);
    va_end(more);
    if (fails()) return -1;
  }
  return real(folder, path, flags, mode);
}

int mkdirat(int folder, const char* path, mode_t mode) {
  static auto* const real = next<int(int, const char*, mode_t)>("mkdirat");
  return fails() ? -1 : real(folder, path, mode);
}

int renameat(int from, const char* old_name, int to, const char* new_name) {
  static auto* const real = next<int(int, const char*, int, const char*)>("renameat");
  return fails() ? -1 : real(from, old_name, to, new_name);
}

int renameat2(int from, const char* old_name, int to, const char* new_name, unsigned flags) {
  static auto* const real = next<int(int, const char*, int, const char*, unsigned)>("renameat2");
  return fails() ? -1 : real(from, old_name, to, new_name, flags);
}
}
