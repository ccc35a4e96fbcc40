// SPDX-License-Identifier: MIT
// Arrays of numbers from files that others wrote. Bytes are not trusted: whatever they are, there is an array
// or an error that says what is wrong with them.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace kiln::learning {

/// Says what the bytes are instead and what to do about it; the file is named by who catches it.
class DataFileError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Values in the order of C: the last axis fastest.
struct Array {
  std::vector<std::int64_t> extents;
  std::vector<float> values;
};

inline constexpr std::int64_t kMostValues = std::int64_t{1} << 27;

/// Product of extents, the first of them the samples. Throws for more than kMostValues values.
std::int64_t values_of(const std::vector<std::int64_t>& extents);

/// Yann LeCun's IDX: a magic number with type and axes, extents as big-endian 32-bit numbers, values. All six
/// types are read.
Array read_idx(std::string_view bytes);

/// NumPy's .npy of whole numbers or floats, little-endian. NaN and infinity are refused.
Array read_npy(std::string_view bytes);

/// NumPy's .npz: a zip archive of .npy files, by their names without the ending.
std::map<std::string, Array> read_npz(std::string_view bytes);

struct Labelled {
  Array values;  ///< samples first
  std::vector<std::int32_t> classes;
  /// Of windows of one recording: so many neighbours on each side share rows with one.
  std::optional<std::int64_t> overlap;
};

/// CIFAR-10's binary files: records of a label and 3 x 32 x 32 bytes, channel after channel.
Labelled read_cifar10(std::string_view bytes);

/// Windows of a table with a header: `window` rows each, `stride` rows apart. A window's class is `label` of
/// its last row; all other columns are features: (windows, features, rows).
Labelled read_csv_windows(std::string_view text, const std::string& file, const std::string& label,
                          std::int64_t window, std::int64_t stride);

/// Unpacks what begins like gzip; else gives the bytes as they are.
std::string unpacked(std::string bytes);

}  // namespace kiln::learning
