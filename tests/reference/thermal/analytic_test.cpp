// SPDX-License-Identifier: MIT
// Closed forms: slabs, lumped steps and pulses, half space, leakage fixed points, Stefan's problem,
// thermoelectrics, channels.
#include <cmath>

#include "cases.h"
#include "component/thermal/stack.h"
#include "support/catch.h"
#include "thermal/channels.h"
#include "thermal/leakage.h"
#include "thermal/pcm.h"
#include "thermal/reduced_model.h"
#include "thermal/thermoelectric.h"

using namespace kiln;
using namespace kiln::test;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

namespace {

/// A column of silicon heated at its bottom, 1 cm2, cells graded to the heated face.
thermal::PackageConfig silicon_column(thermal::BoundaryConfig top) {
  std::vector<thermal::LayerConfig> layers{layer("soc", "silicon", 0.5e-6, 1, true)};
  double left_m = 500e-6 - 0.5e-6;
  int i = 0;
  for (double size_m = 0.7e-6; left_m > 0.0; size_m *= 1.15) {
    const double take_m = size_m > 8e-6 ? left_m : std::min(size_m, left_m);
    layers.push_back(layer("s" + std::to_string(i++), "silicon", take_m,
                           take_m > 10e-6 ? static_cast<int>(take_m / 8e-6) + 1 : 1));
    left_m -= take_m;
  }
  thermal::PackageConfig package = one_body(layers, top, 1, 1);
  package.solver.step_tolerance_k = 1e-4;
  return package;
}

const thermal::Floorplan kSquare = checkerboard(1, 1, 10e-3, 10e-3);

}  // namespace

TEST_CASE("A1: a composite slab of four layers, within 0.01 %") {
  const auto package = one_body({layer("soc", "silicon", 0.1e-6, 1, true), layer("bulk", "silicon", 299.9e-6),
                                 layer("tim", "tim", 50e-6), layer("lid", "copper", 1e-3)},
                                coefficient(6000.0), 1, 1);
  const thermal::ThermalModel model(package, kSquare, 25.0);
  const thermal::State state = model.steady(std::vector<double>{30.0});
  CHECK_THAT(model.block_mean_c(state, 0), WithinRel(analytic("A1_slab_steady", "T_bottom_of_Si"), 1e-4));
}

TEST_CASE("A2: a slab with constant flux and a convecting back, from 0.1 ms to steady") {
  const thermal::ThermalModel model(silicon_column(coefficient(20000.0)), kSquare, 25.0);
  const std::vector<double> power_w{100.0};
  thermal::State state = model.ambient_state();
  double at_s = 0.0;
  const std::vector<std::pair<double, const char*>> points{{1e-4, "0.0001"}, {1e-3, "0.001"}, {1e-2, "0.01"},
                                                           {5e-2, "0.05"},   {0.1, "0.1"},    {0.2, "0.2"}};
  for (const auto& [t, text] : points) {
    model.step(state, t - at_s, power_w);
    at_s = t;
    INFO("t " << t);
    // The first cell is 0.5 um thick: its centre lies 2e-3 K below the face.
    CHECK_THAT(model.block_mean_c(state, 0) - 25.0,
               WithinRel(analytic("A2b_slab_flux_robin", std::string("dT_front(t=") + text + " s)"), 0.005));
  }
  CHECK_THAT(model.block_mean_c(model.steady(power_w), 0) - 25.0,
             WithinRel(analytic("A2b_slab_flux_robin", "dT_front(inf)"), 1e-4));
}

TEST_CASE("A4: a heated half space follows the square root of time, within 2 %") {
  const thermal::ThermalModel model(silicon_column(coefficient(20000.0)), kSquare, 25.0);
  thermal::State state = model.ambient_state();
  model.step(state, 1e-5, std::vector<double>{100.0});
  CHECK_THAT(model.block_mean_c(state, 0) - 25.0,
             WithinRel(analytic("A4_semi_infinite", "dT_surf(q=1e+06,t=1e-05)"), 0.02));
  model.step(state, 9e-5, std::vector<double>{100.0});
  CHECK_THAT(model.block_mean_c(state, 0) - 25.0,
             WithinRel(analytic("A4_semi_infinite", "dT_surf(q=1e+06,t=0.0001)"), 0.02));
  model.step(state, 1e-4, std::vector<double>{0.0});
  CHECK_THAT(model.block_mean_c(state, 0) - 25.0,
             WithinRel(analytic("A4_semi_infinite_off", "dT_surf(q=1e6 on 100us, t=0.0002)"), 0.02));
}

