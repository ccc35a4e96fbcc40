// SPDX-License-Identifier: MIT
#include "lowering/memory_plan.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "base/units.h"
#include "lowering/allocator.h"
#include "lowering/memory_peak.h"
#include "lowering/slicing.h"

namespace kiln::lowering {

using workload::Tensor;
using workload::TensorClass;

namespace {

/// Something to be placed: a tensor, the payloads or the codec state of a layer.
struct Item {
  Lifetime lifetime;
  Location* location;
  bool gradient;  ///< may live in the gradient SRAM
  std::string_view kind;
};

std::string shown(std::uint64_t bytes) {
  return base::display_quantity(static_cast<double>(bytes), base::Dimension::bytes);
}

class MemoryPlanner {
 public:
  MemoryPlanner(const workload::StepGraph& graph, const Target& target, const CompressionPlan& compression,
                const LoweringOptions& options, const std::vector<int>& copies,
                const std::vector<bool>& at_once, const std::vector<std::int32_t>& order)
      : graph_(graph),
        target_(target),
        compression_(compression),
        options_(options),
        copies_(copies),
        at_once_(at_once),
        last_position_(static_cast<std::int32_t>(order.size()) - 1),
        first_run_(graph.ops.size(), 0),
        last_run_(graph.ops.size(), 0) {
    for (auto position = static_cast<std::int32_t>(order.size()) - 1; position >= 0; --position)
      first_run_[static_cast<std::size_t>(order[static_cast<std::size_t>(position)])] = position;
    for (std::int32_t position = 0; position <= last_position_; ++position)
      last_run_[static_cast<std::size_t>(order[static_cast<std::size_t>(position)])] = position;
    plan_.tensors.resize(graph.tensors.size());
    plan_.payloads.resize(graph.layers.size());
    plan_.residuals.resize(graph.layers.size());
    plan_.factors.resize(graph.layers.size());
  }

  MemoryPlan run() {
    for (const Tensor& tensor : graph_.tensors) add_tensor(tensor);
    if (compression_.stored_encoded()) add_codec_buffers();
    place_in_sram();
    place_in_dram();
    note_peaks();
    return std::move(plan_);
  }

 private:
  int copies(std::int32_t layer) const { return layer < 0 ? 1 : copies_[static_cast<std::size_t>(layer)]; }
  void add(Location& location, std::uint64_t bytes, int copies, std::int32_t first, std::int32_t last,
           bool gradient, std::string_view kind) {
    if (bytes == 0) return;
    const std::uint64_t align = 64;  // copies start on a cache-line-sized boundary
    location.copy_bytes = (bytes + align - 1) / align * align;
    const std::uint64_t all = location.copy_bytes * static_cast<std::uint64_t>(copies - 1) + bytes;
    items_.push_back({{all, first, last}, &location, gradient, kind});
  }

  void add_tensor(const Tensor& tensor) {
    const bool gradient = tensor.cls == TensorClass::weight_gradient;
    if (gradient && at_once_[static_cast<std::size_t>(tensor.layer)])
      return;  // never exists outside the array
    const bool worker_copy = gradient || tensor.cls == TensorClass::statistics;
    // Samples of the next step arrive while this one runs, so no other tensor may share their memory.
    const bool always = tensor.persistent || tensor.cls == TensorClass::input;
    // What belongs to samples is over when a micro-batch is: its place serves the next one. Gradients and
    // statistics stand from the first micro-batch on.
    const std::vector<std::int32_t>& begins = is_per_sample(tensor.cls) ? last_run_ : first_run_;
    const std::int32_t first =
        always || tensor.first_op < 0 ? 0 : begins[static_cast<std::size_t>(tensor.first_op)];
    const std::int32_t last =
        always || tensor.last_op < 0 ? last_position_ : last_run_[static_cast<std::size_t>(tensor.last_op)];
    add(plan_.tensors[static_cast<std::size_t>(tensor.id)], static_cast<std::uint64_t>(tensor.bytes()),
        worker_copy ? copies(tensor.layer) : 1, first, last, gradient, workload::name_of(tensor.cls));
  }

