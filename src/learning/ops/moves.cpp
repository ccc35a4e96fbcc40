// SPDX-License-Identifier: MIT
// What only moves values: each result has a map of where its values come from, made once.
#include <algorithm>

#include "base/error.h"
#include "learning/ops/execute.h"
#include "learning/ops/layout.h"

namespace kiln::learning {

using workload::Derivative;
using workload::Role;
using workload::Shape;

namespace {

using Place = std::vector<std::int64_t>;

std::int64_t offset_of(const Place& place, const std::vector<std::int64_t>& strides) {
  std::int64_t offset = 0;
  for (std::size_t i = 0; i < place.size(); ++i) offset += place[i] * strides[i];
  return offset;
}

/// `source(place)` gives the place in `in` of a value of `out`; an empty one is zero.
template <class Source>
IndexMap make_map(const Shape& in, const Shape& out, const Source& source) {
  const std::vector<std::int64_t> strides = strides_of(in);
  IndexMap map(static_cast<std::size_t>(out.elements()));
  for_places(out, [&](const Place& place, std::int64_t offset) {
    const Place from = source(place);
    map[static_cast<std::size_t>(offset)] =
        from.empty() ? kNowhere : static_cast<std::int32_t>(offset_of(from, strides));
  });
  return map;
}

void gather(const IndexMap& map, std::span<const float> in, std::int64_t samples, std::span<float> out) {
  const std::size_t from = in.size() / static_cast<std::size_t>(samples);
  for (std::size_t s = 0; s < static_cast<std::size_t>(samples); ++s)
    for (std::size_t i = 0; i < map.size(); ++i)
      out[s * map.size() + i] = map[i] == kNowhere ? 0.0f : in[s * from + static_cast<std::size_t>(map[i])];
}

/// The error of what `gather` read: sums, where a value was read several times.
void scatter(const IndexMap& map, std::span<const float> error, std::int64_t samples, std::span<float> in) {
  const std::size_t to = in.size() / static_cast<std::size_t>(samples);
  for (std::size_t s = 0; s < static_cast<std::size_t>(samples); ++s)
    for (std::size_t i = 0; i < map.size(); ++i)
      if (map[i] != kNowhere) in[s * to + static_cast<std::size_t>(map[i])] += error[s * map.size() + i];
}

/// An operation with one input and one output. `source(in)` gives the source of a place for that input.
template <class Make>
void move(const Action& action, OpRun& run, const Make& make) {
  const bool back = action.derivative == Derivative::input;
  const Shape &in = run.layer().inputs[0], &out = run.layer().outputs[0];
  const IndexMap& map =
      run.context().cache.map(run.op().id, 0, [&] { return make_map(in, out, make(in, out)); });
  const std::span<float> result = run.make(run.samples() * (back ? in : out).elements());
  if (back) {
    std::fill(result.begin(), result.end(), 0.0f);
    scatter(map, run.now(), run.samples(), result);
  } else {
    gather(map, run.now(), run.samples(), result);
  }
  run.take(result);
}

std::int64_t mirrored(std::int64_t place, std::int64_t extent) {
  if (place < 0) return -place;
  return place >= extent ? 2 * (extent - 1) - place : place;
}

/// Places of the part of a whole that begins at `first` along `axis`.
IndexMap part_map(const Shape& whole, const Shape& part, int axis, std::int64_t first) {
  return make_map(whole, part, [&](Place place) {
    place[static_cast<std::size_t>(axis)] += first;
    return place;
  });
}

/// `each(number, map)` for parts that lie behind one another along an axis of `whole`.
template <class Each>
void for_parts(OpRun& run, const Shape& whole, const std::vector<Shape>& parts, int axis, const Each& each) {
  std::int64_t first = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto number = static_cast<std::int32_t>(i);
    each(number, run.context().cache.map(run.op().id, number,
                                         [&] { return part_map(whole, parts[i], axis, first); }));
    first += parts[i].extent(axis);
  }
}

/// The errors of a concatenation's inputs. One that stands twice has one error, to which the second part is
/// added; what other readers passed to it is added once.
void pass_parts(OpRun& run, int axis) {
  const std::span<const float> error = run.now();
  std::vector<workload::TensorId> written;
  const LayerFacts& layer = run.layer();
  for_parts(run, layer.outputs[0], layer.inputs, axis, [&](std::int32_t number, const IndexMap& map) {
    if (!run.writes(Role::input_error, number)) return;
    const std::span<float> to = run.out(Role::input_error, number);
    std::vector<float> part(to.size());
    gather(map, error, run.samples(), part);
    const workload::TensorId id = run.output(Role::input_error, number);
    const workload::TensorId addend = find_operand(run.op().inputs, Role::addend, number);
    std::span<const float> before;
    if (std::find(written.begin(), written.end(), id) != written.end())
      before = to;
    else if (addend != workload::kNone)
      before = run.context().tensors.of(addend, run.worker());
    for (std::size_t i = 0; i < to.size(); ++i) to[i] = part[i] + (before.empty() ? 0.0f : before[i]);
    written.push_back(id);
  });
  run.wrote_results();
}

}  // namespace