TEST_CASE("A3: one thermal capacity: step, pulse train and bang-bang times, within 0.1 %") {
  thermal::PackageConfig package = lumped(2.0, 0.4);
  package.solver.step_tolerance_k = 1e-5;
  const thermal::ThermalModel full(package, kSquare, 25.0);
  const thermal::ReducedModel reduced(full);
  for (const auto& [t, text] : std::vector<std::pair<double, const char*>>{
           {0.01, "0.01"}, {0.1, "0.1"}, {0.8, "0.8"}, {2.4, "2.4"}, {4.0, "4"}}) {
    thermal::State a = full.ambient_state(), b = reduced.ambient_state();
    full.step(a, t, std::vector<double>{30.0});
    reduced.step(b, t, std::vector<double>{30.0});
    const double expected = analytic("A3_lumped_step", std::string("T(t=") + text + ")");
    CHECK_THAT(full.block_mean_c(a, 0) - 25.0, WithinRel(expected - 25.0, 1e-3));
    // The block has a little resistance of its own, the closed form has none.
    CHECK_THAT(reduced.block_mean_c(b, 0) - 25.0, WithinRel(expected - 25.0, 1e-3));
  }
  thermal::State state = reduced.ambient_state();
  for (int period = 0; period < 400; ++period) {
    reduced.step(state, 0.01, std::vector<double>{30.0});
    if (period == 399)
      CHECK_THAT(reduced.block_mean_c(state, 0),
                 WithinAbs(analytic("A3_lumped_pulse", "T_peak_periodic"), 1e-3));
    reduced.step(state, 0.04, std::vector<double>{0.0});
  }
  CHECK_THAT(reduced.block_mean_c(state, 0),
             WithinAbs(analytic("A3_lumped_pulse", "T_trough_periodic"), 1e-3));

  state = reduced.steady(std::vector<double>{30.0});  // 85 degC: cool to 80 at 10 W, heat back at 40 W
  double cool_s = 0.0, heat_s = 0.0;
  constexpr double kTick_s = 1e-5;
  for (; reduced.block_mean_c(state, 0) > 80.0; cool_s += kTick_s)
    reduced.step(state, kTick_s, std::vector<double>{10.0});
  for (; reduced.block_mean_c(state, 0) < 85.0; heat_s += kTick_s)
    reduced.step(state, kTick_s, std::vector<double>{40.0});
  CHECK_THAT(cool_s, WithinRel(analytic("A3_bangbang", "t_cool_Ph40"), 1e-3));
  CHECK_THAT(heat_s, WithinRel(analytic("A3_bangbang", "t_heat_Ph40"), 1e-3));
}

TEST_CASE("A7: leakage fixed points and the power at which they vanish") {
  const auto leakage = [](double reference_w) {
    return [reference_w](int, double temperature_c) {
      return reference_w * std::exp(0.03 * (temperature_c - 85.0));
    };
  };
  const auto solve = [&](double power_w, double resistance_k_w, double reference_w) {
    const thermal::ThermalModel model(lumped(resistance_k_w, 1.0), kSquare, 45.0);
    const std::vector<double> dynamic_w{power_w};
    return model.block_mean_c(thermal::steady_with_leakage(model, dynamic_w, leakage(reference_w)).state, 0);
  };
  CHECK_THAT(solve(20, 1.5, 3),
             WithinRel(analytic("A7_leak_fixedpoint", "T_stable(P=20,R=1.5,PL0=3)"), 1e-4));
  CHECK_THAT(solve(30, 1.5, 3),
             WithinRel(analytic("A7_leak_fixedpoint", "T_stable(P=30,R=1.5,PL0=3)"), 1e-4));
  CHECK_THAT(solve(30, 1.5, 6),
             WithinRel(analytic("A7_leak_fixedpoint", "T_stable(P=30,R=1.5,PL0=6)"), 1e-4));
  CHECK_THAT(solve(20, 2.5, 3),
             WithinRel(analytic("A7_leak_fixedpoint", "T_stable(P=20,R=2.5,PL0=3)"), 1e-4));
  const double critical_w = analytic("A7_leak_runaway", "P_crit(R=1.5,PL0=3)");
  CHECK_NOTHROW(solve(critical_w * 0.9999, 1.5, 3));
  CHECK_THROWS_AS(solve(critical_w * 1.0001, 1.5, 3), thermal::ThermalRunaway);
}

TEST_CASE("A8: Stefan's melting front within 2 %, the lumped plateau within 0.1 %") {
  // 4 cm of PCM stands for the half space; the slab's face is held 20 K above the melting point.
  thermal::PcmConfig config;
  config.filling_w_mk = 0.0;
  config.thickness_m = 12e-3;
  config.layers = 240;
  config.density_kg_m3 = 800.0;
  thermal::PcmSlab slab(config, 54.0);
  slab.advance(74.0, 60.0);
  CHECK_THAT(slab.melt_front_m() * 1e3, WithinRel(analytic("A8_stefan", "front(t=60 s)"), 0.02));
  slab.advance(74.0, 540.0);
  CHECK_THAT(slab.melt_front_m() * 1e3, WithinRel(analytic("A8_stefan", "front(t=600 s)"), 0.02));

  thermal::LumpedPcm body{.heat_capacity_j_k = 60.0,
                          .resistance_k_w = 4.0,
                          .ambient_c = 25.0,
                          .latent_j = 0.02 * 200e3,
                          .melting_c = 54.0,
                          .temperature_c = 25.0,
                          .melted_j = 0.0};
  const double start_s = analytic("A8_pcm_lumped", "t_melt_start"),
               melting_s = analytic("A8_pcm_lumped", "melt_duration");
  body.advance(20.0, start_s * 0.999);
  CHECK(body.temperature_c < 54.0);
  body.advance(20.0, start_s * 0.002);
  CHECK(body.temperature_c == 54.0);
  body.advance(20.0, melting_s * 0.998);
  CHECK(body.temperature_c == 54.0);
  CHECK(body.melted_j > 0.99 * body.latent_j);
  body.advance(20.0, melting_s * 0.002 - start_s * 0.001 + 60.0);
  CHECK_THAT(body.temperature_c, WithinRel(analytic("A8_pcm_lumped", "T(60 s after melt end)"), 1e-3));
}

