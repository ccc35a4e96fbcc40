// SPDX-License-Identifier: MIT
#include "noc/noc_config.h"

#include <array>

#include "noc/dependency_graph.h"
#include "noc/exact_router.h"
#include "noc/vc_policy.h"

namespace kiln::noc {

using base::Dimension;

std::span<const config::EnumName<TopologyKind>> enum_names(const TopologyKind*) {
  static constexpr std::array<config::EnumName<TopologyKind>, 5> names{
      {{TopologyKind::mesh, "mesh"},
       {TopologyKind::torus, "torus"},
       {TopologyKind::ring, "ring"},
       {TopologyKind::concentrated_mesh, "concentrated_mesh"},
       {TopologyKind::crossbar, "crossbar"}}};
  return names;
}

std::span<const config::EnumName<RoutingPolicy>> enum_names(const RoutingPolicy*) {
  static constexpr std::array<config::EnumName<RoutingPolicy>, 4> names{
      {{RoutingPolicy::xy, "xy"},
       {RoutingPolicy::yx, "yx"},
       {RoutingPolicy::odd_even, "odd_even"},
       {RoutingPolicy::adaptive, "adaptive"}}};
  return names;
}

std::span<const config::EnumName<LinkSharing>> enum_names(const LinkSharing*) {
  static constexpr std::array<config::EnumName<LinkSharing>, 2> names{
      {{LinkSharing::round_robin, "round_robin"}, {LinkSharing::per_train, "per_train"}}};
  return names;
}

std::span<const config::EnumName<ClassPolicy>> enum_names(const ClassPolicy*) {
  static constexpr std::array<config::EnumName<ClassPolicy>, 3> names{
      {{ClassPolicy::shared, "shared"}, {ClassPolicy::reserve, "reserve"}, {ClassPolicy::split, "split"}}};
  return names;
}

int QosConfig::level_of(TrafficClass cls) const {
  switch (cls) {
    case TrafficClass::control:
      return control_priority;
    case TrafficClass::gradient:
      return gradient_priority;
    case TrafficClass::weight:
      return weight_priority;
    case TrafficClass::activation:
      return activation_priority;
  }
  return 0;
}

std::uint64_t NocConfig::packets_of(std::uint64_t bytes) const {
  const std::uint64_t per_packet =
      static_cast<std::uint64_t>(payload_flits()) * static_cast<std::uint64_t>(link_bytes);
  return bytes == 0 ? 1 : (bytes + per_packet - 1) / per_packet;
}

std::uint64_t NocConfig::flits_of(std::uint64_t bytes) const {
  const auto width = static_cast<std::uint64_t>(link_bytes);
  return packets_of(bytes) * static_cast<std::uint64_t>(header_flits) + (bytes + width - 1) / width;
}

const config::Record<PipelineConfig>& describe(const PipelineConfig*) {
  constexpr std::string_view source =
      "BookSim 2 user guide, router pipeline; defaults are the reference router P1";
  static const auto record =
      config::Record<PipelineConfig>("noc_pipeline", "Cycles of each stage of the router")
          .field("routing_delay", &PipelineConfig::routing_delay,
                 {.doc = "Route computation; 0 is look-ahead routing", .min = 0, .max = 8, .source = source})
          .field("vc_alloc_delay", &PipelineConfig::vc_alloc_delay,
                 {.doc = "Virtual-channel allocation", .min = 1, .max = 8, .source = source})
          .field("sw_alloc_delay", &PipelineConfig::sw_alloc_delay,
                 {.doc = "Switch allocation", .min = 1, .max = 8, .source = source})
          .field("st_prepare_delay", &PipelineConfig::st_prepare_delay,
                 {.doc = "Switch traversal, set-up", .min = 0, .max = 8, .source = source})
          .field("st_final_delay", &PipelineConfig::st_final_delay,
                 {.doc = "Switch traversal", .min = 1, .max = 8, .source = source})
          .field("credit_delay", &PipelineConfig::credit_delay,
                 {.doc = "Handling of a returned credit", .min = 1, .max = 8, .source = source})
          .field("speculative", &PipelineConfig::speculative,
                 {.doc = "Heads ask for a virtual channel and the switch in the same cycle; needs one-cycle "
                         "allocators",
                  .source = source});
  return record;
}

const config::Record<QosConfig>& describe(const QosConfig*) {
  constexpr std::string_view levels = "gradients and control first: they are on the step's critical path";
  static const auto record =
      config::Record<QosConfig>("noc_qos", "Service classes of the network")
          .field("policy", &QosConfig::policy,
                 {.doc = "Who may hold which VC: shared (all), reserve (the last VC only for the highest "
                         "level), split "
                         "(VCs divided among the levels)",
                  .source = "BookSim's behaviour is `shared`"})
          .field("priority", &QosConfig::priority,
                 {.doc = "Allocators serve the higher priority level first"})
          .field("control_priority", &QosConfig::control_priority,
                 {.doc = "Level of control packets, higher first", .min = 0, .max = 7, .source = levels})
          .field("gradient_priority", &QosConfig::gradient_priority,
                 {.doc = "Level of gradient packets", .min = 0, .max = 7, .source = levels})
          .field("weight_priority", &QosConfig::weight_priority,
                 {.doc = "Level of weight packets", .min = 0, .max = 7, .source = levels})
          .field("activation_priority", &QosConfig::activation_priority,
                 {.doc = "Level of activation packets", .min = 0, .max = 7, .source = levels})
          .field("starvation_cycles", &QosConfig::starvation_cycles,
                 {.doc = "A packet waiting this long in one router goes before all levels; 0 is never",
                  .min = 0,
                  .max = 1e6,
                  .source = "estimate: 100 times the zero-load latency of a 4x4 mesh"});
  return record;
}

namespace {

/// No circle of channels may wait for one another.
void check_routing(const NocConfig& c, config::Checker& check) {
  const int least = allowed_vcs(c, c.qos.activation_priority).count();
  if (c.routing == RoutingPolicy::adaptive && least < 2) {
    check.fail("virtual_channels", "adaptive routing needs an escape VC beside another one in each class");
    return;
  }
  const std::string circle = dependency_cycle_of(c);
  if (circle.empty()) return;
  const bool dimension_order = c.routing == RoutingPolicy::xy || c.routing == RoutingPolicy::yx;
  const std::string_view topology = config::enum_name(c.topology), routing = config::enum_name(c.routing);
  if (!dimension_order) {
    check.fail("routing", fmt::format("{0} can deadlock on a {1}: {2}; on a {1} use xy or yx", routing,
                                      topology, circle));
  } else if (make_wiring(c)->has_rings()) {
    check.fail("virtual_channels",
               fmt::format("a {} needs two VCs per class (dateline), or packets can wait in a "
                           "circle: {}; give more VCs or policy shared",
                           topology, circle));
  } else {
    check.fail("routing", fmt::format("{} can deadlock on a {}: {}", routing, topology, circle));
  }
}

void check_noc(const NocConfig& c, config::Checker& check) {
  if (c.header_flits >= c.packet_flits && c.packet_flits > 1) {
    check.fail("header_flits", "leaves no payload: it must be below packet_flits");
  }
  if (c.qos.policy == ClassPolicy::split && c.virtual_channels < priority_levels(c.qos)) {
    check.fail("virtual_channels", "policy split needs one VC per priority level");
    return;
  }
  if (c.qos.policy == ClassPolicy::reserve && c.virtual_channels < 2) {
    check.fail("virtual_channels", "policy reserve needs two VCs");
    return;
  }
  const std::unique_ptr<Wiring> wiring = make_wiring(c);
  const int ports = wiring->ports() + wiring->nodes_per_router() * c.local_ports;
  if (ports > kMaxPorts) {
    check.fail("topology",
               fmt::format("a {} has routers of {} ports here, {} are the most; take fewer nodes or "
                           "local_ports, or a mesh",
                           config::enum_name(c.topology), ports, kMaxPorts));
    return;
  }
  if (ports * c.virtual_channels > kMaxChannels) {
    check.fail("virtual_channels",
               fmt::format("a router with {} ports holds at most {} per port", ports, kMaxChannels / ports));
    return;
  }
  if (c.virtual_channels % c.input_speedup != 0) {
    check.fail("input_speedup", "must divide virtual_channels: each switch input serves as many of them");
  }
  if (c.pipeline.speculative && (c.pipeline.vc_alloc_delay != 1 || c.pipeline.sw_alloc_delay != 1)) {
    check.fail("pipeline", "speculative allocation needs vc_alloc_delay 1 and sw_alloc_delay 1");
  }
  check_routing(c, check);
}

void describe_router(config::Record<NocConfig>& record) {
  constexpr std::string_view p1 = "reference router P1 of the BookSim runs (tests/reference/noc)";
  record
      .field("virtual_channels", &NocConfig::virtual_channels,
             {.doc = "Virtual channels per input port", .min = 1, .max = 16, .source = p1})
      .field("buffer_depth", &NocConfig::buffer_depth,
             {.doc = "Flits a virtual channel buffers", .min = 1, .max = 64, .source = p1})
      .field("input_speedup", &NocConfig::input_speedup,
             {.doc = "Switch inputs per input port; VC v feeds input v mod input_speedup",
              .min = 1,
              .max = 2,
              .source = p1})
      .field("pipeline", &NocConfig::pipeline, {.doc = "Cycles of the router stages"})
      .field("link_latency", &NocConfig::link_latency,
             {.doc = "Cycles on a wire between routers", .min = 1, .max = 16, .source = p1})
      .field("wait_for_tail_credit", &NocConfig::wait_for_tail_credit,
             {.doc = "A VC is reused only when its last packet has left the next buffer", .source = p1})
      .field("link_bytes", &NocConfig::link_bytes,
             {.doc = "Width of a link, which is the size of a flit",
              .unit = Dimension::bytes,
              .min = 1,
              .max = 256,
              .source = "128-bit links, the width of the DSENT energy anchors"})
      .field("packet_flits", &NocConfig::packet_flits,
             {.doc = "Flits of a full packet, header included",
              .min = 1,
              .max = 1024,
              .source = "a header and 8 x 128 bit of payload: 32 fp32 values"})
      .field("header_flits", &NocConfig::header_flits,
             {.doc = "Flits of a packet that carry no payload",
              .min = 0,
              .max = 8,
              .source = "estimate: one flit holds "
                        "route, class, step, layer, sequence and timestamp"})
      .renamed("reduction_cycles", "the sums that tiles make of gradients in memory: routers do not add");
}

config::Record<NocConfig> make_record() {
  config::Record<NocConfig> record("soc_noc", "Network of a chip: virtual-channel routers");
  record
      .field("topology", &NocConfig::topology,
             {.doc = "How routers are joined: mesh, torus (rows and columns are rings), ring (through all "
                     "nodes row by "
                     "row), concentrated_mesh (2 x 2 nodes a router), crossbar (one router)"})
      .field("columns", &NocConfig::columns, {.doc = "Nodes in a row", .min = 1, .max = 64})
      .field("rows", &NocConfig::rows, {.doc = "Rows", .min = 1, .max = 64})
      .field("local_ports", &NocConfig::local_ports,
             {.doc = "Network interfaces per node", .min = 1, .max = 8})
      .field("routing", &NocConfig::routing,
             {.doc = "Dimension order (xy, yx), Chiu's odd-even turn model, or minimal adaptive with an "
                     "escape VC"});
  describe_router(record);
  record
      .field("link_length", &NocConfig::link_length_m,
             {.doc = "Wire between neighbouring routers",
              .unit = Dimension::length,
              .min = 1e-5,
              .max = 0.05,
              .source = "estimate: 1 mm tiles; the SoC overrides it from the floorplan"})
      .field("qos", &NocConfig::qos, {.doc = "Service classes"})
      .field("compression", &NocConfig::compression, {.doc = "Compression engines of interfaces or routers"})
      .field("electromigration", &NocConfig::electromigration, {.doc = "Black's equation for the link wires"})
      .field("sharing", &NocConfig::sharing,
             {.doc = "How the bulk network divides a full link: round_robin as the routers' arbiters do, or "
                     "per_train"})
      .field("watchdog_cycles", &NocConfig::watchdog_cycles,
             {.doc = "No flit moves for this long while some wait: reported as deadlock",
              .min = 100,
              .max = 1e8,
              .source = "estimate: far above the longest wait seen in the reference batches"})
      .alone("clock", "'noc_clock_ratio' of the chip: its operating point clocks the network")
      .alone("energy", "'tech.noc' of the chip, from which the network's events take their joules")
      .alone("seed", "'run.seed' of the experiment; synthetic traffic is `kiln noc`'s")
      .check(check_noc);
  return record;
}

}  // namespace

const config::Record<NocConfig>& describe(const NocConfig*) {
  static const config::Record<NocConfig> record = make_record();
  return record;
}

const config::Record<StandaloneConfig>& describe(const StandaloneConfig*) {
  static const auto record =
      config::Record<StandaloneConfig>("noc", "On-chip network of virtual-channel routers, alone")
          .extends(describe(static_cast<const NocConfig*>(nullptr)))
          .field("clock", &StandaloneConfig::clock_hz,
                 {.doc = "Network clock",
                  .unit = Dimension::frequency,
                  .min = 1e6,
                  .max = 5e9,
                  .source = "estimate: 1 GHz, the clock of the DSENT anchors"})
          .field("energy", &StandaloneConfig::energy,
                 {.doc = "Energy per event, leakage and area of a router"})
          .field("seed", &StandaloneConfig::seed,
                 {.doc = "Seed of synthetic traffic", .min = 0, .max = 9e15});
  return record;
}

}  // namespace kiln::noc
