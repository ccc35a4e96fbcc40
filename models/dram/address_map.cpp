// SPDX-License-Identifier: MIT
#include "dram/address_map.h"

#include <fmt/core.h>

#include <bit>
#include <charconv>
#include <optional>
#include <string_view>

#include "base/error.h"
#include "dram/dram_config.h"

namespace kiln::dram {

namespace {

constexpr std::array<std::string_view, kAxes> kAxisNames{"ch", "pc", "ra", "bg", "ba", "col", "row"};

std::array<std::uint64_t, kAxes> sizes_of(const OrganisationConfig& o) {
  const auto size = [](int n) { return static_cast<std::uint64_t>(n); };
  return {size(o.channels),        size(o.pseudo_channels), size(o.ranks), size(o.bank_groups),
          size(o.banks_per_group), size(o.columns),         size(o.rows)};
}

std::optional<Axis> axis_of(std::string_view name) {
  for (std::size_t i = 0; i < kAxisNames.size(); ++i)
    if (kAxisNames[i] == name) return static_cast<Axis>(i);
  return std::nullopt;
}

/// Digits of `o.mapping`, or the reason why there are none. A digit without a size takes what is left of its
/// coordinate; a coordinate of size 1 need not be named.
std::string parse(const OrganisationConfig& o, std::vector<MapDigit>& digits) {
  const auto sizes = sizes_of(o);
  std::array<std::uint64_t, kAxes> used{};
  used.fill(1);
  for (const std::string& text : o.mapping) {
    const std::size_t colon = text.find(':');
    const auto axis = axis_of(std::string_view(text).substr(0, colon));
    if (!axis)
      return fmt::format("'{}' is no digit; allowed: ch pc ra bg ba col row, with a size as in col:4", text);
    const auto i = static_cast<std::size_t>(*axis);
    std::uint64_t size = sizes[i] / used[i];
    if (colon != std::string::npos) {
      const char* end = text.data() + text.size();
      if (const auto [stop, error] = std::from_chars(text.data() + colon + 1, end, size);
          error != std::errc{} || stop != end || size == 0)
        return fmt::format("'{}' has no whole size after the colon", text);
    }
    if (sizes[i] % (used[i] * size) != 0)
      return fmt::format("'{}': {} does not divide what is left of {}", text, size, sizes[i]);
    if (size > 1) digits.push_back({*axis, size, used[i]});
    used[i] *= size;
  }
  for (std::size_t i = 0; i < sizes.size(); ++i)
    if (used[i] != sizes[i])
      return fmt::format("covers {} of {} values of '{}'; every coordinate must be mapped", used[i], sizes[i],
                         kAxisNames[i]);
  return "";
}

/// Coordinates in the order of Axis.
using Axes = std::array<std::uint32_t, kAxes>;

Axes axes_of(const Coordinates& c) {
  return {c.channel, c.pseudo_channel, c.rank, c.group, c.bank, c.column, c.row};
}

Coordinates coordinates_of(const Axes& axes) {
  return {.channel = axes[0],
          .pseudo_channel = axes[1],
          .rank = axes[2],
          .group = axes[3],
          .bank = axes[4],
          .row = axes[6],
          .column = axes[5]};
}

}  // namespace

std::string AddressMap::problem(const OrganisationConfig& organisation) {
  std::vector<MapDigit> digits;
  return parse(organisation, digits);
}

AddressMap::AddressMap(const OrganisationConfig& organisation, bool local) {
  std::vector<MapDigit> all;
  const std::string wrong = parse(organisation, all);
  KILN_CHECK(wrong.empty(), "DRAM mapping: {}", wrong);
  bool powers_of_two = true;
  for (const MapDigit& digit : all) {
    if (local && digit.axis == Axis::channel) continue;
    digits_.push_back(digit);
    accesses_ *= digit.size;
    powers_of_two = powers_of_two && std::has_single_bit(digit.size) && std::has_single_bit(digit.place);
  }
  if (powers_of_two)
    for (const MapDigit& digit : digits_) shifts_.push_back(std::countr_zero(digit.size));
}

Coordinates AddressMap::decode(std::uint64_t access) const {
  Axes axes{};
  if (!shifts_.empty()) {
    for (std::size_t i = 0; i < digits_.size(); ++i) {
      const MapDigit& digit = digits_[i];
      axes[static_cast<std::size_t>(digit.axis)] +=
          static_cast<std::uint32_t>((access & (digit.size - 1)) * digit.place);
      access >>= shifts_[i];
    }
    return coordinates_of(axes);
  }
  for (const MapDigit& digit : digits_) {
    axes[static_cast<std::size_t>(digit.axis)] +=
        static_cast<std::uint32_t>(access % digit.size * digit.place);
    access /= digit.size;
  }
  return coordinates_of(axes);
}

std::uint64_t AddressMap::encode(const Coordinates& coordinates) const {
  const Axes axes = axes_of(coordinates);
  std::uint64_t access = 0;
  std::uint64_t weight = 1;
  for (const MapDigit& digit : digits_) {
    access += axes[static_cast<std::size_t>(digit.axis)] / digit.place % digit.size * weight;
    weight *= digit.size;
  }
  return access;
}

}  // namespace kiln::dram
