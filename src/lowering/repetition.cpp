// SPDX-License-Identifier: MIT
#include "lowering/repetition.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <string>

#include "lowering/instance_tasks.h"

namespace kiln::lowering {

namespace {

/// Distances at which an operation is looked for again: more than a block has operations alike.
constexpr std::size_t kDistances = 8;

/// Of tiles that do not wait for one another in each operation: eight tiles of a chip bound by its memory
/// took four, and change places later on, too.
constexpr std::int32_t kSettling = 4;

/// Whether `later`, a period behind `earlier`, waits for what is a period behind, or both for what is over
/// before `first`.
bool alike(const Dependency& earlier, const Dependency& later, std::int32_t period, std::int32_t first) {
  if (earlier.all_tiles != later.all_tiles) return false;
  if (earlier.instance < first && later.instance < first)
    return (earlier.instance < 0) == (later.instance < 0);
  return later.instance - earlier.instance == period;
}

/// Finds for how many instances from `first` on the tasks are those of a period later.
class Comparison {
 public:
  Comparison(const LoweredStep& step, const InstanceTasks& index, const std::vector<std::int32_t>& likeness)
      : step_(step), index_(index) {
    for (std::int32_t i = 0; i < step.instances; ++i) {
      const std::int32_t like = likeness.empty() ? -1 : likeness[static_cast<std::size_t>(i)];
      prints_.push_back(like < 0 ? index.fingerprint(i) : fmt::format("like {}", like));
    }
  }

  bool same(std::int32_t a, std::int32_t b) const {
    return prints_[static_cast<std::size_t>(a)] == prints_[static_cast<std::size_t>(b)];
  }
  std::int32_t run(std::int32_t first, std::int32_t period) const {
    std::int32_t i = first;
    // What the first period waits for came before all of them: only from the second on it must repeat.
    while (i + period < step_.instances && same(i, i + period) &&
           (i < first + period || depends_alike(i, period, first)))
      ++i;
    return i - first;
  }

 private:
  bool depends_alike(std::int32_t instance, std::int32_t period, std::int32_t first) const {
    for (std::size_t t = 0; t < step_.tiles.size(); ++t) {
      const TileProgram& tile = step_.tiles[t];
      const Tasks earlier = index_.of(t, instance), later = index_.of(t, instance + period);
      for (std::size_t k = 0; k < earlier.size(); ++k) {
        const Task &a = earlier[k], &b = later[k];
        if (!alike(a.after, b.after, period, first)) return false;
        for (std::uint32_t i = 0; i < a.load_end - a.load_begin; ++i)
          if (!alike(tile.loads[a.load_begin + i].after, tile.loads[b.load_begin + i].after, period, first))
            return false;
      }
    }
    return true;
  }

  const LoweredStep& step_;
  const InstanceTasks& index_;
  std::vector<std::string> prints_;
};

bool busy_everywhere(const LoweredStep& step, const InstanceTasks& index, const Repetition& r) {
  for (std::size_t t = 0; t < step.tiles.size(); ++t)
    if (!step.tiles[t].tasks.empty() && !index.any(t, r.first, r.begin_of(1))) return false;
  return true;
}

/// Sums and updates of gradients come when they may, beside what tiles do.
bool is_beside(workload::Phase phase) {
  return phase == workload::Phase::compress || phase == workload::Phase::reduce ||
         phase == workload::Phase::update;
}

/// Whether every tile waits, in an operation of the second period, for all tiles to be done with another one
/// of the repetition.
bool in_step(const LoweredStep& step, const InstanceTasks& index, const Repetition& r) {
  const auto waits = [&](const Dependency& dependency) {
    return dependency.all_tiles && dependency.instance >= r.first;
  };
  const auto waits_for_all = [&](std::size_t tile, std::int32_t instance) {
    for (const Task& task : index.of(tile, instance)) {
      if (is_beside(task.phase)) return false;
      if (waits(task.after)) return true;
      for (std::uint32_t k = task.load_begin; k < task.load_end; ++k)
        if (waits(step.tiles[tile].loads[k].after)) return true;
    }
    return false;
  };
  for (std::size_t t = 0; t < step.tiles.size(); ++t) {
    if (step.tiles[t].tasks.empty()) continue;
    bool found = false;
    for (std::int32_t i = r.begin_of(1); i < r.begin_of(2) && !found; ++i) found = waits_for_all(t, i);
    if (!found) return false;
  }
  return true;
}

/// Periods that move so many bytes together, but at least so many.
std::int32_t unit_of(std::uint64_t period_bytes, std::uint64_t unit_bytes, std::int32_t least) {
  const std::uint64_t halves = unit_bytes / 2 / std::max<std::uint64_t>(period_bytes, 1) + 1;
  return std::max(least, 2 * static_cast<std::int32_t>(std::min<std::uint64_t>(halves, 1'000'000)));
}

/// All that cannot be begun earlier.
std::vector<Repetition> candidates(const LoweredStep& step, const InstanceTasks& index,
                                   std::uint64_t unit_bytes, const std::vector<std::int32_t>& likeness) {
  const Comparison compare(step, index, likeness);
  std::vector<Repetition> found;
  std::map<std::int32_t, std::int32_t> ended;  // by period: where the last run of it did
  for (std::int32_t i = 0; i < step.instances; ++i) {
    std::size_t seen = 0;
    for (std::int32_t j = i + 1; j < step.instances && seen < kDistances; ++j) {
      if (!compare.same(i, j)) continue;
      ++seen;
      const std::int32_t period = j - i;
      if (i < ended[period]) continue;
      const std::int32_t run = compare.run(i, period);
      ended[period] = i + run;
      Repetition r{i, period, run / period + 1};
      if (r.units_left_out() <= 0 || !busy_everywhere(step, index, r)) continue;
      r.in_step = in_step(step, index, r);
      r.settling = r.in_step ? 1 : kSettling;
      r.unit = unit_of(index.bytes(r.begin_of(1), r.begin_of(2)), r.in_step ? unit_bytes / 2 : unit_bytes,
                       r.in_step ? 2 : kSettling);
      if (r.units_left_out() <= 0) continue;
      r.bytes_left_out = index.bytes(r.begin_left_out(), r.end_left_out());
      found.push_back(r);
    }
  }
  return found;
}

/// The disjoint ones that spare most together, in order: weighted interval scheduling.
std::vector<Repetition> best_of(std::vector<Repetition> found) {
  std::stable_sort(found.begin(), found.end(),
                   [](const Repetition& a, const Repetition& b) { return a.end() < b.end(); });
  std::vector<std::uint64_t> spared{0};  // by the first so many of them
  std::vector<std::size_t> before;       // of each, those that are over when it begins
  for (const Repetition& r : found) {
    const auto over = std::partition_point(found.begin(), found.end(),
                                           [&](const Repetition& other) { return other.end() <= r.first; });
    before.push_back(static_cast<std::size_t>(over - found.begin()));
    spared.push_back(std::max(spared.back(), spared[before.back()] + r.bytes_left_out));
  }
  std::vector<Repetition> taken;
  for (std::size_t i = found.size(); i > 0;) {
    if (spared[i] == spared[i - 1]) {
      --i;
      continue;
    }
    taken.push_back(found[i - 1]);
    i = before[i - 1];
  }
  std::reverse(taken.begin(), taken.end());
  return taken;
}

}  // namespace

std::vector<Repetition> repetitions_of(const LoweredStep& step, std::uint64_t unit_bytes,
                                       const std::vector<std::int32_t>& likeness) {
  return best_of(candidates(step, InstanceTasks(step), unit_bytes, likeness));
}

}  // namespace kiln::lowering
