// SPDX-License-Identifier: MIT
// How a random experiment trains, and what it does to gradients.
#include "choices.h"

namespace kiln::testing {

namespace {

void choose_recipe(Choices& c) {
  c.maybe(0.1, "training.update={}", c.name({"at_end", "as_ready"}));
  c.maybe(0.1, "training.loss_scaling.kind={}", c.name({"fixed", "dynamic"}));
  c.maybe(0.1, "training.quantisation_aware={}", "{}");
  c.maybe(0.1, "training.lora_rank={}", c.draw.between(1, 8));
  c.maybe(0.05, "training.bias_only={}", true);
  c.maybe(0.1, "training.relu_density={:.2f}", c.draw.between(0.2, 1.0));
  c.maybe(0.15, "training.pruning={{pattern: {}}}", c.name({"n_of_m", "unstructured", "channels"}));
}

}  // namespace

void choose_training(Choices& c) {
  const int micro = c.draw.one_of<int>({1, 1, 1, 2});
  c.set("training.batch={}", micro * c.draw.between(1, 9));
  c.set("training.micro_batches={}", micro);
  c.maybe(0.5, "training.optimizer.kind={}", c.name({"sgd", "momentum", "adam"}));
  c.maybe(0.4, "training.precision.forward={}", c.name({"int8", "fp8", "bf16", "fp16", "fp32"}));
  c.maybe(0.3, "training.precision.gradients={}", c.name({"fp16", "bf16", "fp32"}));
  c.maybe(0.3, "training.recompute.mode={}", c.name({"sqrt", "optimal"}));
  c.maybe(0.2, "training.freeze.prefix_layers={}", c.draw.between(1, 2));
  c.maybe(0.2, "training.norm_statistics={}", c.name({"per_tile", "synchronised"}));
  choose_recipe(c);
  c.set("mapping.parallel={}", c.name({"data", "channel", "layer_wise", "auto"}));
  c.set("mapping.cut={}", c.name({"rows", "samples"}));
  c.maybe(0.2, "mapping.objective={}", c.name({"time", "energy", "edp"}));
  c.maybe(0.3, "mapping.gradients_in_sram={}", c.draw.with(0.5));
}

void choose_codec(Choices& c) {
  if (!c.draw.with(0.5)) return;
  c.set("compression.enabled=true");
  if (c.draw.with(0.1)) {
    c.set("compression.codec={{selection: power_sgd, rank: {}, error_feedback: {}}}", c.draw.between(1, 8),
          c.draw.with(0.5));
    return;
  }
  c.maybe(0.7, "compression.placement={}", c.name({"mac_output", "ni", "router"}));
  c.set("compression.codec={{selection: {}, density: {:.3f}, values: {}, index: {}, error_feedback: {}}}",
        c.name({"dense", "dense", "top_k", "random_k", "threshold", "dgc"}), c.draw.magnitude(0.005, 0.5),
        c.name({"fp32", "fp16", "int8", "int4", "int2", "sign", "ternary", "qsgd", "block_floating_point"}),
        c.name({"coo", "bitmap", "rice", "rle_escape"}), c.draw.with(0.5));
}

}  // namespace kiln::testing
