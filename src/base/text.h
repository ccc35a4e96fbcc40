// SPDX-License-Identifier: MIT
// Small text helpers.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace kiln::base {

std::string_view trim(std::string_view text);
std::vector<std::string> split(std::string_view text, char separator);
std::string to_lower(std::string_view text);
/// The text without the byte order mark that some editors put before it (RFC 3629, section 6).
std::string_view without_byte_order_mark(std::string_view text);
/// Whether UTF-8 text holds what must not stand in a name: control characters (C0, DEL, C1), line and
/// paragraph separators, and characters that turn the writing direction. With `lines`, line feeds and tabs
/// are let through.
bool has_control_characters(std::string_view text, bool lines = false);
/// Throws ConfigError at `place` for a line with bytes that are no UTF-8, or with control characters but
/// tabs: names in it go into every output.
void check_line(const Place& place, std::string_view line);
/// The text on one line, control characters and bytes that are no UTF-8 written as \n, \x1b, \u202e: shown,
/// not sent. With `lines`, line feeds and tabs stay.
std::string shown(std::string_view text, bool lines = false);

std::string join(const std::vector<std::string>& parts, std::string_view separator);

/// Bytes before the first that is no part of well-formed UTF-8 (RFC 3629); the length when all are.
std::size_t utf8_prefix(std::string_view text);

/// The candidate within a small edit distance of `word`, or empty. For "did you mean".
std::string nearest_name(std::string_view word, const std::vector<std::string>& candidates);
/// "; did you mean 'x'?" or, when nothing is near, "; allowed: a, b, c".
std::string suggestion(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace kiln::base
