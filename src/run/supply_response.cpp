// SPDX-License-Identifier: MIT
#include "run/supply_response.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "npu/task_activity.h"
#include "power/late_paths.h"

namespace kiln::run {

namespace {

constexpr double kBefore_s = 10e-9;  // an idle chip, before it starts

std::size_t first_tile(const device::ChipPower& power) {
  std::size_t block = 0;
  while (power.type(block) != power::BlockType::npu) ++block;
  return block;
}

double core_static_w(const device::ChipPower& power, const sim::OperatingPoint& point) {
  const device::StaticPower statics = power.statics(point, power::PowerState::active);
  double watts = 0;
  for (std::size_t b = 0; b < power.blocks(); ++b)
    if (power.is_core(b)) watts += statics.at_reference_w(b);
  return watts;
}

double core_dynamic_j(const soc::StepRecord& record, const device::ChipPower& power, double voltage_v) {
  double joules = 0;
  for (const auto& entry : record.by_layer_and_phase)
    for (std::size_t b = 0; b < entry.second.size(); ++b)
      if (power.is_core(b)) joules += power.dynamic_j(b, entry.second[b], voltage_v);
  return joules;
}

}  // namespace

sim::OperatingPoint stretched(sim::OperatingPoint point, double lost_share) {
  point.frequency_hz *= 1 - lost_share;
  point.noc_frequency_hz *= 1 - lost_share;
  return point;
}

std::vector<pdn::LoadChange> core_load(const soc::SocConfig& soc, const lowering::LoweredStep& step,
                                       const soc::StepRecord& record, const device::ChipPower& power,
                                       const sim::OperatingPoint& point) {
  const npu::RegisterBits register_bits = soc.npu.register_bits();
  const std::size_t tile_block = first_tile(power);
  std::vector<pdn::LoadChange> load;  // in W until its sums are known; work in MACs
  double tasks_j = 0;
  KILN_CHECK(record.task_spans.size() == step.tiles.size(), "spans of {} tiles instead of {}",
             record.task_spans.size(), step.tiles.size());
  for (std::size_t tile = 0; tile < step.tiles.size(); ++tile) {
    const std::vector<lowering::Task>& tasks = step.tiles[tile].tasks;
    const std::vector<npu::TaskSpan>& spans = record.task_spans[tile];
    KILN_CHECK(spans.size() == tasks.size(), "spans of {} tasks instead of {}", spans.size(), tasks.size());
    for (std::size_t t = 0; t < tasks.size(); ++t) {
      if (spans[t].end <= spans[t].begin) continue;
      const double joules =
          power.dynamic_j(tile_block, npu::activity_of(tasks[t], register_bits), point.voltage_v);
      const double time_s = base::to_seconds(spans[t].end - spans[t].begin);
      const double watts = joules / time_s, macs_per_s = static_cast<double>(tasks[t].macs) / time_s;
      load.push_back({base::to_seconds(spans[t].begin), watts, macs_per_s});
      load.push_back({base::to_seconds(spans[t].end), -watts, -macs_per_s});
      tasks_j += joules;
    }
  }
  const double others_w =
      std::max(0.0, core_dynamic_j(record, power, point.voltage_v) - tasks_j) / record.duration_s();
  load = pdn::summed(std::move(load), {0, core_static_w(power, point) + others_w});
  for (pdn::LoadChange& change : load) {
    change.current_a /= point.voltage_v;
    change.work_per_s = std::max(change.work_per_s, 0.0);
  }
  return load;
}

std::vector<pdn::LoadChange> heaviest_load(const soc::SocConfig& soc, const lowering::LoweredStep& step,
                                           const device::ChipPower& power, const sim::OperatingPoint& point) {
  const npu::RegisterBits register_bits = soc.npu.register_bits();
  const std::size_t tile_block = first_tile(power);
  double current_a = core_static_w(power, point) / point.voltage_v;
  std::vector<pdn::LoadChange> load{{0, current_a}};
  for (std::size_t tile = 0; tile < step.tiles.size(); ++tile) {
    double most_w = 0;
    for (const lowering::Task& task : step.tiles[tile].tasks)
      if (const std::int64_t cycles = task.compute_cycles(); cycles > 0)
        most_w = std::max(
            most_w, power.dynamic_j(tile_block, npu::activity_of(task, register_bits), point.voltage_v) *
                        point.frequency_hz / static_cast<double>(cycles));
    current_a += most_w / point.voltage_v;
    const double turn_s = static_cast<double>(tile) * soc.start_stagger_s;
    if (tile == 0 || turn_s > load.back().time_s) load.push_back({kBefore_s + turn_s, 0});
    load.back().current_a = current_a;
  }
  return load;
}

SupplyResponse rail_response(const soc::SocConfig& soc, const std::vector<pdn::LoadChange>& load,
                             double end_s, double voltage_v) {
  pdn::RailConfig config = *soc.rail;
  config.voltage_v = voltage_v;
  const pdn::Rail rail(config);
  const double needed_v = voltage_v * (1 - config.noise_limit);
  const pdn::Harm harm{[&](double at_v) { return power::late_share(soc.tech, needed_v, at_v); }, needed_v};
  SupplyResponse response{pdn::largest_rise_a(load), pdn::ride_through(rail, load, end_s, harm), {}};
  if (soc.adaptive_clock)
    response.stretched = pdn::ride_through(rail, *soc.adaptive_clock, load, end_s, harm);
  return response;
}

std::optional<SupplyResponse> supply_response(const soc::SocConfig& soc, const lowering::LoweredStep& step,
                                              const soc::StepRecord& record, const device::ChipPower& power,
                                              const sim::OperatingPoint& point) {
  if (!soc.rail) return {};
  return rail_response(soc, core_load(soc, step, record, power, point), record.duration_s(), point.voltage_v);
}

}  // namespace kiln::run
