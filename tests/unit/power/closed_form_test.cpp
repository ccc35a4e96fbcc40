// SPDX-License-Identifier: MIT
// Closed forms the power model must reproduce exactly.
#include <cmath>
#include <set>

#include "config/load.h"
#include "power/alpha.h"
#include "power/board.h"
#include "power/event_energy.h"
#include "power/runaway.h"
#include "power/speed.h"
#include "power/static_power.h"
#include "support/catch.h"

namespace {

using namespace kiln;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;
using power::BlockType;
using power::PowerState;
using stats::ActivityKind;

/// With a memory of about LPDDR5X energies.
power::TechConfig node(const std::string& name) {
  power::TechConfig tech =
      config::load<power::TechConfig>(std::string(KILN_SOURCE_DIR) + "/configs/tech/" + name + ".yaml").value;
  tech.dram = {.activate_j = 1.1e-9,
               .read_j_per_bit = 4.8e-12,
               .write_j_per_bit = 3.5e-12,
               .io_j_per_bit = 0.7e-12,
               .phy_j_per_bit = 1.5e-12,
               .refresh_j = 20e-9,
               .bank_refresh_j = 2e-9,
               .check_read_j_per_bit = 0.6e-12,
               .check_write_j_per_bit = 0.5e-12,
               .cipher_j_per_bit = 0.5e-12,
               .standby_w_per_m2 = 670,
               .self_refresh_share = 0.03};
  return tech;
}

constexpr double kArea_m2 = 4e-6;
const power::BlockArea kArea{.logic = kArea_m2};

}  // namespace

TEST_CASE("the articles' operating-point changes come out of f V^2") {
  CHECK_THAT(22 * power::dynamic_power_ratio(0.85, 0.80), WithinAbs(11.968, 1e-9));  // 22 W -> 12 W
  CHECK_THAT(power::dynamic_power_ratio(1.8 / 2.5, 0.8 / 0.9), WithinRel(0.5689, 1e-4));
}

TEST_CASE("event energy follows the square of the core voltage, and only of the core voltage") {
  const std::set<ActivityKind> other_rails = {
      ActivityKind::dram_activate,         ActivityKind::dram_read_byte,
      ActivityKind::dram_write_byte,       ActivityKind::dram_refresh,
      ActivityKind::dram_io_byte,          ActivityKind::io_byte,
      ActivityKind::dram_bank_refresh,     ActivityKind::dram_check_read_byte,
      ActivityKind::dram_check_write_byte, ActivityKind::dram_cipher_byte,
      ActivityKind::memory_phy_byte};
  const auto tech = node("n7");
  for (int i = 0; i < static_cast<int>(ActivityKind::count_); ++i) {
    const auto kind = static_cast<ActivityKind>(i);
    const double nominal = power::event_energy_j(tech, kind, tech.nominal_voltage_v);
    const double lowered = power::event_energy_j(tech, kind, 0.8 * tech.nominal_voltage_v);
    INFO(stats::name(kind));
    if (stats::about(kind).source == stats::EnergySource::none) {
      CHECK(nominal == 0);
      continue;
    }
    CHECK(nominal > 0);
    CHECK_THAT(lowered / nominal, WithinRel(other_rails.count(kind) ? 1.0 : 0.64, 1e-12));
    CHECK(power::follows_core_voltage(kind) == !other_rails.count(kind));
  }
}

TEST_CASE("a counted trace through two operating points loses exactly f V^2 of its power") {
  const auto tech = node("n7");
  const power::EnergyTable table(tech, {});
  stats::Counts counts{};
  counts[static_cast<std::size_t>(ActivityKind::mac_int8)] = 1000000000;
  counts[static_cast<std::size_t>(ActivityKind::local_sram_read_byte)] = 300000000;
  const double fast_w = table.activity_j(counts, 0.9) * 2.5;
  const double slow_w = table.activity_j(counts, 0.8) * 1.8;
  CHECK_THAT(slow_w / fast_w, WithinRel(power::dynamic_power_ratio(1.8 / 2.5, 0.8 / 0.9), 1e-12));
}

TEST_CASE("energy of eight kinds of access equals the product of counts and events") {
  const auto tech = node("n45");
  const power::EnergyTable table(tech, {});
  stats::Counts counts{};
  double expected = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    counts[i] = static_cast<std::int64_t>(i * i + 1);
    expected +=
        static_cast<double>(counts[i]) * power::event_energy_j(tech, static_cast<ActivityKind>(i), 0.77);
  }
  CHECK_THAT(table.activity_j(counts, 0.77), WithinRel(expected, 1e-12));
}

