// SPDX-License-Identifier: MIT
#include "workload/precision.h"

#include "base/error.h"

namespace kiln::workload {

double bits_of(Precision precision) {
  switch (precision) {
    case Precision::int4:
      return 4;
    case Precision::int8:
    case Precision::fp8:
      return 8;
    case Precision::int16:
    case Precision::fp16:
    case Precision::bf16:
      return 16;
    case Precision::fp32:
      return 32;
  }
  KILN_CHECK(false, "unknown precision {}", static_cast<int>(precision));
}

std::span<const config::EnumName<Precision>> enum_names(const Precision*) {
  static constexpr config::EnumName<Precision> names[] = {
      {Precision::int4, "int4"}, {Precision::int8, "int8"}, {Precision::int16, "int16"},
      {Precision::fp8, "fp8"},   {Precision::fp16, "fp16"}, {Precision::bf16, "bf16"},
      {Precision::fp32, "fp32"}};
  return names;
}

}  // namespace kiln::workload
