// SPDX-License-Identifier: MIT
// Hugging Face models as networks, from their config.json alone: `kiln import config.json`,
// `workload: {hf: config.json, sequence: 512}`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "workload/network_config.h"

namespace kiln::workload::hf {

struct ImportOptions {
  std::int64_t sequence = 512;                 ///< tokens of a sample; models of images have their own
  double expert_skew = 0;                      ///< of a mixture of experts, see LayerConfig::skew
  std::optional<double> expert_capacity = {};  ///< see LayerConfig::capacity_factor
  std::optional<std::int64_t> labels = {};  ///< a classifier of so many classes in place of the file's head
};
const config::Record<ImportOptions>& describe(const ImportOptions*);

struct Imported {
  NetworkConfig network;
  std::vector<std::string> notes;  ///< what a user should know of the result
};

/// `path` names the file in messages. Throws ConfigError with place, key, and what is supported.
Imported import_model(std::string_view json, const std::string& path, const ImportOptions& = {});
Imported import_file(const std::string& path, const ImportOptions& = {});

/// Does the path name a config.json?
bool is_model_file(const std::string& path);

/// Lets `workload: config.json` and `{hf: config.json, sequence: 512}` be networks. Notes are not kept.
config::ForeignFile network_file();

}  // namespace kiln::workload::hf
