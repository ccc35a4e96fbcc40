// SPDX-License-Identifier: MIT
// A scheduling policy that was added in the places that its recipe names, and in no other, is read from a
// configuration, chosen and obeyed.
#include <algorithm>
#include <regex>
#include <set>
#include <sstream>

#include "base/file.h"
#include "config/load.h"
#include "dram/exact_channel.h"
#include "support/catch.h"

using namespace kiln;
using namespace kiln::dram;

namespace {

DramConfig with_policy(const std::string& name) {
  DramConfig config =
      config::load<StandaloneConfig>(
          std::string(KILN_SOURCE_DIR) + "/configs/parts/dram/hbm2e_3200.yaml",
          {"controller.arbitration=" + name, "refresh.policy=none", "organisation.channels=1"})
          .value;
  return config;
}

struct Served {
  std::vector<std::uint64_t> order;  ///< ids
  CommandCounts counts;
};

/// Reads of two rows of one bank in turn, all there from the beginning.
Served serve_alternating_rows(const std::string& policy, int reads) {
  ExactChannel channel(with_policy(policy));
  std::vector<Completion> completions;
  channel.report_completions(&completions);
  for (int i = 0; i < reads; ++i) {
    const Access access{
        .id = static_cast<std::uint64_t>(i), .bank = 1, .row = i % 2, .column = i / 2, .write = false};
    REQUIRE(channel.can_accept(access));
    channel.accept(access, 0, 0);
  }
  channel.end_input();
  while (!channel.complete()) channel.step(kNeverCycle);
  Served served{{}, channel.counts(channel.now())};
  for (const Completion& completion : completions) served.order.push_back(completion.id);
  return served;
}

}  // namespace

TEST_CASE("the policy of the recipe serves in order of arrival") {
  constexpr int kReads = 16;
  const Served ready_first = serve_alternating_rows("oldest_ready", kReads);
  const Served strict = serve_alternating_rows("strict_order", kReads);
  CHECK(strict.counts.activates == kReads);
  CHECK(ready_first.counts.activates < kReads);
  CHECK(std::is_sorted(strict.order.begin(), strict.order.end()));
  CHECK(strict.order.size() == kReads);
}

TEST_CASE("the recipe names the files that were touched, and no others") {
  const std::string page = base::read_file(std::string(KILN_SOURCE_DIR) + "/src/README.md");
  const std::size_t begin = page.find("**A scheduling policy of the exact DRAM controller.**");
  REQUIRE(begin != std::string::npos);
  const std::string recipe = page.substr(begin, page.find("\n\n", begin) - begin);
  std::set<std::string> named, touched;
  const std::regex file("`([\\w/]+\\.(h|cpp))`");
  for (std::sregex_iterator at(recipe.begin(), recipe.end(), file), end; at != end; ++at)
    named.insert("models/dram/" + (*at)[1].str());
  std::istringstream places(RECIPE_PLACES);
  for (std::string place; places >> place;) touched.insert(place);
  CHECK(named == touched);
}
