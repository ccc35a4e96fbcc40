// SPDX-License-Identifier: MIT
#include "batch/processes.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

#include "base/error.h"
#include "base/version.h"
#include "batch/in_process.h"
#include "report/run_folder.h"

namespace kiln::batch {

namespace {

constexpr int kPoll_ms = 50;

void send(int to, const std::string& text) {
  for (std::size_t sent = 0; sent < text.size();) {
    const ssize_t n = ::write(to, text.data() + sent, text.size() - sent);
    if (n <= 0) return;
    sent += static_cast<std::size_t>(n);
  }
}

std::string outcome_text(const Runner& runner, std::size_t index) {
  try {
    return to_text(runner(index));
  } catch (const std::exception& error) {
    Outcome outcome;
    outcome.failure = error.what();
    return to_text(outcome);
  }
}

/// Work in its process; ended when this is. Its text is what it sends back.
class Child {
 public:
  Child(std::size_t index, const std::function<std::string()>& work) : index_(index) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw base::SimError("no pipe to a run can be made");
    const pid_t parent = ::getpid();
    pid_ = ::fork();
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // whoever ends the command leaves no runs behind
      if (::getppid() != parent) ::_exit(1);
      ::signal(SIGINT, SIG_IGN);  // Ctrl-C reaches the whole group; the parent decides
      ::signal(SIGTERM, SIG_DFL);
      ::close(ends[0]);
      send(ends[1], work());
      ::_exit(0);
    }
    ::close(ends[1]);
    from_ = ends[0];
    if (pid_ > 0) return;
    ::close(from_);
    throw base::SimError("no process for a run can be made");
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (!over_) ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    ::close(from_);
  }

  std::size_t index() const { return index_; }
  int descriptor() const { return from_; }
  const std::string& text() const { return text_; }
  /// Takes what the run has sent; true at its end.
  bool read() {
    char buffer[1 << 16];
    const ssize_t n = ::read(from_, buffer, sizeof buffer);
    if (n > 0) text_.append(buffer, static_cast<std::size_t>(n));
    return over_ = n <= 0;
  }

 private:
  std::size_t index_;
  pid_t pid_ = -1;
  int from_ = -1;
  bool over_ = false;
  std::string text_;
};

using Children = std::vector<std::unique_ptr<Child>>;

/// Waits a moment and returns the children that have ended, out of `running`.
Children ended(Children& running) {
  std::vector<pollfd> ends;
  for (const auto& child : running) ends.push_back({child->descriptor(), POLLIN, 0});
  ::poll(ends.data(), ends.size(), kPoll_ms);
  Children over;
  for (std::size_t i = 0; i < ends.size(); ++i)
    if (ends[i].revents != 0 && running[i]->read()) over.push_back(std::move(running[i]));
  std::erase(running, nullptr);
  return over;
}

}  // namespace

std::vector<Outcome> run_all(std::size_t count, const Runner& runner, const BatchOptions& options,
                             const Done& done) {
  if (options.cache.keeps()) base::program_hash();  // once here, not by each process that looks for steps
  std::vector<Outcome> outcomes(count);
  Children running;
  std::size_t next = 0, over = 0;
  while (over < count) {
    options.watch.check();
    while (next < count && running.size() < static_cast<std::size_t>(std::max(1, options.processes))) {
      const std::size_t index = next++;
      running.push_back(
          std::make_unique<Child>(index, [&runner, index] { return outcome_text(runner, index); }));
    }
    for (const auto& child : ended(running)) {
      outcomes[child->index()] = parse_outcome(child->text());
      ++over;
      if (done) done(over, child->index());
    }
  }
  return outcomes;
}

std::string in_process(const std::function<std::string()>& work, const base::Watch& watch) {
  constexpr char kDone = '+', kFailed = '-';
  Children running;
  running.push_back(std::make_unique<Child>(0, [&] {
    try {
      return kDone + work();
    } catch (const std::exception& error) {
      return kFailed + std::string(error.what());
    }
  }));
  Children over;
  while (over.empty()) {
    watch.check();
    over = ended(running);
  }
  const std::string& text = over.front()->text();
  if (text.empty()) throw base::SimError("the process of a simulation ended without a result");
  if (text.front() != kDone) throw base::SimError(text.substr(1));
  return text.substr(1);
}

Outcome run_for_numbers(const experiment::ExperimentConfig& experiment, const output::Cache& cache,
                        Bands bands, experiment::Prepared* prepared) {
  report::RunOptions options;
  options.cache = cache;
  options.prepared = prepared;
  options.files_wanted = report::WantedFiles::none;
  options.bands_wanted = bands == Bands::wanted;
  const report::RunResult result = report::run_experiment(experiment, options);
  Outcome outcome;
  for (const auto& [key, value] : result.numbers) {
    const report::Interval band = result.band(key, value);
    outcome.numbers[key] = {value, band.low, band.high};
  }
  outcome.validity = result.validity.state();
  const bool fine = outcome.validity == "ok";  // then there are notes at most
  if (!fine && !result.validity.findings.empty()) outcome.finding = result.validity.findings.front().text;
  return outcome;
}

}  // namespace kiln::batch
