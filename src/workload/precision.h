// SPDX-License-Identifier: MIT
// Number formats of storage and computing.
#pragma once

#include <span>

#include "config/value.h"

namespace kiln::workload {

enum class Precision { int4, int8, int16, fp8, fp16, bf16, fp32 };
double bits_of(Precision);
std::span<const config::EnumName<Precision>> enum_names(const Precision*);

}  // namespace kiln::workload
