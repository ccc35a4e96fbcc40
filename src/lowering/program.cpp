// SPDX-License-Identifier: MIT
#include "lowering/program.h"

namespace kiln::lowering {

namespace {

template <class Match>
std::uint64_t sum_bytes(const std::vector<TileProgram>& tiles, bool stores, Match match) {
  std::uint64_t sum = 0;
  for (const TileProgram& tile : tiles)
    for (const Transfer& transfer : stores ? tile.stores : tile.loads)
      if (match(transfer)) sum += transfer.bytes;
  return sum;
}

}  // namespace

std::uint64_t LoweredStep::bytes(Home home, bool stores) const {
  return sum_bytes(tiles, stores, [&](const Transfer& t) { return t.home == home; });
}

std::uint64_t LoweredStep::bytes(workload::TensorClass cls, bool stores) const {
  return sum_bytes(tiles, stores, [&](const Transfer& t) { return t.cls == cls; });
}

std::int64_t LoweredStep::macs() const {
  std::int64_t sum = 0;
  for (const TileProgram& tile : tiles)
    for (const Task& task : tile.tasks) sum += task.macs + task.gated_macs;
  return sum;
}

}  // namespace kiln::lowering