TEST_CASE("A9, A10: thermoelectric cooler and generator, within 0.01 %") {
  const auto module = thermal::ThermoelectricModule::from_ratings(300.0, 66.0, 14.4, 6.4);
  const auto params = [](const char* quantity) { return analytic("A9_TEC_params", quantity); };
  CHECK_THAT(module.seebeck_v_k, WithinRel(params("alpha"), 1e-4));
  CHECK_THAT(module.resistance_ohm, WithinRel(params("R"), 1e-4));
  CHECK_THAT(module.conductance_w_k, WithinRel(params("K"), 1e-4));
  CHECK_THAT(module.figure_of_merit_per_k(), WithinRel(params("Z"), 1e-4));
  const auto c = [](double kelvin) { return kelvin - 273.15; };
  const auto best = [](const char* quantity) { return analytic("A9_TEC_opt", quantity); };
  CHECK_THAT(module.current_of_largest_heat_a(c(290)), WithinRel(best("I_Qmax(Tc=290)"), 1e-4));
  CHECK_THAT(module.largest_heat_w(c(290), c(310)), WithinRel(best("Qc_max(Tc=290,Th=310)"), 1e-4));
  CHECK_THAT(module.current_of_best_cop_a(c(290), c(310)), WithinRel(best("I_COPmax(Tc=290,Th=310)"), 1e-4));
  CHECK_THAT(module.best_cop(c(290), c(310)), WithinRel(best("COPmax(Tc=290,Th=310)"), 1e-4));
  CHECK_THAT(module.cop(module.current_of_best_cop_a(c(290), c(310)), c(290), c(310)),
             WithinRel(best("COPmax(Tc=290,Th=310)"), 1e-4));
  for (int current = 0; current <= 6; ++current) {
    const auto point = thermal::operate(module, current, 20.0, 0.3, 25.0);
    const std::string suffix = "(I=" + std::to_string(current) + ")";
    CHECK_THAT(point.cold_c, WithinAbs(analytic("A9_TEC_system", "Tc" + suffix), 5e-3));
    CHECK_THAT(point.hot_c, WithinRel(analytic("A9_TEC_system", "Th" + suffix), 1e-4));
    CHECK_THAT(point.electrical_w, WithinRel(analytic("A9_TEC_system", "Pel" + suffix), 1e-4));
    // The module neither makes nor loses energy.
    CHECK_THAT(module.hot_heat_w(current, point.cold_c, point.hot_c),
               WithinRel(20.0 + point.electrical_w, 1e-9));
  }
  CHECK_THAT(thermal::coldest_current_a(module, 20.0, 0.3, 25.0),
             WithinRel(analytic("A9_TEC_system", "I_opt_min_Tc"), 1e-4));
  CHECK_THAT(module.matched_power_w(85.0, 35.0),
             WithinRel(analytic("A10_TEG", "P_matched(Th=85C,Tc=35C)"), 1e-4));
  CHECK_THAT(module.best_efficiency(85.0, 35.0),
             WithinRel(analytic("A10_TEG", "eta_max(Th=85C,Tc=35C)"), 1e-4));
  CHECK_THAT(module.best_efficiency(100.0, 25.0),
             WithinRel(analytic("A10_TEG", "eta_max(Th=100C,Tc=25C)"), 1e-4));
}

TEST_CASE("A11: channel coefficient and pressure drop of four cross sections, within 0.1 %") {
  for (const auto& [width_um, height_um] :
       std::vector<std::pair<int, int>>{{100, 100}, {50, 100}, {50, 200}, {50, 400}}) {
    thermal::ChannelsConfig channels;
    channels.width_m = width_um * 1e-6;
    channels.count = 50;
    channels.flow_m3_s = 60e-6 / 60.0;
    const double height_m = height_um * 1e-6;
    const std::string section = fmt::format("({}x{} um", width_um, height_um);
    CHECK_THAT(thermal::wall_coefficient_w_m2k(channels, height_m),
               WithinRel(analytic("A11_channel_h", "h" + section + ")"), 1e-3));
    CHECK_THAT(thermal::pressure_drop_pa(channels, height_m, 10e-3),
               WithinRel(analytic("A11_channel_dp", "dP" + section + ", 50 ch, 60 ml/min, L=10mm)"), 1e-3));
  }
}
