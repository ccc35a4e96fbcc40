// SPDX-License-Identifier: MIT
// Temperatures that are fixed or follow the room.
#include "config/ambient_temperature.h"

#include "config/load.h"
#include "support/catch.h"

using namespace kiln;
using config::AmbientTemperature;
using kiln::testing::contains;

namespace loops {

struct Loop {
  AmbientTemperature inlet = AmbientTemperature::above_ambient(0);
  std::optional<AmbientTemperature> behind;
};
const config::Record<Loop>& describe(const Loop*) {
  static const config::Spec spec{
      .doc = "Coolant", .unit = base::Dimension::temperature, .min = -200, .max = 400};
  static const auto record = config::Record<Loop>("loop", "A loop")
                                 .field("inlet", &Loop::inlet, spec)
                                 .field("behind", &Loop::behind, spec);
  return record;
}

}  // namespace loops

namespace {

loops::Loop read_loop(const std::string& text) {
  return config::read_tree<loops::Loop>(config::parse_yaml("f.yaml", text), "").value;
}

std::string error_of_loop(const std::string& text) {
  try {
    read_loop(text);
  } catch (const base::ConfigError& error) {
    return error.what();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("a temperature stands alone, or above or below the room's") {
  CHECK(read_loop("inlet: 20 degC").inlet == AmbientTemperature::fixed(20));
  CHECK(read_loop("inlet: ambient + 5 K").inlet == AmbientTemperature::above_ambient(5));
  CHECK(read_loop("inlet: ambient+5 K").inlet == AmbientTemperature::above_ambient(5));
  CHECK(read_loop("inlet: ambient - 2.5 K").inlet == AmbientTemperature::above_ambient(-2.5));
  CHECK(read_loop("inlet: ambient").inlet == AmbientTemperature::above_ambient(0));
  CHECK(read_loop("{}").inlet == AmbientTemperature::above_ambient(0));
  CHECK_FALSE(read_loop("{}").behind.has_value());
  CHECK(read_loop("behind: 36.8 degC").behind == AmbientTemperature::fixed(36.8));
  CHECK(AmbientTemperature::fixed(20).at_c(35) == 20);
  CHECK(AmbientTemperature::above_ambient(5).at_c(35) == 40);
}

TEST_CASE("a written temperature reads back as itself") {
  for (const AmbientTemperature value :
       {AmbientTemperature::fixed(-40.1), AmbientTemperature::above_ambient(0),
        AmbientTemperature::above_ambient(0.1), AmbientTemperature::above_ambient(-7)}) {
    const std::string text = config::flow_text(config::Value<AmbientTemperature>::write(value, {}));
    INFO(text);
    CHECK(read_loop("inlet: " + text).inlet == value);
  }
}

TEST_CASE("what is no temperature is refused at its place, with what would be one") {
  CHECK_THAT(error_of_loop("inlet: 20"), contains("f.yaml:1:8"));
  CHECK_THAT(error_of_loop("inlet: ambient + 5"), contains("K"));
  CHECK_THAT(error_of_loop("inlet: ambient + 5 mm"), contains("f.yaml:1:8"));
  CHECK_THAT(error_of_loop("inlet: ambient 5 K"), contains("as in 'ambient + 5 K'"));
  CHECK_THAT(error_of_loop("inlet: ambiente"), contains("as in 'ambient + 5 K'"));
  CHECK_THAT(error_of_loop("inlet: ambient + 500 K"), contains("within 200 K"));
  CHECK_THAT(error_of_loop("inlet: ambient + nan K"), contains("f.yaml:1:8"));
  CHECK_THAT(error_of_loop("inlet: 500 degC"), contains("at most"));
  CHECK_THAT(error_of_loop("inlet: [20 degC]"), contains("f.yaml:1:8"));
}
