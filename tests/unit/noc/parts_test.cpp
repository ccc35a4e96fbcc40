// SPDX-License-Identifier: MIT
// Small parts: codec rules and timing, barriers, energy scaling, round robin, event heap.
#include <cmath>

#include "base/error.h"
#include "noc/codec_engine.h"
#include "noc/energy.h"
#include "noc/event_heap.h"
#include "noc/exact_router.h"
#include "support/catch.h"

using namespace kiln;
using namespace kiln::noc;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

TEST_CASE("The legality table covers every placement and codec and refuses feedback in routers only") {
  int refused = 0;
  for (const CodecRule& rule : codec_rules()) {
    CHECK(refusal(rule.placement, rule.codec).empty() == rule.allowed);
    if (!rule.allowed) {
      ++refused;
      CHECK(rule.placement == kiln::sim::CodingSite::router);
      CHECK(rule.codec == CodecKind::quantise_with_feedback);
    }
  }
  CHECK(codec_rules().size() == 12);
  CHECK(refused == 1);
}

TEST_CASE("First output of the codec: pipeline and fill, against 50 ns") {
  CodecEngineConfig config;
  config.pipeline_cycles = 6;
  const CodecEngine engine(config, 16);
  // 32 bit to 4 bit is 8x: eight input flits make one; 6 + 8 cycles at 1 GHz.
  const CodecTiming dense = engine.compress(4096, 512, 1e9);
  CHECK(dense.fill_cycles == 8);
  CHECK_THAT(dense.first_output_s, WithinRel(14e-9, 1e-9));
  CHECK(dense.meets_target);
  // 33x at 90 % zeros and ten stages: 43 ns at 1 GHz, beyond 50 ns at 0.8 GHz.
  config.pipeline_cycles = 10;
  const CodecEngine deep(config, 16);
  CHECK_THAT(deep.compress(33 * 1600, 1600, 1e9).first_output_s, WithinRel(43e-9, 1e-9));
  CHECK_FALSE(deep.compress(33 * 1600, 1600, 0.8e9).meets_target);
  // A block maximum over 40 flits breaks the target even at 1 GHz.
  config.scale_block_flits = 40;
  CHECK_FALSE(CodecEngine(config, 16).compress(33 * 1600, 1600, 1e9).meets_target);
  CHECK(dense.busy_cycles == 256);
}

TEST_CASE("Energy scales with voltage, temperature and width; idle links do not wear") {
  NocConfig config;
  const EnergyConfig events;
  const NocEnergyModel model(config, events);
  RouterActivity activity;
  activity.buffer_writes = activity.buffer_reads = activity.crossbar = activity.arbitrations = 1000;
  activity.wire_flits = 1000;
  const NocConditions reference{events.reference_voltage_v, events.reference_temperature_c};
  const NocEnergy base = model.energy(activity, 1000, 1e-6, reference);
  const NocEnergy low =
      model.energy(activity, 1000, 1e-6, {reference.voltage_v / 2, reference.temperature_c});
  CHECK_THAT(low.dynamic_j(), WithinRel(base.dynamic_j() / 4, 1e-9));
  const NocEnergy hot =
      model.energy(activity, 1000, 1e-6, {reference.voltage_v, reference.temperature_c + 25});
  CHECK_THAT(hot.leakage_j, WithinRel(2 * base.leakage_j, 1e-9));
  config.link_bytes = 32;
  CHECK_THAT(NocEnergyModel(config, events).energy(activity, 0, 0, reference).link_j,
             WithinRel(2 * base.link_j, 1e-9));
  CHECK_THAT(model.relative_mttf(1, config.clock_hz, reference), WithinRel(1.0, 1e-9));
  CHECK_THAT(model.relative_mttf(0.5, config.clock_hz, reference), WithinRel(4.0, 1e-9));
  CHECK(model.relative_mttf(1, config.clock_hz, {reference.voltage_v, reference.temperature_c + 20}) < 0.25);
  CHECK(std::isinf(model.relative_mttf(0, config.clock_hz, reference)));
}

TEST_CASE("Round robin starts at the pointer and wraps") {
  CHECK(round_robin(0b10110, 0) == 1);
  CHECK(round_robin(0b10110, 3) == 4);
  CHECK(round_robin(0b10110, 5) == 1);
  CHECK(round_robin(Mask{1} << 63, 63) == 63);
}

TEST_CASE("Switch allocation: one grant per input and output, pointers move past accepted grants only") {
  NocConfig config;
  config.virtual_channels = 2;
  const RouterShape shape(config, Topology(config), false);
  RouterState router;
  const auto ask = [&](int input, int output) {
    router.ready |= bit(input);
    router.inputs[input].output = static_cast<std::uint8_t>(output);
  };
  ask(shape.channel(0, 0), shape.channel(4, 0));
  ask(shape.channel(1, 0), shape.channel(4, 1));
  ask(shape.channel(0, 1), shape.channel(2, 0));
  GrantList first;
  allocate_switch(router, shape, first);
  // Outputs 2 and 4 both grant input 0, which accepts output 2; input 1 goes without and output 4's pointer
  // stays.
  REQUIRE(first.count == 1);
  CHECK(first.grants[0].input == shape.channel(0, 1));
  CHECK(router.switch_grant_pointer[4] == 0);
  CHECK(router.switch_grant_pointer[2] == 1);
  CHECK(router.switch_accept_pointer[0] == 3);
}

TEST_CASE(
    "Switch allocation: input speed-up lets two VCs of a port go, speculation gives way to held channels") {
  NocConfig config;
  config.virtual_channels = 2;
  config.input_speedup = 2;
  RouterState router;
  for (const int vc : {0, 1}) {
    router.ready |= bit(vc);
    router.inputs[vc].output = static_cast<std::uint8_t>(2 * (vc + 1));  // ports 1 and 2
  }
  GrantList both;
  allocate_switch(router, RouterShape(config, Topology(config), false), both);
  CHECK(both.count == 2);

  config.input_speedup = 1;
  config.pipeline.speculative = true;
  const RouterShape shape(config, Topology(config), false);
  RouterState guessing;
  guessing.ready = bit(1);
  guessing.inputs[1].output = 4;
  guessing.wanted = guessing.free = bit(4);
  guessing.requests[4] = bit(0);
  guessing.outputs[4].credits = 1;
  GrantList sure, guess;
  allocate_switch(guessing, shape, sure);
  REQUIRE(sure.count == 1);
  CHECK(sure.grants[0].input == 1);
  guessing.ready = 0;
  allocate_switch(guessing, shape, guess);
  REQUIRE(guess.count == 1);
  CHECK(guess.grants[0].input == 0);
}

TEST_CASE("The event heap keeps time order and equal times in sequence") {
  EventHeap heap;
  heap.set(0, 50, 0);
  heap.set(1, 10, 1);
  heap.set(2, 50, 2);
  heap.set(1, 60, 1);
  heap.set(3, 70, 3);
  heap.erase(3);
  std::vector<std::uint32_t> order;
  while (!heap.empty()) {
    order.push_back(heap.top_slot());
    heap.erase(heap.top_slot());
  }
  CHECK(order == std::vector<std::uint32_t>{0, 2, 1});
}
