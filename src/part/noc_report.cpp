// SPDX-License-Identifier: MIT
// JSON and tables of the network alone.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "noc/energy.h"
#include "output/json.h"
#include "part/noc.h"

namespace kiln::part {
namespace {

using Json = nlohmann::ordered_json;

struct EnergySummary {
  noc::NocEnergy total;
  int hottest_router = 0;
  double hottest_j = 0;
  double busiest_link = 0;  ///< flits per cycle
  double least_mttf = 0;    ///< of the busiest link, relative to a link always busy
};

EnergySummary summarise(const noc::StandaloneConfig& config, const std::vector<noc::RouterActivity>& routers,
                        double cycles) {
  const noc::NocEnergyModel model(config, config.energy);
  const noc::NocConditions at{config.energy.reference_voltage_v, config.energy.reference_temperature_c};
  EnergySummary out;
  for (std::size_t router = 0; router < routers.size(); ++router) {
    const noc::NocEnergy energy = model.energy(routers[router], cycles, cycles / config.clock_hz, at);
    out.total += energy;
    if (energy.total_j() > out.hottest_j) {
      out.hottest_j = energy.total_j();
      out.hottest_router = static_cast<int>(router);
    }
    for (std::uint64_t flits : routers[router].link_flits) {
      out.busiest_link = std::max(out.busiest_link, cycles > 0 ? static_cast<double>(flits) / cycles : 0);
    }
  }
  out.least_mttf = model.relative_mttf(out.busiest_link, config.clock_hz, at);
  return out;
}

Json energy_json(const EnergySummary& energy) {
  const noc::NocEnergy& e = energy.total;
  Json json{{"total_j", e.total_j()},
            {"buffer_write_j", e.buffer_write_j},
            {"buffer_read_j", e.buffer_read_j},
            {"crossbar_j", e.crossbar_j},
            {"arbitration_j", e.arbitration_j},
            {"link_j", e.link_j},
            {"clock_j", e.clock_j},
            {"leakage_j", e.leakage_j},
            {"hottest_router", energy.hottest_router},
            {"hottest_router_j", energy.hottest_j},
            {"busiest_link_flits_per_cycle", energy.busiest_link}};
  if (std::isfinite(energy.least_mttf)) json["busiest_link_relative_mttf"] = energy.least_mttf;
  return json;
}

Json point_json(const noc::StandaloneConfig& config, const noc::LoadResult& point) {
  Json classes = Json::array();
  for (const noc::ClassResult& cls : point.per_class) {
    classes.push_back({{"class", noc::class_name(cls.cls)},
                       {"offered", cls.offered},
                       {"accepted", cls.accepted},
                       {"avg_packet_latency_cycles", cls.avg_packet_latency_cycles},
                       {"avg_network_latency_cycles", cls.avg_network_latency_cycles},
                       {"p99_latency_cycles", cls.p99_latency_cycles},
                       {"max_latency_cycles", cls.max_latency_cycles},
                       {"packets", cls.packets}});
  }
  Json json{{"offered", point.offered},
            {"accepted", point.accepted},
            {"least_received", point.least_received},
            {"least_sent", point.least_sent},
            {"avg_packet_latency_cycles", point.avg_packet_latency_cycles},
            {"avg_network_latency_cycles", point.avg_network_latency_cycles},
            {"p99_latency_cycles", point.p99_latency_cycles},
            {"avg_hops", point.avg_hops},
            {"saturated", point.saturated},
            {"cycles", point.cycles},
            {"flit_hops", point.flit_hops},
            {"per_class", classes},
            {"energy", energy_json(summarise(config, point.routers, static_cast<double>(point.cycles)))}};
  if (const auto& sure = point.confidence)
    json["confidence_95"] = {{"seeds", sure->seeds},
                             {"accepted", sure->accepted},
                             {"avg_packet_latency_cycles", sure->avg_packet_latency_cycles},
                             {"avg_network_latency_cycles", sure->avg_network_latency_cycles}};
  return json;
}

/// Load along, latency up; saturated points as 'x' at the top.
std::string curve(const std::vector<noc::LoadResult>& points) {
  constexpr int kHeight = 14, kColumns = 4;
  double highest = 0, lowest = 1e300;
  for (const auto& point : points) {
    if (point.saturated) continue;
    highest = std::max(highest, point.avg_packet_latency_cycles);
    lowest = std::min(lowest, point.avg_packet_latency_cycles);
  }
  if (highest <= lowest) return {};
  std::string text = "\npacket latency (cycles) against offered load\n";
  for (int line = kHeight; line >= 0; --line) {
    std::string row(points.size() * kColumns, ' ');
    for (std::size_t i = 0; i < points.size(); ++i) {
      const double height =
          kHeight * std::log(points[i].avg_packet_latency_cycles / lowest) / std::log(highest / lowest);
      const int at = points[i].saturated ? kHeight : static_cast<int>(std::lround(height));
      if (at == line) row[i * kColumns + 2] = points[i].saturated ? 'x' : '*';
    }
    text += fmt::format("{:8.1f} |{}\n",
                        lowest * std::pow(highest / lowest, static_cast<double>(line) / kHeight), row);
  }
  text += fmt::format("{:>8} +{}\n{:>10}", "", std::string(points.size() * kColumns, '-'), "");
  for (std::size_t i = 0; i < points.size(); ++i) {
    text += i % 2 == 0 ? fmt::format("{:<{}.2f}", points[i].offered, 2 * kColumns) : "";
  }
  return text + "\n";
}

std::string load_heading() {
  return fmt::format("{:>8} {:>9} {:>10} {:>10} {:>10} {:>7} {:>10}  {}\n", "offered", "accepted", "packet",
                     "network", "p99", "hops", "energy", "") +
         fmt::format("{:>8} {:>9} {:>10} {:>10} {:>10} {:>7} {:>10}\n", "flits/", "node/cyc", "cycles",
                     "cycles", "cycles", "routers", "pJ/flithop");
}

}  // namespace

std::string to_json(const NocLoadReport& report) {
  Json json;
  if (report.points.size() == 1) {
    json = point_json(report.config, report.points.front());
  } else {
    json["points"] = Json::array();
    for (const auto& point : report.points) json["points"].push_back(point_json(report.config, point));
  }
  if (report.saturation_load) json["saturation_load"] = *report.saturation_load;
  if (!report.skipped.empty()) json["skipped"] = report.skipped;
  return output::json_text(json, 2) + "\n";
}

std::string to_json(const NocFlowsReport& report) {
  Json classes = Json::array(), sources = Json::array();
  for (const auto& done : report.per_class)
    classes.push_back({{"class", done.name}, {"done_cycles", done.cycles}});
  for (const auto& done : report.per_source)
    sources.push_back({{"source", done.source}, {"done_cycles", done.cycles}});
  Json json{{"completion_cycles", report.completion_cycles},
            {"per_class_done", classes},
            {"per_source_done", sources},
            {"flit_hops", report.flit_hops},
            {"packets", report.packets},
            {"avg_network_latency_cycles", report.avg_network_latency_cycles},
            {"energy", energy_json(summarise(report.config, report.routers,
                                             static_cast<double>(report.completion_cycles)))}};
  if (!report.skipped.empty()) json["skipped"] = report.skipped;
  return output::json_text(json, 2) + "\n";
}

std::string to_text(const NocLoadReport& report) {
  std::string text;
  if (!report.points.empty()) text = load_heading();
  for (const auto& point : report.points) {
    const EnergySummary energy = summarise(report.config, point.routers, static_cast<double>(point.cycles));
    const double per_hop =
        point.flit_hops > 0 ? energy.total.total_j() * 1e12 / static_cast<double>(point.flit_hops) : 0;
    text +=
        fmt::format("{:8.4f} {:9.4f} {:10.2f} {:10.2f} {:10.1f} {:7.3f} {:10.3f}  {}\n", point.offered,
                    point.accepted, point.avg_packet_latency_cycles, point.avg_network_latency_cycles,
                    point.p99_latency_cycles, point.avg_hops, per_hop, point.saturated ? "saturated" : "");
    if (const auto& sure = point.confidence)
      text +=
          fmt::format("{:>8} {:9.4f} {:10.2f} {:10.2f}   95 % confidence of {} seeds\n", "+-", sure->accepted,
                      sure->avg_packet_latency_cycles, sure->avg_network_latency_cycles, sure->seeds);
    if (point.saturated)
      text += fmt::format("{:>8} least of all nodes: {:.4f} received, {:.4f} sent\n", "",
                          point.least_received, point.least_sent);
    if (point.per_class.size() < 2) continue;
    for (const auto& cls : point.per_class) {
      text +=
          fmt::format("  {:<12}{:6.4f} {:8.2f} {:10.2f} {:10.1f}\n", noc::class_name(cls.cls), cls.accepted,
                      cls.avg_packet_latency_cycles, cls.avg_network_latency_cycles, cls.p99_latency_cycles);
    }
  }
  if (report.saturation_load)
    text += fmt::format("highest stable load: {:.4f} flits/node/cycle\n", *report.saturation_load);
  if (report.points.size() > 1) text += curve(report.points);
  for (const std::string& skipped : report.skipped) text += "skipped: " + skipped + "\n";
  return text;
}

std::string to_text(const NocFlowsReport& report) {
  std::string text = fmt::format("completion: {} cycles, {} packets, {} flit-hops\n",
                                 report.completion_cycles, report.packets, report.flit_hops);
  for (const auto& done : report.per_class)
    text += fmt::format("  class {:<11} done at cycle {}\n", done.name, done.cycles);
  for (const auto& done : report.per_source)
    text += fmt::format("  source {:<10} done at cycle {}\n", done.source, done.cycles);
  const EnergySummary energy =
      summarise(report.config, report.routers, static_cast<double>(report.completion_cycles));
  text += fmt::format("energy: {:.3f} nJ ({:.3f} nJ leakage); hottest router {}\n",
                      energy.total.total_j() * 1e9, energy.total.leakage_j * 1e9, energy.hottest_router);
  for (const std::string& skipped : report.skipped) text += "skipped: " + skipped + "\n";
  return text;
}

}  // namespace kiln::part
