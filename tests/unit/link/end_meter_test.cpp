// SPDX-License-Identifier: MIT
// Joules of an end by state: what they sum to, and that a meter and the closed forms agree.
#include "link/end_meter.h"
#include "base/error.h"
#include "support/catch.h"

using namespace kiln::link;

namespace {

/// Powers apart from one another, so that a state that is booked as another shows.
LinkConfig radio() {
  LinkConfig config;
  config.name = "radio";
  config.rate_bytes_per_s = 1e5;
  config.latency_s = 0.01;
  config.packet = {200, 50, 2, 1e-3, 5e-4};
  config.errors.packet_loss = 0.1;
  config.power.wake_s = 0.5;
  config.power.wake_w = 7;
  config.power.busy_w = 3;
  config.power.transmit_w = 100;
  config.power.receive_w = 40;
  config.power.transmit_j_per_bit = 1e-5;
  config.power.receive_j_per_bit = 2e-5;
  config.power.tail_s = 2;
  config.power.tail_w = 11;
  config.power.idle_w = 0.25;
  return config;
}

double seconds(const EndMeter& meter) {
  return meter.busy_s() + meter.waking_s() + meter.tail_s() + meter.idle_s();
}

void check_same(const EndEnergy& a, const EndEnergy& b) {
  CHECK(a.wake_j == Approx(b.wake_j));
  CHECK(a.busy_j == Approx(b.busy_j));
  CHECK(a.transmit_j == Approx(b.transmit_j));
  CHECK(a.receive_j == Approx(b.receive_j));
  CHECK(a.tail_j == Approx(b.tail_j));
  CHECK(a.idle_j == Approx(b.idle_j));
}

}  // namespace

TEST_CASE("a transfer's ends draw by what they do") {
  const Link link(radio());
  const Transfer t = link.expected(link.cut(1000), Direction::up);
  const Account account = account_of(link, link.cut(1000), Direction::up);
  CHECK(account.sender.transmit_j == Approx(100 * t.air_s + 1e-5 * 8 * t.wire_bytes));
  CHECK(account.sender.receive_j == Approx(40 * (t.gap_s + t.acknowledgement_s)));
  CHECK(account.receiver.receive_j == Approx(40 * (t.gap_s + t.air_s) + 2e-5 * 8 * t.wire_bytes));
  CHECK(account.receiver.transmit_j == Approx(100 * t.acknowledgement_s));
  CHECK(account.sender.busy_j == Approx(3 * t.busy_s()));
  CHECK(account.sender.wake_j == Approx(7 * 0.5));
  CHECK(account.sender.tail_j == Approx(11 * 2.0));
  CHECK(account.time_s == Approx(0.5 + 0.01 + t.busy_s()));
  CHECK(account_of(link, link.cut(0), Direction::up).sender.total_j() == 0);
}

TEST_CASE("a meter's states fill the time, and energy is power times time in each") {
  EndMeter meter(radio().power);
  CHECK(meter.wake_s(1) == Approx(0.5));
  meter.book(1.5, 2.5, {});
  CHECK(meter.wake_s(4.4) == 0);    // within the tail
  CHECK(meter.wake_s(4.6) == 0.5);  // beyond it
  meter.book(4.0, 5.0, {});         // 1.5 s later: tail
  meter.book(4.5, 5.5, {});         // both directions
  meter.book(20.0, 21.0, {});       // slept between
  meter.finish(30);
  CHECK(seconds(meter) == Approx(30));
  CHECK(meter.busy_s() == Approx(1 + 1.5 + 1));
  CHECK(meter.waking_s() == Approx(1));
  CHECK(meter.tail_s() == Approx(1.5 + 2 + 2));
  CHECK(meter.energy().busy_j == Approx(3 * meter.busy_s()));
  CHECK(meter.energy().wake_j == Approx(7 * meter.waking_s()));
  CHECK(meter.energy().tail_j == Approx(11 * meter.tail_s()));
  CHECK(meter.energy().idle_j == Approx(0.25 * meter.idle_s()));
}

