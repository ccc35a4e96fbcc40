// SPDX-License-Identifier: MIT
#include "part/link.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/text.h"
#include "config/load.h"
#include "output/encode.h"
#include "output/json.h"

namespace kiln::part {

namespace {

using base::Dimension;
using base::display_quantity;
using Json = nlohmann::ordered_json;

constexpr double kMostTransferBytes = 1e15;

link::Account account(const LinkOptions& options, const link::LinkConfig& config, std::uint64_t bytes) {
  const link::Link link(config);
  const link::Packets packets = link.cut(bytes);
  link::Account result = options.every_s
                             ? link::account_of_every(link, packets, options.direction, *options.every_s)
                             : link::account_of(link, packets, options.direction);
  // What access points and base stations draw is not a device's, and not known from one.
  if (config.path == link::Path::relayed)
    (options.direction == link::Direction::up ? result.receiver : result.sender) = {};
  return result;
}

/// The link with one figure at an end of its band.
link::LinkConfig with_figure(const link::LinkConfig& config, const config::Band& band, const char* end) {
  const config::Node* written = band.written.find(end);
  if (written == nullptr) return config;
  config::Node tree = config::Value<link::LinkConfig>::write(config, {});
  config::node_at(tree, base::join(band.path, "."), {}) = *written;
  return config::read_tree<link::LinkConfig>(tree, "").value;
}

/// Effects of single figures as they come in.
class Spread {
 public:
  explicit Spread(double value) : value_(value) {}
  void add(double one, double other) {
    const double below = std::min({one - value_, other - value_, 0.0});
    const double above = std::max({one - value_, other - value_, 0.0});
    below_ += below * below;
    above_ += above * above;
  }
  LinkEstimate estimate() const {
    return {value_, std::max(0.0, value_ - std::sqrt(below_)), value_ + std::sqrt(above_)};
  }

