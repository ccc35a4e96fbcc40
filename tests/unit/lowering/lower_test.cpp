// SPDX-License-Identifier: MIT
#include <algorithm>
#include <set>

#include "base/error.h"
#include "compression/power_sgd.h"
#include "config/load.h"
#include "lowering/lower.h"
#include "lowering/work.h"
#include "support/catch.h"
#include "unit/lowering/targets.h"
#include "workload/expand.h"

using namespace kiln;
using namespace kiln::lowering;
using workload::TensorClass;

namespace {

workload::StepGraph graph_of(const std::string& network, const std::vector<std::string>& training = {}) {
  const auto loaded =
      config::load<workload::NetworkConfig>(std::string(KILN_SOURCE_DIR) + "/configs/workloads/" + network);
  config::Node tree = config::parse_yaml("training", "batch: 8\n");
  for (const std::string& set : training) config::apply_override(tree, set);
  return workload::build_step(loaded.value, config::read_tree<workload::TrainingConfig>(tree, "").value);
}

CompressionPlan eighth(const workload::StepGraph& graph) {
  CompressionPlan plan;
  plan.site = sim::CodingSite::mac_output;
  plan.layers.resize(graph.layers.size());
  for (const workload::Tensor& tensor : graph.tensors)
    if (tensor.cls == TensorClass::weight_gradient)
      plan.layers[static_cast<std::size_t>(tensor.layer)].payload_bytes +=
          static_cast<std::uint64_t>(tensor.elements()) / 2;
  return plan;
}

}  // namespace

TEST_CASE("every MAC of the graph is in the programs, whatever the mapping") {
  for (const char* network :
       {"mobilenet_v2_w1.0_r96.yaml", "r3d18_t16_r112.yaml", "vit_micro_p8_r64.yaml",
        "lstm_kws_t49_f10_h128.yaml", "resnet8_cifar_mlperf_tiny.yaml", "mcunet_in3_r176.yaml"}) {
    const workload::StepGraph graph = graph_of(network);
    std::int64_t macs = 0;
    for (const workload::Op& op : graph.ops) macs += op.gemm.macs();
    for (const Mapping mapping : {Mapping::data, Mapping::channel, Mapping::layer_wise})
      for (const int tiles : {1, 3, 8}) {
        LoweringOptions options;
        options.mapping = mapping;
        INFO(network << " on " << tiles << " tiles, " << config::enum_name(mapping));
        CHECK(lower(graph, target_of(tiles), {}, options).macs() == macs);
      }
  }
}

TEST_CASE("tiles divide the slices of a volume, and read those around theirs that the window reaches") {
  const auto read_slices = [](int kernel_d, int tiles) {
    const std::string text = fmt::format(
        "name: clip\nsource: test\ninput: {{channels: 4, depth: 8, height: 6, width: 10}}\nlayers:\n"
        "  - {{name: a, op: conv, out: 4, kernel: 5, kernel_d: {}}}\n  - {{name: z, op: linear, out: 3}}\n",
        kernel_d);
    workload::TrainingConfig training;
    training.batch = 1;
    const workload::StepGraph graph = workload::build_step(
        config::read_tree<workload::NetworkConfig>(config::parse_yaml("clip.yaml", text), "").value,
        training);
    const LoweredStep step = lower(graph, target_of(tiles), {}, {});
    std::uint64_t bytes = 0;
    for (const TileProgram& tile : step.tiles)
      for (const Task& task : tile.tasks)
        for (std::uint32_t i = task.load_begin; i < task.load_end && task.phase == workload::Phase::forward;
             ++i)
          if (tile.loads[i].cls == TensorClass::input) bytes += tile.loads[i].bytes;
    const std::uint64_t slice = 4 * 6 * 10 * 2;
    CHECK(bytes % slice == 0);
    return bytes / slice;
  };
  CHECK(read_slices(3, 1) == 8);
  for (const int tiles : {2, 4}) {
    INFO(tiles << " tiles");
    const auto edges = static_cast<std::uint64_t>(2 * (tiles - 1));
    CHECK(read_slices(1, tiles) == 8);  // however high the kernel is
    CHECK(read_slices(3, tiles) == 8 + edges);
    CHECK(read_slices(5, tiles) == 8 + 2 * edges);
  }
}

