// SPDX-License-Identifier: MIT
#include "link/link_config.h"

namespace kiln::link {

using base::Dimension;

namespace {

constexpr double kMostRate = 1e13;
constexpr double kLeastRate = 1;

config::Spec power(std::string_view doc) {
  return {.doc = doc, .unit = Dimension::power, .min = 0, .max = 1e3, .source = "0: of the part's file"};
}
config::Spec span_of_time(std::string_view doc) {
  return {.doc = doc, .unit = Dimension::time, .min = 0, .max = 1e3, .source = "0: of the part's file"};
}
config::Spec per_bit(std::string_view doc) {
  return {.doc = doc,
          .unit = Dimension::energy_per_bit,
          .min = 0,
          .max = 1e-3,
          .source = "0: of the part's file"};
}

/// Bits of the longest packet.
double longest_packet_bits(const PacketConfig& packet) {
  return 8.0 * static_cast<double>(packet.payload_bytes + packet.header_bytes);
}

void check_link(const LinkConfig& c, config::Checker& check) {
  if (c.down_rate_bytes_per_s && c.path == Path::direct)
    check.fail("down_rate", "is for links with path: relayed; a direct link has one rate");
  if (c.errors.bit_error_rate * longest_packet_bits(c.packet) > 5)
    check.fail(
        "errors.bit_error_rate",
        fmt::format("spoils nearly every packet of {} bytes; shorten packet.payload or lower the rate "
                    "of errors below {:.2g}",
                    c.packet.payload_bytes + c.packet.header_bytes, 5 / longest_packet_bits(c.packet)));
}

}  // namespace

std::span<const config::EnumName<Access>> enum_names(const Access*) {
  static constexpr config::EnumName<Access> kNames[] = {
      {Access::full, "full"}, {Access::half, "half"}, {Access::shared, "shared"}};
  return kNames;
}

std::span<const config::EnumName<Path>> enum_names(const Path*) {
  static constexpr config::EnumName<Path> kNames[] = {{Path::direct, "direct"}, {Path::relayed, "relayed"}};
  return kNames;
}

std::span<const config::EnumName<Recovery>> enum_names(const Recovery*) {
  static constexpr config::EnumName<Recovery> kNames[] = {{Recovery::selective, "selective"},
                                                          {Recovery::go_back_n, "go_back_n"}};
  return kNames;
}

const config::Record<PacketConfig>& describe(const PacketConfig*) {
  using C = PacketConfig;
  static const auto record =
      config::Record<C>("link_packet", "How bytes are cut into packets, and what each costs besides them")
          .field("payload", &C::payload_bytes,
                 {.doc = "Most bytes of a packet that are the user's",
                  .unit = Dimension::bytes,
                  .min = 1,
                  .max = 1 << 24,
                  .required = true})
          .field("header", &C::header_bytes,
                 {.doc = "Preamble, framing, addresses and checks of every packet",
                  .unit = Dimension::bytes,
                  .min = 0,
                  .max = 1 << 16,
                  .source = "0: of the part's file"})
          .field("burst", &C::burst,
                 {.doc = "Packets that share a gap and an acknowledgement",
                  .min = 1,
                  .max = 65536,
                  .source = "one by one"})
          .field("gap", &C::gap_s,
                 span_of_time("Time per burst in which both ends listen: spacing, contention, turnaround"))
          .field("acknowledgement", &C::acknowledgement_s,
                 span_of_time("Time per burst in which the receiver answers"));
  return record;
}

const config::Record<ErrorConfig>& describe(const ErrorConfig*) {
  using C = ErrorConfig;
  static const auto record =
      config::Record<C>("link_errors", "What arrives damaged or not at all, and what is sent again")
          .field(
              "bit_error_rate", &C::bit_error_rate,
              {.doc = "Wrong bits over bits sent", .min = 0, .max = 0.1, .source = "0: of the part's file"})
          .field("packet_loss", &C::packet_loss,
                 {.doc = "Packets lost besides, to fading and collisions",
                  .unit = Dimension::fraction,
                  .min = 0,
                  .max = 0.9,
                  .source = "0: of the part's file"})
          .field("recovery", &C::recovery,
                 {.doc = "What is sent again: the packet alone, or all that followed it too",
                  .source = "radios and USB repeat one packet"})
          .field("window", &C::window,
                 {.doc = "Packets in flight when an error is noticed; with go_back_n all are sent again",
                  .min = 1,
                  .max = 65536,
                  .source = "1: the packet alone"});
  return record;
}

const config::Record<DutyConfig>& describe(const DutyConfig*) {
  using C = DutyConfig;
  static const auto record = config::Record<C>("link_duty", "A regulation's limit on the time an end sends")
                                 .field("limit", &C::limit,
                                        {.doc = "Share of a window in which an end may send",
                                         .unit = Dimension::fraction,
                                         .min = 1e-4,
                                         .max = 1,
                                         .source = "1: no limit"})
                                 .field("window", &C::window_s,
                                        {.doc = "The window",
                                         .unit = Dimension::time,
                                         .min = 1e-3,
                                         .max = 1e5,
                                         .source = "ETSI EN 300 220: one hour"});
  return record;
}

const config::Record<EndPowerConfig>& describe(const EndPowerConfig*) {
  using C = EndPowerConfig;
  static const auto record =
      config::Record<C>("link_power", "What one end of a link draws, by what it does")
          .field("wake_time", &C::wake_s, span_of_time("From idle until the first bit can be sent"))
          .field("wake", &C::wake_w, power("Meanwhile"))
          .field("busy", &C::busy_w,
                 power("While it sends, receives or both: of wires whose ends draw as much either way"))
          .field("transmit", &C::transmit_w, power("Besides, while it sends"))
          .field("receive", &C::receive_w, power("Besides, while it receives or listens"))
          .field("transmit_bit", &C::transmit_j_per_bit,
                 per_bit("Besides, for every bit sent, headers included"))
          .field("receive_bit", &C::receive_j_per_bit,
                 per_bit("Besides, for every bit received, headers included"))
          .field("tail_time", &C::tail_s,
                 span_of_time("From the last activity until it idles: inactivity timers"))
          .field("tail", &C::tail_w, power("Meanwhile"))
          .field("idle", &C::idle_w, power("Connected, with nothing to send"));
  return record;
}

const config::Record<LinkConfig>& describe(const LinkConfig*) {
  using C = LinkConfig;
  static const auto record =
      config::Record<C>("link", "A link between devices or between dies")
          .field("name", &C::name, {.doc = "Name in reports", .required = true})
          .field("access", &C::access,
                 {.doc = "Who sends at a time: both ends of a pair, one of them, or one of all devices",
                  .source = "wires have a pair for each direction"})
          .field("path", &C::path,
                 {.doc = "From device to device over the link once, or up and down through the network",
                  .source = "wires lead from device to device"})
          .field("rate", &C::rate_bytes_per_s,
                 {.doc = "Rate of a lane, before its line code; of a device to the network where it differs",
                  .unit = Dimension::bandwidth,
                  .min = kLeastRate,
                  .max = kMostRate,
                  .required = true})
          .field("down_rate", &C::down_rate_bytes_per_s,
                 {.doc = "Rate from the network to a device; nothing: as the other way",
                  .unit = Dimension::bandwidth,
                  .min = kLeastRate,
                  .max = kMostRate,
                  .source = "most links are as fast either way"})
          .field("lanes", &C::lanes, {.doc = "Lanes side by side", .min = 1, .max = 1024, .source = "one"})
          .field("line_code", &C::line_code,
                 {.doc = "Share of the rate that the line code leaves",
                  .unit = Dimension::fraction,
                  .min = 0.1,
                  .max = 1,
                  .source = "1: a rate of data"})
          .field("latency", &C::latency_s,
                 span_of_time("From a bit sent to the bit received, end to end: wires, switches, networks"))
          .field("packet", &C::packet, {.doc = "Packets", .required = true})
          .field("errors", &C::errors, {.doc = "Errors and what follows from them"})
          .field("duty", &C::duty, {.doc = "Limit on the time of sending"})
          .field("power", &C::power, {.doc = "Power of an end"})
          .with_bands(&C::bands)
          .check(check_link);
  return record;
}

}  // namespace kiln::link
