// SPDX-License-Identifier: MIT
// What a memory holds at the moment when it holds most. Internal to lowering.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lowering/program.h"

namespace kiln::lowering {

/// Something that lies in a memory while operations [first, last] of the schedule run.
struct Held {
  std::string_view kind;
  std::int32_t first = 0, last = 0;
  std::uint64_t bytes = 0;
};

/// By kind, largest first, at the first moment when `home` holds most.
std::vector<MemoryShare> shares_at_peak(Home home, const std::vector<Held>&);
std::uint64_t bytes_of(const std::vector<MemoryShare>&);
/// "weights 2.3 GiB, saved activations 500 MiB".
std::string text_of(const std::vector<MemoryShare>&);

}  // namespace kiln::lowering
