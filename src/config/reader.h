// SPDX-License-Identifier: MIT
// The state of reading one configuration: problems found so far, key path, files read.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/band.h"
#include "config/member_memo.h"
#include "config/node.h"
#include "config/parsed_files.h"

namespace kiln::config {

class RecordBase;

/// Files of another format that a record can be read from where a file of it is included.
struct ForeignFile {
  std::string ending;  ///< ".onnx"
  /// Keys that may stand beside `from`; they say how the file is read.
  const RecordBase* options = nullptr;
  /// The record as a tree; `given` is a map of those keys. Throws ConfigError.
  std::function<Node(const std::string& path, const Node& given)> read;
  std::string key = {};  ///< may stand in place of `from`, for files of any name; empty: none
};

class Reader {
 public:
  Reader() = default;
  /// Takes inclusions from `parsed`, which must outlive it.
  explicit Reader(const ParsedFiles& parsed, MemberMemo* memo = nullptr) : parsed_(&parsed), memo_(memo) {
    if (memo_ != nullptr) memo_->begin_tree();
  }

  /// One step of the key path for the lifetime of the object.
  class Scope {
   public:
    Scope(Reader& reader, std::string key) : reader_(reader) { reader_.path_.push_back(std::move(key)); }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;
    ~Scope() { reader_.path_.pop_back(); }

   private:
    Reader& reader_;
  };

  void fail(const base::Place& place, const std::string& message);
  void fail(const Node& node, const std::string& message) { fail(node.place, message); }
  std::string path() const;
  const std::vector<std::string>& keys() const { return path_; }

  /// Keeps the band of the quantity at the present path.
  void note_band(Band band) { bands_.push_back(std::make_shared<const Band>(std::move(band))); }
  const Bands& bands() const { return bands_; }
  /// Those below the present path, with paths from there.
  Bands bands_here() const;

  /// The record written at `node`, inclusions resolved: a file name or `from:` includes that file, and keys
  /// written beside `from:` override those of the file. Empty, after noting a problem, when the file cannot
  /// be read.
  std::optional<Node> resolve(const Node& node, bool from_is_a_field,
                              const std::vector<ForeignFile>& foreign = {});

  /// The memo of the root's members while one of them is read; null within them, or without one.
  MemberMemo* memo_of_members() const { return path_.size() == 1 ? memo_ : nullptr; }
  /// The same when all of them have been read.
  MemberMemo* memo_of_root() const { return path_.empty() ? memo_ : nullptr; }
  /// What a part of the reading notes.
  struct Noted {
    Bands bands;
    std::vector<std::string> files;
  };
  /// From here to end_noting(), which takes what this gave, notes are kept apart.
  Noted begin_noting() { return {std::exchange(bands_, {}), std::exchange(files_, {})}; }
  Noted end_noting(const Noted& before);
  void note_read(const Bands& bands, const std::vector<std::string>& files);

  void note_file(const std::string& path);
  /// Notes the root file; an inclusion that leads back to it is refused.
  void note_root(const std::string& path);
  const std::vector<std::string>& files() const { return files_; }
  const std::vector<base::Problem>& problems() const { return problems_; }
  std::size_t problem_count() const { return problems_.size(); }

 private:
  /// Takes the keys of a foreign file out of `beside`. `key` is that of a format, empty for `from`.
  std::optional<Node> include(const Node& file_name, const std::string& key, Node& beside,
                              const std::vector<ForeignFile>& foreign);
  /// Why the file must not be included now; empty when it may.
  std::string refusal(const std::string& path, const std::string& identity) const;

  std::vector<std::string> path_;
  std::vector<base::Problem> problems_;
  Bands bands_;
  std::vector<std::string> files_;
  std::vector<std::string> open_files_;  ///< resolved paths of the inclusion chain, to refuse a circle
  std::size_t inclusions_ = 0;
  const ParsedFiles* parsed_ = nullptr;  ///< none: each inclusion is parsed anew
  MemberMemo* memo_ = nullptr;           ///< none: all members are read
};

/// `name` as written in the file at `place`: relative to that file, or to the working directory for --set.
std::string path_beside(const base::Place& place, const std::string& name);

}  // namespace kiln::config
