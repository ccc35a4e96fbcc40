// SPDX-License-Identifier: MIT
// YAML names of the DRAM choices.
#include <array>

#include "dram/dram_config.h"

namespace kiln::dram {

using config::EnumName;

std::span<const EnumName<Standard>> enum_names(const Standard*) {
  static constexpr std::array names{
      EnumName<Standard>{Standard::ddr4, "ddr4"},     EnumName<Standard>{Standard::lpddr4, "lpddr4"},
      EnumName<Standard>{Standard::lpddr5, "lpddr5"}, EnumName<Standard>{Standard::lpddr5x, "lpddr5x"},
      EnumName<Standard>{Standard::hbm2, "hbm2"},     EnumName<Standard>{Standard::hbm2e, "hbm2e"}};
  return names;
}

std::span<const EnumName<QueueKind>> enum_names(const QueueKind*) {
  static constexpr std::array names{EnumName<QueueKind>{QueueKind::shared, "shared"},
                                    EnumName<QueueKind>{QueueKind::two_stage, "two_stage"},
                                    EnumName<QueueKind>{QueueKind::bank, "bank"}};
  return names;
}

std::span<const EnumName<Arbitration>> enum_names(const Arbitration*) {
  static constexpr std::array names{EnumName<Arbitration>{Arbitration::oldest_ready, "oldest_ready"},
                                    EnumName<Arbitration>{Arbitration::oldest_row_hit, "oldest_row_hit"},
                                    EnumName<Arbitration>{Arbitration::round_robin, "round_robin"}};
  return names;
}

std::span<const EnumName<DirectionPolicy>> enum_names(const DirectionPolicy*) {
  static constexpr std::array names{
      EnumName<DirectionPolicy>{DirectionPolicy::watermark, "watermark"},
      EnumName<DirectionPolicy>{DirectionPolicy::drain_when_full, "drain_when_full"},
      EnumName<DirectionPolicy>{DirectionPolicy::interleaved, "interleaved"},
      EnumName<DirectionPolicy>{DirectionPolicy::grouped, "grouped"}};
  return names;
}

std::span<const EnumName<DirectionScope>> enum_names(const DirectionScope*) {
  static constexpr std::array names{
      EnumName<DirectionScope>{DirectionScope::channel, "channel"},
      EnumName<DirectionScope>{DirectionScope::pseudo_channel, "pseudo_channel"}};
  return names;
}

std::span<const EnumName<PagePolicy>> enum_names(const PagePolicy*) {
  static constexpr std::array names{EnumName<PagePolicy>{PagePolicy::open, "open"},
                                    EnumName<PagePolicy>{PagePolicy::closed, "closed"},
                                    EnumName<PagePolicy>{PagePolicy::timeout, "timeout"}};
  return names;
}

std::span<const EnumName<SlotRelease>> enum_names(const SlotRelease*) {
  static constexpr std::array names{EnumName<SlotRelease>{SlotRelease::activate, "activate"},
                                    EnumName<SlotRelease>{SlotRelease::access, "access"}};
  return names;
}

std::span<const EnumName<WriteCompletion>> enum_names(const WriteCompletion*) {
  static constexpr std::array names{EnumName<WriteCompletion>{WriteCompletion::accepted, "accepted"},
                                    EnumName<WriteCompletion>{WriteCompletion::issued, "issued"},
                                    EnumName<WriteCompletion>{WriteCompletion::written, "written"}};
  return names;
}

std::span<const EnumName<RunEnds>> enum_names(const RunEnds*) {
  static constexpr std::array names{EnumName<RunEnds>{RunEnds::drained, "drained"},
                                    EnumName<RunEnds>{RunEnds::completed, "completed"}};
  return names;
}

std::span<const EnumName<RefreshPolicy>> enum_names(const RefreshPolicy*) {
  static constexpr std::array names{EnumName<RefreshPolicy>{RefreshPolicy::none, "none"},
                                    EnumName<RefreshPolicy>{RefreshPolicy::all_bank, "all_bank"},
                                    EnumName<RefreshPolicy>{RefreshPolicy::per_bank, "per_bank"}};
  return names;
}

std::span<const EnumName<RefreshBlocking>> enum_names(const RefreshBlocking*) {
  static constexpr std::array names{EnumName<RefreshBlocking>{RefreshBlocking::channel, "channel"},
                                    EnumName<RefreshBlocking>{RefreshBlocking::target, "target"}};
  return names;
}

std::span<const EnumName<RefreshStart>> enum_names(const RefreshStart*) {
  static constexpr std::array names{EnumName<RefreshStart>{RefreshStart::together, "together"},
                                    EnumName<RefreshStart>{RefreshStart::spread, "spread"}};
  return names;
}

std::span<const EnumName<RefreshChoice>> enum_names(const RefreshChoice*) {
  static constexpr std::array names{EnumName<RefreshChoice>{RefreshChoice::round_robin, "round_robin"},
                                    EnumName<RefreshChoice>{RefreshChoice::idle_first, "idle_first"}};
  return names;
}

std::span<const EnumName<EccKind>> enum_names(const EccKind*) {
  static constexpr std::array names{
      EnumName<EccKind>{EccKind::none, "none"}, EnumName<EccKind>{EccKind::on_die, "on_die"},
      EnumName<EccKind>{EccKind::side_band, "side_band"}, EnumName<EccKind>{EccKind::inline_code, "inline"}};
  return names;
}

}  // namespace kiln::dram
