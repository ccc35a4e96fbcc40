// SPDX-License-Identifier: MIT
#include "workload/checkpoint.h"

#include <algorithm>
#include <limits>

#include "base/error.h"

namespace kiln::workload {
namespace {

/// Elements kept per sample for the backward pass of one layer: a weight for balancing, not an account.
std::int64_t kept_elements(const Network& network, const TrainingPlan& plan, int index) {
  const LayerPlan& own = plan.layers[index];
  const Layer& layer = network.layers[index];
  if (!own.live) return 0;
  std::int64_t sum = own.keep_output && !layer.view ? layer.out.elements() : 0;
  if (own.batch_stats) sum += layer.out.elements();
  if (law_of(layer.act).keeps == Keeps::input) sum += layer.out.elements();
  return sum;
}

int first_live(const Network& network, const TrainingPlan& plan) {
  int first = 0;
  while (first < static_cast<int>(network.layers.size()) && !plan.layers[first].live) ++first;
  return first;
}

/// Everything in front of `edges.front()` has no backward pass; the stretch behind the last inner edge stays.
std::vector<Segment> segments_between(const std::vector<int>& edges) {
  std::vector<Segment> segments;
  if (edges.front() > 0) segments.push_back({0, edges.front(), false});
  for (std::size_t i = 0; i + 1 < edges.size(); ++i)
    segments.push_back({edges[i], edges[i + 1], i + 2 < edges.size()});
  return segments;
}

/// Edges of the segments of at most `bound` kept elements
/// whose checkpoints are smallest; empty if there are none.
std::vector<int> cheapest_edges(const std::vector<int>& places, const std::vector<std::int64_t>& kept_before,
                                const std::vector<std::int64_t>& checkpoint_size, std::int64_t bound) {
  constexpr std::int64_t kUnreachable = std::numeric_limits<std::int64_t>::max();
  std::vector<std::int64_t> cost(places.size(), kUnreachable);
  std::vector<std::size_t> from(places.size(), 0);
  cost[0] = 0;
  for (std::size_t to = 1; to < places.size(); ++to) {
    for (std::size_t start = to; start-- > 0;) {
      if (kept_before[to] - kept_before[start] > bound) break;
      if (cost[start] == kUnreachable || cost[start] + checkpoint_size[to] >= cost[to]) continue;
      cost[to] = cost[start] + checkpoint_size[to];
      from[to] = start;
    }
  }
  if (cost.back() == kUnreachable) return {};
  std::vector<int> edges;
  for (std::size_t at = places.size() - 1; at > 0; at = from[at]) edges.push_back(places[at]);
  edges.push_back(places[0]);
  std::reverse(edges.begin(), edges.end());
  return edges;
}

}  // namespace

int source_of(const Network& network, int layer) {
  while (layer >= 0 && network.layers[layer].view) layer = network.layers[layer].inputs[0].layer;
  return layer;
}

namespace {

/// Cut points, whether an error passes or not.
std::vector<CutPoint> single_values(const Network& network) {
  const int count = static_cast<int>(network.layers.size());
  std::vector<int> last_reader(count, -1);
  for (int i = 0; i < count; ++i)
    for (const ValueRef& input : network.layers[i].inputs)
      if (const int source = source_of(network, input.layer); source >= 0) last_reader[source] = i;
  for (const ValueRef& output : network.outputs)
    if (const int source = source_of(network, output.layer); source >= 0 && output.layer + 1 < count)
      last_reader[source] = count;
  std::vector<CutPoint> cuts;
  for (int at = 1; at < count; ++at) {
    int alive = 0, which = 0;
    for (int i = 0; i < at; ++i) {
      if (last_reader[i] < at) continue;
      ++alive;
      which = i;
    }
    if (alive == 1) cuts.push_back({at, network.layers[which].out.elements()});
  }
  return cuts;
}

}  // namespace

std::vector<CutPoint> cut_points(const Network& network, const TrainingPlan& plan) {
  std::vector<CutPoint> cuts = single_values(network);
  std::erase_if(cuts, [&](const CutPoint& cut) { return !plan.layers[cut.layer - 1].live; });
  return cuts;
}

std::vector<Segment> split_into_segments(const Network& network, const TrainingPlan& plan, int count) {
  const int layers = static_cast<int>(network.layers.size());
  const int begin = first_live(network, plan);
  std::int64_t total = 0, seen = 0;
  for (int i = begin; i < layers; ++i) total += kept_elements(network, plan, i);
  std::vector<int> edges{begin};
  int summed_to = begin;
  for (const CutPoint& cut : cut_points(network, plan)) {
    for (; summed_to < cut.layer; ++summed_to) seen += kept_elements(network, plan, summed_to);
    const auto made = static_cast<std::int64_t>(edges.size());
    if (made < count && cut.layer > edges.back() && seen * count >= total * made) edges.push_back(cut.layer);
  }
  if (edges.back() < layers) edges.push_back(layers);
  return segments_between(edges);
}

namespace {

/// A run of `length` stretches between cut points, in which those `period` apart are alike.
struct Blocks {
  std::size_t first = 0, period = 0, length = 0;
};

/// The longest run; of equally long ones that with the shortest blocks.
Blocks find_blocks(const std::vector<std::int64_t>& stretches) {
  Blocks best;
  for (std::size_t period = 1; 2 * period <= stretches.size(); ++period)
    for (std::size_t first = 0; first + period < stretches.size(); ++first) {
      std::size_t end = first;
      while (end + period < stretches.size() && stretches[end] == stretches[end + period]) ++end;
      const std::size_t length = (end - first) / period * period + period;
      if (length > period && length > best.length) best = {first, period, length};
      first = end;
    }
  return best;
}

}  // namespace

std::vector<Segment> split_into_blocks(const Network& network, const TrainingPlan& plan) {
  const int layers = static_cast<int>(network.layers.size()), begin = first_live(network, plan);
  std::vector<int> edges{0};
  for (const CutPoint& cut : single_values(network)) edges.push_back(cut.layer);
  edges.push_back(layers);
  std::vector<std::int64_t> stretches;  // parameters of each: blocks may differ in what costs no memory
  for (std::size_t i = 0; i + 1 < edges.size(); ++i) {
    stretches.push_back(0);
    for (int layer = edges[i]; layer < edges[i + 1]; ++layer)
      stretches.back() += network.layers[static_cast<std::size_t>(layer)].parameters();
  }
  const Blocks blocks = find_blocks(stretches);
  if (blocks.period == 0)
    throw base::ConfigError({}, "recompute",
                            fmt::format("mode blocks: {} has no blocks that follow one another; use sqrt, "
                                        "segments or optimal",
                                        network.name));
  std::vector<int> chosen{begin};
  for (std::size_t i = 0; i <= blocks.length; i += blocks.period)
    if (const int edge = edges[blocks.first + i];
        edge > begin && edge < layers && plan.layers[static_cast<std::size_t>(edge - 1)].live)
      chosen.push_back(edge);
  if (chosen.back() < layers) chosen.push_back(layers);
  return segments_between(chosen);
}

std::vector<std::vector<Segment>> candidate_splits(const Network& network, const TrainingPlan& plan) {
  const int layers = static_cast<int>(network.layers.size());
  const std::vector<CutPoint> cuts = cut_points(network, plan);
  std::vector<std::vector<Segment>> splits;
  for (int count = 1; count <= static_cast<int>(cuts.size()) + 1; ++count)
    splits.push_back(split_into_segments(network, plan, count));

  std::vector<int> places{first_live(network, plan)};
  std::vector<std::int64_t> checkpoint_size{0};
  for (const CutPoint& cut : cuts) {
    if (cut.layer <= places.back()) continue;
    places.push_back(cut.layer);
    checkpoint_size.push_back(cut.elements);
  }
  places.push_back(layers);
  checkpoint_size.push_back(0);
  std::vector<std::int64_t> kept_before(places.size(), 0);
  for (std::size_t i = 1; i < places.size(); ++i) {
    kept_before[i] = kept_before[i - 1];
    for (int layer = places[i - 1]; layer < places[i]; ++layer)
      kept_before[i] += kept_elements(network, plan, layer);
  }
  constexpr int kBounds = 32;
  for (int i = 1; i <= kBounds; ++i) {
    const std::vector<int> edges =
        cheapest_edges(places, kept_before, checkpoint_size, kept_before.back() * i / kBounds);
    if (!edges.empty()) splits.push_back(segments_between(edges));
  }
  return splits;
}

std::vector<bool> checkpointed_values(const Network& network, const std::vector<Segment>& segments) {
  std::vector<int> segment_of(network.layers.size(), 0);
  for (std::size_t s = 0; s < segments.size(); ++s)
    for (int i = segments[s].first; i < segments[s].end; ++i) segment_of[i] = static_cast<int>(s);
  std::vector<bool> checkpointed(network.layers.size() + 1, false);
  for (std::size_t i = 0; i < network.layers.size(); ++i) {
    for (const ValueRef& input : network.layers[i].inputs) {
      const int source = source_of(network, input.layer);
      if (source >= 0 && segment_of[source] == segment_of[i]) continue;
      // Lost with its discarded segment, or read once more by a recomputed one.
      const bool made_in_discarded = source >= 0 && segments[segment_of[source]].recompute;
      if (!made_in_discarded && !segments[segment_of[i]].recompute) continue;
      for (int value = input.layer; value != source; value = network.layers[value].inputs[0].layer)
        checkpointed[value + 1] = true;
      checkpointed[source + 1] = true;
    }
  }
  return checkpointed;
}

}  // namespace kiln::workload
