// SPDX-License-Identifier: MIT
// The answers for people, for programs and as a picture.
#pragma once

#include <deque>
#include <string>

#include "output/folder.h"
#include "solve/answer.h"

namespace kiln::solve {

/// All cases of a question: their runs, and what came of them; of equal length.
struct Solution {
  const Question& question;
  std::deque<Trials> cases;
  std::deque<Answer> answers;

  bool any_answer() const;
  bool all_answered() const;
  std::size_t failed() const;  ///< runs
};

inline constexpr const char* kPlotScript = "solve.gp";
inline constexpr const char* kPlotLabels = "solve.labels";
inline constexpr const char* kPlotImage = "solve.svg";
inline constexpr const char* kTable = "solve.csv";

std::string answer_text(const Solution& solution);
std::string answer_json(const Solution& solution);
/// A row for every run: values of the keys, objectives, numbers of the constraints, whether all hold,
/// validity, what is wrong, and whether it is an answer.
std::string solve_csv(const Solution& solution);
/// Script and labels of the picture: every run, hollow where it is not allowed, limits as lines, answers
/// marked.
output::Files plot_files(const Solution& solution);

/// Objectives, then the numbers of constraints, each once.
std::vector<std::string> metrics_of(const Question& question);

}  // namespace kiln::solve
