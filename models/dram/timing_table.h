// SPDX-License-Identifier: MIT
// JEDEC timings turned into gaps between the first cycles of two commands, at the clock in force.
//
// A gap A -> B counts from the last cycle of A to the last cycle of B (JESD235 4, JESD209-4 4), so
// gap = t + length(A) - length(B).
#pragma once

#include <cstdint>

namespace kiln::dram {

struct DramConfig;
enum class RefreshPolicy;
using Cycle = std::int64_t;

struct TimingTable {
  Cycle burst;
  Cycle act_to_read, act_to_write, act_to_pre;
  Cycle act_to_act_bank, act_to_act_group, act_to_act, four_activates;
  Cycle read_to_read_group, read_to_read, write_to_write_group, write_to_write;
  Cycle read_to_write, write_to_read_group, write_to_read;
  Cycle other_rank_read_to_read, other_rank_read_to_write, other_rank_write_to_read,
      other_rank_write_to_write;
  Cycle read_to_pre, write_to_pre, pre_to_act, pre_all_to_act, pre_to_pre;
  Cycle pre_to_refresh, pre_all_to_refresh, act_to_refresh;
  Cycle refresh_to_act, refresh_bank_to_act, refresh_bank_to_other_act, refresh_bank_to_refresh_bank;
  Cycle act_to_refresh_bank_other;
  Cycle read_data_end;   ///< from the read command's first cycle to the cycle after its last beat
  Cycle write_data_end;  ///< the same of a write
  Cycle refresh_interval, refresh_bank_interval;
  Cycle refresh_bank_pace;  ///< from one per-bank refresh to the next in the sequence that walks over banks
  /// Commands of this clock and refresh rate: where per-bank refreshes cannot keep their pace, all-bank ones.
  RefreshPolicy refresh_policy;
  Cycle power_down_exit, self_refresh_exit, least_power_down;
  Cycle activate_length, access_length, precharge_length, refresh_length;
  Cycle activate_deadline;                ///< LPDDR5: ACT-2 at most this long after ACT-1; 0: one step
  Cycle wck_after_read, wck_after_write;  ///< LPDDR5: WCK in step this long after the command
};

/// Gaps of `config` at `clock_hz`; refresh intervals already divided by `refresh_rate`.
TimingTable resolve(const DramConfig& config, double clock_hz, double refresh_rate = 1);

}  // namespace kiln::dram
