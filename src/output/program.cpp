// SPDX-License-Identifier: MIT
#include "output/program.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "base/error.h"
#include "output/system.h"

namespace kiln::output {

namespace {

using Clock = std::chrono::steady_clock;

/// The two ends of a pipe, neither of which other programs inherit.
struct Pipe {
  Pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw base::SimError("no pipe to a program can be made");
    from = Descriptor(ends[0]);
    into = Descriptor(ends[1]);
  }
  Descriptor from, into;
};

/// Between fork and exec only calls that are safe there.
[[noreturn]] void become(char* const* words, int out, int err) {
  ::setpgid(0, 0);  // Ctrl-C is ours to answer
  const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ::dup2(nothing, STDIN_FILENO);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(err, STDERR_FILENO);
  ::execvp(words[0], words);
  ::_exit(kNotFound);
}

/// What stands in the pipe is added to `text`; closes it at its end.
void take(Descriptor& from, std::string& text) {
  char buffer[1 << 14];
  const ssize_t n = ::read(from.number(), buffer, sizeof buffer);
  if (n > 0) {
    text.append(buffer, static_cast<std::size_t>(n));
  } else {
    from.close();
  }
}

/// Reads both pipes until they end; false when that takes too long.
bool read_both(Pipe& out, Pipe& err, ProgramResult& result, Clock::time_point deadline) {
  while (out.from.open() || err.from.open()) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    if (left.count() <= 0) return false;
    pollfd ends[] = {{out.from.number(), POLLIN, 0}, {err.from.number(), POLLIN, 0}};  // closed ones are -1
    ::poll(ends, 2, static_cast<int>(std::min<long>(left.count(), 1000)));
    if (ends[0].revents != 0) take(out.from, result.out);
    if (ends[1].revents != 0) take(err.from, result.err);
  }
  return true;
}

}  // namespace

ProgramResult run_program(const std::vector<std::string>& words, std::chrono::milliseconds patience) {
  std::vector<std::string> kept = words;
  std::vector<char*> arguments;
  for (std::string& word : kept) arguments.push_back(word.data());
  arguments.push_back(nullptr);

  Pipe out, err;
  const pid_t child = ::fork();
  if (child < 0) throw base::SimError("no process for " + words.front() + " can be made");
  if (child == 0) become(arguments.data(), out.into.number(), err.into.number());
  out.into.close();
  err.into.close();
  ProgramResult result;
  if (!read_both(out, err, result, Clock::now() + patience)) ::kill(-child, SIGKILL);
  int status = 0;
  ::waitpid(child, &status, 0);
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : kKilled;
  return result;
}

}  // namespace kiln::output
