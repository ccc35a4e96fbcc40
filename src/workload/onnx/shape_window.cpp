// SPDX-License-Identifier: MIT
// Convolutions, pools, padding and resizing.
#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "workload/onnx/shape_rules.h"
#include "workload/onnx/window_of.h"

namespace kiln::workload::onnx {
namespace {

constexpr std::int64_t kLargestExtent = std::int64_t{1} << 40;

void check_extent(std::int64_t extent, std::string_view what) {
  if (extent < 1 || extent > kLargestExtent) refuse(fmt::format("{} of {}", what, extent));
}

void conv(Shaper& s) {
  const Dims& in = s.dims(0);
  const Dims& weight = s.dims(1);
  if (in.size() < 3 || weight.size() != in.size())
    refuse(fmt::format("a map of {} and weights of {}", text_of(in), text_of(weight)));
  const NodeWindow window = window_of(s, {weight.begin() + 2, weight.end()});
  if (in[1] != elements_of({weight[1], window.groups}))
    refuse(fmt::format("{} channels, weights of {} in {} groups", in[1], text_of(weight), window.groups));
  Dims out{in[0], weight[0]};
  out.insert(out.end(), window.out.begin(), window.out.end());
  s.set(0, std::move(out), s.in(0).batch_axis);
}

void conv_transpose(Shaper& s) {
  const Dims& in = s.dims(0);
  const Dims& weight = s.dims(1);
  if (in.size() < 3 || weight.size() != in.size() || in[1] != weight[0])
    refuse(fmt::format("a map of {} and weights of {}", text_of(in), text_of(weight)));
  const NodeWindow window = transposed_window_of(s, {weight.begin() + 2, weight.end()});
  Dims out{in[0], elements_of({weight[1], window.groups})};
  out.insert(out.end(), window.out.begin(), window.out.end());
  s.set(0, std::move(out), s.in(0).batch_axis);
}

void pool(Shaper& s) {
  const Dims& in = s.dims(0);
  const NodeWindow window = window_of(s, s.attributes().integers("kernel_shape"));
  Dims out{in[0], in[1]};
  out.insert(out.end(), window.out.begin(), window.out.end());
  s.set(0, out, s.in(0).batch_axis);
  s.set(1, std::move(out), ElementType::int64, s.in(0).batch_axis);
}

void global_pool(Shaper& s) {
  Dims out = s.dims(0);
  if (out.size() < 3) refuse(fmt::format("reads a map, not {}", text_of(out)));
  std::fill(out.begin() + 2, out.end(), 1);
  s.set(0, std::move(out), s.in(0).batch_axis);
}

void pad(Shaper& s) {
  Dims out = s.dims(0);
  const std::vector<std::int64_t> pads = edges_of_pad(s);
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] += pads[i] + pads[i + out.size()];
    check_extent(out[i], "an axis padded to an extent");
  }
  s.set(0, std::move(out), s.in(0).batch_axis);
}

std::vector<std::int64_t> axes_or_all(const Shaper& s) {
  std::vector<std::int64_t> axes = s.attributes().integers("axes");
  if (axes.empty())
    for (int i = 0; i < s.rank(0); ++i) axes.push_back(i);
  return axes;
}

