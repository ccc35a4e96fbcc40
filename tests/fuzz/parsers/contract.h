// SPDX-License-Identifier: MIT
// What every parser promises about bytes that anyone may have written.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace kiln::fuzz {

/// Reads bytes said to stand in a file of this path. Throws base::ConfigError to refuse them.
using Parse = std::function<void(std::string_view bytes, const std::string& path)>;

enum class Verdict { read, refused, broken };

struct Outcome {
  Verdict verdict = Verdict::read;
  std::string fault;  ///< of a broken contract
};

/// The contract: a value, or ConfigError with at least one problem, a text, and no control character in it.
Outcome judge(const Parse& parse, std::string_view bytes, const std::string& path);

}  // namespace kiln::fuzz
