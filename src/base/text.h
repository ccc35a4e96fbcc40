// SPDX-License-Identifier: MIT
// Small text helpers.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kiln::base {

std::string_view trim(std::string_view text);
std::vector<std::string> split(std::string_view text, char separator);
std::string to_lower(std::string_view text);
std::string join(const std::vector<std::string>& parts, std::string_view separator);

/// Bytes before the first that is no part of well-formed UTF-8 (RFC 3629); the length when all are.
std::size_t utf8_prefix(std::string_view text);

/// The candidate within a small edit distance of `word`, or empty. For "did you mean".
std::string nearest_name(std::string_view word, const std::vector<std::string>& candidates);
/// "; did you mean 'x'?" or, when nothing is near, "; allowed: a, b, c".
std::string suggestion(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace kiln::base
