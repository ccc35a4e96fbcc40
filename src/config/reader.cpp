// SPDX-License-Identifier: MIT
#include "config/reader.h"

#include <algorithm>
#include <filesystem>

#include "base/text.h"
#include "config/record.h"

namespace kiln::config {

namespace {

constexpr std::size_t kMostNested = 32;         // files that include one another
constexpr std::size_t kMostInclusions = 10000;  // in all: few files could include others without end

/// The same for every spelling of a path, links and dots resolved.
std::string identity_of(const std::string& path) {
  std::error_code error;
  const std::filesystem::path canonical = std::filesystem::canonical(path, error);
  return error ? path : canonical.string();
}

const ForeignFile* foreign_file(const std::string& key, const std::string& path,
                                const std::vector<ForeignFile>& foreign) {
  for (const ForeignFile& other : foreign)
    if (key.empty() ? base::to_lower(path).ends_with(other.ending) : key == other.key) return &other;
  return nullptr;
}

/// The key that includes a file: `from`, or that of a format.
std::string including_key(const Node& node, const std::vector<ForeignFile>& foreign) {
  if (node.find("from") != nullptr) return "from";
  for (const ForeignFile& other : foreign)
    if (!other.key.empty() && node.find(other.key) != nullptr) return other.key;
  return "";
}

/// Moves the keys that say how a foreign file is read from what stands beside its name.
Node options_of(const ForeignFile& file, Node& beside) {
  Node options;
  options.kind = Node::Kind::map;
  if (file.options == nullptr || !beside.is_map()) return options;
  for (const FieldInfo& field : file.options->fields()) {
    for (std::size_t i = 0; i < beside.map.size(); ++i)
      if (beside.map[i].first == field.key)
        options.insert(field.key, beside.map[i].second, beside.key_places[i]);
    beside.erase(field.key);
  }
  return options;
}

}  // namespace

void Reader::fail(const base::Place& place, const std::string& message) {
  problems_.push_back({place, path(), message});
}

std::string Reader::path() const {
  return base::join(path_, ".");
}

Bands Reader::bands_here() const {
  if (path_.empty()) return bands_;
  Bands here;
  for (const auto& band : bands_) {
    if (band->path.size() < path_.size() || !std::equal(path_.begin(), path_.end(), band->path.begin()))
      continue;
    Band below = *band;
    below.path.erase(below.path.begin(), below.path.begin() + static_cast<std::ptrdiff_t>(path_.size()));
    here.push_back(std::make_shared<const Band>(std::move(below)));
  }
  return here;
}

Reader::Noted Reader::end_noting(const Noted& before) {
  Noted noted = begin_noting();
  note_read(before.bands, before.files);
  note_read(noted.bands, noted.files);
  return noted;
}

void Reader::note_read(const Bands& bands, const std::vector<std::string>& files) {
  bands_.insert(bands_.end(), bands.begin(), bands.end());
  for (const std::string& file : files) note_file(file);
}

void Reader::note_file(const std::string& path) {
  if (std::find(files_.begin(), files_.end(), path) == files_.end()) files_.push_back(path);
}

void Reader::note_root(const std::string& path) {
  note_file(path);
  open_files_.push_back(identity_of(path));
}

std::string Reader::refusal(const std::string& path, const std::string& identity) const {
  if (std::find(open_files_.begin(), open_files_.end(), identity) != open_files_.end())
    return fmt::format("{} includes itself", path);
  if (open_files_.size() > kMostNested)
    return fmt::format("{} is the last of {} files that include one another; allowed: at most {}", path,
                       open_files_.size() + 1, kMostNested);
  if (inclusions_ >= kMostInclusions)
    return fmt::format("more than {} files are included; write shared parts once", kMostInclusions);
  return "";
}

std::optional<Node> Reader::include(const Node& file_name, const std::string& key, Node& beside,
                                    const std::vector<ForeignFile>& foreign) {
  const std::string path = path_beside(file_name.place, file_name.scalar);
  const std::string identity = identity_of(path);
  if (const std::string why = refusal(path, identity); !why.empty()) {
    fail(file_name, why);
    return std::nullopt;
  }
  ++inclusions_;
  try {
    if (const ForeignFile* other = foreign_file(key, path, foreign); other != nullptr) {
      note_file(path);
      Node content = other->read(path, options_of(*other, beside));
      place_all(content, {path, 0, 0});
      return content;
    }
    const Node own = parsed_ != nullptr ? Node() : parse_yaml_file(path);
    const Node& content = parsed_ != nullptr ? parsed_->of(path) : own;
    note_file(path);
    open_files_.push_back(identity);
    std::optional<Node> resolved = resolve(content, false);
    open_files_.pop_back();
    return resolved;
  } catch (const base::ConfigError& error) {
    for (const base::Problem& problem : error.problems()) {
      const bool missing = problem.place.line == 0;
      fail(missing ? file_name.place : problem.place,
           missing ? fmt::format("{}: {}", path, problem.message) : problem.message);
    }
    return std::nullopt;
  }
}

std::optional<Node> Reader::resolve(const Node& node, bool from_is_a_field,
                                    const std::vector<ForeignFile>& foreign) {
  Node overrides;
  if (node.is_scalar()) return include(node, "", overrides, foreign);
  const std::string key = node.is_map() && !from_is_a_field ? including_key(node, foreign) : "";
  if (key.empty()) return node;
  const Node* from = node.find(key);
  if (!from->is_scalar()) {
    fail(*from, fmt::format("{} found, the name of a file to include is needed", from->described()));
    return std::nullopt;
  }
  overrides = node;
  overrides.erase(key);
  std::optional<Node> included = include(*from, key == "from" ? "" : key, overrides, foreign);
  if (!included) return std::nullopt;
  merge(*included, overrides);
  included->place = node.place;
  return included;
}

std::string path_beside(const base::Place& place, const std::string& name) {
  const std::filesystem::path path(name);
  if (path.is_absolute() || place.line == 0) return path.lexically_normal().string();
  return (std::filesystem::path(place.file).parent_path() / path).lexically_normal().string();
}

}  // namespace kiln::config
