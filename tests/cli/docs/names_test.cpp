// SPDX-License-Identifier: MIT
// The map, the walks and the recipes name only files and members that exist.
#include <algorithm>
#include <filesystem>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "base/file.h"
#include "support/catch.h"

namespace fs = std::filesystem;
using kiln::base::read_file;

namespace {

const fs::path kRoot = KILN_SOURCE_DIR;

struct Tree {
  std::vector<std::string> paths;  ///< from the root
  std::set<std::string> words;     ///< of the sources
};

Tree read_tree() {
  Tree tree;
  const std::regex word("[A-Za-z_][A-Za-z_0-9]*");
  for (const char* top : {"src", "models", "configs", "tests", "scripts"})
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(kRoot / top)) {
      if (!entry.is_regular_file()) continue;
      tree.paths.push_back("/" + fs::relative(entry.path(), kRoot).string());
      const std::string kind = entry.path().extension().string();
      if ((kind != ".h" && kind != ".cpp") || std::string(top) == "tests") continue;
      const std::string text = read_file(entry.path().string());
      for (std::sregex_iterator at(text.begin(), text.end(), word), end; at != end; ++at)
        tree.words.insert(at->str());
    }
  return tree;
}

/// What stands in backticks outside of blocks of code.
std::vector<std::string> quoted(const std::string& page) {
  std::vector<std::string> names;
  const std::string text = std::regex_replace(page, std::regex("```[^`]*```"), "");
  const std::regex name("`([^`\n]+)`");
  for (std::sregex_iterator at(text.begin(), text.end(), name), end; at != end; ++at)
    names.push_back((*at)[1].str());
  return names;
}

/// "a/b.{h,cpp}" and "a/b.cpp" as the files they stand for; nothing for other names and for patterns with
/// NAME.
std::vector<std::string> files_of(const std::string& name) {
  static const std::regex file(R"(([\w/.-]+)\.(\{(h,cpp)\}|cpp|h|yaml|md))");
  std::smatch found;
  if (!std::regex_match(name, found, file) || name.find("NAME") != std::string::npos) return {};
  if (found[3].matched) return {found[1].str() + ".h", found[1].str() + ".cpp"};
  return {name};
}

std::vector<std::string> members_of(const std::string& name) {
  static const std::regex member(R"(\w+(::\w+)+)");
  std::vector<std::string> words;
  if (!std::regex_match(name, member)) return words;
  const std::regex word("\\w+");
  for (std::sregex_iterator at(name.begin(), name.end(), word), end; at != end; ++at)
    words.push_back(at->str());
  return words;
}

/// Files that a run writes are named on pages, too, and are not in the tree.
bool is_written_by_runs(const std::string& file) {
  return file == "config.effective.yaml";
}

}  // namespace

TEST_CASE("pages beside the sources name only files and members that exist") {
  const Tree tree = read_tree();
  std::size_t names = 0;
  const auto check = [&](const fs::path& page) {
    INFO(page);
    for (const std::string& name : quoted(read_file(page.string()))) {
      for (const std::string& file : files_of(name)) {
        INFO(file);
        const bool is_there = std::any_of(tree.paths.begin(), tree.paths.end(), [&](const std::string& path) {
          return path.size() > file.size() && path.ends_with("/" + file);
        });
        CHECK((is_there || is_written_by_runs(file) || fs::exists(kRoot / file)));
        ++names;
      }
      for (const std::string& word : members_of(name)) {
        INFO(name);
        CHECK(tree.words.count(word) == 1);
        ++names;
      }
    }
  };
  check(kRoot / "README.md");
  for (const char* top : {"src", "models"})
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(kRoot / top))
      if (entry.path().filename() == "README.md") check(entry.path());
  CHECK(names > 200);
}
