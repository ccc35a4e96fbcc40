// SPDX-License-Identifier: MIT
// Synthetic samples beside real ones: distances by closed form, what precision and recall tell apart, the
// gate.
#include "learning/data/quality.h"

#include <cmath>

#include "base/rng.h"
#include "learning/data/dataset.h"
#include "learning/trainer.h"
#include "support/catch.h"
#include "support/scratch_folder.h"
#include "unit/learning/steps.h"

using namespace kiln;
using namespace kiln::learning;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;
using kiln::testing::contains;

namespace {

/// Normal samples of two features, each with mean and deviation.
std::vector<float> normal_samples(std::int64_t count, const std::vector<double>& mean,
                                  const std::vector<double>& deviation, std::uint64_t seed) {
  base::Rng rng(seed, "quality_test", "normal");
  std::vector<float> samples;
  for (std::int64_t i = 0; i < count; ++i)
    for (std::size_t k = 0; k < mean.size(); ++k)
      samples.push_back(static_cast<float>(mean[k] + deviation[k] * rng.normal()));
  return samples;
}

/// Normal blobs around places on a line.
std::vector<float> blobs(std::int64_t each, const std::vector<double>& places, std::uint64_t seed) {
  std::vector<float> samples;
  for (const double place : places) {
    const std::vector<float> blob = normal_samples(each, {place, 0}, {0.1, 0.1}, seed++);
    samples.insert(samples.end(), blob.begin(), blob.end());
  }
  return samples;
}

workload::Network classifier_of_pictures() {
  return workload::build_network(
      parse_network("  - {name: f, op: flatten}\n  - {name: z, op: linear, out: 4}\n",
                    "{channels: 1, height: 12, width: 12}"));
}

DataConfig made_by(double drift, double contrast, const std::optional<QualityGateConfig>& gate) {
  DataConfig config;
  config.samples = 600;
  config.test_samples = 100;
  config.generator.noise = 0.3;
  config.synthetic.emplace();
  config.synthetic->generator = config.generator;
  config.synthetic->generator.drift = drift;
  config.synthetic->generator.contrast = contrast;
  config.synthetic->gate = gate;
  return config;
}

QualityGateConfig gate_of(std::optional<double> frechet, std::optional<double> precision,
                          std::optional<double> recall) {
  QualityGateConfig gate;
  gate.frechet = frechet;
  gate.precision = precision;
  gate.recall = recall;
  gate.samples = 600;
  return gate;
}

}  // namespace

TEST_CASE("the distance of Gaussians is that of their means and of the roots of their covariances") {
  const Gaussian a{{1, 2}, {4, 0, 0, 9}}, b{{-1, 2.5}, {1, 0, 0, 25}};
  CHECK(frechet_distance(a, a) == Approx(0).margin(1e-12));
  // Of diagonal covariances: differences of the deviations, 2 - 1 and 3 - 5.
  CHECK_THAT(frechet_distance(a, b), WithinRel(4 + 0.25 + 1 + 4, 1e-12));
  CHECK_THAT(frechet_distance(b, a), WithinRel(9.25, 1e-12));
  // Of 2 x 2 that do not commute: Tr (CD)^(1/2) = sqrt(Tr CD + 2 sqrt(det CD)).
  const Gaussian c{{0, 0}, {2, 1, 1, 3}}, d{{0, 0}, {5, -2, -2, 1}};
  const double trace = 2 * 5 + 2 * (1 * -2) + 3 * 1, determinant = (2 * 3 - 1) * (5 * 1 - 4);
  CHECK_THAT(frechet_distance(c, d),
             WithinRel(5 + 6 - 2 * std::sqrt(trace + 2 * std::sqrt(determinant)), 1e-12));
  // Without any spread it is that of the means.
  CHECK_THAT(frechet_distance({{0, 0}, {0, 0, 0, 0}}, {{3, 4}, {0, 0, 0, 0}}), WithinRel(25.0, 1e-12));
}

TEST_CASE("Gaussians through samples come near to those that the samples are of") {
  const Gaussian a = gaussian_of(normal_samples(40000, {1, 0}, {1, 2}, 1), 2),
                 b = gaussian_of(normal_samples(40000, {0, 0}, {1, 3}, 2), 2);
  CHECK_THAT(a.covariance[3], WithinRel(4.0, 0.03));
  CHECK_THAT(a.covariance[1], WithinAbs(0, 0.05));
  CHECK_THAT(frechet_distance(a, b), WithinRel(2.0, 0.05));
}

