// SPDX-License-Identifier: MIT
#include "base/watch.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/units.h"

namespace kiln::base {

namespace {
constexpr double kLongest_s = 3e9;  // a century: later ends would not fit the clock
}

TimeLimitReached::TimeLimitReached(double limit_s, const std::string& rest)
    : Stopped(fmt::format("the time limit of {} was reached{}", display_quantity(limit_s, Dimension::time),
                          rest)),
      limit_s_(limit_s) {}

Watch::Watch(const std::atomic<bool>* stop, std::optional<double> limit_s) : stop_(stop), limit_s_(limit_s) {
  if (!limit_s) return;
  end_ = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                            std::chrono::duration<double>(std::min(*limit_s, kLongest_s)));
}

void Watch::fail() const {
  throw TimeLimitReached(*limit_s_);
}

}  // namespace kiln::base
