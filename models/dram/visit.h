// SPDX-License-Identifier: MIT
// A contiguous burst cut at row visits, without looking at each access.
//
// The low digits of a mapping form a block: [col:g] [lanes: pc ra bg ba ...] [col]. Inside a block the row is
// fixed and accesses rotate over the lanes, g at a time, so what a burst does to each bank of a block is
// known in closed form. Digits above the block choose the rest of the bank and the row.
#pragma once

#include <cstdint>
#include <vector>

#include "dram/address_map.h"

namespace kiln::dram {

/// Bank of a channel: pseudo-channel and rank as one index, group, bank in group.
struct BankIndex {
  std::uint32_t sub;
  std::uint32_t group;
  std::uint32_t bank;  ///< within the sub-channel, groups included
};

/// Part of a burst inside one block.
struct Visit {
  Coordinates base;          ///< of the block's first access
  std::uint32_t first_lane;  ///< lane of the first access
  std::uint32_t lanes;       ///< lanes touched, in rotation from first_lane
  std::uint32_t accesses;
  std::uint32_t head;  ///< accesses on the first lane before the second is touched
};

/// How many accesses of a visit fall on each of its lanes, in rotation: the first turn may be short, the last
/// one cut off.
struct LaneShares {
  std::uint32_t first;      ///< accesses of the first turn
  std::uint32_t grain;      ///< of every other turn but the last
  std::uint32_t rotations;  ///< whole ones, after the first turn
  std::uint32_t extra;      ///< lanes after the first that have one turn more
  std::uint32_t last_lane;  ///< where the last turn is
  std::uint32_t last;       ///< its accesses, 0: none
  std::uint32_t on(std::uint32_t nth_lane) const {
    const std::uint32_t turns = rotations + (nth_lane > 0 && nth_lane <= extra ? 1 : 0);
    return turns * grain + (nth_lane == 0 ? first : 0) + (nth_lane == last_lane ? last : 0);
  }
};

class VisitCutter {
 public:
  explicit VisitCutter(const OrganisationConfig& organisation);

  /// The visit that starts at access `from` and ends at the block's end or after `most` accesses.
  Visit cut(std::uint64_t from, std::uint64_t most) const;
  BankIndex bank(const Visit& visit, std::uint32_t nth_lane) const;
  LaneShares shares(const Visit& visit) const;
  /// Accesses of the visit on its nth lane.
  std::uint32_t accesses_on(const Visit& visit, std::uint32_t nth_lane) const {
    return shares(visit).on(nth_lane);
  }
  std::uint64_t block() const { return block_; }
  std::uint32_t lanes() const { return static_cast<std::uint32_t>(lane_offsets_.size()); }
  const AddressMap& map() const { return map_; }

 private:
  AddressMap map_;
  std::uint64_t block_ = 1;
  std::uint64_t grain_ = 1;  ///< consecutive accesses on one lane
  std::vector<Coordinates> lane_offsets_;
  std::uint32_t pseudo_channels_;
  std::uint32_t banks_per_group_;
};

// Asked for at every lane of every visit.
inline BankIndex VisitCutter::bank(const Visit& visit, std::uint32_t nth_lane) const {
  const std::uint32_t all = lanes();
  std::uint32_t lane = visit.first_lane + nth_lane;
  if (lane >= all) lane -= all;
  const Coordinates& add = lane_offsets_[lane];
  const std::uint32_t group = visit.base.group + add.group;
  const std::uint32_t rank = visit.base.rank + add.rank;
  return {.sub = visit.base.pseudo_channel + add.pseudo_channel + pseudo_channels_ * rank,
          .group = group,
          .bank = group * banks_per_group_ + visit.base.bank + add.bank};
}

}  // namespace kiln::dram
