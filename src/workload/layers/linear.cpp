// SPDX-License-Identifier: MIT
// linear: on the channels of every position, the output in parts if others read them separately.
#include "base/error.h"
#include "workload/layers/kinds.h"
#include "workload/layers/weighted.h"

namespace kiln::workload {
namespace {

class LinearKind : public WeightedKind {
 public:
  void infer(const Inference& at) const override {
    const LayerConfig& config = at.config;
    const Shape& in = at.input(0);
    require(config.out > 0, "out", "a linear layer needs its number of outputs");
    require(config.out % config.split == 0, "split",
            fmt::format("{} does not divide out: {}", config.split, config.out));
    if (config.tied.empty())
      at.own(PartKind::weight, {config.out, in.channels()});
    else
      tie(at, in);
    if (config.bias.value_or(true)) at.own(PartKind::bias, {config.out});
    at.set_output(in.with_channels(config.out));
    if (config.split > 1)
      at.layer.outputs.assign(static_cast<std::size_t>(config.split),
                              at.layer.out.with_channels(config.out / config.split));
    at.layer.operation = Dense{in.positions(), in.channels(), config.out};
  }

  ChannelUse channels(const LayerConfig& config) const override {
    return config.tied.empty() ? ChannelUse::taken : ChannelUse::fixed;
  }
  bool has_matrices(const Layer&) const override { return true; }

 private:
  static void tie(const Inference& at, const Shape& in) {
    const LayerConfig& config = at.config;
    const int table = at.find(config.tied, "tied").layer;
    const LookUp* rows = table < 0 ? nullptr : std::get_if<LookUp>(&at.network.layers[table].operation);
    require(rows != nullptr && rows->entries == config.out && rows->width == in.channels(), "tied",
            fmt::format("must name an embedding of {} entries and {} features", config.out, in.channels()));
    require(!config.bias.value_or(true), "bias", "a tied layer has no bias; write bias: false");
    require(config.norm == Norm::none, "norm", "a tied layer has no norm of its own; make it a layer");
    at.layer.tied_to = table;
  }
};

}  // namespace

const LayerKind& linear_kind() {
  static const LinearKind kind;
  return kind;
}

}  // namespace kiln::workload
