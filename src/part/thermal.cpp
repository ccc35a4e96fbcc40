// SPDX-License-Identifier: MIT
#include "part/thermal.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "output/folder.h"
#include "output/json.h"
#include "thermal/cooling.h"
#include "thermal/hotspot_config.h"
#include "thermal/material_feedback.h"
#include "thermal/power_trace.h"
#include "thermal/start_temperatures.h"
#include "thermal/stepper.h"
#include "thermal/temperature_map.h"

namespace kiln::part {
namespace {

constexpr const char* kResultKind = "thermal run";

constexpr double kHottest_c = 3000;  // copper boils at 2560 degC

using Package = thermal::StandaloneConfig;
using thermal::State;
using thermal::ThermalModel;

// Longer traces go through the reduced model, which is checked against the full one when it is built.
constexpr std::size_t kLongTrace = 400;
// Leakage follows temperature in steps no longer than this.
constexpr double kLeakageInterval_s = 5e-3;

thermal::Leakage leakage_of(const Package& package, const ThermalModel& model) {
  std::vector<double> reference_w;
  for (const thermal::Block& block : model.floorplan().blocks)
    reference_w.push_back(package.leakage.density_w_m2 * package.leakage.multiplier *
                          block.rectangle().area_m2());
  return [reference_w, law = package.leakage](int block, double temperature_c) {
    return reference_w[static_cast<std::size_t>(block)] *
           std::exp(law.slope_per_k * (temperature_c - law.reference_c));
  };
}

bool leaks(const Package& package) {
  return package.leakage.density_w_m2 * package.leakage.multiplier > 0.0;
}

/// What a replay leaves behind.
struct Replay {
  std::vector<std::vector<double>> rows_c;
  std::vector<double> peak_c, final_c;
  double max_cell_c = 0.0;
  State hottest;  // a full one
  thermal::HeatBalance balance;
};

/// Plays a trace from `start`, a full state.
Replay replay(thermal::Stepper& stepper, State start, const Package& package,
              const thermal::PowerTrace& trace, const std::optional<thermal::Leakage>& leakage,
              const base::Watch& watch) {
  const auto blocks = static_cast<std::size_t>(stepper.full().block_count());
  const double interval_s = package.trace.interval_s;
  const int parts =
      leakage ? std::max(1, static_cast<int>(std::ceil(interval_s / kLeakageInterval_s - 1e-9))) : 1;
  State state = stepper.enter(std::move(start)), hottest = state;
  stepper.begin(state);
  Replay result;
  result.max_cell_c = stepper.max_cell_c(state);
  std::vector<double> means_c(blocks), power_w(blocks);
  stepper.read_block_means(state, means_c);
  result.peak_c = means_c;
  for (const std::vector<double>& row : trace.rows) {
    for (int part = 0; part < parts; ++part) {
      watch.check();
      power_w = row;
      if (leakage)
        for (std::size_t block = 0; block < blocks; ++block)
          power_w[block] +=
              (*leakage)(static_cast<int>(block), stepper.block_mean_c(state, static_cast<int>(block)));
      stepper.step(state, interval_s / parts, power_w);
    }
    stepper.read_block_means(state, means_c);
    for (std::size_t block = 0; block < blocks; ++block)
      result.peak_c[block] = std::max(result.peak_c[block], means_c[block]);
    result.rows_c.push_back(means_c);
    if (const double hottest_c = stepper.max_cell_c(state); hottest_c > result.max_cell_c) {
      result.max_cell_c = hottest_c;
      hottest = state;
    }
  }
  result.final_c = means_c;
  result.balance = stepper.balance(state);
  result.hottest = stepper.expand(hottest);
  return result;
}

void note_state(const ThermalModel& model, const State& state, ThermalResult& result) {
  result.has_skin = model.has_probe(thermal::Probe::skin);
  result.has_board = model.has_probe(thermal::Probe::board);
  if (result.has_skin) result.skin_c = model.probe_c(state, thermal::Probe::skin);
  if (result.has_board) result.board_c = model.probe_c(state, thermal::Probe::board);
}

/// One run: the model, its optional device and leakage, and what they give.
class Run {
 public:
  explicit Run(const ThermalOptions& options)
      : options_(options),
        unknowns_(options.lenient ? base::Unknowns::Reading::lenient : base::Unknowns::Reading::strict),
        loaded_(thermal::load_package(options.config_path, options.overrides, options.files, unknowns_)),
        package_(loaded_.package),
        floorplan_(checked(floorplan_of(options, loaded_, unknowns_), options)),
        trace_(thermal::read_ptrace(options.power_path, floorplan_, unknowns_)),
        mean_w_(trace_.mean_w()),
        linear_(thermal::linearise_at_steady(package_, floorplan_, package_.ambient_c, mean_w_,
                                             thermal::Device::outside, options.watch)),
        model_(*linear_) {
    if (package_.device) device_ = std::make_unique<thermal::CooledModel>(model_, *package_.device);
    stepper_ = std::make_unique<thermal::Stepper>(model_, device_.get());
    if (leaks(package_)) leakage_ = leakage_of(package_, model_);
    if (!loaded_.start_file.empty())
      start_ = thermal::StartTemperatures::read(loaded_.start_file).state_of(model_, unknowns_);
    check_outputs();
  }