/// Upsample has `scales` as attribute or input 1; Resize-10 as input 1; later ones scales 2, sizes 3.
void resize(Shaper& s) {
  Dims out = s.dims(0);
  const bool late = s.node().op == "Resize" && s.node().opset >= 11;
  const std::vector<std::int64_t> axes = axes_or_all(s);
  const std::size_t scales_at = late ? 2 : 1;
  if (late && s.has(3)) {
    const std::vector<std::int64_t> sizes = s.known_integers(3, "sizes");
    if (sizes.size() != axes.size()) refuse(fmt::format("{} sizes for {} axes", sizes.size(), axes.size()));
    for (std::size_t i = 0; i < axes.size(); ++i)
      out[static_cast<std::size_t>(Shaper::axis(axes[i], s.rank(0)))] = sizes[i];
  } else {
    std::vector<double> scales;
    if (s.has(scales_at)) {
      const Constant& known = s.known(scales_at, "scales");
      for (std::size_t i = 0; i < known.size(); ++i) scales.push_back(known.number(i));
    } else if (const Attribute* attribute = s.attributes().find("scales"); attribute != nullptr) {
      for (const float scale : reals_of(*attribute)) scales.push_back(static_cast<double>(scale));
    }
    if (scales.size() != axes.size())
      refuse(fmt::format("{} scales for {} axes", scales.size(), axes.size()));
    for (std::size_t i = 0; i < axes.size(); ++i) {
      std::int64_t& extent = out[static_cast<std::size_t>(Shaper::axis(axes[i], s.rank(0)))];
      const double scaled = std::floor(static_cast<double>(extent) * scales[i]);
      if (!(scaled >= 1 && scaled <= static_cast<double>(kLargestExtent))) refuse("a scale out of range");
      extent = static_cast<std::int64_t>(scaled);
    }
  }
  for (const std::int64_t extent : out) check_extent(extent, "an axis resized to an extent");
  s.set(0, std::move(out), s.in(0).batch_axis);
}

void depth_space(Shaper& s) {
  const Dims& in = s.dims(0);
  const std::int64_t block = s.attributes().integer("blocksize", 0);
  if (in.size() != 4 || block < 1 || block > 1024)
    refuse(fmt::format("{} with blocks of {}", text_of(in), block));
  const bool to_space = s.node().op == "DepthToSpace";
  if (to_space ? in[1] % (block * block) != 0 : in[2] % block != 0 || in[3] % block != 0)
    refuse(fmt::format("{} with blocks of {}", text_of(in), block));
  const auto times = [&](std::int64_t extent, std::int64_t factor) { return elements_of({extent, factor}); };
  if (to_space)
    s.set(0, {in[0], in[1] / (block * block), times(in[2], block), times(in[3], block)}, s.in(0).batch_axis);
  else
    s.set(0, {in[0], times(in[1], block * block), in[2] / block, in[3] / block}, s.in(0).batch_axis);
}

}  // namespace

std::vector<std::int64_t> edges_of_pad(const Shaper& s) {
  const std::size_t rank = s.dims(0).size();
  const std::vector<std::int64_t> written = s.integers("pads", 1);
  std::vector<std::int64_t> axes;
  if (s.has(3)) axes = s.known_integers(3, "axes");
  if (axes.empty())
    for (std::size_t i = 0; i < rank; ++i) axes.push_back(static_cast<std::int64_t>(i));
  if (written.size() != 2 * axes.size())
    refuse(fmt::format("{} pads for {} axes", written.size(), axes.size()));
  std::vector<std::int64_t> pads(2 * rank, 0);
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const auto axis = static_cast<std::size_t>(Shaper::axis(axes[i], static_cast<int>(rank)));
    for (const std::size_t side : {std::size_t{0}, rank}) {
      const std::int64_t edge = written[i + (side == 0 ? 0 : axes.size())];
      if (edge < -kLargestExtent || edge > kLargestExtent) refuse(fmt::format("a pad of {}", edge));
      pads[axis + side] = edge;
    }
  }
  return pads;
}

ShapeRule window_rule(std::string_view op) {
  if (op == "Conv" || op == "ConvInteger") return conv;
  if (op == "ConvTranspose") return conv_transpose;
  if (op == "MaxPool" || op == "AveragePool" || op == "LpPool") return pool;
  if (op == "GlobalAveragePool" || op == "GlobalMaxPool" || op == "GlobalLpPool") return global_pool;
  if (op == "Pad") return pad;
  if (op == "Resize" || op == "Upsample") return resize;
  if (op == "DepthToSpace" || op == "SpaceToDepth") return depth_space;
  return nullptr;
}

}  // namespace kiln::workload::onnx
