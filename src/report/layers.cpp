// SPDX-License-Identifier: MIT
#include "report/layers.h"

#include <fmt/core.h>

#include <cmath>
#include <functional>
#include <iterator>
#include <map>
#include <numeric>
#include <type_traits>

#include "output/encode.h"
#include "report/glossary.h"

namespace kiln::report {

using soc::WorkRecord;
using stats::ActivityKind;
using stats::Component;
using stats::count_of;
using stats::Counts;
using stats::WorkKey;

namespace {

constexpr const char* kNoLayer = "none";
constexpr double kNoTime = 1e-9;  ///< share of the step; a smaller remainder is rounding

/// How much a layer in a phase used a shared resource; the resource's joules are split in these proportions.
using Use = std::function<std::int64_t(const WorkRecord&)>;

class LayerBook {
 public:
  explicit LayerBook(const Findings& findings) : f_(findings), record_(findings.step.record) {}

  std::vector<LayerRow> rows() {
    for (const auto& [key, work] : record_.work) add_work(key, work);
    for (const auto& [key, blocks] : record_.by_layer_and_phase) add_counts(key, blocks);
    outside_.push_back(row("(slowest tile)", kPhaseNames[npu::kPhases - 1]));
    outside_.back().time_s = outside_.back().dependency_stall_s = record_.last_tile_wait_s * f_.busy_scale;
    share_static();
    std::vector<LayerRow> all;
    for (auto& [key, row] : layers_)
      if (key.first >= 0) all.push_back(std::move(row));
    for (auto& [key, row] : layers_)
      if (key.first < 0) all.push_back(std::move(row));
    all.insert(all.end(), outside_.begin(), outside_.end());
    return all;
  }

 private:
  LayerRow row(std::string name, std::string phase) const {
    LayerRow row;
    row.name = std::move(name);
    row.kind = kNoLayer;
    row.mapping = kNoLayer;
    row.phase = std::move(phase);
    return row;
  }

  LayerRow& at(WorkKey key) {
    const auto found = layers_.find(key);
    if (found != layers_.end()) return found->second;
    const auto [layer, phase] = key;
    // Activity without a layer is the exchange of descriptors between tiles and host; without a phase it is
    // the input of samples.
    LayerRow fresh = row(phase < 0 ? "(input)" : "(launch)", phase < 0 ? kNoLayer : kPhaseNames[phase]);
    if (layer >= 0) {
      const workload::LayerInfo& about = f_.prepared.graph.layers[static_cast<std::size_t>(layer)];
      fresh.name = about.name;
      fresh.kind = about.kind;
      fresh.mapping = f_.prepared.step.mapping_of_layer[static_cast<std::size_t>(layer)];
    }
    return layers_.emplace(key, std::move(fresh)).first->second;
  }

  void add_work(WorkKey key, const WorkRecord& work) {
    LayerRow& row = at(key);
    const double scale = f_.busy_scale;
    const auto stall_s = [&](npu::Stall cause) {
      return work.stalled_s[static_cast<std::size_t>(cause)] * scale;
    };
    const double waits_s = work.memory_wait_s + work.network_wait_s;
    const double memory = waits_s > 0 ? work.memory_wait_s / waits_s : 1;
    const double data_s = stall_s(npu::Stall::data) + stall_s(npu::Stall::buffer);
    row.time_s = work.exclusive_s * scale;
    row.compute_s = work.computing_s * scale;
    row.dram_stall_s = data_s * memory;
    row.noc_stall_s = data_s * (1 - memory);
    row.dependency_stall_s = stall_s(npu::Stall::dependency);
    row.launch_stall_s = stall_s(npu::Stall::launch);
    row.cycles = std::round(work.exclusive_s * f_.step.signature.point().frequency_hz);
    row.dram_read_bytes = work.dram_read_bytes;
    row.dram_write_bytes = work.dram_write_bytes;
    row.flit_hops = work.flit_hops;
  }

