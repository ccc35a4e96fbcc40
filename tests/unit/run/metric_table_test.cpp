// SPDX-License-Identifier: MIT
#include <set>

#include "run/metric_table.h"
#include "support/catch.h"

using namespace kiln;

TEST_CASE("every metric of the summary is declared whole, and once") {
  std::set<std::string_view> keys;
  for (const run::Metric& metric : run::metrics()) {
    INFO(metric.key);
    CHECK(keys.insert(metric.key).second);
    CHECK_FALSE(metric.meaning.empty());
    CHECK(metric.key.find('.') == std::string_view::npos);
    const bool number = std::holds_alternative<run::ReadNumber>(metric.read) ||
                        std::holds_alternative<run::ReadOptional>(metric.read);
    if (number) CHECK_FALSE(metric.unit.empty());
    REQUIRE(run::find_glossary_entry(metric.key) != nullptr);
    CHECK(run::find_glossary_entry(metric.key)->meaning == metric.meaning);
  }
}

TEST_CASE("a result is known by its key, those of a group by the group's") {
  CHECK(run::unknown_result("step_time_s").empty());
  CHECK(run::unknown_result("phase_time_s.forward").empty());
  CHECK_THAT(run::unknown_result("step_time"), testing::contains("did you mean 'step_time_s'"));
  CHECK_FALSE(run::unknown_result("step_time_s.forward").empty());
  CHECK_FALSE(run::unknown_result("phase_time_sforward").empty());
}
