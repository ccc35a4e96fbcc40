// SPDX-License-Identifier: MIT
// Requests by coordinates in place of addresses, as Ramulator 2's read/write traces give them.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "dram/address_map.h"
#include "dram/dram_config.h"

namespace kiln::part {

/// The levels of a part in Ramulator's order: channel, pseudo-channel or rank, bank group where there are
/// some, bank, row, column. Columns are those of the device: a burst takes as many as it has beats.
class TraceCoordinates {
 public:
  explicit TraceCoordinates(const dram::DramConfig& config);

  /// Throws TraceLineError for another number of levels and for numbers that the part does not have.
  dram::Coordinates at(std::span<const std::uint32_t> numbers) const;

 private:
  struct Level {
    const char* name;
    std::uint32_t dram::Coordinates::*number;
    std::uint32_t size;
  };

  std::vector<Level> levels_;
  std::uint32_t burst_ = 1;  ///< columns of a burst
};

}  // namespace kiln::part
