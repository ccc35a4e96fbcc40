// SPDX-License-Identifier: MIT
#include <set>

#include "report/metric_table.h"
#include "support/catch.h"

using namespace kiln;

TEST_CASE("every metric of the summary is declared whole, and once") {
  std::set<std::string_view> keys;
  for (const report::Metric& metric : report::metrics()) {
    INFO(metric.key);
    CHECK(keys.insert(metric.key).second);
    CHECK_FALSE(metric.meaning.empty());
    CHECK(metric.key.find('.') == std::string_view::npos);
    const bool number = std::holds_alternative<report::ReadNumber>(metric.read) ||
                        std::holds_alternative<report::ReadOptional>(metric.read);
    if (number) CHECK_FALSE(metric.unit.empty());
    REQUIRE(report::find_glossary_entry(metric.key) != nullptr);
    CHECK(report::find_glossary_entry(metric.key)->meaning == metric.meaning);
  }
}

TEST_CASE("a result is known by its key, those of a group by the group's") {
  CHECK(report::unknown_result("step_time_s").empty());
  CHECK(report::unknown_result("phase_time_s.forward").empty());
  CHECK_THAT(report::unknown_result("step_time"), testing::contains("did you mean 'step_time_s'"));
  CHECK_FALSE(report::unknown_result("step_time_s.forward").empty());
  CHECK_FALSE(report::unknown_result("phase_time_sforward").empty());
}