  void add_counts(WorkKey key, const std::vector<Counts>& blocks) {
    Counts sum{};
    for (std::size_t b = 0; b < blocks.size(); ++b) {
      const double voltage = f_.device.power().voltage_of(b, f_.observed.point.voltage_v);
      for (const stats::Activity& activity : stats::activities()) {
        const std::int64_t events = count_of(blocks[b], activity.kind);
        if (events == 0) continue;
        sum[static_cast<std::size_t>(activity.kind)] += events;
        add_joules(key, activity,
                   static_cast<double>(events) * f_.device.power().event_j(activity.kind, voltage) *
                       f_.energy.dynamic_scale);
      }
    }
    LayerRow& row = at(key);
    row.macs = stats::macs(sum);
    row.vector_ops = count_of(sum, ActivityKind::vector_op);
    row.local_sram_bytes = count_of(sum, ActivityKind::local_sram_read_byte) +
                           count_of(sum, ActivityKind::local_sram_write_byte);
    row.gradient_sram_bytes = count_of(sum, ActivityKind::gradient_sram_read_byte) +
                              count_of(sum, ActivityKind::gradient_sram_write_byte);
    row.dma_bytes = count_of(sum, ActivityKind::dma_byte);
    if (row.cycles > 0) row.array_utilisation = array_cycles(sum) / row.cycles;
  }

  /// Cycles in which all arrays together do these MACs at their peak. Gated ones take the slot of the others.
  double array_cycles(const Counts& sum) const {
    const soc::SocConfig& soc = f_.experiment.soc;
    const double tiles = soc.count(soc::UnitKind::npu);
    std::int64_t counted = 0;
    double cycles = 0;
    for (const auto& precision : enum_names(static_cast<const workload::Precision*>(nullptr))) {
      const std::int64_t macs = count_of(sum, npu::mac_kind(precision.value));
      if (macs == 0) continue;
      counted += macs;
      cycles += static_cast<double>(macs) / (tiles * soc.npu.peak_macs_per_cycle(precision.value));
    }
    return counted == 0 ? 0 : cycles * static_cast<double>(stats::macs(sum)) / static_cast<double>(counted);
  }

  /// Events of units that serve many layers are counted without a layer; their joules are split by use.
  void add_joules(WorkKey key, const stats::Activity& activity, double joules) {
    if (key != WorkKey{-1, -1}) return book(at(key), activity, joules);
    switch (activity.component) {
      case Component::noc:
        return share(activity, joules, [](const WorkRecord& w) { return w.flit_hops; });
      case Component::codec:
        return share(activity, joules, [](const WorkRecord& w) { return w.coded_words; });
      case Component::dram_io:
        return share(activity, joules, bytes);
      case Component::dram:
        return add_dram(activity, joules);
      default:
        return book(at(key), activity, joules);
    }
  }

  void add_dram(const stats::Activity& activity, double joules) {
    switch (activity.kind) {
      case ActivityKind::dram_refresh:
      case ActivityKind::dram_bank_refresh:
        return book(outside("(refresh)"), activity, joules);
      case ActivityKind::dram_read_byte:
      case ActivityKind::dram_check_read_byte:
        return share(activity, joules, [](const WorkRecord& w) { return w.dram_read_bytes; });
      case ActivityKind::dram_write_byte:
      case ActivityKind::dram_check_write_byte:
        return share(activity, joules, [](const WorkRecord& w) { return w.dram_write_bytes; });
      default:
        return share(activity, joules, bytes);
    }
  }

  static std::int64_t bytes(const WorkRecord& work) { return work.dram_read_bytes + work.dram_write_bytes; }

