// SPDX-License-Identifier: MIT
#include "part/trace_coordinates.h"

#include <fmt/core.h>

#include "base/text.h"
#include "part/dram_trace_line.h"

namespace kiln::part {
namespace {

/// Beats of a burst, as Ramulator has them for these standards.
std::uint32_t beats(dram::Standard standard) {
  switch (standard) {
    case dram::Standard::hbm2:
    case dram::Standard::hbm2e:
      return 4;
    case dram::Standard::ddr4:
      return 8;
    case dram::Standard::lpddr4:
    case dram::Standard::lpddr5:
    case dram::Standard::lpddr5x:
      return 16;
  }
  return 1;
}

}  // namespace

TraceCoordinates::TraceCoordinates(const dram::DramConfig& config) : burst_(beats(config.standard)) {
  const dram::OrganisationConfig& o = config.organisation;
  const auto add = [&](const char* name, std::uint32_t dram::Coordinates::*number, int size) {
    levels_.push_back({name, number, static_cast<std::uint32_t>(size)});
  };
  add("channel", &dram::Coordinates::channel, o.channels);
  if (o.pseudo_channels > 1) add("pseudo-channel", &dram::Coordinates::pseudo_channel, o.pseudo_channels);
  if (o.pseudo_channels == 1 || o.ranks > 1) add("rank", &dram::Coordinates::rank, o.ranks);
  if (o.bank_groups > 1) add("bank group", &dram::Coordinates::group, o.bank_groups);
  add("bank", &dram::Coordinates::bank, o.banks_per_group);
  add("row", &dram::Coordinates::row, o.rows);
  add("column", &dram::Coordinates::column, o.columns * static_cast<int>(burst_));
}

dram::Coordinates TraceCoordinates::at(std::span<const std::uint32_t> numbers) const {
  if (numbers.size() != levels_.size()) {
    std::vector<std::string> names;
    for (const Level& level : levels_) names.emplace_back(level.name);
    throw TraceLineError(
        fmt::format("has {} coordinates; this part takes {}", numbers.size(), base::join(names, ", ")));
  }
  dram::Coordinates where;
  for (std::size_t i = 0; i < levels_.size(); ++i) {
    if (numbers[i] >= levels_[i].size)
      throw TraceLineError(fmt::format("{} {} is past the last, {}; use a part that has it", levels_[i].name,
                                       numbers[i], levels_[i].size - 1));
    where.*levels_[i].number = numbers[i];
  }
  where.column /= burst_;
  return where;
}

}  // namespace kiln::part
