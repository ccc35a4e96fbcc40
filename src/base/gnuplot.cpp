// SPDX-License-Identifier: MIT
#include "base/gnuplot.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

namespace kiln::base {

namespace {

constexpr int kNotInstalled = 127;  // what a shell says, too

}  // namespace

std::string gnuplot_text(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("''") : std::string(1, c);
  return out + "'";
}

Drawn draw(const std::filesystem::path& script) {
  const pid_t child = ::fork();
  if (child < 0) return Drawn::failed;
  if (child == 0) {
    const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (nowhere >= 0) ::dup2(nowhere, STDERR_FILENO);
    if (::chdir(script.parent_path().c_str()) != 0) ::_exit(1);
    ::execlp("gnuplot", "gnuplot", script.filename().c_str(), static_cast<char*>(nullptr));
    ::_exit(kNotInstalled);
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return Drawn::yes;
  return WIFEXITED(status) && WEXITSTATUS(status) == kNotInstalled ? Drawn::no_gnuplot : Drawn::failed;
}

}  // namespace kiln::base
