// SPDX-License-Identifier: MIT
// Events that follow one another while simulated time stands still.
#pragma once

#include <cstdint>

#include "base/time.h"

namespace kiln::base {

/// Counts events of one engine at the same instant. Finite work makes a bounded number of them; more than
/// `most` and the engine goes round in circles.
class Standstill {
 public:
  explicit Standstill(std::int64_t most = std::int64_t{1} << 24) : most_(most) {}

  /// An event at `now`. True when there have been too many: the caller says who stands still and why.
  bool too_many(TimePs now) {
    if (now != at_) {
      at_ = now;
      events_ = 0;
    }
    return ++events_ > most_;
  }
  std::int64_t events() const { return events_; }

 private:
  std::int64_t most_;
  std::int64_t events_ = 0;
  TimePs at_ = kNever;
};

}  // namespace kiln::base
