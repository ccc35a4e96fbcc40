// SPDX-License-Identifier: MIT
#include "lowering/array_work.h"

#include <algorithm>
#include <cmath>

namespace kiln::lowering {

using workload::Precision;

namespace {

std::int64_t words_to_bytes(std::int64_t words, Precision precision) {
  return static_cast<std::int64_t>(std::ceil(static_cast<double>(words) * workload::bits_of(precision) / 8));
}

/// Sums leave the array as wide as they are and are read back to be added to.
void add_sums_in_local_sram(Task& task, const ArrayCost& array, double sum_bytes) {
  const auto bytes = [&](std::int64_t sums) {
    return static_cast<std::int64_t>(sum_bytes * static_cast<double>(sums));
  };
  task.sram_read_bytes += bytes(array.c_reads);
  task.sram_write_bytes += bytes(array.c_writes);
}

/// Sums stay in the accumulators; finished ones go to local SRAM in the format of the product. Returns how
/// often the stationary operand is loaded: as many pieces of the stream as the accumulators need.
std::int64_t add_sums_in_accumulators(Task& task, const ArrayCost& array, const Target& target,
                                      Precision precision) {
  const double sum_bytes = target.sum_bytes(precision);
  const auto bytes = [&](std::int64_t sums) {
    return static_cast<std::int64_t>(sum_bytes * static_cast<double>(sums));
  };
  const std::int64_t results = array.c_writes - array.c_reads;
  task.sram_write_bytes += words_to_bytes(results, precision);
  if (array.held_sums == 0) return 1;  // output stationary: they wait in the elements
  task.accumulator_write_bytes += bytes(array.c_writes);
  task.accumulator_read_bytes += bytes(array.c_reads + results);
  const double held = sum_bytes * static_cast<double>(array.held_sums);
  return static_cast<std::int64_t>(
      std::max(1.0, std::ceil(held / static_cast<double>(target.accumulator_sram_bytes))));
}

}  // namespace

void add_array_work(Task& task, const Costing::Cost& cost, Precision precision, const Target& target) {
  task.array_cycles += cost.array.cycles;
  task.macs += cost.array.macs - cost.gated_macs;
  task.gated_macs += cost.gated_macs;
  task.skipped_macs += cost.skipped_macs;
  std::int64_t loads = 1;
  if (target.accumulator_sram_bytes > 0)
    loads = add_sums_in_accumulators(task, cost.array, target, precision);
  else
    add_sums_in_local_sram(task, cost.array, target.sum_bytes(precision));
  // Whichever operand is stationary is the one read least.
  const std::int64_t stationary = std::min(cost.array.a_reads, cost.array.b_reads);
  task.sram_read_bytes +=
      words_to_bytes(cost.array.a_reads + cost.array.b_reads + (loads - 1) * stationary, precision);
}

}  // namespace kiln::lowering
