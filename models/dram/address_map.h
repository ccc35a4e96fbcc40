// SPDX-License-Identifier: MIT
// Byte address <-> channel, pseudo-channel, rank, bank
// group, bank, row, column, by a list of mixed-radix digits.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace kiln::dram {

struct OrganisationConfig;

struct Coordinates {
  std::uint32_t channel = 0;
  std::uint32_t pseudo_channel = 0;
  std::uint32_t rank = 0;
  std::uint32_t group = 0;
  std::uint32_t bank = 0;
  std::uint32_t row = 0;
  std::uint32_t column = 0;
  bool operator==(const Coordinates&) const = default;
};

enum class Axis { channel, pseudo_channel, rank, group, bank, column, row };
inline constexpr int kAxes = 7;

struct MapDigit {
  Axis axis;
  std::uint64_t size;   ///< radix
  std::uint64_t place;  ///< what one step of the digit adds to the coordinate
};

/// A bijection of [0, accesses()) and coordinates. `local` maps leave the channel digit out.
class AddressMap {
 public:
  explicit AddressMap(const OrganisationConfig& organisation, bool local = false);

  /// Why `organisation.mapping` is not a mapping, or "".
  static std::string problem(const OrganisationConfig& organisation);

  Coordinates decode(std::uint64_t access) const;
  std::uint64_t encode(const Coordinates& coordinates) const;
  std::uint64_t accesses() const { return accesses_; }
  const std::vector<MapDigit>& digits() const { return digits_; }

 private:
  std::vector<MapDigit> digits_;
  std::vector<int> shifts_;  ///< of the digits when all are powers of two; else empty
  std::uint64_t accesses_ = 1;
};

}  // namespace kiln::dram
