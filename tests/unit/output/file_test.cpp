// SPDX-License-Identifier: MIT
#include "output/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "support/catch.h"
#include "support/scratch_folder.h"

using namespace kiln;
using namespace kiln::testing;

namespace {

namespace fs = std::filesystem;

void write_log(const fs::path& path, const std::string& text, const std::vector<std::string>& inputs = {}) {
  output::File file(path.string(), "log", "--log", inputs);
  file.write(text);
  file.publish();
}

}  // namespace

TEST_CASE("a file appears when it is published, and a successor takes its place") {
  const ScratchFolder scratch;
  const fs::path path = scratch.path() / "a.csv";
  {
    output::File file(path.string(), "log", "--log", {});
    file.write("half");
    CHECK_FALSE(fs::exists(path));
  }
  CHECK(fs::is_empty(scratch.path()));
  write_log(path, "one\n");
  CHECK(scratch.read("a.csv") == "one\n");
  write_log(path, "two\n");
  CHECK(scratch.read("a.csv") == "two\n");
}

TEST_CASE("what must not be written over is refused and stays") {
  const ScratchFolder scratch;
  const auto path = [&](const char* name) { return scratch.path() / name; };
  scratch.write("mine.csv", "precious");
  fs::create_symlink("mine.csv", path("link"));
  fs::create_directory(path("folder"));
  REQUIRE(::mkfifo(path("pipe").c_str(), 0644) == 0);
  for (const char* name : {"mine.csv", "link", "folder", "folder/", "pipe", "none/a.csv", "."}) {
    INFO(name);
    CHECK_THROWS_AS(write_log(path(name), "x"), base::ConfigError);
  }
  CHECK_THROWS_AS(write_log("/dev/full", "x"), base::ConfigError);
  CHECK(scratch.read("mine.csv") == "precious");
  CHECK(fs::is_symlink(path("link")));

  write_log(path("a.csv"), "one\n");
  scratch.write("a.csv", "one\nand a note\n");
  CHECK_THROWS_WITH(write_log(path("a.csv"), "two\n"), contains("was changed since"));
  CHECK(scratch.read("a.csv") == "one\nand a note\n");
}

TEST_CASE("an empty file has nothing to lose") {
  const ScratchFolder scratch;
  scratch.write("a.csv", "");
  write_log(scratch.path() / "a.csv", "one\n");
  CHECK(scratch.read("a.csv") == "one\n");
}

TEST_CASE("a file that is read is not written, by whatever name") {
  const ScratchFolder scratch;
  write_log(scratch.path() / "a.csv", "one\n");  // Kiln's own, and still an input
  fs::create_symlink("a.csv", scratch.path() / "b.csv");
  CHECK_THROWS_WITH(write_log(scratch.path() / "a.csv", "x", {(scratch.path() / "b.csv").string()}),
                    contains("is read by this command"));
  CHECK(scratch.read("a.csv") == "one\n");
}

TEST_CASE("devices that are asked for are written through") {
  const ScratchFolder scratch;
  write_log("/dev/null", "gone");
  const int file = ::open((scratch.path() / "out").c_str(), O_RDWR | O_CREAT, 0644);
  REQUIRE(file >= 0);
  write_log("/dev/fd/" + std::to_string(file), "through");
  ::close(file);
  CHECK(scratch.read("out") == "through");
}
