// SPDX-License-Identifier: MIT
#include <rapidcheck.h>

#include <cmath>

#include "config/load.h"
#include "dram/address_map.h"
#include "dram/bulk_channel.h"
#include "dram/exact_channel.h"
#include "dram/memory_unit.h"
#include "dram/refresh_rules.h"
#include "dram/retention.h"
#include "dram/visit.h"
#include "support/catch.h"

using namespace kiln;
using namespace kiln::dram;

namespace {

DramConfig part(const std::string& name) {
  return config::load<StandaloneConfig>(std::string(KILN_SOURCE_DIR) + "/configs/parts/dram/" + name +
                                        ".yaml")
      .value;
}

}  // namespace

TEST_CASE("Round robin over bank queues refuses requests that leave their queue before their access") {
  const std::string path = std::string(KILN_SOURCE_DIR) + "/configs/parts/dram/hbm2_2000.yaml";
  const auto load = [&](const std::string& release) {
    return config::load<StandaloneConfig>(
        path, {"controller.arbitration=round_robin", "controller.slot_release=" + release});
  };
  CHECK_THROWS_WITH(load("activate"), testing::contains("controller.slot_release: must be access"));
  CHECK_NOTHROW(load("access"));
}

TEST_CASE("A mapping is a bijection, and its problems are named") {
  OrganisationConfig o;
  o.channels = 2;
  o.pseudo_channels = 2;
  o.ranks = 2;
  o.rows = 512;
  o.mapping = {"col:4", "ch", "pc", "bg", "col", "ra", "ba", "row"};
  const AddressMap map(o);
  CHECK(map.accesses() == 2u * 2 * 2 * 4 * 4 * 512 * 32);
  CHECK(rc::check([&] {
    const auto access = *rc::gen::inRange<std::uint64_t>(0, map.accesses());
    RC_ASSERT(map.encode(map.decode(access)) == access);
  }));
  o.mapping = {"ch", "pc", "bg", "col", "ba", "row"};
  CHECK(AddressMap::problem(o).find("'ra'") != std::string::npos);
  o.mapping = {"ch", "pc", "colum", "bg", "col", "ba", "ra", "row"};
  CHECK(AddressMap::problem(o).find("colum") != std::string::npos);
}

TEST_CASE("A burst cut at row visits touches each bank as often as its accesses do") {
  OrganisationConfig o;
  o.pseudo_channels = 2;
  const std::vector<std::vector<std::string>> mappings{{"pc", "bg", "col", "ba", "row"},
                                                       {"pc", "col", "bg", "ba", "row"},
                                                       {"pc", "bg", "ba", "col", "row"},
                                                       {"col:4", "pc", "bg", "col", "ba", "row"},
                                                       {"pc", "col:2", "bg", "col", "ba", "row"}};
  CHECK(rc::check([&] {
    o.mapping = mappings[*rc::gen::inRange<std::size_t>(0, mappings.size())];
    const VisitCutter cutter(o);
    const auto from = *rc::gen::inRange<std::uint64_t>(0, 100000);
    const auto count = *rc::gen::inRange<std::uint64_t>(1, 2000);
    std::vector<std::uint64_t> expected(32, 0), seen(32, 0);
    for (std::uint64_t i = from; i < from + count; ++i) {
      const Coordinates c = cutter.map().decode(i);
      ++expected[c.pseudo_channel * 16 + c.group * 4 + c.bank];
    }
    for (std::uint64_t at = from; at < from + count;) {
      const Visit visit = cutter.cut(at, from + count - at);
      for (std::uint32_t lane = 0; lane < visit.lanes; ++lane) {
        const BankIndex bank = cutter.bank(visit, lane);
        seen[bank.sub * 16 + bank.bank] += cutter.accesses_on(visit, lane);
      }
      at += visit.accesses;
    }
    RC_ASSERT(seen == expected);
  }));
}

