// SPDX-License-Identifier: MIT
// One descriptor list per configuration struct. From it come the reader, bounds, unknown-key errors with the
// nearest name, the effective-configuration dump, the JSON Schema and the text of `kiln explain`.
//
//   const config::Record<RouterConfig>& describe(const RouterConfig*) {
//     static const auto record =
//         config::Record<RouterConfig>("router", "Virtual-channel router")
//             .field("clock", &RouterConfig::clock_hz, {.doc = "Clock", .unit = Dimension::frequency})
//             .check([](const RouterConfig& c, config::Checker& check) { ... });
//     return record;
//   }
#pragma once

#include <concepts>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "config/value.h"

namespace kiln::config {

/// Where a rule over several fields reports what it finds.
class Checker {
 public:
  Checker(Reader& reader, const Node& node) : reader_(reader), node_(node) {}
  /// `key` is the field to point at, or a path to what lies below it, as bodies.2.on; `message` says what is
  /// wrong and what is allowed.
  void fail(std::string_view key, const std::string& message);

 private:
  Reader& reader_;
  const Node& node_;
};

struct FieldInfo {
  std::string key;
  std::string type;
  Spec spec;
  std::string default_text;            ///< YAML spelling; empty when required or a record
  const RecordBase* record = nullptr;  ///< of the field or its elements
};

/// How one C++ type is read, written and described; one table for all fields of that type.
struct ValueType {
  void (*read)(const Node&, const Spec&, Reader&, void* value);
  Node (*write)(const void* value, const Spec&);
  Node (*schema)(const Spec&);
  std::string (*name)(const Spec&);
  const RecordBase* (*record)();
  std::shared_ptr<const void> (*copy)(const void* value);
  void (*assign)(void* value, const void* other);
};

template <class M>
inline constexpr ValueType kValueType = {
    [](const Node& node, const Spec& spec, Reader& reader, void* value) {
      Value<M>::read(node, spec, reader, *static_cast<M*>(value));
    },
    [](const void* value, const Spec& spec) { return Value<M>::write(*static_cast<const M*>(value), spec); },
    [](const Spec& spec) { return Value<M>::schema(spec); },
    [](const Spec& spec) { return Value<M>::type_name(spec); },
    []() -> const RecordBase* { return Value<M>::record(); },
    [](const void* value) -> std::shared_ptr<const void> {
      return std::make_shared<const M>(*static_cast<const M*>(value));
    },
    [](void* value, const void* other) { *static_cast<M*>(value) = *static_cast<const M*>(other); },
};

/// What a record does whatever its struct is: it knows the struct by its fields' types and offsets. The
/// public face is Record; that what is common stands here keeps hundreds of fields from being compiled one by
/// one.
class RecordBase {
 public:
  const std::string& name() const { return name_; }
  const std::string& doc() const { return doc_; }
  const std::vector<FieldInfo>& fields() const { return fields_; }
  /// JSON Schema of this record's own keys; nested records are references into $defs.
  Node properties() const;
  const std::vector<ForeignFile>& foreign_files() const { return foreign_; }
  /// Words that may stand in place of the record; see Record::one_word().
  const std::vector<std::string_view>& words() const { return words_; }

 protected:
  RecordBase(std::string name, std::string doc) : name_(std::move(name)), doc_(std::move(doc)) {}

  /// `fallback` is the member of a struct as its initialisers leave it.
  void add_field(std::string key, const Spec&, const ValueType&, std::size_t offset, const void* fallback);
  /// Takes over fields, rules and former keys of a record whose struct lies `offset` bytes into this one's.
  void add_record(const RecordBase& base, std::size_t offset);
  void read_object(const Node& written, void* object, Reader&) const;
  std::optional<Node> read_object_keys(const Node& written, void* object, Reader&) const;
  Node write_object(const void* object) const;
  Node write_member_of(const void* object, std::size_t index) const;
  /// Their numbers. Each has to be declared.
  std::vector<std::size_t> members_called(const std::vector<std::string>& keys) const;

  struct Rule {
    std::function<void(const void* object, Checker&)> run;
    std::vector<std::size_t> members;  ///< all that it looks at; none: anything
  };
  std::vector<Rule> rules_;
  std::map<std::string, std::string> renamed_;  ///< keys of earlier versions and what took their place
  std::set<std::string> alone_;                 ///< keys of the part alone, among the renamed
  std::vector<std::string_view> words_;
  std::string word_key_;  ///< the only field that a word sets; empty: all
  std::vector<ForeignFile> foreign_;
  bool has_from_ = false;
  std::optional<std::size_t> place_offset_;  ///< of the member that keeps the place; none: not kept
  std::optional<std::size_t> bands_offset_;

 private:
  struct Member {
    const ValueType* type;
    std::size_t offset;
  };

