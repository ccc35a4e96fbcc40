// SPDX-License-Identifier: MIT
// Operators that move, cut, join or count values.
#include <algorithm>

#include "base/ceil_div.h"
#include "base/error.h"
#include "workload/onnx/shape_rules.h"
#include "workload/onnx/slice_of.h"

namespace kiln::workload::onnx {
namespace {

/// The axis of the samples behind a change of the extents in front of and behind it: the first axis of extent
/// 1 with the same number of elements before it.
int moved_batch(const Dims& in, int batch, const Dims& out) {
  if (batch < 0) return -1;
  const std::int64_t before = product_before(in, batch);
  std::int64_t passed = 1;
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (passed == before && out[i] == 1) return static_cast<int>(i);
    passed *= out[i];
  }
  return -1;
}

void set_reshaped(Shaper& s, Dims out) {
  const int batch = moved_batch(s.dims(0), s.in(0).batch_axis, out);
  s.set(0, std::move(out), batch);
}

/// One extent may be open (-1); what was written for more samples holds one.
Dims resolved(Shaper& s, Dims out) {
  const std::int64_t all = elements_of(s.dims(0));
  const auto product = [&] {
    std::int64_t known = 1;
    for (const std::int64_t extent : out) {
      if (extent < -1) refuse(fmt::format("an extent of {}", extent));
      if (extent > 0 && known > (std::int64_t{1} << 62) / extent) refuse("extents out of range");
      known *= extent < 0 ? 1 : extent;
    }
    return known;
  };
  const auto open = std::count(out.begin(), out.end(), -1);
  if (open > 1) refuse(fmt::format("more than one open extent in {}", text_of(out)));
  const auto fits = [&](std::int64_t known) {
    return open == 0 ? known == all : known > 0 && all % known == 0;
  };
  const std::int64_t samples = s.graph().file_batch;
  if (samples > 1 && !s.in(0).fixed && s.in(0).batch_axis >= 0 && !out.empty() && out[0] > 0 &&
      out[0] % samples == 0)
    out[0] /= samples;
  const std::int64_t known = product();
  if (!fits(known)) refuse(fmt::format("{} values do not fill {}", all, text_of(out)));
  for (std::int64_t& extent : out)
    if (extent < 0) extent = all / known;
  return out;
}

void reshape(Shaper& s) {
  Dims out = s.has(1) ? s.known_integers(1, "shape") : s.attributes().integers("shape");
  const bool zero_is_zero = s.attributes().integer("allowzero", 0) != 0;
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (out[i] != 0 || zero_is_zero) continue;
    if (i >= s.dims(0).size()) refuse("an extent of 0 behind the last axis");
    out[i] = s.dims(0)[i];
  }
  set_reshaped(s, resolved(s, std::move(out)));
}

void flatten(Shaper& s) {
  const Dims& in = s.dims(0);
  const std::int64_t written = s.attributes().integer("axis", 1);
  const std::int64_t axis = written < 0 ? written + s.rank(0) : written;
  if (axis < 0 || axis > s.rank(0)) refuse(fmt::format("axis {}", written));
  const auto at = in.begin() + axis;
  set_reshaped(s, {elements_of({in.begin(), at}), elements_of({at, in.end()})});
}

void transpose(Shaper& s) {
  const Dims& in = s.dims(0);
  const std::vector<std::int64_t> order = order_of(s);
  Dims out;
  int batch = -1;
  for (std::size_t i = 0; i < order.size(); ++i) {
    out.push_back(in[static_cast<std::size_t>(order[i])]);
    if (order[i] == s.in(0).batch_axis) batch = static_cast<int>(i);
  }
  s.set(0, std::move(out), batch);
}

