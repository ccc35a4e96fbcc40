// SPDX-License-Identifier: MIT
#include "output/folder.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/hash.h"
#include "support/catch.h"
#include "support/scratch_folder.h"

using namespace kiln;
using namespace kiln::testing;
using output::Files;
using output::Folder;

namespace {

namespace fs = std::filesystem;

const Files kFirst{{"a.txt", "one"}, {"b.txt", "two"}};
const Files kSecond{{"a.txt", "three"}, {"c.txt", "four"}};

Folder run_folder(const ScratchFolder& scratch, const std::string& name = "r") {
  return {(scratch.path() / name).string(), "run"};
}

/// Names in a folder, the list of Kiln's own files aside.
std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().filename() != output::Marker::kName) names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

/// The working folder for the lifetime of the object.
class Standing {
 public:
  explicit Standing(const fs::path& where) : before_(fs::current_path()) { fs::current_path(where); }
  Standing(const Standing&) = delete;
  Standing& operator=(const Standing&) = delete;
  ~Standing() { fs::current_path(before_); }

 private:
  fs::path before_;
};

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("a folder appears whole, and its successor takes its place") {
  const ScratchFolder scratch;
  run_folder(scratch).replace(kFirst);
  CHECK(names_in(scratch.path() / "r") == Names{"a.txt", "b.txt"});
  CHECK(run_folder(scratch).holds_whole());
  run_folder(scratch).check_replace();
  run_folder(scratch).replace(kSecond);
  CHECK(names_in(scratch.path() / "r") == Names{"a.txt", "c.txt"});
  CHECK(scratch.read("r/a.txt") == "three");
  CHECK(run_folder(scratch).holds_whole());
  CHECK(names_in(scratch.path()) == Names{"r"});
}

