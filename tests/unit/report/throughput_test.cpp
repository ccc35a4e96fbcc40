// SPDX-License-Identifier: MIT
// Steps counted between two times of a series.
#include "report/throughput.h"

#include "support/catch.h"
#include "support/draw.h"

using namespace kiln;

TEST_CASE("steps of a series add up, however it is cut, and spread evenly within a row") {
  testing::Draw draw("report", "throughput", 0);
  std::vector<device::PeriodRecord> rows;
  double end_s = 3, all = 0;  // it need not begin at 0
  for (int i = 0; i < 50; ++i) {
    device::PeriodRecord row;
    row.dt_s = draw.between(0.01, 0.3);
    row.steps = draw.between(0.0, 4.0);
    row.time_s = end_s += row.dt_s;
    all += row.steps;
    rows.push_back(row);
  }
  using Catch::Matchers::WithinRel;
  CHECK_THAT(report::steps_between(rows, 0, end_s + 1), WithinRel(all, 1e-12));
  CHECK(report::steps_between(rows, 0, 3) == 0);
  for (int i = 0; i < 20; ++i) {
    const double cut_s = draw.between(3.0, end_s);
    const double before = report::steps_between(rows, 3, cut_s),
                 after = report::steps_between(rows, cut_s, end_s);
    CHECK_THAT(before + after, WithinRel(all, 1e-9));
  }
  const double begin_s = rows[7].time_s - rows[7].dt_s;
  CHECK_THAT(report::steps_between(rows, begin_s, begin_s + rows[7].dt_s / 4),
             WithinRel(rows[7].steps / 4, 1e-9));
}
