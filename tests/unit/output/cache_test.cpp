// SPDX-License-Identifier: MIT
#include "output/cache.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>

#include "base/hash.h"
#include "support/catch.h"
#include "support/scratch_folder.h"

using namespace kiln;
using output::Cache;

namespace {

std::string key_of(const std::string& text) {
  return base::content_hash(text);
}

std::filesystem::path file_of(const testing::ScratchFolder& folder, const std::string& key) {
  return folder.path() / key.substr(0, 2) / key;
}

std::uint64_t bytes_in(const std::filesystem::path& folder) {
  std::uint64_t all = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    if (entry.is_regular_file()) all += entry.file_size();
  return all;
}

}  // namespace

TEST_CASE("what was stored is found again, by another process, too; nothing else is") {
  const testing::ScratchFolder folder;
  Cache(folder.path()).store(key_of("a"), std::string("1\0002", 3));
  CHECK(Cache(folder.path()).find(key_of("a")) == std::string("1\0002", 3));
  CHECK_FALSE(Cache(folder.path()).find(key_of("b")));
  Cache nothing;
  nothing.store(key_of("a"), "1");
  CHECK_FALSE(nothing.find(key_of("a")));
}

TEST_CASE("a damaged file is not found, and is stored anew") {
  const testing::ScratchFolder folder;
  Cache cache(folder.path());
  const std::string key = key_of("a");
  cache.store(key, "a long enough text");
  const auto damage = GENERATE(0, 1);
  if (damage == 0) {
    std::filesystem::resize_file(file_of(folder, key), 50);
  } else {
    std::fstream file(file_of(folder, key), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(-1, std::ios::end);
    file.put('X');
  }
  CHECK_FALSE(cache.find(key));
  cache.store(key, "a long enough text");
  CHECK(cache.find(key) == "a long enough text");
}

TEST_CASE("a file of the user's where a cached one would be is neither read nor replaced nor trimmed") {
  const testing::ScratchFolder folder;
  const std::string key = key_of("a");
  folder.write(key.substr(0, 2) + "/" + key, "my notes");
  folder.write("thesis.tex", std::string(10'000, 'x'));
  Cache cache(folder.path(), 100);
  cache.store(key, "1");
  for (int i = 0; i < 20; ++i)
    Cache(folder.path(), 100).store(key_of(std::to_string(i)), std::string(50, 'y'));
  CHECK_FALSE(cache.find(key));
  CHECK(folder.read(key.substr(0, 2) + "/" + key) == "my notes");
  CHECK(folder.read("thesis.tex").size() == 10'000);
}

TEST_CASE("beyond its bound what was not used for longest goes") {
  const testing::ScratchFolder folder;
  constexpr std::uint64_t kMost = 2000;
  const std::string used = key_of("used");
  Cache(folder.path(), kMost).store(used, std::string(100, 'u'));
  for (int i = 0; i < 50; ++i) {
    ::usleep(5000);  // times of use must differ
    CHECK(Cache(folder.path(), kMost).find(used));
    Cache(folder.path(), kMost).store(key_of(std::to_string(i)), std::string(100, 'y'));
  }
  CHECK(bytes_in(folder.path()) <= kMost + 200);
  CHECK(Cache(folder.path()).find(key_of("49")));
  CHECK_FALSE(Cache(folder.path()).find(key_of("0")));
}

TEST_CASE("a folder that cannot be written costs nothing but time") {
  Cache cache("/proc/kiln_cache");
  cache.store(key_of("a"), "1");
  CHECK_FALSE(cache.find(key_of("a")));
  CHECK(cache.try_turn(key_of("a")));
}

TEST_CASE("one process at a time has a turn, and gives it back even when it is killed") {
  const testing::ScratchFolder folder;
  const Cache cache(folder.path());
  const std::string key = key_of("a");
  int ready[2];
  REQUIRE(::pipe(ready) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const auto turn = cache.try_turn(key);
    const char taken = turn ? 'y' : 'n';
    if (::write(ready[1], &taken, 1) != 1) ::_exit(1);
    for (;;) ::pause();
  }
  char taken = 0;
  REQUIRE(::read(ready[0], &taken, 1) == 1);
  CHECK(taken == 'y');
  CHECK_FALSE(cache.try_turn(key));
  CHECK(cache.try_turn(key_of("b")));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  CHECK(cache.try_turn(key));
}

TEST_CASE("many writers, some killed while they write, leave whole files or none") {
  const testing::ScratchFolder folder;
  std::vector<pid_t> children;
  for (int c = 0; c < 6; ++c) {
    const pid_t child = ::fork();
    if (child == 0) {
      for (int i = 0;; ++i)
        Cache(folder.path()).store(key_of(std::to_string(i % 40)), std::string(200'000, 'z'));
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    ::usleep(20'000);
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
  }
  int found = 0;
  for (int i = 0; i < 40; ++i)
    if (const auto bytes = Cache(folder.path()).find(key_of(std::to_string(i)))) {
      ++found;
      CHECK(*bytes == std::string(200'000, 'z'));
    }
  CHECK(found > 0);
}

TEST_CASE("locks that killed processes left go after a while; a held one and files of the user's stay") {
  const testing::ScratchFolder folder;
  const std::string left = key_of("left"), held = key_of("held");
  const auto lock_of = [&](const std::string& key) { return file_of(folder, key).string() + ".turn"; };
  folder.write(left.substr(0, 2) + "/" + left + ".turn", "");
  folder.write("my.turn", "my notes");
  const auto turn = Cache(folder.path()).try_turn(held);
  REQUIRE(turn);
  for (const std::string& path : {lock_of(left), lock_of(held), (folder.path() / "my.turn").string()})
    std::filesystem::last_write_time(path,
                                     std::filesystem::file_time_type::clock::now() - std::chrono::hours(2));
  Cache(folder.path()).store(key_of("a"), "1");  // the first one of a process looks around
  CHECK_FALSE(std::filesystem::exists(lock_of(left)));
  CHECK(std::filesystem::exists(lock_of(held)));
  CHECK(folder.read("my.turn") == "my notes");
}
