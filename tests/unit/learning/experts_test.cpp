// SPDX-License-Identifier: MIT
// Experts with a capacity on numbers: who is dropped, and that room for all changes nothing.
#include "support/catch.h"
#include "unit/learning/steps.h"

using namespace kiln;
using namespace kiln::learning;

namespace {

/// Tokens are looked up, so that scores can be given: token t has row t of the table.
std::string mixture(const std::string& choice) {
  return "  - {name: t, op: embedding, entries: 6, out: 3}\n"
         "  - {name: k, op: top_k" +
         choice +
         "}\n  - {name: d, op: moe_dispatch, from: [t], routing: k}\n"
         "  - {name: e, op: moe_experts, out: 3, routing: k, act: tanh}\n"
         "  - {name: c, op: moe_combine, from: [e, k], routing: k}\n  - {name: z, op: linear, out: 2}\n";
}

constexpr const char* kSixTokens = "{channels: 1, height: 6, width: 1}";

/// Tokens in the order of their places: what MadeUpData gives a sample of six.
std::vector<int> tokens_of(Trained& trained) {
  std::vector<int> tokens;
  std::vector<float> input(6);
  Targets targets;
  trained.fill()(0, input, targets);
  for (const float token : input) tokens.push_back(static_cast<int>(token));
  return tokens;
}

}  // namespace

TEST_CASE(
    "first choices in the order of tokens get the room, then second ones; what is dropped adds nothing") {
  // Room for ceil(0.5 * 6 * 2 / 3) = 2 rows of each of 3 experts.
  Trained trained(parse_network(mixture(", top: 2, capacity_factor: 0.5"), kSixTokens), fp32_training(1), 1,
                  6);
  const std::vector<int> tokens = tokens_of(trained);
  // Every token: expert 0 first, expert 1 second; but the third token in order prefers expert 1.
  const std::span<float> table = trained.values("t.weight");
  for (std::size_t place = 0; place < tokens.size(); ++place) {
    float* row = table.data() + 3 * tokens[place];
    row[0] = place == 2 ? 0.5f : 0.6f + 0.01f * static_cast<float>(place);
    row[1] = place == 2 ? 0.9f : 0.4f + 0.01f * static_cast<float>(place);
    row[2] = 0.1f;
  }
  for (const workload::Tensor& tensor : trained.graph.tensors) trained.executor.tensors().touch(tensor.id);
  trained.step(0, 0);
  // Expert 0: tokens 0 and 1. Expert 1: token 2 by its first choice, then token 0 by its second.
  const std::vector<std::vector<int>> wanted = {{0, 1}, {2, 0}, {}};
  const std::span<const float> rows = trained.values("d");
  REQUIRE(rows.size() == 3 * 2 * 3);
  for (std::size_t expert = 0; expert < 3; ++expert)
    for (std::size_t slot = 0; slot < 2; ++slot)
      for (std::size_t channel = 0; channel < 3; ++channel) {
        INFO("expert " << expert << ", row " << slot << ", channel " << channel);
        const bool taken = slot < wanted[expert].size();
        const float value =
            taken
                ? table[static_cast<std::size_t>(3 * tokens[static_cast<std::size_t>(wanted[expert][slot])]) +
                        channel]
                : 0.0f;
        CHECK(rows[(expert * 2 + slot) * 3 + channel] == value);
      }
  // Tokens 3 to 5 have no row left: nothing is added up for them.
  const std::span<const float> sums = trained.values("c");
  for (std::size_t i = 0; i < sums.size(); ++i) CHECK((sums[i] == 0) == (i / 3 >= 3));
}

TEST_CASE("room for all rows learns what no limit learns") {
  const auto loss_after = [&](const std::string& choice, int steps) {
    Trained trained(parse_network(mixture(choice), kSixTokens), fp32_training(3), 1, 6);
    for (std::size_t i = 0; float& value : trained.values("t.weight"))
      value = 0.5f + 0.4f * value_at(static_cast<std::int64_t>(i++), 4);
    double loss = 0;
    for (int step = 0; step < steps; ++step) loss = trained.step(step, 0.1).loss.mean();
    return loss;
  };
  for (const int steps : {1, 5}) {
    const double free = loss_after(", top: 2", steps);
    CHECK_THAT(loss_after(", top: 2, capacity_factor: 3", steps), Catch::Matchers::WithinRel(free, 1e-5));
    CHECK(std::abs(loss_after(", top: 2, capacity_factor: 0.4", steps) - free) > 1e-3);
  }
}
