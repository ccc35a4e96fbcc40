// SPDX-License-Identifier: MIT
#include "drawn_experiment.h"

#include <fmt/format.h>

#include "support/child_run.h"
#include "support/draw.h"

namespace kiln::testing {

namespace {

using Names = std::vector<const char*>;

/// Collects the choices of one experiment; each is made with `probability`.
class Choices {
 public:
  explicit Choices(int number) : draw("valid", "experiments", number) {}
  Draw draw;
  std::vector<std::string> sets;

  template <class... Values>
  void maybe(double probability, fmt::format_string<Values...> text, Values&&... values) {
    std::string set = fmt::format(text, std::forward<Values>(values)...);
    if (draw.with(probability)) sets.push_back(std::move(set));
  }
  const char* name(const Names& names) { return draw.one_of(names); }
};

void choose_training(Choices& c) {
  const int micro = c.draw.one_of<int>({1, 1, 1, 2});
  c.sets.push_back(fmt::format("training.batch={}", micro * c.draw.between(1, 9)));
  c.sets.push_back(fmt::format("training.micro_batches={}", micro));
  c.maybe(0.5, "training.optimizer.kind={}", c.name({"sgd", "momentum", "adam"}));
  c.maybe(0.4, "training.precision.forward={}", c.name({"int8", "fp8", "bf16", "fp16", "fp32"}));
  c.maybe(0.3, "training.precision.gradients={}", c.name({"fp16", "bf16", "fp32"}));
  c.maybe(0.3, "training.recompute.mode={}", c.name({"sqrt", "optimal"}));
  c.maybe(0.2, "training.freeze.prefix_layers={}", c.draw.between(1, 2));
  c.maybe(0.2, "training.norm_statistics={}", c.name({"per_tile", "synchronised"}));
  c.maybe(0.15, "training.pruning={{pattern: {}}}", c.name({"n_of_m", "unstructured"}));
  c.sets.push_back(fmt::format("mapping.parallel={}", c.name({"data", "channel", "layer_wise"})));
  c.sets.push_back(fmt::format("mapping.cut={}", c.name({"rows", "samples"})));
  c.maybe(0.3, "mapping.gradients_in_sram={}", c.draw.with(0.5));
}

void choose_codec(Choices& c) {
  if (!c.draw.with(0.5)) return;
  c.sets.push_back("compression.enabled=true");
  c.maybe(0.7, "compression.placement={}", c.name({"mac_output", "dma", "ni", "router"}));
  c.sets.push_back(fmt::format(
      "compression.codec={{selection: {}, density: {:.3f}, values: {}, index: {}, error_feedback: {}}}",
      c.name({"dense", "top_k", "threshold", "dgc"}), c.draw.magnitude(0.005, 0.5),
      c.name({"fp32", "fp16", "fp8", "int8", "int4"}), c.name({"coo", "bitmap", "rice", "rle_escape"}),
      c.draw.with(0.5)));
}

void choose_chip(Choices& c) {
  c.maybe(0.4, "soc.npu.rows={}", c.draw.one_of<int>({8, 12, 32, 64}));
  c.maybe(0.4, "soc.npu.cols={}", c.draw.one_of<int>({8, 12, 32, 64}));
  c.maybe(0.3, "soc.npu.vector_lanes={}", c.draw.one_of<int>({8, 32, 100}));
  c.maybe(0.3, "soc.npu.local_sram={} KiB", c.draw.one_of<int>({96, 256, 1024}));
  c.maybe(0.3, "soc.npu.law={}", c.name({"strict", "pipelined", "broadcast"}));
  c.maybe(0.2, "soc.npu.sparsity.scheme={}", c.name({"zero_gated", "n_of_m"}));
  c.maybe(0.3, "soc.noc.link_bytes={} B", c.draw.one_of<int>({8, 16, 64}));
  c.maybe(0.2, "soc.noc.buffer_depth={}", c.draw.between(4, 16));
  c.maybe(0.3, "soc.memory.dram.refresh.rate={:.3f}", c.draw.magnitude(0.25, 2));
  c.maybe(0.3, "soc.memory.dram.ecc.kind={}", c.name({"on_die", "side_band", "inline"}));
  c.maybe(0.2, "soc.memory.dram.encryption.enabled={}", true);
  c.maybe(0.2, "soc.memory.dram.organisation.channels={}", c.draw.one_of<int>({1, 2, 4, 8}));
  c.maybe(0.2, "soc.gradient_sram.sram.ecc={}", "secded");
  c.maybe(0.2, "soc.noc_clock_ratio={:.2f}", c.draw.between(0.5, 1.5));
}

std::string policy(Choices& c, double ambient_c) {
  const double trip_c = ambient_c + c.draw.between(2.0, 30.0);
  const double period_ms = c.draw.magnitude(1, 200);
  switch (c.draw.between(0, 6)) {
    case 0:
      return fmt::format("{{kind: step_wise, period: {:.3f} ms, step_wise: {{trip: {:.2f} degC}}}}",
                         period_ms, trip_c);
    case 1:
      return fmt::format("{{kind: bang_bang, period: {:.3f} ms, bang_bang: {{trip: {:.2f} degC}}}}",
                         period_ms, trip_c);
    case 2:
      return fmt::format("{{kind: power_cap, period: {:.3f} ms, power_cap: {{cap: {:.3f} W}}}}", period_ms,
                         c.draw.magnitude(0.05, 20));
    case 3:
      return fmt::format("{{kind: power_allocator, period: {:.3f} ms}}", period_ms);
    case 4:
      return fmt::format("{{kind: compression_aware, period: {:.3f} ms}}", period_ms);
    case 5:
      return fmt::format("{{kind: hbm_headroom, period: {:.3f} ms}}", period_ms);
    default:
      return fmt::format("{{kind: predictive, period: {:.3f} ms}}", period_ms);
  }
}

void choose_conditions(Choices& c) {
  const double ambient_c = c.draw.between(-20.0, 65.0);
  c.sets.push_back(fmt::format("environment.ambient={:.2f} degC", ambient_c));
  c.sets.push_back("governor.policies=[" + policy(c, ambient_c) + "]");
  switch (c.draw.between(0, 2)) {
    case 0:
      c.sets.push_back("run={horizon: steady, audit_windows: 1}");
      break;
    case 1:
      c.sets.push_back(fmt::format("run={{horizon: duration, duration: {:.2f} ms, audit_windows: 0}}",
                                   c.draw.magnitude(20, 2000)));
      break;
    default:
      c.sets.push_back(
          fmt::format("run={{horizon: steps, steps: {}, audit_windows: 0}}", c.draw.between(1, 4)));
  }
  c.maybe(0.25, "run.rate={:.2f}", c.draw.magnitude(2, 3000));
}

}  // namespace

std::string DrawnExperiment::text() const {
  std::string all = base;
  for (const std::string& set : sets) all += fmt::format(" --set '{}'", set);
  return all;
}

DrawnExperiment draw_experiment(int number) {
  Choices choices(number);
  const std::string base =
      choices.name({"passive_edge.yaml", "passive_edge.yaml", "quickstart.yaml", "wearable_kws.yaml",
                    "thermoelectric_camera.yaml", "cryocooler.yaml", "pcm_wearable.yaml"});
  choices.sets.push_back(network(choices.name(
      {"lenet5_r28", "dscnn_kws_mlperf_tiny", "resnet8_cifar_mlperf_tiny", "fc_autoencoder_ad_mlperf_tiny",
       "mcunet_in0_r48", "lstm_har_t128_f9_h64x2", "vit_micro_p8_r64"})));
  choose_training(choices);
  choose_codec(choices);
  choose_chip(choices);
  choose_conditions(choices);
  return {base, std::move(choices.sets)};
}

}  // namespace kiln::testing
