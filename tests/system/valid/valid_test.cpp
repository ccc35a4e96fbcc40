// SPDX-License-Identifier: MIT
// Random experiments that are accepted give books that close and numbers that can be.
#include <cmath>

#include "base/csv.h"
#include "drawn_experiment.h"
#include "support/catch.h"
#include "support/child_run.h"
#include "support/long_tests.h"
#include "thermal/leakage.h"

using namespace kiln;
using Catch::Matchers::WithinRel;

namespace {

constexpr double kSums = 1e-9;  // of many doubles
constexpr double kRounding_k = 0.01;

/// A run, or why there is none: refused by name, a physical verdict, or what must not be.
struct Trial {
  std::map<std::string, double> numbers;
  std::map<std::string, std::string> files;
  std::string refused, too_hot, error;
  bool has_cooler = false;
  double coldest_c = 0;
};

/// Coldest thing that heat can flow to: the room, or a fluid of the package.
double coldest_boundary_c(const experiment::ExperimentConfig& experiment) {
  double coldest_c = experiment.environment.ambient_c;
  for (const thermal::BodyConfig& body : experiment.soc.package.bodies) {
    for (const auto* face : {&body.top, &body.bottom})
      if (*face) coldest_c = std::min(coldest_c, (*face)->fluid.at_c(experiment.environment.ambient_c));
    for (const thermal::LayerConfig& layer : body.layers)
      if (layer.channels)
        coldest_c = std::min(coldest_c, layer.channels->inlet.at_c(experiment.environment.ambient_c));
  }
  return coldest_c;
}

nlohmann::json run(const testing::DrawnExperiment& drawn) {
  try {
    const auto experiment =
        config::load<experiment::ExperimentConfig>(
            std::string(KILN_SOURCE_DIR) + "/configs/experiments/" + drawn.base, drawn.sets)
            .value;
    nlohmann::json out = {{"cooler", experiment.soc.package.device.has_value()},
                          {"coldest_c", coldest_boundary_c(experiment)}};
    const report::RunResult result = report::run_experiment(experiment, {});
    for (const auto& [key, value] : result.numbers) out["numbers"][key] = fmt::format("{}", value);
    for (const char* name : {"layers.csv", "series.csv", "summary.json"})
      out["files"][name] = result.files.at(name);
    return out;
  } catch (const base::ConfigError& error) {
    return {{"refused", error.what()}};
  } catch (const thermal::TooHot& error) {
    return {{"too_hot", error.what()}};
  } catch (const std::exception& error) {
    return {{"error", error.what()}};
  }
}

Trial try_out(const testing::DrawnExperiment& drawn) {
  const testing::Forked child = testing::in_child([&] { return run(drawn).dump(); }, {.wall_s = 600});
  Trial trial;
  const nlohmann::json out = nlohmann::json::parse(child.text, nullptr, false);
  if (out.is_discarded() || child.signal != 0) {
    trial.error = fmt::format("the child ended with signal {}", child.signal);
    return trial;
  }
  trial.refused = out.value("refused", "");
  trial.too_hot = out.value("too_hot", "");
  trial.error = out.value("error", "");
  trial.has_cooler = out.value("cooler", false);
  trial.coldest_c = out.value("coldest_c", 0.0);
  if (out.contains("numbers"))
    for (const auto& [key, value] : out["numbers"].items())
      trial.numbers[key] = std::stod(value.get<std::string>());
  if (out.contains("files"))
    for (const auto& [name, text] : out["files"].items()) trial.files[name] = text;
  return trial;
}

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

void check_books(const Trial& t) {
  const double step_s = t.numbers.at("step_time_s"), step_j = t.numbers.at("energy_j");
  CHECK_THAT(sum_below(t, "energy_by_component_j"), WithinRel(step_j, kSums));
  CHECK_THAT(sum_below(t, "energy_by_phase_j"),
             WithinRel(sum_below(t, "energy_by_component_j", {"board", "cooling", "idle"}), kSums));
  CHECK_THAT(sum_below(t, "phase_time_s"), WithinRel(t.numbers.at("busy_time_s"), kSums));
  double layers_s = 0, layers_j = 0;
  const base::CsvTable layers("layers.csv", t.files.at("layers.csv"));
  for (const base::CsvRow& row : layers.rows()) {
    layers_s += row.number("time_s");
    layers_j += row.number("energy_j");
    CHECK(row.number("array_utilisation") <= 1 + kSums);
  }
  CHECK_THAT(layers_s, WithinRel(step_s, kSums));
  CHECK_THAT(layers_j, WithinRel(step_j, kSums));
  CHECK(std::abs(t.numbers.at("heat_balance_error")) < 1e-6);
}

void check_peaks(const Trial& t) {
  CHECK(t.numbers.at("dram_bandwidth_bytes_per_s") <= t.numbers.at("dram_peak_bytes_per_s") * (1 + kSums));
  CHECK(t.numbers.at("achieved_tops") <= t.numbers.at("peak_tops") * (1 + kSums));
  CHECK(sum_below(t, "bound_by") <= 1 + 1e-6);
  for (const auto& [key, value] : t.numbers) {
    INFO(key);
    CHECK(std::isfinite(value));
    if (key.ends_with("_j") || key.ends_with("_w") || key.ends_with("_bytes") || key.ends_with("_share"))
      CHECK(value >= 0);
  }
}

void check_heat(const Trial& t) {
  if (t.has_cooler) return;
  for (const auto& [key, value] : t.numbers)
    if (key.starts_with("peak_temperature_c.")) {
      INFO(key);
      CHECK(value >= t.coldest_c - kRounding_k);
    }
  const base::CsvTable series("series.csv", t.files.at("series.csv"));
  for (const base::CsvRow& row : series.rows()) {
    CHECK(row.number("hottest_c") >= t.coldest_c - kRounding_k);
    CHECK(row.number("memory_c") >= t.coldest_c - kRounding_k);
  }
}

}  // namespace

TEST_CASE("random experiments that are accepted close their books and stay within their bounds") {
  const int wanted = testing::count_of(40, 1000);
  int ran = 0, verdicts = 0, number = 0;
  for (; ran + verdicts < wanted; ++number) {
    REQUIRE(number < 20 * wanted);  // most draws are refused: draw_experiment has to be looked at
    const testing::DrawnExperiment drawn = testing::draw_experiment(number);
    const Trial trial = try_out(drawn);
    if (!trial.refused.empty()) continue;
    INFO(number << ": " << drawn.text() << "\n" << trial.error);
    REQUIRE(trial.error.empty());
    if (!trial.too_hot.empty()) {
      ++verdicts;
      continue;
    }
    ++ran;
    check_books(trial);
    check_peaks(trial);
    check_heat(trial);
  }
  CHECK(verdicts < wanted / 2);
}