  void share(const stats::Activity& activity, double joules, const Use& use) {
    std::int64_t all = 0;
    for (const auto& [key, work] : record_.work) all += use(work);
    if (all == 0) return book(at({-1, -1}), activity, joules);
    for (const auto& [key, work] : record_.work)
      if (const std::int64_t part = use(work); part > 0)
        book(at(key), activity, joules * static_cast<double>(part) / static_cast<double>(all));
  }

  static void book(LayerRow& row, const stats::Activity& activity, double joules) {
    row.dynamic_j[static_cast<std::size_t>(activity.component)] += joules;
  }

  LayerRow& outside(const std::string& name) {
    for (LayerRow& row : outside_)
      if (row.name == name) return row;
    outside_.push_back(row(name, kNoLayer));
    return outside_.back();
  }

  /// Clock trees and leakage by exclusive time; what is drawn between steps has a row of its own.
  void share_static() {
    double busy_s = 0;
    for (const auto& [key, row] : layers_) busy_s += row.time_s;
    for (const LayerRow& row : outside_) busy_s += row.time_s;
    const auto add = [&](LayerRow& row) {
      const double share = busy_s > 0 ? row.time_s / busy_s : 0;
      row.clock_tree_j = f_.energy.clock_tree_j * share;
      row.uncore_j = f_.energy.uncore_j * share;
      row.leakage_j = f_.energy.leakage_j * share;
      row.dram_standby_j = f_.energy.dram_standby_j * share;
    };
    for (auto& [key, row] : layers_) add(row);
    for (LayerRow& row : outside_) add(row);
    const double idle_s = f_.step_time_s - busy_s;
    if (idle_s > kNoTime * f_.step_time_s || f_.energy.idle_j != 0) {
      LayerRow& idle = outside("(idle)");
      idle.time_s = idle_s;
      idle.idle_j = f_.energy.idle_j;
    }
    outside("(board)").board_j = f_.energy.board_j;
    if (f_.energy.cooling_j != 0) outside("(cooling)").cooling_j = f_.energy.cooling_j;
  }

