// SPDX-License-Identifier: MIT
// Language models with mixtures of experts: parameters in all and those that a token passes.
#include "reference/workload/shipped.h"
#include "support/catch.h"
#include "workload/hf/import.h"

using namespace kiln;
using namespace kiln::workload;

namespace {

constexpr std::int64_t kSequence = 512;

/// Sizes as their publishers' files have them. Totals: counts of the public repositories; what is active: the
/// publishers' figures (Jiang et al. 2024; Muennighoff et al. 2024; Qwen3 and Qwen1.5-MoE model cards).
struct Mixture {
  const char* keys;
  std::int64_t parameters;
  double active;  ///< of them, in thousands of millions, the table of words counted
};

const Mixture kMixtures[] = {
    {R"("model_type": "mixtral", "hidden_size": 4096, "intermediate_size": 14336, "num_hidden_layers": 32,
 "num_attention_heads": 32, "num_key_value_heads": 8, "vocab_size": 32000, "num_local_experts": 8,
 "num_experts_per_tok": 2)",
     46'702'792'704, 12.9},
    {R"("model_type": "qwen3_moe", "hidden_size": 2048, "num_hidden_layers": 48, "num_attention_heads": 32,
 "num_key_value_heads": 4, "head_dim": 128, "vocab_size": 151936, "moe_intermediate_size": 768,
 "intermediate_size": 6144, "num_experts": 128, "num_experts_per_tok": 8, "norm_topk_prob": true)",
     30'532'122'624, 3.35},
    {R"("model_type": "qwen2_moe", "hidden_size": 2048, "num_hidden_layers": 24, "num_attention_heads": 16,
 "num_key_value_heads": 16, "vocab_size": 151936, "moe_intermediate_size": 1408, "intermediate_size": 5632,
 "shared_expert_intermediate_size": 5632, "num_experts": 60, "num_experts_per_tok": 4)",
     14'315'784'192, 2.69},
    {R"("model_type": "olmoe", "hidden_size": 2048, "intermediate_size": 1024, "num_hidden_layers": 16,
 "num_attention_heads": 16, "num_key_value_heads": 16, "vocab_size": 50304, "num_experts": 64,
 "num_experts_per_tok": 8)",
     6'919'161'856, 1.28},
};

NetworkConfig imported(const std::string& keys, double skew = 0) {
  hf::ImportOptions options{.sequence = kSequence};
  options.expert_skew = skew;
  return hf::import_model("{" + keys + "}", "m/config.json", options).network;
}

std::int64_t attention_macs(const Network& network) {
  std::int64_t sum = 0;
  for (const Layer& layer : network.layers)
    if (std::holds_alternative<MatrixProduct>(layer.operation)) sum += layer.macs;
  return sum;
}

}  // namespace

TEST_CASE(
    "low-rank additions to experts and tied heads are refused by name, and a slip lists each name once") {
  const std::string file = std::string(KILN_SOURCE_DIR) + "/configs/models/granite_3.0_1b_a400m.json";
  const Network network = build_network(hf::import_file(file, {.sequence = 16}).network);
  const auto refusal = [&](const std::string& target) -> std::string {
    TrainingConfig training;
    training.lora_rank = 8;
    training.lora_targets = {"q_proj", target};
    try {
      expand(network, training);
    } catch (const base::ConfigError& error) {
      return error.what();
    }
    return "none";
  };
  CHECK_THAT(refusal("experts_up_proj"),
             Catch::Matchers::Contains("are experts, which have no low-rank additions"));
  // A head that reads the embedding's table.
  CHECK_THAT(refusal("lm_head"), Catch::Matchers::Contains("has no weights of its own"));
  const std::string slip = refusal("q_prog");
  CHECK_THAT(slip, Catch::Matchers::Contains("'q_prog' fits no layer"));
  CHECK(slip.find("k_proj") == slip.rfind("k_proj"));
}

TEST_CASE(
    "mixtures of experts have the parameters of their public files, and compute with those of a token") {
  for (const Mixture& mixture : kMixtures) {
    INFO(mixture.keys);
    const Network network = build_network(imported(mixture.keys));
    CHECK(network.parameters() == mixture.parameters);
    const std::int64_t passed = (network.forward_macs() - attention_macs(network)) / kSequence;
    const std::int64_t table = network.layers.front().parameters();
    CHECK_THAT(static_cast<double>(passed + table) / 1e9, Catch::Matchers::WithinRel(mixture.active, 0.005));
  }
}

TEST_CASE("how experts are chosen changes no work, and their backward passes take twice the forward's") {
  TrainingConfig training;
  training.batch = 2;
  const std::string keys =
      R"("model_type": "granitemoe", "hidden_size": 64, "intermediate_size": 32, "num_hidden_layers": 2,
 "num_attention_heads": 4, "vocab_size": 100, "num_local_experts": 8, "num_experts_per_tok": 3)";
  const Network even = build_network(imported(keys)), skewed = build_network(imported(keys, 1.5));
  CHECK(even.forward_macs() == skewed.forward_macs());
  for (const Network& network : {even, skewed}) {
    const StepGraph graph = expand(network, training);
    CHECK(graph.macs(Phase::forward) == 2 * network.forward_macs());
    CHECK(graph.macs(Phase::dgrad) + graph.macs(Phase::wgrad) == 2 * graph.macs(Phase::forward));
    // A token keeps its rows once for each of its experts: what goes in, gate (twice, for SiLU), values,
    // their product, what comes out; and which experts they are.
    std::int64_t kept = 0;
    for (const Tensor& tensor : graph.tensors)
      if (tensor.cls == TensorClass::saved && tensor.element == ElementKind::number &&
          (tensor.name.find("experts_") != std::string::npos ||
           tensor.name.find("dispatch") != std::string::npos))
        kept += tensor.elements();
    CHECK(kept == 2 * 2 * kSequence * 3 * (64 + 4 * 32 + 64));
    for (const Tensor& tensor : graph.tensors)
      if (tensor.name == "layers.0.top_k.experts") CHECK(tensor.bytes() == 2 * kSequence * 3 * 3 / 8);
  }
}
