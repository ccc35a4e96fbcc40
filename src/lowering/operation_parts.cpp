// SPDX-License-Identifier: MIT
#include "lowering/operation_parts.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "lowering/instance_tasks.h"

namespace kiln::lowering {

namespace {

constexpr std::size_t kLeastParts = 16;  // fewer leave too little to repeat
constexpr double kAlike = 0.01;

/// What a task moves, but not how much of it.
using Structure = std::vector<std::int64_t>;

Structure structure_of(const TileProgram& tile, const Task& task) {
  Structure structure{task.load_end - task.load_begin, static_cast<std::int64_t>(task.precision)};
  const auto add = [&](const Transfer& transfer) {
    structure.insert(structure.end(), {transfer.tensor, static_cast<std::int64_t>(transfer.home),
                                       static_cast<std::int64_t>(transfer.coding.site)});
  };
  for (std::uint32_t i = task.load_begin; i < task.load_end; ++i) add(tile.loads[i]);
  for (std::uint32_t i = task.store_begin; i < task.store_end; ++i) add(tile.stores[i]);
  return structure;
}

std::vector<Structure> structures_of(const TileProgram& tile, Tasks tasks) {
  std::vector<Structure> structures;
  for (const Task& task : tasks) structures.push_back(structure_of(tile, task));
  return structures;
}

/// The shortest distance at which a sequence is the same again (Knuth, Morris and Pratt 1977, section 2).
std::size_t period_of(const std::vector<Structure>& sequence) {
  std::vector<std::size_t> border(sequence.size(), 0);
  for (std::size_t i = 1; i < sequence.size(); ++i) {
    std::size_t k = border[i - 1];
    while (k > 0 && sequence[i] != sequence[k]) k = border[k - 1];
    border[i] = sequence[i] == sequence[k] ? k + 1 : 0;
  }
  return sequence.size() - border.back();
}

/// How an instance is cut: every tile's tasks into as many parts, the last one with what is left over.
struct Cut {
  std::size_t tasks = std::numeric_limits<std::size_t>::max();  ///< of a part
  std::size_t parts = 1;
  std::size_t part_of(std::size_t task) const { return std::min(task / tasks, parts - 1); }
};

/// How much tasks compute and move.
using Amounts = std::array<double, 5>;

Amounts amounts_of(const TileProgram& tile, Tasks tasks) {
  Amounts sums{};
  for (const Task& task : tasks) {
    sums[0] += static_cast<double>(task.macs);
    sums[1] += static_cast<double>(task.vector_ops);
    sums[2] += static_cast<double>(task.compute_cycles());
    for (std::uint32_t i = task.load_begin; i < task.load_end; ++i)
      sums[3] += static_cast<double>(tile.loads[i].bytes);
    for (std::uint32_t i = task.store_begin; i < task.store_end; ++i)
      sums[4] += static_cast<double>(tile.stores[i].bytes);
  }
  return sums;
}

bool within(const Amounts& amounts, const Amounts& of) {
  for (std::size_t i = 0; i < of.size(); ++i)
    if (std::abs(amounts[i] - of[i]) > kAlike * of[i]) return false;
  return true;
}

/// Cuts long operations.
class Cutting {
 public:
  Cutting(const LoweredStep& step, std::uint64_t part_bytes)
      : step_(step), index_(step), part_bytes_(part_bytes) {}

  Cut cut_of(std::int32_t instance) const {
    const std::uint64_t bytes = index_.bytes(instance, instance + 1);
    if (bytes < kLeastParts * part_bytes_) return {};
    std::size_t tasks = std::numeric_limits<std::size_t>::max(), shortest = 0;
    for (std::size_t t = 0; t < step_.tiles.size(); ++t) {
      const std::size_t own = index_.of(t, instance).size();
      if (own == 0 || own >= tasks) continue;
      tasks = own;
      shortest = t;
    }
    if (tasks < 4 * kLeastParts) return {};
    // Some tasks that are most often in the midst of a row of blocks, however many rows there are.
    const Tasks middle = index_.of(shortest, instance).subspan(tasks * 55 / 144, tasks / (2 * kLeastParts));
    const std::size_t period = period_of(structures_of(step_.tiles[shortest], middle));
    const double periods = static_cast<double>(part_bytes_) / static_cast<double>(bytes) *
                           static_cast<double>(tasks) / static_cast<double>(period);
    const std::size_t of_part = period * std::max<std::size_t>(1, static_cast<std::size_t>(periods));
    if (tasks / of_part < kLeastParts) return {};
    return {of_part, tasks / of_part};
  }

