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

#include <functional>
#include <memory>
#include <string>
#include <type_traits>
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

class RecordBase {
 public:
  RecordBase(std::string name, std::string doc) : name_(std::move(name)), doc_(std::move(doc)) {}
  virtual ~RecordBase() = default;
  const std::string& name() const { return name_; }
  const std::string& doc() const { return doc_; }
  const std::vector<FieldInfo>& fields() const { return fields_; }
  /// JSON Schema of this record's own keys; nested records are references into $defs.
  virtual Node properties() const = 0;
  const std::vector<ForeignFile>& foreign_files() const { return foreign_; }
  /// Words that may stand in place of the record; see Record::one_word().
  const std::vector<std::string_view>& words() const { return words_; }

 protected:
  RecordBase(const RecordBase&) = default;
  RecordBase(RecordBase&&) = default;
  /// Notes each unknown key of `node` with the nearest known one. When `node` came from an included file of
  /// another kind, it notes one problem at `written`, shows nothing of that file, and returns false.
  bool knows_keys(const Node& node, const Node& written, Reader& reader) const;

  std::string name_;
  std::string doc_;
  std::vector<FieldInfo> fields_;
  std::map<std::string, std::string> renamed_;  ///< keys of earlier versions and what took their place
  std::vector<std::string_view> words_;
  std::vector<ForeignFile> foreign_;
};

template <class T>
class Record : public RecordBase {
 public:
  using RecordBase::RecordBase;

  template <class M>
  Record& field(std::string key, M T::*member, Spec spec) {
    const T defaults{};
    FieldInfo info{key, Value<M>::type_name(spec), spec, "", Value<M>::record()};
    if (!spec.required && info.record == nullptr)
      info.default_text = one_line(Value<M>::write(defaults.*member, spec));
    fields_.push_back(std::move(info));
    codecs_.push_back(std::make_shared<MemberCodec<M>>(std::move(key), member, spec));
    return *this;
  }

  /// A rule over several fields, run once all of them were read without problems.
  Record& check(std::function<void(const T&, Checker&)> rule) {
    rules_.push_back(std::move(rule));
    return *this;
  }

  void read(const Node& written, T& value, Reader& reader) const {
    if (!words_.empty() && written.kind == Node::Kind::scalar) {
      for (const auto& codec : codecs_)
        if (word_key_.empty() || codec->key == word_key_) codec->read_own(written, value, reader);
      return;
    }
    const std::optional<Node> node = read_keys(written, value, reader);
    if (!node) return;
    Checker checker(reader, *node);
    for (const auto& rule : rules_) rule(value, checker);
    if (set_bands_) set_bands_(value, reader.bands_here());
  }

  /// The same without the rules, for a part of what the rules are about. Gives the node with inclusions
  /// resolved, nothing when there were problems.
  std::optional<Node> read_keys(const Node& written, T& value, Reader& reader) const {
    std::optional<Node> node = reader.resolve(written, has_from_, foreign_);
    if (!node || !expect_map(*node, reader)) return std::nullopt;
    const std::size_t problems = reader.problem_count();
    if (!knows_keys(*node, written, reader)) return std::nullopt;
    if (set_place_) set_place_(value, node->place);
    for (const auto& codec : codecs_) codec->read(*node, value, reader);
    if (reader.problem_count() != problems) return std::nullopt;
    return node;
  }

  Node write(const T& value) const {
    Node node;
    node.kind = Node::Kind::map;
    for (const auto& codec : codecs_) node.insert(codec->key, codec->write(value), {});
    if (bands_of_) restore_bands(node, bands_of_(value));
    return node;
  }

  Node properties() const override {
    Node node;
    node.kind = Node::Kind::map;
    for (const auto& codec : codecs_) node.insert(codec->key, codec->schema(), {});
    return node;
  }

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

  /// Names the member that keeps the bands of the constants below, so that they are written again.
  Record& with_bands(Bands T::*bands) {
    set_bands_ = [bands](T& value, Bands read) { value.*bands = std::move(read); };
    bands_of_ = [bands](const T& value) -> const Bands& { return value.*bands; };
    return *this;
  }

  /// Names the member that keeps where the record was written, so that later checks can name the place.
  Record& with_place(base::Place T::*place) {
    set_place_ = [place](T& value, const base::Place& read) { value.*place = read; };
    return *this;
  }

 private:
  struct Codec {
    explicit Codec(std::string name) : key(std::move(name)) {}
    virtual ~Codec() = default;
    virtual void read(const Node& node, T& value, Reader& reader) const = 0;
    virtual void read_own(const Node& node, T& value, Reader& reader) const = 0;
    virtual Node write(const T& value) const = 0;
    virtual Node schema() const = 0;
    std::string key;
  };

  template <class M>
  struct MemberCodec : Codec {
    MemberCodec(std::string name, M T::*pointer, Spec about)
        : Codec(std::move(name)), member(pointer), spec(about) {}
    void read(const Node& node, T& value, Reader& reader) const override {
      const Reader::Scope scope(reader, this->key);
      if (const Node* found = node.find(this->key)) {
        read_own(*found, value, reader);
      } else if (spec.required) {
        reader.fail(node, "is missing and has no default");
      }
    }
    void read_own(const Node& node, T& value, Reader& reader) const override {
      Value<M>::read(node, spec, reader, value.*member);
    }
    Node write(const T& value) const override { return Value<M>::write(value.*member, spec); }
    Node schema() const override { return Value<M>::schema(spec); }
    M T::*member;
    Spec spec;
  };

  static std::string one_line(const Node& node);

  std::vector<std::shared_ptr<const Codec>> codecs_;
  std::vector<std::function<void(const T&, Checker&)>> rules_;
  bool has_from_ = false;
  std::string word_key_;                                   // the only field that a word sets; empty: all
  std::function<void(T&, const base::Place&)> set_place_;  // empty: not kept
  std::function<void(T&, Bands)> set_bands_;
  std::function<const Bands&(const T&)> bands_of_;
};

/// A value on one line of YAML, for documentation.
std::string flow_text(const Node& node);

template <class T>
std::string Record<T>::one_line(const Node& node) {
  return flow_text(node);
}

}  // namespace kiln::config
