// SPDX-License-Identifier: MIT
// The commands of an exact channel as stretches of time in which they draw current.
#pragma once

#include "base/time.h"
#include "dram/exact/command_record.h"
#include "dram/exertion.h"
#include "dram/timing_table.h"

namespace kiln::dram {

class CommandExertions final : public CommandSink {
 public:
  CommandExertions(const base::Clock& clock, const TimingTable& timing) : clock_(clock), timing_(timing) {}

  void write_to(ExertionLog* log) { log_ = log; }
  void on_command(Cycle at, Command command, int sub, int bank, int row, int column) override;

 private:
  const base::Clock& clock_;
  const TimingTable& timing_;
  ExertionLog* log_ = nullptr;
};

}  // namespace kiln::dram
