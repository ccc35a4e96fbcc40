// SPDX-License-Identifier: MIT
#include "claims/judge.h"

#include <cmath>

#include "config/load.h"
#include "support/catch.h"

using namespace kiln;
using Catch::Matchers::WithinRel;
using claims::Verdict;

namespace {

claims::ClaimsConfig supplied(const std::vector<std::string>& overrides = {}) {
  return config::load<claims::ClaimsConfig>(std::string(KILN_SOURCE_DIR) + "/configs/claims.yaml", overrides)
      .value;
}

/// Outcomes that no simulation made: round numbers for what bounds read.
std::vector<batch::Outcome> made_up(const claims::ClaimsConfig& config) {
  batch::Outcome outcome;
  for (const auto& [key, value] : std::map<std::string, double>{{"mean_frequency_hz", 2.5e9},
                                                                {"peak_tops_int4", 200},
                                                                {"dram_bytes.read", 3e9},
                                                                {"dram_bytes.write", 1e9}})
    outcome.numbers[key] = {value, value, value};
  return std::vector<batch::Outcome>(config.runs.size(), outcome);
}

struct Reference {
  const char* claim;
  double bound, factor;
  Verdict verdict;
};

/// Computed apart, from the same laws and the articles' figures, before this program was.
const Reference kReference[] = {
    {"lat_inference_150ps", 2.12e-8, 141.333, Verdict::violated},
    {"lat_200ps", 3.008e-6, 15038.7, Verdict::violated},
    {"lat_sram_5ps", 4e-10, 80, Verdict::violated},
    {"lat_interposer_30ps", 6.667e-11, 2.222, Verdict::violated},
    {"lat_sum_selfcontradiction", 5.18e-9, 25.9, Verdict::violated},
    {"hbm_1TBs", 4.608e11, 2.17, Verdict::violated},
    {"hbm_3p2TBs", 4.608e11, 6.944, Verdict::violated},
    {"hbm_power_1TBs", 31.2, 2.08, Verdict::violated},
    {"hbm_power_3p2TBs", 99.84, 4.538, Verdict::violated},
    {"tops_per_watt", 10, 1, Verdict::conditional},
    {"ecomm_R8", 7.171, 1.116, Verdict::violated},
    {"dT_15K_10ms", 3.212, 4.67, Verdict::violated},
    {"teg_5pct_10K", 0.5646, 8.855, Verdict::violated},
    {"teg_5pct_60K", 3.09, 1.618, Verdict::violated},
    {"microfluidic_h", 30, 3, Verdict::violated},
    {"decap_10mF", 4e-6, 2500, Verdict::violated},
    {"dvfs_22to12", 0.544, 1.003, Verdict::met},
    {"dvfs_step_2p5_1p8", 0.5689, 1, Verdict::met},
    {"battery_6h", 0.5045, 11.892, Verdict::violated},
    {"battery_gain", 1.538, 1.029, Verdict::met},
    {"pue_minus180C", 3.226, 3.015, Verdict::violated},
    {"pue_1p28_minus40C", 1.288, 1.006, Verdict::conditional},
    {"peta_sample_hour", 6.4e8, 3906250, Verdict::violated},
    {"peta_sample_s", 1.28e6, 781250000, Verdict::violated},
    {"labeler_8us", 4.817e-4, 60.21, Verdict::violated},
    {"pcie5_lane", 3.938e9, 16.25, Verdict::violated},
    {"loss_0p2dB_km", 19690, 98425.197, Verdict::violated},
    {"tflops_per_w_150", 2.827, 53.057, Verdict::violated},
    {"residual_in_2MB", 1.402e7, 7.01, Verdict::violated},
    {"int8_075_192", 192, 1, Verdict::met},
};

const claims::Judgement& of(const std::vector<claims::Judgement>& all, const std::string& name) {
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const auto& j) { return j.claim->name == name; });
  REQUIRE(found != all.end());
  return *found;
}

}  // namespace

TEST_CASE("bounds and factors of the shipped claims are those computed apart") {
  const claims::ClaimsConfig config = supplied();
  const auto all = claims::judge(config, made_up(config));
  CHECK(all.size() == 43);
  for (const Reference& reference : kReference) {
    INFO(reference.claim);
    const claims::Judgement& j = of(all, reference.claim);
    REQUIRE(j.bound);
    CHECK_THAT(*j.bound, WithinRel(reference.bound, 0.01));
    CHECK_THAT(*j.factor, WithinRel(reference.factor, 0.01));
    CHECK(claims::name(j.verdict) == std::string(claims::name(reference.verdict)));
  }
  CHECK(of(all, "spike_us").verdict == Verdict::wrong_mechanism);
  CHECK_THAT(*of(all, "spike_us").bound, WithinRel(0.05737, 0.01));
  CHECK(of(all, "acc_loss_0p5").verdict == Verdict::open);
}

TEST_CASE("another clock and another node move the bounds") {
  const claims::ClaimsConfig config = supplied();
  auto slower = made_up(config);
  for (batch::Outcome& outcome : slower) outcome.numbers["mean_frequency_hz"] = {1e9, 1e9, 1e9};
  const auto at_1_ghz = claims::judge(config, slower);
  CHECK_THAT(*of(at_1_ghz, "lat_sram_5ps").bound, WithinRel(1e-9, 1e-9));
  const claims::ClaimsConfig thick =
      supplied({"runs.optimal.soc.tech=" + std::string(KILN_SOURCE_DIR) + "/configs/tech/n16.yaml"});
  CHECK(*of(claims::judge(thick, made_up(thick)), "lat_xbar_20ps").bound <
        *of(claims::judge(config, made_up(config)), "lat_xbar_20ps").bound);
}

TEST_CASE("verdicts follow promise, bound and simulation") {
  claims::ClaimsConfig config = supplied();
  config.claims.assign(1, {});
  claims::ClaimConfig& claim = config.claims.front();
  claim.name = "c";
  claim.claim = "x";
  claim.claimed = 100;
  claim.says = claims::Promise::at_least;
  claim.mechanism = "product";
  const auto verdict = [&](double bound, std::optional<double> simulated) {
    claim.given = {{"a", bound}, {"b", 1}};
    claim.run = simulated ? "optimal" : "";
    claim.figure = simulated ? fmt::format("{}", *simulated) : "";
    return claims::judge(config, made_up(config)).front().verdict;
  };
  CHECK(verdict(90, {}) == Verdict::violated);
  CHECK(verdict(101, {}) == Verdict::conditional);
  CHECK(verdict(200, {}) == Verdict::met);
  CHECK(verdict(200, 150) == Verdict::met);
  CHECK(verdict(200, 50) == Verdict::conditional);
  CHECK(verdict(2000, {}) == Verdict::trivially);
  CHECK(verdict(2000, 150) == Verdict::met);
  CHECK(verdict(2000, 1500) == Verdict::trivially);
  claim.instead = "something else";
  CHECK(verdict(90, {}) == Verdict::wrong_mechanism);
}

TEST_CASE("a claim of an unknown mechanism or run is refused") {
  const auto error = [](const std::string& assignment) {
    try {
      supplied({assignment});
    } catch (const base::ConfigError& e) {
      return std::string(e.what());
    }
    return std::string();
  };
  CHECK_THAT(error("claims.hbm_1TBs.mechanism=carnot"), testing::contains("Carnot"));
  CHECK_THAT(error("claims.hbm_1TBs.run=optimum"), testing::contains("optimal"));
  CHECK_THAT(error("claims.hbm_1TBs.figure=1 +"), testing::contains("ends too early"));
}
