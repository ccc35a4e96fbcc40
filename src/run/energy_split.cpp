// SPDX-License-Identifier: MIT
#include <map>
#include <numeric>

#include "run/results.h"

namespace kiln::run {

using stats::ActivityKind;

namespace {

bool is_network(ActivityKind kind) {
  return stats::about(kind).component == stats::Component::noc;
}
bool is_memory(ActivityKind kind) {
  const stats::Component component = stats::about(kind).component;
  return component == stats::Component::dram || component == stats::Component::dram_io;
}

/// Shares by phase of something counted by phase; uncounted (-1) follows the counted.
std::vector<double> shares(const std::map<int, std::int64_t>& by_phase) {
  std::vector<double> share(npu::kPhases, 0.0);
  double sum = 0;
  for (const auto& [phase, count] : by_phase)
    if (phase >= 0) {
      share[static_cast<std::size_t>(phase)] += static_cast<double>(count);
      sum += static_cast<double>(count);
    }
  for (double& s : share) s = sum > 0 ? s / sum : 1.0 / static_cast<double>(npu::kPhases);
  return share;
}

}  // namespace

EnergySplit split_energy(const Observed& observed, const SimulatedStep& step, const Device& device,
                         double step_time_s) {
  const ChipPower& power = device.power();
  const sim::OperatingPoint& point = observed.point;
  std::map<std::string, double> component;
  std::vector<double> phase(npu::kPhases, 0.0);
  double network_j = 0, memory_j = 0, unphased_j = 0;
  for (const auto& [work, blocks] : step.record.by_layer_and_phase) {
    for (std::size_t b = 0; b < blocks.size(); ++b) {
      const double voltage = power.voltage_of(b, point.voltage_v);
      for (std::size_t k = 0; k < stats::kActivityKinds; ++k) {
        if (blocks[b][k] == 0) continue;
        const auto kind = static_cast<ActivityKind>(k);
        const double joules = static_cast<double>(blocks[b][k]) * power.event_j(kind, voltage);
        component[stats::name(stats::about(kind).component)] += joules;
        if (is_network(kind))
          network_j += joules;
        else if (is_memory(kind))
          memory_j += joules;
        else if (work.second >= 0)
          phase[static_cast<std::size_t>(work.second)] += joules;
        else
          unphased_j += joules;
      }
    }
  }
  const std::vector<double> network = shares(step.record.flit_hops_by_phase),
                            memory = shares(step.record.dram_bytes_by_phase);
  const double busy = std::accumulate(step.record.exclusive_s.begin(), step.record.exclusive_s.end(), 0.0);

  // Static power at the observed temperatures, over the whole interval between steps.
  double leakage_j = 0, clock_j = 0, standby_j = 0;
  const auto [clock_w, leakage_w] = device.static_w(point);
  for (std::size_t b = 0; b < power.blocks(); ++b) {
    (power.type(b) == power::BlockType::dram_die ? standby_j : leakage_j) += leakage_w[b] * step_time_s;
    clock_j += clock_w[b] * step_time_s;
  }
  // The observed mean covers idle gating and moves between operating points; the split above is scaled to it.
  const double static_seen_j =
      observed.steps > 0 ? observed.static_j / observed.steps : leakage_j + clock_j + standby_j;
  const double scale =
      leakage_j + clock_j + standby_j > 0 ? static_seen_j / (leakage_j + clock_j + standby_j) : 1;
  double dynamic_j = 0;
  for (const auto& [name, joules] : component) dynamic_j += joules;
  const double dynamic_seen_j = observed.steps > 0 ? observed.dynamic_j / observed.steps : dynamic_j;
  const double dynamic_scale = dynamic_j > 0 ? dynamic_seen_j / dynamic_j : 1;

  EnergySplit split;
  for (auto& [name, joules] : component) split.by_component_j.emplace_back(name, joules * dynamic_scale);
  split.by_component_j.emplace_back("clock_tree", clock_j * scale);
  split.by_component_j.emplace_back("leakage", leakage_j * scale);
  split.by_component_j.emplace_back("dram_standby", standby_j * scale);
  for (std::size_t p = 0; p < npu::kPhases; ++p) {
    const double time_share = busy > 0 ? step.record.exclusive_s[p] / busy : 0;
    const double dynamic = phase[p] + network_j * network[p] + memory_j * memory[p] + unphased_j * time_share;
    split.by_phase_j.emplace_back(kPhaseNames[p], dynamic * dynamic_scale + static_seen_j * time_share);
  }
  split.chip_j = dynamic_seen_j + static_seen_j;
  split.board_j = device.board_input_w(split.chip_j / step_time_s) * step_time_s - split.chip_j;
  split.by_component_j.emplace_back("board", split.board_j);
  split.cooling_j = observed.cooling_w() * step_time_s;
  if (split.cooling_j > 0) split.by_component_j.emplace_back("cooling", split.cooling_j);
  return split;
}

}  // namespace kiln::run
