// SPDX-License-Identifier: MIT
// A track of bounded length holds the integral of what it is made of.
#include "report/evened.h"

#include <algorithm>
#include <cmath>

#include "support/catch.h"
#include "support/draw.h"

using namespace kiln;
using report::TimedValue;

namespace {

double integral(const std::vector<TimedValue>& track, base::TimePs end) {
  double sum = 0;
  for (std::size_t i = 0; i < track.size(); ++i) {
    const base::TimePs until = i + 1 < track.size() ? std::min(track[i + 1].time, end) : end;
    if (track[i].time < end) sum += track[i].value * static_cast<double>(until - track[i].time);
  }
  return sum;
}

std::vector<TimedValue> drawn_changes(int seed, base::TimePs end) {
  testing::Draw draw("report", "evened", seed);
  std::vector<TimedValue> changes;
  for (base::TimePs at = 0; at < end + 1000; at += static_cast<base::TimePs>(draw.between(0.0, 2000.0)))
    changes.push_back({at, std::floor(draw.between(0.0, 9.0))});
  return changes;
}

}  // namespace

TEST_CASE("an evened track has the integral, the bounds and at most the length") {
  for (int seed = 0; seed < 20; ++seed) {
    const base::TimePs end = 100'003 + 7 * seed;
    const std::vector<TimedValue> changes = drawn_changes(seed, end);
    for (const std::size_t slots : {1u, 7u, 64u, 1000u}) {
      const std::vector<TimedValue> track = report::evened(changes, end, slots);
      REQUIRE_FALSE(track.empty());
      CHECK(track.size() <= slots);
      CHECK(track.front().time == 0);
      CHECK_THAT(integral(track, end), Catch::Matchers::WithinRel(integral(changes, end), 1e-9));
      for (std::size_t i = 0; i < track.size(); ++i) {
        CHECK((track[i].value >= 0 && track[i].value < 9));
        if (i > 0) CHECK((track[i].time > track[i - 1].time && track[i].value != track[i - 1].value));
      }
    }
  }
}

TEST_CASE("slots as fine as the changes repeat them") {
  const std::vector<TimedValue> changes{{0, 0}, {2, 5}, {3, 5}, {6, 1}};
  const std::vector<TimedValue> track = report::evened(changes, 8, 8);
  REQUIRE(track.size() == 3);
  CHECK((track[0].time == 0 && track[0].value == 0));
  CHECK((track[1].time == 2 && track[1].value == 5));
  CHECK((track[2].time == 6 && track[2].value == 1));
  CHECK(report::evened(changes, 3, 100).size() == 2);  // no slot is shorter than a picosecond
  CHECK(report::evened({}, 8, 8).empty());
}
