// SPDX-License-Identifier: MIT
// PowerSGD: sizes by closed form, what factors can and cannot carry, what workers keep, and that many workers
// are one.
#include "compression/power_sgd.h"

#include <cmath>
#include <numbers>
#include <numeric>

#include "compression/gradient_source.h"
#include "config/load.h"
#include "support/catch.h"

using namespace kiln;
using namespace kiln::compression;
using base::MatrixShape;

namespace {

CodecConfig rank_of(int rank, bool feedback = true) {
  CodecConfig config;
  config.selection = Selection::power_sgd;
  config.rank = rank;
  config.error_feedback = feedback;
  return config;
}

double length_of(std::span<const float> values) {
  double sum = 0;
  for (const float value : values) sum += double{value} * value;
  return std::sqrt(sum);
}

double difference(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (double{a[i]} - b[i]) * (double{a[i]} - b[i]);
  return std::sqrt(sum);
}

/// The workers of a layer, from step to step.
struct Workers {
  PowerSgd codec;
  std::vector<State> states;
  std::uint64_t step = 0;

  Workers(const PowerSgd& of, std::size_t workers) : codec(of), states(workers) {}

  /// What arrives of each; `gradients` by worker.
  std::vector<std::vector<float>> send(std::vector<std::vector<float>> gradients) {
    std::vector<std::span<float>> spans(gradients.begin(), gradients.end());
    base::Rng rng(5, "power_sgd_test", "directions", step++);
    codec.exchange(spans, states, rng);
    return gradients;
  }
  std::vector<float> send_one(const std::vector<float>& gradient) { return send({gradient}).front(); }
};

std::vector<float> sum_of(const std::vector<std::vector<float>>& all) {
  std::vector<float> sum(all.front().size(), 0.0f);
  for (const auto& one : all)
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += one[i];
  return sum;
}

/// A matrix with these singular values, whose vectors are waves.
std::vector<float> with_singular_values(std::int64_t rows, std::int64_t columns,
                                        const std::vector<double>& values) {
  std::vector<float> matrix(static_cast<std::size_t>(rows * columns), 0.0f);
  const auto wave = [](std::int64_t length, std::int64_t place, std::size_t k) {
    return std::sqrt(2.0 / static_cast<double>(length)) *
           std::cos(std::numbers::pi * (static_cast<double>(place) + 0.5) * static_cast<double>(k + 1) /
                    static_cast<double>(length));
  };
  for (std::int64_t i = 0; i < rows; ++i)
    for (std::int64_t j = 0; j < columns; ++j)
      for (std::size_t k = 0; k < values.size(); ++k)
        matrix[static_cast<std::size_t>(i * columns + j)] +=
            static_cast<float>(values[k] * wave(rows, i, k) * wave(columns, j, k));
  return matrix;
}

}  // namespace

TEST_CASE("each worker sends 32 r (n + m) bits of a matrix and everything else as it is") {
  const MatrixShape matrices[] = {{7, 40, 25}, {7 + 1000, 64, 90}};
  const std::int64_t elements = 7 + 1000 + 64 * 90 + 11;
  for (const int rank : {1, 2, 4, 8}) {
    const PowerSgd codec(rank_of(rank), matrices, elements);
    const EncodedSize size = codec.size();
    CHECK(size.bits.total() == 32 * (rank * (40 + 25) + rank * (64 + 90) + 18));
    CHECK(codec.plain_elements() == 18);
    // M Q, M' P and what is left of the gradient; each column orthogonalised against those before it, twice.
    CHECK(size.work.multiplications == 3 * rank * (1000 + 64 * 90) + 2 * rank * rank * (40 + 64));
  }
  CHECK(PowerSgd(rank_of(2, false), matrices, elements).size().work.multiplications ==
        2 * 2 * (1000 + 64 * 90) + 2 * 4 * (40 + 64));
}

