// SPDX-License-Identifier: MIT
#include "run/mapping_choice.h"

#include <algorithm>
#include <deque>
#include <limits>
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

/// Tasks of a step that takes some ten milliseconds to simulate.
constexpr std::size_t kSmallStep = 2500;

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
  a.list(choice.ways, [&](TriedWay& tried) {
    bool priced = tried.price.has_value();
    Price price = tried.price.value_or(Price{});
    a(tried.way.mapping, tried.way.cut, tried.way.tiles, tried.fits, tried.least_s, priced, price.time,
      price.energy);
    if (priced) tried.price = price;
  });
}

double static_w(const device::ChipPower& power, const sim::OperatingPoint& point) {
  const device::StaticPower statics = power.statics(point, power::PowerState::active);
  double sum = 0;
  for (std::size_t b = 0; b < power.blocks(); ++b) sum += statics.at_reference_w(b);
  return sum;
}

class Chooser {
 public:
  Chooser(const experiment::ExperimentConfig& experiment, Prepared& prepared, StepStore& steps,
          const device::Device& device, output::Cache cache, const base::Watch& watch)
      : experiment_(experiment),
        prepared_(prepared),
        steps_(steps),
        device_(device),
        top_(device.top_point()),
        cache_(std::move(cache)),
        watch_(watch) {
    for (const experiment::Way& way : prepared.ways) choice_.ways.push_back({way, true, 0, {}});
  }

  MappingChoice run() {
    if (choice_.ways.size() > 1 && !recall()) {
      try_open_ways();
      try_fewer_tiles();
      choice_.chosen = best();
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
    std::string text = experiment::step_identity(experiment_) + prepared_.beside_keys + "mapping\n";
    text += fmt::format("{} {} {} {}\n", top_.frequency_hz, top_.noc_frequency_hz, top_.voltage_v,
                        top_.refresh_rate);
    const device::ChipPower& power = device_.power();
    for (std::size_t kind = 0; kind < stats::kActivityKinds; ++kind)
      text += fmt::format("{} ", power.event_j(static_cast<stats::ActivityKind>(kind), top_.voltage_v));
    for (std::size_t b = 0; b < power.blocks(); ++b)
      text += fmt::format("{} ", power.voltage_of(b, top_.voltage_v));
    text += fmt::format("{}", static_w(power, top_));
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

  /// The quickest by their bounds first: the others are ruled out the sooner.
  void try_open_ways() {
    for (TriedWay& tried : choice_.ways) lower(tried);
    std::vector<std::size_t> order(choice_.ways.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return choice_.ways[a].least_s < choice_.ways[b].least_s;
    });
    for (const std::size_t i : order) simulate(i);
  }

  /// Fewer gradients to sum may be worth more than the work of the tiles left out. Of a small step, whose
  /// tiles are soon too many, every number is tried; of a large one, fewer as long as that is better.
  void try_fewer_tiles() {
    if (experiment_.mapping.parallel != experiment::MappingChoice::automatic || experiment_.mapping.tiles)
      return;
    const bool every_number = tasks() <= kSmallStep;
    std::vector<experiment::Way> from;
    if (every_number)
      for (const TriedWay& tried : choice_.ways) from.push_back(tried.way);
    else
      from.push_back(choice_.ways[best()].way);
    for (const experiment::Way& way : from) try_fewer_than(way, every_number);
  }

  void try_fewer_than(const experiment::Way& way, bool every_number) {
    for (const experiment::Way& cut : cuts_of(way)) {
      const auto fewer = experiment::with_fewer_tiles(cut, prepared_.graph.batch);
      if (!fewer || seen(*fewer)) continue;
      const std::size_t leading = best();
      choice_.ways.push_back({*fewer, true, 0, {}});
      lower(choice_.ways.back());
      simulate(choice_.ways.size() - 1);
      if (every_number || best() != leading) try_fewer_than(*fewer, every_number);
    }
  }

  /// Where samples divide evenly the open cuts are one way; over fewer tiles they are two.
  std::vector<experiment::Way> cuts_of(const experiment::Way& way) const {
    std::vector<experiment::Way> cuts{way};
    const bool both = experiment_.mapping.cut == experiment::CutChoice::automatic &&
                      way.mapping != lowering::Mapping::channel && prepared_.graph.batch % way.tiles == 0;
    if (both) {
      const bool rows = way.cut == lowering::SampleCut::rows;
      cuts.push_back(way);
      cuts.back().cut = rows ? lowering::SampleCut::samples : lowering::SampleCut::rows;
    }
    return cuts;
  }

  bool seen(const experiment::Way& way) const {
    return std::any_of(choice_.ways.begin(), choice_.ways.end(),
                       [&](const TriedWay& tried) { return tried.way == way; });
  }

  std::size_t tasks() const {
    std::size_t sum = 0;
    for (const lowering::TileProgram& tile : prepared_.step.tiles) sum += tile.tasks.size();
    return sum;
  }

  void lower(TriedWay& tried) {
    LoweredStep& step = lowered_.emplace_back();
    try {
      step = tried.way == prepared_.way ? prepared_.step
                                        : experiment::lower_as(experiment_, prepared_, tried.way, watch_);
      tried.least_s = least_s(step, prepared_.target, top_.frequency_hz);
    } catch (const base::ConfigError&) {
      tried.fits = false;  // one fits: that which was prepared
    }
  }

  void simulate(std::size_t i) {
    TriedWay& tried = choice_.ways[i];
    const bool cannot_win =
        experiment_.mapping.objective == Objective::time && tried.least_s > fastest_s_ * (1 + lowering::kTie);
    if (!tried.fits || cannot_win) return;
    steps_.load(tried.way, lowered_[i]);
    tried.price = price_of(steps_, device_, top_);
    fastest_s_ = std::min(fastest_s_, tried.price->time);
  }

  std::size_t best() const {
    std::vector<Price> prices;
    std::vector<std::size_t> index;
    for (std::size_t i = 0; i < choice_.ways.size(); ++i) {
      if (!choice_.ways[i].price) continue;
      prices.push_back(*choice_.ways[i].price);
      index.push_back(i);
    }
    return index[lowering::best_of(prices, experiment_.mapping.objective)];
  }

  const experiment::ExperimentConfig& experiment_;
  Prepared& prepared_;
  StepStore& steps_;
  const device::Device& device_;
  sim::OperatingPoint top_;
  output::Cache cache_;
  const base::Watch& watch_;
  std::deque<LoweredStep> lowered_;  ///< by way; the chip holds on to the one it executes
  double fastest_s_ = std::numeric_limits<double>::infinity();
  MappingChoice choice_;
};

}  // namespace

lowering::Price price_of(StepStore& steps, const device::Device& device, const sim::OperatingPoint& point) {
  const Signature& signature = steps.at(point).signature;
  return {signature.duration_s(),
          signature.energy_j() + static_w(device.power(), point) * signature.duration_s()};
}

MappingChoice choose_mapping(const experiment::ExperimentConfig& experiment, Prepared& prepared,
                             StepStore& steps, const device::Device& device, output::Cache cache,
                             const base::Watch& watch) {
  return Chooser(experiment, prepared, steps, device, std::move(cache), watch).run();
}

}  // namespace kiln::run
