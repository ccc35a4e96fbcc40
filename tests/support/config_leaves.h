// SPDX-License-Identifier: MIT
// The keys of a configuration that hold a value, and where they stand in a tree.
#pragma once

#include <string>
#include <vector>

#include "config/record.h"

namespace kiln::testing {

/// One descriptor with every place in the tree that it describes.
struct Leaf {
  const config::FieldInfo* field;
  std::vector<std::string> places;  ///< key paths, as --set takes them
};

/// The leaves of `tree`, an effective configuration of `record`, in the order of its descriptors.
std::vector<Leaf> leaves_of(const config::RecordBase& record, const config::Node& tree);

bool is_boolean(const config::FieldInfo& field);
bool is_text(const config::FieldInfo& field);
bool is_list(const config::FieldInfo& field);
bool is_map(const config::FieldInfo& field);
bool is_optional(const config::FieldInfo& field);
/// A whole number without a unit, or a list of them.
bool is_whole(const config::FieldInfo& field);
/// A whole number or a quantity, or a list or map of them.
bool is_number(const config::FieldInfo& field);
/// How a number stands in a file: its text, and the bounds of that form. A key that takes cycles or a time
/// has a form for each.
struct Written {
  std::string number;
  config::Spec spec;
  bool whole = false;
};
Written as_written(const config::FieldInfo& field, const std::string& text);
/// The names an enumeration allows; empty for any other type.
std::vector<std::string> choices_of(const config::FieldInfo& field);

}  // namespace kiln::testing
