// SPDX-License-Identifier: MIT
#include "batches.h"

#include "base/error.h"

namespace kiln::noc::batch {
namespace {

/// The number after the last "_<letter>" of a case name: packets per flow (n) or flits per packet (L).
int number_after(const std::string& name, const std::string& mark) {
  const std::size_t at = name.rfind(mark);
  KILN_CHECK(at != std::string::npos, "batch case '{}' has no {}", name, mark);
  return std::stoi(name.substr(at + mark.size()));
}

bool starts_with(const std::string& name, const std::string& head) {
  return name.rfind(head, 0) == 0;
}

struct Builder {
  int nodes;
  int flits;
  std::vector<Offer> offers;
  void add(int source, int destination, std::uint64_t packets, TrafficClass cls = TrafficClass::activation) {
    offers.push_back({.source = {source, 0},
                      .destination = {destination, 0},
                      .cls = cls,
                      .packets = packets,
                      .flits = flits});
  }
  void gather(int sink, std::uint64_t packets, TrafficClass cls) {
    for (int node = 0; node < nodes; ++node) {
      if (node != sink) add(node, sink, packets, cls);
    }
  }
  /// `packets` to s+1, then as many to s+2, ...
  void all_to_all(int packets, TrafficClass cls) {
    for (int source = 0; source < nodes; ++source) {
      for (int step = 1; step < nodes; ++step)
        add(source, (source + step) % nodes, static_cast<std::uint64_t>(packets), cls);
    }
  }
};

}  // namespace

std::vector<Offer> batch_offers(const std::string& name, int k) {
  Builder b{k * k, number_after(name, "_L"), {}};
  const int packets =
      starts_with(name, "single") || starts_with(name, "stream") ? 0 : number_after(name, "_n");
  const int low_share = 3;  // class 0 : class 1 = 25 : 75
  if (starts_with(name, "single")) {
    b.add(0, b.nodes - 1, 1);
  } else if (starts_with(name, "stream")) {
    b.add(0, b.nodes - 1, 1000);
  } else if (starts_with(name, "gather")) {
    b.gather(0, static_cast<std::uint64_t>(packets), TrafficClass::activation);
  } else if (starts_with(name, "scatter_rr")) {
    for (int round = 0; round < packets; ++round) {
      for (int node = 1; node < b.nodes; ++node) b.add(0, node, 1);
    }
  } else if (starts_with(name, "scatter_seq")) {
    for (int node = 1; node < b.nodes; ++node) b.add(0, node, static_cast<std::uint64_t>(packets));
  } else if (starts_with(name, "ring")) {
    for (int node = 0; node < b.nodes; ++node)
      b.add(node, (node + 1) % b.nodes, static_cast<std::uint64_t>(packets));
  } else if (starts_with(name, "alltoall")) {
    b.all_to_all(packets, TrafficClass::activation);
  } else if (starts_with(name, "qos_gather25_75")) {
    b.gather(0, static_cast<std::uint64_t>(packets), TrafficClass::gradient);
    b.gather(0, static_cast<std::uint64_t>(packets * low_share), TrafficClass::activation);
  } else if (starts_with(name, "qos_gather_plus_a2a")) {
    b.gather(0, static_cast<std::uint64_t>(packets), TrafficClass::gradient);
    const int pair = k == 4 ? 20 : 1;  // from the flit totals: 24000 and 20160 flits of background
    b.all_to_all(pair, TrafficClass::activation);
  } else {
    throw base::SimError("unknown batch case " + name);
  }
  return b.offers;
}

}  // namespace kiln::noc::batch