TEST_CASE("leakage follows exp(b dT) and (V/V0)^n, and its slope is its derivative") {
  auto tech = node("n7");
  const double v0 = tech.nominal_voltage_v;
  const auto leak = [&](double v, double t, PowerState s) {
    return power::leakage_law(tech, BlockType::npu, kArea, v, s).power_w(t);
  };
  CHECK_THAT(leak(v0, 85, PowerState::active),
             WithinRel(kArea_m2 * tech.static_power.npu.leakage_w_per_m2, 1e-12));
  CHECK_THAT(leak(0.8 * v0, 85, PowerState::active) / leak(v0, 85, PowerState::active),
             WithinRel(0.512, 1e-12));
  tech.static_power.floor_share = 0;
  CHECK_THAT(leak(v0, 105, PowerState::active) / leak(v0, 85, PowerState::active),
             WithinRel(std::exp(20 * tech.static_power.slope_per_k), 1e-12));
  tech.static_power.floor_share = 0.1;
  const double h = 1e-3;
  CHECK_THAT(
      power::leakage_law(tech, BlockType::npu, kArea, v0, PowerState::active).slope_w_per_k(70),
      WithinRel((leak(v0, 70 + h, PowerState::active) - leak(v0, 70 - h, PowerState::active)) / (2 * h),
                1e-6));
  CHECK_THAT(leak(v0, -196, PowerState::active) / leak(v0, 85, PowerState::active), WithinAbs(0.1, 0.01));
}

TEST_CASE("followed leakage stays within 1e-5 of its law, up and down and after jumps") {
  const power::LeakageLaw law =
      power::leakage_law(node("n7"), BlockType::npu, kArea, 0.7, PowerState::active);
  power::FollowedLeakage followed(law);
  double worst = 0;
  for (int i = 0; i < 5000; ++i) {
    const double t = i % 1000 == 999 ? -40 : 60 + 45 * std::sin(0.003 * i) + 0.4 * std::sin(1.7 * i);
    worst = std::max(worst, std::abs(followed.power_w(t) / law.power_w(t) - 1));
  }
  CHECK(worst < 1e-5);
  CHECK(worst > 0);
}

TEST_CASE("gating removes what it should") {
  const auto tech = node("n16");
  for (const auto type : {BlockType::npu, BlockType::sram, BlockType::noc, BlockType::memory_controller,
                          BlockType::cpu, BlockType::io}) {
    const auto leak = [&](PowerState s) { return power::leakage_law(tech, type, kArea, 0.8, s).power_w(60); };
    const auto clock = [&](PowerState s) { return power::idle_w(tech, type, kArea, 0.8, 1e9, s); };
    CHECK(leak(PowerState::clock_gated) == leak(PowerState::active));
    CHECK(leak(PowerState::power_gated) < 0.25 * leak(PowerState::active));
    CHECK_THAT(clock(PowerState::clock_gated),
               WithinRel(tech.static_power.clock_gated_share * clock(PowerState::active), 1e-12));
    CHECK(clock(PowerState::power_gated) == 0);
  }
  CHECK(power::idle_w(tech, BlockType::dram_die, kArea, 0.8, 1e9, PowerState::active) == 0);
  const auto standby_w = [&](double v, PowerState state) {
    return power::leakage_law(tech, BlockType::dram_die, kArea, v, state).power_w(60);
  };
  CHECK_THAT(standby_w(0.8, PowerState::clock_gated),
             WithinRel(tech.dram.self_refresh_share * standby_w(0.6, PowerState::active), 1e-12));
}

TEST_CASE("the clock tree goes with f V^2") {
  const auto tech = node("n7");
  const auto clock = [&](double v, double f) {
    return power::idle_w(tech, BlockType::noc, kArea, v, f, PowerState::active);
  };
  CHECK_THAT(clock(0.8, 1.8e9) / clock(0.9, 2.5e9), WithinRel(0.568889, 1e-6));
  // Flip-flops of the logic, a share of them clocked.
  const double bits = kArea_m2 * tech.area.utilisation * tech.flip_flop.area_share / tech.flip_flop.area_m2;
  CHECK_THAT(clock(tech.nominal_voltage_v, 1e9),
             WithinRel(bits * tech.static_power.noc.clocked_share * tech.flip_flop.clock_j *
                           tech.flip_flop.tree_factor * 1e9,
                       1e-12));
}

TEST_CASE("the clock law and its inverse agree, and the node's limits are kept") {
  const auto tech = node("n7");
  for (const double v : {0.56, 0.65, 0.75, 0.9, 1.0})
    CHECK_THAT(power::required_voltage_v(tech, power::maximum_frequency_hz(tech, v)), WithinRel(v, 1e-9));
  CHECK(power::required_voltage_v(tech, 1e6) == tech.minimum_voltage_v);
  CHECK_THROWS_AS(power::required_voltage_v(tech, 10e9), base::SimError);
  CHECK(power::maximum_frequency_hz(tech, 0.2) == 0);
  CHECK_THAT(power::maximum_frequency_hz(tech, tech.nominal_voltage_v),
             WithinRel(tech.speed.nominal_frequency_hz, 1e-12));
}

