// SPDX-License-Identifier: MIT
#include "output/plotter.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <thread>
#include <utility>

#include "output/encode.h"
#include "output/program.h"

namespace kiln::output {

namespace fs = std::filesystem;

namespace {

constexpr auto kPollInterval = std::chrono::milliseconds(2);

/// What finds the program and its fonts; nothing that changes what a script draws.
std::vector<std::string> environment() {
  std::vector<std::string> variables{"LC_ALL=C.UTF-8"};
  for (const char* name : {"PATH", "HOME", "XDG_CACHE_HOME"})
    if (const char* value = std::getenv(name)) variables.push_back(std::string(name) + "=" + value);
  return variables;
}

/// Between fork and exec only calls that are safe there.
[[noreturn]] void become_gnuplot(const char* folder, int commands, char* const* variables) {
  ::setpgid(0, 0);                     // Ctrl-C is ours to answer
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // and nothing is left when we are ended
  const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  ::dup2(nowhere, STDOUT_FILENO);
  ::dup2(nowhere, STDERR_FILENO);
  ::dup2(commands, STDIN_FILENO);
  const char* const words[] = {"gnuplot", "-d", nullptr};  // -d: no settings of the user's or the system's
  if (::chdir(folder) == 0) ::execvpe(words[0], const_cast<char* const*>(words), variables);
  ::_exit(kNotFound);
}

}  // namespace

std::string label_file(const std::vector<std::string>& labels) {
  std::string text;
  for (const std::string& label : labels) text += ":" + gnuplot_label(label) + "\n";
  return text;
}

std::string read_labels(const std::string& file, std::size_t count) {
  return fmt::format(
      "array label[{}]\nset datafile commentschars ''\nset datafile separator \"\\t\"\n"
      "stats '{}' using (label[int($0)+1]=strcol(1)[2:*], 0) nooutput\nset datafile separator ','\n",
      count, file);
}

std::string fitted_range(double least) {
  return least >= 0 ? "[0<*:*]" : "[*:*]";
}

std::string head_of(const SvgScript& script) {
  return fmt::format(
      "# SPDX-License-Identifier: MIT\n# gnuplot script of {}\nset encoding utf8\n{}"
      "set terminal svg noenhanced size {},{} font 'sans,10' background '#ffffff'\nset output '{}'\n",
      script.what, read_labels(script.labels, script.count), script.width, script.height, script.image);
}

Plotter::Plotter(std::chrono::milliseconds patience) : patience_(patience) {
  std::error_code error;
  std::string pattern = (fs::temp_directory_path(error) / "kiln-plot-XXXXXX").string();
  if (error || ::mkdtemp(pattern.data()) == nullptr) return;
  folder_ = pattern;
  start();
}

void Plotter::start() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return;
  std::vector<std::string> texts = environment();
  std::vector<char*> variables;
  for (std::string& text : texts) variables.push_back(text.data());
  variables.push_back(nullptr);
  child_ = ::fork();
  if (child_ == 0) become_gnuplot(folder_.c_str(), ends[1], variables.data());
  ::close(ends[1]);
  commands_ = ends[0];
}

Plotter::~Plotter() {
  finish();
  std::error_code ignored;
  if (!folder_.empty()) fs::remove_all(folder_, ignored);
}

Picture Plotter::draw(const Files& files, const std::string& script, const std::string& image) {
  for (const auto& [name, text] : files) std::ofstream(folder_ / name, std::ios::binary) << text;
  const std::string commands = "load '" + script + "'\n";
  // Without a reader this fails and says nothing; how the child ended says it all.
  if (commands_ >= 0) ::send(commands_, commands.data(), commands.size(), MSG_NOSIGNAL);
  Picture picture{finish(), {}};
  if (picture.drawn != Drawn::yes) return picture;
  std::ostringstream content;
  content << std::ifstream(folder_ / image, std::ios::binary).rdbuf();
  picture.image = std::move(content).str();
  if (picture.image.empty()) picture.drawn = Drawn::failed;
  return picture;
}

Drawn Plotter::finish() {
  if (commands_ >= 0) ::close(std::exchange(commands_, -1));
  const pid_t child = std::exchange(child_, -1);
  if (child < 0) return Drawn::failed;
  const auto deadline = std::chrono::steady_clock::now() + patience_;
  int status = 0;
  for (pid_t ended = 0; ended != child; ended = ::waitpid(child, &status, WNOHANG)) {
    if (ended < 0 && errno != EINTR) return Drawn::failed;
    if (std::chrono::steady_clock::now() > deadline) {
      ::kill(-child, SIGKILL);
      ::kill(child, SIGKILL);
      ::waitpid(child, nullptr, 0);
      return Drawn::gave_up;
    }
    std::this_thread::sleep_for(kPollInterval);
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return Drawn::yes;
  return WIFEXITED(status) && WEXITSTATUS(status) == kNotFound ? Drawn::no_gnuplot : Drawn::failed;
}

}  // namespace kiln::output
