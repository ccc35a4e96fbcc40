// SPDX-License-Identifier: MIT
#include "run/mapping_choice.h"

#include <algorithm>
#include <numeric>

#include "base/archive.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/version.h"
#include "experiment/identity.h"

namespace kiln::run {

namespace {

using experiment::Prepared;
using lowering::LoweredStep;
using lowering::Objective;
using lowering::Price;

/// A bound: the fullest tile computes without a wait, memory is never idle, and so is a tile's link.
double least_s(const LoweredStep& step, const lowering::Target& target, double hz) {
  double cycles = 0;
  for (const lowering::TileProgram& tile : step.tiles) {
    double computing = 0;
    for (const lowering::Task& task : tile.tasks) computing += static_cast<double>(task.compute_cycles());
    cycles = std::max(cycles, computing);
  }
  const auto bytes =
      static_cast<double>(step.bytes(lowering::Home::dram, false) + step.bytes(lowering::Home::dram, true));
  return std::max(cycles, bytes / target.dram_bytes_per_cycle) / hz;
}

template <class Archive>
void archive(Archive& a, MappingChoice& choice) {
  a(choice.chosen);
  for (TriedWay& tried : choice.ways) {
    bool priced = tried.price.has_value();
    Price price = tried.price.value_or(Price{});
    a(tried.fits, tried.least_s, priced, price.time, price.energy);
    if (priced) tried.price = price;
  }
}

class Chooser {
 public:
  Chooser(const experiment::ExperimentConfig& experiment, Prepared& prepared, StepStore& steps,
          const device::Device& device, output::Cache cache, const base::Watch& watch)
      : experiment_(experiment),
        prepared_(prepared),
        steps_(steps),
        power_(device.power()),
        top_(device.top_point()),
        statics_(power_.statics(top_, power::PowerState::active)),
        cache_(std::move(cache)),
        watch_(watch) {
    for (const experiment::Way& way : prepared.ways) choice_.ways.push_back({way, true, 0, {}});
  }

  MappingChoice run() {
    if (choice_.ways.size() > 1 && !recall()) {
      lower_all();
      simulate();
      choose();
      if (cache_.keeps()) cache_.store(key(), bytes());
    }
    const experiment::Way& best = choice_.ways[choice_.chosen].way;
    if (!(best == prepared_.way)) {
      prepared_.step = lowered_.empty() ? experiment::lower_as(experiment_, prepared_, best, watch_)
                                        : std::move(lowered_[choice_.chosen]);
      prepared_.way = best;
    }
    steps_.load(best, prepared_.step);
    steps_.keep_this_way();
    return std::move(choice_);
  }

 private:
  /// All that the choice depends on: the steps, and what their events and their time cost.
  std::string key() {
    std::string text = experiment::step_identity(experiment_) + "mapping\n";
    text += fmt::format("{} {} {} {}\n", top_.frequency_hz, top_.noc_frequency_hz, top_.voltage_v,
                        top_.refresh_rate);
    for (std::size_t kind = 0; kind < stats::kActivityKinds; ++kind)
      text += fmt::format("{} ", power_.event_j(static_cast<stats::ActivityKind>(kind), top_.voltage_v));
    for (std::size_t b = 0; b < power_.blocks(); ++b)
      text += fmt::format("{} {} ", power_.voltage_of(b, top_.voltage_v), static_w(b));
    return base::content_hash(text);
  }

  std::string bytes() {
    base::ArchiveWriter a;
    archive(a, choice_);
    return a.bytes();
  }

  bool recall() {
    if (!cache_.keeps() || base::program_hash().empty()) return false;
    const std::optional<std::string> bytes = cache_.find(key());
    if (!bytes) return false;
    base::ArchiveReader a(*bytes);
    archive(a, choice_);
    a.end();
    return true;
  }

  void lower_all() {
    lowered_.resize(choice_.ways.size());
    for (std::size_t i = 0; i < choice_.ways.size(); ++i) {
      TriedWay& tried = choice_.ways[i];
      try {
        lowered_[i] = tried.way == prepared_.way
                          ? prepared_.step
                          : experiment::lower_as(experiment_, prepared_, tried.way, watch_);
        tried.least_s = least_s(lowered_[i], prepared_.target, top_.frequency_hz);
      } catch (const base::ConfigError&) {
        tried.fits = false;  // one fits: that which was prepared
      }
    }
  }

  void simulate() {
    std::vector<std::size_t> order(choice_.ways.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return choice_.ways[a].least_s < choice_.ways[b].least_s;
    });
    double fastest_s = std::numeric_limits<double>::infinity();
    for (const std::size_t i : order) {
      TriedWay& tried = choice_.ways[i];
      if (!tried.fits) continue;
      const bool cannot_win = experiment_.mapping.objective == Objective::time &&
                              tried.least_s > fastest_s * (1 + lowering::kTie);
      if (cannot_win) continue;
      steps_.load(tried.way, lowered_[i]);
      const Signature& signature = steps_.at(top_).signature;
      tried.price = {signature.duration_s(), signature.energy_j() + static_w() * signature.duration_s()};
      fastest_s = std::min(fastest_s, tried.price->time);
    }
  }

  void choose() {
    std::vector<Price> prices;
    std::vector<std::size_t> index;
    for (std::size_t i = 0; i < choice_.ways.size(); ++i) {
      if (!choice_.ways[i].price) continue;
      prices.push_back(*choice_.ways[i].price);
      index.push_back(i);
    }
    choice_.chosen = index[lowering::best_of(prices, experiment_.mapping.objective)];
  }

  double static_w(std::size_t block) const {
    const power::LeakageLaw& law = statics_.leakage[block].law();
    return statics_.clock_w[block] + law.power_w(law.reference_c);
  }
  double static_w() const {
    double sum = 0;
    for (std::size_t b = 0; b < power_.blocks(); ++b) sum += static_w(b);
    return sum;
  }

  const experiment::ExperimentConfig& experiment_;
  Prepared& prepared_;
  StepStore& steps_;
  const device::ChipPower& power_;
  sim::OperatingPoint top_;
  device::StaticPower statics_;
  output::Cache cache_;
  const base::Watch& watch_;
  std::vector<LoweredStep> lowered_;
  MappingChoice choice_;
};

}  // namespace

MappingChoice choose_mapping(const experiment::ExperimentConfig& experiment, Prepared& prepared,
                             StepStore& steps, const device::Device& device, output::Cache cache,
                             const base::Watch& watch) {
  return Chooser(experiment, prepared, steps, device, std::move(cache), watch).run();
}

}  // namespace kiln::run
