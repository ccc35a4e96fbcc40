// SPDX-License-Identifier: MIT
// The three ways Kiln fails: a bad configuration, a failed simulation, a broken invariant.
#pragma once

#include <fmt/core.h>

#include <stdexcept>
#include <string>
#include <vector>

namespace kiln::base {

/// Where a configured value was written. `line` 0 means the place is not a file (a --set option).
struct Place {
  std::string file;
  int line = 0;
  int column = 0;
  std::string text() const;  ///< "file:line:col"
  bool operator==(const Place&) const = default;
};

/// One thing wrong with the input: place, key and what is allowed instead.
struct Problem {
  Place place;
  std::string key;
  std::string message;
  /// "file:line:col: key: message", on one line; control characters are shown, not sent.
  std::string text() const;
};

/// Bad input. Carries every problem found, so that a user mends a file in one go. Exit code 2.
class ConfigError : public std::runtime_error {
 public:
  explicit ConfigError(std::vector<Problem> problems);
  ConfigError(Place place, std::string key, std::string message);
  const std::vector<Problem>& problems() const { return problems_; }

 private:
  std::vector<Problem> problems_;
};

/// The simulation cannot go on (deadlock, runaway, a broken conservation law). Exit code 1.
class SimError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// One of our own invariants does not hold: a fault of Kiln, whatever the input.
class BrokenInvariant : public SimError {
 public:
  using SimError::SimError;
};

/// Runs `make`: parts that are good alone and do not fit together are bad input, not a failed simulation.
/// `key` is what to change.
template <class Make>
auto if_it_fits(const Place& place, const std::string& key, Make&& make) {
  try {
    return make();
  } catch (const BrokenInvariant&) {
    throw;
  } catch (const SimError& error) {
    throw ConfigError(place, key, error.what());
  }
}

[[noreturn]] void fail_check(const char* expression, const char* file, int line, const std::string& message);

}  // namespace kiln::base

/// An invariant of ours, always on. The message names the place and the values.
#define KILN_CHECK(condition, ...)                                                                          \
  do {                                                                                                      \
    if (!(condition)) ::kiln::base::fail_check(#condition, __FILE__, __LINE__, ::fmt::format(__VA_ARGS__)); \
  } while (false)
