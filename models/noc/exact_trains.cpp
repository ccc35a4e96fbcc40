// SPDX-License-Identifier: MIT
#include "noc/exact_trains.h"

#include <algorithm>
#include <cmath>

namespace kiln::noc {

Offer offer_of(const NocConfig& config, const Train& train, std::uint64_t tag) {
  const double period_ps = base::kPicosecondsPerSecond / config.clock_hz;
  const std::uint64_t packets = config.packets_of(train.bytes);
  const std::uint64_t flits = config.flits_of(train.bytes);
  const auto full = static_cast<std::uint64_t>(config.packet_flits);
  Offer offer{.source = train.source, .destination = train.destination, .cls = train.cls, .packets = packets};
  offer.flits = packets > 1 ? config.packet_flits : static_cast<int>(flits);
  offer.last_flits = static_cast<int>(flits - (packets - 1) * full);
  offer.tag = tag;
  // A packet can be sent when its last payload byte is there; the last packet may be shorter than the others.
  const double span_ps = static_cast<double>(train.last - train.first);
  const double packet_share = packets > 1
                                  ? std::min(1.0, static_cast<double>(config.payload_flits()) *
                                                      config.link_bytes / static_cast<double>(train.bytes))
                                  : 1.0;
  const double first_ready_ps = static_cast<double>(train.first) + span_ps * packet_share;
  offer.cycle = static_cast<std::int64_t>(std::ceil(first_ready_ps / period_ps - 1e-9));
  offer.interval =
      packets > 1 ? span_ps * (1 - packet_share) / static_cast<double>(packets - 1) / period_ps : 0;
  return offer;
}

std::vector<Delivery> deliver_exactly(const NocConfig& config, std::span<const Train> trains,
                                      const base::Watch& watch) {
  const double period_ps = base::kPicosecondsPerSecond / config.clock_hz;
  ExactNetwork network(config);
  std::vector<std::uint32_t> order(trains.size());
  for (std::uint32_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(),
                   [&](auto a, auto b) { return trains[a].first < trains[b].first; });
  for (std::uint32_t index : order) network.offer(offer_of(config, trains[index], index));
  network.run_to_idle(watch);

  std::vector<Delivery> deliveries(trains.size());
  std::vector<bool> seen(trains.size(), false);
  for (const PacketRecord& record : network.delivered()) {
    Delivery& delivery = deliveries[record.tag];
    const int header = std::min(config.header_flits, record.flits - 1);
    const auto at = [&](std::int64_t cycle) {
      return static_cast<base::TimePs>(std::ceil(static_cast<double>(cycle) * period_ps - 1e-6));
    };
    if (!seen[record.tag]) delivery = {record.tag, at(record.head_delivered + header), 0};
    seen[record.tag] = true;
    delivery.last = std::max(delivery.last, at(record.delivered));
  }
  return deliveries;
}

}  // namespace kiln::noc
