// SPDX-License-Identifier: MIT
// Which data a network is trained and judged on, and what is done to them first.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "config/input_file.h"
#include "config/record.h"

namespace kiln::learning {

enum class DataKind {
  generated,      ///< made by seed
  fashion_mnist,  ///< Debian's package dataset-fashion-mnist
  idx,
  cifar10,
  npy,  ///< or .npz with arrays `x` and `y`
  csv   ///< windows of a table of sensors
};
std::span<const config::EnumName<DataKind>> enum_names(const DataKind*);

/// Samples and their classes. One file where the format holds both.
struct DataFilesConfig {
  config::InputFile values;
  config::InputFile classes;
};
const config::Record<DataFilesConfig>& describe(const DataFilesConfig*);

/// A class is a smooth picture (or a tone per channel) with noise, shifted a little: seeded, of any shape.
struct GeneratorConfig {
  std::optional<std::int32_t> classes;  ///< absent: as many as the network has outputs
  double noise = 1.0;                   ///< standard deviation, beside pictures of standard deviation 1
  double drift = 0;        ///< share of another set of pictures mixed in: a "synthetic" distribution
  double contrast = 1;     ///< of the pictures
  std::uint64_t seed = 1;  ///< of the pictures, not of the samples
};
const config::Record<GeneratorConfig>& describe(const GeneratorConfig*);

/// What becomes of a training whose synthetic samples do not pass.
enum class GateFailure { stop, real };
std::span<const config::EnumName<GateFailure>> enum_names(const GateFailure*);

/// How good synthetic samples have to be beside real ones, see quality.h. Limits that are absent are none.
struct QualityGateConfig {
  std::optional<double> frechet;            ///< at most, as a multiple of what real samples differ by
  std::optional<double> precision, recall;  ///< at least
  std::int32_t neighbours = 3;
  std::int64_t samples = 1000;  ///< of either kind
  std::int64_t features = 64;
  GateFailure failure = GateFailure::stop;
};
const config::Record<QualityGateConfig>& describe(const QualityGateConfig*);

/// Training samples that take the place of real ones.
struct SyntheticConfig {
  double share = 1;           ///< of the training samples
  DataFilesConfig files;      ///< of the kind of `train`
  GeneratorConfig generator;  ///< of kind generated
  std::optional<QualityGateConfig> gate;
};
const config::Record<SyntheticConfig>& describe(const SyntheticConfig*);

struct DataConfig {
  DataKind kind = DataKind::generated;
  std::string folder = "/usr/share/datasets/fashion-mnist";
  DataFilesConfig train, test;
  GeneratorConfig generator;
  std::optional<SyntheticConfig> synthetic;
  std::int64_t samples = 0;       ///< 0: all
  std::int64_t test_samples = 0;  ///< 0: all
  double test_share = 0.2;        ///< of the samples, where no test files are given
  std::string label = "label";    ///< column of a CSV file
  std::int64_t window = 128, stride = 64;
  bool normalise = true;   ///< by mean and deviation of each channel of the training values
  std::int32_t shift = 0;  ///< augmentation: moved by up to so many rows and columns
  bool flip = false;       ///< augmentation: mirrored left to right, half of the samples
};
const config::Record<DataConfig>& describe(const DataConfig*);

}  // namespace kiln::learning