TEST_CASE("Gaps are never shorter in time at another clock") {
  const DramConfig config = part("hbm2e_3200");
  const TimingTable full = resolve(config, config.clock_hz), half = resolve(config, config.clock_hz / 2);
  CHECK(half.act_to_act_bank * 2 >= full.act_to_act_bank);
  CHECK(half.act_to_act_bank < full.act_to_act_bank);
  CHECK(half.burst == full.burst);
  CHECK(half.read_to_read == full.read_to_read);
  CHECK(resolve(config, config.clock_hz, 2).refresh_interval == full.refresh_interval / 2);
}

TEST_CASE("Commands are allowed exactly when their last constraint ends") {
  const DramConfig config =
      config::load<StandaloneConfig>(std::string(KILN_SOURCE_DIR) +
                                     "/tests/reference/dram/ramulator-hbm2_2000_AllBank.yaml")
          .value;
  const TimingCycles t = cycles_at(config, config.clock_hz);
  Device device(config, resolve(config, config.clock_hz));
  device.activate(0, 7, 100);
  CHECK(device.read_at(0) == 100 + t.tRCDRD + 1);  // ACT takes two cycles
  CHECK(device.precharge_at(0) == 100 + t.tRAS + 1);
  CHECK(device.activate_at(0) == 100 + t.tRC);
  CHECK(device.activate_at(4) == 100 + t.tRRD_S);
  device.read(0, 115);
  CHECK(device.read_at(0) == 115 + t.tCCD_L);
  CHECK(device.activate_at(16) <= 100);  // the other pseudo-channel is free
  device.write(0, 140);
  CHECK(device.precharge_at(0) == 140 + t.write_latency + t.burst + t.tWR);
  CHECK(device.read_at(0) == 140 + t.write_latency + t.burst + t.tWTR_L);
  device.precharge(0, 170);
  CHECK(device.activate_at(0) == 170 + t.tRP - 1);
  CHECK(device.bank(0).row == kClosed);
}

TEST_CASE("The refresh rate follows the temperature both ways, with hysteresis") {
  RefreshGovernor governor(part("lpddr5_6400").refresh);
  CHECK(governor.update(40) == 1);
  CHECK(governor.update(84.9) == 1);
  CHECK(governor.update(85) == 2);
  CHECK(governor.update(81) == 2);
  CHECK(governor.update(96) == 4);
  CHECK(governor.update(91) == 4);
  CHECK(governor.update(89) == 2);
  CHECK(governor.update(20) == 1);
  CHECK(governor.update(std::nan("")) == 4);  // a dead sensor
  governor.reset();
  CHECK(governor.rate() == 1);
  CHECK(governor.update(84) == 1);  // no memory of having been hot
  CHECK(governor.update(89) == 2);
  CHECK(governor.update(79) == 1);
  CHECK(governor.over_limit(106));
}

TEST_CASE("Retention failures grow with temperature and interval and vanish where they are excluded") {
  const RetentionConfig config;
  CHECK(bit_error_rate(config, 0.032, 60) == 0);
  const double warm = bit_error_rate(config, 0.032, 95), hot = bit_error_rate(config, 0.032, 105);
  CHECK(warm > 0);
  CHECK_THAT(hot / warm, Catch::Matchers::WithinRel(std::exp(2.2), 1e-9));
  CHECK(bit_error_rate(config, 0.016, 95) < warm);
  CHECK_THAT(bit_error_rate(config, 0.256, 85), Catch::Matchers::WithinRel(3.6e-9, 0.05));  // RAIDR, 256 ms
}

TEST_CASE("A row is refreshed as often as its timings say, and without refreshes loses what it held") {
  DramConfig config = part("ddr4_3200");
  CHECK_THAT(refresh_interval_s(config, 1), Catch::Matchers::WithinRel(0.064, 0.005));  // JESD79-4
  CHECK_THAT(refresh_interval_s(part("hbm2e_3200"), 1), Catch::Matchers::WithinRel(0.032, 0.005));
  const double before_s = refresh_interval_s(config, 2);
  config.timing.tREFI = Timing::of(4 * config.timing.tREFI.in_seconds(bin_hz(config)));
  CHECK_THAT(refresh_interval_s(config, 2), Catch::Matchers::WithinRel(4 * before_s, 1e-12));
  config.refresh.policy = RefreshPolicy::none;
  CHECK(bit_error_rate(config.retention, refresh_interval_s(config, 1), 40) == 0.5);
}

