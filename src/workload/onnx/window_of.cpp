// SPDX-License-Identifier: MIT
#include "workload/onnx/window_of.h"

#include <algorithm>

#include "base/ceil_div.h"
#include "base/error.h"

namespace kiln::workload::onnx {
namespace {

constexpr std::int64_t kMost = std::int64_t{1} << 31;

std::vector<std::int64_t> per_direction(const Shaper& s, std::string_view name, std::size_t directions,
                                        std::int64_t fallback, std::int64_t least) {
  std::vector<std::int64_t> list = s.attributes().integers(name);
  if (list.empty()) list.assign(directions, fallback);
  if (list.size() != directions)
    refuse(fmt::format("{} has {} numbers for {} directions", name, list.size(), directions));
  for (const std::int64_t number : list)
    if (number < least || number > kMost) refuse(fmt::format("{} of {}", name, number));
  return list;
}

/// What `same` or `valid` and the two ends of `pads` leave to be added.
NodeWindow written(const Shaper& s, std::vector<std::int64_t> kernel) {
  const Dims& in = s.dims(0);
  const std::size_t directions = in.size() - 2;
  if (in.size() < 3 || kernel.size() != directions)
    refuse(fmt::format("a kernel of {} over a map of {}", text_of(kernel), text_of(in)));
  NodeWindow window;
  for (const std::int64_t extent : kernel)
    if (extent < 1 || extent > kMost) refuse(fmt::format("a kernel of {}", text_of(kernel)));
  for (const std::int64_t extent : in)
    if (extent < 1 || extent > kMost) refuse(fmt::format("a map of {}", text_of(in)));
  window.kernel = std::move(kernel);
  window.strides = per_direction(s, "strides", directions, 1, 1);
  window.dilations = per_direction(s, "dilations", directions, 1, 1);
  window.groups = s.attributes().integer("group", 1);
  if (window.groups < 1 || window.groups > kMost) refuse(fmt::format("{} groups", window.groups));
  const std::vector<std::int64_t> pads = per_direction(s, "pads", 2 * directions, 0, 0);
  window.begins.assign(pads.begin(), pads.begin() + static_cast<std::ptrdiff_t>(directions));
  window.ends.assign(pads.begin() + static_cast<std::ptrdiff_t>(directions), pads.end());
  return window;
}

/// Splits what is padded in all: the odd one at the end, or at the beginning.
void split(NodeWindow& window, std::size_t i, std::int64_t all, bool odd_first) {
  window.begins[i] = odd_first ? (all + 1) / 2 : all / 2;
  window.ends[i] = all - window.begins[i];
}

}  // namespace

NodeWindow window_of(const Shaper& s, std::vector<std::int64_t> kernel) {
  NodeWindow window = written(s, std::move(kernel));
  const Dims& in = s.dims(0);
  const std::string mode = s.attributes().text("auto_pad", "NOTSET");
  const bool ceil = s.attributes().integer("ceil_mode", 0) != 0;
  for (std::size_t i = 0; i < window.kernel.size(); ++i) {
    const std::int64_t extent = in[i + 2], stride = window.strides[i];
    if (mode == "SAME_UPPER" || mode == "SAME_LOWER") {
      const std::int64_t out = base::ceil_div(extent, stride);
      split(window, i, std::max<std::int64_t>(0, (out - 1) * stride + window.reach(i) - extent),
            mode == "SAME_LOWER");
    } else if (mode == "VALID") {
      split(window, i, 0, false);
    } else if (mode != "NOTSET") {
      refuse(fmt::format("auto_pad '{}'", mode));
    }
    const std::int64_t room = extent + window.begins[i] + window.ends[i] - window.reach(i);
    if (room < 0)
      refuse(fmt::format("a kernel that reaches over {} of an axis of {}", window.reach(i), extent));
    std::int64_t out = (room + (ceil ? stride - 1 : 0)) / stride + 1;
    if (ceil && (out - 1) * stride >= extent + window.begins[i]) --out;
    window.out.push_back(out);
  }
  return window;
}

NodeWindow transposed_window_of(const Shaper& s, std::vector<std::int64_t> kernel) {
  NodeWindow window = written(s, std::move(kernel));
  const Dims& in = s.dims(0);
  const std::size_t directions = window.kernel.size();
  const std::vector<std::int64_t> extra = per_direction(s, "output_padding", directions, 0, 0);
  std::vector<std::int64_t> wanted = s.attributes().integers("output_shape");
  if (wanted.size() == in.size()) wanted.erase(wanted.begin(), wanted.begin() + 2);
  if (!wanted.empty() && wanted.size() != directions) refuse("output_shape does not fit");
  for (const std::int64_t extent : wanted)
    if (extent < 1 || extent > kMost) refuse(fmt::format("output_shape of {}", text_of(wanted)));
  const std::string mode = s.attributes().text("auto_pad", "NOTSET");
  for (std::size_t i = 0; i < directions; ++i) {
    const std::int64_t whole = window.strides[i] * (in[i + 2] - 1) + extra[i] + window.reach(i);
    if (!wanted.empty())
      split(window, i, std::max<std::int64_t>(0, whole - wanted[i]), mode != "SAME_UPPER");
    else if (mode == "SAME_UPPER" || mode == "SAME_LOWER")
      split(window, i, std::max<std::int64_t>(0, whole - in[i + 2] * window.strides[i]),
            mode == "SAME_LOWER");
    const std::int64_t out = wanted.empty() ? whole - window.begins[i] - window.ends[i] : wanted[i];
    if (out < 1 || out > kMost) refuse(fmt::format("a result of {} rows or columns", out));
    window.out.push_back(out);
  }
  return window;
}

}  // namespace kiln::workload::onnx
