// SPDX-License-Identifier: MIT
// Which commands a channel issues next: one policy, chosen by the configuration, told what changes.
#pragma once

#include <memory>
#include <string>

#include "dram/exact/channel_state.h"

namespace kiln::dram {

class CommandIssuer;

/// An activate that was issued, or a step of it.
struct Activation {
  int bank;
  std::int32_t slot;
  bool left_queue;  ///< the request left its queue with it
  bool owns_row;    ///< the request waits for its access outside the queues from now on
};

/// A column command that was issued, with the check access that may have followed.
struct ServedAccess {
  const Access& access;
  bool owner;       ///< it was the bank's owner; else it came from the queues
  bool row_closed;  ///< the bank precharges itself
};

class Scheduler {
 public:
  virtual ~Scheduler() = default;

  /// First cycle in which a command can be issued, as things are; kNeverCycle without any.
  virtual Cycle next() = 0;
  /// Issues the commands of cycle `at`, of which next() said that none comes before; perhaps none. Returns
  /// the last cycle whose commands are all chosen.
  virtual Cycle serve(Cycle at, CommandIssuer& issuer) = 0;
  /// A cycle that went by without a command is over for requests that come in it.
  virtual bool closes_idle_cycles() const { return true; }
  /// While held only accesses of activated rows and refreshes go on.
  virtual void hold(bool /*held*/) {}
  /// State for an error message, as `, something`.
  virtual std::string describe() const { return {}; }

  // What changed. The channel's state already shows it.
  virtual void queued(std::int32_t /*slot*/) {}
  virtual void activated(const Activation& /*activation*/) {}
  virtual void served(const ServedAccess& /*served*/) {}
  virtual void precharged(int /*bank*/) {}
  /// Rows or "not before" times of banks [first, end), and what refreshes are pending.
  virtual void banks_changed(int /*first*/, int /*end*/) {}
  /// What refreshes are pending.
  virtual void refreshes_changed() {}
};

/// The policy that `config.controller` asks for.
std::unique_ptr<Scheduler> make_scheduler(const ChannelState& state);

}  // namespace kiln::dram
