// SPDX-License-Identifier: MIT
// The state of reading one configuration: problems found so far, key path, files read.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/node.h"

namespace kiln::config {

class Reader {
 public:
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

  /// What stands at a place where a record is expected: a file name or `from:` brings in that file, and the
  /// keys beside it override. Nothing (after a problem was noted) when the file cannot be read.
  std::optional<Node> resolve(const Node& node, bool from_is_a_field);

  void note_file(const std::string& path);
  /// The file everything begins with: nothing it includes may include it.
  void note_root(const std::string& path);
  const std::vector<std::string>& files() const { return files_; }
  const std::vector<base::Problem>& problems() const { return problems_; }
  std::size_t problem_count() const { return problems_.size(); }

 private:
  std::optional<Node> include(const Node& file_name);
  /// Why the file must not be included now; empty when it may.
  std::string refusal(const std::string& path, const std::string& identity) const;

  std::vector<std::string> path_;
  std::vector<base::Problem> problems_;
  std::vector<std::string> files_;
  std::vector<std::string> open_files_;  ///< chain of inclusion without links and dots, to refuse a circle
  std::size_t inclusions_ = 0;
};

/// `name` as written in the file at `place`: relative to that file, or to the working directory for --set.
std::string path_beside(const base::Place& place, const std::string& name);

}  // namespace kiln::config
