// SPDX-License-Identifier: MIT
#include "dram/pattern.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

namespace kiln::dram {

using config::EnumName;

std::span<const EnumName<Pattern>> enum_names(const Pattern*) {
  static constexpr std::array names{EnumName<Pattern>{Pattern::seq_read, "seq_read"},
                                    EnumName<Pattern>{Pattern::seq_write, "seq_write"},
                                    EnumName<Pattern>{Pattern::mix21_same, "mix21_same"},
                                    EnumName<Pattern>{Pattern::mix21_pc, "mix21_pc"},
                                    EnumName<Pattern>{Pattern::mix21_two, "mix21_two"},
                                    EnumName<Pattern>{Pattern::pp_1_1, "pp_1_1"},
                                    EnumName<Pattern>{Pattern::pp_pc_1_1, "pp_pc_1_1"},
                                    EnumName<Pattern>{Pattern::pp_16_16, "pp_16_16"},
                                    EnumName<Pattern>{Pattern::rand_read, "rand_read"},
                                    EnumName<Pattern>{Pattern::rand_write, "rand_write"},
                                    EnumName<Pattern>{Pattern::rand_mix21, "rand_mix21"},
                                    EnumName<Pattern>{Pattern::conf_read, "conf_read"},
                                    EnumName<Pattern>{Pattern::conf_write, "conf_write"},
                                    EnumName<Pattern>{Pattern::conf2_read, "conf2_read"},
                                    EnumName<Pattern>{Pattern::idle_closed, "idle_closed"},
                                    EnumName<Pattern>{Pattern::idle_hit, "idle_hit"},
                                    EnumName<Pattern>{Pattern::idle_conf, "idle_conf"}};
  return names;
}

std::span<const EnumName<WalkMapping>> enum_names(const WalkMapping*) {
  static constexpr std::array names{EnumName<WalkMapping>{WalkMapping::B, "B"},
                                    EnumName<WalkMapping>{WalkMapping::R, "R"},
                                    EnumName<WalkMapping>{WalkMapping::I, "I"}};
  return names;
}

namespace {

OrganisationConfig walked(OrganisationConfig organisation, WalkMapping mapping) {
  switch (mapping) {
    case WalkMapping::B:
      organisation.mapping = {"ch", "pc", "bg", "col", "ba", "ra", "row"};
      break;
    case WalkMapping::R:
      organisation.mapping = {"ch", "pc", "col", "bg", "ba", "ra", "row"};
      break;
    case WalkMapping::I:
      organisation.mapping = {"ch", "pc", "bg", "ba", "col", "ra", "row"};
      break;
  }
  return organisation;
}

}  // namespace

PatternSource::PatternSource(Pattern pattern, WalkMapping mapping, const OrganisationConfig& organisation)
    : pattern_(pattern),
      organisation_(organisation),
      walk_(walked(organisation, mapping)),
      linear_(walked(organisation, WalkMapping::R)),
      total_(walk_.accesses() / static_cast<std::uint64_t>(organisation.rows) *
             (static_cast<std::uint64_t>(organisation.rows) / 2 * 2)),
      per_block_(std::max<std::uint64_t>(1, 64 / static_cast<std::uint64_t>(organisation.access_bytes))) {
  if (organisation.rows < 2 || total_ < per_block_)
    throw base::ConfigError(
        {}, "organisation.rows",
        fmt::format("a pattern walks over pairs of rows and blocks of 64 B; {} rows with {} accesses "
                    "in all are too few, use a trace or give more",
                    organisation.rows, walk_.accesses()));
}

PatternRequest PatternSource::next() {
  return at(k_++);
}

PatternRequest PatternSource::random(std::uint64_t k) {
  if (k % per_block_ == 0) {
    state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
    block_ = (state_ >> 20) % (total_ / per_block_) * per_block_;
  }
  const bool write =
      pattern_ == Pattern::rand_write || (pattern_ == Pattern::rand_mix21 && k / per_block_ % 3 == 2);
  return {linear_.decode(block_ + k % per_block_), write};
}

PatternRequest PatternSource::single_row(std::uint64_t k) const {
  const auto groups = static_cast<std::uint64_t>(organisation_.bank_groups);
  const auto banks = static_cast<std::uint64_t>(organisation_.banks_per_group);
  const auto rows = static_cast<std::uint64_t>(organisation_.rows);
  PatternRequest request{.at = {}, .write = pattern_ == Pattern::conf_write};
  const auto rotate = [&] {
    request.at.group = static_cast<std::uint32_t>(k % groups);
    request.at.bank = static_cast<std::uint32_t>(k / groups % banks);
  };
  switch (pattern_) {
    case Pattern::conf2_read:
      rotate();
      request.at.row = static_cast<std::uint32_t>(k / (groups * banks) % rows);
      break;
    case Pattern::idle_closed:
      rotate();
      break;
    case Pattern::idle_hit:
      request.at.column = static_cast<std::uint32_t>(k % static_cast<std::uint64_t>(organisation_.columns));
      break;
    default:
      request.at.row = static_cast<std::uint32_t>(k % rows);
      break;
  }
  return request;
}

PatternRequest PatternSource::at(std::uint64_t k) {
  const auto pcs = static_cast<std::uint64_t>(organisation_.pseudo_channels);
  const auto walk = [&](bool write) { return PatternRequest{walk_.decode(k % total_), write}; };
  switch (pattern_) {
    case Pattern::seq_read:
      return walk(false);
    case Pattern::seq_write:
      return walk(true);
    case Pattern::mix21_same:
      return walk(k % 3 == 2);
    case Pattern::mix21_pc:
      return walk(k / pcs % 3 == 2);
    case Pattern::mix21_two: {
      const std::uint64_t half = total_ / 2, j = k / 3;
      if (k % 3 == 2) return {walk_.decode((half + j) % total_), true};
      return {walk_.decode((2 * j + k % 3) % half), false};
    }
    case Pattern::pp_1_1:
      return walk(k % 2 == 1);
    case Pattern::pp_pc_1_1:
      return walk(k / pcs % 2 == 1);
    case Pattern::pp_16_16:
      return walk(k / 16 % 2 == 1);
    case Pattern::rand_read:
    case Pattern::rand_write:
    case Pattern::rand_mix21:
      return random(k);
    case Pattern::conf_read:
    case Pattern::conf_write:
    case Pattern::conf2_read:
    case Pattern::idle_closed:
    case Pattern::idle_hit:
    case Pattern::idle_conf:
      return single_row(k);
  }
  return {};
}

}  // namespace kiln::dram
