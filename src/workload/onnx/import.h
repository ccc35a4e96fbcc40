// SPDX-License-Identifier: MIT
// ONNX models as networks: `kiln import model.onnx`, `workload: model.onnx`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "workload/network_config.h"
#include "workload/onnx/flatten.h"
#include "workload/onnx/weights.h"

namespace kiln::workload::onnx {

struct Imported {
  NetworkConfig network;
  std::vector<std::string> notes;  ///< what a user should know of the result
  std::int64_t parameters = 0;     ///< numbers in the tensors of the file that layers read, without scalars
  std::int64_t nodes_in_file = 0;  ///< of all graphs and functions
  std::int64_t operators = 0;      ///< of these, what is left
  std::int64_t file_batch = 1;     ///< samples the file's shapes, or --bind batch, are made for
  bool is_quantised = false;       ///< with QuantizeLinear and DequantizeLinear: 8-bit precisions
};

inline constexpr std::int64_t kNewestOpset = 23, kNewestIr = 11;

/// `path` names the model in messages, and its folder holds external data. Throws ConfigError naming byte,
/// operator or input, what is supported and what to do. `weights` receives their numbers, if somebody asks.
Imported import_model(std::string_view bytes, const std::string& path, const ImportOptions& = {},
                      ModelWeights* weights = nullptr);
Imported import_file(const std::string& path, const ImportOptions& = {});

/// Lets `workload: model.onnx` and `{from: model.onnx, bind: {...}}` be networks. Notes are not kept.
config::ForeignFile network_file();

}  // namespace kiln::workload::onnx
