// SPDX-License-Identifier: MIT
// How far the bulk engines of a run are from the exact ones: what reached network and memory in sampled
// windows, re-run by both.
#pragma once

#include <future>
#include <vector>

#include "base/watch.h"
#include "sim/fidelity.h"
#include "soc/recording.h"
#include "soc/soc_config.h"

namespace kiln::soc {

struct AuditResult {
  sim::Fidelities fidelity;  ///< what is exact already is not audited
  double noc_error = 0;      ///< relative, of the time to deliver a window's trains
  double dram_error = 0;     ///< relative, of the time to serve a window's bursts, mean over channels
  std::int64_t trains = 0, bursts = 0;
};

/// Re-runs each window from idle in both tiers, the exact one in its own time: what followed an end in bulk
/// follows it there, so that differences in latency add up as they would on the chip. In a thread of its own
/// when `ahead` (if the system grants one), else when asked for the result. Errors are means over windows,
/// weighted by their length.
class Audit {
 public:
  /// `soc` must outlive it.
  Audit(const SocConfig& soc, const sim::Fidelities& fidelity, double noc_clock_hz, bool ahead,
        const base::Watch& watch = {});

  void add(Recording window);
  /// Waits for all windows.
  AuditResult result() const;

 private:
  /// Sums of times and of absolute differences.
  struct Error {
    double difference = 0, reference = 0;
    void add(double bulk, double exact);
    void add(const Error& other);
    double relative() const { return reference > 0 ? difference / reference : 0; }
  };
  struct Window {
    Error network, memory;
    std::int64_t trains = 0, bursts = 0;
  };
  /// What windows are run on.
  struct Parts {
    const dram::DramConfig* dram;
    noc::NocConfig noc;
    std::vector<noc::Endpoint> tiles;
  };
  static Error of_network(const Parts& parts, std::vector<noc::Train> trains, const base::Watch& watch);
  static Error of_channel(const dram::DramConfig& config, std::vector<dram::Burst> bursts,
                          const base::Watch& watch);
  static Window rerun(const Parts& parts, Recording recording, const base::Watch& watch);

  Parts parts_;
  sim::Fidelities fidelity_;
  std::launch launch_;
  base::Watch watch_;
  std::vector<std::shared_future<Window>> windows_;
};

}  // namespace kiln::soc
