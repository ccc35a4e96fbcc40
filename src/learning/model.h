// SPDX-License-Identifier: MIT
// What a training has learnt, to be handed on to another one.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "learning/norm_statistics.h"
#include "workload/network.h"

namespace kiln::learning {

struct Model {
  std::map<std::string, std::vector<float>> weights;    ///< by name of the tensor
  std::map<std::string, RunningNorm> norms;             ///< by layer
  std::map<std::string, std::vector<float>> inference;  ///< weights as it is judged: norms folded, rounded
};

/// Numbers that a training begins with, by layer and part, in the order of the part's extents.
struct FirstValues {
  std::map<std::string, std::map<workload::PartKind, std::vector<float>>> parts;
  std::map<std::string, RunningNorm> norms;  ///< by layer
};

/// A trained network whose outputs another one learns from (Hinton et al. 2015).
struct TeacherModel {
  workload::Network network;
  Model model;
  double share = 0.5;      ///< of the loss
  double temperature = 4;  ///< of both softmaxes
};

}  // namespace kiln::learning
