// SPDX-License-Identifier: MIT
#include "soc/thermal_driver.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/file.h"
#include "config/load.h"
#include "thermal/leakage.h"
#include "thermal/power_trace.h"
#include "thermal/reduced_model.h"
#include "thermal/temperature_map.h"

namespace kiln::soc {
namespace {

using thermal::PackageConfig;
using thermal::State;
using thermal::ThermalModel;

// Longer traces go through the reduced model, which is checked against the full one when it is built.
constexpr std::size_t kLongTrace = 400;
// Leakage follows temperature in steps no longer than this.
constexpr double kLeakageInterval_s = 5e-3;

thermal::Leakage leakage_of(const PackageConfig& package, const ThermalModel& model) {
  std::vector<double> reference_w;
  for (const thermal::Block& block : model.floorplan().blocks)
    reference_w.push_back(package.leakage.density_w_m2 * package.leakage.multiplier * block.rectangle().area_m2());
  return [reference_w, law = package.leakage](int block, double temperature_c) {
    return reference_w[static_cast<std::size_t>(block)] * std::exp(law.slope_per_k * (temperature_c - law.reference_c));
  };
}

bool leaks(const PackageConfig& package) { return package.leakage.density_w_m2 * package.leakage.multiplier > 0.0; }

double pump_power_w(const ThermalModel& model) {
  double power_w = 0.0;
  for (const thermal::BodyMesh& body : model.mesh().bodies)
    for (const thermal::Slab& slab : body.slabs)
      if (slab.channels)
        power_w += thermal::pump_power_w(*slab.channels, slab.thickness_m,
                                         slab.channels->along == thermal::Direction::y ? body.footprint.height_m() : body.footprint.width_m());
  return power_w;
}

/// What a replay leaves behind.
struct Replay {
  std::vector<std::vector<double>> rows_c;
  std::vector<double> peak_c, final_c;
  double max_cell_c = 0.0;
  State hottest;
  thermal::HeatBalance balance;
};

/// Plays a trace through either model; both offer the same calls.
template <class Model>
Replay replay(const Model& model, State state, const PackageConfig& package, const thermal::PowerTrace& trace,
              const std::optional<thermal::Leakage>& leakage) {
  const auto blocks = static_cast<std::size_t>(model.block_count());
  const double interval_s = package.trace.interval_s;
  const int parts = leakage ? std::max(1, static_cast<int>(std::ceil(interval_s / kLeakageInterval_s - 1e-9))) : 1;
  Replay result;
  result.max_cell_c = model.max_cell_c(state);
  result.hottest = state;
  std::vector<double> means_c(blocks), power_w(blocks);
  for (std::size_t block = 0; block < blocks; ++block) means_c[block] = model.block_mean_c(state, static_cast<int>(block));
  result.peak_c = means_c;
  for (const std::vector<double>& row : trace.rows) {
    for (int part = 0; part < parts; ++part) {
      power_w = row;
      if (leakage)
        for (std::size_t block = 0; block < blocks; ++block)
          power_w[block] += (*leakage)(static_cast<int>(block), model.block_mean_c(state, static_cast<int>(block)));
      model.step(state, interval_s / parts, power_w);
    }
    for (std::size_t block = 0; block < blocks; ++block) {
      means_c[block] = model.block_mean_c(state, static_cast<int>(block));
      result.peak_c[block] = std::max(result.peak_c[block], means_c[block]);
    }
    result.rows_c.push_back(means_c);
    if (const double hottest_c = model.max_cell_c(state); hottest_c > result.max_cell_c) {
      result.max_cell_c = hottest_c;
      result.hottest = state;
    }
  }
  result.final_c = means_c;
  result.balance = model.balance(state);
  return result;
}

State start_state(const ThermalModel& model, const PackageConfig& package, const std::vector<double>& mean_w,
                  const std::optional<thermal::Leakage>& leakage) {
  if (!package.trace.start_from_steady) return model.ambient_state();
  std::vector<double> power_w = mean_w;
  for (double& block_w : power_w) block_w *= package.trace.start_scale;
  return leakage ? thermal::steady_with_leakage(model, power_w, *leakage).state : model.steady(power_w);
}

void note_state(const ThermalModel& model, const State& state, ThermalResult& result) {
  result.has_skin = model.has_probe(thermal::Probe::skin);
  result.has_board = model.has_probe(thermal::Probe::board);
  if (result.has_skin) result.skin_c = model.probe_c(state, thermal::Probe::skin);
  if (result.has_board) result.board_c = model.probe_c(state, thermal::Probe::board);
}

}  // namespace

ThermalResult run_thermal(const ThermalOptions& options) {
  const PackageConfig package = config::load<PackageConfig>(options.config_path, options.overrides).value;
  const thermal::Floorplan floorplan = thermal::read_flp(options.floorplan_path, thermal::die_names(package));
  const thermal::PowerTrace trace = thermal::read_ptrace(options.power_path, floorplan);
  const ThermalModel model(package, floorplan, package.ambient_c);
  const auto blocks = static_cast<std::size_t>(model.block_count());

  ThermalResult result;
  std::optional<thermal::Leakage> leakage;
  if (leaks(package)) leakage = leakage_of(package, model);
  const std::vector<double> mean_w = trace.mean_w();
  std::vector<double> power_w = mean_w;
  State steady;
  if (leakage) {
    const thermal::LeakageLoop loop(model);
    thermal::LeakageSteady found = loop.steady(mean_w, *leakage);
    result.runaway_multiplier = loop.runaway_multiplier(mean_w, *leakage);
    for (std::size_t block = 0; block < blocks; ++block) power_w[block] += found.leakage_w[static_cast<Eigen::Index>(block)];
    result.leakage_w = found.leakage_w.sum();
    steady = std::move(found.state);
  } else {
    steady = model.steady(mean_w);
  }
  const thermal::HeatBalance steady_balance = model.steady_balance(steady, power_w);
  result.energy_balance_rel = steady_balance.relative();
  result.heat_in_w = steady_balance.in;
  const Eigen::VectorXd outflow_w = model.outflow_w(steady.x);
  for (std::size_t o = 0; o < model.network().outlets.size(); ++o)
    result.outlets.push_back({model.network().outlets[o].name, outflow_w[static_cast<Eigen::Index>(o)]});
  result.cooling_w = pump_power_w(model);
  result.skin_limit_c = package.skin_limit_c;
  result.cells = model.cell_count();

  std::vector<double> steady_c;
  for (std::size_t block = 0; block < blocks; ++block) steady_c.push_back(model.block_mean_c(steady, static_cast<int>(block)));
  Replay played{.rows_c = {}, .peak_c = steady_c, .final_c = steady_c, .max_cell_c = model.max_cell_c(steady), .hottest = steady, .balance = {}};
  if (!options.steady_only) {
    const State start = start_state(model, package, mean_w, leakage);
    if (trace.rows.size() > kLongTrace && !options.full_model) {
      const thermal::ReducedModel reduced(model);
      result.reduced_order = reduced.order();
      played = replay(reduced, reduced.project(start), package, trace, leakage);
      played.hottest = reduced.expand(played.hottest);
    } else {
      played = replay(model, start, package, trace, leakage);
    }
    result.intervals = trace.rows.size();
    result.energy_balance_rel = std::max(result.energy_balance_rel, played.balance.relative());
  }
  result.max_cell_c = played.max_cell_c;
  note_state(model, played.hottest, result);
  for (std::size_t block = 0; block < blocks; ++block)
    result.blocks.push_back({floorplan.blocks[block].name, steady_c[block], played.peak_c[block], played.final_c[block]});

  if (!options.out_directory.empty()) {
    base::make_directories(options.out_directory);
    const std::string out = options.out_directory + "/thermal";
    base::write_file_atomically(out + ".steady", thermal::write_steady(floorplan, steady_c));
    if (!options.steady_only) base::write_file_atomically(out + ".ttrace", thermal::write_ttrace(floorplan, played.rows_c));
    base::write_file_atomically(out + ".json", to_json(result) + "\n");
    base::write_file_atomically(options.out_directory + "/temperature.svg",
                                thermal::temperature_map_svg(model, played.hottest, fmt::format("{}: hottest moment, {:.1f} °C", package.name, result.max_cell_c)));
  }
  return result;
}

std::string to_json(const ThermalResult& result) {
  nlohmann::ordered_json json;
  json["blocks"] = nlohmann::ordered_json::object();
  for (const ThermalBlockResult& block : result.blocks)
    json["blocks"][block.name] = {{"steady_C", block.steady_c}, {"peak_C", block.peak_c}, {"final_C", block.final_c}};
  json["max_cell_C"] = result.max_cell_c;
  json["energy_balance_rel"] = result.energy_balance_rel;
  json["heat_in_W"] = result.heat_in_w;
  json["leakage_W"] = result.leakage_w;
  if (result.runaway_multiplier > 0.0 && std::isfinite(result.runaway_multiplier)) json["runaway_multiplier"] = result.runaway_multiplier;
  json["cooling_W"] = result.cooling_w;
  json["pue"] = result.heat_in_w > 0.0 ? (result.heat_in_w + result.cooling_w) / result.heat_in_w : 1.0;
  if (result.has_skin) {
    json["skin_C"] = result.skin_c;
    json["skin_limit_C"] = result.skin_limit_c;
    json["skin_within_limit"] = result.skin_c <= result.skin_limit_c;
  }
  if (result.has_board) json["board_C"] = result.board_c;
  for (const ThermalResult::Outlet& outlet : result.outlets) json["outlets_W"][outlet.name] = outlet.heat_w;
  json["cells"] = result.cells;
  json["reduced_order"] = result.reduced_order;
  json["intervals"] = result.intervals;
  return json.dump(2);
}

std::string to_text(const ThermalResult& result) {
  std::string text = fmt::format("{:<20} {:>10} {:>10} {:>10}\n", "block", "steady C", "peak C", "final C");
  for (const ThermalBlockResult& block : result.blocks)
    text += fmt::format("{:<20} {:>10.3f} {:>10.3f} {:>10.3f}\n", block.name, block.steady_c, block.peak_c, block.final_c);
  text += fmt::format("hottest cell {:.3f} C, {:.4g} W in, energy balance {:.1e}, {} cells\n", result.max_cell_c, result.heat_in_w, result.energy_balance_rel, result.cells);
  if (result.runaway_multiplier > 0.0)
    text += fmt::format("leakage {:.4g} W; runaway if it grew {:.3f} times\n", result.leakage_w, result.runaway_multiplier);
  if (result.has_skin) text += fmt::format("skin {:.2f} C (limit {:.1f} C)\n", result.skin_c, result.skin_limit_c);
  if (result.has_board) text += fmt::format("board {:.2f} C\n", result.board_c);
  if (result.cooling_w > 0.0) text += fmt::format("cooling takes {:.4g} W\n", result.cooling_w);
  return text;
}

}  // namespace kiln::soc
