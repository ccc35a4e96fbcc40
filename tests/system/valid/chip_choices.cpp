// SPDX-License-Identifier: MIT
// The chip of a random experiment.
#include "choices.h"

namespace kiln::testing {

namespace {

const std::string kConfigs = std::string(KILN_SOURCE_DIR) + "/configs/";

void choose_memory(Choices& c, const experiment::ExperimentConfig& shipped) {
  // Ports share channels evenly: the memory that comes has as many as the one that goes.
  const int channels = shipped.soc.memory.dram.organisation.channels;
  if (c.draw.with(0.3))
    c.set("soc.memory.dram={{from: {}parts/dram/{}.yaml, organisation: {{channels: {}}}}}", kConfigs,
          c.name({"ddr4_3200", "hbm2_2000", "hbm2e_3200", "hbm2e_3600", "lpddr4_3200", "lpddr4_4266",
                  "lpddr5_6400", "lpddr5x_8533", "onchip_sram"}),
          channels);
  else
    c.maybe(0.3, "soc.memory.dram.organisation.channels={}", c.draw.one_of<int>({1, 2, 4, 8}));
  c.maybe(0.3, "soc.memory.dram.refresh.rate={:.3f}", c.draw.magnitude(0.25, 2));
  c.maybe(0.2, "soc.memory.dram.refresh.policy={}", c.name({"none", "all_bank", "per_bank"}));
  c.maybe(0.3, "soc.memory.dram.ecc.kind={}", c.name({"on_die", "side_band", "inline"}));
  c.maybe(0.2, "soc.memory.dram.encryption.enabled={}", true);
  c.maybe(0.2, "soc.memory.interleave={}", c.name({"1 KiB", "2 KiB", "8 KiB"}));
}

void choose_network(Choices& c) {
  c.maybe(0.3, "soc.noc.topology={}", c.name({"torus", "ring", "concentrated_mesh", "crossbar"}));
  c.maybe(0.2, "soc.noc.routing={}", c.name({"xy", "yx", "odd_even", "adaptive"}));
  c.maybe(0.3, "soc.noc.link_bytes={} B", c.draw.one_of<int>({8, 16, 64}));
  c.maybe(0.2, "soc.noc.buffer_depth={}", c.draw.between(4, 16));
  c.maybe(0.2, "soc.noc.sharing={}", c.name({"round_robin", "per_train"}));
  c.maybe(0.2, "soc.noc_clock_ratio={:.2f}", c.draw.between(0.5, 1.5));
}

void choose_tiles(Choices& c) {
  c.maybe(0.4, "soc.npu.rows={}", c.draw.one_of<int>({8, 12, 32, 64}));
  c.maybe(0.4, "soc.npu.cols={}", c.draw.one_of<int>({8, 12, 32, 64}));
  c.maybe(0.3, "soc.npu.vector_lanes={}", c.draw.one_of<int>({8, 32, 100}));
  c.maybe(0.3, "soc.npu.local_sram={} KiB", c.draw.one_of<int>({96, 256, 1024}));
  c.maybe(0.3, "soc.npu.law={}", c.name({"strict", "pipelined", "broadcast"}));
  c.maybe(0.2, "soc.npu.sparsity.scheme={}", c.name({"zero_gated", "n_of_m", "unstructured"}));
  c.maybe(0.2, "soc.gradient_sram.sram.ecc={}", "secded");
}

}  // namespace

void choose_chip(Choices& c, const experiment::ExperimentConfig& shipped) {
  choose_tiles(c);
  choose_network(c);
  choose_memory(c, shipped);
  c.maybe(0.2, "soc.tech={}tech/{}.yaml", kConfigs,
          c.name({"n5", "n7", "n16", "n22", "n28", "n40", "n40_lp", "n65"}));
  c.maybe(0.15, "soc.rail={}", "{}");
  c.maybe(0.1, "soc.guard_band={{kind: {}, share: 2 %}}", c.name({"fixed", "worst_case", "adaptive"}));
  c.maybe(0.1, "soc.start_stagger={} ns", c.draw.between(1, 40));
  c.maybe(0.1, "soc.delivery={}", "{}");
  c.maybe(0.15, "soc.adaptive_clock={{threshold: {} %}}", c.draw.between(0, 5));
  c.maybe(0.15, "soc.battery={}", "{}");
  c.maybe(0.15, "soc.memory.rail={{answer: {}}}", c.name({"none", "slower_clock"}));
}

}  // namespace kiln::testing
