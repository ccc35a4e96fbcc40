// SPDX-License-Identifier: MIT
// Tasks of operations that stream through their tensors once: vector operations, depthwise convolutions,
// COMPRESS. Internal to lowering.
#pragma once

#include "lowering/task_writer.h"

namespace kiln::lowering {

/// Chunks of a stream of `bytes`: small enough for double buffering in `capacity`, enough of them to overlap,
/// none tiny.
std::int64_t chunks_for(std::uint64_t bytes, std::uint64_t capacity);

class StreamTasks {
 public:
  StreamTasks(const StepPlan& plan, const TaskWriter& tasks, Costing& costing)
      : plan_(plan), tasks_(tasks), costing_(costing) {}

  void emit(const TilePart& part, const Flows& flows);

 private:
  /// One chunk's part of a depthwise convolution on the array.
  void add_depthwise_work(const TilePart& part, Task& task, std::int64_t chunk, std::int64_t chunks);

  const StepPlan& plan_;
  const TaskWriter& tasks_;
  Costing& costing_;
};

}  // namespace kiln::lowering