 private:
  double value_, below_ = 0, above_ = 0;
};

LinkPoint point(const LinkOptions& options, std::uint64_t bytes) {
  LinkPoint result;
  result.bytes = bytes;
  result.account = account(options, options.config, bytes);
  Spread time(result.account.time_s);
  Spread sender(result.account.sender.total_j());
  Spread receiver(result.account.receiver.total_j());
  for (const auto& band : options.config.bands) {
    const link::Account low = account(options, with_figure(options.config, *band, "low"), bytes);
    const link::Account high = account(options, with_figure(options.config, *band, "high"), bytes);
    time.add(low.time_s, high.time_s);
    sender.add(low.sender.total_j(), high.sender.total_j());
    receiver.add(low.receiver.total_j(), high.receiver.total_j());
  }
  result.time_s = time.estimate();
  result.sender_j = sender.estimate();
  result.receiver_j = receiver.estimate();
  return result;
}

Json json_of(const link::EndEnergy& energy, const LinkEstimate& band) {
  return {{"total_j", energy.total_j()},   {"low_j", band.low},       {"high_j", band.high},
          {"wake_j", energy.wake_j},       {"busy_j", energy.busy_j}, {"transmit_j", energy.transmit_j},
          {"receive_j", energy.receive_j}, {"tail_j", energy.tail_j}, {"idle_j", energy.idle_j}};
}

Json json_of(const LinkPoint& point, const LinkOptions& options) {
  const link::Transfer& t = point.account.transfer;
  Json json{{"bytes", point.bytes},
            {"packets", t.packets},
            {"retransmissions", t.repeats},
            {"wire_bytes", t.wire_bytes},
            {"time_s", point.account.time_s},
            {"time_low_s", point.time_s.low},
            {"time_high_s", point.time_s.high},
            {"air_s", t.air_s},
            {"gap_s", t.gap_s},
            {"acknowledgement_s", t.acknowledgement_s},
            {"duty_wait_s", point.account.waiting_s},
            {"goodput_bytes_per_s", point.goodput_bytes_per_s()},
            {"sender", json_of(point.account.sender, point.sender_j)},
            {"receiver", json_of(point.account.receiver, point.receiver_j)},
            {"energy_j", point.energy_j()},
            {"energy_per_bit_j", point.energy_j_per_bit()}};
  if (options.every_s) {
    json["every_s"] = *options.every_s;
    json["sender_mean_w"] = point.account.sender.total_j() / *options.every_s;
    json["receiver_mean_w"] = point.account.receiver.total_j() / *options.every_s;
  }
  return json;
}

/// "12.3 mJ (-20 %, +31 %)"
std::string with_band(const LinkEstimate& e, Dimension dimension) {
  std::string text = display_quantity(e.value, dimension);
  if (e.value > 0 && e.high > e.low)
    text += fmt::format(" (-{:.0f} %, +{:.0f} %)", 100 * (1 - e.low / e.value), 100 * (e.high / e.value - 1));
  return text;
}

std::string text_of(const link::EndEnergy& energy) {
  const auto part = [](double joules) { return display_quantity(joules, Dimension::energy); };
  return fmt::format("wake {}, busy {}, transmit {}, receive {}, tail {}, idle {}", part(energy.wake_j),
                     part(energy.busy_j), part(energy.transmit_j), part(energy.receive_j),
                     part(energy.tail_j), part(energy.idle_j));
}

/// One end's line; an end that draws nothing is the network's.
std::string end_text(const char* name, const LinkEstimate& total, const link::EndEnergy& energy) {
  if (energy.total_j() == 0) return fmt::format("{}is the network's, not counted\n", name);
  return fmt::format("{}{}: {}\n", name, with_band(total, Dimension::energy), text_of(energy));
}

}  // namespace

LinkReport run_link(const LinkOptions& options) {
  LinkReport report{options, {}};
  for (const std::uint64_t bytes : options.bytes) report.points.push_back(point(options, bytes));
  return report;
}

std::vector<std::uint64_t> parse_byte_list(const std::string& text) {
  std::vector<std::uint64_t> all;
  for (const std::string& word : base::split(text, ',')) {
    const bool plain = !word.empty() && word.find_first_not_of("0123456789") == std::string::npos;
    double bytes = 0;
    try {
      bytes = base::parse_quantity(plain ? word + " B" : word, Dimension::bytes);
    } catch (const base::UnitError& error) {
      throw base::ConfigError({}, "bytes", error.what());
    }
    if (!(bytes >= 1 && bytes <= kMostTransferBytes))
      throw base::ConfigError({}, "bytes",
                              fmt::format("'{}' is not between 1 B and {:g} B", word, kMostTransferBytes));
    all.push_back(static_cast<std::uint64_t>(bytes));
  }
  return all;
}

std::string to_json(const LinkReport& report) {
  const link::LinkConfig& config = report.options.config;
  const link::Link link(config);
  Json points = Json::array();
  for (const LinkPoint& point : report.points) points.push_back(json_of(point, report.options));
  return output::json_text(
             Json{{"link", config.name},
                  {"direction", report.options.direction == link::Direction::up ? "up" : "down"},
                  {"rate_bytes_per_s", link.rate_bytes_per_s(report.options.direction)},
                  {"packet_error_rate", link.packet_error(static_cast<double>(config.packet.payload_bytes +
                                                                              config.packet.header_bytes))},
                  {"transfers", points}},
             2) +
         "\n";
}

std::string to_text(const LinkReport& report) {
  const link::LinkConfig& config = report.options.config;
  const link::Link link(config);
  std::string text =
      fmt::format("{}: {}, packets of {} + {} bytes\n", output::terminal_text(config.name),
                  display_quantity(link.rate_bytes_per_s(report.options.direction), Dimension::bandwidth),
                  config.packet.payload_bytes, config.packet.header_bytes);
  for (const LinkPoint& point : report.points) {
    const link::Transfer& t = point.account.transfer;
    text += fmt::format("\n{} B in {}: {:.0f} packets, {:.3g} of them again, {} of the user's\n", point.bytes,
                        with_band(point.time_s, Dimension::time), t.packets, t.repeats,
                        display_quantity(point.goodput_bytes_per_s(), Dimension::bandwidth));
    text += end_text("  sender    ", point.sender_j, point.account.sender);
    text += end_text("  receiver  ", point.receiver_j, point.account.receiver);
    text += fmt::format("  together  {} per bit of the user's\n",
                        display_quantity(point.energy_j_per_bit(), Dimension::energy_per_bit));
    if (point.account.waiting_s > 0)
      text += fmt::format("  waits {} for the limit on the time of sending\n",
                          display_quantity(point.account.waiting_s, Dimension::time));
    if (report.options.every_s)
      text += fmt::format(
          "  every {}: sender {}, receiver {} in the mean\n",
          display_quantity(*report.options.every_s, Dimension::time),
          display_quantity(point.account.sender.total_j() / *report.options.every_s, Dimension::power),
          display_quantity(point.account.receiver.total_j() / *report.options.every_s, Dimension::power));
  }
  return text;
}

}  // namespace kiln::part
