// SPDX-License-Identifier: MIT
// How well a constant is known. Wherever a quantity is read it may be written as
//   {value: 3.9 pJ, low: 2.5 pJ, high: 6 pJ, confidence: medium, source: "Horowitz 2014, scaled"}
// The value is used; the rest is kept and stands in the effective configuration again.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "config/node.h"

namespace kiln::config {

template <class E>
struct EnumName;

enum class Confidence { unstated, low, medium, high };
std::span<const EnumName<Confidence>> enum_names(const Confidence*);

/// In base units; low <= value <= high.
struct Band {
  std::vector<std::string> path;  ///< keys from the root of the file
  double value = 0, low = 0, high = 0;
  Confidence confidence = Confidence::unstated;
  std::string source;
  Node written;  ///< the map as it was written
};
using Bands = std::vector<std::shared_ptr<const Band>>;  ///< none is null; they are many, and copied often

/// Puts each band in place of its plain value in `tree`. Bands of keys that the tree does not have are passed
/// over.
void restore_bands(Node& tree, const Bands& bands);

}  // namespace kiln::config
