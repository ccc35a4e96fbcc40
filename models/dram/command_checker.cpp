// SPDX-License-Identifier: MIT
#include "dram/command_checker.h"

#include <fmt/core.h>

#include <algorithm>

#include "dram/refresh_rules.h"

namespace kiln::dram {

namespace {
constexpr Cycle kLongBefore = -(Cycle{1} << 40);
constexpr std::size_t kMostViolations = 1000;
}  // namespace

CommandChecker::CommandChecker(const DramConfig& config)
    : config_(config),
      timing_(cycles_at(config, config.clock_hz)),
      subs_(config.organisation.pseudo_channels * config.organisation.ranks),
      banks_per_sub_(config.organisation.bank_groups * config.organisation.banks_per_group),
      groups_per_sub_(config.organisation.bank_groups),
      pseudo_channels_(config.organisation.pseudo_channels) {
  banks_.resize(static_cast<std::size_t>(subs_ * banks_per_sub_));
  sub_state_.resize(static_cast<std::size_t>(subs_));
  data_bus_.assign(static_cast<std::size_t>(pseudo_channels_), kLongBefore);
  for (auto& kinds : last_) {
    kinds[0].assign(banks_.size(), kLongBefore);
    kinds[1].assign(static_cast<std::size_t>(subs_ * groups_per_sub_), kLongBefore);
    kinds[2].assign(static_cast<std::size_t>(subs_), kLongBefore);
  }
  add_rules();
}

void CommandChecker::add_rules() {
  const TimingCycles& t = timing_;
  const Cycle act = t.from_last_cycle ? t.activate_cycles : 1, cas = t.from_last_cycle ? t.access_cycles : 1;
  const Cycle pre = t.from_last_cycle ? t.precharge_cycles : 1,
              ref = t.from_last_cycle ? t.refresh_cycles : 1;
  const Cycle rpab = t.tRPab;
  const Cycle write_end = t.write_latency + t.tDQSS + t.burst;
  const Cycle write_end_long = t.write_latency + t.tDQSS + std::max(t.burst, t.burst_long);
  const Cycle rtw =
      t.tRTW > 0 ? t.tRTW : t.read_latency + t.tDQSCK + t.burst + t.bus_turnaround - t.write_latency;
  rules_ = {
      {"tRC", kAct, kAct, Scope::bank, t.tRC},
      {"tRRD_L", kAct, kAct, Scope::group, t.tRRD_L},
      {"tRRD_S", kAct, kAct, Scope::sub, t.tRRD_S},
      {"tRCDRD", kAct, kRead, Scope::bank, t.tRCDRD + act - cas},
      {"tRCDWR", kAct, kWrite, Scope::bank, t.tRCDWR + act - cas},
      {"tRAS", kAct, kPre, Scope::bank, t.tRAS + act - pre},
      {"tRAS", kAct, kPreAll, Scope::sub, t.tRAS + act - pre},
      {"tRP", kPre, kAct, Scope::bank, t.tRP + pre - act},
      {"tRPab", kPreAll, kAct, Scope::sub, rpab + pre - act},
      {"tRP", kAutoPre, kAct, Scope::bank, t.tRP + pre - act},
      {"tRP", kAutoPre, kRefresh, Scope::sub, t.tRP + pre - ref},
      {"tRP", kAutoPre, kRefreshBank, Scope::bank, t.tRP + pre - ref},
      {"tPPD", kPre, kPre, Scope::sub, t.tPPD},
      {"tPPD", kPre, kPreAll, Scope::sub, t.tPPD},
      {"tRTP", kRead, kPre, Scope::bank, t.tRTP + cas - pre},
      {"tRTP", kRead, kPreAll, Scope::sub, t.tRTP + cas - pre},
      {"tWR", kWrite, kPre, Scope::bank, write_end + t.tWR + cas - pre},
      {"tWR", kWrite, kPreAll, Scope::sub, write_end + t.tWR + cas - pre},
      {"tCCD_S", kRead, kRead, Scope::sub, t.tCCD_S},
      {"tCCD_S", kWrite, kWrite, Scope::sub, t.tCCD_S},
      {"tCCD_L", kRead, kRead, Scope::group, t.tCCD_L},
      {"tCCD_L", kWrite, kWrite, Scope::group, t.tCCD_L},
      {"tRTW", kRead, kWrite, Scope::sub, rtw},
      {"tWTR_S", kWrite, kRead, Scope::sub, write_end + t.tWTR_S},
      {"tWTR_L", kWrite, kRead, Scope::group, write_end_long + t.tWTR_L},
      {"tRP", kPre, kRefresh, Scope::sub, t.tRP + pre - ref},
      {"tRPab", kPreAll, kRefresh, Scope::sub, rpab + pre - ref},
      {"tRC", kAct, kRefresh, Scope::sub, t.tRC + act - ref},
      {"tRP", kPre, kRefreshBank, Scope::bank, t.tRP + pre - ref},
      {"tRPab", kPreAll, kRefreshBank, Scope::sub, rpab + pre - ref},
      {"tRC", kAct, kRefreshBank, Scope::bank, t.tRC + act - ref},
      {"tRRD_S", kAct, kRefreshBank, Scope::sub, t.tRRD_S + act - ref},
      {"tRFCab", kRefresh, kAct, Scope::sub, t.tRFCab + ref - act},
      {"tRFCab", kRefresh, kRefresh, Scope::sub, t.tRFCab},
      {"tRFCpb", kRefreshBank, kAct, Scope::bank, t.tRFCpb + ref - act},
      {"tRFCpb", kRefreshBank, kRefreshBank, Scope::bank, t.tRFCpb},
      {"tRREFD", kRefreshBank, kAct, Scope::sub, t.tRREFD + ref - act, true},
      {"tPBR2PBR", kRefreshBank, kRefreshBank, Scope::sub, t.tPBR2PBR},
      {"tCS", kRead, kRead, Scope::other_rank, t.burst + t.tCS},
      {"tCS", kWrite, kWrite, Scope::other_rank, t.burst + t.tCS},
      {"tCS", kRead, kWrite, Scope::other_rank,
       t.read_latency + t.tDQSCK + t.burst + t.tCS - t.write_latency},
      {"tCS", kWrite, kRead, Scope::other_rank, write_end + t.tCS - t.read_latency},
  };
  for (const Kind later : {kAct, kRead, kWrite, kPre, kPreAll, kRefresh, kRefreshBank}) {
    rules_.push_back({"tXP", kExit, later, Scope::sub, t.tXP});
    rules_.push_back({"tXS", kSelfExit, later, Scope::sub, t.tXS});
  }
}

int CommandChecker::group_of(int bank) const {
  return bank / config_.organisation.banks_per_group;
}

Cycle& CommandChecker::last(Kind kind, Scope scope, int index) {
  const std::size_t level = scope == Scope::bank ? 0 : scope == Scope::group ? 1 : 2;
  return last_[kind][level][static_cast<std::size_t>(index)];
}

void CommandChecker::fail(const std::string& rule, Cycle at, const std::string& text) {
  if (violations_.size() < kMostViolations)
    violations_.push_back({rule, at, fmt::format("cycle {}: {}: {}", at, rule, text)});
}

void CommandChecker::check_rule(const Rule& rule, Cycle at, int sub, int bank) {
  Cycle before = kLongBefore;
  switch (rule.scope) {
    case Scope::bank:
      before = last(rule.earlier, Scope::bank, bank);
      break;
    case Scope::group:
      before = last(rule.earlier, Scope::group, group_of(bank));
      break;
    case Scope::sub:
      if (rule.other_bank_only &&
          last(rule.earlier, Scope::bank, bank) == last(rule.earlier, Scope::sub, sub))
        return;
      before = last(rule.earlier, Scope::sub, sub);
      break;
    case Scope::other_rank:
      for (int other = sub % pseudo_channels_; other < subs_; other += pseudo_channels_)
        if (other != sub) before = std::max(before, last(rule.earlier, Scope::sub, other));
      break;
  }
  if (at - before < rule.gap)
    fail(rule.name, at,
         fmt::format("{} cycles after the command at {}, {} needed", at - before, before, rule.gap));
}

void CommandChecker::check_rules(Cycle at, Kind kind, int sub, int bank) {
  for (const Rule& rule : rules_)
    if (rule.later == kind && (bank >= 0 || rule.scope == Scope::sub)) check_rule(rule, at, sub, bank);
}

void CommandChecker::note(Cycle at, Kind kind, int sub, int bank) {
  const auto raise = [at](Cycle& seen) { seen = std::max(seen, at); };  // auto-precharges come out of order
  if (bank >= 0) {
    raise(last(kind, Scope::bank, bank));
    raise(last(kind, Scope::group, group_of(bank)));
  }
  raise(last(kind, Scope::sub, sub));
}

void CommandChecker::check_bus(Cycle at, Command command) {
  const TimingCycles& t = timing_;
  const bool column = command == Command::read || command == Command::write ||
                      command == Command::read_precharge || command == Command::write_precharge ||
                      command == Command::cas_sync;
  Cycle length = 1;
  if (command == Command::activate) length = t.activate_cycles;
  if (command == Command::precharge || command == Command::precharge_all) length = t.precharge_cycles;
  if (command == Command::refresh_all || command == Command::refresh_bank) length = t.refresh_cycles;
  if (column && command != Command::cas_sync) length = t.access_cycles;
  Cycle& bus = column && t.separate_buses ? column_bus_ : row_bus_;
  if (at < bus)
    fail("bus", at, fmt::format("{} while the command bus is taken until {}", name(command), bus));
  bus = at + length;
}

void CommandChecker::check_data_bus(Cycle at, bool write, int sub) {
  const TimingCycles& t = timing_;
  const Cycle start =
      at + t.access_cycles - 1 + (write ? t.write_latency + t.tDQSS : t.read_latency + t.tDQSCK);
  Cycle& bus = data_bus_[static_cast<std::size_t>(sub % pseudo_channels_)];
  if (start < bus)
    fail("bus", at, fmt::format("data from {} while the data bus is taken until {}", start, bus));
  bus = start + t.burst;
}

void CommandChecker::activate(Cycle at, Command command, int sub, int bank, int row) {
  Bank& state = banks_[static_cast<std::size_t>(bank)];
  if (command == Command::activate2) {
    if (!state.activating) fail("state", at, "ACT-2 without ACT-1");
    if (at - state.activated > timing_.tAAD) fail("tAAD", at, "ACT-2 too long after ACT-1");
    state.activating = false;
    return;
  }
  if (state.open) fail("state", at, fmt::format("ACT to the open bank {}", bank));
  check_rules(at, kAct, sub, bank);
  auto& window = sub_state_[static_cast<std::size_t>(sub)].activates;
  if (window.size() == 4 && at - window.front() < timing_.tFAW)
    fail("tFAW", at, fmt::format("fifth ACT {} cycles after the first", at - window.front()));
  window.push_back(at);
  if (window.size() > 4) window.pop_front();
  state = {.open = true, .activating = timing_.tAAD > 0, .row = row, .activated = at};
  ++sub_state_[static_cast<std::size_t>(sub)].open;
  note(at, kAct, sub, bank);
}

void CommandChecker::access(Cycle at, Command command, int sub, int bank, int row) {
  const TimingCycles& t = timing_;
  const bool write = command == Command::write || command == Command::write_precharge;
  Bank& state = banks_[static_cast<std::size_t>(bank)];
  if (!state.open || state.activating || state.row != row)
    fail("state", at,
         fmt::format("{} to row {} of bank {}, which has row {} {}", name(command), row, bank, state.row,
                     state.open ? "open" : "closed"));
  check_rules(at, write ? kWrite : kRead, sub, bank);
  check_data_bus(at, write, sub);
  if (t.wck_sync && at >= wck_until_ && cas_at_ != at - 1) fail("wck", at, "access without WCK in step");
  wck_until_ =
      std::max(wck_until_, at + (write ? t.write_latency : t.read_latency) + t.burst + t.wck_postamble);
  note(at, write ? kWrite : kRead, sub, bank);
  if (command == Command::read || command == Command::write) return;
  // Auto-precharge happens as soon as tRTP, tWR of earlier writes too, and tRAS allow.
  const Cycle pre_length = t.from_last_cycle ? t.precharge_cycles : 1;
  const Cycle cas = t.from_last_cycle ? t.access_cycles : 1, act = t.from_last_cycle ? t.activate_cycles : 1;
  const Cycle by_read = last(kRead, Scope::bank, bank) + t.tRTP + cas - pre_length;
  const Cycle by_write =
      last(kWrite, Scope::bank, bank) + t.write_latency + t.tDQSS + t.burst + t.tWR + cas - pre_length;
  state.open = false;
  --sub_state_[static_cast<std::size_t>(sub)].open;
  note(std::max({by_read, by_write, state.activated + t.tRAS + act - pre_length}), kAutoPre, sub, bank);
}

void CommandChecker::precharge(Cycle at, Command command, int sub, int bank) {
  Sub& own = sub_state_[static_cast<std::size_t>(sub)];
  const auto close = [&](Bank& state) {
    if (state.activating) fail("state", at, "precharge between ACT-1 and ACT-2");
    own.open -= state.open ? 1 : 0;
    state.open = false;
  };
  if (command == Command::precharge) {
    check_rules(at, kPre, sub, bank);
    close(banks_[static_cast<std::size_t>(bank)]);
    note(at, kPre, sub, bank);
    return;
  }
  check_rules(at, kPreAll, sub, -1);
  for (int b = sub * banks_per_sub_; b < (sub + 1) * banks_per_sub_; ++b)
    close(banks_[static_cast<std::size_t>(b)]);
  note(at, kPreAll, sub, -1);
}

void CommandChecker::refresh(Cycle at, Command command, int sub, int bank) {
  Sub& own = sub_state_[static_cast<std::size_t>(sub)];
  ++own.refreshes;
  if (command == Command::refresh_all) {
    if (own.open > 0) fail("state", at, fmt::format("REFab with {} banks open", own.open));
    check_rules(at, kRefresh, sub, -1);
    note(at, kRefresh, sub, -1);
    return;
  }
  if (banks_[static_cast<std::size_t>(bank)].open)
    fail("state", at, fmt::format("REFpb to the open bank {}", bank));
  check_rules(at, kRefreshBank, sub, bank);
  note(at, kRefreshBank, sub, bank);
}

void CommandChecker::low_power(Cycle at, Command command, int sub) {
  Sub& own = sub_state_[static_cast<std::size_t>(sub)];
  const bool enter = command == Command::power_down_enter || command == Command::self_refresh_enter;
  if (enter) {
    if (own.asleep_since >= 0) fail("state", at, "low power entered twice");
    if (own.open > 0) fail("state", at, "low power entered with open banks");
    own.asleep_since = at;
    own.self_refresh = command == Command::self_refresh_enter;
    return;
  }
  if (own.asleep_since < 0) fail("state", at, "low power left without entering");
  if (at - own.asleep_since < timing_.tCKE) fail("tCKE", at, "too short in low power");
  if (own.self_refresh) own.slept += at - own.asleep_since;
  note(at, own.self_refresh ? kSelfExit : kExit, sub, -1);
  own.asleep_since = -1;
}

void CommandChecker::on_command(Cycle at, Command command, int sub, int bank, int row, int) {
  ++commands_;
  const bool power = command == Command::power_down_enter || command == Command::power_down_exit ||
                     command == Command::self_refresh_enter || command == Command::self_refresh_exit;
  if (power) return low_power(at, command, sub);
  if (sub_state_[static_cast<std::size_t>(sub)].asleep_since >= 0)
    fail("state", at, fmt::format("{} in a low-power state", name(command)));
  check_bus(at, command);
  switch (command) {
    case Command::activate:
    case Command::activate2:
      return activate(at, command, sub, bank, row);
    case Command::read:
    case Command::write:
    case Command::read_precharge:
    case Command::write_precharge:
      return access(at, command, sub, bank, row);
    case Command::precharge:
    case Command::precharge_all:
      return precharge(at, command, sub, bank);
    case Command::refresh_all:
    case Command::refresh_bank:
      return refresh(at, command, sub, bank);
    case Command::cas_sync:
      cas_at_ = at;
      return;
    default:
      return;
  }
}

void CommandChecker::finish(Cycle end) {
  if (config_.refresh.policy == RefreshPolicy::none) return;
  const int walked =  // by one sequence of per-bank refreshes
      config_.refresh.start == RefreshStart::spread ? 1 : static_cast<int>(sub_state_.size());
  const double pace = timing_.tREFIpb / config_.refresh.rate / walked;
  const bool all = config_.refresh.policy == RefreshPolicy::all_bank || timing_.tPBR2PBR > pace;
  const double interval = (all ? timing_.tREFI : timing_.tREFIpb) / config_.refresh.rate;
  for (const Sub& own : sub_state_) {
    const double owed = static_cast<double>(end - own.slept) / interval;
    const double allowed = all ? kPostponedRefreshes : kPostponedRefreshes * banks_per_sub_;
    if (static_cast<double>(own.refreshes) + allowed + 1 < owed)
      fail("refresh", end, fmt::format("{} refreshes where {:.0f} were due", own.refreshes, owed));
  }
}

}  // namespace kiln::dram
