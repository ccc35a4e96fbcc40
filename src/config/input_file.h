// SPDX-License-Identifier: MIT
// The value of a key that names a data file. Whether the file exists is checked when the key is read; its
// content is read later.
#pragma once

#include <string>
#include <utility>

#include "config/value.h"

namespace kiln::config {

struct InputFile {
  InputFile() = default;
  InputFile(std::string name, base::Place where = {}) : path(std::move(name)), place(std::move(where)) {}

  bool empty() const { return path.empty(); }

  std::string path;   ///< relative to the working directory; empty: none
  base::Place place;  ///< of the name, for errors in the file's content
};

/// The same, or the name of a folder of such files.
struct InputPath : InputFile {
  using InputFile::InputFile;
};

template <>
struct Value<InputFile> {
  /// Notes a problem at the name's place when there is no such file or it cannot be read.
  static void read(const Node&, const Spec&, Reader&, InputFile& value);
  static Node write(const InputFile& value, const Spec&) { return scalar_node(value.path, true); }
  static Node schema(const Spec& spec) { return type_schema("string", spec); }
  static std::string type_name(const Spec&) { return "file name"; }
  static const RecordBase* record() { return nullptr; }
};

template <>
struct Value<InputPath> : Value<InputFile> {
  static void read(const Node&, const Spec&, Reader&, InputPath& value);
  static Node write(const InputPath& value, const Spec& spec) { return Value<InputFile>::write(value, spec); }
  static std::string type_name(const Spec&) { return "file or folder name"; }
};

}  // namespace kiln::config
