// SPDX-License-Identifier: MIT
// One file that the user named, too long to be kept until it is whole.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "output/stage.h"

namespace kiln::output {

/// Written piece by piece aside; it appears under its name, in one instant, when it is published, and is gone
/// if it never is. /dev/null, /dev/stdout, /dev/stderr and /dev/fd/N are written through.
class File {
 public:
  /// Throws ConfigError, naming `option`, for what must not be written over: a link, a device, a pipe, a
  /// folder, one of `inputs`, a file that Kiln did not write or that was changed since.
  File(const std::string& spelling, std::string kind, std::string option,
       const std::vector<std::string>& inputs);

  /// Throws SimError with the path and the reason.
  void write(std::string_view text);
  void publish();

 private:
  void check_place(const std::vector<std::string>& inputs) const;
  [[noreturn]] void refuse(const std::string& why) const;

  std::string spelling_;
  std::filesystem::path folder_path_;
  std::string name_;
  std::string kind_;
  std::string option_;
  std::optional<Stage> stage_;  ///< none when written through
  Descriptor file_;
  base::ContentHasher hasher_;
};

}  // namespace kiln::output
