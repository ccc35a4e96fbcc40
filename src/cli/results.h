// SPDX-License-Identifier: MIT
// What the commands share that end in a folder of results: where it is, how it is written, what is said of
// it.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "cli/command.h"
#include "cli/progress_line.h"
#include "output/folder.h"
#include "output/plotter.h"
#include "report/condition.h"
#include "report/validity.h"

namespace CLI {
class App;
}

namespace kiln::cli {

inline constexpr const char* kEffectiveFile = "config.effective.yaml";

/// A configuration whose results are to be written.
struct Configured {
  std::string name;                 ///< of the experiment, job or fleet
  std::string hash;                 ///< of `effective`
  std::string effective;            ///< becomes config.effective.yaml
  std::vector<std::string> inputs;  ///< every file that was read
};

/// `out`, or out/<name>-<hash>, if it may be a folder of such results: found out before a long simulation
/// what would fail after it. Throws ConfigError.
output::Folder results_folder(const std::string& out, const std::string& kind, const Configured& configured);

/// A picture: a script of gnuplot, the files that it reads, the file that it draws.
struct Drawing {
  const char *script, *labels, *data, *image;
};
/// Without gnuplot the script is there to be run later.
void draw(output::Plotter& plotter, const Drawing& drawing, output::Files& files, Context& context);

/// How the files of results come about.
struct Making {
  std::function<output::Files()> simulate;
  std::function<void(output::Plotter&, output::Files&)> complete;  ///< draws from what was simulated
};

/// Makes files and the folder of them, and returns them. What a failed simulation had is kept in OUT.failed;
/// bad input leaves no folder behind, and a folder that changed meanwhile does not cost the results.
output::Files write_results(const output::Folder& folder, const std::string& effective, const Making& making,
                            ProgressLine& line, Context& context);

/// An invalid result is said with its worst finding and decides the exit code.
void say_if_invalid(const report::Validity& validity, Context& context);

/// `meaning`: "condition on the summary holds, e.g. 'x>0'".
void add_fail_on_option(CLI::App& command, std::vector<std::string>& texts, const std::string& meaning);
/// The conditions of --fail-on, on results of which `unknown` says why there is none; without it on any.
/// Throws ConfigError.
std::vector<report::Condition> fail_on_conditions(
    const std::vector<std::string>& texts,
    const std::function<std::string(const std::string&)>& unknown = {});
/// Says those that hold; they decide the exit code.
void say_holding(const std::vector<report::Condition>& conditions,
                 const std::vector<std::pair<std::string, double>>& numbers, Context& context);

}  // namespace kiln::cli
