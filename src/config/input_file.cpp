// SPDX-License-Identifier: MIT
#include "config/input_file.h"

#include <filesystem>

#include "base/file.h"

namespace kiln::config {

namespace {

void read_path(const Node& node, const Spec& spec, bool folders, Reader& reader, InputFile& value) {
  std::string path;
  if (!read_text(node, spec, reader, path)) return;
  std::error_code none;
  if (!path.empty() && !(folders && std::filesystem::is_directory(path, none)))
    if (const std::string why = base::why_unreadable(path); !why.empty()) {
      reader.fail(node, fmt::format("{}: {}; relative names start at the working directory", path, why));
      return;
    }
  value = InputFile(std::move(path), node.place);
}

}  // namespace

void Value<InputFile>::read(const Node& node, const Spec& spec, Reader& reader, InputFile& value) {
  read_path(node, spec, false, reader, value);
}

void Value<InputPath>::read(const Node& node, const Spec& spec, Reader& reader, InputPath& value) {
  read_path(node, spec, true, reader, value);
}

}  // namespace kiln::config
