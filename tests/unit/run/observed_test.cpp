// SPDX-License-Identifier: MIT
#include "run/observed.h"

#include <algorithm>

#include "support/catch.h"

using namespace kiln;
using Catch::Matchers::WithinRel;

namespace {

device::PeriodRecord period(int index) {
  device::PeriodRecord record;
  record.dt_s = 1e-3;
  record.time_s = (index + 1) * record.dt_s;
  record.dynamic_j = 1e-3 * (index % 7);
  record.static_j = 2e-4;
  record.frequency_hz = index % 2 == 0 ? 400e6 : 800e6;
  record.hottest_c = 40 + index % 13;
  return record;
}

}  // namespace

TEST_CASE("a series stays short, whatever it covers, and loses neither energy nor time nor peaks") {
  const int periods = GENERATE(1, 2047, 2048, 2049, 5000, 100000);
  run::Series series;
  double energy_j = 0;
  for (int i = 0; i < periods; ++i) {
    series.add(period(i));
    energy_j += period(i).dynamic_j + period(i).static_j;
  }
  CHECK(series.rows().size() <= 2048);
  if (periods <= 2048) CHECK(series.rows().size() == static_cast<std::size_t>(periods));
  double kept_j = 0, kept_s = 0, hottest_c = 0, last_s = 0;
  for (const device::PeriodRecord& row : series.rows()) {
    kept_j += row.dynamic_j + row.static_j;
    kept_s += row.dt_s;
    hottest_c = std::max(hottest_c, row.hottest_c);
    CHECK(row.time_s > last_s);
    last_s = row.time_s;
  }
  CHECK_THAT(kept_j, WithinRel(energy_j, 1e-9));
  CHECK_THAT(kept_s, WithinRel(periods * 1e-3, 1e-9));
  if (periods > 13) CHECK(hottest_c == 52);
  if (periods > 4096) CHECK_THAT(series.rows().front().frequency_hz, WithinRel(600e6, 1e-9));
}

TEST_CASE("observed sums and peaks are those of its periods") {
  run::Observed observed;
  const std::vector<double> cool = {30.0, 31.0}, warm = {50.0, 29.0};
  observed.add(period(1), false, cool);
  observed.add(period(2), true, warm);
  CHECK_THAT(observed.time_s, WithinRel(2e-3, 1e-12));
  CHECK_THAT(observed.throttled_s, WithinRel(1e-3, 1e-12));
  CHECK_THAT(observed.peak_power_w, WithinRel((2e-3 + 2e-4) / 1e-3, 1e-12));
  CHECK(observed.peak_block_c == std::vector<double>{50.0, 31.0});
}
