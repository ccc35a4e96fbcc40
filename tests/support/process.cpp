// SPDX-License-Identifier: MIT
#include "support/process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <stdexcept>
#include <thread>

#include "support/scratch_folder.h"

namespace kiln::testing {

namespace {

void redirect(const std::string& path, int descriptor) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (file < 0 || ::dup2(file, descriptor) < 0) ::_exit(126);
  ::close(file);
}

void limit_files(std::size_t bytes) {
  const rlimit limit{bytes, bytes};
  ::signal(SIGXFSZ, SIG_IGN);  // write() fails instead
  if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) ::_exit(126);
}

[[noreturn]] void become(const std::vector<std::string>& command, const ProcessOptions& options) {
  if (!options.folder.empty() && ::chdir(options.folder.c_str()) != 0) ::_exit(126);
  if (options.largest_file) limit_files(*options.largest_file);
  std::vector<char*> words;
  for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  ::execvp(words.front(), words.data());
  ::_exit(127);
}

/// Until `path` exists or the child has ended.
void wait_for(const std::string& path, pid_t child) {
  const auto running = [child] {
    siginfo_t ended{};
    return ::waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           ended.si_pid == 0;
  };
  while (!path.empty() && !std::filesystem::exists(path) && running())
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
}

}  // namespace

ProcessResult run_process(const std::vector<std::string>& command, const ProcessOptions& options) {
  const ScratchFolder scratch;
  const std::string out = options.out_path.empty() ? (scratch.path() / "out").string() : options.out_path;
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("fork failed");
  if (child == 0) {
    redirect(out, STDOUT_FILENO);
    redirect((scratch.path() / "err").string(), STDERR_FILENO);
    become(command, options);
  }
  if (options.signal_after) {
    wait_for(options.signal_when, child);
    std::this_thread::sleep_for(*options.signal_after);
    ::kill(child, options.signal);  // without effect when it has ended
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ProcessResult result;
  result.exit_code = WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
  if (options.out_path.empty()) result.out = scratch.read("out");
  result.err = scratch.read("err");
  return result;
}

}  // namespace kiln::testing
