// SPDX-License-Identifier: MIT
// Every run as a point: metrics over the ranges; of several objectives one over the other.
#include <algorithm>
#include <array>
#include <map>

#include "base/text.h"
#include "output/plotter.h"
#include "report/glossary.h"
#include "solve/answer_files.h"

namespace kiln::solve {

namespace {

/// Okabe & Ito 2008: told apart by colour-blind readers.
constexpr std::array kColours = {"#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"};
constexpr std::size_t kMostColumns = 3;
constexpr int kPanelWidth = 520, kPanelHeight = 300, kMargin = 120;  // pixels

/// What runs along a panel: a range, the second objective, or the number of the run.
struct Along {
  std::string label;
  bool logarithmic = false;
  std::function<double(const Trial&, std::size_t run)> value;
};

class Picture {
 public:
  explicit Picture(const Solution& solution) : solution_(solution), question_(solution.question) {
    metrics_ = question_.objectives.size() > 1 ? std::vector<std::string>{question_.objectives[0].metric}
                                               : metrics_of(question_);
    find_columns();
  }

  output::Files files() {
    const std::string commands = text();  // collects the labels
    return {{kPlotScript, output::head_of({"a Kiln answer", kPlotLabels, labels_.size(),
                                           kMargin + kPanelWidth * columns_.size(),
                                           kMargin + kPanelHeight * metrics_.size(), kPlotImage}) +
                              commands},
            {kPlotLabels, output::label_file(labels_)}};
  }

 private:
  static std::string named(const std::string& metric) {
    const std::string unit = report::unit_of(metric);
    return metric + (unit.empty() ? "" : " (" + unit + ")");
  }

  void find_columns() {
    if (question_.objectives.size() > 1) {
      const std::string metric = question_.objectives[1].metric;
      columns_.push_back({named(metric), false, [](const Trial& trial, std::size_t) {
                            return trial.failed() ? 0 : trial.objectives[1];
                          }});
      return;
    }
    for (std::size_t i = 0; i < question_.over.size() && columns_.size() < kMostColumns; ++i) {
      const Axis& axis = question_.over[i];
      if (!axis.continuous) continue;
      const std::string unit(base::si_unit(axis.dimension));
      columns_.push_back(
          {axis.key + (unit.empty() ? "" : " (" + unit + ")"), axis.low > 0 && axis.high / axis.low > 30,
           [&axis, i](const Trial& trial, std::size_t) { return axis.number(trial.point[i]); }});
    }
    if (columns_.empty())
      columns_.push_back({"run, as in solve.csv", false,
                          [](const Trial&, std::size_t run) { return static_cast<double>(run + 1); }});
  }

  /// The values of the keys that are no ranges: what a colour stands for.
  std::string group_of(std::size_t index, const Trial& trial) const {
    std::vector<std::string> words = solution_.answers[index].labels;
    for (std::size_t i = 0; i < question_.over.size(); ++i)
      if (!question_.over[i].continuous) words.push_back(question_.over[i].text(trial.point[i]));
    return base::join(words, ", ");
  }

  std::string label(const std::string& text) {
    labels_.push_back(text);
    return fmt::format("label[{}]", labels_.size());
  }

  struct Dots {
    std::string allowed, other, answers;
  };

  struct Panel {
    std::map<std::string, Dots> groups;
    double least_x = 0, least_y = 0;  ///< 0, or what lies below it
  };