void execute(const workload::Slice& slice, const Action& action, OpRun& run) {
  move(action, run, [&](const Shape& in, const Shape& out) {
    return [&, in, out](Place place) {
      // A token that is picked leaves a vector of its channels.
      if (out.rank() != in.rank()) {
        Place whole(static_cast<std::size_t>(in.rank()), 0);
        whole[static_cast<std::size_t>(in.channel_axis())] = place.front();
        place = std::move(whole);
      }
      std::int64_t& along = place[static_cast<std::size_t>(slice.axis)];
      along = slice.begin + along * slice.step;
      return place;
    };
  });
}

void execute(const workload::Pad& pad, const Action& action, OpRun& run) {
  move(action, run, [&](const Shape& in, const Shape&) {
    return [&, in](Place place) {
      int edge = 0;  // top first, then left
      for (int axis = 0; axis < in.rank(); ++axis) {
        if (axis == in.channel_axis()) continue;
        std::int64_t& along = place[static_cast<std::size_t>(axis)];
        along -= pad.padding.edges[static_cast<std::size_t>(edge++)];
        const std::int64_t extent = in.extent(axis);
        if (along >= 0 && along < extent) continue;
        if (pad.mode == workload::PadMode::zero) return Place();
        along = pad.mode == workload::PadMode::reflect ? mirrored(along, extent)
                                                       : std::clamp<std::int64_t>(along, 0, extent - 1);
      }
      return place;
    };
  });
}

namespace {

/// Up to two neighbours along one direction, and how much the second one counts.
struct Between {
  std::int64_t first, second;
  float share;
};

/// Centres of places on centres of places (ONNX's half_pixel); beyond the edge the edge.
Between between(std::int64_t place, std::int64_t in, std::int64_t out) {
  const double at =
      (static_cast<double>(place) + 0.5) * static_cast<double>(in) / static_cast<double>(out) - 0.5;
  const double held = std::clamp(at, 0.0, static_cast<double>(in - 1));
  const auto first = static_cast<std::int64_t>(held);
  return {first, std::min(first + 1, in - 1), static_cast<float>(held - static_cast<double>(first))};
}

/// `each(place in the result, place in the input, weight)` for one sample of so many channels.
template <class Each>
void for_neighbours(const workload::Resize& r, const Each& each) {
  for (std::int64_t y = 0; y < r.out_h; ++y)
    for (std::int64_t x = 0; x < r.out_w; ++x) {
      const std::int64_t to = y * r.out_w + x;
      if (r.interpolation == workload::Interpolation::nearest) {
        each(to, y * r.in_h / r.out_h * r.in_w + x * r.in_w / r.out_w, 1.0f);
        continue;
      }
      const Between down = between(y, r.in_h, r.out_h), across = between(x, r.in_w, r.out_w);
      const float v = down.share, h = across.share;
      each(to, down.first * r.in_w + across.first, (1 - v) * (1 - h));
      each(to, down.first * r.in_w + across.second, (1 - v) * h);
      each(to, down.second * r.in_w + across.first, v * (1 - h));
      each(to, down.second * r.in_w + across.second, v * h);
    }
}

}  // namespace

