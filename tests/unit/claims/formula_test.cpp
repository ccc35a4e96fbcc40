// SPDX-License-Identifier: MIT
#include "claims/formula.h"

#include "support/catch.h"

using namespace kiln;
using Catch::Matchers::WithinRel;

namespace {

std::optional<double> none(const std::string&) {
  return std::nullopt;
}

std::string error_of(const std::string& formula) {
  try {
    claims::evaluate(formula, none);
  } catch (const claims::FormulaError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("formulas follow the rules of arithmetic") {
  const auto value = [](const std::string& formula) { return claims::evaluate(formula, none); };
  CHECK(value("1 + 2 * 3") == 7);
  CHECK(value("(1 + 2) * 3") == 9);
  CHECK(value("8 / 4 / 2") == 1);
  CHECK(value("7 - 4 - 2") == 1);
  CHECK(value("-2 ^ 2") == -4);
  CHECK(value("2 * -3") == -6);
  CHECK(value("max(1, min(3, 2))") == 2);
  CHECK_THAT(value("sqrt(2) * exp(1) * log(2.5e3)"),
             WithinRel(std::sqrt(2) * std::exp(1) * std::log(2.5e3), 1e-12));
}

TEST_CASE("names are looked up, and what is no formula is refused by place") {
  const claims::Lookup lookup = [](const std::string& name) {
    return name == "run.step_time_s" ? std::optional(0.5) : std::nullopt;
  };
  CHECK(claims::evaluate("1 / run.step_time_s", lookup) == 2);
  CHECK(claims::names_in("a + b.c * exp(a)") == std::set<std::string>{"a", "b.c"});
  CHECK_THAT(error_of("1 + x"), testing::contains("'x' has no value"));
  CHECK_THAT(error_of("1 +"), testing::contains("ends too early"));
  CHECK_THAT(error_of("(1"), testing::contains("')'"));
  CHECK_THAT(error_of("1 2"), testing::contains("not understood"));
  CHECK_THAT(error_of("1 / 0"), testing::contains("no finite number"));
  CHECK_THAT(error_of("sin(1)"), testing::contains("none of"));
  CHECK_THAT(error_of(std::string(100000, '(')), testing::contains("too deep"));
  CHECK_THAT(error_of(std::string(100000, '-')), testing::contains("too deep"));
}
