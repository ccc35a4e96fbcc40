// SPDX-License-Identifier: MIT
#include "dram/device.h"

namespace kiln::dram {

std::string_view name(Command command) {
  switch (command) {
    case Command::activate:
      return "ACT";
    case Command::activate2:
      return "ACT2";
    case Command::precharge:
      return "PRE";
    case Command::precharge_all:
      return "PREab";
    case Command::read:
      return "RD";
    case Command::write:
      return "WR";
    case Command::read_precharge:
      return "RDA";
    case Command::write_precharge:
      return "WRA";
    case Command::refresh_all:
      return "REFab";
    case Command::refresh_bank:
      return "REFpb";
    case Command::cas_sync:
      return "CAS";
    case Command::power_down_enter:
      return "PDE";
    case Command::power_down_exit:
      return "PDX";
    case Command::self_refresh_enter:
      return "SRE";
    case Command::self_refresh_exit:
      return "SRX";
  }
  return "?";
}

Device::Device(const DramConfig& config, const TimingTable& timing) : timing_(timing) {
  const OrganisationConfig& o = config.organisation;
  pseudo_channels_ = o.pseudo_channels;
  subs_ = o.pseudo_channels * o.ranks;
  groups_per_sub_ = o.bank_groups;
  banks_per_sub_ = o.bank_groups * o.banks_per_group;
  banks_.resize(static_cast<std::size_t>(subs_ * banks_per_sub_));
  groups_.resize(static_cast<std::size_t>(subs_ * groups_per_sub_));
  levels_.resize(static_cast<std::size_t>(subs_));
  for (Level& level : levels_) level.activates.fill(kLongAgo);
  for (int bank = 0; bank < banks(); ++bank) {
    const int sub = bank / banks_per_sub_;
    sub_of_.push_back(sub);
    group_of_.push_back(
        static_cast<std::uint32_t>(sub * groups_per_sub_ + bank % banks_per_sub_ / o.banks_per_group));
  }
}

void Device::raise_acts(Level& level) const {
  level.act_least = std::max(level.act_next, level.activates[level.oldest] + timing_.four_activates);
}

void Device::open(std::size_t bank, Cycle at) {
  Level& level = levels_[static_cast<std::size_t>(sub_of_[bank])];
  if (level.open_banks++ == 0) level.open_since = at;
  banks_[bank].accesses = 0;
}

void Device::close(std::size_t bank, Cycle at) {
  if (banks_[bank].row == kClosed) return;
  banks_[bank].row = kClosed;
  Level& level = levels_[static_cast<std::size_t>(sub_of_[bank])];
  if (--level.open_banks == 0) level.active += at - level.open_since;
}

void Device::note_activate(std::size_t bank, Cycle at) {
  BankState& b = banks_[bank];
  const auto sub = static_cast<std::size_t>(sub_of_[bank]);
  Level& level = levels_[sub];
  b.act_ok = at + timing_.act_to_act_bank;
  b.read_ok = at + timing_.act_to_read;
  b.write_ok = at + timing_.act_to_write;
  b.pre_ok = at + timing_.act_to_pre;
  b.refresh_ok = std::max(b.refresh_ok, at + timing_.act_to_refresh);
  b.last_use = at;
  level.act_next = std::max(level.act_next, at + timing_.act_to_act);
  level.activates[level.oldest] = at;
  level.oldest = (level.oldest + 1) % level.activates.size();
  level.pre_all_ok = std::max(level.pre_all_ok, at + timing_.act_to_pre);
  level.refresh_ok = std::max(level.refresh_ok, at + timing_.act_to_refresh);
  level.refresh_bank_next = std::max(level.refresh_bank_next, at + timing_.act_to_refresh_bank_other);
  groups_[group_of_[bank]].act = at + timing_.act_to_act_group;
  raise_acts(level);
  open(bank, at);
}

void Device::activate(int bank, std::int32_t row, Cycle at) {
  const auto b = static_cast<std::size_t>(bank);
  note_activate(b, at);
  banks_[b].row = row;
}

void Device::activate1(int bank, std::int32_t row, Cycle at) {
  const auto b = static_cast<std::size_t>(bank);
  note_activate(b, at);
  banks_[b].row = kActivating;
  banks_[b].pending_row = row;
}

void Device::activate2(int bank) {
  BankState& b = banks_[static_cast<std::size_t>(bank)];
  b.row = b.pending_row;
}

void Device::hold_other_ranks(std::size_t sub, Cycle read_at, Cycle write_at) {
  const auto step = static_cast<std::size_t>(pseudo_channels_);
  for (std::size_t other = sub % step; other < levels_.size(); other += step) {
    if (other == sub) continue;
    levels_[other].read_next = std::max(levels_[other].read_next, read_at);
    levels_[other].write_next = std::max(levels_[other].write_next, write_at);
  }
}

void Device::read(int bank, Cycle at, bool precharge) {
  const auto b = static_cast<std::size_t>(bank);
  const auto sub = static_cast<std::size_t>(sub_of_[b]);
  Level& level = levels_[sub];
  Group& group = groups_[group_of_[b]];
  banks_[b].pre_ok = std::max(banks_[b].pre_ok, at + timing_.read_to_pre);
  banks_[b].last_use = at;
  ++banks_[b].accesses;
  group.read = at + timing_.read_to_read_group;
  level.read_next = std::max(level.read_next, at + timing_.read_to_read);
  level.write_next = std::max(level.write_next, at + timing_.read_to_write);
  level.pre_all_ok = std::max(level.pre_all_ok, at + timing_.read_to_pre);
  if (subs_ > pseudo_channels_)
    hold_other_ranks(sub, at + timing_.other_rank_read_to_read, at + timing_.other_rank_read_to_write);
  if (precharge) auto_precharge(b, banks_[b].pre_ok);
}

void Device::write(int bank, Cycle at, bool precharge) {
  const auto b = static_cast<std::size_t>(bank);
  const auto sub = static_cast<std::size_t>(sub_of_[b]);
  Level& level = levels_[sub];
  Group& group = groups_[group_of_[b]];
  banks_[b].pre_ok = std::max(banks_[b].pre_ok, at + timing_.write_to_pre);
  banks_[b].last_use = at;
  ++banks_[b].accesses;
  group.write = at + timing_.write_to_write_group;
  group.read = std::max(group.read, at + timing_.write_to_read_group);
  level.write_next = std::max(level.write_next, at + timing_.write_to_write);
  level.read_next = std::max(level.read_next, at + timing_.write_to_read);
  level.pre_all_ok = std::max(level.pre_all_ok, at + timing_.write_to_pre);
  if (subs_ > pseudo_channels_)
    hold_other_ranks(sub, at + timing_.other_rank_write_to_read, at + timing_.other_rank_write_to_write);
  if (precharge) auto_precharge(b, banks_[b].pre_ok);
}

void Device::auto_precharge(std::size_t bank, Cycle precharge_at) {
  BankState& b = banks_[bank];
  b.act_ok = std::max(b.act_ok, precharge_at + timing_.pre_to_act);
  b.refresh_ok = std::max(b.refresh_ok, precharge_at + timing_.pre_to_refresh);
  Level& level = levels_[static_cast<std::size_t>(sub_of_[bank])];
  level.refresh_ok = std::max(level.refresh_ok, precharge_at + timing_.pre_to_refresh);
  close(bank, precharge_at);
}

void Device::precharge(int bank, Cycle at) {
  const auto b = static_cast<std::size_t>(bank);
  Level& level = levels_[static_cast<std::size_t>(sub_of_[b])];
  banks_[b].act_ok = std::max(banks_[b].act_ok, at + timing_.pre_to_act);
  banks_[b].refresh_ok = std::max(banks_[b].refresh_ok, at + timing_.pre_to_refresh);
  level.refresh_ok = std::max(level.refresh_ok, at + timing_.pre_to_refresh);
  level.pre_next = std::max(level.pre_next, at + timing_.pre_to_pre);
  close(b, at);
}

void Device::precharge_all(int sub, Cycle at) {
  Level& level = levels_[static_cast<std::size_t>(sub)];
  const auto first = static_cast<std::size_t>(sub * banks_per_sub_);
  for (std::size_t b = first; b < first + static_cast<std::size_t>(banks_per_sub_); ++b) {
    banks_[b].act_ok = std::max(banks_[b].act_ok, at + timing_.pre_all_to_act);
    banks_[b].refresh_ok = std::max(banks_[b].refresh_ok, at + timing_.pre_all_to_refresh);
    close(b, at);
  }
  level.refresh_ok = std::max(level.refresh_ok, at + timing_.pre_all_to_refresh);
  level.pre_next = std::max(level.pre_next, at + timing_.pre_to_pre);
}

void Device::refresh_all(int sub, Cycle at) {
  Level& level = levels_[static_cast<std::size_t>(sub)];
  const Cycle done = at + timing_.refresh_to_act;
  const auto first = static_cast<std::size_t>(sub * banks_per_sub_);
  for (std::size_t b = first; b < first + static_cast<std::size_t>(banks_per_sub_); ++b) {
    banks_[b].act_ok = std::max(banks_[b].act_ok, done);
    banks_[b].refresh_ok = std::max(banks_[b].refresh_ok, done);
  }
  level.refresh_ok = std::max(level.refresh_ok, done);
  level.pre_all_ok = std::max(level.pre_all_ok, done);
}

Cycle Device::refresh_bank_at(int bank) const {
  return std::max(banks_[static_cast<std::size_t>(bank)].refresh_ok, level(sub_of(bank)).refresh_bank_next);
}

void Device::refresh_bank(int bank, Cycle at) {
  const auto b = static_cast<std::size_t>(bank);
  const auto sub = static_cast<std::size_t>(sub_of_[b]);
  Level& level = levels_[sub];
  banks_[b].act_ok = std::max(banks_[b].act_ok, at + timing_.refresh_bank_to_act);
  banks_[b].refresh_ok = std::max(banks_[b].refresh_ok, at + timing_.refresh_bank_to_act);
  level.refresh_ok = std::max(level.refresh_ok, at + timing_.refresh_bank_to_act);
  level.pre_all_ok = std::max(level.pre_all_ok, at + timing_.refresh_bank_to_act);
  level.refresh_bank_next = std::max(level.refresh_bank_next, at + timing_.refresh_bank_to_refresh_bank);
  level.act_next = std::max(level.act_next, at + timing_.refresh_bank_to_other_act);
  raise_acts(level);
}

void Device::hold(int sub, Cycle at) {
  Level& level = levels_[static_cast<std::size_t>(sub)];
  for (Cycle* time : {&level.act_next, &level.read_next, &level.write_next, &level.pre_next,
                      &level.refresh_ok, &level.refresh_bank_next})
    *time = std::max(*time, at);
  raise_acts(level);
}

void Device::forget_active_cycles() {
  for (Level& level : levels_) level.active = 0;
}

Cycle Device::active_cycles(int sub, Cycle now) const {
  const Level& l = level(sub);
  return l.active + (l.open_banks > 0 ? std::max<Cycle>(now - l.open_since, 0) : 0);
}

}  // namespace kiln::dram
