// SPDX-License-Identifier: MIT
#include "sweep.h"

#include <algorithm>
#include <cstdlib>
#include <random>

#include "support/catch.h"
#include "support/long_tests.h"
#include "values.h"

namespace kiln::testing {

namespace {

constexpr std::size_t kLongFactor = 100;

/// Other pairs and samples with KILN_BOUNDS_SEED.
unsigned chosen_seed() {
  const char* given = std::getenv("KILN_BOUNDS_SEED");
  return given == nullptr ? 20261120 : static_cast<unsigned>(std::stoul(given));
}

/// The first place of each key, and the last where it is another kind of thing (another body, block or
/// layer).
std::vector<Change> changes_of(const Subject& subject,
                               const std::function<bool(const std::string& path)>& wanted) {
  std::vector<Change> changes;
  config::Node copy = subject.effective;
  for (const Leaf& leaf : leaves_of(*subject.record, subject.effective)) {
    std::vector<std::string> places = {leaf.places.front()};
    if (leaf.places.size() > 1) places.push_back(leaf.places.back());
    for (const std::string& place : places) {
      if (!wanted(place)) continue;
      for (const std::string& value : values_to_try(*leaf.field, config::node_at(copy, place, {})))
        changes.emplace_back(place, value);
    }
  }
  return changes;
}

void expect_promise(const Subject& subject, const std::vector<Change>& changes) {
  const std::string broken = broken_promise(subject, changes);
  if (broken.empty()) return;
  std::string text;
  for (const auto& [key, value] : changes) text += fmt::format(" --set {}={}", key, value);
  FAIL_CHECK(text << "\n    " << broken);
}

}  // namespace

void sweep_keys(const Subject& subject, std::size_t sample,
                const std::function<bool(const std::string& path)>& wanted) {
  std::vector<Change> changes = changes_of(subject, wanted);
  REQUIRE(!changes.empty());
  if (!long_tests()) {
    std::shuffle(changes.begin(), changes.end(), std::mt19937(chosen_seed()));
    changes.resize(std::min(changes.size(), sample));
  }
  for (const Change& change : changes) expect_promise(subject, {change});
}

void sweep_pairs(const Subject& subject, std::size_t sample) {
  const std::vector<Change> changes = changes_of(subject, [](const std::string&) { return true; });
  std::mt19937 random(chosen_seed());
  std::uniform_int_distribution<std::size_t> any(0, changes.size() - 1);
  for (std::size_t i = 0; i < (long_tests() ? kLongFactor : 1) * sample; ++i) {
    std::vector<Change> together = {changes[any(random)], changes[any(random)]};
    if (i % 3 == 0) together.push_back(changes[any(random)]);
    expect_promise(subject, together);
  }
}

}  // namespace kiln::testing
