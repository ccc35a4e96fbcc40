// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "report/findings.h"

namespace kiln::report {

using stats::Component;

namespace {

/// Each phase's share of a count. Counts without a phase are left out, so they follow the same shares.
template <class Count>
std::vector<double> shares(const std::map<stats::WorkKey, soc::WorkRecord>& work, Count count) {
  std::vector<std::int64_t> counted(npu::kPhases, 0);
  for (const auto& [key, record] : work)
    if (key.second >= 0) counted[static_cast<std::size_t>(key.second)] += count(record);
  const auto sum = static_cast<double>(std::accumulate(counted.begin(), counted.end(), std::int64_t{0}));
  std::vector<double> share;
  for (const std::int64_t c : counted)
    share.push_back(sum > 0 ? static_cast<double>(c) / sum : 1.0 / static_cast<double>(npu::kPhases));
  return share;
}

/// Dynamic energy as counted, at the voltages of the reported operating point.
struct Counted {
  std::array<double, stats::kComponents> component_j{};
  std::array<bool, stats::kComponents> seen{};
  std::vector<double> phase_j = std::vector<double>(npu::kPhases, 0.0);
  double network_j = 0, memory_j = 0, unphased_j = 0;

  void add(const stats::Activity& activity, int phase, double joules) {
    const auto component = static_cast<std::size_t>(activity.component);
    component_j[component] += joules;
    seen[component] = true;
    if (activity.component == Component::noc)
      network_j += joules;
    else if (activity.component == Component::dram || activity.component == Component::dram_io)
      memory_j += joules;
    else if (phase >= 0)
      phase_j[static_cast<std::size_t>(phase)] += joules;
    else
      unphased_j += joules;
  }
  double sum_j() const { return std::accumulate(component_j.begin(), component_j.end(), 0.0); }
};

Counted count(const soc::StepRecord& record, const device::ChipPower& power, double core_v) {
  Counted counted;
  for (const auto& [key, blocks] : record.by_layer_and_phase) {
    for (std::size_t b = 0; b < blocks.size(); ++b) {
      const double voltage = power.voltage_of(b, core_v);
      for (const stats::Activity& activity : stats::activities()) {
        const std::int64_t events = blocks[b][static_cast<std::size_t>(activity.kind)];
        if (events == 0) continue;
        counted.add(activity, key.second,
                    static_cast<double>(events) * power.event_j(activity.kind, voltage));
      }
    }
  }
  return counted;
}

/// The reported step stands for steps at several operating points, which took longer or shorter.
double busy_scale(const run::Observed& observed, double reported_s) {
  if (observed.steps <= 0) return 1;
  const double scale = observed.busy_s / observed.steps / reported_s;
  return std::abs(scale - 1) < 1e-9 ? 1 : scale;
}

/// A mean power of the chip with each rail's part as observed.
device::RailLoad mean_load(const run::Observed& observed, double chip_w) {
  const double seen_j = observed.dynamic_j + observed.static_j;
  const double of_chip = seen_j > 0 ? chip_w / seen_j : 0;
  return {.chip_w = chip_w,
          .core_w = observed.core_j * of_chip,
          .memory_w = observed.memory_j * of_chip,
          .core_v = observed.point.voltage_v};
}

}  // namespace

Findings findings_of(const experiment::ExperimentConfig& experiment, const experiment::Prepared& prepared,
                     const run::MappingChoice& mapping, const run::Observed& observed, run::StepStore& steps,
                     const device::Device& device) {
  const run::SimulatedStep& step = steps.at(observed.point);
  const double busy_s = step.signature.duration_s();
  Findings findings{experiment, prepared, observed, step, device, mapping, {}, {}, {}, {}};
  findings.step_time_s = observed.steps > 0 ? observed.time_s / observed.steps : busy_s;
  const bool back_to_back = steps.rate_interval_s() == 0 && !observed.shut_down;
  const double top_s = steps.at(device.top_point()).signature.duration_s();
  findings.slowdown = std::max(1.0, (back_to_back ? findings.step_time_s : busy_s) / top_s);
  findings.busy_scale = busy_scale(observed, busy_s);
  findings.energy = split_energy(observed, step, device, findings.step_time_s);
  return findings;
}

EnergySplit split_energy(const run::Observed& observed, const run::SimulatedStep& step,
                         const device::Device& device, double step_time_s) {
  const device::ChipPower& power = device.power();
  const sim::OperatingPoint& point = observed.point;
  const Counted counted = count(step.record, power, point.voltage_v);
  const std::vector<double> network = shares(step.record.work, [](const auto&w) { return w.flit_hops; }),
                            memory = shares(step.record.work, [](const auto&w) {
                              return w.dram_read_bytes + w.dram_write_bytes;
                            });
  const double busy = std::accumulate(step.record.exclusive_s.begin(), step.record.exclusive_s.end(), 0.0);

  // Static power at the observed temperatures, while a step runs.
  double leakage_j = 0, clock_j = 0, uncore_j = 0, standby_j = 0;
  const device::Device::StaticWatts watts = device.static_w(point);
  for (std::size_t b = 0; b < power.blocks(); ++b) {
    (power.type(b) == power::BlockType::dram_die ? standby_j : leakage_j) += watts.leakage[b] * step_time_s;
    clock_j += watts.clock[b] * step_time_s;
    uncore_j += watts.uncore[b] * step_time_s;
  }
  // The observed mean covers other temperatures and moves between operating points; the split is scaled to
  // it.
  const double all_j = leakage_j + clock_j + uncore_j + standby_j;
  const double static_seen_j = observed.steps > 0 ? observed.static_j / observed.steps : all_j;
  const double idle_j = observed.steps > 0 ? observed.idle_j / observed.steps : 0;
  const double running_j = static_seen_j - idle_j;
  const double scale = all_j > 0 ? running_j / all_j : 1;
  const double dynamic_j = counted.sum_j();
  const double dynamic_seen_j = observed.steps > 0 ? observed.dynamic_j / observed.steps : dynamic_j;

  EnergySplit split;
  split.dynamic_scale = dynamic_j > 0 ? dynamic_seen_j / dynamic_j : 1;
  for (std::size_t c = 0; c < stats::kComponents; ++c)
    if (counted.seen[c])
      split.by_component_j.emplace_back(stats::name(static_cast<Component>(c)),
                                        counted.component_j[c] * split.dynamic_scale);
  split.clock_tree_j = clock_j * scale;
  split.uncore_j = uncore_j * scale;
  split.idle_j = idle_j;
  split.leakage_j = leakage_j * scale;
  split.dram_standby_j = standby_j * scale;
  split.by_component_j.emplace_back("clock_tree", split.clock_tree_j);
  split.by_component_j.emplace_back("uncore", split.uncore_j);
  split.by_component_j.emplace_back("leakage", split.leakage_j);
  split.by_component_j.emplace_back("dram_standby", split.dram_standby_j);
  if (idle_j != 0) split.by_component_j.emplace_back("idle", idle_j);
  for (std::size_t p = 0; p < npu::kPhases; ++p) {
    const double time_share = busy > 0 ? step.record.exclusive_s[p] / busy : 0;
    const double dynamic = counted.phase_j[p] + counted.network_j * network[p] +
                           counted.memory_j * memory[p] + counted.unphased_j * time_share;
    split.by_phase_j.emplace_back(kPhaseNames[p], dynamic * split.dynamic_scale + running_j * time_share);
  }
  split.chip_j = dynamic_seen_j + static_seen_j;
  split.rails = mean_load(observed, split.chip_j / step_time_s);
  split.board_j = device.supply().input_w(split.rails) * step_time_s - split.chip_j;
  split.by_component_j.emplace_back("board", split.board_j);
  split.cooling_j = observed.cooling_w() * step_time_s;
  if (split.cooling_j != 0) split.by_component_j.emplace_back("cooling", split.cooling_j);
  return split;
}

}  // namespace kiln::report