  const Findings& f_;
  const soc::StepRecord& record_;
  std::map<WorkKey, LayerRow> layers_;
  std::vector<LayerRow> outside_;
};

/// A column of layers.csv.
struct Column {
  std::string key, unit, meaning;
  std::function<std::string(const LayerRow&)> cell;
};

template <class T>
Column column(std::string key, std::string unit, std::string meaning, T LayerRow::*member) {
  return {std::move(key), std::move(unit), std::move(meaning), [member](const LayerRow& row) {
            if constexpr (std::is_same_v<T, std::string>)
              return output::csv_cell(row.*member);
            else
              return fmt::format("{}", row.*member);
          }};
}

void add_work_columns(std::vector<Column>& all) {
  all.push_back(column("layer", "", "Name of the layer; in brackets what belongs to none", &LayerRow::name));
  all.push_back(column("kind", "", "Kind of the layer", &LayerRow::kind));
  all.push_back(column("mapping", "", "How its work lies on the tiles", &LayerRow::mapping));
  all.push_back(column("phase", "", "Phase of the step", &LayerRow::phase));
  all.push_back(column("time_s", "s", "Exclusive time; the rows sum to the step", &LayerRow::time_s));
  all.push_back(column("compute_s", "s", "Of it, computing", &LayerRow::compute_s));
  all.push_back(column("dram_stall_s", "s", "Of it, waiting for data of DRAM", &LayerRow::dram_stall_s));
  all.push_back(column("noc_stall_s", "s", "Of it, waiting for the network", &LayerRow::noc_stall_s));
  all.push_back(column("dependency_stall_s", "s", "Of it, waiting for other operations or tiles",
                       &LayerRow::dependency_stall_s));
  all.push_back(
      column("launch_stall_s", "s", "Of it, waiting for the host's descriptors", &LayerRow::launch_stall_s));
  all.push_back(column("cycles", "cycle", "The tiles' cycles in this time at the reported operating point",
                       &LayerRow::cycles));
  all.push_back(column("array_utilisation", "1",
                       "Multiply-accumulates over those that all arrays could have done in these cycles",
                       &LayerRow::array_utilisation));
  all.push_back(column("macs", "MAC", "Multiply-accumulates, gated ones included", &LayerRow::macs));
  all.push_back(
      column("vector_ops", "lane operation", "Operations of the vector unit's lanes", &LayerRow::vector_ops));
  all.push_back(column("dram_read_bytes", "B", "Bytes read from DRAM", &LayerRow::dram_read_bytes));
  all.push_back(column("dram_write_bytes", "B", "Bytes written to DRAM", &LayerRow::dram_write_bytes));
  all.push_back(column("local_sram_bytes", "B", "Bytes read from and written to the tiles' SRAM",
                       &LayerRow::local_sram_bytes));
  all.push_back(column("gradient_sram_bytes", "B", "Bytes read from and written to the gradient buffer",
                       &LayerRow::gradient_sram_bytes));
  all.push_back(column("dma_bytes", "B", "Bytes through the tiles' DMA engines", &LayerRow::dma_bytes));
  all.push_back(column("flit_hops", "flit", "Flits times routers on their way", &LayerRow::flit_hops));
}

void add_energy_columns(std::vector<Column>& all) {
  all.push_back({"energy_j", "J", "Energy; the rows sum to the step",
                 [](const LayerRow& row) { return fmt::format("{}", row.energy_j()); }});
  for (std::size_t c = 0; c < stats::kComponents; ++c) {
    const char* name = stats::name(static_cast<Component>(c));
    all.push_back({fmt::format("{}_j", name), "J", fmt::format("Of it, events of {}", name),
                   [c](const LayerRow& row) { return fmt::format("{}", row.dynamic_j[c]); }});
  }
  all.push_back(column("clock_tree_j", "J", "Of it, clock trees", &LayerRow::clock_tree_j));
  all.push_back(column("uncore_j", "J", "Of it, PLLs, idle PHYs and what is always on", &LayerRow::uncore_j));
  all.push_back(column("leakage_j", "J", "Of it, leakage", &LayerRow::leakage_j));
  all.push_back(column("dram_standby_j", "J", "Of it, the DRAM's standby", &LayerRow::dram_standby_j));
  all.push_back(column("idle_j", "J", "Of it, all that is drawn between steps", &LayerRow::idle_j));
  all.push_back(column("board_j", "J", "Of it, regulators and the board's own", &LayerRow::board_j));
  all.push_back(column("cooling_j", "J", "Of it, fans, pumps and coolers", &LayerRow::cooling_j));
}

const std::vector<Column>& columns() {
  static const std::vector<Column> kColumns = [] {
    std::vector<Column> all;
    add_work_columns(all);
    add_energy_columns(all);
    return all;
  }();
  return kColumns;
}

}  // namespace

double LayerRow::energy_j() const {
  return std::accumulate(dynamic_j.begin(), dynamic_j.end(), 0.0) + clock_tree_j + uncore_j + leakage_j +
         dram_standby_j + idle_j + board_j + cooling_j;
}

std::vector<LayerRow> layer_rows(const Findings& findings) {
  return LayerBook(findings).rows();
}

std::vector<GlossaryEntry> layer_columns() {
  std::vector<GlossaryEntry> entries;
  for (const Column& column : columns()) entries.push_back({column.key, column.unit, column.meaning});
  return entries;
}

std::string layers_csv(const std::vector<LayerRow>& rows) {
  const std::vector<Column>& all = columns();
  std::string out;
  for (const Column& column : all) out += fmt::format("{}{}", out.empty() ? "" : ",", column.key);
  out += '\n';
  for (const LayerRow& row : rows) {
    for (std::size_t i = 0; i < all.size(); ++i) out.append(i == 0 ? "" : ",").append(all[i].cell(row));
    out += '\n';
  }
  return out;
}

}  // namespace kiln::report
