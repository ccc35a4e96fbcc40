// SPDX-License-Identifier: MIT
// Attention in blocks that stay on the tile: what it computes, moves and keeps, against attention whose
// scores go to memory.
#include <algorithm>

#include "base/error.h"
#include "config/load.h"
#include "lowering/attention_blocks.h"
#include "lowering/lower.h"
#include "support/catch.h"
#include "unit/lowering/targets.h"
#include "workload/expand.h"

using namespace kiln;
using namespace kiln::lowering;
using workload::AttentionMethod;
using workload::Phase;

namespace {

constexpr std::int64_t kHeads = 4, kKeyHeads = 2, kWidth = 16;

workload::StepGraph attention_of(std::int64_t tokens, AttentionMethod method, bool causal = true,
                                 std::int64_t batch = 2, std::int64_t key_heads = kKeyHeads,
                                 std::int64_t window = 0) {
  const std::string text = fmt::format(
      "name: attention\nsource: test\ninput: {{channels: 64, height: {}, width: 1}}\nlayers:\n"
      "  - {{name: a, op: linear, out: 64}}\n  - {{name: q, op: linear, out: {}}}\n"
      "  - {{name: k, op: linear, from: [a], out: {}}}\n  - {{name: v, op: linear, from: [a], out: {}}}\n"
      "  - {{name: s, op: attention_scores, from: [q, k], heads: {}, kv_heads: {}, causal: {}{}}}\n"
      "  - {{name: w, op: attention_values, from: [s, v]}}\n  - {{name: z, op: linear, out: 8}}\n",
      tokens, kHeads * kWidth, key_heads * kWidth, key_heads * kWidth, kHeads, key_heads, causal,
      window > 0 ? fmt::format(", window: {}", window) : "");
  workload::TrainingConfig training;
  training.batch = batch;
  training.attention = method;
  return workload::build_step(
      config::read_tree<workload::NetworkConfig>(config::parse_yaml("attention.yaml", text), "").value,
      training);
}

bool is_attention(const workload::StepGraph& graph, std::int32_t layer) {
  const std::string& name = graph.layers[static_cast<std::size_t>(layer)].name;
  return name == "s" || name == "w";
}

std::int64_t macs_of(const workload::StepGraph& graph, Phase phase) {
  std::int64_t sum = 0;
  for (const workload::Op& op : graph.ops)
    if (op.phase == phase && is_attention(graph, op.layer)) sum += op.gemm.macs();
  return sum;
}

/// Elements kept by the attention from forward to backward.
std::int64_t kept_of(const workload::StepGraph& graph) {
  std::int64_t sum = 0;
  for (const workload::Tensor& tensor : graph.tensors)
    if (tensor.cls == workload::TensorClass::saved && tensor.layer >= 0 && is_attention(graph, tensor.layer))
      sum += tensor.elements();
  return sum;
}

/// What the attention moves between memory and tiles.
std::uint64_t bytes_of(const workload::StepGraph& graph, std::uint64_t sram, Phase phase,
                       Mapping mapping = Mapping::data, int tiles = 2) {
  Target target = target_of(tiles);
  target.local_sram_bytes = sram;
  target.resident_share = 0;
  LoweringOptions options;
  options.mapping = mapping;
  const LoweredStep step = lower(graph, target, {}, options);  // holds work and results against the graph
  std::uint64_t sum = 0;
  for (const TileProgram& tile : step.tiles)
    for (const Task& task : tile.tasks) {
      if (task.phase != phase || task.layer < 0 || !is_attention(graph, task.layer)) continue;
      for (std::uint32_t i = task.load_begin; i < task.load_end; ++i) sum += tile.loads[i].bytes;
      for (std::uint32_t i = task.store_begin; i < task.store_end; ++i) sum += tile.stores[i].bytes;
    }
  return sum;
}

/// Reads of what other operations made, by the operations that `wanted` takes.
template <class Wanted>
std::vector<Transfer> reads_of(const workload::StepGraph& graph, const LoweredStep& step, Wanted wanted) {
  std::vector<Transfer> found;
  for (const TileProgram& tile : step.tiles)
    for (const Task& task : tile.tasks) {
      const auto id = step.op_of_instance[static_cast<std::size_t>(task.instance)];
      const workload::Op& op = graph.ops[static_cast<std::size_t>(id)];
      if (!wanted(op)) continue;
      for (std::uint32_t i = task.load_begin; i < task.load_end; ++i)
        if (tile.loads[i].after.instance >= 0) found.push_back(tile.loads[i]);
    }
  return found;
}

std::uint64_t sum_of(const std::vector<Transfer>& transfers) {
  std::uint64_t sum = 0;
  for (const Transfer& transfer : transfers) sum += transfer.bytes;
  return sum;
}

}  // namespace

