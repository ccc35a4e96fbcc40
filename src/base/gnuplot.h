// SPDX-License-Identifier: MIT
// Pictures of curves: scripts for gnuplot, which is run if it is there.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>

namespace kiln::base {

/// A string literal of gnuplot.
std::string gnuplot_text(const std::string& text);

enum class Drawn { yes, no_gnuplot, failed };

/// A gnuplot that is started ahead and waits for a script: starting takes as long as drawing.
class Plotter {
 public:
  Plotter();
  ~Plotter();
  Plotter(const Plotter&) = delete;
  Plotter& operator=(const Plotter&) = delete;

  /// Runs the script in its folder, and ends.
  Drawn draw(const std::filesystem::path& script);

 private:
  Drawn finish();

  pid_t child_ = -1;
  int commands_ = -1;  ///< what gnuplot reads, at our end
};

}  // namespace kiln::base