void squeeze(Shaper& s) {
  const Dims& in = s.dims(0);
  std::vector<bool> gone(in.size(), false);
  const std::vector<std::int64_t> axes = s.integers("axes", 1);
  for (const std::int64_t axis : axes) gone[static_cast<std::size_t>(Shaper::axis(axis, s.rank(0)))] = true;
  Dims out;
  int batch = -1;
  for (std::size_t i = 0; i < in.size(); ++i) {
    if (axes.empty() ? in[i] == 1 : gone[i]) {
      if (in[i] != 1) refuse(fmt::format("an axis of {} cannot go", in[i]));
      continue;
    }
    if (static_cast<int>(i) == s.in(0).batch_axis) batch = static_cast<int>(out.size());
    out.push_back(in[i]);
  }
  s.set(0, std::move(out), batch);
}

void unsqueeze(Shaper& s) {
  const Dims& in = s.dims(0);
  const std::vector<std::int64_t> axes = s.integers("axes", 1);
  if (in.size() + axes.size() > Limits{}.rank) refuse("too many axes");
  const int rank = s.rank(0) + static_cast<int>(axes.size());
  std::vector<bool> added(static_cast<std::size_t>(rank), false);
  for (const std::int64_t axis : axes) added[static_cast<std::size_t>(Shaper::axis(axis, rank))] = true;
  if (std::count(added.begin(), added.end(), true) != static_cast<std::ptrdiff_t>(axes.size()))
    refuse("an axis is added twice");
  Dims out;
  int batch = -1;
  std::size_t next = 0;
  for (int i = 0; i < rank; ++i) {
    if (!added[static_cast<std::size_t>(i)] && static_cast<int>(next) == s.in(0).batch_axis) batch = i;
    out.push_back(added[static_cast<std::size_t>(i)] ? 1 : in[next++]);
  }
  s.set(0, std::move(out), batch);
}

void concat(Shaper& s) {
  Dims out = s.dims(0);
  const int axis = s.axis("axis", 1, s.rank(0));
  int batch = -1;
  for (std::size_t i = 0; i < s.node().inputs.size(); ++i) {
    const Dims& other = s.dims(i);
    if (other.size() != out.size()) refuse(fmt::format("{} beside {}", text_of(out), text_of(other)));
    for (std::size_t k = 0; k < out.size(); ++k)
      if (static_cast<int>(k) != axis && other[k] != out[k])
        refuse(fmt::format("{} beside {}", text_of(out), text_of(other)));
    if (i > 0) out[static_cast<std::size_t>(axis)] += other[static_cast<std::size_t>(axis)];
    elements_of(out);  // throws before a sum overflows
    if (batch < 0 && !s.in(i).fixed) batch = s.in(i).batch_axis;
  }
  s.set(0, std::move(out), batch);
}

void split(Shaper& s) {
  const Dims& in = s.dims(0);
  const int axis = s.axis("axis", 0, s.rank(0));
  const auto at = static_cast<std::size_t>(axis);
  std::vector<std::int64_t> sizes = s.integers("split", 1);
  const auto parts = static_cast<std::int64_t>(s.node().outputs.size());
  if (sizes.empty()) {
    const std::int64_t size = base::ceil_div(in[at], parts);
    for (std::int64_t i = 0; i < parts; ++i) sizes.push_back(std::min(size, in[at] - i * size));
  }
  std::int64_t sum = 0;
  for (const std::int64_t size : sizes) {
    if (size < 0 || size > in[at]) refuse(fmt::format("a part of {} of an axis of {}", size, in[at]));
    sum += size;
  }
  if (static_cast<std::int64_t>(sizes.size()) != parts || sum != in[at])
    refuse(fmt::format("parts of {} for {} outputs and an axis of {}", text_of(sizes), parts, in[at]));
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    Dims out = in;
    out[at] = sizes[i];
    s.set(i, std::move(out), s.in(0).batch_axis);
  }
}

void slice(Shaper& s) {
  Dims out = s.dims(0);
  for (const AxisRange& range : ranges_of(s)) out[static_cast<std::size_t>(range.axis)] = range.count();
  s.set(0, std::move(out), s.in(0).batch_axis);
}

