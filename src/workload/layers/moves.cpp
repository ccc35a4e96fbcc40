// SPDX-License-Identifier: MIT
// Layers that only move values: slice, select, pad, resize, transpose, reshape, flatten; and further inputs.
#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "workload/bounded.h"
#include "workload/layers/emission.h"
#include "workload/layers/kinds.h"
#include "workload/layers/single.h"

namespace kiln::workload {
namespace {

class SliceKind : public SingleKind {
 public:
  void infer(const Inference& at) const override {
    const Shape& in = at.input(0);
    const int axis = at.axis(in, in.channel_axis());
    const std::int64_t extent = in.extent(axis);
    const auto from_end = [&](std::int64_t place) { return place < 0 ? place + extent : place; };
    const std::int64_t begin = from_end(at.config.begin), end = from_end(at.config.end.value_or(extent));
    require(begin >= 0 && begin < end && end <= extent, "begin",
            fmt::format("places {} to {} of an axis of {}; expected 0 <= begin < end <= {}", begin, end,
                        extent, extent));
    at.set_output(in.with_extent(axis, (end - begin - 1) / at.config.step + 1));
    at.layer.operation = Slice{axis, begin, end, at.config.step};
  }
};

/// One token of a sequence, as a vector.
class SelectKind : public SingleKind {
 public:
  void infer(const Inference& at) const override {
    const Shape& in = at.input(0);
    const std::int64_t token = at.config.token == TokenPick::first ? 0 : in.height() - 1;
    at.set_output(Shape::vector(in.channels()));
    at.layer.operation = Slice{in.channel_axis() == 0 && in.rank() > 1 ? 1 : 0, token, token + 1, 1};
  }
  ChannelUse channels(const LayerConfig&) const override { return ChannelUse::kept; }
};

class PadKind : public SingleKind {
 public:
  void infer(const Inference& at) const override {
    const Shape& in = at.input(0);
    const Padding& padding = at.config.padding;
    require(padding.mode == Padding::Mode::given, "padding",
            "pad needs rows and columns: N, [down, across] or [top, left, bottom, right]");
    const auto [top, left, bottom, right] = padding.edges;
    require(in.rank() >= 2, "from", fmt::format("a value of {} has no edges to pad", in.text()));
    if (at.config.mode == PadMode::reflect)
      require(std::max(top, bottom) < in.height() && std::max(left, right) < in.width(), "padding",
              fmt::format("reflects {} by more than it has", in.text()));
    const int down = in.channel_axis() == 0 ? 1 : 0;
    Shape out = in.with_extent(down, in.height() + top + bottom);
    if (in.rank() == 3) {
      const int across = in.channel_axis() == 2 ? 1 : 2;
      out = out.with_extent(across, in.width() + left + right);
    } else {
      require(in.rank() == 2 && (left == 0 && right == 0), "padding",
              fmt::format("a value of {} has no columns; write [N, 0]", in.text()));
    }
    at.set_output(out);
    at.layer.operation = Pad{at.config.mode, padding};
  }
  ChannelUse channels(const LayerConfig&) const override { return ChannelUse::kept; }
};

class ResizeKind : public SingleKind {
 public:
  void infer(const Inference& at) const override {
    const Shape& in = at.input(0);
    const std::vector<std::int64_t>& size = at.config.size;
    require(size.size() == 2, "size", "resize needs rows and columns of its output, [down, across]");
    require(in.rank() >= 2, "from", fmt::format("a value of {} has no rows to resize", in.text()));
    const Resize resize{at.config.interpolation, in.height(), in.width(), size[0], size[1]};
    const int down = in.channel_axis() == 0 ? 1 : 0;
    Shape out = in.with_extent(down, size[0]);
    if (in.rank() == 3)
      out = out.with_extent(in.channel_axis() == 2 ? 1 : 2, size[1]);
    else
      require(in.rank() == 2 && size[1] == 1, "size",
              fmt::format("a value of {} has no columns; write [N, 1]", in.text()));
    at.set_output(out);
    at.layer.operation = resize;
  }
  ChannelUse channels(const LayerConfig&) const override { return ChannelUse::kept; }

 protected:
  /// Every error is spread over the places that it was made of.
  std::int64_t visited_back(const Layer& layer) const override { return layer.out.elements(); }
};

class TransposeKind : public SingleKind {
 public:
  void infer(const Inference& at) const override {
    const Shape& in = at.input(0);
    const std::vector<std::int32_t>& order = at.config.order;
    std::vector<std::int32_t> sorted = order;
    std::sort(sorted.begin(), sorted.end());
    bool all = static_cast<int>(order.size()) == in.rank();
    for (std::size_t i = 0; all && i < sorted.size(); ++i) all = sorted[i] == static_cast<std::int32_t>(i);
    require(all, "order", fmt::format("must name each axis of {} once, 0 to {}", in.text(), in.rank() - 1));
    std::vector<std::int64_t> extents;
    for (const std::int32_t axis : order) extents.push_back(in.extent(axis));
    // The channels stay innermost in memory when they move alone: then nothing is copied.
    const auto moved = std::find(order.begin(), order.end(), in.channel_axis());
    const auto last = static_cast<int>(order.size()) - 1;
    const bool same_order = others_in_order(order, in.channel_axis());
    at.layer.view = same_order;
    at.set_output({std::move(extents), same_order ? static_cast<int>(moved - order.begin()) : last});
    at.layer.operation = Transpose{{order.begin(), order.end()}};
  }

