// SPDX-License-Identifier: MIT
// concat and split: several inputs, several outputs along one axis.
#include <algorithm>

#include "base/error.h"
#include "workload/layers/emission.h"
#include "workload/layers/kinds.h"

namespace kiln::workload {
namespace {

/// One pass over all values, each way.
class PartsKind : public LayerKind {
 public:
  void forward(StepState& s, int index) const override {
    Op op = own_pass(s, index);
    write_output(s, index, op);
    s.add(std::move(op));
  }
  void backward(StepState& s, int index) const override {
    const Layer& layer = s.layer(index);
    Op op = error_pass(s, index);
    for (std::size_t i = 0; i < layer.inputs.size(); ++i)
      if (s.plan.live(layer.inputs[i])) write_error_once(s, layer, i, op);
    s.add(std::move(op));
  }

 private:
  /// An input that is read twice has one error, to which the second part is added on the way.
  static void write_error_once(StepState& s, const Layer& layer, std::size_t input, Op& op) {
    const ValueRef& target = layer.inputs[input];
    const auto number = static_cast<std::int32_t>(input);
    const auto seen = layer.inputs.begin() + number;
    if (std::find(layer.inputs.begin(), seen, target) == seen) return write_error(s, target, op, number);
    op.write(Role::input_error, s.value(target).error, number);
    op.run(Accumulate{}, s.elements(s.network.shape_of(target)));
  }
};

class ConcatKind : public PartsKind {
 public:
  Arity arity(const LayerConfig&) const override { return {2, kAnyNumber}; }
  void infer(const Inference& at) const override {
    const Shape& first = at.input(0);
    const int axis = at.axis(first, first.channel_axis());
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < at.layer.inputs.size(); ++i) {
      const Shape& other = at.input(i);
      const bool fits = other.rank() == first.rank() && other.channel_axis() == first.channel_axis() &&
                        other.with_extent(axis, first.extent(axis)) == first;
      require(fits, "from",
              fmt::format("shapes differ in more than axis {}: {} and {}", axis, first.text(), other.text()));
      sum += other.extent(axis);
    }
    at.set_output(first.with_extent(axis, sum));
    at.layer.operation = Concatenate{axis};
  }
};

class SplitKind : public PartsKind {
 public:
  void infer(const Inference& at) const override {
    const Shape& in = at.input(0);
    const int axis = at.axis(in, in.channel_axis());
    const std::int64_t extent = in.extent(axis);
    std::vector<std::int64_t> sizes = at.config.sizes;
    require(sizes.empty() || at.config.split == 1, "sizes", "either `sizes` or `split` is given, not both");
    if (sizes.empty()) {
      require(at.config.split > 1 && extent % at.config.split == 0, "split",
              fmt::format("{} parts of an axis of {}; needed is a divisor above 1, or `sizes`",
                          at.config.split, extent));
      sizes.assign(static_cast<std::size_t>(at.config.split), extent / at.config.split);
    }
    at.set_output(in);
    at.layer.outputs.clear();
    std::int64_t sum = 0;
    for (const std::int64_t size : sizes) {
      require(size > 0, "sizes", fmt::format("a part of {}; needed is at least 1", size));
      at.layer.outputs.push_back(in.with_extent(axis, size));
      sum += size;
    }
    require(sum == extent, "sizes", fmt::format("add up to {}, expected {}", sum, extent));
    at.layer.operation = Split{axis};
  }
};

}  // namespace

const LayerKind& concat_kind() {
  static const ConcatKind kind;
  return kind;
}

const LayerKind& split_kind() {
  static const SplitKind kind;
  return kind;
}

}  // namespace kiln::workload