void gather(Shaper& s) {
  const Dims& in = s.dims(0);
  const Dims& indices = s.dims(1);
  const int axis = s.axis("axis", 0, s.rank(0));
  Dims out(in.begin(), in.begin() + axis);
  out.insert(out.end(), indices.begin(), indices.end());
  out.insert(out.end(), in.begin() + axis + 1, in.end());
  int batch = s.in(0).batch_axis;
  if (!s.in(0).fixed && batch > axis) batch += static_cast<int>(indices.size()) - 1;
  if (s.in(0).fixed) batch = s.in(1).batch_axis < 0 ? -1 : s.in(1).batch_axis + axis;
  s.set(0, std::move(out), batch);
}

void expand(Shaper& s) {
  const std::vector<std::int64_t> shape = s.known_integers(1, "shape");
  Dims out = s.dims(0);
  if (shape.size() > out.size()) out.insert(out.begin(), shape.size() - out.size(), 1);
  const int shift = static_cast<int>(out.size()) - s.rank(0);
  const int batch = s.in(0).batch_axis < 0 ? -1 : s.in(0).batch_axis + shift;
  for (std::size_t k = 0; k < shape.size(); ++k) {
    const std::size_t at = out.size() - shape.size() + k;
    std::int64_t wanted = shape[k];
    if (static_cast<int>(at) == batch && wanted == s.graph().file_batch) wanted = 1;
    if (wanted < 0) refuse(fmt::format("an extent of {}", wanted));
    if (out[at] == 1)
      out[at] = wanted;
    else if (wanted != 1 && wanted != out[at])
      refuse(fmt::format("{} cannot be repeated to {}", text_of(s.dims(0)), text_of(shape)));
  }
  s.set(0, std::move(out), batch);
}

void tile(Shaper& s) {
  const std::vector<std::int64_t> repeats = s.known_integers(1, "repeats");
  Dims out = s.dims(0);
  if (repeats.size() != out.size()) refuse("a repeat per axis is needed");
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (repeats[i] < 0 || repeats[i] > (std::int64_t{1} << 31)) refuse(fmt::format("{} repeats", repeats[i]));
    out[i] = elements_of({out[i], repeats[i]});
  }
  s.set(0, std::move(out), s.in(0).batch_axis);
}

void shape(Shaper& s) {
  const int rank = s.rank(0);
  const auto bound = [&](std::int64_t place) {
    return std::clamp<std::int64_t>(place < 0 ? place + rank : place, 0, rank);
  };
  const std::int64_t begin = bound(s.attributes().integer("start", 0));
  const std::int64_t end = bound(s.attributes().integer("end", rank));
  s.set(0, {std::max<std::int64_t>(0, end - begin)}, ElementType::int64, -1);
}

void constant_of_shape(Shaper& s) {
  Dims out = s.known_integers(0, "shape");
  ElementType type = ElementType::float32;
  if (const Attribute* value = s.attributes().find("value"); value != nullptr)
    if (const auto span = tensor_of(*value); span) type = ModelReader().tensor(*span).type;
  s.set(0, std::move(out), type, -1);
}

void range(Shaper& s) {
  const double begin = s.known_number(0, "start").number(0), end = s.known_number(1, "limit").number(0);
  const double step = s.known_number(2, "delta").number(0);
  const double count = step == 0 ? -1 : (end - begin) / step;
  if (!(count < 4e9) || step == 0) refuse("a range without end");
  const auto whole = static_cast<std::int64_t>(std::max(0.0, count));
  s.set(0, {whole + (static_cast<double>(whole) < count ? 1 : 0)}, -1);
}

void host(Shaper& s) {
  for (const ValueId output : s.node().outputs)
    if (output != kAbsent && !s.graph().value(output).dims)
      refuse("to be left to the host its result needs a shape in the file");
}

}  // namespace