 private:
  static bool others_in_order(const std::vector<std::int32_t>& order, int channels) {
    std::vector<std::int32_t> others;
    std::copy_if(order.begin(), order.end(), std::back_inserter(others),
                 [&](std::int32_t axis) { return axis != channels; });
    return std::is_sorted(others.begin(), others.end());
  }
};

/// Values in logical order; a view where that is the order of memory before and after.
class ReshapeKind : public SingleKind {
 public:
  void infer(const Inference& at) const override {
    const Shape& in = at.input(0);
    std::vector<std::int64_t> extents = at.config.shape;
    require(!extents.empty() && extents.size() <= 7, "shape", "reshape needs 1 to 7 extents");
    std::int64_t known = 1, open = 0;
    for (const std::int64_t extent : extents) {
      if (extent > 0) known = bounded_product({known, extent});
      open += extent <= 0;
    }
    if (open == 1 && in.elements() % known == 0)
      for (std::int64_t& extent : extents)
        if (extent <= 0) extent = in.elements() / known;
    const bool fits = open == 0 ? known == in.elements() : open == 1 && in.elements() % known == 0;
    require(fits, "shape",
            fmt::format("[{}] does not hold the {} values of {}", text_of(at.config.shape), in.elements(),
                        in.text()));
    const int last = static_cast<int>(extents.size()) - 1;
    const Shape plain(extents, last);
    const int axis = at.axis(plain, last);
    at.set_output(plain.with_channel_axis(axis));
    at.layer.view = (in.is_plain() && at.layer.out.is_plain()) || channels_stay(in, at.layer.out);
    at.layer.operation = Reshape{};
  }

 private:
  /// The channels keep their number and what stands before them: the others lie in one order, whatever axes
  /// they are cut into.
  static bool channels_stay(const Shape& in, const Shape& out) {
    const auto before = [](const Shape& shape) {
      std::int64_t product = 1;
      for (int axis = 0; axis < shape.channel_axis(); ++axis) product *= shape.extent(axis);
      return product;
    };
    return in.channels() == out.channels() && before(in) == before(out);
  }

  static std::string text_of(const std::vector<std::int64_t>& extents) {
    std::vector<std::string> words;
    for (const std::int64_t extent : extents) words.push_back(std::to_string(extent));
    return base::join(words, ", ");
  }
};

/// A tensor of samples beside the network's input; nothing is computed.
class InputKind : public LayerKind {
 public:
  Arity arity(const LayerConfig&) const override { return {0, 0}; }
  void infer(const Inference& at) const override {
    const std::vector<std::int64_t>& extents = at.config.shape;
    require(!extents.empty() && extents.size() <= 7, "shape", "an input needs 1 to 7 extents");
    for (const std::int64_t extent : extents) require(extent > 0, "shape", "an input has no open extents");
    const int last = static_cast<int>(extents.size()) - 1;
    const Shape shape(extents, last);
    at.set_output(shape.with_channel_axis(at.axis(shape, last)));
    at.layer.operation = Reshape{};
  }
  void forward(StepState& s, int index) const override {
    Value& value = s.outputs(index)[0];
    if (value.now != kNone) return;  // it stays for passes that are repeated
    value.now = value.kept = s.tensor(index, "", TensorClass::input, s.layer(index).out,
                                      s.activation_bits(index), input_elements(s, {index, 0}));
  }
  void backward(StepState&, int) const override {}
};

/// A view in the order of memory: channels innermost.
class FlattenKind : public SingleKind {
 public:
  void infer(const Inference& at) const override {
    at.set_output(Shape::vector(at.input(0).elements()));
    at.layer.view = true;
    at.layer.operation = Reshape{};
  }
  ChannelUse channels(const LayerConfig&) const override { return ChannelUse::kept; }
};

}  // namespace

const LayerKind& slice_kind() {
  static const SliceKind kind;
  return kind;
}

const LayerKind& select_kind() {
  static const SelectKind kind;
  return kind;
}

const LayerKind& resize_kind() {
  static const ResizeKind kind;
  return kind;
}

const LayerKind& input_kind() {
  static const InputKind kind;
  return kind;
}

const LayerKind& pad_kind() {
  static const PadKind kind;
  return kind;
}

const LayerKind& transpose_kind() {
  static const TransposeKind kind;
  return kind;
}

const LayerKind& reshape_kind() {
  static const ReshapeKind kind;
  return kind;
}

const LayerKind& flatten_kind() {
  static const FlattenKind kind;
  return kind;
}

}  // namespace kiln::workload
