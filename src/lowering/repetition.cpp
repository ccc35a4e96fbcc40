// SPDX-License-Identifier: MIT
#include "lowering/repetition.h"

#include <algorithm>
#include <map>
#include <span>
#include <string>

#include "base/hash.h"

namespace kiln::lowering {

namespace {

/// Distances at which an operation is looked for again: more than a block has operations alike.
constexpr std::size_t kDistances = 8;

/// Of tiles that do not wait for one another in each operation: eight tiles of a chip bound by its memory
/// took four, and change places later on, too.
constexpr std::int32_t kSettling = 4;

/// Tasks of one instance on one tile.
using Tasks = std::span<const Task>;

/// Where each instance's tasks are in each tile's program.
class Index {
 public:
  explicit Index(const LoweredStep& step)
      : step_(step), instances_(static_cast<std::size_t>(step.instances)) {
    for (const TileProgram& tile : step.tiles) {
      std::vector<std::size_t>& begins = begins_.emplace_back();
      for (std::size_t t = 0; t < tile.tasks.size(); ++t)
        begins.resize(std::max(begins.size(), static_cast<std::size_t>(tile.tasks[t].instance) + 1), t);
      begins.resize(instances_ + 1, tile.tasks.size());
    }
  }

  Tasks tasks(std::size_t tile, std::int32_t instance) const {
    const std::vector<std::size_t>& begins = begins_[tile];
    const auto i = static_cast<std::size_t>(instance);
    return Tasks(step_.tiles[tile].tasks).subspan(begins[i], begins[i + 1] - begins[i]);
  }
  bool has_tasks(std::size_t tile, std::int32_t begin, std::int32_t end) const {
    return begins_[tile][static_cast<std::size_t>(begin)] < begins_[tile][static_cast<std::size_t>(end)];
  }

 private:
  const LoweredStep& step_;
  std::size_t instances_;
  std::vector<std::vector<std::size_t>> begins_;  ///< [tile][instance]
};

/// Of all that a task or transfer says but for names, addresses and dependencies.
class Fingerprint {
 public:
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
                                     static_cast<std::uint64_t>(transfer.cls),
                                     transfer.bytes,
                                     transfer.wire_bytes,
                                     static_cast<std::uint64_t>(transfer.coding.site),
                                     transfer.coding.plain_bytes,
                                     transfer.codec_state};
    mix(numbers);
  }
  void add(std::size_t tile) {
    const std::size_t numbers[] = {tile};
    mix(numbers);
  }
  std::string text() const { return hasher_.hash(); }

 private:
  template <class T, std::size_t n>
  void mix(const T (&numbers)[n]) {
    hasher_.add({reinterpret_cast<const char*>(numbers), sizeof numbers});
  }
  base::ContentHasher hasher_;
};

std::string fingerprint(const LoweredStep& step, const Index& index, std::int32_t instance) {
  Fingerprint print;
  for (std::size_t tile = 0; tile < step.tiles.size(); ++tile) {
    print.add(tile);
    for (const Task& task : index.tasks(tile, instance)) {
      print.add(task);
      for (std::uint32_t i = task.load_begin; i < task.load_end; ++i) print.add(step.tiles[tile].loads[i]);
      for (std::uint32_t i = task.store_begin; i < task.store_end; ++i) print.add(step.tiles[tile].stores[i]);
    }
  }
  return print.text();
}

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
  Comparison(const LoweredStep& step, const Index& index) : step_(step), index_(index) {
    for (std::int32_t i = 0; i < step.instances; ++i) prints_.push_back(fingerprint(step, index, i));
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
      const Tasks earlier = index_.tasks(t, instance), later = index_.tasks(t, instance + period);
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
  const Index& index_;
  std::vector<std::string> prints_;
};

std::uint64_t bytes_of(const LoweredStep& step, const Index& index, std::int32_t begin, std::int32_t end) {
  std::uint64_t bytes = 0;
  for (std::size_t t = 0; t < step.tiles.size(); ++t)
    for (std::int32_t i = begin; i < end; ++i)
      for (const Task& task : index.tasks(t, i)) {
        for (std::uint32_t k = task.load_begin; k < task.load_end; ++k) bytes += step.tiles[t].loads[k].bytes;
        for (std::uint32_t k = task.store_begin; k < task.store_end; ++k)
          bytes += step.tiles[t].stores[k].bytes;
      }
  return bytes;
}

std::uint64_t bytes_left_out(const LoweredStep& step, const Index& index, const Repetition& r) {
  return bytes_of(step, index, r.begin_left_out(), r.end_left_out());
}

bool busy_everywhere(const LoweredStep& step, const Index& index, const Repetition& r) {
  for (std::size_t t = 0; t < step.tiles.size(); ++t)
    if (!step.tiles[t].tasks.empty() && !index.has_tasks(t, r.first, r.begin_of(1))) return false;
  return true;
}

