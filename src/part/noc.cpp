// SPDX-License-Identifier: MIT
#include "part/noc.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "base/ceil_div.h"
#include "base/csv.h"
#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "base/units.h"

namespace kiln::part {
namespace {

/// The order in which the issue and the reference batches number the classes: 0 is the high one.
constexpr std::array kNumberedClasses{noc::TrafficClass::gradient, noc::TrafficClass::activation,
                                      noc::TrafficClass::weight, noc::TrafficClass::control};

constexpr std::int64_t kMostBytes = 1'000'000'000'000, kLastStart = 1'000'000'000'000'000;
constexpr std::int64_t kMostPacketFlits = 1024;  // as noc.packet_flits
constexpr int kMostLoads = 10'000;

double parse_number(const std::string& text, const std::string& whole) {
  try {
    return base::parse_quantity(text, base::Dimension::none);
  } catch (const base::UnitError&) {
    throw base::ConfigError({}, "rate", fmt::format("'{}' in '{}' is not a number", text, whole));
  }
}

/// Packets of a flow: by flits or by payload bytes, in packets of `packet_flits`.
void split_into_packets(const base::CsvRow& row, const noc::StandaloneConfig& config, NocFlow& flow) {
  if (row.has("flits")) {
    const std::int64_t flits = row.integer("flits");
    if (flits < 1) row.fail("flits must be at least 1");
    if (flits > kMostBytes) row.fail(fmt::format("at most {} flits: every one is simulated", kMostBytes));
    const auto total = static_cast<std::uint64_t>(flits);
    const auto full = static_cast<std::uint64_t>(flow.packet_flits);
    flow.packets = base::ceil_div(total, full);
    flow.last_flits = static_cast<int>(total - (flow.packets - 1) * full);
  } else {
    const std::int64_t bytes = row.integer("bytes");
    if (bytes < 0) row.fail("bytes must not be negative");  // 0: a header alone
    if (bytes > kMostBytes) row.fail(fmt::format("at most {} bytes: every flit is simulated", kMostBytes));
    noc::NocConfig sized = config;
    sized.packet_flits = flow.packet_flits;
    if (sized.payload_flits() < 1) {
      row.fail(fmt::format("packets of {} flits leave no payload beside {} header flit(s)", flow.packet_flits,
                           config.header_flits));
    }
    flow.packets = sized.packets_of(static_cast<std::uint64_t>(bytes));
    const std::uint64_t flits = sized.flits_of(static_cast<std::uint64_t>(bytes));
    flow.last_flits =
        static_cast<int>(flits - (flow.packets - 1) * static_cast<std::uint64_t>(flow.packet_flits));
  }
}

int node_in(const base::CsvRow& row, const char* column, const noc::StandaloneConfig& config) {
  const std::int64_t node = row.integer(column);
  if (node < 0 || node >= config.nodes())
    row.fail(fmt::format("node {} does not exist: the network has nodes 0 to {}", node, config.nodes() - 1));
  return static_cast<int>(node);
}

int packet_flits_of(const base::CsvRow& row, const noc::StandaloneConfig& config) {
  if (!row.has("packet_flits")) return config.packet_flits;
  const std::int64_t flits = row.integer("packet_flits");
  if (flits < 1 || flits > kMostPacketFlits)
    row.fail(fmt::format("packet_flits is {}; allowed: 1 to {}", flits, kMostPacketFlits));
  return static_cast<int>(flits);
}

/// A row has a cell for every column; what stands behind the last has none.
void check_cells(const base::CsvRow& row, std::size_t columns, base::Unknowns& unknowns) {
  if (row.size() < columns)
    row.fail(fmt::format("has {} cells, the header has {}; is the line cut off?", row.size(), columns));
  for (std::size_t i = columns; i < row.size(); ++i)
    if (!row.cell(i).empty())
      unknowns.meet(row.place(), "flow", fmt::format("'{}' in cell {} has no column", row.cell(i), i + 1),
                    "remove it, or name its column");
}

NocFlow read_flow(const base::CsvRow& row, const noc::StandaloneConfig& config) {
  NocFlow flow;
  flow.source = node_in(row, "src", config);
  flow.destination = node_in(row, "dst", config);
  flow.packet_flits = packet_flits_of(row, config);
  split_into_packets(row, config, flow);
  if (row.has("class")) {
    const auto cls = parse_class(row.text("class"));
    if (!cls)
      row.fail(fmt::format("unknown class '{}'; allowed: gradient, activation, weight, control or 0 to 3",
                           row.text("class")));
    flow.cls = *cls;
  }
  if (row.has("start_cycle")) flow.start_cycle = row.integer("start_cycle");
  if (flow.start_cycle < 0 || flow.start_cycle > kLastStart)
    row.fail(fmt::format("start_cycle must be 0 to {}", kLastStart));
  return flow;
}

/// One packet of each flow of the source in turn, until all are sent.
void offer_round_robin(const std::vector<NocFlow>& flows, noc::ExactNetwork& network) {
  std::map<int, std::vector<NocFlow>> by_source;
  for (const NocFlow& flow : flows) by_source[flow.source].push_back(flow);
  for (auto& [source, waiting] : by_source) {
    while (!waiting.empty()) {
      for (NocFlow& flow : waiting) {
        const bool last = --flow.packets == 0;
        network.offer({.source = {flow.source, 0},
                       .destination = {flow.destination, 0},
                       .cls = flow.cls,
                       .flits = last && flow.last_flits > 0 ? flow.last_flits : flow.packet_flits,
                       .cycle = flow.start_cycle});
      }
      std::erase_if(waiting, [](const NocFlow& flow) { return flow.packets == 0; });
    }
  }
}

void offer_in_turn(const std::vector<NocFlow>& flows, noc::ExactNetwork& network) {
  for (const NocFlow& flow : flows) {
    network.offer({.source = {flow.source, 0},
                   .destination = {flow.destination, 0},
                   .cls = flow.cls,
                   .packets = flow.packets,
                   .flits = flow.packet_flits,
                   .last_flits = flow.last_flits,
                   .cycle = flow.start_cycle});
  }
}

}  // namespace

NocLoadReport run_noc_loads(const noc::StandaloneConfig& config, const NocLoadOptions& options) {
  NocLoadReport report;
  report.config = config;
  report.nodes = config.nodes();
  const auto seed = static_cast<std::uint64_t>(config.seed);
  for (double load : options.loads) {
    report.points.push_back(
        noc::measure_load_over_seeds(config, options.traffic, options.measure, load, seed, options.seeds));
  }
  if (options.find_saturation) {
    report.saturation_load = noc::saturation_load(config, options.traffic, options.measure, seed);
  }
  return report;
}

std::vector<NocFlow> read_flows(const std::string& path, const noc::StandaloneConfig& config,
                                base::Unknowns& unknowns) {
  return parse_flows(base::read_file(path), path, config, unknowns);
}

std::vector<NocFlow> read_flows(const std::string& path, const noc::StandaloneConfig& config) {
  base::Unknowns strict;
  return read_flows(path, config, strict);
}

std::vector<NocFlow> parse_flows(std::string_view text, const std::string& path,
                                 const noc::StandaloneConfig& config, base::Unknowns& unknowns) {
  const base::CsvTable table(path, text);
  const auto has = [&](std::string_view column) {
    return std::find(table.header().begin(), table.header().end(), column) != table.header().end();
  };
  if (!has("src") || !has("dst") || has("bytes") == has("flits")) {
    throw base::ConfigError(
        {path, 1, 1}, "header",
        "needs columns src, dst and one of bytes or flits; optional: packet_flits, class, start_cycle");
  }
  const std::vector<std::string> known{"src",          "dst",   "bytes",      "flits",
                                       "packet_flits", "class", "start_cycle"};
  for (std::size_t i = 0; i < table.header().size(); ++i) {
    const std::string& column = table.header()[i];
    if (std::find(known.begin(), known.end(), column) == known.end())
      unknowns.meet({path, 1, 1}, "header", fmt::format("unknown column '{}'", column),
                    base::suggestion(column, known).substr(2));
    if (std::count(table.header().begin(), table.header().end(), column) > 1)
      throw base::ConfigError({path, 1, 1}, "header", fmt::format("two columns '{}'", column));
  }
  std::vector<NocFlow> flows;
  for (const base::CsvRow& row : table.rows()) {
    check_cells(row, table.header().size(), unknowns);
    flows.push_back(read_flow(row, config));
  }
  if (flows.empty()) throw base::ConfigError({path, 1, 1}, "flows", "the list holds no flow");
  return flows;
}

NocFlowsReport run_noc_flows(const noc::StandaloneConfig& config, const std::vector<NocFlow>& flows,
                             FlowOrder order, const base::Watch& watch) {
  noc::ExactNetwork network(config);
  switch (order) {
    case FlowOrder::in_turn:
      offer_in_turn(flows, network);
      break;
    case FlowOrder::round_robin:
      offer_round_robin(flows, network);
      break;
  }
  network.run_to_idle(watch);

  NocFlowsReport report;
  report.config = config;
  std::map<noc::TrafficClass, std::int64_t> classes;
  std::map<int, std::int64_t> sources;
  double latency = 0;
  for (const noc::PacketRecord& record : network.delivered()) {
    const std::int64_t done = record.delivered + 1;  // cycles spent, the one of arrival included
    report.completion_cycles = std::max(report.completion_cycles, done);
    classes[record.cls] = std::max(classes[record.cls], done);
    sources[record.source.node] = std::max(sources[record.source.node], done);
    latency += static_cast<double>(record.network_latency());
    ++report.packets;
  }
  for (const auto& [cls, cycles] : classes)
    report.per_class.push_back({std::string(noc::class_name(cls)), cycles});
  for (const auto& [source, cycles] : sources) report.per_source.push_back({source, cycles});
  report.flit_hops = network.flit_hops();
  report.avg_network_latency_cycles = report.packets > 0 ? latency / static_cast<double>(report.packets) : 0;
  for (int router = 0; router < network.topology().routers(); ++router)
    report.routers.push_back(network.activity(router));
  return report;
}

std::vector<double> parse_loads(const std::string& text) {
  const std::vector<std::string> range = base::split(text, ':');
  std::vector<double> loads;
  if (range.size() == 3) {
    const double first = parse_number(range[0], text), last = parse_number(range[1], text),
                 step = parse_number(range[2], text);
    if (step <= 0 || last < first)
      throw base::ConfigError({}, "rate", fmt::format("'{}': first:last:step must rise", text));
    const double points = std::floor((last - first) / step + 1e-9) + 1;
    if (!(points <= kMostLoads))
      throw base::ConfigError({}, "rate", fmt::format("'{}' is more than {} loads", text, kMostLoads));
    const int count = static_cast<int>(points);
    for (int i = 0; i < count; ++i) loads.push_back(first + i * step);
  } else {
    for (const std::string& part : base::split(text, ','))
      loads.push_back(parse_number(std::string(base::trim(part)), text));
  }
  for (double load : loads) {
    if (!(load > 0))
      throw base::ConfigError({}, "rate", fmt::format("load {} flits/node/cycle must be above 0", load));
  }
  return loads;
}

std::optional<noc::TrafficClass> parse_class(const std::string& text) {
  for (std::size_t number = 0; number < kNumberedClasses.size(); ++number) {
    if (text == std::to_string(number)) return kNumberedClasses[number];
  }
  for (const auto& entry : noc::enum_names(static_cast<const noc::TrafficClass*>(nullptr))) {
    if (text == entry.name) return entry.value;
  }
  return std::nullopt;
}

std::vector<noc::TrafficConfig::Share> parse_class_shares(const std::string& text) {
  std::vector<noc::TrafficConfig::Share> shares;
  for (const std::string& part : base::split(text, ',')) {
    const std::vector<std::string> pair = base::split(part, ':');
    const auto cls = parse_class(std::string(base::trim(pair[0])));
    if (!cls || pair.size() != 2) {
      throw base::ConfigError(
          {}, "classes", fmt::format("'{}': write class:share, e.g. gradient:0.25,activation:0.75", text));
    }
    const double share = parse_number(std::string(base::trim(pair[1])), text);
    if (!(share >= 0)) throw base::ConfigError({}, "classes", fmt::format("'{}': a share is negative", text));
    for (const auto& other : shares)
      if (other.cls == *cls)
        throw base::ConfigError({}, "classes", fmt::format("'{}' names a class twice", text));
    shares.push_back({*cls, share});
  }
  double sum = 0;
  for (const auto& share : shares) sum += share.share;
  if (std::abs(sum - 1) > 1e-6)
    throw base::ConfigError({}, "classes", fmt::format("'{}': shares sum to {}, not to 1", text, sum));
  return shares;
}

}  // namespace kiln::part