  ThermalResult execute() {
    result_.notes = loaded_.notes;
    result_.skipped = unknowns_.skipped();
    note_floorplan();
    find_steady();
    Replay played{.rows_c = {},
                  .peak_c = steady_c_,
                  .final_c = steady_c_,
                  .max_cell_c = model_.max_cell_c(steady_),
                  .hottest = steady_,
                  .balance = {}};
    if (!options_.steady_only) {
      played = play();
      result_.intervals = trace_.rows.size();
      result_.energy_balance_rel = std::max(result_.energy_balance_rel, played.balance.relative());
    }
    result_.max_cell_c = played.max_cell_c;
    check_sense();
    result_.skin_limit_c = package_.skin_limit_c;
    result_.cells = model_.cell_count();
    note_state(model_, played.hottest, result_);
    for (std::size_t block = 0; block < steady_c_.size(); ++block)
      result_.blocks.push_back(
          {floorplan_.blocks[block].name, steady_c_[block], played.peak_c[block], played.final_c[block]});
    if (!options_.out_directory.empty()) write(played);
    return std::move(result_);
  }

 private:
  static thermal::Floorplan floorplan_of(const ThermalOptions& options, const thermal::LoadedPackage& loaded,
                                         base::Unknowns& unknowns) {
    if (loaded.floorplan && !options.floorplan_path.empty())
      throw base::ConfigError({options.config_path, 0, 0}, "--floorplan",
                              "the layers of the stack name their floorplans; leave --floorplan out");
    if (loaded.floorplan) return *loaded.floorplan;
    if (options.floorplan_path.empty())
      throw base::ConfigError({}, "--floorplan", "is missing; give a HotSpot floorplan (.flp)");
    if (options.floorplan_path.ends_with(".lcf"))
      throw base::ConfigError({options.floorplan_path, 0, 0}, "--floorplan",
                              "is a layer file; give it to --layers");
    return thermal::read_flp(options.floorplan_path, thermal::die_names(loaded.package), unknowns);
  }

  /// Centimetres would be read as metres without a word.
  static thermal::Floorplan checked(thermal::Floorplan plan, const ThermalOptions& options) {
    constexpr double kWafer_m = 0.3;
    for (const thermal::Block& block : plan.blocks)
      if (std::max(block.width_m, block.height_m) > kWafer_m)
        throw base::ConfigError(
            {options.floorplan_path.empty() ? options.config_path : options.floorplan_path, 0, 0}, block.name,
            fmt::format("is {:g} x {:g} m, larger than a wafer of {:g} m; give metres", block.width_m,
                        block.height_m, kWafer_m));
    return plan;
  }

  /// Finds out before the computation what would fail after it.
  void check_outputs() const {
    if (options_.out_directory.empty()) return;
    const output::Folder folder(options_.out_directory, kResultKind);
    folder.check_add({"thermal.steady", "thermal.ttrace", "thermal.json", "temperature.svg"});
    std::vector<std::string> inputs = loaded_.files;
    inputs.push_back(options_.power_path);
    if (!options_.floorplan_path.empty()) inputs.push_back(options_.floorplan_path);
    folder.check_inputs(inputs);
  }

  /// Ends the run instead of reporting numbers that cannot be right.
  void check_sense() const {
    if (!(result_.max_cell_c < kHottest_c))
      throw thermal::TooHot(
          fmt::format("the hottest cell reaches {:.4g} degC, far beyond any material here; check "
                      "the powers (W per block) and sizes (m) and what carries the heat away",
                      result_.max_cell_c));
    if (!(result_.energy_balance_rel <= thermal::HeatBalance::kTolerance))
      throw base::SimError(
          fmt::format("heat in is not stored plus out: off by {:.1e} of it; the package or the "
                      "blocks have sizes that the arithmetic cannot hold together",
                      result_.energy_balance_rel));
  }

