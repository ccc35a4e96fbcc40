// SPDX-License-Identifier: MIT
// Language models with mixtures of experts: parameters in all and those that a token passes.
#include "reference/workload/shipped.h"
#include "support/catch.h"
#include "workload/expert_balance.h"
#include "workload/expert_load.h"
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

NetworkConfig imported(const std::string& keys, double skew = 0, std::optional<double> capacity = {}) {
  hf::ImportOptions options{.sequence = kSequence};
  options.expert_skew = skew;
  options.expert_capacity = capacity;
  return hf::import_model("{" + keys + "}", "m/config.json", options).network;
}

std::int64_t attention_macs(const Network& network) {
  std::int64_t sum = 0;
  for (const Layer& layer : network.layers)
    if (std::holds_alternative<MatrixProduct>(layer.operation)) sum += layer.macs;
  return sum;
}

}  // namespace

TEST_CASE("low-rank additions to tied heads are refused by name, and a slip lists each name once") {
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
  CHECK(refusal("experts_up_proj") == "none");
  // A head that reads the embedding's table.
  CHECK_THAT(refusal("lm_head"), Catch::Matchers::Contains("has no weights of its own"));
  const std::string slip = refusal("q_prog");
  CHECK_THAT(slip, Catch::Matchers::Contains("'q_prog' fits no layer"));
  CHECK(slip.find("k_proj") == slip.rfind("k_proj"));
}

TEST_CASE("low-rank additions to experts have a pair of factors for each, and compute on its rows") {
  // Mixtral 8x7B with rank 8 at all projections and experts: (in + out) rank parameters a matrix.
  constexpr std::int64_t kRank = 8, kBlocks = 32, kExperts = 8, kTop = 2, kWide = 4096, kInner = 14336;
  constexpr std::int64_t kAttention = 2 * (kWide + kWide) + 2 * (kWide + kWide / 4),
                         kOneExpert = 3 * (kWide + kInner);
  const Network network = build_network(imported(kMixtures[0].keys));
  TrainingConfig training;
  training.batch = 1;
  training.lora_rank = kRank;
  training.lora_targets = {"q_proj", "k_proj", "v_proj", "o_proj"};
  const StepGraph attention = expand(network, training);
  CHECK(attention.trainable_parameters() == kBlocks * kRank * kAttention);
  for (const char* name : {"experts_gate_proj", "experts_up_proj", "experts_down_proj"})
    training.lora_targets.emplace_back(name);
  const StepGraph all = expand(network, training);
  CHECK(all.trainable_parameters() == kBlocks * kRank * (kAttention + kExperts * kOneExpert));
  // Each token passes the factors of its experts alone: forward once, backward by input and by factor.
  const std::int64_t more = kBlocks * kRank * kSequence * kTop * kOneExpert;
  CHECK(all.macs(Phase::forward) - attention.macs(Phase::forward) == more);
  CHECK(all.macs(Phase::dgrad) - attention.macs(Phase::dgrad) == more);
  CHECK(all.macs(Phase::wgrad) - attention.macs(Phase::wgrad) == more);
  // X A of each projection is kept, and what the projections read: rows and what goes into the last one.
  const auto saved = [](const StepGraph& graph, const char* end) {
    std::int64_t elements = 0;
    for (const Tensor& tensor : graph.tensors)
      if (tensor.cls == TensorClass::saved && tensor.name.ends_with(end)) elements += tensor.elements();
    return elements;
  };
  CHECK(saved(all, "_proj.low_rank") - saved(attention, "_proj.low_rank") ==
        3 * kBlocks * kSequence * kTop * kRank);
  CHECK(saved(attention, ".dispatch") == 0);
  CHECK(saved(all, ".dispatch") == kBlocks * kSequence * kTop * kWide);
  CHECK(saved(all, ".experts_gated") == kBlocks * kSequence * kTop * kInner);
}

TEST_CASE("experts get low-rank additions where they are named, by target or by a layer's own rank") {
  const Network network = build_network(imported(kMixtures[3].keys));
  const auto parameters = [&](const char* keys) {
    const auto training = config::read_tree<TrainingConfig>(config::parse_yaml("t.yaml", keys), "").value;
    return expand(network, training).trainable_parameters();
  };
  const std::int64_t unnamed = parameters("lora_rank: 4");
  CHECK(parameters("{lora_rank: 4, layers: {\"*.experts_down_proj\": {lora_rank: 2}}}") - unnamed ==
        16 * 64 * 2 * (1024 + 2048));
  CHECK(parameters("{lora_rank: 4, lora_targets: [\"*_proj\"]}") ==
        16 * 4 * (4 * (2048 + 2048) + 64 * 3 * (1024 + 2048)));
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

TEST_CASE("experts with a capacity compute as many rows each, and drop what the balance puts above it") {
  constexpr std::int64_t kHidden = 64, kInner = 32, kBlocks = 2, kExperts = 8, kTop = 3, kBatch = 2;
  const std::string keys =
      R"("model_type": "granitemoe", "hidden_size": 64, "intermediate_size": 32, "num_hidden_layers": 2,
 "num_attention_heads": 4, "vocab_size": 100, "num_local_experts": 8, "num_experts_per_tok": 3)";
  TrainingConfig training;
  training.batch = kBatch;
  const std::int64_t free = build_network(imported(keys)).forward_macs();
  CHECK(!expert_load(expand(build_network(imported(keys)), training)));
  for (const double factor : {0.5, 1.0, 1.25, 2.0})
    for (const double skew : {0.0, 0.7, 1.5}) {
      INFO("factor " << factor << ", skew " << skew);
      const Network network = build_network(imported(keys, skew, factor));
      const auto capacity = static_cast<std::int64_t>(factor * kSequence * kTop / kExperts);  // whole here
      CHECK(network.forward_macs() - free ==
            kBlocks * (kExperts * capacity - kSequence * kTop) * 3 * kHidden * kInner);
      const StepGraph graph = expand(network, training);
      CHECK(graph.macs(Phase::forward) == kBatch * network.forward_macs());
      CHECK(graph.macs(Phase::dgrad) + graph.macs(Phase::wgrad) == 2 * graph.macs(Phase::forward));
      std::int64_t dropped = 0;
      for (const std::int64_t own : rows_by_expert(kSequence, kExperts, kTop, skew))
        dropped += std::max<std::int64_t>(0, own - capacity);
      const ExpertLoad load = expert_load(graph).value();
      CHECK(load.wanted == kBatch * kBlocks * kSequence * kTop);
      CHECK(load.wanted - load.kept == kBatch * kBlocks * dropped);
      CHECK(load.computed == kBatch * kBlocks * kExperts * capacity);
      CHECK((skew == 0 && factor >= 1) == (load.dropped_share() == 0));
      // What goes into the experts lies in memory with its empty rows.
      for (const Tensor& tensor : graph.tensors)
        if (tensor.name == "layers.1.dispatch")
          CHECK(tensor.elements() == kBatch * kExperts * capacity * kHidden);
    }
}
