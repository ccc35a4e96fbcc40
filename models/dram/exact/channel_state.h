// SPDX-License-Identifier: MIT
// What the parts of an exact channel share: the memory, who waits, what is due, the buses. Commands change
// it (command_issuer.h, low_power.h), policies only read it.
#pragma once

#include "dram/device.h"
#include "dram/dram_config.h"
#include "dram/exact/activated_requests.h"
#include "dram/exact/command_buses.h"
#include "dram/exact/command_record.h"
#include "dram/exact/front_queues.h"
#include "dram/exact/request_ledger.h"
#include "dram/patrol.h"
#include "dram/refresh_queue.h"
#include "dram/request_queues.h"

namespace kiln::dram {

struct ChannelState {
  ChannelState(const DramConfig& of, const TimingTable& timing, double hz)
      : config(of),
        clock_hz(hz),
        device(config, timing),
        queues(device.banks()),
        front(config.controller),
        activated(device.subs(), device.banks()),
        refresh(config, timing),
        patrol(config),
        buses(config),
        ledger(config.controller) {
    patrol.restart(0, hz);
  }
  // Its parts and its users keep references into it.
  ChannelState(const ChannelState&) = delete;
  ChannelState& operator=(const ChannelState&) = delete;

  const TimingTable& timing() const { return device.timing(); }
  /// The bank, or the sub-channel, is to be refreshed, and refreshes hold back what they are for.
  bool refresh_holds(int bank) const {
    return !refresh.pending().empty() && refresh.blocks(device.sub_of(bank), bank);
  }
  bool queues_drained() const { return queues.empty() && activated.empty() && !activated.second_step_due(); }
  /// No request is waiting.
  bool drained() const { return queues_drained() && front.empty(); }

  const DramConfig config;
  double clock_hz;  ///< in force
  Device device;
  RequestQueues queues;
  FrontQueues front;
  ActivatedRequests activated;
  RefreshQueue refresh;
  Patrol patrol;
  CommandBuses buses;
  CommandRecord record;
  RequestLedger ledger;
};

}  // namespace kiln::dram