TEST_CASE("A DVFS step in mid-burst stalls, then serves the rest at the new clock") {
  DramConfig config = part("hbm2e_3200");
  const auto finish = [&](bool slow) {
    BulkChannel channel(config, 0);
    std::vector<Ticket> tickets;
    for (std::uint64_t i = 0; i < 64; ++i)
      tickets.push_back(channel.submit({.address = i * 16384, .bytes = 16384}));
    channel.settle(5'000'000);
    if (slow) channel.set_operating(5'000'000, {config.clock_hz / 2, 1});
    while (!channel.final(tickets.back())) channel.settle(channel.forecast(tickets.back()).last);
    CHECK(channel.counts().reads == 64u * 16384u / 32u);
    return channel.forecast(tickets.back()).last;
  };
  const double full = static_cast<double>(finish(false)), slow = static_cast<double>(finish(true));
  CHECK_THAT(slow - 5e6,
             Catch::Matchers::WithinRel((full - 5e6) * 2 + config.controller.retraining_s * 1e12, 0.04));
}

TEST_CASE("A channel answers for a burst until its ticket is closed") {
  BulkChannel channel(part("hbm2e_3200"), 0);
  std::vector<Ticket> tickets;
  for (std::uint64_t i = 0; i < 64; ++i)
    tickets.push_back(channel.submit({.address = i * 16384, .bytes = 16384}));
  channel.close(tickets[1]);  // the oldest still holds its place
  CHECK_THROWS_AS(channel.forecast(tickets[1]), base::SimError);
  while (!channel.final(tickets.back())) channel.settle(channel.forecast(tickets.back()).last);
  const base::TimePs end = channel.forecast(tickets.back()).last;
  for (const Ticket ticket : tickets) {
    CHECK(channel.final(ticket));
    if (ticket == tickets[1]) continue;
    CHECK(channel.forecast(ticket).last <= end);
    channel.close(ticket);
  }
  channel.settle(end);
  CHECK_THROWS_AS(channel.forecast(tickets.back()), base::SimError);
  CHECK(channel.final(tickets.back()));
  CHECK(channel.submit({.address = 0, .bytes = 64}) == tickets.back() + 1);
}

TEST_CASE("Hot memory is slower and spends more on refresh; idle time costs nothing") {
  DramConfig config = part("lpddr4_3200");
  const auto run = [&](double rate) {
    BulkChannel channel(config, 0);
    channel.set_operating(0, {config.clock_hz, rate});
    Ticket last = 0;
    for (std::uint64_t i = 0; i < 256; ++i) last = channel.submit({.address = i * 16384, .bytes = 16384});
    while (!channel.final(last)) channel.settle(channel.forecast(last).last);
    return std::pair{channel.forecast(last).last, channel.counts().refreshes_all_bank};
  };
  const auto [cool, few] = run(1);
  const auto [hot, many] = run(4);
  CHECK(static_cast<double>(hot) > static_cast<double>(cool) * 1.3);
  CHECK(many > 4 * few);
  BulkChannel idle(config, 0);
  idle.settle(10'000'000'000'000);  // ten seconds
  const double due = 10.0 / config.timing.tREFI.in_seconds(bin_hz(config));
  CHECK_THAT(static_cast<double>(idle.counts().refreshes_all_bank), Catch::Matchers::WithinRel(due, 1e-3));
}

