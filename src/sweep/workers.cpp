// SPDX-License-Identifier: MIT
#include "sweep/workers.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <set>
#include <thread>

#include "base/error.h"
#include "base/units.h"

namespace kiln::sweep {

namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kPollInterval = std::chrono::milliseconds(20);
/// What a point that does not ask its watch may take beyond its time limit.
constexpr double kGrace_s = 5;

/// How a child tells its parent, by exit code, what became of its point. Busy: another process computes it.
enum ChildResult { kPublished = 0, kFailed = 1, kBusy = 2 };

/// A simulation prints nothing of its own; what a library prints must not mix with the parent's lines.
void silence_output() {
  const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (nowhere < 0) return;
  ::dup2(nowhere, STDOUT_FILENO);
  ::dup2(nowhere, STDERR_FILENO);
}

ChildResult compute(const Point& point, const PointStore& store, const PointRunner& runner,
                    std::optional<double> time_limit_s) {
  try {
    const auto lock = store.try_lock(point.hash);
    if (!lock) return kBusy;
    if (store.state(point.hash) == PointState::done) return kPublished;
    try {
      store.publish(point.hash, runner(point, base::Watch(nullptr, time_limit_s)));
      return kPublished;
    } catch (const std::exception& error) {
      store.publish_failure(point.hash, error.what());
      return kFailed;
    }
  } catch (const std::exception&) {
    return kFailed;  // not even the failure could be written
  }
}

class Pool {
 public:
  Pool(const Plan& plan, const PointStore& store, const PointRunner& runner, const WorkOptions& options)
      : plan_(plan), store_(store), runner_(runner), options_(options) {
    for (const Point& point : plan.points) {
      const PointState state = store.state(point.hash);
      if (state == PointState::done) {
        ++done_;
        store.clear_lock(point.hash);
      } else {
        open_.insert(&point);
      }
    }
  }
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  ~Pool() { stop_children(); }

  WorkResult run() {
    report();
    while (!open_.empty() || !children_.empty()) {
      if (is_interrupted()) {
        stop_children();
        return {done_, failed_, true};
      }
      const bool started = start_children();
      end_overdue();
      const bool ended = reap_children();
      if (started || ended) report();
      if (!ended) std::this_thread::sleep_for(kPollInterval);
    }
    report();
    return {done_, failed_, false};
  }

 private:
  struct Child {
    const Point* point;
    Clock::time_point began;
    bool overdue = false;  ///< and ended by us
  };

  bool is_interrupted() const { return options_.interrupted && options_.interrupted(); }

  void end_overdue() {
    if (!options_.time_limit_s) return;
    for (auto& [process, child] : children_) {
      const std::chrono::duration<double> used = Clock::now() - child.began;
      if (child.overdue || used.count() < *options_.time_limit_s + kGrace_s) continue;
      child.overdue = true;
      ::kill(process, SIGKILL);
    }
  }

  bool start_children() {
    bool started = false;
    for (auto it = open_.begin(); it != open_.end() && children_.size() < options_.jobs;) {
      const Point& point = **it;
      const PointState state = store_.state(point.hash);
      if (state == PointState::running) {  // by another process; look again later
        ++it;
        continue;
      }
      it = open_.erase(it);
      if (state == PointState::done) {
        ++done_;
      } else {
        start(point);
      }
      started = true;
    }
    return started;
  }

  void start(const Point& point) {
    const pid_t parent = ::getpid();
    const pid_t child = ::fork();
    if (child < 0) throw base::SimError(fmt::format("cannot start a process: {}", std::strerror(errno)));
    if (child == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // a killed sweep leaves no simulations behind
      if (::getppid() != parent) ::_exit(kBusy);
      ::signal(SIGINT, SIG_IGN);  // Ctrl-C reaches the whole group; the parent decides
      ::signal(SIGTERM, SIG_DFL);
      silence_output();
      ::_exit(compute(point, store_, runner_, options_.time_limit_s));
    }
    children_.emplace(child, Child{&point, Clock::now()});
  }

  bool reap_children() {
    bool any = false;
    for (;;) {
      int status = 0;
      const pid_t child = ::waitpid(-1, &status, WNOHANG);
      if (child <= 0) return any;
      const auto found = children_.find(child);
      if (found == children_.end()) continue;
      any = true;
      finish(found->second, status);
      children_.erase(found);
    }
  }

  void finish(const Child& child, int status) {
    const Point& point = *child.point;
    const int result = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    if (result == kPublished) {
      ++done_;
      ++done_here_;
    } else if (result == kBusy) {
      open_.insert(&point);
    } else {
      if (result != kFailed && is_interrupted()) return;  // the signal reached the whole group
      if (result != kFailed) note_crash(child, status);
      ++failed_;
      ++done_here_;
    }
  }

  void note_crash(const Child& child, int status) {
    const Point& point = *child.point;
    const auto lock = store_.try_lock(point.hash);
    if (!lock || store_.state(point.hash) == PointState::done) return;
    if (child.overdue) {
      store_.publish_failure(
          point.hash, fmt::format("the time limit of {} was reached in work that cannot be stopped in "
                                  "between; raise --time-limit or make the point smaller",
                                  base::display_quantity(*options_.time_limit_s, base::Dimension::time)));
      return;
    }
    store_.publish_failure(
        point.hash, WIFSIGNALED(status) ? fmt::format("the process died of signal {} ({})", WTERMSIG(status),
                                                      strsignal(WTERMSIG(status)))
                                        : fmt::format("the process ended with code {}", WEXITSTATUS(status)));
  }

  void stop_children() {
    for (const auto& child : children_) ::kill(child.first, SIGKILL);
    for (const auto& child : children_) ::waitpid(child.first, nullptr, 0);
    children_.clear();
  }

  void report() const {
    if (!options_.progress) return;
    const std::chrono::duration<double> elapsed = Clock::now() - start_;
    options_.progress({plan_.points.size(), done_, failed_, children_.size(), done_here_, elapsed.count()});
  }

  const Plan& plan_;
  const PointStore& store_;
  const PointRunner& runner_;
  const WorkOptions& options_;
  std::set<const Point*> open_;  ///< neither finished nor in a child of ours; in plan order, as addresses are
  std::map<pid_t, Child> children_;
  std::size_t done_ = 0, failed_ = 0, done_here_ = 0;
  Clock::time_point start_ = Clock::now();
};

std::string duration_text(double seconds) {
  const auto whole = static_cast<long>(seconds + 0.5);
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {} s", whole / 60, whole % 60);
  return fmt::format("{} h {} min", whole / 3600, whole / 60 % 60);
}

}  // namespace

WorkResult work(const Plan& plan, const PointStore& store, const PointRunner& runner,
                const WorkOptions& options) {
  return Pool(plan, store, runner, options).run();
}

std::string progress_text(const Progress& progress) {
  std::string text = fmt::format("{} of {} done", progress.done, progress.points);
  if (progress.failed > 0) text += fmt::format(", {} failed", progress.failed);
  if (progress.running > 0) text += fmt::format(", {} running", progress.running);
  const std::size_t left = progress.points - progress.done - progress.failed;
  if (left > 0 && progress.done_here > 0) {
    const double each_s = progress.elapsed_s / static_cast<double>(progress.done_here);
    text += fmt::format(", about {} left", duration_text(each_s * static_cast<double>(left)));
  }
  return text;
}

}  // namespace kiln::sweep
