// SPDX-License-Identifier: MIT
// The shipped networks and the tables they are held against.
#pragma once

#include <string>

#include "base/csv.h"
#include "base/file.h"
#include "config/load.h"
#include "workload/expand.h"

namespace kiln::workload {

inline NetworkConfig shipped(const std::string& name) {
  return config::load<NetworkConfig>(std::string(KILN_SOURCE_DIR) + "/configs/workloads/" + name + ".yaml").value;
}

inline base::CsvTable reference(const std::string& name) {
  const std::string path = std::string(KILN_SOURCE_DIR) + "/tests/reference/training/" + name + ".csv";
  return base::CsvTable(path, base::read_file(path));
}

/// Everything in fp32 and no second copy of the weights: the rules of the reference tables.
inline TrainingConfig full_precision(std::int64_t batch) {
  TrainingConfig training;
  training.batch = batch;
  const Precision fp32 = Precision::fp32;
  training.precision = {fp32, fp32, fp32, fp32, fp32, fp32, fp32, fp32, fp32};
  return training;
}

}  // namespace kiln::workload