TEST_CASE("Refreshes that could not keep up are refused, at the rate and clock in question") {
  using kiln::testing::contains;
  DramConfig config = part("hbm2e_3600");
  CHECK(refresh_problem(config, config.clock_hz, 1).empty());
  config.timing.tRC = 100'000;  // an opened bank waits for its refresh
  CHECK_THAT(refresh_problem(config, config.clock_hz, 1), contains("tRC"));
  config = part("hbm2e_3600");
  config.refresh.policy = RefreshPolicy::per_bank;
  config.refresh.start = RefreshStart::together;
  config.timing.tPBR2PBR = config.timing.tREFIpb;  // but both pseudo-channels take turns
  CHECK_THAT(refresh_problem(config, config.clock_hz, 1), contains("tPBR2PBR"));
  config.timing.tPBR2PBR = cycles_at(config, config.clock_hz).tREFIpb / 2;
  CHECK(refresh_problem(config, config.clock_hz, 1).empty());
  config = part("lpddr4_4266");
  CHECK(refresh_problem(config, config.clock_hz, 2).empty());
  CHECK(refresh_problem(config, config.clock_hz, 4).empty());  // all banks at once keep up
  config.timing.tRFCab = Timing::of(900e-9);                   // but not when these take longer
  CHECK_THAT(refresh_problem(config, config.clock_hz, 4), contains("at refresh rate 4") && contains("tREFI"));
  config = part("lpddr4_4266");
  config.power_states.enabled = true;
  config.timing.tCKE = Timing::of(28e-6);  // seven refreshes of 3.91 us are owed when power-down ends
  CHECK(refresh_problem(config, config.clock_hz, 1).empty());
  CHECK_THAT(refresh_problem(config, config.clock_hz, 1.2), contains("tCKE"));
  config.timing.tCKE = Timing::of(32e-6);  // more than eight
  CHECK_THAT(refresh_problem(config, config.clock_hz, 1), contains("tCKE"));
  config.power_states.enabled = false;
  CHECK(refresh_problem(config, config.clock_hz, 1).empty());
}

TEST_CASE("Per-bank refreshes that a hot part asks for too fast become all-bank ones, no fewer rows in all") {
  DramConfig config = part("lpddr4_4266");  // 488 ns between refreshes of 190 ns
  const auto at = [&](double rate) { return resolve(config, config.clock_hz, rate).refresh_policy; };
  CHECK(at(1) == RefreshPolicy::per_bank);
  CHECK(at(2.5) == RefreshPolicy::per_bank);
  CHECK(at(2.6) == RefreshPolicy::all_bank);
  const auto idle_second = [&](double rate) {
    BulkChannel channel(config, 0);
    channel.set_operating(0, {config.clock_hz, rate});
    channel.settle(1'000'000'000'000);
    const CommandCounts counts = channel.counts();
    return std::pair{counts.refreshes_all_bank, counts.refreshes_per_bank};
  };
  const auto [all, by_bank] = idle_second(4);
  CHECK(by_bank == 0);
  const auto [none, few] = idle_second(2);
  CHECK(none == 0);
  CHECK_THAT(static_cast<double>(8 * all), Catch::Matchers::WithinRel(2.0 * static_cast<double>(few), 1e-3));
  CHECK(refresh_w(config, 4) > 1.9 * refresh_w(config, 2));
}

TEST_CASE("a port has every so many-th channel, and refuses those behind other ports") {
  const PortChannels channels{1, 3, 4};
  CHECK(channels.index_of(1) == 0);
  CHECK(channels.index_of(5) == 1);
  CHECK(channels.index_of(9) == 2);
  for (const int other : {0, 2, 4, 13, -3}) CHECK_THROWS_AS(channels.index_of(other), base::SimError);
}

TEST_CASE("the power of refreshes is that of an idle channel's") {
  const std::string name = GENERATE("lpddr4_3200", "lpddr5_6400", "hbm2e_3600", "ddr4_3200");
  const double rate = GENERATE(1.0, 4.0);
  DramConfig config = part(name);
  config.power_states.enabled = false;
  config.refresh.policy = GENERATE(RefreshPolicy::all_bank, RefreshPolicy::per_bank);
  INFO(name << " at " << rate);
  BulkChannel idle(config, 0);
  idle.set_operating(0, {config.clock_hz, rate});
  idle.settle(1'000'000'000'000);
  CHECK_THAT(energy(config, idle.counts(), 1).refresh * 1e-12,
             Catch::Matchers::WithinRel(refresh_w(config, rate), 1e-3));
  CHECK(refresh_w(config, rate) > 0);
}