TEST_CASE(
    "what an end has drawn by a moment is the part that is over, however long a stretch is booked ahead") {
  EndMeter meter(radio().power);
  meter.follow();
  CHECK(meter.drawn_j(0) == 0);
  CHECK(meter.drawn_j(0.2) == Approx(0.2 * 0.25));
  EndEnergy sending;
  sending.transmit_j = 10;
  meter.book(1, 3, sending);
  meter.book(2, 6, sending);
  CHECK(meter.drawn_j(0.2) == Approx(0.2 * 0.25));
  const double idle_j = 0.5 * 0.25, wake_j = 0.5 * 7;
  CHECK(meter.drawn_j(1) == Approx(idle_j + wake_j));
  CHECK(meter.drawn_j(2) == Approx(idle_j + wake_j + 3 + 5));
  meter.settle(2.5);
  CHECK(meter.drawn_j(3) == Approx(idle_j + wake_j + 2 * 3 + 10 + 2.5));
  CHECK(meter.drawn_j(6) == Approx(idle_j + wake_j + 5 * 3 + 20));
  CHECK(meter.drawn_j(7) == Approx(idle_j + wake_j + 5 * 3 + 20 + 11));
  CHECK(meter.drawn_j(9) == Approx(idle_j + wake_j + 5 * 3 + 20 + 2 * 11 + 0.25));
  meter.finish(9);
  CHECK(meter.drawn_j(9) == Approx(meter.energy().total_j()));
}

TEST_CASE("an end that would wake up before it slept stays awake") {
  EndMeter meter(radio().power);
  meter.book(1, 2, {});
  meter.book(4.3, 5, {});  // the tail is over at 4, waking takes 0.5 s
  meter.finish(5);
  CHECK(meter.tail_s() == Approx(2.3));
  CHECK(meter.waking_s() == Approx(0.5));  // for the first
}

TEST_CASE("the order of booking does not matter") {
  EndMeter in_order(radio().power), otherwise(radio().power);
  const double begins[] = {1, 3, 3.5, 9, 30};
  for (const double begin : begins) in_order.book(begin, begin + 1, {});
  for (const std::size_t i : {4U, 1U, 3U, 0U, 2U}) otherwise.book(begins[i], begins[i] + 1, {});
  in_order.settle(3);
  in_order.finish(40);
  otherwise.finish(40);
  check_same(in_order.energy(), otherwise.energy());
  CHECK(otherwise.wake_s(41) == 0);
}

TEST_CASE("transfers at regular times cost what the closed form says, asleep between them or not") {
  const LinkConfig config = radio();
  const Link link(config);
  const Packets packets = link.cut(1000);
  for (const double interval_s : {1.0, 2.3, 10.0}) {
    INFO(interval_s);
    const Account once = account_of_every(link, packets, Direction::up, interval_s);
    EndMeter meter(config.power);
    constexpr int kTransfers = 50;
    const double busy_s = once.transfer.busy_s();
    const EndEnergy sending = energy_of_sending(config.power, once.transfer);
    for (int i = 0; i < kTransfers + 1; ++i)
      meter.book(i * interval_s + 1, i * interval_s + 1 + busy_s, sending);
    meter.settle(1);
    EndEnergy first = meter.energy();
    meter.finish(kTransfers * interval_s + 1 + busy_s);
    EndEnergy rest = meter.energy();
    CHECK(rest.tail_j - first.tail_j == Approx(kTransfers * once.sender.tail_j));
    CHECK(rest.wake_j - first.wake_j == Approx(kTransfers * once.sender.wake_j).margin(1e-9));
    CHECK(rest.idle_j - first.idle_j == Approx(kTransfers * once.sender.idle_j).margin(1e-9));
    CHECK(rest.busy_j - first.busy_j == Approx(kTransfers * once.sender.busy_j));
    CHECK(rest.transmit_j == Approx((kTransfers + 1) * once.sender.transmit_j));
  }
  CHECK_THROWS_AS(account_of_every(link, packets, Direction::up, 1e-3), kiln::base::ConfigError);
}