  /// What the reader of the figures should know about the floorplan.
  void note_floorplan() {
    const std::vector<std::string> dies = thermal::die_names(package_);
    double covered_m2 = 0, unnamed = 0;
    for (const thermal::Block& block : model_.floorplan().blocks) covered_m2 += block.rectangle().area_m2();
    for (const thermal::Block& block : floorplan_.blocks) unnamed += block.body.empty() ? 1 : 0;
    if (dies.size() > 1 && unnamed > 0)
      result_.notes.push_back(fmt::format(
          "{} blocks name no die and lie in '{}'; others are called <die>.<block>", unnamed, dies.front()));
    double dies_m2 = 0;
    for (const std::string& die : dies) {
      const bool used = std::any_of(model_.floorplan().blocks.begin(), model_.floorplan().blocks.end(),
                                    [&](const thermal::Block& block) { return block.body == die; });
      if (used) dies_m2 += thermal::bounding_box(model_.floorplan(), die).area_m2();
    }
    if (covered_m2 < 0.98 * dies_m2)
      result_.notes.push_back(
          fmt::format("the blocks cover {:.1f} % of the rectangle around them; the rest of the "
                      "die has no power",
                      100 * covered_m2 / dies_m2));
  }

  void find_steady() {
    std::vector<double> power_w = mean_w_;
    result_.cooling_w = thermal::cooling_power_w(model_);
    steady_ = leakage_ ? steady_with_leakage(power_w) : stepper_->steady(power_w);
    const thermal::HeatBalance balance = stepper_->steady_balance(steady_, power_w);
    result_.energy_balance_rel = balance.relative();
    result_.heat_in_w = balance.in;
    if (device_) {
      result_.cooling_w += device_->books().electrical_w;
      result_.outlets.push_back({package_.device->body + ".device", device_->books().heat_w});
    }
    const Eigen::VectorXd outflow_w = model_.outflow_w(steady_.x);
    for (std::size_t o = 0; o < model_.network().outlets.size(); ++o)
      result_.outlets.push_back({model_.network().outlets[o].name, outflow_w[static_cast<Eigen::Index>(o)]});
    result_.coolant = thermal::coolant_streams(model_, steady_);
    for (int block = 0; block < model_.block_count(); ++block)
      steady_c_.push_back(model_.block_mean_c(steady_, block));
  }

  /// Adds the leakage to `power_w`.
  State steady_with_leakage(std::vector<double>& power_w) {
    if (!device_)
      result_.runaway_multiplier = stepper_->leakage_loop().runaway_multiplier(power_w, *leakage_);
    thermal::LeakageSteady found = stepper_->steady(power_w, *leakage_);
    for (std::size_t block = 0; block < power_w.size(); ++block)
      power_w[block] += found.leakage_w[static_cast<Eigen::Index>(block)];
    result_.leakage_w = found.leakage_w.sum();
    return std::move(found.state);
  }

  State start_state() {
    if (start_) return *start_;
    const auto start_c = package_.trace.start_c;
    if (!package_.trace.start_from_steady)
      return start_c ? model_.state_of(Eigen::VectorXd::Constant(model_.cell_count(), *start_c))
                     : model_.ambient_state();
    std::vector<double> power_w = mean_w_;
    for (double& block_w : power_w) block_w *= package_.trace.start_scale;
    return leakage_ ? stepper_->steady(power_w, *leakage_).state : stepper_->steady(power_w);
  }

  Replay play() {
    State start = start_state();
    const bool stepped = package_.solver.method == thermal::TimeMethod::backward_euler;
    if (trace_.rows.size() > kLongTrace && !options_.full_model && !stepped && !device_) try {
        stepper_->reduce();
        result_.reduced_order = stepper_->reduced()->order();
      } catch (const thermal::NotReducible& error) {
        result_.notes.push_back(fmt::format("the full model was stepped: {}", error.what()));
      }
    return replay(*stepper_, std::move(start), package_, trace_, leakage_, options_.watch);
  }

  void write(const Replay& played) const {
    output::Files files{
        {"thermal.steady", thermal::write_steady(model_, steady_)},
        {"thermal.json", to_json(result_) + "\n"},
        {"temperature.svg", thermal::temperature_map_svg(model_, played.hottest,
                                                         fmt::format("{}: hottest moment, {:.1f} °C",
                                                                     package_.name, result_.max_cell_c))}};
    if (!options_.steady_only) files["thermal.ttrace"] = thermal::write_ttrace(floorplan_, played.rows_c);
    output::Folder(options_.out_directory, kResultKind).add(files);
  }