  Panel panel_of(const std::string& metric, const Along& along) const {
    Panel panel;
    for (std::size_t c = 0; c < solution_.cases.size(); ++c) {
      const Trials& trials = solution_.cases[c];
      const auto& best = solution_.answers[c].best;
      for (std::size_t run = 0; run < trials.all().size(); ++run) {
        const Trial& trial = trials[run];
        const auto number = trial.failed() ? std::nullopt : trial.outcome.number(metric);
        if (!number) continue;
        const double x = along.value(trial, run), y = number->value;
        panel.least_x = std::min(panel.least_x, x);
        panel.least_y = std::min(panel.least_y, y);
        const std::string line = fmt::format("{:.9g},{:.9g}\n", x, y);
        Dots& dots = panel.groups[one_group_ ? "" : group_of(c, trial)];
        (trial.feasible() ? dots.allowed : dots.other) += line;
        if (std::find(best.begin(), best.end(), run) != best.end()) dots.answers += line;
      }
    }
    return panel;
  }

  void add_panel(const std::string& metric, const Along& along, bool last) {
    const Panel panel = panel_of(metric, along);
    std::vector<std::string> curves;
    std::size_t colour = 0;
    const bool front = question_.objectives.size() > 1;
    for (const auto& [name, dots] : panel.groups) {
      const std::string block = fmt::format("$d{}", ++blocks_);
      out_ += fmt::format("{0}a << EOD\n{1}EOD\n{0}o << EOD\n{2}EOD\n{0}b << EOD\n{3}EOD\n", block,
                          dots.allowed, dots.other, dots.answers);
      const char* shade = kColours[colour++ % kColours.size()];
      if (!dots.allowed.empty())
        curves.push_back(fmt::format("{}a using 1:2 with points pt 7 ps 0.7 lc rgb '{}' title {}", block,
                                     shade, name.empty() ? "'allowed'" : label(name)));
      if (!dots.other.empty())
        curves.push_back(fmt::format("{}o using 1:2 with points pt 6 ps 0.7 lc rgb '{}' title {}", block,
                                     shade, colour == 1 ? "'not allowed, or invalid'" : "''"));
      if (!dots.answers.empty())
        curves.push_back(fmt::format("{}b using 1:2 with {} pt 4 ps 1.5 lw 2 lc rgb '{}' title {}", block,
                                     front ? "linespoints" : "points", shade,
                                     colour == 1 ? "'answer'" : "''"));
    }
    for (const report::Condition& constraint : question_.constraints)
      if (constraint.key == metric)
        curves.push_back(fmt::format("{:.9g} with lines dt 2 lw 1.5 lc rgb '#555555' title {}",
                                     constraint.value, label(constraint.text)));
    if (curves.empty()) curves.emplace_back("0 notitle");
    out_ += fmt::format("set xlabel {}\nset ylabel {}\n{}\nset xrange {}\nset yrange {}\n{}\n",
                        label(along.label), label(named(metric)),
                        along.logarithmic ? "set logscale x" : "unset logscale x",
                        along.logarithmic ? "[*:*]" : output::fitted_range(panel.least_x),
                        output::fitted_range(panel.least_y), last ? "set key" : "unset key");
    out_ += "plot " + base::join(curves, ", \\\n  ") + "\n";
  }

  std::string text() {
    std::size_t groups = 1;
    for (const Axis& axis : question_.each) groups *= axis.values.size();
    one_group_ = groups * question_.combinations() > kColours.size();
    out_ = fmt::format(
        "set multiplot layout {},{} title {}\n"
        "set grid lc rgb '#dddddd'\nset border 3\nset tics nomirror out\nset key outside right top\n"
        "set offsets graph 0.02,graph 0.02,graph 0.05,graph 0.05\n",
        metrics_.size(), columns_.size(), label(to_text(question_)));
    for (const std::string& metric : metrics_)
      for (const Along& along : columns_) add_panel(metric, along, &along == &columns_.back());
    return out_ + "unset multiplot\n";
  }

  const Solution& solution_;
  const Question& question_;
  std::vector<std::string> metrics_;
  std::vector<Along> columns_;
  std::vector<std::string> labels_;
  bool one_group_ = false;
  int blocks_ = 0;
  std::string out_;
};

}  // namespace

output::Files plot_files(const Solution& solution) {
  return Picture(solution).files();
}

}  // namespace kiln::solve
