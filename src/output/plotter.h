// SPDX-License-Identifier: MIT
// Pictures of curves, drawn by gnuplot where it is installed. It is given a script that Kiln wrote, without a
// word from outside in it, and files of numbers and labels that the script reads as data.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "output/folder.h"

namespace kiln::output {

enum class Drawn { yes, no_gnuplot, failed, gave_up };

struct Picture {
  Drawn drawn = Drawn::failed;
  std::string image;  ///< content of the file, if it was drawn
};

/// Labels as a file that read_labels() makes an array of, one a line.
std::string label_file(const std::vector<std::string>& labels);
/// Commands of gnuplot: afterwards `label[1]` and so on are the labels of `file`. The separator of data is
/// then a comma.
std::string read_labels(const std::string& file, std::size_t count);
/// How a script of gnuplot begins that draws `what` as an SVG of these pixels, with `count` labels of a file.
struct SvgScript {
  std::string what;
  std::string labels;
  std::size_t count;
  std::size_t width, height;
  std::string image;
};
std::string head_of(const SvgScript& script);
/// Range of an axis that fits its values, the least of which is `least`: offsets beside the data do not carry
/// an axis of quantities that are never negative below 0.
std::string fitted_range(double least);

/// A gnuplot that is started ahead and waits for a script: starting takes as long as drawing. It stands in a
/// folder of its own, which goes away with it, and knows nothing of the user's settings.
class Plotter {
 public:
  /// Below what a run gets beyond its time limit: a finished one is not lost to its picture.
  static constexpr auto kPatience = std::chrono::seconds(8);

  explicit Plotter(std::chrono::milliseconds patience = kPatience);
  ~Plotter();
  Plotter(const Plotter&) = delete;
  Plotter& operator=(const Plotter&) = delete;

  /// Runs the script, one of `files`, which draws `image`;
  /// a gnuplot that takes too long is given up. Ends it.
  Picture draw(const Files& files, const std::string& script, const std::string& image);

 private:
  void start();
  Drawn finish();

  std::chrono::milliseconds patience_;
  std::filesystem::path folder_;
  pid_t child_ = -1;
  int commands_ = -1;  ///< what gnuplot reads, at our end
};

}  // namespace kiln::output
