// SPDX-License-Identifier: MIT
#include "config/schema_line.h"

#include <fmt/core.h>

#include <filesystem>

#include "base/text.h"

namespace kiln::config {

namespace {

constexpr std::string_view kMark = "$schema=";

}  // namespace

std::string schema_line(std::string_view kind) {
  return fmt::format("# yaml-language-server: {}{}.json\n", kMark, kind);
}

std::string version_line() {
  return fmt::format("schema_version: {}\n", kSchemaVersion);
}

std::optional<std::string> schema_of(std::string_view text) {
  text = base::without_byte_order_mark(text);
  const std::string_view line = text.substr(0, text.find('\n'));
  const auto at = line.find(kMark);
  if (at == std::string_view::npos || line.front() != '#') return std::nullopt;
  return std::filesystem::path(base::trim(line.substr(at + kMark.size()))).stem().string();
}

}  // namespace kiln::config
