// SPDX-License-Identifier: MIT
// Ways to spread a training step over the tiles that a configuration leaves open.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "experiment/experiment.h"
#include "lowering/target.h"

namespace kiln::experiment {

/// One way, nothing left open.
struct Way {
  lowering::Mapping mapping = lowering::Mapping::data;
  lowering::SampleCut cut = lowering::SampleCut::rows;
  int tiles = 1;  ///< that take part
  bool operator==(const Way&) const = default;
};

/// "data, whole samples, 3 tiles"; the tiles only where the chip has more.
std::string text_of(const Way& way, int tiles_of_chip);

/// All ways that `mapping` leaves open for a step of `batch` samples (per micro-batch), the plainest first.
std::vector<Way> open_ways(const MappingConfig& mapping, std::int64_t batch, int tiles_of_chip);

/// The same over fewer tiles, or none: one less, or as many as give the fullest a sample more.
std::optional<Way> with_fewer_tiles(const Way& way, std::int64_t batch);

/// The experiment with this way written out: what a simulated step of it is known by.
ExperimentConfig written_out(const ExperimentConfig& experiment, const Way& way);

}  // namespace kiln::experiment