  void add_codec_buffers() {
    for (const Tensor& tensor : graph_.tensors) {
      if (tensor.cls != TensorClass::weight_gradient || copies(tensor.layer) < 2 ||
          !compression_.stored_encoded(tensor.layer))
        continue;
      const auto layer = static_cast<std::size_t>(tensor.layer);
      add(plan_.payloads[layer], compression_.layers[layer].payload_bytes, copies(tensor.layer),
          first_run_[static_cast<std::size_t>(tensor.first_op)],
          last_run_[static_cast<std::size_t>(tensor.last_op)], true, "encoded gradients");
      const std::uint64_t state = compression_.state_bytes(tensor.layer, tensor.elements());
      add(plan_.residuals[layer], state, copies(tensor.layer), 0, last_position_, true, "codec state");
      plan_.use.residual_bytes += state * static_cast<std::uint64_t>(copies(tensor.layer));
      std::uint64_t kept = 0;
      for (const compression::Factored& matrix : compression_.of(tensor.layer).factors)
        kept += 4 * static_cast<std::uint64_t>(matrix.second_elements());
      add(plan_.factors[layer], kept, 1, 0, last_position_, true, "codec state");
      plan_.use.residual_bytes += kept;
    }
    if (plan_.use.residual_bytes > target_.gradient_sram_bytes)
      plan_.notes.push_back(fmt::format(
          "codec state (error feedback) of {} for all workers exceeds the {} gradient SRAM; what does not "
          "fit lives in DRAM",
          base::display_quantity(static_cast<double>(plan_.use.residual_bytes), base::Dimension::bytes),
          base::display_quantity(static_cast<double>(target_.gradient_sram_bytes), base::Dimension::bytes)));
  }

  /// What lies in a memory; of DRAM also what found no place.
  std::vector<Held> held_in(Home home) const {
    std::vector<Held> held;
    for (const Item& item : items_)
      if (item.location->home == home)
        held.push_back({item.kind, item.lifetime.first, item.lifetime.last, item.lifetime.bytes});
    return held;
  }

  void note_peaks() {
    for (const Home home : {Home::dram, Home::gradient_sram})
      for (MemoryShare& share : shares_at_peak(home, held_in(home)))
        plan_.use.at_peak.push_back(std::move(share));
  }

  void place_in_sram() {
    if (!options_.gradients_in_sram || target_.gradient_sram_bytes == 0) return;
    LifetimeAllocator sram(target_.gradient_sram_bytes, 64);
    // One by one, smallest first, so that the buffer serves the most layers; the allocator would begin with
    // the largest.
    std::vector<Item*> wanted;
    for (Item& item : items_)
      if (item.gradient) wanted.push_back(&item);
    std::stable_sort(wanted.begin(), wanted.end(),
                     [](const Item* a, const Item* b) { return a->lifetime.bytes < b->lifetime.bytes; });
    for (Item* item : wanted) {
      if (const auto address = sram.place({item->lifetime}).front()) {
        *item->location = {Home::gradient_sram, *address, item->location->copy_bytes, true};
      } else {
        plan_.use.gradient_spilled_bytes += item->lifetime.bytes;
      }
    }
    plan_.use.gradient_sram_peak_bytes = sram.peak_bytes();
  }

  void place_in_dram() {
    LifetimeAllocator dram(target_.dram_bytes, target_.alignment_bytes);
    std::vector<Lifetime> lifetimes;
    std::vector<Item*> rest;
    for (Item& item : items_) {
      if (item.location->placed) continue;
      lifetimes.push_back(item.lifetime);
      rest.push_back(&item);
    }
    const auto addresses = dram.place(lifetimes);
    std::uint64_t missing = 0;
    for (std::size_t i = 0; i < rest.size(); ++i) {
      if (!addresses[i]) {
        missing += lifetimes[i].bytes;
        continue;
      }
      *rest[i]->location = {Home::dram, *addresses[i], rest[i]->location->copy_bytes, true};
    }
    if (missing > 0) {
      const std::vector<MemoryShare> need = shares_at_peak(Home::dram, held_in(Home::dram));
      throw base::ConfigError(
          {}, "soc.memory.dram.organisation",
          fmt::format(
              "the training step does not fit the {} DRAM: it needs {} at once, and {} find no place; it "
              "holds {}. Use a smaller training.batch or loss_chunk, training.recompute, training.lora_rank, "
              "or more channels or rows",
              shown(target_.dram_bytes), shown(bytes_of(need)), shown(missing), text_of(need)));
    }
    plan_.use.dram_peak_bytes = dram.peak_bytes();
  }

  const workload::StepGraph& graph_;
  const Target& target_;
  const CompressionPlan& compression_;
  const LoweringOptions& options_;
  const std::vector<int>& copies_;
  const std::vector<bool>& at_once_;
  std::int32_t last_position_;
  std::vector<std::int32_t> first_run_, last_run_;  ///< positions by operation
  std::vector<Item> items_;
  MemoryPlan plan_;
};

}  // namespace

MemoryPlan plan_memory(const workload::StepGraph& graph, const Target& target,
                       const CompressionPlan& compression, const LoweringOptions& options,
                       const std::vector<int>& worker_copies, const std::vector<bool>& encoded_at_once,
                       const std::vector<std::int32_t>& order) {
  return MemoryPlanner(graph, target, compression, options, worker_copies, encoded_at_once, order).run();
}

}  // namespace kiln::lowering