TEST_CASE("a layer that does another layer's work is named with both numbers") {
  const workload::StepGraph graph = graph_of("resnet8_cifar_mlperf_tiny.yaml");
  LoweredStep step = lower(graph, target_of(2), {}, {});
  const auto first = std::find_if(step.tiles[0].tasks.begin(), step.tiles[0].tasks.end(),
                                  [](const Task& task) { return task.macs > 0; });
  REQUIRE(first != step.tiles[0].tasks.end());
  const std::string layer = graph.layers[static_cast<std::size_t>(first->layer)].name;
  const std::int64_t right = graph.ops[static_cast<std::size_t>(first->op)].gemm.macs();
  ++first->macs;
  CHECK_THROWS_WITH(check_operations(graph, step),
                    testing::contains(fmt::format("{}, forward: the programs hold {} MACs, the graph asks "
                                                  "for {}",
                                                  layer, right + 1, right)));
  --first->macs;
  first->vector_ops += 1'000'000;
  CHECK_THROWS_WITH(check_operations(graph, step), testing::contains(layer + ", forward"));
}

TEST_CASE("the kernel of a depthwise layer counts, whatever came before it") {
  for (const char* kernels : {"3 7", "7 3"}) {
    const std::string text = fmt::format(
        "name: n\nsource: test\ninput: {{channels: 80, height: 44, width: 44}}\nlayers:\n"
        "  - {{name: a, op: depthwise, kernel: {}}}\n  - {{name: b, op: depthwise, kernel: {}}}\n"
        "  - {{name: gap, op: global_pool}}\n  - {{name: fc, op: linear, out: 10}}\n",
        kernels[0], kernels[2]);
    const auto network = config::read_tree<workload::NetworkConfig>(config::parse_yaml("n", text), "").value;
    config::Node training = config::parse_yaml("training", "batch: 8\n");
    const workload::StepGraph graph =
        workload::build_step(network, config::read_tree<workload::TrainingConfig>(training, "").value);
    const WorkTable work = work_of(lower(graph, target_of(8), {}, {}));
    std::int64_t forward = 0;
    for (const auto& [place, done] : work)
      if (place.second == workload::Phase::forward) forward += done.macs;
    CHECK(forward == 8 * (80 * 44 * 44 * (9 + 49) + 80 * 10));
  }
}

TEST_CASE("a depthwise layer on an array without a mapping of its own takes the dataflow of its pass") {
  const workload::StepGraph graph = graph_of("mobilenet_v2_w1.0_r96.yaml");
  const auto cycles = [&](CostLaw law, Dataflow dgrad, workload::Phase phase) {
    Target target = target_of(2);
    target.law = law;
    target.forward_dataflow = target.wgrad_dataflow = Dataflow::weight_stationary;
    target.dgrad_dataflow = dgrad;
    std::int64_t sum = 0;
    for (const TileProgram& tile : lower(graph, target, {}, {}).tiles)
      for (const Task& task : tile.tasks)
        if (task.phase == phase &&
            graph.ops[static_cast<std::size_t>(task.op)].kind == workload::OpKind::depthwise)
          sum += task.array_cycles;
    return sum;
  };
  for (const CostLaw law : {CostLaw::strict, CostLaw::broadcast})
    for (const workload::Phase phase :
         {workload::Phase::forward, workload::Phase::dgrad, workload::Phase::wgrad}) {
      INFO("law " << static_cast<int>(law) << ", phase " << static_cast<int>(phase));
      const bool same =
          cycles(law, Dataflow::weight_stationary, phase) == cycles(law, Dataflow::output_stationary, phase);
      CHECK(same == (phase != workload::Phase::dgrad));
    }
}

TEST_CASE("gated multipliers rest at the zeros that rectifiers leave, others do not") {
  const workload::StepGraph graph = graph_of("mobilenet_v2_w1.0_r96.yaml", {"relu_density=0.5"});
  Target target = target_of(2);
  for (const TileProgram& tile : lower(graph, target, {}, {}).tiles)
    for (const Task& task : tile.tasks) CHECK(task.gated_macs == 0);
  target.sparsity.scheme = SparsityScheme::zero_gated;
  std::vector<std::int64_t> gated(graph.ops.size()), all(graph.ops.size());
  for (const TileProgram& tile : lower(graph, target, {}, {}).tiles)
    for (const Task& task : tile.tasks) {
      gated[static_cast<std::size_t>(task.op)] += task.gated_macs;
      all[static_cast<std::size_t>(task.op)] += task.gated_macs + task.macs;
    }
  int behind_rectifiers = 0;
  for (std::size_t i = 0; i < graph.ops.size(); ++i) {
    if (all[i] == 0) continue;
    INFO(graph.ops[i].name);
    const double share = static_cast<double>(gated[i]) / static_cast<double>(all[i]);
    CHECK(std::abs(share - (1 - graph.ops[i].input_density)) < 1e-3);
    behind_rectifiers += graph.ops[i].input_density < 1;
  }
  CHECK(behind_rectifiers > 30);  // forward and WGRAD of what follows the 35 rectified layers
}

