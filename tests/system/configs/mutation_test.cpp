// SPDX-License-Identifier: MIT
// 10,000 damaged configuration files: each is read or refused with ConfigError, never anything else.
#include <algorithm>
#include <cmath>

#include "base/file.h"
#include "base/rng.h"
#include "cli/catalogue.h"
#include "support/catch.h"

using namespace kiln;

namespace {

constexpr int kMutants = 10'000;
constexpr std::size_t kLongest = 4000;  // longer files are only slower

class Mutator {
 public:
  explicit Mutator(std::uint64_t seed) : rng_(seed, "configs", "mutation", 0) {}

  std::size_t below(std::size_t bound) {
    return bound == 0
               ? 0
               : std::min(bound - 1, static_cast<std::size_t>(rng_.uniform() * static_cast<double>(bound)));
  }

  std::string damaged(std::string text) {
    for (std::size_t times = 1 + below(3); times > 0; --times) damage(text);
    return text;
  }

 private:
  void damage(std::string& text) {
    const std::size_t at = below(text.size() + 1);
    const std::size_t length = std::min(text.size() - at, 1 + below(20));
    switch (below(6)) {
      case 0:
        text.resize(at);
        break;
      case 1:
        text.erase(at, length);
        break;
      case 2:
        text.insert(at, text.substr(at, length));
        break;
      case 3:
        text.insert(at, word());
        break;
      case 4:
        replace_value(text, at);
        break;
      default:
        if (at < text.size()) text[at] = static_cast<char>(rng_.next_u32() & 0xff);
    }
  }

  /// What follows the next colon becomes something else.
  void replace_value(std::string& text, std::size_t at) {
    const std::size_t colon = text.find(": ", at);
    if (colon == std::string::npos) return;
    const std::size_t end = std::min(text.find_first_of(",\n}", colon), text.size());
    text.replace(colon + 2, end - colon - 2, word());
  }

  const char* word() {
    static constexpr const char* kWords[] = {"~",
                                             "''",
                                             "\"",
                                             "[",
                                             "]",
                                             "{",
                                             "}",
                                             "- ",
                                             ": ",
                                             "#",
                                             "\t",
                                             "\n",
                                             "&a ",
                                             "*a",
                                             "!!int ",
                                             "|",
                                             ">",
                                             "---\n",
                                             "nan",
                                             "inf",
                                             "-inf",
                                             "1e999",
                                             "-1",
                                             "0",
                                             "1e308 GHz",
                                             "0 W",
                                             "-273.16 degC",
                                             "99999999999999999999",
                                             "0x10",
                                             "010",
                                             "true",
                                             "[[[[[[[[",
                                             "{a: {a: {a: ",
                                             "<<: *a",
                                             "from: /dev/null",
                                             "from: .",
                                             "\xc3\x28",
                                             "\xef\xbb\xbf",
                                             "25 degC",
                                             "from: 1\n",
                                             "? ",
                                             "%YAML 9.9\n",
                                             "1_000",
                                             "+.5",
                                             "5.",
                                             "1 MHz MHz"};
    return kWords[below(std::size(kWords))];
  }

  base::Rng rng_;
};

}  // namespace

TEST_CASE("no damaged configuration file crashes or hangs the reader") {
  std::vector<std::pair<std::string, std::string>> files;
  for (const auto& file : cli::config_files(std::filesystem::path(KILN_SOURCE_DIR) / "configs")) {
    std::string text = base::read_file(file.path.string());
    const bool includes_much = file.kind == "experiment" || file.kind == "soc";
    if (text.size() <= kLongest && !includes_much) files.emplace_back(file.path.string(), std::move(text));
  }
  REQUIRE(files.size() > 20);

  Mutator mutator(20);
  int refused = 0;
  for (int i = 0; i < kMutants; ++i) {
    const auto& [path, text] = files[mutator.below(files.size())];
    const std::string mutant = mutator.damaged(text);
    try {
      cli::kind_of_file(path).effective(config::parse_yaml(path, mutant), path);
    } catch (const base::ConfigError& error) {
      ++refused;
      if (error.problems().empty() || std::string(error.what()).empty())
        FAIL("refused without a word: " << mutant);
    } catch (const std::exception& error) {
      FAIL("not a ConfigError but '" << error.what() << "' for\n" << mutant);
    }
  }
  CHECK(refused > kMutants / 4);
  CHECK(refused < kMutants);
}

TEST_CASE("a text that begins with a comma is refused, not read without end") {
  for (const char* text : {",", ", a: 1", "# comment\n, one\na: 1\n", "--- a\n--- b\n"})
    CHECK_THROWS_AS(config::parse_yaml("bad.yaml", text), base::ConfigError);
}
