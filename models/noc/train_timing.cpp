// SPDX-License-Identifier: MIT
#include "noc/train_timing.h"

#include <algorithm>

#include "noc/exact_network.h"

namespace kiln::noc {
namespace {

constexpr std::uint64_t kStreamPackets = 40;   ///< enough to see whether a train streams
constexpr std::uint64_t kTrialPackets = 192;   ///< of a calibration train that does not
constexpr std::uint64_t kSettledPackets = 96;  ///< by then its pattern repeats
constexpr std::uint64_t kLongestPeriod = 48;
constexpr int kMostChannels = 16;

}  // namespace

TrainTiming::TrainTiming(const NocConfig& config) : config_(config) {}

int TrainTiming::head_cycles(int routers) const {
  // A wire of latency n is read n + 1 cycles after it is driven; injection and ejection wires have latency 1.
  // The cycle of arrival is the first of the router's own, hence "- 1".
  const int router = config_.pipeline.router_cycles();
  const int local_wire = 2;
  return local_wire + (routers - 1) * (router + config_.link_latency) + (router - 1) + local_wire;
}

std::int64_t TrainTiming::lone_cycles(int routers, int virtual_channels, std::uint64_t packets,
                                      int last_flits) const {
  Profile& known = profile(routers, virtual_channels);
  if (known.streams) {
    return head_cycles(routers) + static_cast<std::int64_t>(packets - 1) * config_.packet_flits + last_flits -
           1;
  }
  std::uint64_t periods = 0;
  if (packets > known.settled_packets) {
    periods = (packets - known.settled_packets + known.period_packets - 1) / known.period_packets;
  }
  const std::uint64_t short_packets = packets - periods * known.period_packets;
  const std::uint64_t key = short_packets << 32 | static_cast<std::uint64_t>(last_flits);
  auto found = known.measured.find(key);
  if (found == known.measured.end()) {
    found =
        known.measured.emplace(key, send(routers, virtual_channels, short_packets, last_flits).back()).first;
  }
  return found->second + static_cast<std::int64_t>(periods) * known.period_cycles;
}

TrainTiming::Profile& TrainTiming::profile(int routers, int virtual_channels) const {
  const auto index = static_cast<std::size_t>(routers * (kMostChannels + 1) + virtual_channels);
  if (index >= profiles_.size()) profiles_.resize(index + 1);
  Profile& found = profiles_[index];
  if (!found.known) calibrate(found, routers, virtual_channels);
  return found;
}

void TrainTiming::calibrate(Profile& profile, int routers, int virtual_channels) const {
  const auto streams = [&](const std::vector<std::int64_t>& tails) {
    const std::int64_t first = head_cycles(routers) + config_.packet_flits - 1;
    for (std::size_t i = 0; i < tails.size(); ++i) {
      if (tails[i] != first + static_cast<std::int64_t>(i) * config_.packet_flits) return false;
    }
    return true;
  };
  profile.known = true;
  profile.streams = streams(send(routers, virtual_channels, kStreamPackets, config_.packet_flits));
  if (profile.streams) return;

  const std::vector<std::int64_t> tails =
      send(routers, virtual_channels, kTrialPackets, config_.packet_flits);
  const auto repeats_from = [&](std::uint64_t from, std::uint64_t period) {
    for (std::uint64_t i = from; i + period < kTrialPackets; ++i) {
      if (tails[i + period] - tails[i] != tails[kSettledPackets + period] - tails[kSettledPackets])
        return false;
    }
    return true;
  };
  std::uint64_t period = 1;
  while (period < kLongestPeriod && !repeats_from(kSettledPackets, period)) ++period;
  profile.period_packets = period;
  profile.period_cycles = tails[kSettledPackets + period] - tails[kSettledPackets];
  profile.rate =
      static_cast<double>(period) * config_.packet_flits / static_cast<double>(profile.period_cycles);
  // Arrivals repeat once the network is full; before, as many packets are under way as its buffers hold.
  std::uint64_t settled = kSettledPackets;
  while (settled > 0 && repeats_from(settled - 1, period)) --settled;
  const int under_way = routers * virtual_channels * (1 + config_.buffer_depth / config_.packet_flits);
  profile.settled_packets =
      std::min(kSettledPackets, settled + period + static_cast<std::uint64_t>(under_way));
}

/// Arrival cycles of the packets' tails on a row of `routers` routers that carries nothing else.
std::vector<std::int64_t> TrainTiming::send(int routers, int virtual_channels, std::uint64_t packets,
                                            int last_flits) const {
  NocConfig row = config_;
  row.topology = TopologyKind::mesh;
  row.columns = routers;
  row.rows = 1;
  row.local_ports = 1;
  row.routing = RoutingPolicy::xy;
  row.virtual_channels = virtual_channels;
  row.qos.policy = ClassPolicy::shared;
  row.qos.priority = false;
  ExactNetwork network(row);
  network.offer({.source = {0, 0},
                 .destination = {routers - 1, 0},
                 .packets = packets,
                 .flits = packets > 1 ? config_.packet_flits : last_flits,
                 .last_flits = last_flits});
  network.run_to_idle();
  std::vector<std::int64_t> tails;
  for (const PacketRecord& record : network.delivered()) tails.push_back(record.delivered);
  return tails;
}

}  // namespace kiln::noc
