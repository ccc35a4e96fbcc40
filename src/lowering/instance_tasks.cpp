// SPDX-License-Identifier: MIT
#include "lowering/instance_tasks.h"

#include <algorithm>

#include "base/hash.h"

namespace kiln::lowering {

namespace {

/// A value that the backward pass keeps, which of some blocks are checkpoints, moves as any other.
workload::TensorClass as_moved(workload::TensorClass cls) {
  return cls == workload::TensorClass::saved ? workload::TensorClass::activation : cls;
}

/// Of all that a task or transfer says but for names, addresses and dependencies.
class Fingerprint {
 public:
  void add(const TileProgram& tile, const Task& task) {
    add(task);
    for (std::uint32_t i = task.load_begin; i < task.load_end; ++i) add(tile.loads[i]);
    for (std::uint32_t i = task.store_begin; i < task.store_end; ++i) add(tile.stores[i]);
  }
  void add(std::size_t tile) {
    const std::size_t numbers[] = {tile};
    mix(numbers);
  }
  std::string text() const { return hasher_.hash(); }

 private:
  void add(const Task& task) {
    const std::int64_t numbers[] = {task.array_cycles,
                                    task.vector_cycles,
                                    task.codec_cycles,
                                    task.macs,
                                    task.gated_macs,
                                    task.skipped_macs,
                                    static_cast<std::int64_t>(task.phase),
                                    static_cast<std::int64_t>(task.precision),
                                    task.sram_read_bytes,
                                    task.sram_write_bytes,
                                    task.accumulator_read_bytes,
                                    task.accumulator_write_bytes,
                                    task.vector_ops,
                                    task.codec_elements,
                                    task.codec_compares,
                                    task.residual_bytes,
                                    task.first_of_op,
                                    task.last_of_op,
                                    task.load_end - task.load_begin,
                                    task.store_end - task.store_begin};
    mix(numbers);
  }
  void add(const Transfer& transfer) {
    const std::uint64_t numbers[] = {static_cast<std::uint64_t>(transfer.home),
                                     static_cast<std::uint64_t>(as_moved(transfer.cls)),
                                     transfer.bytes,
                                     transfer.wire_bytes,
                                     static_cast<std::uint64_t>(transfer.coding.site),
                                     transfer.coding.plain_bytes,
                                     transfer.codec_state};
    mix(numbers);
  }
  template <class T, std::size_t n>
  void mix(const T (&numbers)[n]) {
    hasher_.add({reinterpret_cast<const char*>(numbers), sizeof numbers});
  }
  base::ContentHasher hasher_;
};

}  // namespace

InstanceTasks::InstanceTasks(const LoweredStep& step) : step_(step) {
  const auto instances = static_cast<std::size_t>(step.instances);
  for (const TileProgram& tile : step.tiles) {
    std::vector<std::size_t>& begins = begins_.emplace_back();
    for (std::size_t t = 0; t < tile.tasks.size(); ++t)
      begins.resize(std::max(begins.size(), static_cast<std::size_t>(tile.tasks[t].instance) + 1), t);
    begins.resize(instances + 1, tile.tasks.size());
  }
}

Tasks InstanceTasks::of(std::size_t tile, std::int32_t instance) const {
  const std::vector<std::size_t>& begins = begins_[tile];
  const auto i = static_cast<std::size_t>(instance);
  return Tasks(step_.tiles[tile].tasks).subspan(begins[i], begins[i + 1] - begins[i]);
}

std::uint64_t InstanceTasks::bytes(std::int32_t begin, std::int32_t end) const {
  std::uint64_t bytes = 0;
  for (std::size_t t = 0; t < step_.tiles.size(); ++t)
    for (std::int32_t i = begin; i < end; ++i)
      for (const Task& task : of(t, i)) {
        for (std::uint32_t k = task.load_begin; k < task.load_end; ++k)
          bytes += step_.tiles[t].loads[k].bytes;
        for (std::uint32_t k = task.store_begin; k < task.store_end; ++k)
          bytes += step_.tiles[t].stores[k].bytes;
      }
  return bytes;
}

std::string InstanceTasks::fingerprint(std::int32_t instance) const {
  Fingerprint print;
  for (std::size_t tile = 0; tile < step_.tiles.size(); ++tile) {
    print.add(tile);
    for (const Task& task : of(tile, instance)) print.add(step_.tiles[tile], task);
  }
  return print.text();
}

}  // namespace kiln::lowering
