// SPDX-License-Identifier: MIT
// Pictures of curves: scripts for gnuplot, which is run if it is there.
#pragma once

#include <filesystem>
#include <string>

namespace kiln::base {

/// A string literal of gnuplot.
std::string gnuplot_text(const std::string& text);

enum class Drawn { yes, no_gnuplot, failed };
/// Runs gnuplot on a script in the script's folder.
Drawn draw(const std::filesystem::path& script);

}  // namespace kiln::base
