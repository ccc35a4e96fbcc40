// SPDX-License-Identifier: MIT
// Files are read whole; src/output writes them.
#pragma once

#include <cstddef>
#include <string>

namespace kiln::base {

/// Why a file cannot be read (missing, a folder, a device, no permission); empty when it can. A pipe is read
/// only as a descriptor that is open (/dev/stdin, /dev/fd/N): another waits for its writer.
std::string why_unreadable(const std::string& path);

inline constexpr std::size_t kMostBytes = std::size_t{1} << 30;

/// Contents of a file. Throws ConfigError naming the path and the reason, also for more than `most` bytes.
std::string read_file(const std::string& path, std::size_t most = kMostBytes);

}  // namespace kiln::base
