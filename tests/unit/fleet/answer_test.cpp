// SPDX-License-Identifier: MIT
// Where a codec begins to pay.
#include "fleet/answer.h"
#include "support/catch.h"

using namespace kiln::fleet;
using kiln::experiment::StepsForOne;

namespace {

Candidate plain() {
  Candidate c;
  c.alone_s = 1;
  c.alone_j = 2;
  c.sent_bytes = 1000;
  c.path_bytes = 4000;
  return c;
}

}  // namespace

TEST_CASE("at the break-even both cost the same, and beyond it the codec costs less") {
  Candidate coded = plain();
  coded.alone_s = 1.25;
  coded.alone_j = 2.5;
  coded.sent_bytes = 100;
  coded.path_bytes = 400;
  coded.work = StepsForOne{1.5, 1.2, 2};
  const BreakEven at = break_even(plain(), coded);
  REQUIRE(at.j_per_bit);
  REQUIRE(at.bytes_per_s);
  CHECK(coded.energy_j(*at.j_per_bit) == Approx(plain().energy_j(*at.j_per_bit)));
  CHECK(coded.energy_j(2 * *at.j_per_bit) < plain().energy_j(2 * *at.j_per_bit));
  CHECK(coded.energy_j(0.5 * *at.j_per_bit) > plain().energy_j(0.5 * *at.j_per_bit));
  CHECK(coded.time_s(*at.bytes_per_s) == Approx(plain().time_s(*at.bytes_per_s)));
  CHECK(coded.time_s(0.5 * *at.bytes_per_s) < plain().time_s(0.5 * *at.bytes_per_s));
  CHECK(*at.j_per_bit == Approx((1.5 * 2.5 - 2) / (8 * (1000 - 1.5 * 100))));
  CHECK(*at.bytes_per_s == Approx((4000 - 1.5 * 400) / (1.5 * 1.25 - 1)));
}

TEST_CASE("a codec that costs nothing pays always, one that needs more bytes never") {
  Candidate cheap = plain();
  cheap.sent_bytes = cheap.path_bytes = 10;
  CHECK(break_even(plain(), cheap).energy == "always");
  CHECK(break_even(plain(), cheap).time == "always");
  Candidate slow = plain();
  slow.work = StepsForOne{4, 4, 4};
  CHECK(break_even(plain(), slow).energy == "never");
  CHECK(break_even(plain(), slow).time == "never");
}
