// SPDX-License-Identifier: MIT
#include "report/bit_errors.h"

#include <algorithm>
#include <array>

#include "dram/retention.h"
#include "report/supply.h"
#include "sram/reliability.h"

namespace kiln::report {

namespace {

using lowering::Home;
using workload::TensorClass;

enum Region : std::size_t { kInput, kWeights, kActivations, kGradients, kOptimizer, kCodec, kRegions };
constexpr const char* kRegionNames[] = {"input",     "weights",         "activations",
                                        "gradients", "optimizer_state", "codec_state"};
using BitsRead = std::array<double, kRegions>;

Region region_of(const lowering::Transfer& transfer) {
  if (transfer.codec_state) return kCodec;
  switch (transfer.cls) {
    case TensorClass::input:
      return kInput;
    case TensorClass::weight:
      return kWeights;
    case TensorClass::activation:
    case TensorClass::saved:
    case TensorClass::error:
    case TensorClass::statistics:
      return kActivations;
    case TensorClass::weight_gradient:
      return kGradients;
    case TensorClass::optimizer_state:
    case TensorClass::master_weight:
      return kOptimizer;
  }
  return kActivations;
}

BitsRead bits_read(const lowering::LoweredStep& step, Home home) {
  BitsRead bits{};
  for (const lowering::TileProgram& tile : step.tiles)
    for (const lowering::Transfer& load : tile.loads)
      if (load.home == home) bits[region_of(load)] += 8.0 * static_cast<double>(load.bytes);
  return bits;
}

double sum(const BitsRead& bits) {
  double all = 0;
  for (const double b : bits) all += b;
  return all;
}

/// Means over the observed time, from the rows of the time series: of merged rows the highest temperature
/// counts. Data is taken to be held for a whole refresh interval.
struct MemoryRates {
  double interval_s = 0;  ///< between two refreshes of a row
  double raw = 0, residual = 0;
};

MemoryRates memory_rates(const Findings& f) {
  const dram::DramConfig& memory = f.experiment.soc.memory.dram;
  MemoryRates mean;
  double time_s = 0;
  for (const device::PeriodRecord& row : f.observed.series.rows()) {
    const double interval_s = dram::refresh_interval_s(memory, row.refresh_rate);
    const double raw = dram::bit_error_rate(memory.retention, interval_s, row.memory_c);
    mean.interval_s += interval_s * row.dt_s;
    mean.raw += raw * row.dt_s;
    mean.residual += dram::residual_bit_error_rate(memory.ecc, raw) * row.dt_s;
    time_s += row.dt_s;
  }
  if (time_s == 0) return mean;
  return {mean.interval_s / time_s, mean.raw / time_s, mean.residual / time_s};
}

struct Buffer {
  std::string name;
  double voltage_v = 0, temperature_c = 0;
  sram::BitErrorRates rates = {};
  sram::BufferErrors errors = {};  ///< of the bits a step reads, which are held for a step
};

std::vector<Buffer> buffers(const Findings& f) {
  const soc::SocConfig& soc = f.experiment.soc;
  const auto units = static_cast<std::uint64_t>(std::max(soc.count(soc::UnitKind::gradient_sram), 1));
  const double bits = sum(bits_read(f.prepared.step, Home::gradient_sram));
  const auto read = static_cast<std::uint64_t>(bits / 8) / units;
  std::vector<Buffer> found;
  for (std::size_t i = 0; i < soc.units.size(); ++i) {
    if (soc.units[i].kind != soc::UnitKind::gradient_sram) continue;
    const auto block = static_cast<std::size_t>(f.prepared.plan.unit_block[i]);
    Buffer buffer{.name = soc.units[i].name,
                  .voltage_v = f.device.power().voltage_of(block, f.observed.point.voltage_v),
                  .temperature_c = f.observed.peak_block_c[block]};
    buffer.rates =
        sram::bit_error_rates(soc.gradient_sram.sram.reliability, buffer.voltage_v, buffer.temperature_c);
    buffer.errors = sram::buffer_errors(soc.gradient_sram.sram, read, f.step_time_s, buffer.voltage_v,
                                        buffer.temperature_c);
    found.push_back(buffer);
  }
  return found;
}

}  // namespace

std::vector<stats::Sample> bit_error_samples(const Findings& f) {
  std::vector<stats::Sample> samples;
  const MemoryRates memory = memory_rates(f);
  samples.push_back({"bit_errors.dram.refresh_interval", "s",
                     "Between two refreshes of a row, mean over the observed time", memory.interval_s});
  const BitsRead bits = bits_read(f.prepared.step, Home::dram);
  for (std::size_t region = 0; region < kRegions; ++region) {
    if (bits[region] == 0) continue;
    const std::string path = fmt::format("bit_errors.dram.{}.", kRegionNames[region]);
    samples.push_back({path + "rate", "1/bit",
                       "Stored bits that retention loses in a refresh interval, at the temperatures and "
                       "refresh rates the run saw, before error correction",
                       memory.raw});
    samples.push_back({path + "residual_rate", "1/bit", "The same after error correction", memory.residual});
    samples.push_back(
        {path + "bits_read", "bit/step", "Bits of the region that one step reads", bits[region]});
    samples.push_back({path + "expected", "bit/step", "Wrong bits among them after error correction",
                       memory.residual * bits[region]});
  }
  for (const Buffer& buffer : buffers(f)) {
    const std::string path = fmt::format("bit_errors.{}.", buffer.name);
    const auto add = [&](const char* name, const char* unit, const char* meaning, double value) {
      samples.push_back({path + name, unit, meaning, value});
    };
    add("voltage", "V", "Voltage of the buffer's cells at the reported operating point", buffer.voltage_v);
    add("temperature", "degC", "Highest temperature of the buffer", buffer.temperature_c);
    add("soft_rate", "1/bit/s", "Upsets by radiation", buffer.rates.soft_per_bit_s);
    add("retention_rate", "1/bit", "Cells that lose their value at this voltage", buffer.rates.hold);
    add("access_rate", "1/bit", "Cells that cannot be read or written in time", buffer.rates.access);
    add("rate", "1/bit", "Bits that are wrong when read, held for one step", buffer.errors.raw_bit_error);
    add("residual_rate", "1/bit", "The same after error correction", buffer.errors.residual_bit_error);
    add("expected", "bit/step", "Wrong bits among those a step reads of it, after error correction",
        buffer.errors.expected_flips);
  }
  return samples;
}

double dram_bit_error_rate(const Findings& f) {
  return memory_rates(f).raw;
}

Numbers bit_errors_per_step(const Findings& f) {
  double in_sram = 0;
  for (const Buffer& buffer : buffers(f)) in_sram += buffer.errors.expected_flips;
  Numbers numbers{{"dram", memory_rates(f).residual * sum(bits_read(f.prepared.step, Home::dram))},
                  {"gradient_sram", in_sram}};
  if (const auto& supply = f.step.memory_supply) {
    const soc::TrafficTotals& traffic = f.step.record.traffic;
    const double bits = 8.0 * static_cast<double>(traffic.dram_read + traffic.dram_write);
    const double left =
        dram::residual_bit_error_rate(f.experiment.soc.memory.dram.ecc, supply->droop.wrong_share);
    numbers.emplace_back("dram_interface", left * bits);
  }
  if (const double late = late_macs(f.step); late > 0) numbers.emplace_back("late_macs", late);
  return numbers;
}

}  // namespace kiln::report
