// SPDX-License-Identifier: MIT
// A fleet's result for people and for programs.
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/quantity_text.h"
#include "fleet/result.h"
#include "output/encode.h"
#include "output/json.h"
#include "report/band_text.h"
#include "report/validity_json.h"

namespace kiln::fleet {

namespace {

using base::bytes_text;
using base::energy_text;
using base::time_text;
using Json = nlohmann::ordered_json;

std::string share_text(double part, double whole) {
  return fmt::format("{:.0f} %", whole > 0 ? 100 * part / whole : 0);
}

std::string staleness_text(const History& history) {
  constexpr std::size_t kMostBins = 12;
  double all = 0;
  for (const std::uint64_t count : history.staleness) all += static_cast<double>(count);
  std::string text;
  for (std::size_t s = 0; s < std::min(history.staleness.size(), kMostBins); ++s)
    if (history.staleness[s] > 0)
      text += fmt::format("{}{}: {}", text.empty() ? "" : ", ", s,
                          share_text(static_cast<double>(history.staleness[s]), all));
  if (history.staleness.size() > kMostBins) text += ", ...";
  return text.empty() ? "none" : text;
}

/// Devices of one kind in one ambient, which differ by chance alone; a die of a package by itself.
struct Group {
  std::size_t kind;
  double ambient_c;
  std::vector<const DeviceRow*> rows;
  double mean(double (*of)(const DeviceRow&)) const {
    double sum = 0;
    for (const DeviceRow* row : rows) sum += of(*row);
    return sum / static_cast<double>(rows.size());
  }
};

std::vector<Group> groups_of(const Result& result) {
  std::vector<Group> groups;
  for (const DeviceRow& row : result.devices) {
    auto found = std::find_if(groups.begin(), groups.end(), [&](const Group& group) {
      return !result.one_package && group.kind == row.kind && group.ambient_c == row.ambient_c;
    });
    if (found == groups.end()) found = groups.insert(groups.end(), {row.kind, row.ambient_c, {}});
    found->rows.push_back(&row);
  }
  return groups;
}

std::string groups_text(const Result& result) {
  std::string text =
      fmt::format("\n{:>7} {:>4} {:>9} {:>11} {:>11} {:>9} {:>10} {:>8} {:>11}\n", "devices", "kind",
                  "ambient", "first step", "last step", "training", "throttled", "peak", "J a device");
  for (const Group& group : groups_of(result)) {
    const double time_s = result.time_s;
    text += fmt::format(
        "{:>7} {:>4} {:>4.0f} degC {:>11} {:>11} {:>9} {:>10} {:>3.0f} degC {:>11}\n", group.rows.size(),
        group.kind, group.ambient_c,
        time_text(group.mean([](const DeviceRow& r) { return r.books.first_step_s; })),
        time_text(group.mean([](const DeviceRow& r) { return r.books.last_step_s; })),
        share_text(group.mean([](const DeviceRow& r) { return r.books.training_s; }), time_s),
        share_text(group.mean([](const DeviceRow& r) { return r.books.throttled_s; }), time_s),
        group.mean([](const DeviceRow& r) { return r.books.peak_c; }),
        energy_text(group.mean([](const DeviceRow& r) { return r.books.device_j + r.link.total_j(); })));
  }
  return text;
}

}  // namespace

std::string result_text(const Result& result) {
  const auto n = [&](const char* key) { return result.number(key); };
  std::string text = fmt::format("{}: {:.0f} devices over {}\n", output::terminal_text(result.name),
                                 n("devices"), output::terminal_text(result.link_name));
  text += fmt::format("{:.6g} rounds in {}: {} a round, {:.4g} samples/s\n", n("rounds"),
                      time_text(result.time_s), time_text(n("round_time_s")), n("samples_per_s"));
  if (result.band_rounds > 0 && static_cast<double>(result.band_rounds) < n("rounds"))
    text += fmt::format("bands are of the first {} rounds: numbers of all move as theirs do\n",
                        result.band_rounds);
  text += fmt::format("a device trains {:.0f} % of the time\n", 100 * n("training_share"));
  const auto joules = [&](const char* key) {
    return energy_text(n(key)) + report::band_text(result.bands, key, n(key));
  };
  text += fmt::format("{} a round and device: device {}; idle {} of it; link {}\n", joules("energy_j"),
                      joules("device_energy_j"), energy_text(n("idle_energy_j")), joules("link_energy_j"));
  text += fmt::format("  link: wake {}, busy {}, transmit {}, receive {}, tail {}, idle {}\n",
                      energy_text(n("link_wake_j")), energy_text(n("link_busy_j")),
                      energy_text(n("link_transmit_j")), energy_text(n("link_receive_j")),
                      energy_text(n("link_tail_j")), energy_text(n("link_idle_j")));
  text += fmt::format(
      "{} of gradients leave a device in a round, {} on the link in {:.0f} packets, {:.3g} of them again\n",
      bytes_text(n("sent_bytes")), bytes_text(n("wire_bytes")), n("packets"), n("retransmissions"));
  text += fmt::format("gradient {} of {} ({:.4g} x below fp32)\n", bytes_text(n("gradient_bytes")),
                      bytes_text(n("plain_gradient_bytes")), n("compression_ratio"));
  if (!result.buckets.empty())
    text += fmt::format(
        "gradients are under way {} of a round, {} of it exposed: {:.0f} % hidden; {} bucket{}\n",
        time_text(n("exchanging_s")), time_text(n("exposed_exchange_s")), 100 * n("hidden_exchange_share"),
        result.buckets.size(), result.buckets.size() == 1 ? "" : "s");
  text += fmt::format("staleness of gradients: mean {:.3g} ({})\n", n("mean_staleness"),
                      staleness_text(result.history));
  if (n("dropouts") > 0)
    text += fmt::format("{:.0f} of {} trainings went silent\n", n("dropouts"), result.history.trainings);
  if (result.one_package)
    text += fmt::format(
        "one package: peaks of {:.1f} degC on the hottest die and {:.1f} degC on the coolest; {} of heat in "
        "a "
        "round, {} of it from the links\n",
        n("peak_temperature_c"), n("coolest_die_c"), joules("package_heat_j"), energy_text(n("link_heat_j")));
  if (result.has("battery_charge"))
    text +=
        fmt::format("one battery: {:.1f} % left, {} given; it lasts {} in all\n", 100 * n("battery_charge"),
                    energy_text(n("battery_given_j")), time_text(n("battery_life_s")));
  text += groups_text(result);
  if (!result.validity.findings.empty()) text += fmt::format("\nvalidity: {}\n", result.validity.state());
  for (const report::ValidityFinding& finding : result.validity.findings)
    text += fmt::format("  {}: {}\n", report::name(finding.severity), finding.text);
  return text;
}

std::string result_json(const Result& result) {
  Json json{{"name", result.name}, {"link", result.link_name}};
  for (const Number& number : result.numbers) json[number.key] = number.value;
  for (const auto& [key, band] : result.bands) json["band"][key] = {{"low", band.low}, {"high", band.high}};
  if (result.band_rounds > 0) json["band_rounds"] = result.band_rounds;
  json["staleness"] = result.history.staleness;
  json["staleness_by_device"] = result.history.staleness_by_device;
  for (const BucketRow& bucket : result.buckets) {
    if (result.buckets.size() == 1) break;  // all of it
    json["buckets"].push_back({{"layers", bucket.layers},
                               {"bytes", bucket.bytes},
                               {"ready_s", bucket.ready_s},
                               {"complete_s", bucket.complete_s}});
  }
  json["validity"] = report::to_json(result.validity);
  Json units = Json::object();
  for (const Number& number : result.numbers) units[number.key] = {number.unit, number.meaning};
  json["meanings"] = std::move(units);
  return output::json_text(json, 2) + "\n";
}

std::string rounds_csv(const Result& result) {
  const bool waited = !result.buckets.empty();
  std::string text = "round,members,begin_s,first_ready_s,last_ready_s,end_s,slowest_device";
  text += waited ? ",exposed_s,exchanging_s\n" : "\n";
  for (std::size_t r = 0; r < result.history.rounds.size(); ++r) {
    const RoundRecord& round = result.history.rounds[r];
    if (round.end_s <= 0) continue;
    text += fmt::format("{},{},{:.9g},{:.9g},{:.9g},{:.9g},{}", r, round.members, round.begin_s,
                        round.first_ready_s, round.ready_s, round.end_s, round.slowest);
    text += waited ? fmt::format(",{:.9g},{:.9g}\n", round.exposed_s(), round.exchanging_s) : "\n";
  }
  return text;
}

std::string devices_csv(const Result& result) {
  std::string text =
      "device,kind,ambient_c,steps,training_s,first_step_s,last_step_s,longest_step_s,throttled_s,off_s,"
      "peak_c,device_j,chip_j,idle_j,link_j,wake_j,busy_j,transmit_j,receive_j,tail_j,link_idle_j,sent_bytes,"
      "received_bytes,packets,retransmissions\n";
  for (const DeviceRow& row : result.devices) {
    const WorkerBooks& b = row.books;
    text += fmt::format(
        "{},{},{},{:.9g},{:.9g},{:.9g},{:.9g},{:.9g},{:.9g},{:.9g},{:.6g},{:.9g},{:.9g},{:.9g},{:.9g},{:.9g},"
        "{:.9g},{:.9g},{:.9g},{:.9g},{:.9g},{},{},{:.9g},{:.9g}\n",
        row.device, row.kind, row.ambient_c, b.steps, b.training_s, b.first_step_s, b.last_step_s,
        b.longest_step_s, b.throttled_s, b.off_s, b.peak_c, b.device_j, b.chip_j, b.idle_j,
        row.link.total_j(), row.link.wake_j, row.link.busy_j, row.link.transmit_j, row.link.receive_j,
        row.link.tail_j, row.link.idle_j, row.sent.payload_bytes, row.received_bytes, row.sent.packets,
        row.sent.repeats);
  }
  return text;
}

std::string dies_csv(const Result& result) {
  std::string text = "die,time_s,duration_s,hottest_c,memory_c,power_w,frequency_hz,ambient_c\n";
  for (const DeviceRow& row : result.devices)
    for (const device::PeriodRecord& p : row.series)
      text += fmt::format("{},{:.9g},{:.9g},{:.6g},{:.6g},{:.6g},{:.9g},{:.6g}\n", row.device, p.time_s,
                          p.dt_s, p.hottest_c, p.memory_c, p.power_w(), p.frequency_hz, p.ambient_c);
  return text;
}

}  // namespace kiln::fleet
