// SPDX-License-Identifier: MIT
#include "config/input_file.h"

#include <filesystem>

#include "base/file.h"

namespace kiln::config {

namespace {

void read_path(const Node& node, const Spec& spec, bool folders, Reader& reader, InputFile& value) {
  std::string path;
  if (!read_text(node, spec, reader, path)) return;
  if (path.empty() && spec.required) {
    reader.fail(node, "is empty; it must name a file");
    return;
  }
  std::error_code none;
  const auto readable = [&](const std::string& name) {
    return base::why_unreadable(name).empty() || (folders && std::filesystem::is_directory(name, none));
  };
  if (const std::string beside = path_beside(node.place, path);
      !path.empty() && !readable(path) && readable(beside))
    path = beside;
  if (!path.empty() && !(folders && std::filesystem::is_directory(path, none)))
    if (const std::string why = base::why_unreadable(path); !why.empty()) {
      reader.fail(
          node,
          fmt::format("{}: {}; relative names start at the working directory, or at the file that has them",
                      path, why));
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