TEST_CASE("parents are made, an empty folder is taken and keeps its rights") {
  const ScratchFolder scratch;
  run_folder(scratch, "x/y/r").replace(kFirst);
  CHECK(names_in(scratch.path() / "x/y/r") == Names{"a.txt", "b.txt"});
  fs::create_directory(scratch.path() / "e");
  ::chmod((scratch.path() / "e").c_str(), 0700);
  run_folder(scratch, "e").replace(kFirst);
  struct stat status = {};
  REQUIRE(::stat((scratch.path() / "e").c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0700);
}

TEST_CASE("what a user puts into a folder of results stays there") {
  const ScratchFolder scratch;
  run_folder(scratch).replace(kFirst);
  scratch.write("r/notes.md", "mine");
  scratch.write("r/sub/deep.txt", "mine, too");
  fs::create_symlink("notes.md", scratch.path() / "r/link");
  run_folder(scratch).check_replace();
  run_folder(scratch).replace(kSecond);
  CHECK(names_in(scratch.path() / "r") == Names{"a.txt", "c.txt", "link", "notes.md", "sub"});
  CHECK(scratch.read("r/notes.md") == "mine");
  CHECK(scratch.read("r/sub/deep.txt") == "mine, too");
  CHECK(scratch.read("r/a.txt") == "three");
}

TEST_CASE("edited results are named and stay as they are") {
  const ScratchFolder scratch;
  run_folder(scratch).replace(kFirst);
  scratch.write("r/b.txt", "two, and what I think of it");
  CHECK_THROWS_WITH(run_folder(scratch).check_replace(), contains("b.txt") && contains("was changed"));
  CHECK_THROWS_AS(run_folder(scratch).replace(kSecond), base::ConfigError);
  CHECK(scratch.read("r/b.txt") == "two, and what I think of it");
  CHECK(scratch.read("r/a.txt") == "one");
  CHECK_FALSE(run_folder(scratch).holds_whole());
}

TEST_CASE("a result that became a link, a folder or was removed") {
  const ScratchFolder scratch;
  run_folder(scratch).replace(kFirst);
  scratch.write("precious", "two");  // even with the same content
  fs::remove(scratch.path() / "r/b.txt");
  SECTION("removed: nothing to lose") {
    run_folder(scratch).replace(kSecond);
    CHECK(scratch.read("r/a.txt") == "three");
  }
  SECTION("a link") {
    fs::create_symlink("../precious", scratch.path() / "r/b.txt");
    CHECK_THROWS_AS(run_folder(scratch).replace(kSecond), base::ConfigError);
    CHECK(fs::is_symlink(scratch.path() / "r/b.txt"));
  }
  SECTION("a folder") {
    scratch.write("r/b.txt/mine", "x");
    CHECK_THROWS_AS(run_folder(scratch).replace(kSecond), base::ConfigError);
    CHECK(scratch.read("r/b.txt/mine") == "x");
  }
  CHECK(scratch.read("precious") == "two");
}

TEST_CASE("a file of the user's with the name of a new result is not written over") {
  const ScratchFolder scratch;
  run_folder(scratch).replace(kFirst);
  scratch.write("r/c.txt", "mine");
  CHECK_THROWS_WITH(run_folder(scratch).replace(kSecond), contains("c.txt"));
  CHECK(scratch.read("r/c.txt") == "mine");
  CHECK(scratch.read("r/a.txt") == "one");
  CHECK(names_in(scratch.path() / "r") == Names{"a.txt", "b.txt", "c.txt"});
}

TEST_CASE("names and lists that somebody else wrote prove nothing") {
  const ScratchFolder scratch;
  SECTION("another program's manifest") {
    scratch.write("r/manifest.json", R"({"tool": "kiln"})");
  }
  SECTION("a list that is none") {
    scratch.write("r/.kiln.json", "{");
  }
  SECTION("a list of another shape") {
    scratch.write("r/.kiln.json", R"({"kiln": 1, "files": [1], "next": {}, "unfinished": false})");
  }
  SECTION("an empty list") {
    scratch.write("r/.kiln.json", R"({"kiln": 1, "files": {}, "next": {}, "unfinished": false})");
  }
  scratch.write("r/thesis.txt", "precious");
  CHECK_THROWS_WITH(run_folder(scratch).check_replace(), contains("choose another folder"));
  CHECK_THROWS_AS(run_folder(scratch).replace(kFirst), base::ConfigError);
  CHECK(scratch.read("r/thesis.txt") == "precious");
}

TEST_CASE("a list cannot reach out of its folder") {
  const ScratchFolder scratch;
  scratch.write("precious", "x");
  run_folder(scratch).replace(kFirst);
  const std::string hash = "\"kind\": \"run\", \"hash\": \"" + base::content_hash("x") + "\"";
  scratch.write("r/.kiln.json",
                R"({"kiln": 1, "unfinished": false, "next": {}, "files": {"a.txt": {"kind": "run",
    "hash": ")" + base::content_hash("one") +
                    "\"}, \"../precious\": {" + hash + "}}}");
  scratch.write("r/b.txt", "now the user's");
  run_folder(scratch).replace(kSecond);
  CHECK(scratch.read("precious") == "x");
  CHECK(scratch.read("r/b.txt") == "now the user's");
}

TEST_CASE("results of another kind are not replaced") {
  const ScratchFolder scratch;
  Folder((scratch.path() / "r").string(), "sweep").add(kFirst);
  CHECK_THROWS_WITH(run_folder(scratch).check_replace(), contains("results of a sweep, not of a run"));
  CHECK_THROWS_AS(run_folder(scratch).replace(kSecond), base::ConfigError);
  CHECK(scratch.read("r/a.txt") == "one");
}

TEST_CASE("files are added beside others, and replace only what was written and is unchanged") {
  const ScratchFolder scratch;
  scratch.write("r/mine.txt", "x");
  run_folder(scratch).add({{"a.txt", "one"}});
  run_folder(scratch).add({{"b.txt", "two"}});
  run_folder(scratch).add({{"a.txt", "three"}});
  CHECK(names_in(scratch.path() / "r") == Names{"a.txt", "b.txt", "mine.txt"});
  CHECK(scratch.read("r/a.txt") == "three");
  CHECK_THROWS_WITH(run_folder(scratch).check_add({"mine.txt", "new.txt"}), contains("mine.txt"));
  CHECK_THROWS_AS(run_folder(scratch).add({{"mine.txt", "y"}}), base::ConfigError);
  CHECK(scratch.read("r/mine.txt") == "x");
}

TEST_CASE("every spelling of a path is the same folder") {
  const ScratchFolder scratch;
  fs::create_directories(scratch.path() / "here/sub");
  fs::create_directory_symlink("here", scratch.path() / "link");
  const Standing standing(scratch.path() / "here");
  for (const char* spelling :
       {"r", "r/", "r//", "./r", "./r/.", "../here/r", "sub/../r/", "../link/r", "r/../r"}) {
    INFO(spelling);
    const Folder folder(spelling, "run");
    CHECK(folder.path() == fs::canonical(scratch.path()) / "here/r");
    folder.check_replace();
    folder.replace(kFirst);
  }
  CHECK(names_in(scratch.path() / "here") == Names{"r", "sub"});
}

TEST_CASE("the folder one stands in stays the same folder") {
  const ScratchFolder scratch;
  fs::create_directories(scratch.path() / "here/deep");
  for (const char* spelling : {".", "./", "../here", "../here/"}) {
    INFO(spelling);
    fs::remove_all(scratch.path() / "here");
    fs::create_directories(scratch.path() / "here");
    const Standing standing(scratch.path() / "here");
    Folder(spelling, "run").replace(kFirst);
    Folder(spelling, "run").replace(kSecond);
    CHECK(names_in(".") == Names{"a.txt", "c.txt"});
    CHECK(fs::equivalent(".", scratch.path() / "here"));
  }
}

TEST_CASE("a link to a folder leads to it, and stays a link") {
  const ScratchFolder scratch;
  fs::create_directory(scratch.path() / "real");
  fs::create_directory_symlink("real", scratch.path() / "link");
  run_folder(scratch, "link").replace(kFirst);
  CHECK(fs::is_symlink(scratch.path() / "link"));
  CHECK(names_in(scratch.path() / "real") == Names{"a.txt", "b.txt"});
}

TEST_CASE("what cannot be a folder is refused before anything runs") {
  const ScratchFolder scratch;
  scratch.write("file", "x");
  fs::create_symlink("nowhere", scratch.path() / "dangling");
  fs::create_symlink("loop", scratch.path() / "loop");
  REQUIRE(::mkfifo((scratch.path() / "pipe").c_str(), 0644) == 0);
  for (const std::string& name : {std::string("file"), std::string("file/below"), std::string("dangling"),
                                  std::string("loop/below"), std::string("pipe"), std::string(300, 'x')}) {
    INFO(name);
    CHECK_THROWS_AS(run_folder(scratch, name), base::ConfigError);
  }
  CHECK_THROWS_AS(Folder("/dev/null", "run"), base::ConfigError);
  CHECK(scratch.read("file") == "x");
}

TEST_CASE("what a run reads it does not replace, unless it stays the same") {
  const ScratchFolder scratch;
  run_folder(scratch).replace(kFirst);
  scratch.write("r/mine.yaml", "x");
  const std::string own = (scratch.path() / "r/a.txt").string(),
                    mine = (scratch.path() / "r/mine.yaml").string();
  run_folder(scratch).check_inputs({mine, "nowhere"});
  CHECK_THROWS_WITH(run_folder(scratch).check_inputs({own}), contains("is read here"));
  CHECK_THROWS_AS(run_folder(scratch).check_inputs({own}, {{"a.txt", "other"}}), base::ConfigError);
  run_folder(scratch).check_inputs({own}, {{"a.txt", "one"}});
}

TEST_CASE("what a killed process left is removed by the next, and nothing else") {
  const ScratchFolder scratch;
  const std::string stage = ".kiln-" + base::content_hash("r").substr(0, 8);
  const std::string list = output::to_text({{{"a.txt", {"run", ""}}}, {}, true});
  scratch.write(stage + "-0/.kiln.json", list);
  scratch.write(stage + "-0/a.txt", "half");
  scratch.write(stage + "-1/mine.txt", "x");
  run_folder(scratch).replace(kFirst);
  CHECK(names_in(scratch.path()) == Names{stage + "-1", "r"});
}

TEST_CASE("a process that was ended while it placed files left a folder that is still known") {
  const ScratchFolder scratch;
  run_folder(scratch).replace(kFirst);
  output::Marker both;
  for (const auto& [name, text] : kFirst) both.files[name] = {"run", base::content_hash(text)};
  for (const auto& [name, text] : kSecond) both.next[name] = {"run", base::content_hash(text)};
  scratch.write("r/.kiln.json", output::to_text(both));
  scratch.write("r/a.txt", "three");  // of the second, the rest is of the first
  scratch.write("r/notes.md", "mine");
  CHECK_FALSE(run_folder(scratch).holds_whole());
  run_folder(scratch).check_replace();
  run_folder(scratch).replace({{"d.txt", "five"}});
  CHECK(names_in(scratch.path() / "r") == Names{"d.txt", "notes.md"});
  CHECK(run_folder(scratch).holds_whole());
}

TEST_CASE("damaged results move out of the way") {
  const ScratchFolder scratch;
  run_folder(scratch).replace(kFirst);
  scratch.write("r/a.txt", "");
  CHECK_FALSE(run_folder(scratch).holds_whole());
  CHECK(run_folder(scratch).set_aside().filename() == "r.damaged-1");
  run_folder(scratch).replace(kFirst);
  CHECK(names_in(scratch.path()) == Names{"r", "r.damaged-1"});
}

TEST_CASE("a place that takes no folder is told before anything is computed") {
  if (!fs::is_directory("/proc/self")) return;
  CHECK_THROWS_WITH(Folder("/proc/kiln-results", "run").check_replace(),
                    contains("no folder can be made in /proc"));
  CHECK_THROWS_WITH(Folder("/proc/a/b", "run").check_add({"x"}), contains("no folder can be made in /proc"));
  const ScratchFolder scratch;
  run_folder(scratch, "new/deep").check_replace();
  CHECK(fs::is_empty(scratch.path()));
}