TEST_CASE("micro-batches repeat the forward and backward work only") {
  const workload::StepGraph graph = graph_of("resnet8_cifar_mlperf_tiny.yaml", {"micro_batches=4"});
  std::int64_t macs = 0;
  for (const workload::Op& op : graph.ops) macs += op.gemm.macs();
  CHECK(lower(graph, target_of(2), {}, {}).macs() == macs * graph.micro_batches);
}

TEST_CASE("transfers stay inside their home and gradients of all workers are reduced") {
  const workload::StepGraph graph = graph_of("mobilenet_v2_w1.0_r96.yaml");
  const Target target = target_of(8);
  LoweringOptions options;
  options.mapping = Mapping::data;
  const LoweredStep step = lower(graph, target, {}, options);
  std::uint64_t gradient = 0;
  for (const workload::Tensor& tensor : graph.tensors)
    if (tensor.cls == TensorClass::weight_gradient) gradient += static_cast<std::uint64_t>(tensor.bytes());
  for (const TileProgram& tile : step.tiles)
    for (const auto* list : {&tile.loads, &tile.stores})
      for (const Transfer& t : *list)
        CHECK(t.address + t.bytes <= (t.home == Home::dram ? target.dram_bytes : target.gradient_sram_bytes));
  // Each of 8 workers writes its gradient once; each owner reads its slice of all 8 once.
  CHECK(step.bytes(TensorClass::weight_gradient, true) == 8 * gradient);
  CHECK(step.bytes(TensorClass::weight_gradient, false) == 8 * gradient);
}

TEST_CASE("no batch and no number of tiles loses work") {
  // lower() holds its programs against the graph: MACs, lane operations, stored bytes.
  for (const char* network : {"lenet5_r28.yaml", "vit_micro_p8_r64.yaml", "dscnn_kws_mlperf_tiny.yaml",
                              "lstm_kws_t49_f10_h128.yaml"})
    for (const char* batch : {"batch=1", "batch=2", "batch=3", "batch=7"}) {
      const workload::StepGraph graph = graph_of(network, {batch});
      for (const Mapping mapping : {Mapping::data, Mapping::channel, Mapping::layer_wise})
        for (const int tiles : {1, 2, 3, 4, 7, 16}) {
          INFO(network << " " << batch << ", " << tiles << " tiles");
          LoweringOptions options;
          options.mapping = mapping;
          CHECK_NOTHROW(lower(graph, target_of(tiles), {}, options));
        }
    }
}

TEST_CASE("layers of every family keep their work in programs") {
  const auto network = config::read_tree<workload::NetworkConfig>(config::parse_yaml("n", R"(
name: families
source: test
input: {channels: 3, height: 24, width: 20}
layers:
  - {name: a, op: conv, out: 16, kernel: 3, padding: [0, 1, 2, 1], dilation: 2}
  - {name: bn, op: batchnorm, act: hard_swish}
  - {name: b1, op: conv, out: 8, groups: 4, kernel: 3}
  - {name: b2, op: conv, out: 8, from: [bn]}
  - {name: c, op: concat, from: [b1, b2, bn]}
  - {name: gn, op: groupnorm, groups: 4}
  - {name: p, op: pad, padding: 1, mode: edge}
  - {name: ap, op: average_pool, kernel: 3, stride: 2, padding: 1, ceil: true}
  - {name: sp, op: split, sizes: [16, 16]}
  - {name: m, op: mul, from: ['sp:0', 'sp:1']}
  - {name: dv, op: div, from: [m, 'sp:1']}
  - {name: sl, op: slice, axis: 1, begin: 1}
  - {name: mean, op: reduce_mean, axes: [2]}
  - {name: tr, op: transpose, order: [1, 2, 0]}
  - {name: rs, op: reshape, shape: [-1, 16]}
  - {name: rms, op: rmsnorm}
  - {name: g, op: gru, out: 12}
  - {name: q, op: linear, out: 12}
  - {name: k, op: linear, from: [g], out: 6}
  - {name: v, op: linear, from: [g], out: 6}
  - {name: s, op: attention_scores, from: [q, k], heads: 4, kv_heads: 2, causal: true}
  - {name: o, op: attention_values, from: [s, v]}
  - {name: mm, op: matmul, from: [o, o], transpose_b: true}
  - {name: sm, op: softmax}
  - {name: f, op: flatten}
  - {name: z, op: linear, out: 10}
)"),
                                                                  "")
                           .value;
  for (const std::int64_t batch : {1, 3, 8}) {
    workload::TrainingConfig training;
    training.batch = batch;
    const workload::StepGraph graph = workload::build_step(network, training);
    for (const Mapping mapping : {Mapping::data, Mapping::channel, Mapping::layer_wise})
      for (const int tiles : {1, 2, 8}) {
        INFO(batch << " samples, " << tiles << " tiles, " << config::enum_name(mapping));
        LoweringOptions options;
        options.mapping = mapping;
        CHECK_NOTHROW(lower(graph, target_of(tiles), {}, options));
      }
  }
}

