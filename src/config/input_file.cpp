// SPDX-License-Identifier: MIT
#include "config/input_file.h"

#include "base/file.h"

namespace kiln::config {

void Value<InputFile>::read(const Node& node, const Spec& spec, Reader& reader, InputFile& value) {
  std::string path;
  if (!read_text(node, spec, reader, path)) return;
  if (!path.empty())
    if (const std::string why = base::why_unreadable(path); !why.empty()) {
      reader.fail(node, fmt::format("{}: {}; relative names start at the working directory", path, why));
      return;
    }
  value = InputFile(std::move(path), node.place);
}

}  // namespace kiln::config
