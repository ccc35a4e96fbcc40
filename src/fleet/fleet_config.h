// SPDX-License-Identifier: MIT
// What `kiln fleet` reads: devices, the link between them, and what they exchange in which rhythm.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "experiment/experiment.h"
#include "link/link_config.h"

namespace kiln::fleet {

/// Copies of one device.
struct DevicesConfig {
  experiment::ExperimentConfig experiment;
  int count = 1;
  std::vector<double> ambients_c;  ///< in turn over the copies; empty: the experiment's
  std::vector<int> quarter_turns;  ///< of dies of one package, in turn over the copies; empty: none
};
const config::Record<DevicesConfig>& describe(const DevicesConfig*);

enum class Topology {
  ring,    ///< all-reduce: reduce-scatter, then all-gather
  tree,    ///< sums up a binomial tree, then down again
  server,  ///< parameter server: up from all, down to all
  gossip   ///< each to some others, drawn anew every round
};
std::span<const config::EnumName<Topology>> enum_names(const Topology*);

enum class Barrier {
  strict,       ///< a step begins with the model of the step before
  bounded,      ///< it may miss the exchanges of `staleness` steps before
  asynchronous  ///< nobody waits for others
};
std::span<const config::EnumName<Barrier>> enum_names(const Barrier*);

enum class Overlap {
  none,     ///< all gradients leave when the backward pass is over
  backward  ///< buckets of gradients leave while it goes on
};
std::span<const config::EnumName<Overlap>> enum_names(const Overlap*);

struct ExchangeConfig {
  Topology topology = Topology::ring;
  Barrier barrier = Barrier::strict;
  int staleness = 1;               ///< of barrier bounded
  int local_steps = 1;             ///< between two exchanges; more than one: federated averaging
  double participation = 1;        ///< share of the devices that a round draws
  double dropout = 0;              ///< probability that one drawn goes silent within its round
  double dropout_timeout_s = 5;    ///< until the others notice
  int gossip_peers = 1;            ///< devices each one sends to
  int server_channels = 1;         ///< transfers each way that the server serves at a time
  std::uint64_t stamp_bytes = 16;  ///< of every packet
  Overlap overlap = Overlap::none;
  std::uint64_t bucket_bytes = 25 << 20;  ///< of gradients as they are stored, of overlap backward

  /// Data-parallel training, in which a step is updated with the sum of this round's or an earlier one's
  /// gradients: the update waits for the exchange. Else what devices exchange is updated before it.
  bool updates_behind() const;
};
const config::Record<ExchangeConfig>& describe(const ExchangeConfig*);

/// A way to code gradients that is compared with others.
struct CodecChoice {
  std::string name;
  experiment::CompressionConfig compression;
};
const config::Record<CodecChoice>& describe(const CodecChoice*);

/// Which compression over which link: every codec over every link.
struct CompareConfig {
  std::vector<CodecChoice> codecs;  ///< beside the gradients as they are
  std::vector<link::LinkConfig> links;
  std::int64_t rounds = 50;  ///< of each
};
const config::Record<CompareConfig>& describe(const CompareConfig*);

struct FleetConfig {
  std::string name;
  std::vector<DevicesConfig> devices;
  std::optional<thermal::PackageConfig> package;  ///< that all devices are dies of; absent: each has its own
  std::optional<pdn::BatteryConfig> battery;      ///< that feeds all dies of the package; absent: mains
  link::LinkConfig link;
  ExchangeConfig exchange;
  std::int64_t rounds = 100;
  std::uint64_t seed = 1;
  CompareConfig compare;

  int device_count() const;
};
const config::Record<FleetConfig>& describe(const FleetConfig*);

}  // namespace kiln::fleet
