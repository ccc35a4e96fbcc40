// SPDX-License-Identifier: MIT
#include "report/accuracy_picture.h"

#include <fmt/core.h>

#include "experiment/work_to_accuracy.h"
#include "output/plotter.h"
#include "report/figures.h"

namespace kiln::report {
namespace {

constexpr std::size_t kLabels = 2;

std::string row(const char* kind, double ratio, const experiment::StepsForOne& steps) {
  return fmt::format("{},{},{},{},{}\n", kind, ratio, steps.steps, steps.low, steps.high);
}

}  // namespace

bool has_accuracy_curve(const Findings& f) {
  const experiment::CompressionConfig& compression = f.experiment.compression;
  return compression.enabled && !compression.work_to_accuracy.curve.empty();
}

std::string accuracy_csv(const Findings& f) {
  std::string out = "kind,ratio,steps,low,high\n";
  for (const experiment::AccuracyPoint& point : f.experiment.compression.work_to_accuracy.curve)
    out += row("curve", point.ratio,
               {point.steps, point.low.value_or(point.steps), point.high.value_or(point.steps)});
  if (const auto here = figures::work_to_accuracy(f))
    out += row("here", f.prepared.compression.ratio(), *here);
  return out;
}

std::vector<std::string> accuracy_labels(const Findings& f) {
  const auto here = figures::work_to_accuracy(f);
  return {fmt::format("{}: curve of {}", f.experiment.name, f.experiment.compression.work_to_accuracy.source),
          here ? fmt::format("this run: {:.1f} times fewer bytes, {:.2f} steps for one ({:.2f} to {:.2f})",
                             f.prepared.compression.ratio(), here->steps, here->low, here->high)
               : "this run"};
}

std::string accuracy_script() {
  const auto of = [](const char* kind, const char* value) {
    return fmt::format("(strcol(1) eq '{}' ? column('{}') : NaN)", kind, value);
  };
  const std::string file = fmt::format("'{}'", kAccuracyData);
  return output::head_of(
             {"a curve of steps to an accuracy", kAccuracyLabels, kLabels, 960, 480, kAccuracyImage}) +
         fmt::format(
             "set grid lc rgb '#dddddd'\nset border 3\nset tics nomirror out\nset key left top\n"
             "set title label[1]\nset logscale x\nset xlabel 'bytes of gradients without compression / "
             "with'\n"
             "set ylabel 'steps that teach what one does without'\nset yrange [0<*:*]\n"
             "set offsets 0,0,graph 0.08,graph 0.05\n"
             "plot {0} using (column('ratio')):{1}:{2} skip 0 with filledcurves lc rgb '#0072B2' fs "
             "transparent "
             "solid 0.2 title 'band', \\\n"
             "  {0} using (column('ratio')):{3} with linespoints pt 7 lc rgb '#0072B2' title 'steps', \\\n"
             "  {0} using (column('ratio')):{4}:{5}:{6} with yerrorbars pt 9 ps 1.5 lc rgb '#D55E00' title "
             "label[2]\n",
             file, of("curve", "low"), of("curve", "high"), of("curve", "steps"), of("here", "steps"),
             of("here", "low"), of("here", "high"));
}

}  // namespace kiln::report
