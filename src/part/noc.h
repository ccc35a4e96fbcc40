// SPDX-License-Identifier: MIT
// The network alone: load points, load-latency curves, saturation and finite transfers.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/unknowns.h"
#include "noc/load_seeds.h"
#include "noc/noc_config.h"

namespace kiln::part {

/// Synthetic traffic at one or several loads.
struct NocLoadOptions {
  noc::TrafficConfig traffic;
  noc::MeasureConfig measure;
  std::vector<double> loads;  ///< flits per node and cycle
  int seeds = 1;              ///< runs per load, averaged
  bool find_saturation = false;
};

struct NocLoadReport {
  std::vector<noc::LoadResult> points;
  std::optional<double> saturation_load;
  int nodes = 0;
  noc::StandaloneConfig config;
  std::vector<std::string> skipped;  ///< of a BookSim configuration that was read leniently
};

NocLoadReport run_noc_loads(const noc::StandaloneConfig& config, const NocLoadOptions& options);

/// One line of a flow list.
struct NocFlow {
  int source = 0, destination = 0;
  std::uint64_t packets = 1;
  int packet_flits = 1;
  int last_flits = 0;  ///< of the last packet
  noc::TrafficClass cls = noc::TrafficClass::activation;
  std::int64_t start_cycle = 0;
};

/// in_turn: a source sends one flow after the other, in the
/// order of the file. round_robin: one packet of each.
enum class FlowOrder { in_turn, round_robin };

/// Columns src,dst and bytes or flits; optional packet_flits, class, start_cycle. Throws base::ConfigError
/// with file and line; other columns are unknowns. A class is a name or 0 gradient, 1 activation, 2 weight, 3
/// control.
std::vector<NocFlow> read_flows(const std::string& path, const noc::StandaloneConfig& config,
                                base::Unknowns& unknowns);
std::vector<NocFlow> parse_flows(std::string_view text, const std::string& path,
                                 const noc::StandaloneConfig& config, base::Unknowns& unknowns);
/// Strictly.
std::vector<NocFlow> read_flows(const std::string& path, const noc::StandaloneConfig& config);

struct NocFlowsReport {
  std::int64_t completion_cycles = 0;
  struct Done {
    std::string name;
    std::int64_t cycles = 0;
  };
  std::vector<Done> per_class;
  struct SourceDone {
    int source = 0;
    std::int64_t cycles = 0;
  };
  std::vector<SourceDone> per_source;
  std::uint64_t flit_hops = 0;
  std::uint64_t packets = 0;
  double avg_network_latency_cycles = 0;
  std::vector<std::string> skipped;  ///< of flows that were read leniently
  std::vector<noc::RouterActivity> routers;
  noc::StandaloneConfig config;
};

NocFlowsReport run_noc_flows(const noc::StandaloneConfig& config, const std::vector<NocFlow>& flows,
                             FlowOrder order, const base::Watch& watch = {});

/// "0.3", "0.1,0.2,0.3" or "first:last:step". Throws base::ConfigError naming the text.
std::vector<double> parse_loads(const std::string& text);
/// "gradient:0.25,activation:0.75".
std::vector<noc::TrafficConfig::Share> parse_class_shares(const std::string& text);
/// A name or 0 gradient, 1 activation, 2 weight, 3 control.
std::optional<noc::TrafficClass> parse_class(const std::string& text);

/// One JSON object; keys in the README of models/noc.
std::string to_json(const NocLoadReport& report);
std::string to_json(const NocFlowsReport& report);
/// Tables for people; several loads are drawn as a curve.
std::string to_text(const NocLoadReport& report);
std::string to_text(const NocFlowsReport& report);

}  // namespace kiln::part
