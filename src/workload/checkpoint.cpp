// SPDX-License-Identifier: MIT
#include "workload/checkpoint.h"

#include <algorithm>

namespace kiln::workload {
namespace {

/// Elements kept per sample for the backward pass of one layer: a weight for balancing, not an account.
std::int64_t kept_elements(const Network& network, const TrainingPlan& plan, int index) {
  const LayerPlan& own = plan.layers[index];
  const Layer& layer = network.layers[index];
  if (!own.live) return 0;
  std::int64_t sum = own.keep_output && layer.op != LayerOp::flatten ? layer.out.elements() : 0;
  if (own.batch_stats) sum += layer.out.elements();
  if (layer.act == Activation::silu || layer.act == Activation::gelu) sum += layer.out.elements();
  return sum;
}

}  // namespace

int source_of(const Network& network, int layer) {
  while (layer >= 0 && network.layers[layer].op == LayerOp::flatten) layer = network.layers[layer].inputs[0];
  return layer;
}

std::vector<int> cut_points(const Network& network, const TrainingPlan& plan) {
  const int count = static_cast<int>(network.layers.size());
  std::vector<int> last_reader(count, -1);
  for (int i = 0; i < count; ++i)
    for (const int input : network.layers[i].inputs)
      if (input >= 0) last_reader[source_of(network, input)] = i;
  std::vector<int> cuts;
  for (int at = 1; at < count; ++at) {
    int alive = 0;
    for (int i = 0; i < at; ++i) alive += last_reader[i] >= at;
    if (alive == 1 && plan.layers[at - 1].live) cuts.push_back(at);
  }
  return cuts;
}

std::vector<Segment> split_into_segments(const Network& network, const TrainingPlan& plan, int count) {
  const int layers = static_cast<int>(network.layers.size());
  int begin = 0;  // nothing to recompute in front of the first trained layer
  while (begin < layers && !plan.layers[begin].live) ++begin;
  std::int64_t total = 0;
  for (int i = begin; i < layers; ++i) total += kept_elements(network, plan, i);

  const std::vector<int> cuts = cut_points(network, plan);
  std::vector<Segment> segments;
  if (begin > 0) segments.push_back({0, begin, false});
  int first = begin;
  std::int64_t seen = 0;
  int made = 1;
  for (int i = begin; i < layers && made < count; ++i) {
    const bool may_cut = i > first && std::binary_search(cuts.begin(), cuts.end(), i);
    if (may_cut && seen * count >= total * made) {
      segments.push_back({first, i, true});
      first = i;
      ++made;
    }
    seen += kept_elements(network, plan, i);
  }
  if (first < layers) segments.push_back({first, layers, false});
  return segments;
}

std::vector<bool> checkpointed_values(const Network& network, const std::vector<Segment>& segments) {
  std::vector<int> segment_of(network.layers.size(), 0);
  for (std::size_t s = 0; s < segments.size(); ++s)
    for (int i = segments[s].first; i < segments[s].end; ++i) segment_of[i] = static_cast<int>(s);
  std::vector<bool> checkpointed(network.layers.size() + 1, false);
  for (std::size_t i = 0; i < network.layers.size(); ++i) {
    for (const int input : network.layers[i].inputs) {
      const int source = source_of(network, input);
      if (source >= 0 && segment_of[source] == segment_of[i]) continue;
      // Lost with its discarded segment, or read once more by a recomputed one.
      const bool made_in_discarded = source >= 0 && segments[segment_of[source]].recompute;
      if (!made_in_discarded && !segments[segment_of[i]].recompute) continue;
      for (int value = input; value != source; value = network.layers[value].inputs[0]) checkpointed[value + 1] = true;
      checkpointed[source + 1] = true;
    }
  }
  return checkpointed;
}

}  // namespace kiln::workload
