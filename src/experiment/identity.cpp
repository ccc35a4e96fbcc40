// SPDX-License-Identifier: MIT
#include "experiment/identity.h"

#include "base/file.h"
#include "base/hash.h"
#include "config/load.h"

namespace kiln::experiment {

Identity identify(const ExperimentConfig& experiment) {
  std::string all = config::keys_and_values(experiment) + fmt::format("seed {}\n", experiment.run.seed);
  for (const std::string& extra : data_files(experiment)) all += base::content_hash(base::read_file(extra));
  return {config::dump(experiment), base::content_hash(all)};
}

std::vector<std::string> data_files(const ExperimentConfig& experiment) {
  std::vector<std::string> files;
  for (const config::InputFile& file : {experiment.topology, experiment.compression.gradients})
    if (!file.empty()) files.push_back(file.path);
  return files;
}

}  // namespace kiln::experiment