TEST_CASE("precision is lost by what is not real, recall by what is not made") {
  const std::vector<float> real = blobs(100, {0, 5, 10, 15}, 1);
  const auto both = [&](const std::vector<float>& made) {
    return std::pair(share_inside(made, real, 2, 3), share_inside(real, made, 2, 3));
  };
  const auto [own_precision, own_recall] = both(real);
  CHECK(own_precision == 1);
  CHECK(own_recall == 1);
  const auto [half_precision, half_recall] = both(blobs(200, {0, 5}, 11));  // modes are missing
  CHECK(half_precision > 0.85);
  CHECK_THAT(half_recall, WithinAbs(0.5, 0.05));
  const auto [more_precision, more_recall] = both(blobs(100, {0, 5, 10, 15, 20, 25, 30, 35}, 21));
  CHECK_THAT(more_precision, WithinAbs(0.5, 0.06));
  CHECK(more_recall > 0.85);
}

TEST_CASE("samples of the same generator pass where those of another drift or contrast do not") {
  const workload::Network network = classifier_of_pictures();
  const auto quality = [&](double drift, double contrast) {
    return load_data(made_by(drift, contrast, gate_of(1e6, {}, {})), network, 3).quality.value();
  };
  const SampleQuality same = quality(0, 1), drifted = quality(0.5, 1), pale = quality(0, 0.3);
  CHECK(same.frechet < 2 * same.frechet_floor);
  CHECK(same.precision > 0.8);
  CHECK(same.recall > 0.8);
  CHECK(drifted.frechet > 5 * same.frechet);
  CHECK(drifted.precision < 0.5 * same.precision);
  CHECK(pale.recall < 0.5 * same.recall);
}

TEST_CASE("what does not pass its gate is not learnt from: an error, or real samples alone") {
  const workload::Network network = classifier_of_pictures();
  CHECK_THROWS_WITH(load_data(made_by(0.5, 1, gate_of({}, 0.8, {})), network, 3), contains("a precision of"));
  CHECK_THROWS_WITH(load_data(made_by(0.5, 1, gate_of(2, {}, {})), network, 3), contains("two halves"));
  QualityGateConfig lenient = gate_of(2, 0.8, 0.8);
  lenient.failure = GateFailure::real;
  const TrainAndTest refused = load_data(made_by(0.5, 1, lenient), network, 3);
  CHECK_THAT(refused.refused, contains("precision") && contains("recall"));
  CHECK_THAT(refused.source, contains("real ones alone"));
  DataConfig plain = made_by(0, 1, {});
  plain.synthetic.reset();
  const TrainAndTest real = load_data(plain, network, 3);
  CHECK(refused.train.values == real.train.values);
  const TrainAndTest taken = load_data(made_by(0, 1, lenient), network, 3);
  CHECK(taken.refused.empty());
  CHECK(taken.train.values != real.train.values);
  CHECK(taken.test.values == real.test.values);  // judged is on real samples
}

TEST_CASE("a share of the samples is synthetic, the others stay") {
  const workload::Network network = classifier_of_pictures();
  DataConfig config = made_by(0.5, 1, {}), plain = config;
  config.synthetic->share = 0.25;
  plain.synthetic.reset();
  const TrainAndTest mixed = load_data(config, network, 3), real = load_data(plain, network, 3);
  REQUIRE(mixed.train.size() == real.train.size());
  for (std::int64_t i = 0; i < mixed.train.size(); ++i) {
    const auto sample = [&](const TrainAndTest& data) {
      return std::span(data.train.values).subspan(static_cast<std::size_t>(i * 144), 144);
    };
    const bool same = std::equal(sample(mixed).begin(), sample(mixed).end(), sample(real).begin());
    CHECK(same == (i < 450));
  }
}

TEST_CASE("synthetic files are of the real ones' kind and units, and as many as are asked for") {
  const kiln::testing::ScratchFolder scratch;
  const auto csv = [&](const char* name, int rows, double offset) {
    std::string text = "a,b,label\n";
    for (int i = 0; i < rows; ++i)
      text += fmt::format("{},{},{}\n", offset + std::sin(i), i % 7, i < rows / 2 ? 0 : 1);
    return config::InputFile(scratch.write(name, text));
  };
  DataConfig config;
  config.kind = DataKind::csv;
  config.window = 4;
  config.stride = 4;
  config.train.values = csv("real.csv", 400, 0);
  config.synthetic.emplace();
  config.synthetic->files.values = csv("made.csv", 400, 10);
  const workload::Network network =
      workload::build_network(parse_network("  - {name: f, op: flatten}\n  - {name: z, op: linear, out: 2}\n",
                                            "{channels: 2, height: 4, width: 1}"));
  const TrainAndTest data = load_data(config, network, 3);
  double mean = 0;
  for (std::size_t i = 0; i < data.train.values.size(); i += 2) mean += data.train.values[i];
  mean /= static_cast<double>(data.train.values.size()) / 2;
  CHECK_THAT(mean, WithinRel(10 / std::sqrt(0.5), 0.05));  // sines of deviation root of a half around ten
  config.synthetic->files.values = csv("few.csv", 40, 0);
  CHECK_THROWS_WITH(load_data(config, network, 3), contains("synthetic.share asks for"));
}