TEST_CASE("a matrix that its factors would not make smaller is sent as it is") {
  // 16 (40 + 25) = 1040 numbers instead of 1000; 15 (40 + 25) = 975.
  const MatrixShape matrix{0, 40, 25};
  CHECK(PowerSgd(rank_of(16), {&matrix, 1}, 1000).size().bits.total() == 32 * 1000);
  CHECK(PowerSgd(rank_of(15), {&matrix, 1}, 1000).size().bits.total() == 32 * 975);
  Workers workers(PowerSgd(rank_of(25), {&matrix, 1}, 1000), 1);
  const std::vector<float> gradient = gradient_source(1000, 3);
  CHECK(workers.send_one(gradient) == gradient);
  CHECK(length_of(workers.states[0].residual) == 0);
}

TEST_CASE("a matrix of no higher rank than its factors comes back to rounding in the first step") {
  const MatrixShape matrix{0, 60, 80};
  const std::vector<float> gradient = with_singular_values(60, 80, {5, 3, 0.2});
  for (const int rank : {3, 6}) {  // beyond 3, columns of P depend on those before
    Workers workers(PowerSgd(rank_of(rank), {&matrix, 1}, 4800), 1);
    CHECK(difference(workers.send_one(gradient), gradient) < 2e-5 * length_of(gradient));
  }
  Workers lower(PowerSgd(rank_of(2), {&matrix, 1}, 4800), 1);
  CHECK(difference(lower.send_one(gradient), gradient) > 0.01 * length_of(gradient));
}

TEST_CASE("warm starts find the best factors of a gradient that stays: the largest singular values") {
  const MatrixShape matrix{0, 60, 80};
  const std::vector<float> gradient = with_singular_values(60, 80, {5, 4, 2, 1, 0.5});
  Workers workers(PowerSgd(rank_of(2, false), {&matrix, 1}, 4800), 1);
  const double best = std::sqrt(2 * 2 + 1 * 1 + 0.5 * 0.5);  // Eckart & Young 1936
  const double first = difference(workers.send_one(gradient), gradient);
  CHECK(first > 1.05 * best);
  double last = first;
  for (int step = 0; step < 20; ++step) last = difference(workers.send_one(gradient), gradient);
  CHECK(last >= best * (1 - 1e-5));
  CHECK(last < 1.0001 * best);
}

TEST_CASE("what a worker keeps and what arrives of it are what it had") {
  const MatrixShape matrix{5, 30, 50};
  for (const Precision stored : {Precision::fp32, Precision::fp16}) {
    CodecConfig config = rank_of(3);
    config.residual = stored;
    Workers workers(PowerSgd(config, {&matrix, 1}, 1510), 2);
    for (std::uint64_t step = 0; step < 4; ++step) {
      const std::vector<std::vector<float>> gradients = {gradient_source(1510, 8, 0, step),
                                                         gradient_source(1510, 9, 0, step)};
      const std::vector<State> before = workers.states;
      const std::vector<std::vector<float>> arrived = workers.send(gradients);
      for (std::size_t w = 0; w < 2; ++w) {
        std::vector<float> had = gradients[w], kept = arrived[w];
        for (std::size_t i = 0; i < had.size(); ++i) {
          if (!before[w].residual.empty()) had[i] += before[w].residual[i];
          kept[i] += workers.states[w].residual[i];
        }
        CHECK(difference(had, kept) < (stored == Precision::fp32 ? 1e-6 : 1e-3) * length_of(had));
        CHECK(length_of(workers.states[w].residual) > 0.1 * length_of(gradients[w]));
        for (const std::size_t plain : {0, 4, 1505, 1509}) CHECK(workers.states[w].residual[plain] == 0);
      }
    }
  }
}

