// SPDX-License-Identifier: MIT
#include "squeeze/formats.h"

namespace kiln::squeeze {

namespace {

using workload::Precision;

/// Significant bits, and bits of the exponent; integers have none.
struct Range {
  bool integer;
  int digits, exponent;
};

Range range_of(Precision format) {
  switch (format) {
    case Precision::int4:
      return {true, 3, 0};
    case Precision::int8:
      return {true, 7, 0};
    case Precision::int16:
      return {true, 15, 0};
    case Precision::fp8:
      return {false, 4, 5};  // digits of E4M3, exponent of E5M2
    case Precision::fp16:
      return {false, 11, 5};
    case Precision::bf16:
      return {false, 8, 8};
    case Precision::fp32:
      return {false, 24, 8};
  }
  return {false, 24, 8};
}

}  // namespace

bool holds_all(Precision wide, Precision narrow) {
  const Range w = range_of(wide), n = range_of(narrow);
  if (w.integer && !n.integer) return false;
  return w.digits >= n.digits && (w.integer || w.exponent >= n.exponent);
}

FormatSupport support_of(const npu::NpuConfig& npu, Precision format) {
  FormatSupport support{format, npu.macs_per_pe_per_cycle(format), {}, true};
  if (support.macs_per_pe_per_cycle > 0) return support;
  for (const config::EnumName<Precision>& other : enum_names(static_cast<const Precision*>(nullptr))) {
    const double rate = npu.macs_per_pe_per_cycle(other.value);
    if (!holds_all(other.value, format) || rate <= support.macs_per_pe_per_cycle) continue;
    support.macs_per_pe_per_cycle = rate;
    support.computed_as = other.value;
  }
  support.possible = support.computed_as.has_value();
  return support;
}

std::vector<FormatSupport> supports_of(const npu::NpuConfig& npu) {
  std::vector<FormatSupport> all;
  for (const config::EnumName<Precision>& format : enum_names(static_cast<const Precision*>(nullptr)))
    all.push_back(support_of(npu, format.value));
  return all;
}

experiment::ExperimentConfig in_format(experiment::ExperimentConfig inference, const FormatSupport& support) {
  workload::PrecisionConfig& precision = inference.training.precision;
  precision.weights = precision.activations = support.format;
  precision.forward = support.computed_as.value_or(support.format);
  return inference;
}

}  // namespace kiln::squeeze
