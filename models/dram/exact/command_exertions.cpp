// SPDX-License-Identifier: MIT
#include "dram/exact/command_exertions.h"

namespace kiln::dram {

void CommandExertions::on_command(Cycle at, Command command, int, int, int, int) {
  const auto lasts = [&](Cycle cycles) {
    return Exertion{.begin = clock_.time_of(at), .end = clock_.time_of(at + cycles)};
  };
  Exertion exertion;
  switch (command) {
    case Command::activate:
      exertion = lasts(timing_.act_to_pre);
      exertion.activates = 1;
      break;
    case Command::read:
    case Command::read_precharge:
      exertion = lasts(timing_.read_to_read);
      exertion.reads = 1;
      break;
    case Command::write:
    case Command::write_precharge:
      exertion = lasts(timing_.write_to_write);
      exertion.writes = 1;
      break;
    case Command::refresh_all:
      exertion = lasts(timing_.refresh_to_act);
      exertion.refreshes_all_bank = 1;
      break;
    case Command::refresh_bank:
      exertion = lasts(timing_.refresh_bank_to_act);
      exertion.refreshes_per_bank = 1;
      break;
    case Command::activate2:
    case Command::precharge:
    case Command::precharge_all:
    case Command::cas_sync:
    case Command::power_down_enter:
    case Command::power_down_exit:
    case Command::self_refresh_enter:
    case Command::self_refresh_exit:
      return;  // charged with the others, or in the background
  }
  add(*log_, exertion);
}

}  // namespace kiln::dram
