// SPDX-License-Identifier: MIT
#include "lowering/repetition.h"

namespace kiln::lowering {

namespace {

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
      task.layer = task.instance;
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

LoweredStep shortened(const LoweredStep& step, const std::vector<Repetition>& repetitions) {
  const Shortening shortening(repetitions);
  LoweredStep part = step;
  for (TileProgram& tile : part.tiles) tile = shortening.kept(tile);
  for (std::int32_t i = 0; i < step.instances; ++i)
    if (shortening.leaves_out(i) != nullptr) part.participants[static_cast<std::size_t>(i)] = 0;
  return part;
}

}  // namespace kiln::lowering
