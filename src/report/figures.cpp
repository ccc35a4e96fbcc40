// SPDX-License-Identifier: MIT
#include "report/figures.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "base/text.h"
#include "config/value.h"

namespace kiln::report::figures {

namespace {

/// Of the device time that was watched.
double share_of_time(const Findings& f, double part) {
  return part / std::max(f.observed.time_s, 1e-30);
}

double component_j(const Findings& f, std::string_view name) {
  for (const auto& [component, joules] : f.energy.by_component_j)
    if (component == name) return joules;
  return 0;
}

/// The step's products, done and gated.
std::map<workload::Precision, double> macs_by_precision(const Findings& f) {
  std::map<workload::Precision, double> macs;
  for (const lowering::TileProgram& tile : f.prepared.step.tiles)
    for (const lowering::Task& task : tile.tasks)
      if (const std::int64_t done = task.macs + task.gated_macs; done > 0)
        macs[task.precision] += static_cast<double>(done);
  return macs;
}

/// Events of a kind in the reported step.
double counted(const Findings& f, stats::ActivityKind kind) {
  std::int64_t sum = 0;
  for (const auto& [key, by_block] : f.step.record.by_layer_and_phase)
    for (const stats::Counts& counts : by_block) sum += stats::count_of(counts, kind);
  return static_cast<double>(sum);
}

double dram_bytes(const Findings& f) {
  return static_cast<double>(f.step.record.traffic.dram_read + f.step.record.traffic.dram_write);
}

}  // namespace

double samples_per_s(const Findings& f) {
  // Off, it does nothing, however fast it was.
  if (f.observed.shut_down) return f.prepared.graph.samples() * share_of_time(f, f.observed.steps);
  return f.prepared.graph.samples() / f.step_time_s;
}

std::optional<double> tokens_per_sample(const Findings& f) {
  for (const workload::Tensor& tensor : f.prepared.graph.tensors)
    if (tensor.cls == workload::TensorClass::input && tensor.element == workload::ElementKind::index)
      return static_cast<double>(tensor.shape.elements());
  return {};
}

std::optional<double> tokens_per_s(const Findings& f) {
  const std::optional<double> tokens = tokens_per_sample(f);
  if (!tokens) return {};
  return *tokens * samples_per_s(f);
}

std::optional<double> energy_per_token_j(const Findings& f) {
  const std::optional<double> tokens = tokens_per_sample(f);
  if (!tokens) return {};
  return 1 / (*tokens * samples_per_joule(f));
}

double samples_per_joule(const Findings& f) {
  return f.prepared.graph.samples() * f.prepared.graph.useful_step_fraction / f.energy.total_j();
}

double average_power_w(const Findings& f) {
  return f.energy.chip_j / f.step_time_s;
}

double board_power_w(const Findings& f) {
  return f.energy.total_j() / f.step_time_s;
}

double achieved_tops(const Findings& f) {
  return 2.0 * static_cast<double>(f.step.record.macs) / f.step_time_s * 1e-12;
}

double peak_tops(const Findings& f, workload::Precision precision) {
  const soc::SocConfig& soc = f.experiment.soc;
  return 2 * soc.count(soc::UnitKind::npu) * soc.npu.peak_macs_per_cycle(precision) *
         f.device.table().back().frequency_hz * 1e-12;
}

double peak_tops_of_step(const Findings& f) {
  const std::map<workload::Precision, double> macs = macs_by_precision(f);
  if (macs.empty()) return peak_tops(f, f.experiment.training.precision.forward);
  if (macs.size() == 1) return peak_tops(f, macs.begin()->first);  // nothing to round
  double all = 0, least_s = 0;                                     // in units that cancel
  for (const auto& [precision, done] : macs) {
    all += done;
    least_s += done / peak_tops(f, precision);
  }
  return all / least_s;
}

std::string mac_formats(const Findings& f) {
  std::vector<std::string> names;
  for (const auto& [precision, done] : macs_by_precision(f)) names.emplace_back(config::enum_name(precision));
  if (names.empty()) names.emplace_back(config::enum_name(f.experiment.training.precision.forward));
  return base::join(names, " and ");
}

double dram_bandwidth(const Findings& f) {
  return dram_bytes(f) / f.step.record.duration_s();
}

double dram_peak_bandwidth(const Findings& f) {
  return f.prepared.target.dram_bytes_per_cycle * f.device.table().back().frequency_hz;
}

double gradient_traffic_share(const Findings& f) {
  return static_cast<double>(f.step.record.traffic.dram_gradient) / std::max(1.0, dram_bytes(f));
}

double gradient_noc_share(const Findings& f) {
  const soc::TrafficTotals& traffic = f.step.record.traffic;
  return static_cast<double>(traffic.noc_gradient) / std::max(1.0, static_cast<double>(traffic.noc_wire));
}

double throttled_share(const Findings& f) {
  return share_of_time(f, f.observed.throttled_s);
}

double refresh_raised_share(const Findings& f) {
  return share_of_time(f, f.observed.refresh_s);
}

double mean_frequency_hz(const Findings& f) {
  return share_of_time(f, f.observed.frequency_time);
}

Numbers phase_times_s(const Findings& f) {
  Numbers times;
  for (std::size_t p = 0; p < npu::kPhases; ++p)
    times.emplace_back(kPhaseNames[p], f.step.record.exclusive_s[p] * f.busy_scale);
  return times;
}

Numbers bounds(const Findings& f) {
  const soc::StepRecord& r = f.step.record;
  const double all = r.duration_s() * f.slowdown;
  double busy = 0;
  for (const double b : r.busy_s) busy += b;
  const auto stall = [&](npu::Stall s) { return r.stalled_s[static_cast<std::size_t>(s)]; };
  const double data = stall(npu::Stall::data) + stall(npu::Stall::buffer);
  const double waits = r.memory_wait_s + r.network_wait_s;
  const double memory = waits > 0 ? r.memory_wait_s / waits : 1;
  return {{"compute", busy / all},
          {"dram", data * memory / all},
          {"noc", data * (1 - memory) / all},
          {"dependency", stall(npu::Stall::dependency) / all},
          {"launch", stall(npu::Stall::launch) / all},
          {"throttled", 1 - 1 / f.slowdown}};
}

double audit_error(const Findings& f) {
  const soc::StepRecord& r = f.step.record;
  double waiting_s = 0;
  for (const npu::Stall cause : {npu::Stall::data, npu::Stall::buffer, npu::Stall::dependency})
    waiting_s += r.stalled_s[static_cast<std::size_t>(cause)];
  return waiting_s / (r.duration_s() * f.slowdown) * std::max(f.audit.dram_error, f.audit.noc_error);
}

double die_power_w(const Findings& f) {
  double joules = f.energy.chip_j;
  if (f.experiment.soc.domains.memory.supply == soc::Supply::own)
    joules -= component_j(f, stats::name(stats::Component::dram)) + f.energy.dram_standby_j;
  return joules / f.step_time_s;
}

std::optional<double> memory_energy_per_bit_j(const Findings& f) {
  const double bytes = dram_bytes(f);
  if (bytes == 0) return {};
  double joules = f.energy.dram_standby_j;
  for (const auto component : {stats::Component::dram, stats::Component::dram_io})
    joules += component_j(f, stats::name(component));
  // The chip's end is no part of the memory.
  const auto phy = stats::ActivityKind::memory_phy_byte;
  const double moved = counted(f, phy);
  joules -= moved * f.device.power().event_j(phy, f.observed.point.voltage_v) * f.energy.dynamic_scale;
  return joules / (8 * bytes);
}

Numbers area_by_kind(const Findings& f) {
  power::BlockArea sum;
  const soc::ChipPlan& plan = f.prepared.plan;
  for (std::size_t b = 0; b < plan.parts.size(); ++b) {
    if (static_cast<int>(b) == plan.memory_block || static_cast<int>(b) == plan.regulator_block) continue;
    const power::BlockArea block = soc::block_area(plan.parts[b]);
    sum.logic += block.logic;
    sum.array += block.array;
    sum.sram += block.sram;
    sum.phy += block.phy;
    sum.spare += block.spare;
  }
  return {
      {"logic", sum.logic}, {"array", sum.array}, {"sram", sum.sram}, {"phy", sum.phy}, {"spare", sum.spare}};
}

Numbers bands(const Findings& f) {
  Numbers numbers;
  for (const char* key : {"step_time_s", "samples_per_s", "energy_j", "average_power_w", "board_power_w",
                          "die_power_w", "samples_per_joule", "peak_temperature_max_c", "skin_temperature_c",
                          "die_area_m2", "work_to_accuracy", "time_to_accuracy_s", "energy_to_accuracy_j"}) {
    const auto found = f.uncertainty.intervals.find(key);
    if (found == f.uncertainty.intervals.end()) continue;
    numbers.emplace_back(std::string(key) + ".low", found->second.low);
    numbers.emplace_back(std::string(key) + ".high", found->second.high);
  }
  return numbers;
}

double clock_share(const Findings& f) {
  const double die_j = figures::die_power_w(f) * f.step_time_s - f.energy.idle_j;
  const double clock_j =
      component_j(f, stats::name(stats::Component::array_clock)) + component_j(f, "clock_tree");
  return die_j > 0 ? clock_j / die_j : 0;
}

std::optional<experiment::StepsForOne> work_to_accuracy(const Findings& f) {
  const experiment::CompressionConfig& compression = f.experiment.compression;
  if (!compression.enabled)
    return experiment::StepsForOne{};  // a step without compression is what steps are counted in
  return experiment::steps_for_one(compression.work_to_accuracy, f.prepared.compression.ratio());
}

std::string work_to_accuracy_source(const Findings& f) {
  const experiment::CompressionConfig& compression = f.experiment.compression;
  if (!compression.enabled) return "no compression";
  const experiment::WorkToAccuracyConfig& curve = compression.work_to_accuracy;
  if (curve.curve.empty()) return "none";
  return curve.task.empty() ? curve.source : fmt::format("{}: {}", curve.source, curve.task);
}

std::vector<BlockHeat> die_by_heat(const Findings& f) {
  const std::vector<double>& peaks = f.observed.peak_block_c;
  std::vector<BlockHeat> blocks;
  for (std::size_t b = 0; b < peaks.size(); ++b)
    if (static_cast<int>(b) != f.prepared.plan.memory_block &&
        static_cast<int>(b) != f.device.regulator_block())
      blocks.push_back({peaks[b], f.prepared.plan.floorplan.blocks[b].name});
  std::sort(blocks.begin(), blocks.end(), [](const BlockHeat& a, const BlockHeat& b) {
    return std::tie(a.celsius, a.block) > std::tie(b.celsius, b.block);
  });
  return blocks;
}

std::vector<std::string> notes(const Findings& f) {
  std::vector<std::string> all = f.prepared.step.notes;
  if (const std::string& reason = f.device.heat().unreduced_reason(); !reason.empty())
    all.push_back("temperatures were stepped with the full thermal model, which takes longer: " + reason);
  return all;
}

}  // namespace kiln::report::figures
