// SPDX-License-Identifier: MIT
// What the chip asks of a memory behind a port of its network, be it Kiln's own or somebody else's.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/error.h"
#include "dram/port_books.h"
#include "sim/bulk_protocol.h"
#include "sim/fidelity.h"
#include "sim/operating_domain.h"
#include "stats/ledger.h"
#include "stats/metrics.h"

namespace kiln::dram {

/// Channels `first`, `first + stride`, ... of the stack: those behind one port.
struct PortChannels {
  int first = 0, count = 1, stride = 1;

  /// Which of them `channel` of the stack is. Throws SimError for one behind another port.
  int index_of(int channel) const {
    const int index = (channel - first) / stride;
    KILN_CHECK(channel >= first && (channel - first) % stride == 0 && index < count,
               "channel {} is not behind the port of channel {}", channel, first);
    return index;
  }
};

/// Where a memory sits in the chip.
struct MemorySite {
  const DramConfig& config;
  sim::Fidelity fidelity = sim::Fidelity::bulk;
  stats::Group& stats;
  PortChannels channels{};
  stats::Ledger& ledger;
  /// Activity heats the device and, on the die, the controller's interface.
  stats::BlockId device_block, phy_block;
  bool logs_exertions = false;  ///< see PortBooks::exertions
};

class MemoryUnit : public sc_core::sc_module, public sim::Operated {
 public:
  MemoryUnit(sc_core::sc_module_name name, const MemorySite& site)
      : sc_module(name), operating_point(*this), books_(site.stats) {}

  sim::OperatingPointPort operating_point;
  virtual sim::BulkTarget& target() = 0;

  /// Does now what posted writes left in the queues, for the books of a step that ends here.
  virtual void drain() {}
  /// Moves what was done since the last call into the ledger.
  virtual void report_activity() = 0;
  /// Throws SimError unless the memory did, or has waiting, all that came in.
  virtual void check_conservation() const = 0;
  /// Bursts that came in and were not answered yet.
  virtual std::int64_t outstanding() const = 0;
  std::string describe_state() const { return fmt::format("{}: {} bursts waiting", name(), outstanding()); }
  bool idle() const { return outstanding() == 0; }

  const PortBooks& books() const { return books_; }
  /// Of a step: what follows is counted from zero.
  void restart_books() {
    report_activity();
    books_.restart();
  }
  void record_until(base::TimePs until) { books_.record_until(until); }

 protected:
  PortBooks books_;
};

/// Makes the memory of a site. A chip with a memory of one's own is given another factory.
using MemoryFactory = std::function<std::unique_ptr<MemoryUnit>(const char* name, const MemorySite&)>;

}  // namespace kiln::dram