TEST_CASE("workers together are one with the sum of their gradients") {
  const MatrixShape matrices[] = {{0, 24, 36}, {900, 20, 18}};
  const PowerSgd codec(rank_of(2), matrices, 1300);
  Workers one(codec, 1), eight(codec, 8);
  for (std::uint64_t step = 0; step < 6; ++step) {
    std::vector<std::vector<float>> gradients;
    for (std::uint64_t worker = 0; worker < 8; ++worker)
      gradients.push_back(gradient_source(1300, 20 + worker, 0, step));
    const std::vector<float> whole = one.send_one(sum_of(gradients));
    CHECK(difference(sum_of(eight.send(gradients)), whole) < 1e-5 * length_of(whole));
  }
}

TEST_CASE("what error feedback keeps does arrive: a gradient that stays is sent whole on average") {
  const MatrixShape matrix{0, 40, 50};
  const std::vector<float> gradient = gradient_source(2000, 4);
  const auto missing_after = [&](int steps, bool feedback) {
    Workers workers(PowerSgd(rank_of(2, feedback), {&matrix, 1}, 2000), 1);
    std::vector<float> all(gradient.size(), 0.0f);
    for (int step = 0; step < steps; ++step) all = sum_of({all, workers.send_one(gradient)});
    for (float& value : all) value /= static_cast<float>(steps);
    return difference(all, gradient) / length_of(gradient);
  };
  CHECK(missing_after(400, true) < 0.25 * missing_after(40, true));
  CHECK(missing_after(400, true) < 0.1);
  CHECK(missing_after(400, false) > 0.5);
}

TEST_CASE("a gradient of zeros, and one that is no number, lose no direction for good") {
  const MatrixShape matrix{0, 30, 40};
  Workers workers(PowerSgd(rank_of(2, false), {&matrix, 1}, 1200), 1);
  CHECK(length_of(workers.send_one(std::vector<float>(1200, 0.0f))) == 0);
  CHECK(length_of(workers.send_one(std::vector<float>(1200, std::nanf("")))) == 0);
  const std::vector<float> gradient = with_singular_values(30, 40, {2, 1});
  CHECK(difference(workers.send_one(gradient), gradient) < 1e-5 * length_of(gradient));
}

TEST_CASE("orthogonalised vectors are orthonormal, nearly dependent ones too; dependent ones vanish") {
  constexpr std::int64_t kLength = 50;
  std::vector<float> vectors = gradient_source(4 * kLength, 6);
  for (std::size_t i = 0; i < kLength; ++i) {
    vectors[kLength + i] = vectors[i] * (1 + 1e-3f * static_cast<float>(i % 3));  // nearly the first
    vectors[2 * kLength + i] = 3 * vectors[i] - 2 * vectors[kLength + i];
  }
  orthogonalise(vectors, 4, kLength);
  const auto product = [&](std::size_t a, std::size_t b) {
    return std::inner_product(vectors.begin() + static_cast<std::ptrdiff_t>(a * kLength),
                              vectors.begin() + static_cast<std::ptrdiff_t>((a + 1) * kLength),
                              vectors.begin() + static_cast<std::ptrdiff_t>(b * kLength), 0.0);
  };
  for (const std::size_t a : {0, 1, 3})
    for (const std::size_t b : {0, 1, 3}) CHECK_THAT(product(a, b), Catch::Matchers::WithinAbs(a == b, 1e-5));
  CHECK(product(2, 2) == 0);
}

TEST_CASE("what power_sgd cannot be combined with is refused by its key") {
  const auto read = [](const std::string& keys) {
    return config::read_tree<CodecConfig>(config::parse_yaml("c", "{selection: power_sgd, " + keys + "}"), "")
        .value;
  };
  CHECK(read("rank: 2, error_feedback: true").rank == 2);
  CHECK_THROWS_WITH(read("values: int8"), testing::contains("fp32"));
  CHECK_THROWS_WITH(read("error_feedback: true, feedback_rule: ef21"), testing::contains("algorithm 2"));
  CHECK_THROWS_WITH(read("rank: 0"), testing::contains("rank"));
}