TEST_CASE("a head waits for all tiles that have rows of its sample, and finds none of them in its own SRAM") {
  const auto forward_product = [](const workload::Op& op) {
    return op.phase == Phase::forward && op.kind == workload::OpKind::gemm && op.gemm.repeats > 1;
  };
  const auto behind = [](const workload::Op& op) { return op.name == "z/forward"; };
  for (const AttentionMethod method : {AttentionMethod::materialised, AttentionMethod::tiled})
    for (const int tiles : {2, 4}) {
      INFO(tiles << " tiles");
      const workload::StepGraph cut = attention_of(64, method, true, 1),
                                whole = attention_of(64, method, true, tiles);
      const LoweredStep step = lower(cut, target_of(tiles), {}, {}),
                        own = lower(whole, target_of(tiles), {}, {});
      // Queries, keys and values of all rows; the scores are cut by head at both ends.
      const std::int64_t queries = 64 * kHeads * kWidth * 2, keys = 64 * kKeyHeads * kWidth * 2;
      const auto shares = static_cast<std::int64_t>(std::max<std::int64_t>(1, tiles / kKeyHeads));
      std::uint64_t waited = 0;
      for (const Transfer& read : reads_of(cut, step, forward_product))
        if (read.after.all_tiles) waited += read.bytes;
      CHECK(waited == static_cast<std::uint64_t>(queries + 2 * keys * shares));
      // What is behind has rows of all heads.
      for (const Transfer& read : reads_of(cut, step, behind)) CHECK(read.after.all_tiles);
      CHECK(sum_of(reads_of(cut, step, behind)) == static_cast<std::uint64_t>(queries));
      // Whole samples stay where they were made.
      CHECK(reads_of(whole, own, forward_product).empty());
      CHECK(reads_of(whole, own, behind).empty());
    }
}

TEST_CASE("heads that share keys on several tiles read them there, and add their errors up in memory") {
  for (const AttentionMethod method : {AttentionMethod::materialised, AttentionMethod::tiled})
    for (const std::int64_t key_heads : {1, 2, 4}) {
      const workload::StepGraph graph = attention_of(64, method, true, 1, key_heads);
      const auto one = static_cast<std::int64_t>(bytes_of(graph, 1 << 20, Phase::forward, Mapping::data, 1)),
                 back = static_cast<std::int64_t>(bytes_of(graph, 1 << 20, Phase::dgrad, Mapping::data, 1));
      const std::int64_t keys = 64 * key_heads * kWidth * 2;
      for (const int tiles : {2, 4}) {
        INFO(key_heads << " heads of keys, " << tiles << " tiles");
        const std::int64_t more = std::max<std::int64_t>(1, tiles / key_heads) - 1;  // tiles beside the first
        const auto forward = static_cast<std::int64_t>(
                       bytes_of(graph, 1 << 20, Phase::forward, Mapping::data, tiles)),
                   backward = static_cast<std::int64_t>(
                       bytes_of(graph, 1 << 20, Phase::dgrad, Mapping::data, tiles));
        CHECK(forward == one + 2 * keys * more);
        // Keys and values; their errors once more each way.
        CHECK(backward == back + (2 + 4) * keys * more);
      }
    }
}

TEST_CASE("tiled attention computes as much forward, and five products instead of four backward") {
  const workload::StepGraph kept = attention_of(96, AttentionMethod::materialised),
                            tiled = attention_of(96, AttentionMethod::tiled);
  const std::int64_t product = 2 * kHeads * 96 * 96 * kWidth;
  CHECK(macs_of(kept, Phase::forward) == 2 * product);
  CHECK(macs_of(tiled, Phase::forward) == 2 * product);
  CHECK(macs_of(kept, Phase::dgrad) == 4 * product);
  CHECK(macs_of(tiled, Phase::dgrad) == 5 * product);
  CHECK(kept.parameters() == tiled.parameters());
}

TEST_CASE("what tiled attention keeps grows with the tokens, not with their square") {
  const auto kept = [](std::int64_t tokens, AttentionMethod method) {
    return kept_of(attention_of(tokens, method));
  };
  // Its result, and a sum for each head and query.
  CHECK(kept(128, AttentionMethod::tiled) == 2 * 128 * (kHeads * kWidth + kHeads));
  CHECK(kept(256, AttentionMethod::tiled) == 2 * kept(128, AttentionMethod::tiled));
  CHECK(kept(256, AttentionMethod::materialised) > 3 * kept(128, AttentionMethod::materialised));
}

