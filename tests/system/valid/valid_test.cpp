// SPDX-License-Identifier: MIT
// Random experiments that are accepted give books that close and numbers that can be.
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/csv.h"
#include "support/catch.h"
#include "support/long_tests.h"
#include "trial.h"

using namespace kiln;
using Catch::Matchers::WithinRel;
using testing::Trial;

namespace {

constexpr double kSums = 1e-9;  // of many doubles
constexpr double kRounding_k = 0.01;

double sum_below(const Trial& trial, const std::string& prefix,
                 const std::vector<std::string>& without = {}) {
  double sum = 0;
  for (const auto& [key, value] : trial.numbers) {
    if (!key.starts_with(prefix + ".")) continue;
    const std::string last = key.substr(prefix.size() + 1);
    if (std::find(without.begin(), without.end(), last) == without.end()) sum += value;
  }
  return sum;
}

double column_sum(const Trial& t, const char* file, const char* column) {
  double sum = 0;
  const base::CsvTable table(file, t.files.at(file));
  for (const base::CsvRow& row : table.rows()) sum += row.number(column);
  return sum;
}

void check_books(const Trial& t) {
  const double step_s = t.numbers.at("step_time_s"), step_j = t.numbers.at("energy_j");
  CHECK_THAT(sum_below(t, "energy_by_component_j"), WithinRel(step_j, kSums));
  CHECK_THAT(sum_below(t, "energy_by_phase_j"),
             WithinRel(sum_below(t, "energy_by_component_j", {"board", "cooling", "idle"}), kSums));
  CHECK_THAT(sum_below(t, "phase_time_s"), WithinRel(t.numbers.at("busy_time_s"), kSums));
  CHECK_THAT(column_sum(t, "layers.csv", "time_s"), WithinRel(step_s, kSums));
  CHECK_THAT(column_sum(t, "layers.csv", "energy_j"), WithinRel(step_j, kSums));
  CHECK_THAT(column_sum(t, "layers.csv", "dram_read_bytes"),
             WithinRel(t.numbers.at("dram_bytes.read"), kSums));
  CHECK_THAT(column_sum(t, "layers.csv", "dram_write_bytes"),
             WithinRel(t.numbers.at("dram_bytes.write"), kSums));
  CHECK_THAT(2e-12 * column_sum(t, "layers.csv", "macs") / step_s,
             WithinRel(t.numbers.at("achieved_tops"), kSums));
  CHECK(std::abs(t.numbers.at("heat_balance_error")) < 1e-6);
}

void check_peaks(const Trial& t) {
  CHECK(t.numbers.at("dram_bandwidth_bytes_per_s") <= t.numbers.at("dram_peak_bytes_per_s") * (1 + kSums));
  CHECK(t.numbers.at("achieved_tops") <= t.numbers.at("peak_tops") * (1 + kSums));
  CHECK(t.numbers.at("peak_tops") <= t.numbers.at("peak_tops_int4") * (1 + kSums));
  CHECK(sum_below(t, "bound_by") <= 1 + 1e-6);
  const base::CsvTable layers("layers.csv", t.files.at("layers.csv"));
  for (const base::CsvRow& row : layers.rows()) CHECK(row.number("array_utilisation") <= 1 + kSums);
  for (const auto& [key, value] : t.numbers) {
    INFO(key);
    CHECK(std::isfinite(value));
    // A thermoelectric generator may give back more than fans take.
    if (t.limits.has_cooler && key.find("cooling") != std::string::npos) continue;
    if (key.ends_with("_j") || key.ends_with("_w") || key.ends_with("_bytes") || key.ends_with("_share"))
      CHECK(value >= 0);
  }
}

void check_heat(const Trial& t) {
  if (t.limits.has_cooler) return;
  double hottest_c = -300;
  for (const auto& [key, value] : t.numbers)
    if (key.starts_with("peak_temperature_c.")) {
      INFO(key);
      CHECK(value >= t.limits.coldest_c - kRounding_k);
      hottest_c = std::max(hottest_c, value);
    }
  bool full_drive = true;
  const base::CsvTable series("series.csv", t.files.at("series.csv"));
  for (const base::CsvRow& row : series.rows()) {
    CHECK(row.number("hottest_c") >= t.limits.coldest_c - kRounding_k);
    CHECK(row.number("memory_c") >= t.limits.coldest_c - kRounding_k);
    full_drive = full_drive && row.number("cooling_drive") == 1;
  }
  // Where the power is one for ever, no block is hotter than if all of it were in the worst place.
  const bool one_state = t.limits.highest_k_per_w && full_drive && !t.limits.package_changes &&
                         !t.limits.rate_samples_per_s && t.numbers.at("transitions") == 0;
  if (one_state)
    CHECK(hottest_c <=
          t.limits.hottest_c + *t.limits.highest_k_per_w * t.numbers.at("board_power_w") + kRounding_k);
}

void check_clocks(const Trial& t) {
  const base::CsvTable series("series.csv", t.files.at("series.csv"));
  for (const base::CsvRow& row : series.rows()) {
    CHECK(row.number("frequency_hz") <= t.limits.highest_hz * (1 + kSums));
    CHECK(row.number("frequency_hz") >= 0);
  }
}

/// The record says what the numbers say.
void check_validity(const Trial& t) {
  const nlohmann::json validity = nlohmann::json::parse(t.files.at("summary.json")).at("validity");
  std::map<std::string, int> said;
  std::string worst = "ok";
  for (const nlohmann::json& finding : validity.at("findings")) {
    const std::string code = finding.at("code"), severity = finding.at("severity");
    INFO(code);
    ++said[code];
    if (severity == "invalid" || (severity == "warn" && worst == "ok")) worst = severity;
    const double value = finding.at("value"), limit = finding.at("limit");
    if (code.ends_with("_too_hot") || code == "power_cap_exceeded" || code == "audit_error" ||
        code == "not_steady")
      CHECK(value > limit);
    if (code == "rate_not_reached") CHECK(value < limit);
  }
  CHECK(validity.at("state") == worst);
  if (t.limits.rate_samples_per_s)
    CHECK((t.numbers.at("samples_per_s") < 0.999 * *t.limits.rate_samples_per_s) ==
          (said["rate_not_reached"] > 0));
  if (t.limits.power_cap_w)
    CHECK((t.numbers.at("average_power_w") > 1.02 * *t.limits.power_cap_w) ==
          (said["power_cap_exceeded"] > 0));
  CHECK((t.numbers.at("peak_temperature_max_c") > t.limits.die_limit_c) == (said["die_too_hot"] > 0));
}

void check_all(const Trial& t) {
  check_books(t);
  check_peaks(t);
  check_heat(t);
  check_clocks(t);
  check_validity(t);
}

}  // namespace

TEST_CASE("random experiments that are accepted close their books and stay within their bounds") {
  const int wanted = testing::count_of(20, 1000);
  int ran = 0, verdicts = 0, number = 0;
  for (; ran + verdicts < wanted; ++number) {
    REQUIRE(number < 20 * wanted);  // most draws are refused: draw_experiment has to be looked at
    const Trial trial = testing::try_out(number, number % 8 == 0);
    if (!trial.refused.empty()) continue;
    INFO(number << ": " << trial.drawn << "\n" << trial.error);
    CHECK(trial.error.empty());
    verdicts += !trial.too_hot.empty();
    if (!trial.too_hot.empty() || !trial.error.empty()) continue;
    ++ran;
    check_all(trial);
    if (testing::long_tests() || ran % 5 == 0)
      CHECK(testing::try_out(number, number % 8 == 0).digest == trial.digest);
  }
  CHECK(verdicts < wanted / 2);
}