TEST_CASE("a codec removes gradient bytes in proportion and nothing else") {
  const workload::StepGraph graph = graph_of("mobilenet_v2_w1.0_r96.yaml");
  LoweringOptions options;
  options.mapping = Mapping::data;
  const LoweredStep plain = lower(graph, target_of(8), {}, options);
  const LoweredStep coded = lower(graph, target_of(8), eighth(graph), options);
  const double ratio = static_cast<double>(plain.bytes(TensorClass::weight_gradient, true)) /
                       static_cast<double>(coded.bytes(TensorClass::weight_gradient, true));
  CHECK_THAT(ratio, Catch::Matchers::WithinRel(8.0, 0.001));
  for (const TensorClass cls :
       {TensorClass::weight, TensorClass::error, TensorClass::saved, TensorClass::optimizer_state})
    for (const bool stores : {false, true}) CHECK(plain.bytes(cls, stores) == coded.bytes(cls, stores));
}

TEST_CASE("error feedback of every worker is moved in and out and does not fit 2 MiB") {
  const workload::StepGraph graph = graph_of("mobilenet_v2_w1.0_r96.yaml");
  CompressionPlan plan = eighth(graph);
  plan.state_bytes_per_element = 4;
  LoweringOptions options;
  options.mapping = Mapping::data;
  const LoweredStep step = lower(graph, target_of(8), plan, options);
  const auto all =
      static_cast<std::uint64_t>(8 * 4) * static_cast<std::uint64_t>(graph.trainable_parameters());
  CHECK(step.memory.residual_bytes == all);
  CHECK(step.bytes(TensorClass::weight_gradient, false) > all);
  REQUIRE_FALSE(step.notes.empty());
  CHECK_THAT(step.notes.front(), testing::contains("exceeds"));
}

