// SPDX-License-Identifier: MIT
#include "pipeline/waiting_line.h"

#include <algorithm>

#include "base/error.h"

namespace kiln::pipeline {

void WaitingLine::pass(double now_s) {
  integral_ += static_cast<double>(waiting_) * (now_s - at_s_);
  at_s_ = now_s;
}

void WaitingLine::add(const Lot& lot, double now_s) {
  pass(now_s);
  places_.push_back({lot, now_s});
  waiting_ += lot.count;
  added_ += lot.count;
  longest_ = std::max(longest_, waiting_);
}

Lot WaitingLine::take(std::int64_t count, double now_s) {
  KILN_CHECK(count <= waiting_, "{} products taken of {}", count, waiting_);
  pass(now_s);
  waiting_ -= count;
  Lot all{count, now_s, 0};
  while (count > 0) {
    Place& first = places_.front();
    const std::int64_t part = std::min(count, first.lot.count);
    all.born_s = std::min(all.born_s, first.lot.born_s);
    all.bytes = std::max(all.bytes, first.lot.bytes);
    for (std::int64_t i = 0; i < part; ++i) waits_.add(now_s - first.since_s);
    left_waited_s_ += static_cast<double>(part) * (now_s - first.since_s);
    count -= part;
    first.lot.count -= part;
    if (first.lot.count == 0) places_.pop_front();
  }
  return all;
}

double WaitingLine::waited_s(double now_s) const {
  double sum = left_waited_s_;
  for (const Place& place : places_) sum += static_cast<double>(place.lot.count) * (now_s - place.since_s);
  return sum;
}

}  // namespace kiln::pipeline
