// SPDX-License-Identifier: MIT
// From the record of a shortened step to that of the whole one: the unit of each repetition again, once for
// each that was left out.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "run/repeated_tasks.h"
#include "run/repeated_work.h"

namespace kiln::run {

/// What is left out of a step so that it takes less to simulate; nothing where that would not be worth it.
std::optional<ShortenedStep> shorten(const lowering::LoweredStep& step);

/// Operations after which the parts' counts are wanted: those that end the halves of units.
std::vector<std::int32_t> milestones_of(const ShortenedStep& shortened);

class Lengthening {
 public:
  struct Names {
    std::vector<std::string> operations;  ///< of the graph
    std::vector<std::string> tiles;       ///< as their metrics call them
  };
  /// `whole` and `shortened` must outlive it; `descriptor_bytes` go over the network with each operation.
  Lengthening(const lowering::LoweredStep& whole, const ShortenedStep& shortened, Names names,
              std::uint64_t descriptor_bytes);

  /// Makes `part` that of the whole step, by the parts' counts at the milestones. Its `record.repeated` says
  /// how well periods agree. Throws base::SimError where layers did not do what their programs hold.
  void lengthen(SimulatedPart& part, const std::map<std::int32_t, soc::PartCounts>& at) const;

 private:
  void repeat_work(const lowering::Repetition& r, const Rhythm& rhythm, const WorkRecords& work,
                   soc::StepRecord& record) const;
  void repeat_counts(std::size_t r, const Rhythm& rhythm, const WorkRecords& work,
                     const soc::StepRecord& simulated, soc::StepRecord& record) const;
  void repeat_parts(const lowering::Repetition& r, const std::map<std::int32_t, soc::PartCounts>& at,
                    SimulatedPart& part) const;
  void check(const soc::StepRecord& record) const;

  const lowering::LoweredStep& whole_;
  const ShortenedStep& shortened_;
  Names names_;
  std::uint64_t descriptor_bytes_;
  double busy_tiles_ = 0;  ///< share of the tiles that have tasks
  RepeatedWork work_;
};

}  // namespace kiln::run