TEST_CASE("factors of low rank: three products a worker, two sums, and rows of the gradient behind them") {
  constexpr int kTiles = 4, kRank = 2;
  const workload::StepGraph graph = graph_of("resnet8_cifar_mlperf_tiny.yaml");
  CompressionPlan plan;
  plan.site = sim::CodingSite::mac_output;
  plan.streaming = false;
  plan.layers.resize(graph.layers.size());
  compression::CodecConfig codec;
  codec.selection = compression::Selection::power_sgd;
  codec.rank = kRank;
  std::int64_t first = 0, second = 0, elements = 0, orthogonal = 0, plain = 0;
  for (const workload::Tensor& tensor : graph.tensors) {
    if (tensor.cls != TensorClass::weight_gradient) continue;
    const compression::PowerSgd factors(codec, workload::matrices_of(tensor.parts), tensor.elements());
    LayerCodec& layer = plan.layers[static_cast<std::size_t>(tensor.layer)];
    layer.factors = factors.matrices();
    layer.plain = layer.factors.empty();
    layer.payload_bytes = factors.size().bytes_needed();
    REQUIRE_FALSE(layer.plain);
    plain += factors.plain_elements();
    for (const compression::Factored& matrix : layer.factors) {
      first += matrix.first_elements();
      second += matrix.second_elements();
      elements += matrix.elements();
      orthogonal += matrix.orthogonalise_ops();
    }
  }
  LoweringOptions options;
  options.mapping = Mapping::data;
  options.cut = SampleCut::samples;
  const LoweredStep whole = lower(graph, target_of(kTiles), {}, options);
  for (const bool feedback : {false, true}) {
    plan.state_bytes_per_element = feedback ? 4 : 0;
    const LoweredStep step = lower(graph, target_of(kTiles), plan, options);
    LayerWork compress, reduce;
    std::int64_t macs = 0;
    for (const auto& [where, work] : work_of(step)) {
      macs += work.macs;
      for (const auto& [phase, sum] :
           {std::pair(workload::Phase::compress, &compress), std::pair(workload::Phase::reduce, &reduce)}) {
        if (where.second != phase) continue;
        sum->macs += work.macs;
        sum->vector_ops += work.vector_ops;
        sum->load_bytes += work.load_bytes;
        sum->store_bytes += work.store_bytes;
      }
    }
    CHECK(compress.macs == kTiles * (feedback ? 3 : 2) * kRank * elements);
    CHECK(reduce.macs == kRank * elements);
    CHECK(macs - compress.macs - reduce.macs == whole.macs());
    const double exact = static_cast<double>(kTiles * (orthogonal + (feedback ? 2 * elements : 0)));
    CHECK_THAT(static_cast<double>(compress.vector_ops), Catch::Matchers::WithinRel(exact, 0.01));
    // Each worker writes its factors and what is sent as it is, one P made orthonormal; residuals twice.
    CHECK(compress.store_bytes ==
          4 * (kTiles * (first + second + plain) + first) + (feedback ? 4 * kTiles * 2 * elements : 0));
    // Slices of all workers' are read, sums written; then P, what is sent as it is, and on each tile Q.
    CHECK(reduce.load_bytes == 4 * (kTiles * (first + second + plain) + first + plain + kTiles * second));
    CHECK(reduce.store_bytes == 4 * (first + second + plain));
    CHECK(step.memory.residual_bytes ==
          static_cast<std::uint64_t>(4 * second + (feedback ? 4 * kTiles * elements : 0)));
    // Rounds begin where all tiles have ended the one before.
    for (const TileProgram& tile : step.tiles)
      for (const Task& task : tile.tasks)
        for (std::uint32_t i = task.load_begin; i < task.load_end && task.phase == workload::Phase::reduce;
             ++i)
          CHECK((tile.loads[i].after.all_tiles && tile.loads[i].after.instance < task.instance));
  }
}

TEST_CASE("channel mapping needs no reduction and reads every input on every tile") {
  const workload::StepGraph graph = graph_of("resnet8_cifar_mlperf_tiny.yaml");
  LoweringOptions options;
  options.mapping = Mapping::channel;
  options.residency_horizon = 0;
  const LoweredStep channel = lower(graph, target_of(4), {}, options);
  options.mapping = Mapping::data;
  const LoweredStep data = lower(graph, target_of(4), {}, options);
  for (const TileProgram& tile : channel.tiles)
    for (const Task& task : tile.tasks) CHECK(task.phase != workload::Phase::reduce);
  CHECK(channel.bytes(TensorClass::weight_gradient, true) < data.bytes(TensorClass::weight_gradient, true));
  CHECK(channel.bytes(TensorClass::saved, false) > data.bytes(TensorClass::saved, false));
}

TEST_CASE("an embedding moves the rows of its tokens, whatever its table, and scatters their gradient") {
  const auto bytes = [](std::int64_t entries, const char* layer, workload::Phase phase, Mapping mapping) {
    config::Node tree = config::parse_yaml(
        "n", fmt::format("name: n\nsource: s\ninput: {{channels: 1, height: 64}}\nlayers:\n"
                         "  - {{name: table, op: embedding, entries: {}, out: 32}}\n"
                         "  - {{name: head, op: linear, out: {}, tied: table, bias: false}}\n",
                         entries, entries));
    const auto network = config::read_tree<workload::NetworkConfig>(tree, "").value;
    workload::TrainingConfig training;
    training.batch = 4;
    const workload::StepGraph graph = workload::build_step(network, training);
    LoweringOptions options;
    options.mapping = mapping;
    options.gradients_in_sram = false;
    options.residency_horizon = 0;
    const WorkTable table = work_of(lower(graph, target_of(4), {}, options));
    for (const auto& [where, work] : table)
      if (graph.layers[static_cast<std::size_t>(where.first)].name == layer && where.second == phase)
        return work.load_bytes + work.store_bytes;
    return std::int64_t{0};
  };
  const std::int64_t rows = 4 * 64;
  for (const Mapping mapping : {Mapping::data, Mapping::channel}) {
    const std::int64_t forward = bytes(1000, "table", workload::Phase::forward, mapping);
    CHECK(forward == bytes(100000, "table", workload::Phase::forward, mapping));
    CHECK(forward >= rows * 32 * 2 * 2);                // read and written
    CHECK(forward <= rows * (32 * 2 * 2 + 4 * 2) + 8);  // and indices, by every tile at most
    const std::int64_t scatter = bytes(1000, "table", workload::Phase::wgrad, mapping);
    CHECK(scatter == bytes(100000, "table", workload::Phase::wgrad, mapping));
    CHECK(scatter >= rows * 32 * (2 + 4 + 4));  // errors; sums read and written
  }
}

