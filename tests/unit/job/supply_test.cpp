// SPDX-License-Identifier: MIT
#include "job/supply.h"
#include "support/catch.h"

using namespace kiln;
using job::Supply;
using job::SupplyConfig;

namespace {

constexpr double kAnHour_s = 3600;

}  // namespace

TEST_CASE("a charger is there in its windows, which may come again every day") {
  SupplyConfig config;
  config.charge = {
      {.begin_s = 22 * kAnHour_s, .end_s = 30 * kAnHour_s, .power_w = 5, .repeat_s = 24 * kAnHour_s},
      {.begin_s = 1 * kAnHour_s, .end_s = 2 * kAnHour_s, .power_w = 2, .repeat_s = {}}};
  const Supply supply(config);
  CHECK(supply.source_w(0) == 0);
  CHECK(supply.source_w(1.5 * kAnHour_s) == 2);
  CHECK(supply.source_w(25.5 * kAnHour_s) == 5);  // the first night goes on past midnight
  CHECK(supply.source_w(30 * kAnHour_s) == 0);
  CHECK(supply.source_w(47 * kAnHour_s) == 5);
  CHECK(supply.next_change_s(0) == 1 * kAnHour_s);
  CHECK(supply.next_change_s(1 * kAnHour_s) == 2 * kAnHour_s);
  CHECK(supply.next_change_s(2 * kAnHour_s) == 22 * kAnHour_s);
  CHECK(supply.next_change_s(23 * kAnHour_s) == 30 * kAnHour_s);
  CHECK(supply.next_change_s(31 * kAnHour_s) == 46 * kAnHour_s);
  CHECK(supply.recovers(1e9));
}

TEST_CASE("below its reserve training waits until the charge is above it by the hysteresis") {
  SupplyConfig config;
  config.reserve = 0.3;
  config.hysteresis = 0.05;
  Supply supply(config);
  CHECK(supply.may_train(0, 0.31));
  CHECK_FALSE(supply.may_train(1, 0.29));
  CHECK_FALSE(supply.may_train(2, 0.34));
  CHECK(supply.may_train(3, 0.36));
  CHECK(supply.may_train(4, 0.31));
  CHECK_FALSE(supply.recovers(0));
}

TEST_CASE("training may be kept to the hours at the charger") {
  SupplyConfig config;
  config.charge = {{.begin_s = 10, .end_s = 20, .power_w = 5, .repeat_s = {}}};
  config.train = job::TrainWhen::charging;
  Supply supply(config);
  CHECK_FALSE(supply.may_train(5, 1));
  CHECK(supply.may_train(15, 1));
  CHECK_FALSE(supply.may_train(25, 1));
}
