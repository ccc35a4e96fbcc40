// SPDX-License-Identifier: MIT
#include "trial.h"

#include <algorithm>

#include "base/hash.h"
#include "device/heat.h"
#include "experiment/prepare.h"
#include "support/child_run.h"
#include "thermal/leakage.h"

namespace kiln::testing {

namespace {

using experiment::ExperimentConfig;
using nlohmann::json;

/// Rooms, and fluids of the package in each of them.
void find_boundaries(const ExperimentConfig& e, Limits& limits) {
  std::vector<double> rooms_c = {e.environment.ambient_c};
  if (e.environment.start_c) rooms_c.push_back(*e.environment.start_c);  // bodies that give heat off, too
  for (const thermal::EventConfig& event : e.events) {
    if (event.ambient) rooms_c.push_back(event.ambient->to_c);
    limits.package_changes |= !event.ambient;
  }
  limits.coldest_c = *std::min_element(rooms_c.begin(), rooms_c.end());
  limits.hottest_c = *std::max_element(rooms_c.begin(), rooms_c.end());
  const auto fluid = [&](const config::AmbientTemperature& temperature) {
    for (const double room_c : rooms_c) {
      limits.coldest_c = std::min(limits.coldest_c, temperature.at_c(room_c));
      limits.hottest_c = std::max(limits.hottest_c, temperature.at_c(room_c));
    }
  };
  for (const thermal::BodyConfig& body : e.soc.package.bodies) {
    for (const auto* face : {&body.top, &body.bottom})
      if (*face) fluid((*face)->fluid);
    for (const thermal::LayerConfig& layer : body.layers)
      if (layer.channels) fluid(layer.channels->inlet);
  }
}

double highest_resistance_k_per_w(const ExperimentConfig& e) {
  const thermal::Floorplan floorplan = experiment::prepare(e).plan.floorplan;
  device::Heat heat(e.soc.package, floorplan, e.environment.ambient_c);
  std::vector<double> watts(floorplan.blocks.size(), 0.0);
  const std::vector<double> cold_c = heat.steady_means_c(watts);
  double highest = 0;
  for (std::size_t i = 0; i < watts.size(); ++i) {
    watts[i] = 1;
    highest = std::max(highest, heat.steady_means_c(watts)[i] - cold_c[i]);
    watts[i] = 0;
  }
  return highest;
}

Limits limits_of(const ExperimentConfig& e) {
  Limits limits;
  find_boundaries(e, limits);
  limits.has_cooler = e.soc.package.device.has_value();
  limits.rate_samples_per_s = e.run.rate_samples_per_s;
  limits.die_limit_c = e.governor.guard.shutdown_c;
  for (const governor::PolicyConfig& policy : e.governor.policies)
    if (policy.kind == governor::PolicyKind::power_cap)
      limits.power_cap_w = std::min(limits.power_cap_w.value_or(1e9), policy.power_cap.cap_w);
  const auto [low, high] =
      std::minmax_element(e.soc.operating_points.points.begin(), e.soc.operating_points.points.end(),
                          [](const auto& a, const auto& b) { return a.frequency_hz < b.frequency_hz; });
  limits.lowest_hz = low->frequency_hz;
  limits.highest_hz = high->frequency_hz;
  return limits;
}

std::string digest_of(const report::RunResult& result) {
  std::string all;
  for (const auto& [name, text] : result.files)
    if (name != "summary.json" && name != "summary.txt" && name != "manifest.json") all += name + text;
  json summary = json::parse(result.files.at("summary.json"));
  summary.erase("wall_time_s");
  summary.erase("cpu_time_s");
  return base::content_hash(all + summary.dump());
}

/// Numbers as text: JSON knows no NaN.
json written(const Limits& limits) {
  json out = {{"coldest_c", limits.coldest_c},    {"hottest_c", limits.hottest_c},
              {"has_cooler", limits.has_cooler},  {"package_changes", limits.package_changes},
              {"lowest_hz", limits.lowest_hz},    {"highest_hz", limits.highest_hz},
              {"die_limit_c", limits.die_limit_c}};
  if (limits.power_cap_w) out["power_cap_w"] = *limits.power_cap_w;
  if (limits.rate_samples_per_s) out["rate_samples_per_s"] = *limits.rate_samples_per_s;
  if (limits.highest_k_per_w) out["highest_k_per_w"] = *limits.highest_k_per_w;
  return out;
}

std::optional<double> optional_of(const json& out, const char* key) {
  if (!out.contains(key)) return {};
  return out[key].get<double>();
}

Limits read(const json& out) {
  return {out["coldest_c"],
          out["hottest_c"],
          out["has_cooler"],
          out["package_changes"],
          optional_of(out, "power_cap_w"),
          optional_of(out, "rate_samples_per_s"),
          out["lowest_hz"],
          out["highest_hz"],
          out["die_limit_c"],
          optional_of(out, "highest_k_per_w")};
}

json run(int number, bool with_resistance) {
  json out;
  try {
    const DrawnExperiment drawn = draw_experiment(number);
    out["drawn"] = drawn.text();
    const auto e = config::load<ExperimentConfig>(
                       std::string(KILN_SOURCE_DIR) + "/configs/experiments/" + drawn.base, drawn.sets)
                       .value;
    Limits limits = limits_of(e);
    const report::RunResult result = report::run_experiment(e, {});  // refuses what its parts do not fit
    if (with_resistance && !limits.has_cooler) limits.highest_k_per_w = highest_resistance_k_per_w(e);
    out["limits"] = written(limits);
    for (const auto& [key, value] : result.numbers) out["numbers"][key] = fmt::format("{}", value);
    for (const char* name : {"layers.csv", "series.csv", "summary.json"})
      out["files"][name] = result.files.at(name);
    out["digest"] = digest_of(result);
  } catch (const base::ConfigError& error) {
    out["refused"] = error.what();
  } catch (const thermal::TooHot& error) {
    out["too_hot"] = error.what();
  } catch (const std::exception& error) {
    out["error"] = error.what();
  }
  return out;
}

}  // namespace

Trial try_out(int number, bool with_resistance) {
  const Forked child = in_child([&] { return run(number, with_resistance).dump(); }, {.wall_s = 600});
  Trial trial;
  const json out = json::parse(child.text, nullptr, false);
  if (out.is_discarded() || child.signal != 0) {
    trial.error = fmt::format("the child ended with signal {}", child.signal);
    return trial;
  }
  trial.drawn = out.value("drawn", "");
  trial.refused = out.value("refused", "");
  trial.too_hot = out.value("too_hot", "");
  trial.error = out.value("error", "");
  trial.digest = out.value("digest", "");
  if (out.contains("limits")) trial.limits = read(out["limits"]);
  if (out.contains("numbers"))
    for (const auto& [key, value] : out["numbers"].items())
      trial.numbers[key] = std::stod(value.get<std::string>());
  if (out.contains("files"))
    for (const auto& [name, text] : out["files"].items()) trial.files[name] = text;
  return trial;
}

}  // namespace kiln::testing
