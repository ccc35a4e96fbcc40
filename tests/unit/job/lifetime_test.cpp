// SPDX-License-Identifier: MIT
#include <cmath>

#include "job/lifetime.h"
#include "support/catch.h"

using namespace kiln;
using Catch::Matchers::WithinRel;
using job::Lifetime;
using job::WearConfig;

namespace {

constexpr double kHour_s = 3600, kYear_s = 365.25 * 86400;

const WearConfig& usual(const std::vector<WearConfig>& all, const std::string& name) {
  for (const WearConfig& wear : all)
    if (wear.name == name) return wear;
  FAIL("no mechanism " << name);
  return all.front();
}

}  // namespace

TEST_CASE("Arrhenius: 0.7 eV between 55 and 125 degC are a factor of 78") {
  // exp(0.7 / 8.617e-5 (1/328.15 - 1/398.15)), the factor that burn-in tables give.
  CHECK_THAT(job::arrhenius_factor(0.7, 55, 125), WithinRel(77.6, 0.01));
  CHECK(job::arrhenius_factor(0.7, 55, 55) == 1);
  CHECK_THAT(job::arrhenius_factor(1.1, 40, 80) * job::arrhenius_factor(1.1, 80, 40), WithinRel(1, 1e-12));
}

TEST_CASE("at the reference, at rated current, a life lasts as long as it says, and its band is closed") {
  for (const WearConfig& wear : job::usual_wear()) {
    Lifetime lifetime({wear});
    lifetime.add(wear.life_s, wear.reference_c, wear.reference_c, wear.reference_c, 1);
    CHECK_THAT(lifetime.worn()[0].nominal, WithinRel(1, 1e-12));
    CHECK_THAT(lifetime.worn()[0].low, WithinRel(1, 1e-12));
    CHECK_THAT(lifetime.worn()[0].high, WithinRel(1, 1e-12));
  }
}

TEST_CASE("half the current makes wires live 2^n times as long, between n = 1 and 2") {
  Lifetime lifetime({usual(job::usual_wear(), "electromigration")});
  lifetime.add(kYear_s, 105, 25, 25, 0.5);
  CHECK_THAT(lifetime.worn()[0].nominal, WithinRel(0.1 * std::pow(0.5, 1.5), 1e-12));
  CHECK_THAT(lifetime.worn()[0].low, WithinRel(0.1 * 0.25, 1e-12));
  CHECK_THAT(lifetime.worn()[0].high, WithinRel(0.1 * 0.5, 1e-12));
}

TEST_CASE("flash that keeps its charge for a year at 30 degC keeps it for 500 h at 52 and 96 h at 66") {
  const WearConfig wear = usual(job::usual_wear(), "flash_retention");
  for (const auto& [celsius, hours] : {std::pair{52.0, 500.0}, {66.0, 96.0}}) {
    Lifetime lifetime({wear});
    lifetime.add(hours * kHour_s, 0, 0, celsius, 0);
    CHECK_THAT(lifetime.worn()[0].nominal, WithinRel(1, 0.05));
    CHECK(lifetime.worn()[0].low <= 1);
    CHECK(lifetime.worn()[0].high >= 1);
  }
}

TEST_CASE("damage adds up along a trajectory, in whatever order") {
  const std::vector<WearConfig> all = job::usual_wear();
  Lifetime there(all), back(all), idle(all);
  const double path[][2] = {{40, 0.1}, {80, 0.9}, {60, 0.5}};
  for (int i = 0; i < 3; ++i) {
    there.add(kHour_s, path[i][0], 30, 30, path[i][1]);
    back.add(kHour_s, path[2 - i][0], 30, 30, path[2 - i][1]);
  }
  for (std::size_t m = 0; m < all.size(); ++m) {
    CHECK_THAT(there.worn()[m].nominal, WithinRel(back.worn()[m].nominal, 1e-12));
    CHECK(there.worn()[m].low <= there.worn()[m].nominal);
    CHECK(there.worn()[m].high >= there.worn()[m].nominal);
  }
  idle.add(kHour_s, 40, 30, 30, 0);
  CHECK(idle.worn()[0].nominal == 0);  // no current moves no atoms
}
