// SPDX-License-Identifier: MIT
#include "link/transfer.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace kiln::link {

namespace {

/// From here on the normal distribution is the negative binomial within a percent.
constexpr double kManyErrors = 100;

/// Quantile of the standard normal distribution (Acklam's rational approximation, relative error 1.2e-9).
double normal_quantile(double p) {
  constexpr double a[] = {-3.969683028665376e+01, 2.209460984245205e+02,  -2.759285104469687e+02,
                          1.383577518672690e+02,  -3.066479806614716e+01, 2.506628277459239e+00};
  constexpr double b[] = {-5.447609879822406e+01, 1.615858368580409e+02, -1.556989798598866e+02,
                          6.680131188771972e+01, -1.328068155288572e+01};
  constexpr double c[] = {-7.784894002430293e-03, -3.223964580411365e-01, -2.400758277161838e+00,
                          -2.549732539343734e+00, 4.374664141464968e+00,  2.938163982698783e+00};
  constexpr double d[] = {7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996e+00,
                          3.754408661907416e+00};
  constexpr double low = 0.02425;
  const auto tail = [&](double q) {
    return (((((c[0] * q + c[1]) * q + c[2]) * q + c[3]) * q + c[4]) * q + c[5]) /
           ((((d[0] * q + d[1]) * q + d[2]) * q + d[3]) * q + 1);
  };
  if (p < low) return tail(std::sqrt(-2 * std::log(std::max(p, 1e-300))));
  if (p > 1 - low) return -tail(std::sqrt(-2 * std::log(std::max(1 - p, 1e-300))));
  const double q = p - 0.5, r = q * q;
  return (((((a[0] * r + a[1]) * r + a[2]) * r + a[3]) * r + a[4]) * r + a[5]) * q /
         (((((b[0] * r + b[1]) * r + b[2]) * r + b[3]) * r + b[4]) * r + 1);
}

}  // namespace

Packets& Packets::operator+=(const Packets& other) {
  payload_bytes += other.payload_bytes;
  count += other.count;
  wire_bytes += other.wire_bytes;
  expected_repeats += other.expected_repeats;
  expected_repeat_bytes += other.expected_repeat_bytes;
  return *this;
}

double Link::rate_bytes_per_s(Direction direction) const {
  const double lane = direction == Direction::down
                          ? config_.down_rate_bytes_per_s.value_or(config_.rate_bytes_per_s)
                          : config_.rate_bytes_per_s;
  return lane * config_.lanes * config_.line_code;
}

double Link::packet_error(double wire_bytes) const {
  const double good_bits = std::exp(8 * wire_bytes * std::log1p(-config_.errors.bit_error_rate));
  return 1 - (1 - config_.errors.packet_loss) * good_bits;
}

double Link::repeats_of_error() const {
  return config_.errors.recovery == Recovery::go_back_n ? config_.errors.window : 1;
}

double Link::repeats_per_packet(double p) const {
  return repeats_of_error() * p / (1 - p);
}

Packets Link::cut(std::uint64_t bytes, std::uint64_t stamp_bytes) const {
  const PacketConfig& packet = config_.packet;
  if (stamp_bytes >= packet.payload_bytes)
    throw base::ConfigError({}, "stamp",
                            fmt::format("{} bytes of each packet's {} leave none; make the stamp shorter",
                                        stamp_bytes, packet.payload_bytes));
  const std::uint64_t room = packet.payload_bytes - stamp_bytes;
  Packets all;
  const auto add = [&](std::uint64_t count, std::uint64_t payload) {
    if (count == 0) return;
    const std::uint64_t wire = payload + stamp_bytes + packet.header_bytes;
    const double repeats =
        static_cast<double>(count) * repeats_per_packet(packet_error(static_cast<double>(wire)));
    all += {count * payload, count, count * wire, repeats, repeats * static_cast<double>(wire)};
  };
  add(bytes / room, room);
  if (bytes % room > 0) add(1, bytes % room);
  return all;
}

Transfer Link::timed(Transfer transfer, Direction direction) const {
  const PacketConfig& packet = config_.packet;
  transfer.air_s = transfer.wire_bytes / rate_bytes_per_s(direction);
  if (transfer.packets == 0) return transfer;
  // What is sent again fills bursts of its own in the mean.
  const double bursts = std::ceil(transfer.packets / packet.burst) + transfer.repeats / packet.burst;
  transfer.gap_s = bursts * packet.gap_s;
  transfer.acknowledgement_s = bursts * packet.acknowledgement_s;
  return transfer;
}

Transfer Link::expected(const Packets& packets, Direction direction) const {
  Transfer transfer;
  transfer.packets = static_cast<double>(packets.count);
  transfer.repeats = packets.expected_repeats;
  transfer.repeat_bytes = packets.expected_repeat_bytes;
  transfer.wire_bytes = static_cast<double>(packets.wire_bytes) + transfer.repeat_bytes;
  return timed(transfer, direction);
}

Transfer Link::with_errors(const Packets& packets, std::uint64_t errors, Direction direction) const {
  Transfer transfer;
  if (packets.count == 0) return transfer;
  transfer.packets = static_cast<double>(packets.count);
  transfer.repeats = static_cast<double>(errors) * repeats_of_error();
  // Long packets fail more often; the mean packet that fails has this many bytes.
  const double mean_bytes = packets.expected_repeats > 0
                                ? packets.expected_repeat_bytes / packets.expected_repeats
                                : static_cast<double>(packets.wire_bytes) / transfer.packets;
  transfer.repeat_bytes = transfer.repeats * mean_bytes;
  transfer.wire_bytes = static_cast<double>(packets.wire_bytes) + transfer.repeat_bytes;
  return timed(transfer, direction);
}

std::uint64_t Link::draw_errors(const Packets& packets, double uniform) const {
  const double mean = packets.expected_repeats / repeats_of_error();
  if (mean <= 0) return 0;
  const double count = static_cast<double>(packets.count);
  const double p = mean / (count + mean);  // of a packet, so that count p / (1 - p) is the mean
  if (mean > kManyErrors) {
    const double drawn = mean + normal_quantile(uniform) * std::sqrt(mean / (1 - p));
    return drawn <= 0 ? 0 : static_cast<std::uint64_t>(std::llround(drawn));
  }
  double probability = std::exp(count * std::log1p(-p));
  double below = probability;
  std::uint64_t errors = 0;
  while (uniform >= below && probability > 0) {
    const double k = static_cast<double>(errors);
    probability *= p * (count + k) / (k + 1);
    if (below + probability == below && k > mean) break;
    below += probability;
    ++errors;
  }
  return errors;
}

double DutyMeter::send(double begin_s, double air_s) {
  if (duty_.limit >= 1) return begin_s + air_s;
  while (true) {
    if (begin_s >= window_ends_s_) {
      window_ends_s_ = begin_s + duty_.window_s;
      left_s_ = duty_.limit * duty_.window_s;
    }
    const double sent_s = std::min(air_s, left_s_);
    left_s_ -= sent_s;
    air_s -= sent_s;
    begin_s += sent_s;
    if (air_s <= 0) return begin_s;
    begin_s = window_ends_s_;
  }
}

double time_under_duty(const DutyConfig& duty, double air_s) {
  return DutyMeter(duty).send(0, air_s);
}

}  // namespace kiln::link
