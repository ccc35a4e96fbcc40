// SPDX-License-Identifier: MIT
#include "solve/axis.h"

#include "base/error.h"
#include "support/catch.h"

using namespace kiln;
using Catch::Matchers::WithinRel;
using solve::Axis;
using testing::contains;

namespace {

std::string error_of(const std::vector<std::string>& words) {
  try {
    solve::parse_axes("--over", words);
  } catch (const base::ConfigError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("a range is read with the key's unit and searched by its logarithm where it is wide") {
  const Axis rate = solve::parse_axes("--over", {"run.rate=10..1000"}).front();
  CHECK(rate.continuous);
  CHECK(rate.number(0) == 10);
  CHECK(rate.number(1) == 1000);
  CHECK_THAT(rate.number(0.5), WithinRel(100, 1e-9));
  CHECK_THAT(rate.coordinate(100), WithinRel(0.5, 1e-9));
  const Axis ambient = solve::parse_axes("--over", {"environment.ambient=20..40degC"}).front();
  CHECK_THAT(ambient.number(0.5), WithinRel(30, 1e-9));
  CHECK(ambient.text(0.5) == "30 degC");
  const Axis bare = solve::parse_axes("--over", {"environment.ambient=20..40"}).front();
  CHECK(bare.low == 20);
  const Axis kelvin = solve::parse_axes("--over", {"environment.ambient=300..320 K"}).front();
  CHECK_THAT(kelvin.low, WithinRel(26.85, 1e-9));
}

TEST_CASE("numbers of a range have five digits, and whole ones are whole") {
  const Axis rate = solve::parse_axes("--over", {"run.rate=1..3"}).front();
  CHECK(rate.text(1.0 / 3) == "1.6667");
  const Axis rows = solve::parse_axes("--over", {"soc.npu.rows=8..64"}).front();
  CHECK(rows.whole);
  CHECK(rows.text(0.4) == "18");
}

TEST_CASE("values are read in braces, with a unit behind them, and as a shell leaves them") {
  const auto values = [](const std::vector<std::string>& words) {
    return solve::parse_axes("--over", words).front().values;
  };
  const std::vector<std::string> three = {"25 degC", "30 degC", "35 degC"};
  CHECK(values({"environment.ambient={25,30,35}"}) == three);
  CHECK(values({"environment.ambient={25, 30,35} degC"}) == three);
  CHECK(values({"environment.ambient=25", "environment.ambient=30", "environment.ambient=35",
                "environment.ambient=25"}) == three);
  CHECK(values({"training={{batch: 2, kind: none},{batch: 4}}"}) ==
        std::vector<std::string>{"{batch: 2, kind: none}", "{batch: 4}"});
  CHECK(values({"soc=../a.yaml", "soc=../b.yaml"}).size() == 2);
}

TEST_CASE("what is no axis is refused, with the nearest key") {
  CHECK_THAT(error_of({"run.rat=1..2"}), contains("did you mean 'rate'"));
  CHECK_THAT(error_of({"run.rate=5..2"}), contains("lower"));
  CHECK_THAT(error_of({"run.rate"}), contains("KEY=FROM..TO"));
  CHECK_THAT(error_of({"environment.ambient=1..2 V"}), contains("degC"));
  CHECK_THAT(error_of({"environment.ambient={25,,30}"}), contains("empty"));
  CHECK_THAT(error_of({"environment.ambient={25,30"}), contains("'}'"));
  CHECK_THAT(error_of({"run.rate=1..2", "run.rate=3"}), contains("range already"));
  CHECK_THAT(error_of({"soc.npu.rows=8.5..64"}), contains("whole"));
}
