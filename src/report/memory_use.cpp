// SPDX-License-Identifier: MIT
#include "report/memory_use.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/units.h"

namespace kiln::report {
namespace {

using lowering::Home;
using lowering::MemoryShare;

std::string shown_bytes(double bytes) {
  return base::display_quantity(bytes, base::Dimension::bytes);
}

double held_in(const std::vector<MemoryShare>& shares, Home home) {
  double sum = 0;
  for (const MemoryShare& share : shares)
    if (share.home == home) sum += static_cast<double>(share.bytes);
  return sum;
}

}  // namespace

Numbers memory_numbers(const Findings& f) {
  Numbers numbers;
  for (const MemoryShare& share : f.prepared.step.memory.at_peak) {
    if (share.home != Home::dram) continue;
    std::string key = share.kind;
    std::replace(key.begin(), key.end(), ' ', '_');
    numbers.emplace_back(std::move(key), static_cast<double>(share.bytes));
  }
  return numbers;
}

std::string memory_csv(const Findings& f) {
  const std::vector<MemoryShare>& shares = f.prepared.step.memory.at_peak;
  std::string out = "memory,kind,bytes,share\n";
  for (const MemoryShare& share : shares)
    out += fmt::format("{},{},{},{:.6g}\n", share.home == Home::dram ? "dram" : "gradient_sram", share.kind,
                       share.bytes, static_cast<double>(share.bytes) / held_in(shares, share.home));
  return out;
}

std::string memory_text(const Findings& f) {
  const std::vector<MemoryShare>& shares = f.prepared.step.memory.at_peak;
  const double all = held_in(shares, Home::dram);
  std::string text = fmt::format("{} of {} at most:", shown_bytes(all),
                                 shown_bytes(static_cast<double>(f.prepared.target.dram_bytes)));
  double small = 0;
  const char* separator = " ";
  for (const MemoryShare& share : shares) {
    const auto bytes = static_cast<double>(share.bytes);
    if (share.home != Home::dram) continue;
    if (bytes < 0.01 * all) {
      small += bytes;
      continue;
    }
    text += fmt::format("{}{} {}", separator, share.kind, shown_bytes(bytes));
    separator = ", ";
  }
  if (small > 0) text += fmt::format("{}others {}", separator, shown_bytes(small));
  return text;
}

}  // namespace kiln::report
