// SPDX-License-Identifier: MIT
#include "subject.h"

#include <fnmatch.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <new>

#include "support/forked.h"
#include "thermal/leakage.h"

namespace kiln::testing {

namespace {

constexpr std::size_t kHeapBytes = std::size_t{1} << 30;
constexpr int kCpu_s = 20;
// Only for a child that waits for ever: what it computes is counted in its own time, however loaded the
// machine.
constexpr int kWall_s = 600;

std::string without_remedy(const base::ConfigError& error) {
  for (const base::Problem& problem : error.problems()) {
    if (problem.key.empty() && problem.place.file.empty())
      return fmt::format("refused without a key: {}", problem.text());
    if (problem.message.size() < 10) return fmt::format("refused without a remedy: {}", problem.text());
  }
  return "";
}

std::string promise(const Subject& subject, const std::vector<Change>& changes) {
  const char* stage = "validate";
  try {
    config::Node tree = subject.effective;
    for (const auto& [key, value] : changes) config::apply_override(tree, key + "=" + value);
    try {
      subject.validate(tree);
    } catch (const base::ConfigError& error) {
      return without_remedy(error);
    }
    stage = "run";
    for (const auto& [key, value] : subject.run(tree))
      if (!std::isfinite(value)) return fmt::format("{} is {}", key, value);
    return "";
  } catch (const base::ConfigError& error) {
    return subject.parts_meet_in_run ? without_remedy(error)
                                     : fmt::format("{} refused: {}", stage, error.what());
  } catch (const thermal::TooHot&) {
    return "";
  } catch (const std::bad_alloc&) {
    return fmt::format("{}: more than {} MiB", stage, kHeapBytes >> 20);
  } catch (const std::exception& error) {
    return fmt::format("{}: {}", stage, error.what());
  }
}

}  // namespace

std::string broken_promise(const Subject& subject, const std::vector<Change>& changes) {
  const bool only_more = std::any_of(changes.begin(), changes.end(), [&](const Change& change) {
    const auto& amounts = subject.amounts_of_work;
    return std::any_of(amounts.begin(), amounts.end(), [&](const std::string& pattern) {
      return ::fnmatch(pattern.c_str(), change.first.c_str(), 0) == 0;
    });
  });
  const Forked trial =
      in_child([&] { return promise(subject, changes); },
               {.wall_s = kWall_s, .cpu_s = kCpu_s, .heap_bytes = only_more ? 4 * kHeapBytes : kHeapBytes});
  if (trial.signal == SIGXCPU && only_more) return "";
  if (trial.signal == SIGXCPU) return fmt::format("still computes after {} s", kCpu_s);
  if (trial.signal == SIGALRM) return fmt::format("still waits after {} s", kWall_s);
  if (trial.signal != 0) return fmt::format("killed by signal {}", trial.signal);
  return trial.text;
}

}  // namespace kiln::testing
