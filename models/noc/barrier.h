// SPDX-License-Identifier: MIT
// How a receiver waits for gradients: strict, bounded staleness or not at all; and how stale they were.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "base/time.h"
#include "config/record.h"

namespace kiln::noc {

/// strict: a step is applied when every source's gradient of that step is there. bounded: when
/// every source is at most `staleness` steps behind (stale synchronous parallel, Ho et al., NIPS
/// 2013). asynchronous: at once.
enum class BarrierPolicy { strict, bounded, asynchronous };
std::span<const config::EnumName<BarrierPolicy>> enum_names(const BarrierPolicy*);

struct BarrierConfig {
  BarrierPolicy policy = BarrierPolicy::strict;
  int staleness = 0;  ///< s of `bounded`
};
const config::Record<BarrierConfig>& describe(const BarrierConfig*);

/// The header of a gradient packet.
struct GradientStamp {
  int source = 0;
  int step = 0;  ///< steps count from 0
  int layer = 0;
  int sequence = 0;  ///< of `packets`
  int packets = 1;   ///< of this source, step and layer
  base::TimePs sent = 0;
};

/// Receiver of one layer's gradients from `sources` workers.
class GradientBarrier {
 public:
  GradientBarrier(const BarrierConfig& config, int sources);

  /// Packets may arrive in any order; a second copy of one is a broken invariant.
  void receive(const GradientStamp& stamp, base::TimePs now);
  /// May step `step` be applied with what is here?
  bool may_apply(int step) const;
  /// Applies it: notes how many steps each source's newest complete gradient is behind. Throws base::SimError
  /// when the policy forbids it.
  void apply(int step);

  /// Newest step whose packets are all here, -1 before the first.
  int newest_step(int source) const { return sources_[static_cast<std::size_t>(source)].newest; }
  /// [k] = gradients that were k steps old when applied.
  const std::vector<std::uint64_t>& staleness_histogram() const { return histogram_; }
  double mean_staleness() const;
  /// Mean time from sending to arrival.
  double mean_transit_s() const;

 private:
  struct Source {
    int newest = -1;
    std::map<int, std::vector<bool>> partial;  ///< by step: packets that arrived
  };
  BarrierConfig config_;
  std::vector<Source> sources_;
  std::vector<std::uint64_t> histogram_;
  double transit_s_ = 0;
  std::uint64_t packets_ = 0;
};

}  // namespace kiln::noc