  const ThermalOptions& options_;
  base::Unknowns unknowns_;
  thermal::LoadedPackage loaded_;
  const Package& package_;
  thermal::Floorplan floorplan_;
  thermal::PowerTrace trace_;
  std::vector<double> mean_w_;
  std::unique_ptr<ThermalModel> linear_;  // materials hold at the steady state of the mean power
  const ThermalModel& model_;
  std::unique_ptr<thermal::CooledModel> device_;
  std::unique_ptr<thermal::Stepper> stepper_;
  std::optional<thermal::Leakage> leakage_;
  std::optional<State> start_;  // that a file gives
  State steady_;
  std::vector<double> steady_c_;
  ThermalResult result_;
};

}  // namespace

ThermalResult run_thermal(const ThermalOptions& options) {
  const std::string files = options.floorplan_path.empty()
                                ? options.config_path
                                : fmt::format("{} with {}", options.config_path, options.floorplan_path);
  return base::if_it_fits({files, 0, 0}, "package", [&] { return Run(options); }).execute();
}

std::string to_json(const ThermalResult& result) {
  nlohmann::ordered_json json;
  json["blocks"] = nlohmann::ordered_json::object();
  for (const ThermalBlockResult& block : result.blocks)
    json["blocks"][block.name] = {
        {"steady_C", block.steady_c}, {"peak_C", block.peak_c}, {"final_C", block.final_c}};
  json["max_cell_C"] = result.max_cell_c;
  json["energy_balance_rel"] = result.energy_balance_rel;
  json["heat_in_W"] = result.heat_in_w;
  json["leakage_W"] = result.leakage_w;
  if (result.runaway_multiplier > 0.0 && std::isfinite(result.runaway_multiplier))
    json["runaway_multiplier"] = result.runaway_multiplier;
  json["cooling_W"] = result.cooling_w;
  json["pue"] = result.heat_in_w > 0.0 ? (result.heat_in_w + result.cooling_w) / result.heat_in_w : 1.0;
  if (result.has_skin) {
    json["skin_C"] = result.skin_c;
    json["skin_limit_C"] = result.skin_limit_c;
    json["skin_within_limit"] = result.skin_c <= result.skin_limit_c;
  }
  if (result.has_board) json["board_C"] = result.board_c;
  for (const ThermalResult::Outlet& outlet : result.outlets) json["outlets_W"][outlet.name] = outlet.heat_w;
  for (const thermal::CoolantStream& stream : result.coolant)
    json["coolant"][stream.layer] = {{"inlet_C", stream.inlet_c},     {"outlet_C", stream.outlet_c},
                                     {"flow_m3_s", stream.flow_m3_s}, {"pressure_Pa", stream.pressure_pa},
                                     {"reynolds", stream.reynolds},   {"pump_W", stream.pump_w}};
  json["cells"] = result.cells;
  json["reduced_order"] = result.reduced_order;
  json["intervals"] = result.intervals;
  if (!result.notes.empty()) json["notes"] = result.notes;
  if (!result.skipped.empty()) json["skipped"] = result.skipped;
  return output::json_text(json, 2);
}

std::string to_text(const ThermalResult& result) {
  std::string text = fmt::format("{:<20} {:>10} {:>10} {:>10}\n", "block", "steady C", "peak C", "final C");
  for (const ThermalBlockResult& block : result.blocks)
    text += fmt::format("{:<20} {:>10.3f} {:>10.3f} {:>10.3f}\n", block.name, block.steady_c, block.peak_c,
                        block.final_c);
  text += fmt::format("hottest cell {:.3f} C, {:.4g} W in, energy balance {:.1e}, {} cells\n",
                      result.max_cell_c, result.heat_in_w, result.energy_balance_rel, result.cells);
  if (result.runaway_multiplier > 0.0)
    text += fmt::format("leakage {:.4g} W; runaway if it grew {:.3f} times\n", result.leakage_w,
                        result.runaway_multiplier);
  if (result.has_skin)
    text += fmt::format("skin {:.2f} C (limit {:.1f} C)\n", result.skin_c, result.skin_limit_c);
  if (result.has_board) text += fmt::format("board {:.2f} C\n", result.board_c);
  if (result.cooling_w > 0.0) text += fmt::format("cooling takes {:.4g} W\n", result.cooling_w);
  for (const std::string& note : result.notes) text += "note: " + note + "\n";
  for (const std::string& skipped : result.skipped) text += "skipped: " + skipped + "\n";
  return text;
}

}  // namespace kiln::part
