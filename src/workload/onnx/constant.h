// SPDX-License-Identifier: MIT
// Small values that are known before anything runs: shapes, indices, scalars, and what is computed from them.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "workload/onnx/model.h"

namespace kiln::workload::onnx {

using Dims = std::vector<std::int64_t>;

/// Larger ones are weights: their shape is followed, not their numbers.
inline constexpr std::int64_t kMostFolded = 4096;

/// Throws std::out_of_range above 2^62 or for negative extents.
std::int64_t elements_of(const Dims& dims);
std::string text_of(const Dims& dims);
/// Product of the extents in front of an axis.
std::int64_t product_before(const Dims& extents, int axis);

/// Numbers in logical order; of whole and boolean types in `ints`, of others in `reals`.
struct Constant {
  bool real = false;
  std::vector<std::int64_t> ints;
  std::vector<double> reals;

  std::size_t size() const { return real ? reals.size() : ints.size(); }
  double number(std::size_t at) const { return real ? reals[at] : static_cast<double>(ints[at]); }
  static Constant of(std::vector<std::int64_t> values) { return {false, std::move(values), {}}; }
};

/// The numbers of a tensor of at most so many elements; nothing for larger ones, texts and 4-bit types.
/// `folder` is that of the model, where external data lie. Throws WireError for data of the wrong length and
/// for external data outside the folder or the file.
std::optional<Constant> constant_of(const Tensor&, const std::string& folder,
                                    std::int64_t most = kMostFolded);
/// Checks that a tensor's numbers are there, without reading them. Throws WireError.
void check_data(const Tensor&, const std::string& folder);

/// The shortest number that is this float: 0.001, not 0.0010000000474974513.
double as_written(float value);

/// Copies `out_dims` elements of `in`: output place `at` takes input place `source(at)`.
Constant gathered(const Constant& in, std::size_t count,
                  const std::function<std::size_t(std::size_t)>& source);

}  // namespace kiln::workload::onnx
