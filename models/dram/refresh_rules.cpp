// SPDX-License-Identifier: MIT
#include "dram/refresh_rules.h"

#include <fmt/core.h>

#include <algorithm>

#include "dram/dram_config.h"
#include "dram/timing_table.h"

namespace kiln::dram {

namespace {

/// At the rate of a cold part per-bank refreshes have to keep their pace, as was asked for; above it all-bank
/// ones may take their place.
std::string pace_problem(const DramConfig& c, const TimingTable& t, double refresh_rate) {
  if (c.refresh.policy == t.refresh_policy || refresh_rate > c.refresh.rate) return "";
  return fmt::format(
      "at refresh rate {:.3g} a per-bank refresh is due every {} cycles, but tPBR2PBR (or tRREFD) is {}; "
      "shorten it, raise timing.tREFIpb, lower the rate or take refresh.policy all_bank",
      refresh_rate, t.refresh_bank_pace, t.refresh_bank_to_refresh_bank);
}

/// A channel in power-down owes the refreshes that fall due until it may wake.
std::string rest_problem(const DramConfig& c, const TimingTable& t, double refresh_rate, Cycle longest) {
  if (!c.power_states.enabled || t.least_power_down + t.power_down_exit <= longest) return "";
  return fmt::format(
      "power-down takes tCKE and tXP, {} cycles, but at refresh rate {:.3g} a channel that rests longer than "
      "{} owes more than {} refreshes of a bank; shorten tCKE, or power_states.enabled: false",
      t.least_power_down + t.power_down_exit, refresh_rate, longest, kPostponedRefreshes);
}

}  // namespace

/// A refresh waits until a bank that was just opened for an access is closed, and until tRC after it was
/// opened. That must fit into the time in which the next refresh of the bank falls due.
std::string refresh_problem(const DramConfig& c, double clock_hz, double refresh_rate) {
  if (c.refresh.policy == RefreshPolicy::none) return "";
  const TimingTable t = resolve(c, clock_hz, refresh_rate);
  if (const std::string problem = pace_problem(c, t, refresh_rate); !problem.empty()) return problem;
  const bool per_bank = t.refresh_policy == RefreshPolicy::per_bank;
  const Cycle open = std::max({t.act_to_pre, t.act_to_read + t.read_to_pre, t.act_to_write + t.write_to_pre});
  const Cycle banks = c.organisation.bank_groups * c.organisation.banks_per_group;
  const Cycle closing = open + banks * std::max(t.pre_to_pre, t.precharge_length);  // one by one
  const Cycle closed =
      std::max(closing + (per_bank ? t.pre_to_refresh : t.pre_all_to_refresh), t.act_to_refresh);
  const Cycle taken = closed + (per_bank ? t.refresh_bank_to_act : t.refresh_to_act);
  const Cycle due = per_bank ? t.refresh_bank_interval * banks : t.refresh_interval;
  if (taken <= due) return rest_problem(c, t, refresh_rate, kPostponedRefreshes * due - taken);
  return fmt::format(
      "an access (tRCDRD, tRTP, tRAS, tRC, or tRCDWR, WL, tDQSS, burst, tWR), tPPD, tRP and a refresh take "
      "{} "
      "cycles, but at refresh rate {:.3g} a bank is due every {}; shorten them, raise timing.{} or lower the "
      "rate",
      taken, refresh_rate, due, per_bank ? "tREFIpb" : "tREFI");
}

}  // namespace kiln::dram
