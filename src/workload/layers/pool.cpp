// SPDX-License-Identifier: MIT
// max_pool, average_pool, global_pool and reduce_mean.
#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "workload/layers/emission.h"
#include "workload/layers/kinds.h"
#include "workload/layers/single.h"

namespace kiln::workload {
namespace {

class PoolLayer : public SingleKind {
 public:
  explicit PoolLayer(PoolKind kind) : kind_(kind) {}

  void infer(const Inference& at) const override {
    const Shape& in = at.input(0);
    const Pool pool{kind_, infer_window(at, in, at.config.ceil), at.config.count_padding};
    at.set_output(windowed(in, in.channels(), pool.window));
    at.layer.operation = pool;
  }
  ChannelUse channels(const LayerConfig&) const override { return ChannelUse::kept; }

 protected:
  void keep(StepState& s, int index, Op& op) const override {
    if (kind_ != PoolKind::max) return;
    const Layer& layer = s.layer(index);
    const auto places = static_cast<double>(std::get<Pool>(layer.operation).window.positions());
    LayerTensors& t = s.tensors[index];
    t.pool_index = s.tensor(index, ".index", TensorClass::saved, layer.out,
                            std::max(1.0, std::ceil(std::log2(places))), ElementKind::index);
    op.write(Role::index, t.pool_index);
  }

 private:
  PoolKind kind_;
};

class GlobalPoolLayer : public SingleKind {
 public:
  void infer(const Inference& at) const override {
    const Shape& in = at.input(0);
    LayerConfig whole = at.config;
    const auto kernel = [](std::int64_t extent) {
      return static_cast<std::int32_t>(std::min<std::int64_t>(extent, kWidest));
    };
    const bool volume = is_volume(in);
    if (volume) whole.kernel_d = kernel(in.extent(1));
    whole.kernel = kernel(volume ? in.extent(2) : in.height());
    whole.kernel_w = kernel(volume ? in.extent(3) : in.width());
    whole.padding = {Padding::Mode::valid, {}};
    const Inference all{whole, at.network, at.index, at.layer};
    const Pool pool{PoolKind::average, infer_window(all, in), false};
    Shape out = in;
    for (int axis = 0; axis < in.rank(); ++axis)
      if (axis != in.channel_axis()) out = out.with_extent(axis, 1);
    at.set_output(out);
    at.layer.operation = pool;
  }
  ChannelUse channels(const LayerConfig&) const override { return ChannelUse::kept; }

 private:
  static constexpr std::int64_t kWidest = (1 << 24) + 1;  // one more than a window may slide over
};

class ReduceMeanKind : public SingleKind {
 public:
  void infer(const Inference& at) const override {
    const Shape& in = at.input(0);
    require(!at.config.axes.empty(), "axes",
            "reduce_mean needs the axes it averages over, for example [1, 2]");
    ReduceMean mean;
    Shape out = in;
    for (const std::int32_t written : at.config.axes) {
      const int axis = written < 0 ? written + in.rank() : written;
      require(axis >= 0 && axis < in.rank(), "axes",
              fmt::format("{} is no axis of a value of {}", written, in.text()));
      mean.axes.push_back(axis);
      out = out.with_extent(axis, 1);
    }
    at.set_output(out);
    at.layer.operation = mean;
  }

 protected:
  std::int64_t visited(const Layer& layer) const override { return layer.in.elements(); }
};

}  // namespace

const LayerKind& pool_kind(PoolKind pool) {
  static const PoolLayer max(PoolKind::max), average(PoolKind::average);
  return pool == PoolKind::max ? static_cast<const LayerKind&>(max) : average;
}

const LayerKind& global_pool_kind() {
  static const GlobalPoolLayer kind;
  return kind;
}

const LayerKind& reduce_mean_kind() {
  static const ReduceMeanKind kind;
  return kind;
}

}  // namespace kiln::workload
