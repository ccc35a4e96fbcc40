// SPDX-License-Identifier: MIT
// NumPy's array files: magic, version, a Python dictionary, then the values (NumPy Enhancement Proposal 1).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kiln::compression {

bool is_npy(std::string_view bytes);

struct NpyHeader {
  std::string type;  ///< '<f4' and the like
  bool fortran_order = false;
  std::vector<std::int64_t> shape;  ///< empty: one value
  std::size_t size = 0;             ///< in bytes; the values follow

  std::int64_t elements() const;
};

/// Throws GradientFileError for a cut or malformed header, structured types, and shapes of 2^40 values or
/// more or of more than 64 axes.
NpyHeader read_npy_header(std::string_view bytes);

/// Values stored with the first axis fastest, put in the order of C: the last axis fastest.
std::vector<float> from_fortran_order(const std::vector<float>& stored,
                                      const std::vector<std::int64_t>& shape);

}  // namespace kiln::compression
