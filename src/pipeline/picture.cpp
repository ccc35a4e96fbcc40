// SPDX-License-Identifier: MIT
// The picture of a pipeline's plans.
#include "output/plotter.h"
#include "pipeline/result.h"

namespace kiln::pipeline {

namespace {

/// One panel a plan: joules of every stage for a labelled sample, and how busy it was.
std::string panel(const PlanResult& plan, std::size_t number, std::size_t first_label) {
  const double n = std::max(1.0, plan.number("labelled_samples"));
  std::string rows;
  for (std::size_t s = 0; s < plan.stages.size(); ++s)
    rows += fmt::format("{},{:.9g},{:.9g}\n", s, 1e3 * plan.stages[s].energy_j / n,
                        100 * plan.stages[s].utilisation);
  std::string tics;
  for (std::size_t s = 0; s < plan.stages.size(); ++s)
    tics += fmt::format("set xtics add (label[{}] {})\n", first_label + 1 + s, s);
  return fmt::format(
      "$p{0} << EOD\n{1}EOD\nset title label[{2}]\nset xtics () rotate by -20\n{3}set xrange [-0.6:{4}.6]\n"
      "plot $p{0} using ($1-0.2):2 with boxes lc rgb '#0072B2' title 'mJ a labelled sample', \\\n"
      "  $p{0} using ($1+0.2):3 axes x1y2 with boxes lc rgb '#D55E00' title 'busy (%)'\n",
      number, rows, first_label, tics, plan.stages.size() - 1);
}

}  // namespace

output::Files pipeline_plot(const Result& result) {
  std::vector<std::string> labels;
  std::string panels;
  for (std::size_t p = 0; p < result.plans.size(); ++p) {
    const std::size_t first = labels.size() + 1;
    labels.push_back(fmt::format("{}: {}", result.name, result.plans[p].name));
    for (const StageRow& stage : result.plans[p].stages)
      labels.push_back(stage.refused > 0 ? fmt::format("{}: {} turned away", stage.name, stage.refused)
                                         : stage.name);
    panels += panel(result.plans[p], p, first);
  }
  std::string text =
      output::head_of({"a pipeline of Kiln", kLabels, labels.size(), 820, 300 * result.plans.size(), kImage});
  text += fmt::format(
      "set multiplot layout {},1\nset grid lc rgb '#dddddd'\nset tics nomirror out\nset key outside right "
      "top\n"
      "set style fill solid 0.6\nset boxwidth 0.38\nset logscale y\nset y2range [0:100]\nset y2tics\n{}"
      "unset multiplot\n",
      result.plans.size(), panels);
  return {{kPlot, text}, {kLabels, output::label_file(labels)}};
}

}  // namespace kiln::pipeline
