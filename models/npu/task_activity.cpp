// SPDX-License-Identifier: MIT
#include "npu/task_activity.h"

#include <cmath>

namespace kiln::npu {

using stats::ActivityKind;

ActivityKind mac_kind(workload::Precision precision) {
  switch (precision) {
    case workload::Precision::int4:
      return ActivityKind::mac_int4;
    case workload::Precision::int8:
      return ActivityKind::mac_int8;
    case workload::Precision::int16:
      return ActivityKind::mac_int16;
    case workload::Precision::fp8:
      return ActivityKind::mac_fp8;
    case workload::Precision::fp16:
      return ActivityKind::mac_fp16;
    case workload::Precision::bf16:
      return ActivityKind::mac_bf16;
    case workload::Precision::fp32:
      return ActivityKind::mac_fp32;
  }
  return ActivityKind::mac_fp32;
}

stats::Counts activity_of(const lowering::Task& task, const RegisterBits& register_bits) {
  stats::Counts counts{};
  const auto set = [&](ActivityKind kind, std::int64_t count) {
    counts[static_cast<std::size_t>(kind)] += count;
  };
  set(mac_kind(task.precision), task.macs);
  set(ActivityKind::mac_gated, task.gated_macs);
  if (task.array_cycles > 0)
    set(ActivityKind::register_bit_cycle,
        std::llround(static_cast<double>(task.array_cycles) *
                     register_bits[lowering::format_index(task.precision)]));
  set(ActivityKind::accumulator_read_byte, task.accumulator_read_bytes);
  set(ActivityKind::accumulator_write_byte, task.accumulator_write_bytes);
  set(ActivityKind::vector_op, task.vector_ops);
  set(ActivityKind::sparsity_compare, task.codec_compares);
  set(ActivityKind::codec_element, task.codec_elements);
  set(ActivityKind::residual_access_byte, task.residual_bytes);
  set(ActivityKind::local_sram_read_byte, task.sram_read_bytes);
  set(ActivityKind::local_sram_write_byte, task.sram_write_bytes);
  return counts;
}

}  // namespace kiln::npu