TEST_CASE(
    "tiled attention moves its operands once where a head fits, keys once a block of queries elsewhere") {
  const std::int64_t tokens = 256;
  const workload::StepGraph graph = attention_of(tokens, AttentionMethod::tiled);
  const std::uint64_t queries = 2 * 2 * tokens * kHeads * kWidth, keys = 2 * 2 * tokens * kKeyHeads * kWidth,
                      sums = 2 * 4 * tokens * kHeads;
  CHECK(bytes_of(graph, 1 << 20, Phase::forward) == 2 * queries + 2 * keys + sums);
  const auto passes = [&](std::uint64_t sram) {
    const std::uint64_t moved = bytes_of(graph, sram, Phase::forward) - 2 * queries - sums;
    CHECK(moved % (2 * keys) == 0);
    return moved / (2 * keys);
  };
  CHECK(passes(32 << 10) > 1);
  std::uint64_t before = passes(12 << 10);
  for (const std::uint64_t sram : {16 << 10, 24 << 10, 48 << 10, 128 << 10}) {
    INFO(sram << " B of SRAM");
    CHECK(passes(sram) <= before);
    before = passes(sram);
  }
  CHECK(before == 1);
}

TEST_CASE("backward bytes of tiled attention fall as the SRAM grows, to each operand once") {
  const std::int64_t tokens = 256;
  const workload::StepGraph graph = attention_of(tokens, AttentionMethod::tiled);
  std::uint64_t before = bytes_of(graph, 24 << 10, Phase::dgrad);
  const std::uint64_t most = before;
  for (const std::uint64_t sram : {32 << 10, 64 << 10, 128 << 10, 1 << 20}) {
    INFO(sram << " B of SRAM");
    const std::uint64_t now = bytes_of(graph, sram, Phase::dgrad);
    CHECK(now <= before);
    before = now;
  }
  const std::uint64_t queries = 2 * 2 * tokens * kHeads * kWidth, keys = 2 * 2 * tokens * kKeyHeads * kWidth,
                      sums = 2 * 4 * tokens * kHeads;
  // Error and result to form their product; queries, keys, values, the error, two sums a row; three errors.
  CHECK(before == (2 * queries + sums) + (2 * queries + 2 * keys + 2 * sums) + (queries + 2 * keys));
  CHECK(most > before);
}

TEST_CASE("long sequences move less when scores stay on the tile, under every mapping") {
  for (const Mapping mapping : {Mapping::data, Mapping::channel, Mapping::layer_wise})
    for (const int tiles : {1, 3})
      for (const Phase phase : {Phase::forward, Phase::dgrad}) {
        INFO(tiles << " tiles, " << workload::name_of(phase));
        const workload::StepGraph kept = attention_of(384, AttentionMethod::materialised),
                                  tiled = attention_of(384, AttentionMethod::tiled);
        CHECK(2 * bytes_of(tiled, 64 << 10, phase, mapping, tiles) <
              bytes_of(kept, 64 << 10, phase, mapping, tiles));
      }
}

namespace {

workload::StepGraph windowed(std::int64_t tokens, AttentionMethod method, std::int64_t window,
                             std::int64_t key_heads = kKeyHeads) {
  return attention_of(tokens, method, true, 2, key_heads, window);
}

/// Pairs of a query and a place of its window, counted one by one; places in front of the first token count.
std::int64_t places_of(std::int64_t tokens, std::int64_t window) {
  std::int64_t pairs = 0;
  for (std::int64_t query = 0; query < tokens; ++query)
    for (std::int64_t key = 1 - window; key < tokens; ++key)
      if (key > query - window && key <= query) ++pairs;
  return pairs;
}

}  // namespace

TEST_CASE("attention within a window computes and keeps the places of its band") {
  for (const std::int64_t window : {1, 7, 32, 95}) {
    INFO("window " << window);
    const workload::StepGraph kept = windowed(96, AttentionMethod::materialised, window),
                              tiled = windowed(96, AttentionMethod::tiled, window);
    const std::int64_t pairs = 2 * kHeads * places_of(96, window), product = pairs * kWidth;
    CHECK(macs_of(kept, Phase::forward) == 2 * product);
    CHECK(macs_of(tiled, Phase::forward) == 2 * product);
    CHECK(macs_of(kept, Phase::dgrad) == 4 * product);
    CHECK(macs_of(tiled, Phase::dgrad) == 5 * product);
    const workload::StepGraph whole = attention_of(96, AttentionMethod::materialised);
    CHECK(kept_of(whole) - kept_of(kept) == 2 * kHeads * 96 * 96 - pairs);
    CHECK(kept_of(tiled) == kept_of(attention_of(96, AttentionMethod::tiled)));
  }
}

