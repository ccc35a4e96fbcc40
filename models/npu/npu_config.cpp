// SPDX-License-Identifier: MIT
#include "npu/npu_config.h"

#include "lowering/cost/names.h"

namespace kiln::npu {

using base::Dimension;

std::span<const config::EnumName<DataflowChoice>> enum_names(const DataflowChoice*) {
  static constexpr config::EnumName<DataflowChoice> kNames[] = {{DataflowChoice::os, "os"},
                                                                {DataflowChoice::ws, "ws"},
                                                                {DataflowChoice::is, "is"},
                                                                {DataflowChoice::best, "best"}};
  return kNames;
}

std::optional<lowering::Dataflow> dataflow_of(DataflowChoice choice) {
  switch (choice) {
    case DataflowChoice::os:
      return lowering::Dataflow::output_stationary;
    case DataflowChoice::ws:
      return lowering::Dataflow::weight_stationary;
    case DataflowChoice::is:
      return lowering::Dataflow::input_stationary;
    case DataflowChoice::best:
      return std::nullopt;
  }
  return std::nullopt;
}

namespace {
constexpr double kLeastPacking = 1.0 / 4096;  // a bit-serial product of 64-bit words
}

double NpuConfig::macs_per_pe_per_cycle(workload::Precision precision) const {
  switch (precision) {
    case workload::Precision::int4:
      return packing.int4;
    case workload::Precision::int8:
      return packing.int8;
    case workload::Precision::int16:
      return packing.int16;
    case workload::Precision::fp8:
      return packing.fp8;
    case workload::Precision::fp16:
      return packing.fp16;
    case workload::Precision::bf16:
      return packing.bf16;
    case workload::Precision::fp32:
      return packing.fp32;
  }
  return 0;
}

lowering::PeShape NpuConfig::pe() const {
  lowering::PeShape pe;
  for (std::size_t i = 0; i < lowering::kFormats; ++i)
    pe.lanes[i] = macs_per_pe_per_cycle(static_cast<workload::Precision>(i));
  pe.widest_sum_bits = 8 * accumulator_bytes;
  pe.broadcast = law == lowering::CostLaw::broadcast;
  pe.storage_bytes = static_cast<double>(element_storage_bytes);
  pe.macs_per_instruction = macs_per_instruction;
  return pe;
}

std::array<double, lowering::kFormats> NpuConfig::register_bits() const {
  std::array<double, lowering::kFormats> bits{};
  for (std::size_t i = 0; i < lowering::kFormats; ++i)
    bits[i] =
        rows * static_cast<double>(cols) * lowering::clocked_bits(pe(), static_cast<workload::Precision>(i));
  return bits;
}

const config::Record<PackingConfig>& describe(const PackingConfig*) {
  constexpr std::string_view kSource =
      "estimate: multiplier width, as in RaPiD (ISCA 2021): INT4 is 4x FP16, FP8 and INT8 2x";
  static const auto record =
      config::Record<PackingConfig>(
          "packing",
          "MACs per processing element and cycle at each precision; 0: unsupported, left out: "
          "as by default")
          .field("int4", &PackingConfig::int4, {.doc = "INT4", .min = 0, .max = 64, .source = kSource})
          .field("int8", &PackingConfig::int8, {.doc = "INT8", .min = 0, .max = 64, .source = kSource})
          .field("int16", &PackingConfig::int16,
                 {.doc = "INT16", .min = 0, .max = 64, .source = "none: rare in chips that train"})
          .field("fp8", &PackingConfig::fp8, {.doc = "FP8", .min = 0, .max = 64, .source = kSource})
          .field("fp16", &PackingConfig::fp16, {.doc = "FP16", .min = 0, .max = 64, .source = kSource})
          .field("bf16", &PackingConfig::bf16, {.doc = "BF16", .min = 0, .max = 64, .source = kSource})
          .field(
              "fp32", &PackingConfig::fp32,
              {.doc = "FP32", .min = 0, .max = 64, .source = "estimate: four passes of an FP16 multiplier"})
          .check([](const PackingConfig& c, config::Checker& check) {
            const std::pair<std::string_view, double> given[] = {
                {"int4", c.int4}, {"int8", c.int8}, {"int16", c.int16}, {"fp8", c.fp8},
                {"fp16", c.fp16}, {"bf16", c.bf16}, {"fp32", c.fp32}};
            for (const auto& [key, macs] : given)
              if (macs > 0 && macs < kLeastPacking)
                check.fail(key,
                           fmt::format("one MAC would take more than {:.0f} cycles; give at least {}, or 0 "
                                       "for a precision that is not supported",
                                       1 / kLeastPacking, kLeastPacking));
          });
  return record;
}

const config::Record<SparsityConfig>& describe(const SparsityConfig*) {
  static const auto record =
      config::Record<SparsityConfig>("weight_sparsity", "What the array makes of zeros in pruned weights")
          .field("scheme", &SparsityConfig::scheme,
                 {.doc = "dense, zero_gated, n_of_m or unstructured",
                  .source = "estimate: gating is the least a design does"})
          .field("n", &SparsityConfig::n,
                 {.doc = "Non-zeros of n:m", .min = 1, .max = 64, .source = "2:4, Mishra et al. 2021"})
          .field("m", &SparsityConfig::m,
                 {.doc = "Group of n:m", .min = 1, .max = 64, .source = "2:4, Mishra et al. 2021"})
          .check([](const SparsityConfig& c, config::Checker& check) {
            if (c.n > c.m) check.fail("n", "more non-zeros than places; n must be at most m");
          });
  return record;
}

const config::Record<NpuConfig>& describe(const NpuConfig*) {
  static const auto record =
      config::Record<NpuConfig>("npu", "One NPU tile")
          .field("rows", &NpuConfig::rows,
                 {.doc = "Rows of the MAC array",
                  .min = 1,
                  .max = 1024,
                  .source = "estimate: common edge array"})
          .field("cols", &NpuConfig::cols,
                 {.doc = "Columns of the MAC array",
                  .min = 1,
                  .max = 1024,
                  .source = "estimate: common edge array"})
          .field("dataflow", &NpuConfig::dataflow,
                 {.doc = "Dataflow of every phase that does not say otherwise",
                  .source = "none: `best` decides per GEMM by cost law and mapping.objective"})
          .field("forward_dataflow", &NpuConfig::forward_dataflow, {.doc = "Dataflow of FWD"})
          .field("dgrad_dataflow", &NpuConfig::dgrad_dataflow, {.doc = "Dataflow of DGRAD"})
          .field("wgrad_dataflow", &NpuConfig::wgrad_dataflow, {.doc = "Dataflow of WGRAD"})
          .field("law", &NpuConfig::law,
                 {.doc = "Cycle law: strict (SCALE-Sim folds), pipelined (weights double-buffered) or "
                         "broadcast (tensor-core and vector arrays: operands reach all elements at once)",
                  .source = "ONNXim, Gemmini: preload hides behind the previous tile"})
          .field("edge_aware_skew", &NpuConfig::edge_aware_skew,
                 {.doc = "Edge folds pay only for the rows and columns they use",
                  .source = "STONNE's TPU model"})
          .field(
              "convolutions", &NpuConfig::convolutions,
              {.doc =
                   "im2col: one product whose K strings all kernel positions together; per_position: one "
                   "product for each, summed in the accumulators; depthwise and transposed ones stay as they "
                   "are",
               .source = "SCALE-Sim and most compilers: im2col; ONNXim, Gemmini: per position"})
          .field("packing", &NpuConfig::packing, {.doc = "MACs per processing element and cycle"})
          .field("accumulator", &NpuConfig::accumulator_bytes,
                 {.doc = "Width of a partial sum",
                  .unit = Dimension::bytes,
                  .min = 1,
                  .max = 8,
                  .source = "fp32 or int32 accumulation"})
          .field("sparsity", &NpuConfig::sparsity, {.doc = "Zeros of pruned weights"})
          .field("vector_lanes", &NpuConfig::vector_lanes,
                 {.doc = "Lane operations per cycle of the vector unit",
                  .min = 1,
                  .max = 65536,
                  .source = "estimate: one lane per array column"})
          .field("local_sram", &NpuConfig::local_sram_bytes,
                 {.doc = "Local SRAM for operands and results",
                  .unit = Dimension::bytes,
                  .min = 4096,
                  .max = 1 << 30,
                  .source = "estimate: 2 MB per core in RaPiD, less at the edge"})
          .field("local_sram_bank", &NpuConfig::local_sram_bank_bytes,
                 {.doc = "Bank of the local SRAM that one access reaches",
                  .unit = Dimension::bytes,
                  .min = 256,
                  .max = 1 << 30,
                  .source = "estimate: common macros of compilers, 8 to 64 KiB"})
          .field("accumulator_sram", &NpuConfig::accumulator_sram_bytes,
                 {.doc = "Memory for partial sums beside the array; 0: they go to local SRAM",
                  .unit = Dimension::bytes,
                  .min = 0,
                  .max = 1 << 24,
                  .source = "none: sums cross the local SRAM"})
          .field("element_storage", &NpuConfig::element_storage_bytes,
                 {.doc = "Memory of each element for operands and sum, used in every MAC; 0: registers alone",
                  .unit = Dimension::bytes,
                  .min = 0,
                  .max = 1 << 16,
                  .source = "none: operands come from the array's edges"})
          .field(
              "macs_per_instruction", &NpuConfig::macs_per_instruction,
              {.doc =
                   "MACs that one instruction of a core issues, where the array is a cluster of cores of the "
                   "host's class; 0: a hardwired array",
               .min = 0,
               .max = 4096,
               .source = "a hardwired array"});
  return record;
}

}  // namespace kiln::npu