/// Whether, of the operations of the second period, most wait on every tile for all tiles to be done with
/// another one of them.
bool in_step(const LoweredStep& step, const Index& index, const Repetition& r) {
  const auto waits = [&](const Dependency& dependency) {
    return dependency.all_tiles && dependency.instance >= r.first;
  };
  const auto waits_for_all = [&](std::size_t tile, std::int32_t instance) {
    for (const Task& task : index.tasks(tile, instance)) {
      if (waits(task.after)) return true;
      for (std::uint32_t k = task.load_begin; k < task.load_end; ++k)
        if (waits(step.tiles[tile].loads[k].after)) return true;
    }
    return false;
  };
  int operations = 0, waiting = 0;
  for (std::size_t t = 0; t < step.tiles.size(); ++t)
    for (std::int32_t i = r.begin_of(1); i < r.begin_of(2); ++i) {
      if (index.tasks(t, i).empty()) continue;
      ++operations;
      if (waits_for_all(t, i)) ++waiting;
    }
  return 2 * waiting > operations;
}

struct Candidate {
  Repetition repetition;
  std::uint64_t bytes;  ///< left out
};

/// Periods that move so many bytes together, but at least so many.
std::int32_t unit_of(std::uint64_t period_bytes, std::uint64_t unit_bytes, std::int32_t least) {
  const std::uint64_t halves = unit_bytes / 2 / std::max<std::uint64_t>(period_bytes, 1) + 1;
  return std::max(least, 2 * static_cast<std::int32_t>(std::min<std::uint64_t>(halves, 1'000'000)));
}

/// All that cannot be begun earlier, the one that spares most first.
std::vector<Candidate> candidates(const LoweredStep& step, const Index& index, std::uint64_t unit_bytes) {
  const Comparison compare(step, index);
  std::vector<Candidate> found;
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
      r.unit =
          unit_of(bytes_of(step, index, r.begin_of(1), r.begin_of(2)), unit_bytes, r.in_step ? 2 : kSettling);
      if (r.units_left_out() <= 0) continue;
      found.push_back({r, bytes_left_out(step, index, r)});
    }
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const Candidate& a, const Candidate& b) { return a.bytes > b.bytes; });
  return found;
}

bool overlap(const Repetition& a, const Repetition& b) {
  return a.first < b.end() && b.first < a.end();
}

/// Writes what is kept of a program, with other dependencies.
class Shortening {
 public:
  explicit Shortening(const std::vector<Repetition>& repetitions) : repetitions_(repetitions) {}

  const Repetition* leaves_out(std::int32_t instance) const {
    for (const Repetition& r : repetitions_)
      if (r.leaves_out(instance)) return &r;
    return nullptr;
  }

  TileProgram kept(const TileProgram& whole) const {
    TileProgram part;
    for (Task task : whole.tasks) {
      if (leaves_out(task.instance) != nullptr) continue;
      task.after = earlier(task.after);
      copy(whole.loads, task.load_begin, task.load_end, part.loads);
      copy(whole.stores, task.store_begin, task.store_end, part.stores);
      part.tasks.push_back(task);
    }
    return part;
  }

 private:
  Dependency earlier(Dependency dependency) const {
    if (const Repetition* r = leaves_out(dependency.instance)) {
      const std::int32_t moved = dependency.instance - (r->end_left_out() - r->begin_left_out());
      dependency.instance = moved >= r->first ? moved : r->stand_in(dependency.instance);
    }
    return dependency;
  }
  void copy(const std::vector<Transfer>& from, std::uint32_t& begin, std::uint32_t& end,
            std::vector<Transfer>& to) const {
    const auto at = static_cast<std::uint32_t>(to.size());
    for (std::uint32_t i = begin; i < end; ++i) {
      to.push_back(from[i]);
      to.back().after = earlier(to.back().after);
    }
    begin = at;
    end = static_cast<std::uint32_t>(to.size());
  }

  const std::vector<Repetition>& repetitions_;
};

}  // namespace

std::vector<Repetition> repetitions_of(const LoweredStep& step, std::uint64_t unit_bytes) {
  std::vector<Repetition> taken;
  for (const Candidate& candidate : candidates(step, Index(step), unit_bytes)) {
    const auto meets = [&](const Repetition& other) { return overlap(candidate.repetition, other); };
    if (std::none_of(taken.begin(), taken.end(), meets)) taken.push_back(candidate.repetition);
  }
  std::sort(taken.begin(), taken.end(),
            [](const Repetition& a, const Repetition& b) { return a.first < b.first; });
  return taken;
}

std::uint64_t bytes_left_out(const LoweredStep& step, const std::vector<Repetition>& repetitions) {
  const Index index(step);
  std::uint64_t bytes = 0;
  for (const Repetition& r : repetitions) bytes += bytes_left_out(step, index, r);
  return bytes;
}

LoweredStep shortened(const LoweredStep& step, const std::vector<Repetition>& repetitions) {
  const Shortening shortening(repetitions);
  LoweredStep part = step;
  for (TileProgram& tile : part.tiles) tile = shortening.kept(tile);
  for (std::int32_t i = 0; i < step.instances; ++i)
    if (shortening.leaves_out(i) != nullptr) part.participants[static_cast<std::size_t>(i)] = 0;
  return part;
}

}  // namespace kiln::lowering
