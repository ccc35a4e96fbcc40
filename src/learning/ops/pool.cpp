// SPDX-License-Identifier: MIT
// Pools over windows, and means over whole axes.
#include <algorithm>

#include "learning/ops/execute.h"
#include "learning/ops/layout.h"

namespace kiln::learning {

using workload::Derivative;
using workload::Role;
using workload::Shape;

void execute(const workload::Pool& pool, const Action& action, OpRun& run) {
  const workload::ConvShape& w = pool.window;
  PoolKernel& kernel = run.context().cache.pool(run.op().id, pool, run.samples());
  if (action.derivative == Derivative::input) {
    const std::vector<std::byte> none;
    const std::vector<std::byte>& places =
        run.reads(Role::index) ? run.context().tensors.places(run.input(Role::index), run.worker()) : none;
    const std::span<float> result = run.make(run.samples() * w.in_positions() * w.in_channels);
    kernel.backward(run.now().data(), result.data(), places);
    return run.take(result);
  }
  std::vector<std::byte>* places = run.writes(Role::index)
                                       ? &run.context().tensors.places(run.output(Role::index), run.worker())
                                       : nullptr;
  const std::span<float> result = run.make(run.samples() * w.out_positions() * w.in_channels);
  kernel.forward(run.now().data(), result.data(), places);
  run.take(result);
}

void execute(const workload::ReduceMean& mean, const Action& action, OpRun& run) {
  const bool back = action.derivative == Derivative::input;
  const Shape &in = run.layer().inputs[0], &out = run.layer().outputs[0];
  const IndexMap& map = run.context().cache.map(run.op().id, 0, [&] {
    const std::vector<std::int64_t> strides = strides_of(out);
    IndexMap to(static_cast<std::size_t>(in.elements()));
    for_places(in, [&](const std::vector<std::int64_t>& place, std::int64_t offset) {
      std::int64_t target = 0;
      for (int axis = 0; axis < in.rank(); ++axis)
        if (std::find(mean.axes.begin(), mean.axes.end(), axis) == mean.axes.end())
          target += place[static_cast<std::size_t>(axis)] * strides[static_cast<std::size_t>(axis)];
      to[static_cast<std::size_t>(offset)] = static_cast<std::int32_t>(target);
    });
    return to;
  });
  const float share = static_cast<float>(out.elements()) / static_cast<float>(in.elements());
  const auto outs = static_cast<std::size_t>(out.elements());
  const std::span<const float> from = run.now();
  const std::span<float> result = run.make(run.samples() * (back ? in : out).elements());
  if (!back) std::fill(result.begin(), result.end(), 0.0f);
  for (std::size_t s = 0; s < static_cast<std::size_t>(run.samples()); ++s)
    for (std::size_t i = 0; i < map.size(); ++i) {
      const std::size_t at = s * outs + static_cast<std::size_t>(map[i]);
      if (back)
        result[s * map.size() + i] = share * from[at];
      else
        result[at] += share * from[s * map.size() + i];
    }
  run.take(result);
}

}  // namespace kiln::learning
