// SPDX-License-Identifier: MIT
// Who may end work before it is done, and how work learns
// of it: a stop that was asked for, and a limit of time.
#pragma once

#include <atomic>
#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>

namespace kiln::base {

/// Work ended before it was done, and nothing is wrong with it. Neither bad input nor a failed simulation:
/// whoever turns those into one another lets this pass.
class Stopped : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Ctrl-C or SIGTERM. Exit code 130.
class Interrupted : public Stopped {
 public:
  Interrupted() : Stopped("interrupted") {}
};

/// More wall time was used than the user allowed. Exit code 1.
class TimeLimitReached : public Stopped {
 public:
  /// `rest` follows "the time limit of 30 s was reached".
  explicit TimeLimitReached(double limit_s, const std::string& rest = "; raise --time-limit or ask for less");
  double limit_s() const { return limit_s_; }

 private:
  double limit_s_;
};

/// Handed down by value or reference to everything that loops on work whose length depends on its input, and
/// asked there. Made without arguments it never ends anything. Asking changes nothing, so threads may share
/// one: an atomic load, and with a limit a look at the clock (some 25 ns).
class Watch {
 public:
  using Clock = std::chrono::steady_clock;

  Watch() = default;
  /// `stop` (may be null) becomes true when work shall end and must outlive every copy; `limit_s` is wall
  /// time from now.
  explicit Watch(const std::atomic<bool>* stop, std::optional<double> limit_s = {});

  /// Throws Interrupted or TimeLimitReached.
  void check() const {
    if (stop_ != nullptr && stop_->load(std::memory_order_relaxed)) throw Interrupted();
    if (limit_s_ && Clock::now() > end_) fail();
  }
  std::optional<double> limit_s() const { return limit_s_; }

 private:
  [[noreturn]] void fail() const;

  const std::atomic<bool>* stop_ = nullptr;
  std::optional<double> limit_s_;
  Clock::time_point end_{};
};

/// For loops whose rounds take well under a microsecond:
/// asks the watch every 1024th round. One for each loop.
class PacedWatch {
 public:
  explicit PacedWatch(const Watch& watch) : watch_(watch) {}
  void check() {
    if (++rounds_ % kRounds == 0) watch_.check();
  }

 private:
  static constexpr unsigned kRounds = 1024;
  const Watch& watch_;
  unsigned rounds_ = 0;
};

}  // namespace kiln::base
