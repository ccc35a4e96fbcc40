// SPDX-License-Identifier: MIT
// Unpacking what is packed with deflate.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace kiln::learning {

enum class Wrapping { none, gzip };
inline constexpr std::size_t kMostInflated = std::size_t{1} << 29;

/// Throws DataFileError for damaged bytes and for more than `most` unpacked ones.
std::string inflate(std::string_view bytes, Wrapping wrapping, std::size_t most);

}  // namespace kiln::learning
