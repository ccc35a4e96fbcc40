// SPDX-License-Identifier: MIT
#include "thermal/hotspot_channels.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/csv.h"
#include "base/error.h"

namespace kiln::thermal {
namespace {

constexpr std::int64_t kWall = 0, kChannel = 1, kOutlet = 2, kInlet = 3;

/// Cells by lanes across the channels; each lane from its low end on.
using Lanes = std::vector<std::vector<std::int64_t>>;

/// Rows from the lower edge of the die up.
Lanes rows_of(const base::CsvTable& table) {
  Lanes rows;
  for (const base::CsvRow& row : table.rows()) {
    const std::size_t cells = row.size() - (row.cell(row.size() - 1).empty() ? 1 : 0);
    std::vector<std::int64_t> values;
    for (std::size_t i = 0; i < cells; ++i) {
      values.push_back(row.integer_at(i));
      if (values.back() < kWall || values.back() > kInlet)
        row.fail(fmt::format("cell {} is {}; allowed: 0 wall, 1 channel, 2 outlet, 3 inlet", i + 1,
                             values.back()));
    }
    if (!rows.empty() && values.size() != rows.front().size())
      row.fail(fmt::format("has {} cells, the lines before have {}", values.size(), rows.front().size()));
    rows.push_back(std::move(values));
  }
  std::ranges::reverse(rows);
  return rows;
}

Lanes turned(const Lanes& rows) {
  Lanes columns(rows.front().size());
  for (const auto& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) columns[i].push_back(row[i]);
  return columns;
}

bool is_channel(const std::vector<std::int64_t>& lane) {
  return lane.size() > 2 && lane.front() == kInlet && lane.back() == kOutlet &&
         std::all_of(lane.begin() + 1, lane.end() - 1, [](std::int64_t cell) { return cell == kChannel; });
}

bool is_wall(const std::vector<std::int64_t>& lane) {
  return std::ranges::all_of(lane, [](std::int64_t cell) { return cell == kWall; });
}

/// Lengths of walls and channels in turn, beginning and ending with a wall, which may have no width.
std::vector<std::size_t> runs_of(const Lanes& lanes) {
  std::vector<std::size_t> runs{0};
  for (const auto& lane : lanes) {
    const bool open = runs.size() % 2 == 0;
    if (is_channel(lane) != open) runs.push_back(0);
    ++runs.back();
  }
  if (runs.size() % 2 == 0) runs.push_back(0);
  return runs;
}

/// Whether every second of `runs`, from `first` up to `end`, is as long as the first of them.
bool alike(const std::vector<std::size_t>& runs, std::size_t first, std::size_t end) {
  for (std::size_t i = first; i < end; i += 2)
    if (runs[i] != runs[first]) return false;
  return true;
}

/// The channels along lanes `pitch_m` wide, or none if the lanes are no straight channels.
std::optional<ChannelsConfig> straight(const Lanes& lanes, double pitch_m, Direction along) {
  if (!std::ranges::all_of(lanes, [](const auto& lane) { return is_channel(lane) || is_wall(lane); }))
    return std::nullopt;
  const std::vector<std::size_t> runs = runs_of(lanes);
  const std::size_t count = runs.size() / 2;
  if (count == 0 || runs.front() != runs.back() || !alike(runs, 1, runs.size()) ||
      !alike(runs, 2, runs.size() - 1))
    return std::nullopt;
  const std::size_t between = count > 1 ? runs[2] : 1;
  return ChannelsConfig{.count = static_cast<int>(count),
                        .width_m = static_cast<double>(runs[1]) * pitch_m,
                        .wall_m = static_cast<double>(between) * pitch_m,
                        .along = along};
}

}  // namespace

ChannelsConfig parse_channel_network(std::string_view text, const std::string& file, const Rectangle& die) {
  const base::CsvTable table(file, text, false);
  const Lanes rows = table.rows().empty() ? Lanes{} : rows_of(table);
  if (!rows.empty() && !rows.front().empty()) {
    const Lanes columns = turned(rows);
    if (const auto x = straight(rows, die.height_m() / static_cast<double>(rows.size()), Direction::x))
      return *x;
    if (const auto y = straight(columns, die.width_m() / static_cast<double>(columns.size()), Direction::y))
      return *y;
  }
  throw base::ConfigError({file, 1, 1}, "channels",
                          "are no straight parallel channels of one width and distance, centred, from an "
                          "inlet (3) on the left or below to an outlet (2) opposite; change the network");
}

}  // namespace kiln::thermal
