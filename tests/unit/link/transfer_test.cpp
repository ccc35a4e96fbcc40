// SPDX-License-Identifier: MIT
// Closed forms of a transfer: packets, errors, time, the limit on the time of sending.
#include <cmath>

#include "base/error.h"
#include "link/transfer.h"
#include "support/catch.h"

using namespace kiln::link;

namespace {

/// 1 MB/s, packets of 100 + 10 bytes.
LinkConfig plain() {
  LinkConfig config;
  config.name = "plain";
  config.rate_bytes_per_s = 1e6;
  config.packet = {100, 10, 1, 0, 0};
  return config;
}

double sent_per_packet(const LinkConfig& config, std::uint64_t bytes) {
  const Transfer t = Link(config).expected(Link(config).cut(bytes), Direction::up);
  return (t.packets + t.repeats) / t.packets;
}

}  // namespace

TEST_CASE("a message is cut into whole packets and a shorter one") {
  const Link link(plain());
  for (const auto& [bytes, count] : {std::pair{0, 0}, {1, 1}, {100, 1}, {101, 2}, {1000, 10}, {1050, 11}}) {
    const Packets packets = link.cut(static_cast<std::uint64_t>(bytes));
    CHECK(packets.count == static_cast<std::uint64_t>(count));
    CHECK(packets.payload_bytes == static_cast<std::uint64_t>(bytes));
    CHECK(packets.wire_bytes == static_cast<std::uint64_t>(bytes + 10 * count));
  }
  const Packets stamped = link.cut(1000, 20);  // 80 of each payload are the user's
  CHECK(stamped.count == 13);
  CHECK(stamped.wire_bytes == 1000 + 13 * 30);
  CHECK_THROWS_AS(link.cut(1, 100), kiln::base::ConfigError);
}

TEST_CASE("a packet that fails with p is sent 1 / (1 - p) times") {
  for (const double p : {0.0, 0.01, 0.3, 0.9}) {
    LinkConfig config = plain();
    config.errors.packet_loss = p;
    CHECK(sent_per_packet(config, 4321) == Approx(1 / (1 - p)));
  }
}

TEST_CASE("go-back-N sends a window again for each error") {
  LinkConfig config = plain();
  config.errors.packet_loss = 0.1;
  config.errors.recovery = Recovery::go_back_n;
  for (const int window : {1, 4, 64}) {
    config.errors.window = window;
    CHECK(sent_per_packet(config, 10000) == Approx((1 - 0.1 + window * 0.1) / (1 - 0.1)));
  }
  config.errors.recovery = Recovery::selective;  // which has no use for the window
  CHECK(sent_per_packet(config, 10000) == Approx(1 / 0.9));
}

TEST_CASE("bit errors fail a packet by its length") {
  LinkConfig config = plain();
  config.errors.bit_error_rate = 1e-4;
  const Link link(config);
  CHECK(link.packet_error(110) == Approx(1 - std::pow(1 - 1e-4, 880)));
  const double whole = link.packet_error(110), rest = link.packet_error(60);
  const Packets packets = link.cut(150);
  CHECK(packets.expected_repeats == Approx(whole / (1 - whole) + rest / (1 - rest)));
  config.errors.packet_loss = 0.2;
  CHECK(Link(config).packet_error(110) == Approx(1 - 0.8 * std::pow(1 - 1e-4, 880)));
}

TEST_CASE("drawn errors have the mean and the variance of a negative binomial") {
  for (const double p : {0.001, 0.05, 0.4}) {
    LinkConfig config = plain();
    config.errors.packet_loss = p;
    const Link link(config);
    for (const std::uint64_t packets : {5U, 300U, 20000U}) {
      const Packets message = link.cut(100 * packets);
      constexpr int kDraws = 20000;
      double sum = 0, squares = 0;
      for (int i = 0; i < kDraws; ++i) {  // evenly over [0, 1)
        const auto errors = static_cast<double>(link.draw_errors(message, (i + 0.5) / kDraws));
        sum += errors;
        squares += errors * errors;
      }
      const double mean = sum / kDraws, variance = squares / kDraws - mean * mean;
      const double n = static_cast<double>(packets);
      INFO(p << ", " << packets << " packets");
      CHECK(mean == Approx(n * p / (1 - p)).epsilon(0.01).margin(0.001));
      CHECK(variance == Approx(n * p / ((1 - p) * (1 - p))).epsilon(0.03).margin(0.001));
    }
  }
}

TEST_CASE("a transfer takes its bits, and for each burst a gap and an acknowledgement") {
  LinkConfig config = plain();
  config.lanes = 4;
  config.line_code = 0.8;
  config.packet.burst = 8;
  config.packet.gap_s = 1e-3;
  config.packet.acknowledgement_s = 2e-4;
  const Link link(config);
  const Transfer t = link.expected(link.cut(2000), Direction::up);
  CHECK(t.air_s == Approx(2200 / 3.2e6));
  CHECK(t.gap_s == Approx(3e-3));
  CHECK(t.acknowledgement_s == Approx(6e-4));
  const Transfer nothing = link.expected(link.cut(0), Direction::up);
  CHECK(nothing.busy_s() == 0);
}

TEST_CASE("a network may send to a device at another rate") {
  LinkConfig config = plain();
  config.path = Path::relayed;
  config.down_rate_bytes_per_s = 5e6;
  const Link link(config);
  const Packets packets = link.cut(1000);
  CHECK(link.expected(packets, Direction::up).air_s ==
        Approx(5 * link.expected(packets, Direction::down).air_s));
}

TEST_CASE("the mean over drawn errors is the expected transfer") {
  LinkConfig config = plain();
  config.errors.packet_loss = 0.2;
  config.errors.recovery = Recovery::go_back_n;
  config.errors.window = 3;
  const Link link(config);
  const Packets packets = link.cut(5000);
  double air_s = 0;
  constexpr int kDraws = 10000;
  for (int i = 0; i < kDraws; ++i)
    air_s += link.with_errors(packets, link.draw_errors(packets, (i + 0.5) / kDraws), Direction::up).air_s;
  CHECK(air_s / kDraws == Approx(link.expected(packets, Direction::up).air_s).epsilon(0.005));
}

TEST_CASE("under a duty limit each window gives its share at once") {
  const DutyConfig duty{0.01, 100};  // 1 s in each 100 s
  CHECK(time_under_duty(duty, 0.7) == Approx(0.7));
  CHECK(time_under_duty(duty, 1.0) == Approx(1.0));
  CHECK(time_under_duty(duty, 1.5) == Approx(100.5));
  CHECK(time_under_duty(duty, 3.0) == Approx(201.0));
  CHECK(time_under_duty(DutyConfig{1, 100}, 1e6) == Approx(1e6));
}

TEST_CASE("transfers that follow one another share a window") {
  DutyMeter meter(DutyConfig{0.01, 100});
  CHECK(meter.send(5, 0.4) == Approx(5.4));
  CHECK(meter.send(20, 0.6) == Approx(20.6));   // the window's second is used up
  CHECK(meter.send(21, 0.2) == Approx(105.2));  // it ends 100 s after it began
  CHECK(meter.send(300, 1) == Approx(301));
}
