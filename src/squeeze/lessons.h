// SPDX-License-Identifier: MIT
// The chains on numbers: each step goes on with what the one before has learnt.
#pragma once

#include <functional>
#include <vector>

#include "base/watch.h"
#include "squeeze/chain.h"

namespace kiln::squeeze {

/// Accuracy on test samples: mean, lowest and highest of the seeds; and what is left of the weights.
struct Lesson {
  double accuracy = 0, low = 0, high = 0;
  double zero_share = 0;  ///< of the weights of weighted layers, held at zero
  int diverged = 0;       ///< seeds whose outputs are no numbers
};

struct Lessons {
  std::vector<Lesson> of_prefix;
  double steps_per_epoch = 0;
  std::string data;
};

/// Trains every prefix behind the one that it goes on from, seed by seed. Layers whose shapes a step has
/// changed begin anew. Throws ConfigError for what cannot be trained on numbers.
Lessons learn(const std::vector<Prefix>& prefixes, const base::Watch& watch,
              const std::function<void(const std::string&)>& report);

}  // namespace kiln::squeeze
