// SPDX-License-Identifier: MIT
#include "experiment/ways.h"
#include "base/ceil_div.h"

#include <fmt/core.h>

#include <algorithm>

namespace kiln::experiment {

using lowering::Mapping;
using lowering::SampleCut;

namespace {

std::vector<Mapping> mappings_of(MappingChoice choice) {
  switch (choice) {
    case MappingChoice::data:
      return {Mapping::data};
    case MappingChoice::channel:
      return {Mapping::channel};
    case MappingChoice::layer_wise:
      return {Mapping::layer_wise};
    case MappingChoice::automatic:
      return {Mapping::data, Mapping::layer_wise, Mapping::channel};
  }
  return {};
}

std::vector<SampleCut> cuts_of(CutChoice choice) {
  switch (choice) {
    case CutChoice::rows:
      return {SampleCut::rows};
    case CutChoice::samples:
      return {SampleCut::samples};
    case CutChoice::automatic:
      return {SampleCut::rows, SampleCut::samples};
  }
  return {};
}

MappingChoice choice_of(Mapping mapping) {
  switch (mapping) {
    case Mapping::data:
      return MappingChoice::data;
    case Mapping::channel:
      return MappingChoice::channel;
    case Mapping::layer_wise:
      return MappingChoice::layer_wise;
  }
  return MappingChoice::automatic;
}

/// As few tiles as give the fullest one no more samples.
int tiles_for_samples(std::int64_t batch, int tiles) {
  const std::int64_t most = base::ceil_div(batch, tiles);
  return static_cast<int>(base::ceil_div(batch, most));
}

}  // namespace

std::string text_of(const Way& way, int tiles_of_chip) {
  std::string text(config::enum_name(way.mapping));
  if (way.mapping != Mapping::channel) text += way.cut == SampleCut::rows ? ", rows cut" : ", whole samples";
  if (way.tiles < tiles_of_chip) text += fmt::format(", {} of {} tiles", way.tiles, tiles_of_chip);
  return text;
}

std::vector<Way> open_ways(const MappingConfig& mapping, std::int64_t batch, int tiles_of_chip) {
  const int tiles = std::min(mapping.tiles.value_or(tiles_of_chip), tiles_of_chip);
  std::vector<Way> ways;
  for (const Mapping kind : mappings_of(mapping.parallel)) {
    for (const SampleCut cut : cuts_of(mapping.cut)) {
      const bool samples = cut == SampleCut::samples && kind != Mapping::channel;
      const Way way{kind, samples ? cut : SampleCut::rows,
                    samples && !mapping.tiles ? tiles_for_samples(batch, tiles) : tiles};
      // Where samples divide evenly both cuts are one, and so are all ways over a single tile.
      const bool same = std::any_of(ways.begin(), ways.end(), [&](const Way& other) {
        if (other.tiles == 1 && way.tiles == 1) return true;
        return other.mapping == way.mapping && (other.cut == way.cut || batch % tiles == 0);
      });
      if (!same) ways.push_back(way);
    }
  }
  return ways;
}

std::optional<Way> with_fewer_tiles(const Way& way, std::int64_t batch) {
  if (way.tiles == 1) return {};
  Way fewer = way;
  if (way.cut == SampleCut::samples) {
    fewer.tiles = tiles_for_samples(batch, way.tiles - 1);
  } else {
    --fewer.tiles;
  }
  return fewer;
}

ExperimentConfig written_out(const ExperimentConfig& experiment, const Way& way) {
  ExperimentConfig written = experiment;
  written.mapping.parallel = choice_of(way.mapping);
  written.mapping.cut = way.cut == SampleCut::rows ? CutChoice::rows : CutChoice::samples;
  written.mapping.tiles = way.tiles;
  return written;
}

}  // namespace kiln::experiment
