// SPDX-License-Identifier: MIT
#include "dram/visit.h"

#include <algorithm>

#include "dram/dram_config.h"

namespace kiln::dram {

namespace {
/// Accesses of one rotation over the lanes that a controller's queue still sees as interleaved.
constexpr std::uint64_t kInterleaved = 64;
}  // namespace

VisitCutter::VisitCutter(const OrganisationConfig& organisation)
    : map_(organisation, true),
      pseudo_channels_(static_cast<std::uint32_t>(organisation.pseudo_channels)),
      banks_per_group_(static_cast<std::uint32_t>(organisation.banks_per_group)) {
  enum class Part { grain, lanes, columns } part = Part::grain;
  std::uint64_t lanes = 1;
  for (const MapDigit& digit : map_.digits()) {
    if (digit.axis == Axis::row) break;
    const bool column = digit.axis == Axis::column;
    if (part == Part::grain && !column) part = Part::lanes;
    if (part == Part::lanes && column) part = Part::columns;
    if (part == Part::columns && !column) break;
    if (part == Part::grain) grain_ *= digit.size;
    if (part == Part::lanes) lanes *= digit.size;
    block_ *= digit.size;
  }
  if (part != Part::columns || grain_ * lanes > kInterleaved) {
    // The banks are visited one after the other, not in rotation: one lane per block.
    block_ = grain_;
    lanes = 1;
  }
  for (std::uint64_t lane = 0; lane < lanes; ++lane) lane_offsets_.push_back(map_.decode(lane * grain_));
}

Visit VisitCutter::cut(std::uint64_t from, std::uint64_t most) const {
  const std::uint64_t offset = from % block_;
  const std::uint64_t accesses = std::min(most, block_ - offset);
  const std::uint64_t all = lane_offsets_.size();
  const std::uint64_t turn = offset / grain_;
  const std::uint64_t spanned = (offset + accesses - 1) / grain_ - turn + 1;
  return {.base = map_.decode(from - offset),
          .first_lane = static_cast<std::uint32_t>(turn % all),
          .lanes = static_cast<std::uint32_t>(std::min(spanned, all)),
          .accesses = static_cast<std::uint32_t>(accesses),
          .head = static_cast<std::uint32_t>(std::min(accesses, (turn + 1) * grain_ - offset))};
}

LaneShares VisitCutter::shares(const Visit& visit) const {
  const auto grain = static_cast<std::uint32_t>(grain_);
  if (visit.lanes == 1)
    return {.first = visit.accesses, .grain = grain, .rotations = 0, .extra = 0, .last_lane = 0, .last = 0};
  const std::uint32_t all = lanes();
  const std::uint32_t rest = visit.accesses - visit.head;  // after the first turn
  const std::uint32_t turns = rest / grain;
  // Turn number t >= 1 is on lane t % all; the cut-off turn is number turns + 1.
  const std::uint32_t extra = turns % all;
  return {.first = visit.head,
          .grain = grain,
          .rotations = turns / all,
          .extra = extra,
          .last_lane = extra + 1 == all ? 0 : extra + 1,
          .last = rest - turns * grain};
}

}  // namespace kiln::dram
