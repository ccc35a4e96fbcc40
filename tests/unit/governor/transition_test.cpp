// SPDX-License-Identifier: MIT
#include "governor/transition.h"

#include "base/error.h"
#include "support/catch.h"

namespace {

using namespace kiln::governor;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

const OperatingPoint kSlow{1.8e9, 0.8}, kFast{2.5e9, 0.9};

}  // namespace

TEST_CASE("100 mV at 2.5 mV/us take 40 us, the PLL another 40 us") {
  const Transition transition{TransitionConfig{}};
  CHECK_THAT(transition.ramp_s(0.8, 0.9), WithinAbs(40e-6, 1e-12));
  CHECK_THAT(transition.ramp_s(0.9, 0.8), WithinAbs(40e-6, 1e-12));
  CHECK_THAT(transition.ramp_s(0.8, 0.804), WithinAbs(4e-6, 1e-12));  // one whole step
  CHECK_THAT(transition.plan(kSlow, kFast).duration_s(), WithinAbs(80e-6, 1e-12));
}

TEST_CASE("going up the voltage leads at the old clock; going down it follows at the new one") {
  const Transition transition{TransitionConfig{}};
  const auto up = transition.plan(kSlow, kFast);
  REQUIRE(up.segments().size() == 2);
  CHECK(up.segments()[0].frequency_hz == 1.8e9);
  CHECK(up.segments()[0].start_v == 0.8);
  CHECK(up.segments()[0].end_v == 0.9);
  CHECK(up.segments()[1].frequency_hz == 0);
  CHECK(up.segments()[1].start_v == 0.9);

  const auto down = transition.plan(kFast, kSlow);
  REQUIRE(down.segments().size() == 2);
  CHECK(down.segments()[0].frequency_hz == 0);
  CHECK(down.segments()[0].end_v == 0.9);
  CHECK(down.segments()[1].frequency_hz == 1.8e9);
  CHECK(down.segments()[1].end_v == 0.8);
  for (const auto& plan : {up, down}) CHECK_THAT(plan.stopped_s(), WithinAbs(40e-6, 1e-12));
}

TEST_CASE("time lost: the stop, and going up the ramp spent at the old clock") {
  const Transition transition{TransitionConfig{}};
  CHECK_THAT(transition.plan(kSlow, kFast).lost_s(2.5e9), WithinRel(40e-6 + 40e-6 * (1 - 1.8 / 2.5), 1e-9));
  CHECK_THAT(transition.plan(kFast, kSlow).lost_s(1.8e9), WithinRel(40e-6, 1e-9));
}

TEST_CASE("nothing changes, nothing is planned; voltage alone does not stop the clock") {
  const Transition transition{TransitionConfig{}};
  CHECK(transition.plan(kSlow, kSlow).segments().empty());
  CHECK(transition.plan(kSlow, {1.8e9, 0.85}).stopped_s() == 0);
  CHECK_THAT(transition.plan(kSlow, {1.8e9, 0.85}).duration_s(), WithinAbs(20e-6, 1e-12));
}

TEST_CASE("operating points: voltages from a law where none is given, order enforced, levels from below") {
  const auto law = [](double hz) { return 0.5 + hz * 1e-10; };
  const auto table = make_opp_table({{{1e9, 0}, {2e9, 0.75}, {3e9, 0}}}, law);
  CHECK_THAT(table[0].voltage_v, WithinRel(0.6, 1e-12));
  CHECK(table[1].voltage_v == 0.75);
  CHECK_THROWS_AS(make_opp_table({{{1e9, 0.9}, {2e9, 0}}}, law), kiln::base::SimError);
  CHECK_THROWS_AS(make_opp_table({{{2e9, 0}, {1e9, 0}}}, law), kiln::base::SimError);
  CHECK_THROWS_AS(make_opp_table({}, law), kiln::base::SimError);
  CHECK(level_at_or_below(table, 2.9e9) == 1);
  CHECK(level_at_or_below(table, 3e9) == 2);
  CHECK(level_at_or_below(table, 1) == 0);
}
