// SPDX-License-Identifier: MIT
#include "fleet/fleet_config.h"

#include "fleet/dies.h"

namespace kiln::fleet {

using base::Dimension;

namespace {

constexpr int kMostDevices = 4096;
constexpr std::int64_t kMostRounds = 1'000'000;

/// What cannot leave while a step goes on.
void check_overlap(const ExchangeConfig& c, config::Checker& check) {
  const auto refuse = [&](std::string_view what, std::string_view remedy) {
    check.fail("overlap", fmt::format("backward sends gradients that all devices of a step add up; {}, {}",
                                      what, remedy));
  };
  if (c.topology == Topology::gossip)
    refuse("gossip sends what an update has made of them", "take topology ring, tree or server");
  if (c.barrier == Barrier::asynchronous)
    refuse("barrier asynchronous has no common step", "take barrier strict or bounded");
  if (c.local_steps > 1)
    refuse("with local_steps devices send the sum of several updates", "set local_steps: 1");
  if (c.participation < 1) refuse("with participation some devices are in no step", "set participation: 1");
  if (c.dropout > 0) refuse("with dropout devices leave in the middle of one", "set dropout: 0");
}

/// What topologies cannot do.
void check_exchange(const ExchangeConfig& c, config::Checker& check) {
  const bool collective = c.topology == Topology::ring || c.topology == Topology::tree;
  const bool partial = c.participation < 1 || c.dropout > 0;
  if (collective && c.barrier == Barrier::asynchronous)
    check.fail("barrier", "a ring or a tree sums over all devices; asynchronous needs server or gossip");
  if (collective && partial)
    check.fail(c.participation < 1 ? "participation" : "dropout",
               "a ring or a tree needs all devices in every round; take topology server or gossip");
  if (partial && c.barrier != Barrier::strict)
    check.fail("barrier", "rounds that only some devices take part in have barrier strict");
  if (c.overlap == Overlap::backward) check_overlap(c, check);
}

void check_device(const experiment::ExperimentConfig& experiment, const std::string& place,
                  config::Checker& check) {
  if (experiment.training.kind == workload::TrainingKind::none)
    check.fail(place + ".training", "is none: a device that does not learn has nothing to exchange");
  if (experiment.training.kind == workload::TrainingKind::zeroth_order)
    check.fail(place + ".training",
               "is zeroth_order: it forms no gradients, which is what devices exchange; use kind: step");
  const auto& band = experiment.soc.guard_band;
  if (band && band->kind == pdn::GuardBandKind::adaptive)
    check.fail(place + ".soc.guard_band",
               "is adaptive, which a run of one device follows; take worst_case or fixed");
}

/// All have to have the sum of the first factors before any forms its second ones.
void check_factors(const FleetConfig& c, const experiment::CompressionConfig& compression,
                   const std::string& place, config::Checker& check) {
  const bool apart = c.exchange.barrier == Barrier::asynchronous || c.exchange.topology == Topology::gossip;
  if (apart && compression.enabled && compression::is_low_rank(compression.codec))
    check.fail(place,
               "codec.selection power_sgd sums factors over all devices; take exchange.topology ring, "
               "tree or server with barrier strict or bounded, or another codec");
}

void check_fleet(const FleetConfig& c, config::Checker& check) {
  for (std::size_t i = 0; i < c.devices.size(); ++i)
    check_factors(c, c.devices[i].experiment.compression, fmt::format("devices.{}.experiment.compression", i),
                  check);
  for (std::size_t i = 0; i < c.compare.codecs.size(); ++i)
    check_factors(c, c.compare.codecs[i].compression, fmt::format("compare.codecs.{}.compression", i), check);
  if (c.devices.empty()) check.fail("devices", "is empty; name an experiment and how many of it");
  if (c.device_count() > kMostDevices)
    check.fail("devices", fmt::format("are {}; at most {} are simulated", c.device_count(), kMostDevices));
  for (std::size_t i = 0; i < c.devices.size(); ++i)
    check_device(c.devices[i].experiment, fmt::format("devices.{}.experiment", i), check);
  if (c.exchange.stamp_bytes >= c.link.packet.payload_bytes)
    check.fail("exchange.stamp",
               fmt::format("leaves nothing of the link's packets of {} bytes", c.link.packet.payload_bytes));
  if (c.exchange.topology == Topology::gossip && c.exchange.gossip_peers >= c.device_count())
    check.fail("exchange.gossip_peers",
               fmt::format("are at most {}: one less than the devices", c.device_count() - 1));
  check_dies(c, check);
}

}  // namespace

bool ExchangeConfig::updates_behind() const {
  return topology != Topology::gossip && barrier != Barrier::asynchronous && local_steps == 1 &&
         participation >= 1 && dropout <= 0;
}

int FleetConfig::device_count() const {
  int count = 0;
  for (const DevicesConfig& group : devices) count += group.count;
  return count;
}

std::span<const config::EnumName<Topology>> enum_names(const Topology*) {
  static constexpr config::EnumName<Topology> kNames[] = {{Topology::ring, "ring"},
                                                          {Topology::tree, "tree"},
                                                          {Topology::server, "server"},
                                                          {Topology::gossip, "gossip"}};
  return kNames;
}

std::span<const config::EnumName<Barrier>> enum_names(const Barrier*) {
  static constexpr config::EnumName<Barrier> kNames[] = {
      {Barrier::strict, "strict"}, {Barrier::bounded, "bounded"}, {Barrier::asynchronous, "asynchronous"}};
  return kNames;
}

std::span<const config::EnumName<Overlap>> enum_names(const Overlap*) {
  static constexpr config::EnumName<Overlap> kNames[] = {{Overlap::none, "none"},
                                                         {Overlap::backward, "backward"}};
  return kNames;
}

const config::Record<DevicesConfig>& describe(const DevicesConfig*) {
  using C = DevicesConfig;
  static const auto record =
      config::Record<C>("fleet_devices", "Copies of one device")
          .field("experiment", &C::experiment, {.doc = "The device and what it learns", .required = true})
          .field("count", &C::count, {.doc = "How many", .min = 1, .max = kMostDevices, .source = "one"})
          .field("ambients", &C::ambients_c,
                 {.doc = "Ambient temperatures, given to the copies in turn; empty: the experiment's",
                  .unit = Dimension::temperature,
                  .min = -60,
                  .max = 100,
                  .source = "the experiment's"})
          .field(
              "quarter_turns", &C::quarter_turns,
              {.doc = "Quarter turns against the clock of dies of one package, given to the copies in turn",
               .min = 0,
               .max = 3,
               .source = "none: as their floorplan lies"});
  return record;
}

const config::Record<ExchangeConfig>& describe(const ExchangeConfig*) {
  using C = ExchangeConfig;
  static const auto record =
      config::Record<C>("fleet_exchange", "What devices exchange, in which pattern and rhythm")
          .field("topology", &C::topology, {.doc = "Who sends to whom", .source = "ring all-reduce"})
          .field("barrier", &C::barrier, {.doc = "Who waits for whom", .source = "synchronous training"})
          .field("staleness", &C::staleness,
                 {.doc = "Exchanges that a step may begin without, of barrier bounded; 0 is strict",
                  .min = 0,
                  .max = 1000,
                  .source = "1: the exchange of a step hides behind the next"})
          .field("local_steps", &C::local_steps,
                 {.doc = "Training steps between two exchanges; more than one is federated averaging",
                  .min = 1,
                  .max = 1'000'000,
                  .source = "1: data parallel"})
          .field("participation", &C::participation,
                 {.doc = "Share of the devices that a round draws, one at least",
                  .unit = Dimension::fraction,
                  .min = 1e-4,
                  .max = 1,
                  .source = "1: all; federated averaging draws 10 % (McMahan et al., AISTATS 2017)"})
          .field("dropout", &C::dropout,
                 {.doc = "Probability that a device drawn goes silent before it sends",
                  .unit = Dimension::fraction,
                  .min = 0,
                  .max = 0.99,
                  .source = "0: none; 6 to 10 % on phones (Bonawitz et al., MLSys 2019)"})
          .field("dropout_timeout", &C::dropout_timeout_s,
                 {.doc = "From when it would have sent until the others go on without it",
                  .unit = Dimension::time,
                  .min = 0,
                  .max = 1e5,
                  .source = "estimate: supervision timeouts of links, 0.1 to 30 s"})
          .field("gossip_peers", &C::gossip_peers,
                 {.doc = "Devices that each sends to, of topology gossip",
                  .min = 1,
                  .max = kMostDevices - 1,
                  .source = "one at a time"})
          .field("server_channels", &C::server_channels,
                 {.doc = "Transfers each way that a server on a direct link serves at a time",
                  .min = 1,
                  .max = 1e6,
                  .source = "1: the server's link is as a device's"})
          .field("stamp", &C::stamp_bytes,
                 {.doc = "Bytes of each packet that say what it is: step 4, layer 2, sequence 2, time 8",
                  .unit = Dimension::bytes,
                  .min = 0,
                  .max = 1024,
                  .source = "estimate: the shortest fields that do not run over in a training"})
          .field("overlap", &C::overlap,
                 {.doc = "When gradients leave: all behind the backward pass, or bucket by bucket while it "
                         "goes on",
                  .source = "none: a bound from above"})
          .field("bucket", &C::bucket_bytes,
                 {.doc = "Gradients, as they are stored, that layers fill a bucket with until it leaves, of "
                         "overlap backward",
                  .unit = Dimension::bytes,
                  .min = 1,
                  .max = 1e15,
                  .source = "25 MiB of PyTorch's data parallel (Li et al., VLDB 2020)"})
          .check(check_exchange);
  return record;
}

const config::Record<CodecChoice>& describe(const CodecChoice*) {
  using C = CodecChoice;
  static const auto record =
      config::Record<C>("fleet_codec", "A way to code gradients")
          .field("name", &C::name, {.doc = "Name in tables and pictures", .required = true})
          .field("compression", &C::compression, {.doc = "As of an experiment", .required = true});
  return record;
}

const config::Record<CompareConfig>& describe(const CompareConfig*) {
  using C = CompareConfig;
  static const auto record =
      config::Record<C>("fleet_compare", "Every codec over every link, beside plain gradients")
          .field("codecs", &C::codecs, {.doc = "Codecs; empty: nothing is compared", .source = "none"})
          .field("links", &C::links, {.doc = "Links besides the fleet's own", .source = "none"})
          .field("rounds", &C::rounds,
                 {.doc = "Rounds of each pair", .min = 1, .max = kMostRounds, .source = "enough for a mean"});
  return record;
}

const config::Record<FleetConfig>& describe(const FleetConfig*) {
  using C = FleetConfig;
  static const auto record =
      config::Record<C>("fleet", "Devices that learn together over a link")
          .field("name", &C::name, {.doc = "Name in reports", .required = true})
          .field("devices", &C::devices, {.doc = "The devices, by kind", .required = true})
          .field("package", &C::package,
                 {.doc = "One package that all devices are dies of: a source layer NAME_i for each source "
                         "layer NAME of die i's own package",
                  .source = "none: each device has its own package"})
          .field(
              "battery", &C::battery,
              {.doc =
                   "A battery that feeds all dies of the package and their ends of the link; absent: mains",
               .source = "mains"})
          .field("link", &C::link, {.doc = "The link that each of them has", .required = true})
          .field("exchange", &C::exchange, {.doc = "What they exchange, and when"})
          .field("rounds", &C::rounds,
                 {.doc = "Exchanges of the whole fleet",
                  .min = 1,
                  .max = kMostRounds,
                  .source = "a mean over rounds"})
          .field("seed", &C::seed,
                 {.doc = "Of drawn participants, dropouts, peers and errors of the link", .source = "1"})
          .field("compare", &C::compare, {.doc = "Codecs and links to compare"})
          .check(check_fleet);
  return record;
}

}  // namespace kiln::fleet
