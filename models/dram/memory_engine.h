// SPDX-License-Identifier: MIT
// One memory channel as a running chip sees it: bursts go in, and it says when their data comes out.
//
// A forecast is a lower bound that moves later until it is the answer. At the forecast time call settle(now)
// and ask again; complete the burst when the answer is not later than now, and close its ticket.
#pragma once

#include <cstdint>
#include <memory>

#include "base/time.h"
#include "dram/dram_config.h"
#include "dram/energy.h"
#include "dram/exertion.h"
#include "sim/fidelity.h"

namespace kiln::dram {

struct Burst {
  std::uint64_t address = 0;  ///< channel-local byte address
  std::uint64_t bytes = 0;
  bool write = false;
  std::uint32_t stream = 0;
  base::TimePs arrival = 0;       ///< the request (read) or the first data (write) is at the controller
  base::TimePs last_arrival = 0;  ///< writes: the last data is there; reads: as arrival
};

/// `first`: first data at the controller (reads) or accepted (writes); `last` likewise.
using base::Curve;

using Ticket = std::uint64_t;

struct Operating {
  double clock_hz = 0;
  double refresh_rate = 1;  ///< refreshes per tREFI
};

/// The accesses that a burst touches.
struct AccessRange {
  std::uint64_t first = 0, end = 0;
  std::uint64_t size() const { return end - first; }
};

class MemoryEngine {
 public:
  virtual ~MemoryEngine() = default;

  /// Queues a burst. Bursts may be handed in before their arrival. Throws SimError past the end of the
  /// channel.
  virtual Ticket submit(const Burst& burst) = 0;
  virtual Curve forecast(Ticket ticket) const = 0;
  /// True once forecast() is the answer and will not move (not even by an operating-point change).
  virtual bool final(Ticket ticket) const = 0;
  /// When the first `bytes` of a read are out: like forecast(), a lower bound while it is in the future.
  virtual base::TimePs data_ready(Ticket ticket, std::uint64_t bytes) const = 0;
  /// No forecast will be asked for again: the ticket is freed once the burst is served.
  virtual void close(Ticket ticket) = 0;
  /// Serves what starts up to `now`. Time never goes back.
  virtual void settle(base::TimePs now) = 0;
  /// New clock or refresh rate from `now`; a clock change stalls the channel for retraining.
  virtual void set_operating(base::TimePs now, const Operating& operating) = 0;
  /// Serves all that is queued, however long that takes.
  virtual void drain() = 0;
  /// No burst follows: writes that wait for company wait no longer.
  virtual void end_input() {}

  /// From now on what is done is told to `log`, which must outlive the channel, as it is decided.
  virtual void log_to(ExertionLog* log) = 0;

  /// What was done up to the last settle().
  virtual CommandCounts counts() const = 0;
  /// Accesses of bursts that are not in counts() and still waited then.
  virtual std::uint64_t waiting_accesses(bool write) const = 0;
  /// Reads that found their data in the write queue and made no access.
  virtual std::uint64_t forwarded_reads() const { return 0; }
};

/// The accesses of a burst. Throws SimError when it is empty or ends past the channel.
AccessRange accesses_of(const DramConfig& config, const Burst& burst);

/// Rows closed, nothing queued, cycle 0 at `start` and the first refresh one interval later.
std::unique_ptr<MemoryEngine> make_memory_engine(sim::Fidelity fidelity, const DramConfig& config,
                                                 base::TimePs start, const Operating& operating);
/// At the operating point of the configuration.
std::unique_ptr<MemoryEngine> make_memory_engine(sim::Fidelity fidelity, const DramConfig& config,
                                                 base::TimePs start);

}  // namespace kiln::dram
