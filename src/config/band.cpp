// SPDX-License-Identifier: MIT
#include "config/band.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "config/value.h"

namespace kiln::config {
namespace {

/// The node at a path that exists; nullptr otherwise. Items of lists go by number.
Node* existing(Node& root, const std::vector<std::string>& path) {
  Node* node = &root;
  for (const std::string& key : path) {
    if (node->is_list()) {
      std::size_t index = node->list.size();
      std::from_chars(key.data(), key.data() + key.size(), index);
      node = index < node->list.size() ? &node->list[index] : nullptr;
    } else {
      node = node->find(key);
    }
    if (node == nullptr) return nullptr;
  }
  return node;
}

}  // namespace

std::span<const EnumName<Confidence>> enum_names(const Confidence*) {
  static constexpr EnumName<Confidence> kNames[] = {{Confidence::unstated, "unstated"},
                                                    {Confidence::low, "low"},
                                                    {Confidence::medium, "medium"},
                                                    {Confidence::high, "high"}};
  return kNames;
}

void restore_bands(Node& tree, const Bands& bands) {
  for (const auto& band : bands)
    if (Node* node = existing(tree, band->path)) *node = band->written;
}

bool read_banded(const Node& node, Reader& reader, double& value,
                 const std::function<bool(const Node&, double&)>& read_plain) {
  static const std::vector<std::string> kKeys = {"value", "low", "high", "confidence", "source"};
  bool good = true;
  for (std::size_t i = 0; i < node.map.size(); ++i) {
    const std::string& key = node.map[i].first;
    if (std::find(kKeys.begin(), kKeys.end(), key) != kKeys.end()) continue;
    const Reader::Scope scope(reader, key);
    reader.fail(node.key_places[i],
                fmt::format("unknown key of a constant with its band{}", base::suggestion(key, kKeys)));
    good = false;
  }
  Band band;
  band.path = reader.keys();
  band.written = node;
  const Node* nominal = node.find("value");
  if (nominal == nullptr) {
    reader.fail(
        node,
        "a map found where a quantity is needed; write it plainly or as {value: .., low: .., high: ..}");
    return false;
  }
  const auto read = [&](const char* key, double& into) {
    const Node* found = node.find(key);
    if (found == nullptr) return;
    const Reader::Scope scope(reader, key);
    good &= found->is_map() ? (reader.fail(*found, "a map found, a quantity is needed"), false)
                            : read_plain(*found, into);
  };
  read("value", band.value);
  band.low = band.high = band.value;
  read("low", band.low);
  read("high", band.high);
  if (const Node* found = node.find("confidence")) {
    const Reader::Scope scope(reader, "confidence");
    Value<Confidence>::read(*found, {}, reader, band.confidence);
  }
  if (const Node* found = node.find("source")) {
    const Reader::Scope scope(reader, "source");
    good &= read_text(*found, {.text = Text::prose}, reader, band.source);
  }
  if (!good) return false;
  if (band.low > band.value || band.value > band.high) {
    const auto text = [&](const char* key) {
      const Node* found = node.find(key);
      return found == nullptr ? nominal->scalar : found->scalar;
    };
    reader.fail(node,
                fmt::format("low: {}, value: {}, high: {} are not in order; needed is low <= value <= high",
                            text("low"), text("value"), text("high")));
    return false;
  }
  value = band.value;
  reader.note_band(std::move(band));
  return true;
}

}  // namespace kiln::config
