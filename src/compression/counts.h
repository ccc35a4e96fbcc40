// SPDX-License-Identifier: MIT
// What a codec produced and what it did for it. Engines turn the work into cycles and joules.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace kiln::compression {

struct WorkCounts {
  std::int64_t elements = 0;         // elements of the gradient
  std::int64_t passes = 0;           // times all elements stream through the engine
  std::int64_t sampled = 0;          // elements of a sample, times its passes
  std::int64_t compares = 0;         // magnitude against threshold, or maximum
  std::int64_t additions = 0;        // gradient to residual, momentum
  std::int64_t multiplications = 0;  // by a scale
  std::int64_t random_numbers = 0;
  std::int64_t residual_reads = 0;  // words of the residual and momentum buffers
  std::int64_t residual_writes = 0;
  std::int64_t table_reads = 0;  // counters of a histogram
  std::int64_t table_writes = 0;
  std::int64_t coded_values = 0;   // values and places that were coded
  std::int64_t serial_values = 0;  // of them, those whose place in the stream depends on the ones before
  std::int64_t guarded = 0;        // NaN and infinite elements that were zeroed

  WorkCounts& operator+=(const WorkCounts& other);
  bool operator==(const WorkCounts&) const = default;
};

/// All counts, for what is done alike to each.
inline constexpr std::array kWorkCounts = {
    &WorkCounts::elements,       &WorkCounts::passes,         &WorkCounts::sampled,
    &WorkCounts::compares,       &WorkCounts::additions,      &WorkCounts::multiplications,
    &WorkCounts::random_numbers, &WorkCounts::residual_reads, &WorkCounts::residual_writes,
    &WorkCounts::table_reads,    &WorkCounts::table_writes,   &WorkCounts::coded_values,
    &WorkCounts::serial_values,  &WorkCounts::guarded};
static_assert(sizeof(WorkCounts) == kWorkCounts.size() * sizeof(std::int64_t));

struct BitCounts {
  std::int64_t payload = 0;  // values
  std::int64_t index = 0;    // places
  std::int64_t scale = 0;
  std::int64_t header = 0;
  std::int64_t padding = 0;  // to whole bytes, and zeros that break long runs

  std::int64_t total() const { return payload + index + scale + header + padding; }
  BitCounts& operator+=(const BitCounts& other);
  bool operator==(const BitCounts&) const = default;
};

struct EncodedSize {
  BitCounts bits;
  WorkCounts work;
  std::int64_t elements = 0;
  std::int64_t kept = 0;

  std::uint64_t bytes_needed() const { return static_cast<std::uint64_t>(bits.total() / 8); }
};

struct Encoded : EncodedSize {
  std::vector<std::byte> bytes;  // 8 * bytes.size() == bits.total()
};

}  // namespace kiln::compression
