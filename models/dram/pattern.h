// SPDX-License-Identifier: MIT
// Synthetic request streams in DRAM coordinates, by the names and rules the peer measurements were made with.
//
// Mappings give the order in which consecutive requests
// walk through the coordinates, least significant first:
//   B  ch pc bg col ba row   bank-group interleaved: hides tCCD_L
//   R  ch pc col bg ba row   row-linear: exposes tCCD_L where bank groups matter
//   I  ch pc bg ba col row   full bank interleave
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "dram/address_map.h"
#include "dram/dram_config.h"

namespace kiln::dram {

enum class Pattern {
  seq_read,
  seq_write,
  mix21_same,
  mix21_pc,
  mix21_two,
  pp_1_1,
  pp_pc_1_1,
  pp_16_16,
  rand_read,
  rand_write,
  rand_mix21,
  conf_read,
  conf_write,
  conf2_read,
  idle_closed,
  idle_hit,
  idle_conf
};

enum class WalkMapping { B, R, I };

std::span<const config::EnumName<Pattern>> enum_names(const Pattern*);
std::span<const config::EnumName<WalkMapping>> enum_names(const WalkMapping*);

struct PatternRequest {
  Coordinates at;
  bool write = false;
};

class PatternSource {
 public:
  PatternSource(Pattern pattern, WalkMapping mapping, const OrganisationConfig& organisation);
  /// Request number 0, 1, 2, ...
  PatternRequest next();

 private:
  PatternRequest at(std::uint64_t k);
  PatternRequest random(std::uint64_t k);
  PatternRequest single_row(std::uint64_t k) const;

  Pattern pattern_;
  OrganisationConfig organisation_;
  AddressMap walk_;
  AddressMap linear_;  ///< mapping R, which random blocks use
  std::uint64_t total_;
  std::uint64_t per_block_;
  std::uint64_t state_ = 12345;
  std::uint64_t block_ = 0;
  std::uint64_t k_ = 0;
};

}  // namespace kiln::dram