std::vector<std::int64_t> order_of(const Shaper& s) {
  const int rank = s.rank(0);
  std::vector<std::int64_t> order = s.attributes().integers("perm");
  if (order.empty())
    for (int i = rank; i-- > 0;) order.push_back(i);
  std::vector<std::int64_t> sorted = order;
  std::sort(sorted.begin(), sorted.end());
  bool all = static_cast<int>(order.size()) == rank;
  for (std::size_t i = 0; all && i < sorted.size(); ++i) all = sorted[i] == static_cast<std::int64_t>(i);
  if (!all) refuse("perm has to name each axis once");
  return order;
}

std::int64_t AxisRange::count() const {
  const std::int64_t room = step > 0 ? end - begin : begin - end;
  const std::int64_t stride = step > 0 ? step : -step;
  return room <= 0 ? 0 : (room - 1) / stride + 1;
}

std::vector<AxisRange> ranges_of(const Shaper& s) {
  const bool inputs = s.has(1);
  const std::vector<std::int64_t> starts =
      inputs ? s.known_integers(1, "starts") : s.attributes().integers("starts");
  const std::vector<std::int64_t> ends =
      inputs ? s.known_integers(2, "ends") : s.attributes().integers("ends");
  std::vector<std::int64_t> axes =
      inputs && s.has(3) ? s.known_integers(3, "axes") : s.attributes().integers("axes");
  std::vector<std::int64_t> steps;
  if (inputs && s.has(4)) steps = s.known_integers(4, "steps");
  for (std::size_t i = axes.size(); axes.size() < starts.size(); ++i)
    axes.push_back(static_cast<std::int64_t>(i));
  if (steps.empty()) steps.assign(starts.size(), 1);
  if (ends.size() != starts.size() || axes.size() != starts.size() || steps.size() != starts.size())
    refuse("starts, ends, axes and steps of different lengths");
  std::vector<AxisRange> ranges;
  for (std::size_t i = 0; i < starts.size(); ++i) {
    const int axis = Shaper::axis(axes[i], s.rank(0));
    const std::int64_t extent = s.dims(0)[static_cast<std::size_t>(axis)];
    const std::int64_t step = steps[i];
    for (const AxisRange& other : ranges)
      if (other.axis == axis) refuse(fmt::format("axis {} is named twice", axes[i]));
    if (step == 0 || step == std::numeric_limits<std::int64_t>::min()) refuse("a step of 0");
    if (extent == 0) {
      ranges.push_back({axis, 0, 0, step});
      continue;
    }
    const auto bound = [&](std::int64_t place, std::int64_t low, std::int64_t high) {
      return std::clamp(place < 0 ? place + extent : place, low, high);
    };
    const std::int64_t begin = step > 0 ? bound(starts[i], 0, extent) : bound(starts[i], 0, extent - 1);
    const std::int64_t end = step > 0 ? bound(ends[i], 0, extent) : bound(ends[i], -1, extent - 1);
    ranges.push_back({axis, begin, end, step});
  }
  return ranges;
}

ShapeRule layout_rule(std::string_view op) {
  static const std::map<std::string_view, ShapeRule> rules = {
      {"Reshape", reshape},
      {"Flatten", flatten},
      {"Transpose", transpose},
      {"Squeeze", squeeze},
      {"Unsqueeze", unsqueeze},
      {"Concat", concat},
      {"Split", split},
      {"Slice", slice},
      {"Gather", gather},
      {"Expand", expand},
      {"Tile", tile},
      {"Shape", shape},
      {"Size", [](Shaper& s) { s.set(0, {}, ElementType::int64, -1); }},
      {"ConstantOfShape", constant_of_shape},
      {"Range", range},
      {"Host", host}};
  const auto found = rules.find(op);
  return found == rules.end() ? nullptr : found->second;
}

}  // namespace kiln::workload::onnx
