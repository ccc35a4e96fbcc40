// SPDX-License-Identifier: MIT
// Configuration of the on-chip network: shape, router, service classes, compression engines, physics.
#pragma once

#include <string>
#include <vector>

#include "config/record.h"
#include "noc/codec_config.h"
#include "noc/energy_config.h"
#include "noc/traffic.h"

namespace kiln::noc {

enum class TopologyKind {
  mesh,
  torus,              ///< rows and columns close to rings
  ring,               ///< one ring through all nodes
  concentrated_mesh,  ///< 2 x 2 nodes share a router
  crossbar            ///< all nodes share one router
};
/// xy, yx: dimension order. odd_even: Chiu's turn model. adaptive: minimal with an escape VC (Duato).
enum class RoutingPolicy { xy, yx, odd_even, adaptive };
/// Who may hold which virtual channel. shared: all, any. reserve: the last VC is for the highest priority
/// only. split: VCs are divided evenly among the priority levels, the upper ones to the highest.
enum class ClassPolicy { shared, reserve, split };

/// How the bulk network divides a full link. round_robin: as the routers' arbiters, evenly among the input
/// ports that want it and within a port as on the link before. per_train: evenly among trains.
enum class LinkSharing { round_robin, per_train };

std::span<const config::EnumName<LinkSharing>> enum_names(const LinkSharing*);
std::span<const config::EnumName<TopologyKind>> enum_names(const TopologyKind*);
std::span<const config::EnumName<RoutingPolicy>> enum_names(const RoutingPolicy*);
std::span<const config::EnumName<ClassPolicy>> enum_names(const ClassPolicy*);

/// Cycles of each router stage; names as in BookSim 2, whose stage order the exact engine keeps.
struct PipelineConfig {
  int routing_delay = 0;  ///< 0 = look-ahead routing
  int vc_alloc_delay = 1;
  int sw_alloc_delay = 1;
  int st_prepare_delay = 0;
  int st_final_delay = 1;
  int credit_delay = 1;
  bool speculative = false;  ///< heads ask for channel and switch in the same cycle
  /// Cycles from one router's input to the next one's, for a head flit that never waits.
  int router_cycles() const {
    const int allocation = speculative ? vc_alloc_delay : vc_alloc_delay + sw_alloc_delay;
    return routing_delay + allocation + st_prepare_delay + st_final_delay;
  }
};

/// Service classes.
struct QosConfig {
  ClassPolicy policy = ClassPolicy::shared;
  bool priority = false;  ///< allocators serve the higher level first
  int control_priority = 1;
  int gradient_priority = 1;
  int weight_priority = 0;
  int activation_priority = 0;
  int starvation_cycles = 2000;  ///< a head flit that waited this long in one router goes first; 0 = never

  int level_of(TrafficClass cls) const;
};

struct NocConfig {
  TopologyKind topology = TopologyKind::mesh;
  int columns = 4;
  int rows = 4;
  int local_ports = 1;
  RoutingPolicy routing = RoutingPolicy::xy;

  int virtual_channels = 4;
  int buffer_depth = 8;
  int input_speedup = 1;  ///< switch inputs per input port
  PipelineConfig pipeline;
  int link_latency = 1;
  bool wait_for_tail_credit = false;

  int link_bytes = 16;
  int packet_flits = 9;
  int header_flits = 1;
  double clock_hz = 1e9;  ///< of the network alone a key; a chip's operating point sets it
  double link_length_m = 1e-3;

  QosConfig qos;
  CodecEngineConfig compression;
  ElectromigrationConfig electromigration;

  LinkSharing sharing = LinkSharing::round_robin;
  int watchdog_cycles = 20000;  ///< no flit moves for this long while some wait: deadlock

  int nodes() const { return columns * rows; }
  int payload_flits() const { return packet_flits - header_flits; }
  /// Packets and flits of `bytes` of payload; an empty train is one header-only packet.
  std::uint64_t packets_of(std::uint64_t bytes) const;
  std::uint64_t flits_of(std::uint64_t bytes) const;
};

/// The network alone, as `kiln noc` reads it: what in a chip the operating point, the technology and the
/// step's traffic decide is said here.
struct StandaloneConfig : NocConfig {
  EnergyConfig energy;
  int seed = 1;
};

const config::Record<PipelineConfig>& describe(const PipelineConfig*);
const config::Record<QosConfig>& describe(const QosConfig*);
const config::Record<NocConfig>& describe(const NocConfig*);
const config::Record<StandaloneConfig>& describe(const StandaloneConfig*);

}  // namespace kiln::noc