TEST_CASE("logic gains 1.4x at 77 K and nothing at 85 degC") {
  const auto tech = node("n7");
  CHECK_THAT(power::temperature_speed_factor(tech, 85), WithinRel(1.0, 1e-12));
  CHECK_THAT(power::temperature_speed_factor(tech, 77 - 273.15), WithinRel(1.4, 0.01));
}

TEST_CASE("alpha is 1 at the peak and the share of it below") {
  const auto tech = node("n7");
  const power::EnergyTable table(tech, {});
  stats::Counts peak{};
  peak[static_cast<std::size_t>(ActivityKind::mac_int8)] = 1024;
  peak[static_cast<std::size_t>(ActivityKind::dram_read_byte)] = 64;  // another rail: not part of C
  const double c = power::switched_capacitance_f(table, peak, tech.nominal_voltage_v);
  CHECK_THAT(c, WithinRel(1024 * table.event_j(ActivityKind::mac_int8, 0.75) / (0.75 * 0.75), 1e-9));
  const double power_w = 0.4 * 1024 * table.event_j(ActivityKind::mac_int8, 0.6) * 1.1e9;
  CHECK_THAT(power::activity_factor(power_w, c, 0.6, 1.1e9), WithinRel(0.4, 1e-12));
  CHECK(power::activity_factor(1, 0, 0.6, 1e9) == 0);
}

TEST_CASE("regulator losses and board power add to what the rails draw") {
  const power::BoardConfig board;
  CHECK_THAT(power::regulator_efficiency(board, 0.3 * board.rated_power_w), WithinRel(0.89, 1e-12));
  CHECK_THAT(power::regulator_efficiency(board, 0.2 * board.rated_power_w), WithinRel(0.845, 1e-12));
  CHECK(power::regulator_efficiency(board, 0) == board.efficiency.front().efficiency);
  CHECK(power::regulator_efficiency(board, 1e3) == board.efficiency.back().efficiency);
  const double out_w = 6;
  CHECK_THAT(power::input_power_w(board, out_w),
             WithinRel(out_w / 0.89 + board.quiescent_w + board.constant_power_w, 1e-9));
  CHECK_THAT(power::input_power_w(board, 0), WithinRel(board.quiescent_w + board.constant_power_w, 1e-12));
}

TEST_CASE("compute leakage at 85 degC is a plausible share of the power density it was derived from") {
  // 10 to 25 % of TDP at 16 nm and 10 to 30 % at 7 nm; density of busy compute logic as the files state it.
  CHECK_THAT(node("n16").static_power.npu.leakage_w_per_m2 / 0.12e6, WithinRel(0.15, 1e-6));
  CHECK_THAT(node("n7").static_power.npu.leakage_w_per_m2 / 0.20e6, WithinRel(0.15, 1e-6));
}

TEST_CASE("a block leaks and is clocked by what it is made of") {
  const auto tech = node("n7");
  const auto leak = [&](const power::BlockArea& area) {
    return power::leakage_law(tech, BlockType::npu, area, 0.75, PowerState::active).power_w(60);
  };
  const auto clock = [&](const power::BlockArea& area) {
    return power::idle_w(tech, BlockType::npu, area, 0.75, 1e9, PowerState::active);
  };
  CHECK_THAT(leak({.logic = 1e-6, .sram = 2e-6}),
             WithinRel(leak({.logic = 1e-6}) + leak({.sram = 2e-6}), 1e-12));
  CHECK(leak({.sram = 1e-6}) < leak({.logic = 1e-6}));
  CHECK(leak({.spare = 1e-6}) == 0);
  CHECK(clock({.sram = 1e-6}) == 0);
  // The array's own clock is counted by its cycles; what stays is its gated tree.
  CHECK_THAT(clock({.array = 1e-6}),
             WithinRel(tech.static_power.clock_gated_share * clock({.logic = 1e-6}), 1e-12));
}

TEST_CASE("regulators without a size of their own heat a square that grows with what they are rated for") {
  power::BoardConfig board;
  board.rated_power_w = 20;
  CHECK_THAT(power::regulator_side_m(board), WithinRel(10e-3, 1e-9));
  board.rated_power_w = 5;
  CHECK_THAT(power::regulator_side_m(board), WithinRel(5e-3, 1e-9));
  board.regulator_side_m = 4e-3;
  CHECK(power::regulator_side_m(board) == 4e-3);
}
