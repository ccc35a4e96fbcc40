// SPDX-License-Identifier: MIT
// `recompute: optimal` against every recomputation that could be asked for, in memories that soon are too
// small.
#include <fmt/format.h>

#include <optional>

#include "drawn_pair.h"
#include "support/catch.h"
#include "support/long_tests.h"

using namespace kiln;
using namespace kiln::testing;

namespace {

constexpr double kTieOfChoice = 0.01;

/// A step in `rows` rows of DRAM, of 32 KiB each, or nothing where it does not fit them.
std::optional<Outcome> in_rows(const Drawn& drawn, int rows, const std::string& recompute) {
  const Outcome outcome = simulate(drawn, {fmt::format("soc.memory.dram.organisation.rows={}", rows),
                                           fmt::format("training.recompute={}", recompute)});
  if (outcome.error.find("does not fit the") != std::string::npos) return {};
  INFO(outcome.error);
  REQUIRE(outcome.error.empty());
  return outcome;
}

/// Whether a plain step fits. Holds `optimal` against what fits.
bool check(const Drawn& drawn, int rows) {
  INFO(rows << " rows, " << drawn.text());
  const std::optional<Outcome> optimal = in_rows(drawn, rows, "{mode: optimal}");
  const std::optional<Outcome> plain = in_rows(drawn, rows, "{mode: none}");
  for (const char* recompute :
       {"{mode: none}", "{mode: sqrt}", "{mode: segments, segments: 2}", "{mode: segments, segments: 3}"}) {
    const std::optional<Outcome> asked = in_rows(drawn, rows, recompute);
    if (!asked) continue;
    INFO(recompute << ": " << asked->price.time << " s, " << asked->price.energy << " J, " << asked->way);
    REQUIRE(optimal);
    INFO("optimal: " << optimal->price.time << " s, " << optimal->price.energy << " J, " << optimal->way);
    CHECK(optimal->price.time <= asked->price.time * (1 + kTieOfChoice));
    CHECK(optimal->forward_macs_per_sample <= asked->forward_macs_per_sample * (1 + 1e-9));
  }
  if (plain) CHECK(optimal->forward_macs_per_sample == plain->forward_macs_per_sample);
  return plain.has_value();
}

}  // namespace

TEST_CASE("optimal recomputation fits where any does, and takes no longer than what could be asked for") {
  int recomputed = 0;
  for (int number = 0; number < count_of(3, 30); ++number) {
    Drawn drawn = draw(number);
    drawn.channels = drawn.ports = 1;
    drawn.compressed = false;
    drawn.batch = 16 * drawn.micro_batches;
    int rows = 1024;
    while (rows > 1 && check(drawn, rows)) rows /= 2;
    recomputed += in_rows(drawn, rows, "{mode: optimal}").has_value();
  }
  CHECK(recomputed > 0);
}
