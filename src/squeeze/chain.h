// SPDX-License-Identifier: MIT
// A network after some steps of a chain: what it is, how it learnt, what a chip makes of it.
#pragma once

#include <string>
#include <vector>

#include "squeeze/squeeze_config.h"

namespace kiln::squeeze {

/// The first steps of a chain. Chains that begin alike share them.
struct Prefix {
  std::vector<std::string> steps;           ///< by name; none: the network as it was
  experiment::ExperimentConfig experiment;  ///< how it learns in its last step
  int before = -1;                          ///< place of the same without the last step; -1: none
  const StepConfig* last = nullptr;         ///< null: the first training

  std::string name() const;  ///< "prune > quantise"; "as it is"
};

/// All beginnings of all chains, each behind the one that it goes on from; the first is the network as it
/// was.
std::vector<Prefix> prefixes_of(const SqueezeConfig& config);
/// Place of a whole chain among them.
std::size_t place_of(const std::vector<Prefix>& prefixes, const std::vector<std::string>& steps);

/// A forward pass of `batch` samples of a network that has gone so far.
experiment::ExperimentConfig inference_of(const Prefix& prefix, std::int64_t batch);

/// Bytes of the model as it is sent and stored: pruned weights as values and places, integers with a scale
/// per output channel.
double model_bytes(const Prefix& prefix, std::int64_t batch);

}  // namespace kiln::squeeze