TEST_CASE("keeping tensors in local SRAM removes traffic") {
  const workload::StepGraph graph = graph_of("mobilenet_v2_w1.0_r96.yaml");
  LoweringOptions options;
  options.mapping = Mapping::data;
  const LoweredStep kept = lower(graph, target_of(8), {}, options);
  options.residency_horizon = 0;
  const LoweredStep moved = lower(graph, target_of(8), {}, options);
  CHECK(kept.bytes(Home::dram, false) < moved.bytes(Home::dram, false));
}

TEST_CASE("fewer samples than tiles: rows are split, and what cannot be split idles") {
  const workload::StepGraph graph = graph_of("resnet8_cifar_mlperf_tiny.yaml", {"batch=1"});
  LoweringOptions options;
  options.mapping = Mapping::data;
  const LoweredStep step = lower(graph, target_of(4), {}, options);
  std::set<std::int32_t> counts(step.participants.begin(), step.participants.end());
  CHECK(counts.count(4) == 1);  // convolutions: rows of the one sample over all tiles
  CHECK(counts.count(1) == 1);  // the classifier: one row, one tile
}

TEST_CASE("a step that does not fit the memory is refused by name") {
  const workload::StepGraph graph = graph_of("mobilenet_v2_w1.0_r96.yaml");
  Target target = target_of(8);
  target.dram_bytes = 1 << 20;
  CHECK_THROWS_WITH(lower(graph, target, {}, {}), testing::contains("does not fit the 1 MiB DRAM") &&
                                                      testing::contains("find no place; it holds") &&
                                                      testing::contains("master weights"));
}

TEST_CASE(
    "whole samples: seven on four tiles are two, two, two and one, and nobody reads a neighbour's rows") {
  const workload::StepGraph graph = graph_of("resnet8_cifar_mlperf_tiny.yaml", {"batch=7"});
  LoweringOptions options;
  options.cut = SampleCut::samples;
  const LoweredStep step = lower(graph, target_of(4), {}, options);
  std::vector<std::int64_t> macs;
  for (const TileProgram& tile : step.tiles) {
    macs.push_back(0);
    for (const Task& task : tile.tasks) macs.back() += task.macs;
  }
  std::sort(macs.begin(), macs.end());
  CHECK(2 * macs[0] == macs[1]);
  CHECK(macs[1] == macs[3]);
  options.cut = SampleCut::rows;
  CHECK(step.bytes(Home::dram, false) < lower(graph, target_of(4), {}, options).bytes(Home::dram, false));
}

TEST_CASE("tiles without a sample have no program, and no gradient of theirs is read") {
  const workload::StepGraph graph = graph_of("resnet8_cifar_mlperf_tiny.yaml", {"batch=2"});
  std::uint64_t gradient = 0;
  for (const workload::Tensor& tensor : graph.tensors)
    if (tensor.cls == TensorClass::weight_gradient) gradient += static_cast<std::uint64_t>(tensor.bytes());
  LoweringOptions options;
  for (const SampleCut cut : {SampleCut::samples, SampleCut::rows}) {
    options.cut = cut;
    const LoweredStep step = lower(graph, target_of(4), {}, options);
    const auto idle = std::count_if(step.tiles.begin(), step.tiles.end(),
                                    [](const TileProgram& tile) { return tile.tasks.empty(); });
    CHECK(idle == (cut == SampleCut::samples ? 2 : 0));
    const std::uint64_t written = step.bytes(TensorClass::weight_gradient, true);
    CHECK(step.bytes(TensorClass::weight_gradient, false) == written);
    if (cut == SampleCut::samples) CHECK(written == 2 * gradient);
  }
}
