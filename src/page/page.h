// SPDX-License-Identifier: MIT
// report.html: the results of one folder, or of several side by side, in one file that needs nothing else.
#pragma once

#include <string>
#include <vector>

#include "output/folder.h"

namespace kiln::page {

inline constexpr const char* kFile = "report.html";

/// A folder of results: a run, a training, a sweep, answers or claims.
struct Source {
  std::string name;
  output::Files files;
  std::string kind = {};  ///< of its results, as their marker has it: "run"
};

/// At most 3 MB for a source, and for several together where they are no longer than that: of what is longer
/// the timeline's short slices, rows of series between those kept, and rows of tables are left out. Depends
/// on the files alone, and on nothing of the host that stands in them. Throws ConfigError for a source with
/// nothing to show.
std::string page_of(const std::vector<Source>& sources);

/// The files of a folder that pages are made from. Throws ConfigError when it holds none.
Source read_folder(const std::string& folder);

}  // namespace kiln::page