  /// Whether a part of an instance is like its second one on all tiles: the first and the last begin and end
  /// the operation, others a row of blocks.
  bool is_like_second(std::int32_t instance, const Cut& cut, std::size_t part) const {
    for (std::size_t t = 0; t < step_.tiles.size(); ++t) {
      const TileProgram& tile = step_.tiles[t];
      const Tasks all = index_.of(t, instance);
      if (all.empty()) continue;
      const Tasks second = all.subspan(cut.tasks, cut.tasks),
                  tasks = all.subspan(part * cut.tasks, cut.tasks);
      if (!within(amounts_of(tile, tasks), amounts_of(tile, second)) ||
          structures_of(tile, tasks) != structures_of(tile, second))
        return false;
    }
    return true;
  }

 private:
  const LoweredStep& step_;
  InstanceTasks index_;
  std::uint64_t part_bytes_;
};

/// Writes programs with the new numbers.
class Renumbering {
 public:
  Renumbering(const std::vector<Cut>& cuts, const std::vector<std::int32_t>& last_part)
      : cuts_(cuts), last_part_(last_part) {}

  void renumber(TileProgram& tile) const {
    for (Transfer& load : tile.loads) load.after = renumbered(load.after);
    for (Transfer& store : tile.stores) store.after = renumbered(store.after);
    std::size_t in_instance = 0;
    std::int32_t present = -1;
    for (Task& task : tile.tasks) {
      in_instance = task.instance == present ? in_instance + 1 : 0;
      present = task.instance;
      const Cut& cut = cuts_[static_cast<std::size_t>(present)];
      const std::size_t part = cut.part_of(in_instance);
      task.last_of_op = task.last_of_op || cut.part_of(in_instance + 1) != part;
      task.after = renumbered(task.after);
      task.instance =
          last_part_[static_cast<std::size_t>(present)] - static_cast<std::int32_t>(cut.parts - 1 - part);
    }
  }

 private:
  Dependency renumbered(Dependency dependency) const {
    if (dependency.instance >= 0)
      dependency.instance = last_part_[static_cast<std::size_t>(dependency.instance)];
    return dependency;
  }

  const std::vector<Cut>& cuts_;
  const std::vector<std::int32_t>& last_part_;
};

}  // namespace

std::optional<StepInParts> in_parts(const LoweredStep& step, std::uint64_t part_bytes) {
  const Cutting cutting(step, part_bytes);
  std::vector<Cut> cuts;
  StepInParts result;
  for (std::int32_t i = 0; i < step.instances; ++i) {
    const Cut& cut = cuts.emplace_back(cutting.cut_of(i));
    for (std::size_t part = 0; part < cut.parts; ++part) {
      const bool is_inner = part > 0 && part + 1 < cut.parts;
      result.likeness.push_back(is_inner && cutting.is_like_second(i, cut, part) ? i : -1);
    }
    result.last_part.push_back(static_cast<std::int32_t>(result.likeness.size()) - 1);
  }
  if (result.likeness.size() == cuts.size()) return {};
  result.step = step;
  result.step.instances = static_cast<std::int32_t>(result.likeness.size());
  result.step.op_of_instance.clear();
  result.step.participants.clear();
  for (std::size_t i = 0; i < cuts.size(); ++i) {
    result.step.op_of_instance.insert(result.step.op_of_instance.end(), cuts[i].parts,
                                      step.op_of_instance[i]);
    result.step.participants.insert(result.step.participants.end(), cuts[i].parts, step.participants[i]);
  }
  const Renumbering numbers(cuts, result.last_part);
  for (TileProgram& tile : result.step.tiles) numbers.renumber(tile);
  return result;
}

}  // namespace kiln::lowering