TEST_CASE("a window of the whole sequence changes nothing") {
  for (const AttentionMethod method : {AttentionMethod::materialised, AttentionMethod::tiled})
    for (const std::int64_t window : {96, 97, 4096}) {
      const workload::StepGraph all = attention_of(96, method), bounded = windowed(96, method, window);
      for (const Phase phase : {Phase::forward, Phase::dgrad}) {
        CHECK(macs_of(all, phase) == macs_of(bounded, phase));
        CHECK(bytes_of(all, 64 << 10, phase) == bytes_of(bounded, 64 << 10, phase));
      }
      CHECK(kept_of(all) == kept_of(bounded));
    }
}

TEST_CASE("scores within a window go to memory as the band alone") {
  const std::int64_t tokens = 256, window = 40;
  const workload::StepGraph graph = windowed(tokens, AttentionMethod::materialised, window);
  const std::uint64_t queries = 2 * 2 * tokens * kHeads * kWidth, keys = 2 * 2 * tokens * kKeyHeads * kWidth,
                      band = 2 * 2 * tokens * window * kHeads;
  // Scores, softmax (in and out), weighted values.
  CHECK(bytes_of(graph, 1 << 20, Phase::forward) ==
        (queries + keys + band) + 2 * band + (band + keys + queries));
}

TEST_CASE("tiled attention within a window moves each operand once where the window fits, not the sequence") {
  const std::int64_t tokens = 1024;
  const workload::StepGraph all = attention_of(tokens, AttentionMethod::tiled),
                            bounded = windowed(tokens, AttentionMethod::tiled, 64);
  for (const Phase phase : {Phase::forward, Phase::dgrad}) {
    const std::uint64_t once = bytes_of(all, 4 << 20, phase);
    CHECK(bytes_of(bounded, 4 << 20, phase) == once);
    CHECK(bytes_of(bounded, 64 << 10, phase) == once);
    CHECK(bytes_of(all, 64 << 10, phase) > once);
  }
}

TEST_CASE("windows under every mapping and SRAM hold work and results against the graph") {
  for (const AttentionMethod method : {AttentionMethod::materialised, AttentionMethod::tiled})
    for (const Mapping mapping : {Mapping::data, Mapping::channel, Mapping::layer_wise})
      for (const int tiles : {1, 3, 4})
        for (const std::int64_t window : {1, 50, 300})
          for (const std::uint64_t sram : {16 << 10, 48 << 10, 1 << 20}) {
            INFO(tiles << " tiles, window " << window << ", " << sram << " B");
            const workload::StepGraph graph = windowed(384, method, window, 1);
            const workload::StepGraph whole = attention_of(384, method, true, 2, 1);
            for (const Phase phase : {Phase::forward, Phase::dgrad})
              CHECK(bytes_of(graph, sram, phase, mapping, tiles) <=
                    bytes_of(whole, sram, phase, mapping, tiles));
          }
}

TEST_CASE("blocks fit the SRAM, cover both sides, and leave it to the staying side where not all fits") {
  for (const double capacity : {3e3, 1e4, 5e4, 3e5, 3e6})
    for (const std::int64_t rows : {1, 100, 777})
      for (const std::int64_t streaming : {1, 64, 3000}) {
        const AttentionSides sides{rows, streaming, 96, 64, 6, 32, capacity};
        INFO(capacity << " B, " << rows << " rows beside " << streaming);
        const AttentionBlocks blocks = attention_blocks(sides);
        const double scores =
            static_cast<double>(blocks.staying * std::min<std::int64_t>(blocks.streaming, 32));
        CHECK(static_cast<double>(blocks.staying) * 96 + static_cast<double>(blocks.streaming) * 64 +
                  scores * 6 <=
              capacity);
        CHECK(blocks.staying >= 1);
        CHECK(blocks.streaming >= std::min<std::int64_t>(streaming, 32));
        if (blocks.passes > 1) CHECK(blocks.passes * blocks.staying >= rows);
      }
  CHECK_THROWS_AS(attention_blocks({10, 1000, 96, 64, 6, 32, 2000}), base::ConfigError);
}
