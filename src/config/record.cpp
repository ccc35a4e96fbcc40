// SPDX-License-Identifier: MIT
#include "config/record.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"

namespace kiln::config {

namespace {

/// A map's value or a list's item by its number; null if there is none.
const Node* child_of(const Node& node, const std::string& part) {
  if (!node.is_list()) return node.find(part);
  for (std::size_t i = 0; i < node.list.size(); ++i)
    if (std::to_string(i) == part) return &node.list[i];
  return nullptr;
}

void* at(void* object, std::size_t offset) {
  return static_cast<char*>(object) + offset;
}

const void* at(const void* object, std::size_t offset) {
  return static_cast<const char*>(object) + offset;
}

}  // namespace

void Checker::fail(std::string_view key, const std::string& message) {
  const Reader::Scope scope(reader_, std::string(key));
  const Node* nearest = &node_;
  for (const std::string& part : base::split(key, '.')) {
    const Node* below = child_of(*nearest, part);
    if (below == nullptr) break;
    nearest = below;
  }
  reader_.fail(nearest->place, message);
}

bool RecordBase::knows_keys(const Node& node, const Node& written, Reader& reader) const {
  constexpr std::size_t kMostTold = 20;
  std::vector<std::string> keys;
  for (const FieldInfo& field : fields_) keys.push_back(field.key);
  std::vector<std::size_t> unknown;
  bool elsewhere = false;
  for (std::size_t i = 0; i < node.map.size(); ++i) {
    if (std::find(keys.begin(), keys.end(), node.map[i].first) != keys.end()) continue;
    const base::Place& place = node.map[i].second.place;  // of the value that counts, if it was written twice
    const bool included = place.line > 0 && place.file != written.place.file;
    if (included && alone_.count(node.map[i].first) > 0) continue;
    unknown.push_back(i);
    elsewhere |= node.key_places[i].file != written.place.file;
  }
  if (elsewhere && 2 * unknown.size() > node.map.size()) {
    reader.fail(written, fmt::format("{}: most of its keys are unknown, so it is no {}; keys of one: {}",
                                     node.key_places[unknown.front()].file, name_, base::join(keys, ", ")));
    return false;
  }
  for (std::size_t i = 0; i < std::min(unknown.size(), kMostTold); ++i) {
    const std::string& key = node.map[unknown[i]].first;
    const Reader::Scope scope(reader, key);
    const auto successor = renamed_.find(key);
    reader.fail(node.key_places[unknown[i]],
                successor == renamed_.end()
                    ? fmt::format("unknown key in {}{}", name_, base::suggestion(key, keys))
                    : fmt::format("is no key of {} any more; use {}", name_, successor->second));
  }
  if (unknown.size() > kMostTold)
    reader.fail(node, fmt::format("{} more unknown keys in {}", unknown.size() - kMostTold, name_));
  return true;
}

void RecordBase::add_field(std::string key, const Spec& spec, const ValueType& type, std::size_t offset,
                           const void* fallback) {
  FieldInfo info{std::move(key), type.name(spec), spec, "", type.record()};
  if (!spec.required && info.record == nullptr) info.default_text = flow_text(type.write(fallback, spec));
  fields_.push_back(std::move(info));
  members_.push_back({&type, offset});
}

void RecordBase::add_record(const RecordBase& base, std::size_t offset) {
  KILN_CHECK(base.words_.empty() && !base.place_offset_ && !base.bands_offset_,
             "{} has words, a place or bands, which an extended record does not take over", base.name_);
  fields_.insert(fields_.end(), base.fields_.begin(), base.fields_.end());
  for (const Member& member : base.members_) members_.push_back({member.type, member.offset + offset});
  for (const Rule& rule : base.rules_)
    rules_.push_back(
        {[run = rule.run, offset](const void* object, Checker& check) { run(at(object, offset), check); },
         {}});
  renamed_.insert(base.renamed_.begin(), base.renamed_.end());
  foreign_.insert(foreign_.end(), base.foreign_.begin(), base.foreign_.end());
  has_from_ |= base.has_from_;
}

void RecordBase::read_member(std::size_t index, const Node& value, void* object, Reader& reader) const {
  members_[index].type->read(value, fields_[index].spec, reader, at(object, members_[index].offset));
}

void RecordBase::read_or_remember(std::size_t index, const Node& value, void* object, Reader& reader) const {
  MemberMemo* const memo = reader.memo_of_members();
  if (memo == nullptr || !memo->is_of(this)) return read_member(index, value, object, reader);
  const ValueType& type = *members_[index].type;
  void* const member = at(object, members_[index].offset);
  if (const MemberMemo::Entry* known = memo->find(index, value)) {
    type.assign(member, known->value.get());
    return reader.note_read(known->bands, known->files);
  }
  const Reader::Noted before = reader.begin_noting();
  const std::size_t problems = reader.problem_count();
  read_member(index, value, object, reader);
  Reader::Noted noted = reader.end_noting(before);
  if (reader.problem_count() == problems)
    memo->keep(index, {value, type.copy(member), std::move(noted.bands), std::move(noted.files)});
}

std::vector<std::size_t> RecordBase::members_called(const std::vector<std::string>& keys) const {
  std::vector<std::size_t> members;
  for (const std::string& key : keys) {
    const auto field =
        std::find_if(fields_.begin(), fields_.end(), [&](const FieldInfo& f) { return f.key == key; });
    KILN_CHECK(field != fields_.end(), "{} has no '{}' to look at", name_, key);
    members.push_back(static_cast<std::size_t>(field - fields_.begin()));
  }
  return members;
}

void RecordBase::run_rule(const Rule& rule, const void* object, Reader& reader, Checker& checker) const {
  MemberMemo* const memo = reader.memo_of_root();
  if (rule.members.empty() || memo == nullptr || !memo->is_of(this)) return rule.run(object, checker);
  if (memo->were_good(rule.members)) return;
  const std::size_t problems = reader.problem_count();
  rule.run(object, checker);
  if (reader.problem_count() == problems) memo->keep_good(rule.members);
}

void RecordBase::read_object(const Node& written, void* object, Reader& reader) const {
  if (!words_.empty() && written.kind == Node::Kind::scalar) {
    for (std::size_t i = 0; i < fields_.size(); ++i)
      if (word_key_.empty() || fields_[i].key == word_key_) read_member(i, written, object, reader);
    return;
  }
  const std::optional<Node> node = read_object_keys(written, object, reader);
  if (!node) return;
  Checker checker(reader, *node);
  for (const Rule& rule : rules_) run_rule(rule, object, reader, checker);
  if (bands_offset_) *static_cast<Bands*>(at(object, *bands_offset_)) = reader.bands_here();
}

std::optional<Node> RecordBase::read_object_keys(const Node& written, void* object, Reader& reader) const {
  std::optional<Node> node = reader.resolve(written, has_from_, foreign_);
  if (!node || !expect_map(*node, reader)) return std::nullopt;
  const std::size_t problems = reader.problem_count();
  if (!knows_keys(*node, written, reader)) return std::nullopt;
  if (place_offset_) *static_cast<base::Place*>(at(object, *place_offset_)) = node->place;
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    const Reader::Scope scope(reader, fields_[i].key);
    if (const Node* found = node->find(fields_[i].key)) {
      read_or_remember(i, *found, object, reader);
    } else if (fields_[i].spec.required) {
      reader.fail(*node, "is missing and has no default");
    }
  }
  if (reader.problem_count() != problems) return std::nullopt;
  return node;
}

Node RecordBase::write_member_of(const void* object, std::size_t index) const {
  return members_[index].type->write(at(object, members_[index].offset), fields_[index].spec);
}

Node RecordBase::write_object(const void* object) const {
  Node node;
  node.kind = Node::Kind::map;
  for (std::size_t i = 0; i < fields_.size(); ++i)
    node.insert(fields_[i].key, write_member_of(object, i), {});
  if (bands_offset_) restore_bands(node, *static_cast<const Bands*>(at(object, *bands_offset_)));
  return node;
}

Node RecordBase::properties() const {
  Node node;
  node.kind = Node::Kind::map;
  for (std::size_t i = 0; i < fields_.size(); ++i)
    node.insert(fields_[i].key, members_[i].type->schema(fields_[i].spec), {});
  return node;
}

}  // namespace kiln::config
