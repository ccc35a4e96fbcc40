// SPDX-License-Identifier: MIT
// Files from a stage inside a folder to their names in that folder.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "output/stage.h"

namespace kiln::output {

struct Placing {
  const Descriptor& folder;                 ///< locked by the caller
  std::string shown;                        ///< the folder's path, for errors
  Marker old;                               ///< its list
  std::map<std::string, MarkedFile> files;  ///< to be placed, all in the stage
  std::vector<std::string> gone;            ///< earlier results without a successor
};

/// Places all or, when a call fails, none: then it throws SimError. A process that is ended meanwhile leaves
/// files of both, and a list that holds both.
void place(const Placing& placing, Stage& stage);

}  // namespace kiln::output