  bool knows_keys(const Node& node, const Node& written, Reader& reader) const;
  void read_member(std::size_t index, const Node& value, void* object, Reader&) const;
  void read_or_remember(std::size_t index, const Node& value, void* object, Reader&) const;
  void run_rule(const Rule& rule, const void* object, Reader& reader, Checker& checker) const;

  std::string name_;
  std::string doc_;
  std::vector<FieldInfo> fields_;
  std::vector<Member> members_;  // of fields_
};

template <class T>
class Record : public RecordBase {
 public:
  Record(std::string name, std::string doc)
      : RecordBase(std::move(name), std::move(doc)), defaults_(std::make_shared<const T>()) {}

  template <class M>
  Record& field(std::string key, M T::*member, const Spec& spec) {
    add_field(std::move(key), spec, kValueType<M>, offset(member), &((*defaults_).*member));
    return *this;
  }

  /// The same for a member of a base of T.
  template <class Base, class M>
  requires std::derived_from<T, Base> &&
      (!std::same_as<T, Base>)Record& field(std::string key, M Base::*member, const Spec& spec) {
    return field(std::move(key), static_cast<M T::*>(member), spec);
  }

  /// A rule over several fields, run once all of them were read without problems: (const T&, Checker&).
  template <class R>
  Record& check(R rule) {
    return check_of({}, std::move(rule));
  }

  /// The same for a rule that looks at nothing but these fields, declared before: where a MemberMemo knows
  /// that they were good together, it is not run again.
  template <class R>
  Record& check_of(const std::vector<std::string>& keys, R rule) {
    rules_.push_back({[rule = std::move(rule)](const void* object, Checker& checker) {
                        rule(*static_cast<const T*>(object), checker);
                      },
                      members_called(keys)});
    return *this;
  }

  /// All keys and rules of the record of a base of T come first: a part alone has what the same part has in a
  /// chip, and more.
  template <class Base>
  Record& extends(const Record<Base>& base) {
    static_assert(std::derived_from<T, Base>);
    const T* object = defaults_.get();
    add_record(base, bytes_between(object, static_cast<const Base*>(object)));
    return *this;
  }

  void read(const Node& written, T& value, Reader& reader) const { read_object(written, &value, reader); }

  /// The same without the rules, for a part of what the rules are about. Gives the node with inclusions
  /// resolved, nothing when there were problems.
  std::optional<Node> read_keys(const Node& written, T& value, Reader& reader) const {
    return read_object_keys(written, &value, reader);
  }

  Node write(const T& value) const { return write_object(&value); }
  /// Of the member at this place of fields(), without the bands that a member of this record keeps.
  Node write_member(const T& value, std::size_t index) const { return write_member_of(&value, index); }

  /// A record with a key of its own called `from` (a layer's inputs) cannot be included by that key.
  Record& with_own_from() {
    has_from_ = true;
    return *this;
  }

  /// Files of another format may be included as this record.
  Record& reads(ForeignFile file) {
    foreign_.push_back(std::move(file));
    return *this;
  }

  /// For a record whose fields are all of the enum E: one word sets them all.
  template <Enumerated E>
  Record& one_word() {
    words_ = Value<E>::names();
    return *this;
  }

  /// One word of the enum E in place of the record sets its field `key` and leaves the others as they are.
  template <Enumerated E>
  Record& one_word(std::string key) {
    word_key_ = std::move(key);
    return one_word<E>();
  }

  /// A key that is no more; its error names `successor`, a key or a sentence.
  Record& renamed(std::string key, std::string successor) {
    renamed_.emplace(std::move(key), std::move(successor));
    return *this;
  }

  /// A key of the same part alone. A file that is written for both may hold it, and it says nothing here;
  /// written beside the inclusion it is an error that names `instead`.
  Record& alone(std::string key, std::string instead) {
    alone_.insert(key);
    return renamed(std::move(key), std::move(instead));
  }

  /// Names the member that keeps the bands of the constants below, so that they are written again.
  Record& with_bands(Bands T::*bands) {
    bands_offset_ = offset(bands);
    return *this;
  }

  /// Names the member that keeps where the record was written, so that later checks can name the place.
  Record& with_place(base::Place T::*place) {
    place_offset_ = offset(place);
    return *this;
  }

 private:
  template <class M>
  std::size_t offset(M T::*member) const {
    return bytes_between(defaults_.get(), &((*defaults_).*member));
  }

  static std::size_t bytes_between(const void* object, const void* part) {
    return static_cast<std::size_t>(static_cast<const char*>(part) - static_cast<const char*>(object));
  }

  std::shared_ptr<const T> defaults_;
};

/// A value on one line of YAML, for documentation.
std::string flow_text(const Node& node);

}  // namespace kiln::config
