// SPDX-License-Identifier: MIT
#include "governor/sensor.h"

#include <cmath>

#include "rapidcheck.h"
#include "support/catch.h"

namespace {

using namespace kiln::governor;
using Catch::Matchers::WithinAbs;

SensorConfig ideal() {
  return {.block = "npu0", .quantisation_k = 0, .offset_k = 0, .period_s = 0, .lag_s = 0};
}

}  // namespace

TEST_CASE("an ideal sensor reads the truth") {
  Sensor sensor(ideal());
  for (const double c : {25.0, 70.123, -40.0}) CHECK(sensor.sample(c, 1e-3) == c);
}

TEST_CASE("lag is first order: 63.2 % after one time constant, whatever the step") {
  auto config = ideal();
  config.lag_s = 5e-3;
  Sensor coarse(config), fine(config);
  coarse.sample(20, 0);
  fine.sample(20, 0);
  const double once = coarse.sample(120, 5e-3);
  double reading = 0;
  for (int i = 0; i < 500; ++i) reading = fine.sample(120, 1e-5);
  CHECK_THAT(once, WithinAbs(20 + 100 * (1 - std::exp(-1.0)), 1e-9));
  CHECK_THAT(reading, WithinAbs(once, 1e-9));
}

TEST_CASE("a reading holds until the next conversion") {
  auto config = ideal();
  config.period_s = 10e-3;
  Sensor sensor(config);
  CHECK(sensor.sample(30, 1e-3) == 30);
  for (int i = 0; i < 9; ++i) CHECK(sensor.sample(50, 1e-3) == 30);
  CHECK(sensor.sample(50, 1e-3) == 50);
  for (int i = 0; i < 9; ++i) CHECK(sensor.sample(70, 1e-3) == 50);
  CHECK(sensor.sample(70, 1e-3) == 70);
}

TEST_CASE("conversions keep their cadence when the caller's step does not divide the period") {
  auto config = ideal();
  config.period_s = 10e-3;
  Sensor sensor(config);
  int conversions = 0;
  double last = sensor.sample(0, 0);
  for (int i = 1; i <= 1000; ++i) {  // 3 s of 3 ms calls: 300 conversions
    const double reading = sensor.sample(i, 3e-3);
    conversions += reading != last;
    last = reading;
  }
  CHECK(conversions == 300);
}

TEST_CASE("offset and quantisation: within half a step of truth plus offset") {
  auto config = ideal();
  config.quantisation_k = 0.5;
  config.offset_k = 1.25;
  Sensor sensor(config);
  CHECK(sensor.sample(60.0, 1e-3) == 61.5);  // 61.25 rounds up
  CHECK(sensor.sample(60.24, 1e-3) == 61.5);
  CHECK(sensor.sample(59.99, 1e-3) == 61.0);
  REQUIRE(rc::check("quantisation error", [] {
    auto random = ideal();
    random.quantisation_k = *rc::gen::inRange(1, 40) * 0.05;
    const double truth = *rc::gen::inRange(-4000, 15000) * 0.01;
    Sensor tested(random);
    const double reading = tested.sample(truth, 1e-3);
    RC_ASSERT(std::abs(reading - truth) <= 0.5 * random.quantisation_k + 1e-9);
    const double steps = reading / random.quantisation_k;
    RC_ASSERT(std::abs(steps - std::round(steps)) < 1e-6);
  }));
}

TEST_CASE("faults set in at their time: a stuck sensor repeats, an open one reads NaN") {
  auto config = ideal();
  config.fault_time_s = 5e-3;
  config.fault = SensorFault::stuck;
  Sensor stuck(config);
  config.fault = SensorFault::open;
  Sensor open(config);
  for (int i = 1; i <= 4; ++i) {
    CHECK(stuck.sample(30 + i, 1e-3) == 30 + i);
    CHECK(open.sample(30 + i, 1e-3) == 30 + i);
  }
  for (int i = 5; i <= 9; ++i) {
    CHECK(stuck.sample(30 + i, 1e-3) == 34);
    CHECK(std::isnan(open.sample(30 + i, 1e-3)));
  }
}
