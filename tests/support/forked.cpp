// SPDX-License-Identifier: MIT
#include "support/forked.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <stdexcept>

namespace kiln::testing {

namespace {

#if defined(__SANITIZE_ADDRESS__)  // of gcc
#define KILN_SANITIZED true
#elif defined(__has_feature)
#define KILN_SANITIZED __has_feature(address_sanitizer)
#else
#define KILN_SANITIZED false
#endif
constexpr bool kSanitized = KILN_SANITIZED;  // shadow memory counts as data

void limit(const ForkLimits& limits) {
  ::alarm(static_cast<unsigned>(limits.wall_s));
  if (limits.cpu_s) {
    const rlimit cpu{static_cast<rlim_t>(*limits.cpu_s), static_cast<rlim_t>(*limits.cpu_s + 5)};
    ::setrlimit(RLIMIT_CPU, &cpu);
  }
  if (limits.heap_bytes && !kSanitized) {
    const rlimit heap{*limits.heap_bytes, *limits.heap_bytes};
    ::setrlimit(RLIMIT_DATA, &heap);
  }
  const rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
}

[[noreturn]] void write_and_leave(const std::string& text, int end) {
  for (std::size_t at = 0; at < text.size();) {
    const ssize_t written = ::write(end, text.data() + at, text.size() - at);
    if (written <= 0) ::_exit(1);
    at += static_cast<std::size_t>(written);
  }
  ::_exit(0);
}

}  // namespace

Forked in_child(const std::function<std::string()>& work, const ForkLimits& limits) {
  int ends[2];
  if (::pipe(ends) != 0) throw std::runtime_error("pipe failed");
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("fork failed");
  if (child == 0) {
    ::close(ends[0]);
    limit(limits);
    write_and_leave(work(), ends[1]);
  }
  ::close(ends[1]);
  Forked result;
  char buffer[65536];
  for (ssize_t got; (got = ::read(ends[0], buffer, sizeof buffer)) > 0;)
    result.text.append(buffer, static_cast<std::size_t>(got));
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (WIFSIGNALED(status)) result.signal = WTERMSIG(status);
  return result;
}

}  // namespace kiln::testing
