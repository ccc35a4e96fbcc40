// SPDX-License-Identifier: MIT
#include "train/failing_cells.h"

#include <algorithm>
#include <cmath>

#include "dram/energy.h"
#include "dram/retention.h"
#include "sram/reliability.h"

namespace kiln::train {

namespace {

constexpr double kCrossings = 2;  // written once and read once at least

constexpr double kNoCell = 1e-9;     // fewer than one among the bits of such memories
constexpr double kNoChance = 1e-12;  // less than one among the bits of a training

/// On a grid of so many values a decade: trainings whose devices are nearly alike are one.
double on_grid(double share, int per_decade, double none = kNoCell) {
  if (share < none) return 0;
  return std::min(0.5, std::pow(10.0, std::round(per_decade * std::log10(share)) / per_decade));
}

double failing_sram(const soc::GradientSramConfig& buffer, const DeviceEpoch& epoch) {
  const double voltage_v = std::max(epoch.voltage_v, buffer.minimum_voltage_v);
  const sram::BitErrorRates rates =
      sram::bit_error_rates(buffer.sram.reliability, voltage_v, epoch.hottest_c);
  return on_grid(rates.hold + rates.access, 10);
}

/// A hundred values a decade: about a tenth of a degree each.
double failing_dram(const dram::DramConfig& memory, const DeviceEpoch& epoch, bool restored_by_access) {
  double held_s = epoch.refresh_interval_s;
  if (restored_by_access && epoch.steps > 0) held_s = std::min(held_s, epoch.time_s / epoch.steps);
  return on_grid(dram::bit_error_rate(memory.retention, held_s, epoch.retention_c), 100);
}

}  // namespace

learning::FailingCells failing_cells(const experiment::ExperimentConfig& experiment, const DeviceEpoch& epoch,
                                     double computed_bits) {
  const std::optional<learning::FaultsConfig>& faults = experiment.learning->faults;
  if (!faults) return {};
  if (faults->bit_error_rate) return {*faults->bit_error_rate, *faults->bit_error_rate};
  return {failing_sram(experiment.soc.gradient_sram, epoch),
          failing_dram(experiment.soc.memory.dram, epoch, faults->restored_by_access),
          on_grid(epoch.late_macs / computed_bits, 10, kNoChance),
          on_grid(kCrossings * epoch.wrong_moved, 10, kNoChance)};
}

double computed_bits(const workload::StepGraph& graph) {
  double bits = 0;
  for (const workload::Op& op : graph.ops)
    for (const workload::TensorId id : op.writes) {
      const workload::Tensor& tensor = graph.tensors[static_cast<std::size_t>(id)];
      bits += static_cast<double>(tensor.elements()) * tensor.bits_per_element;
    }
  return bits;
}

learning::WordCode word_code(const dram::EccConfig& ecc) {
  using learning::Correction;
  switch (ecc.kind) {
    case dram::EccKind::none:
      return {};
    case dram::EccKind::on_die:
      return {Correction::single, ecc.data_bits, ecc.check_bits};
    case dram::EccKind::side_band:
    case dram::EccKind::inline_code:
      return {Correction::single_and_detect, ecc.data_bits, ecc.check_bits};
  }
  return {};
}

CopyCost checkpoint_copy(const dram::DramConfig& memory, double bytes) {
  const dram::OrganisationConfig& organisation = memory.organisation;
  const double accesses = std::ceil(bytes / organisation.access_bytes);
  dram::CommandCounts counts;
  counts.reads = counts.writes = static_cast<std::uint64_t>(accesses);
  counts.bytes_read = counts.bytes_written =
      counts.reads * static_cast<std::uint64_t>(organisation.access_bytes);
  counts.activates = counts.precharges =
      2 * static_cast<std::uint64_t>(std::ceil(accesses / organisation.columns));
  const double moved = 2 * accesses * organisation.access_bytes;  // read here, written there
  const double peak = organisation.channels * dram::peak_bytes_per_second(memory, memory.clock_hz);
  const dram::EnergyPj commands = dram::energy(memory, counts, 0);
  return {moved / peak, 1e-12 * commands.total() + 8 * moved * memory.phy.energy_j_per_bit};
}

}  // namespace kiln::train