void execute(const workload::Resize& resize, const Action& action, OpRun& run) {
  if (resize.interpolation == workload::Interpolation::cubic)
    throw base::ConfigError(
        {}, "interpolation",
        fmt::format("{}: cubic interpolation is not executed on numbers; use linear", run.op().name));
  const bool back = action.derivative == Derivative::input;
  const std::int64_t in = resize.in_h * resize.in_w, out = resize.out_h * resize.out_w;
  const std::int64_t channels = run.layer().outputs[0].channels();
  const std::span<const float> from = run.now();
  const std::span<float> to = run.make(run.samples() * (back ? in : out) * channels);
  std::fill(to.begin(), to.end(), 0.0f);
  for (std::int64_t sample = 0; sample < run.samples(); ++sample)
    for_neighbours(resize, [&](std::int64_t large, std::int64_t small, float weight) {
      const std::int64_t source = (sample * (back ? out : in) + (back ? large : small)) * channels;
      const std::int64_t target = (sample * (back ? in : out) + (back ? small : large)) * channels;
      for (std::int64_t c = 0; c < channels; ++c) to[target + c] += weight * from[source + c];
    });
  run.take(to);
}

void execute(const workload::Transpose& transpose, const Action& action, OpRun& run) {
  move(action, run, [&](const Shape&, const Shape&) {
    return [&](const Place& place) {
      Place from(place.size());
      for (std::size_t i = 0; i < place.size(); ++i)
        from[static_cast<std::size_t>(transpose.order[i])] = place[i];
      return from;
    };
  });
}

void execute(const workload::Reshape&, const Action& action, OpRun& run) {
  move(action, run, [](const Shape& in, const Shape& out) {
    return [in, out](const Place& place) {
      std::int64_t index = 0;
      for (std::size_t i = 0; i < place.size(); ++i) index = index * out.extents()[i] + place[i];
      Place from(static_cast<std::size_t>(in.rank()));
      for (std::size_t i = from.size(); i-- > 0;) {
        from[i] = index % in.extents()[i];
        index /= in.extents()[i];
      }
      return from;
    };
  });
}

void execute(const workload::Concatenate& concatenate, const Action& action, OpRun& run) {
  if (action.derivative == Derivative::input) return pass_parts(run, concatenate.axis);
  const LayerFacts& layer = run.layer();
  const std::span<float> result = run.make(run.samples() * layer.outputs[0].elements());
  std::fill(result.begin(), result.end(), 0.0f);
  for_parts(run, layer.outputs[0], layer.inputs, concatenate.axis,
            [&](std::int32_t number, const IndexMap& map) {
              scatter(map, run.in(Role::data, number), run.samples(), result);
            });
  run.take(result);
}

void execute(const workload::Split& split, const Action& action, OpRun& run) {
  const LayerFacts& layer = run.layer();
  if (action.derivative == Derivative::none) {
    for_parts(run, layer.inputs[0], layer.outputs, split.axis, [&](std::int32_t number, const IndexMap& map) {
      gather(map, run.now(), run.samples(), run.out(Role::result, number));
    });
    return run.wrote_results();
  }
  const std::span<float> result = run.make(run.samples() * layer.inputs[0].elements());
  std::fill(result.begin(), result.end(), 0.0f);
  for_parts(run, layer.inputs[0], layer.outputs, split.axis, [&](std::int32_t number, const IndexMap& map) {
    if (run.reads(Role::error, number)) scatter(map, run.in(Role::error, number), run.samples(), result);
  });
  run.take(result);
}

}  // namespace kiln::learning
