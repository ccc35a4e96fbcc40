// SPDX-License-Identifier: MIT
#include "base/gnuplot.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace kiln::base {

namespace {

constexpr int kNotInstalled = 127;  // what a shell says, too

}  // namespace

std::string gnuplot_text(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("''") : std::string(1, c);
  return out + "'";
}

Plotter::Plotter() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return;
  child_ = ::fork();
  if (child_ == 0) {
    ::setpgid(0, 0);  // Ctrl-C is ours to answer
    const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (nowhere >= 0) ::dup2(nowhere, STDERR_FILENO);
    ::dup2(ends[1], STDIN_FILENO);
    ::execlp("gnuplot", "gnuplot", static_cast<char*>(nullptr));
    ::_exit(kNotInstalled);
  }
  ::close(ends[1]);
  commands_ = ends[0];
}

Plotter::~Plotter() {
  finish();
}

Drawn Plotter::draw(const std::filesystem::path& script) {
  const std::string commands = "cd " +
                               gnuplot_text(std::filesystem::absolute(script).parent_path().string()) +
                               "\nload " + gnuplot_text(script.filename().string()) + "\n";
  // Without a reader this fails and says nothing; how the child ended says it all.
  if (commands_ >= 0) ::send(commands_, commands.data(), commands.size(), MSG_NOSIGNAL);
  return finish();
}

Drawn Plotter::finish() {
  if (commands_ >= 0) ::close(std::exchange(commands_, -1));
  if (child_ < 0) return Drawn::failed;
  int status = 0;
  while (::waitpid(child_, &status, 0) < 0 && errno == EINTR) {
  }
  child_ = -1;
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return Drawn::yes;
  return WIFEXITED(status) && WEXITSTATUS(status) == kNotInstalled ? Drawn::no_gnuplot : Drawn::failed;
}

}  // namespace kiln::base
