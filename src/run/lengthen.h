// SPDX-License-Identifier: MIT
// From the record of a shortened step to that of the whole one: the unit of each repetition again, once for
// each that was left out.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "run/repeated_tasks.h"
#include "run/repeated_work.h"

namespace kiln::run {

/// A step made shorter again and again: equal blocks first, then micro-batches of which only some blocks are
/// left, then long operations. None where that would not be worth it; the last one's part is simulated.
using Shortenings = std::vector<ShortenedStep>;
Shortenings shorten(const lowering::LoweredStep& step);

/// The parts' counts when all tiles had done an operation instance.
using CountsAt = std::map<std::int32_t, soc::PartCounts>;

/// Operations after which the parts' counts are wanted: those that end the halves of units.
std::vector<std::int32_t> milestones_of(const Shortenings& shortenings);

class Lengthening {
 public:
  struct Names {
    std::vector<std::string> operations;  ///< of the graph
    std::vector<std::string> tiles;       ///< as their metrics call them
  };
  /// `step` and `shortened` must outlive it; `descriptor_bytes` go over the network with each operation.
  Lengthening(const lowering::LoweredStep& step, const ShortenedStep& shortened, Names names,
              std::uint64_t descriptor_bytes);

  /// Makes `part` that of the whole step, by the parts' counts at the ends of the halves of units. What its
  /// `record.repeated` says grows by how well periods agree. Throws base::SimError where layers did not do
  /// what their programs hold.
  void lengthen(SimulatedPart& part, const CountsAt& at) const;

 private:
  void repeat_work(const lowering::Repetition& r, const Rhythm& rhythm, const WorkRecords& work,
                   soc::StepRecord& record) const;
  void repeat_counts(std::size_t r, const Rhythm& rhythm, const WorkRecords& work,
                     const soc::StepRecord& simulated, soc::StepRecord& record) const;
  void repeat_parts(const lowering::Repetition& r, const CountsAt& at, SimulatedPart& part) const;
  void check(const soc::StepRecord& record) const;

  const lowering::LoweredStep& step_;
  const lowering::LoweredStep& whole_;  ///< the step, its instances numbered as those of the repetitions
  const ShortenedStep& shortened_;
  Names names_;
  std::uint64_t descriptor_bytes_;
  double busy_tiles_ = 0;  ///< share of the tiles that have tasks
  RepeatedWork work_;
};

/// The same through all shortenings of `whole`, by the counts at their milestones.
void lengthen(const lowering::LoweredStep& whole, const Shortenings& shortenings,
              const Lengthening::Names& names, std::uint64_t descriptor_bytes, const CountsAt& at,
              SimulatedPart& part);

}  // namespace kiln::run
