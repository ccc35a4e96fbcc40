// SPDX-License-Identifier: MIT
#include "run/repeated_traffic.h"

#include <cmath>

#include "npu/tile.h"

namespace kiln::run {

using stats::ActivityKind;
using stats::count_of;
using stats::Counts;

namespace {

/// What a kind of event comes with.
enum class Follows { time, reads, writes, memory, network };

Follows follows(ActivityKind kind) {
  switch (kind) {
    case ActivityKind::dram_read_byte:
    case ActivityKind::dram_check_read_byte:
      return Follows::reads;
    case ActivityKind::dram_write_byte:
    case ActivityKind::dram_check_write_byte:
      return Follows::writes;
    case ActivityKind::dram_activate:
    case ActivityKind::dram_cipher_byte:
    case ActivityKind::dram_io_byte:
    case ActivityKind::memory_phy_byte:
      return Follows::memory;
    default:
      return stats::about(kind).component == stats::Component::noc ? Follows::network : Follows::time;
  }
}

double sum_of(const Counts& counts, std::initializer_list<ActivityKind> kinds) {
  double sum = 0;
  for (const ActivityKind kind : kinds) sum += static_cast<double>(count_of(counts, kind));
  return sum;
}

}  // namespace

soc::TrafficTotals traffic_left_out(const lowering::LoweredStep& whole, const lowering::Repetition& r,
                                    std::uint64_t descriptor_bytes) {
  soc::TrafficTotals traffic;
  const auto add = [&](const lowering::Transfer& transfer, std::int64_t soc::TrafficTotals::*dram) {
    const auto bytes = static_cast<std::int64_t>(transfer.bytes);
    const auto wire = static_cast<std::int64_t>(transfer.wire_bytes);
    const bool gradient = npu::traffic_class(transfer.cls) == sim::TrafficClass::gradient;
    traffic.noc_payload += bytes;
    traffic.noc_wire += wire;
    if (gradient) traffic.noc_gradient += wire;
    if (transfer.home != lowering::Home::dram) return;
    traffic.*dram += bytes;
    if (gradient) traffic.dram_gradient += bytes;
  };
  for (const lowering::TileProgram& tile : whole.tiles)
    for (const lowering::Task& task : tile.tasks) {
      if (!r.leaves_out(task.instance)) continue;
      if (task.first_of_op) {
        traffic.noc_payload += static_cast<std::int64_t>(descriptor_bytes);
        traffic.noc_wire += static_cast<std::int64_t>(descriptor_bytes);
      }
      for (std::uint32_t i = task.load_begin; i < task.load_end; ++i)
        add(tile.loads[i], &soc::TrafficTotals::dram_read);
      for (std::uint32_t i = task.store_begin; i < task.store_end; ++i)
        add(tile.stores[i], &soc::TrafficTotals::dram_write);
    }
  return traffic;
}

EventsLeftOut::EventsLeftOut(const soc::StepRecord& simulated, std::vector<Counts> unit, std::int64_t units,
                             const WorkRecords& work)
    : unit_(std::move(unit)), units_(units) {
  for (const auto& [key, blocks] : simulated.by_layer_and_phase)
    for (const Counts& counts : blocks) stats::add(all_, counts);
  for (const Counts& counts : unit_) stats::add(in_unit_, counts);
  soc::WorkRecord added, had;
  for (const auto& [key, w] : work) run::add(added, w);
  for (const auto& [key, w] : simulated.work) run::add(had, w);
  const auto share = [&](std::int64_t soc::WorkRecord::*amount, std::initializer_list<ActivityKind> kinds) {
    return share_of(static_cast<double>(added.*amount), static_cast<double>(had.*amount), kinds);
  };
  shares_[static_cast<std::size_t>(Follows::reads)] =
      share(&soc::WorkRecord::dram_read_bytes, {ActivityKind::dram_read_byte});
  shares_[static_cast<std::size_t>(Follows::writes)] =
      share(&soc::WorkRecord::dram_write_bytes, {ActivityKind::dram_write_byte});
  shares_[static_cast<std::size_t>(Follows::memory)] =
      share_of(static_cast<double>(added.dram_read_bytes + added.dram_write_bytes),
               static_cast<double>(had.dram_read_bytes + had.dram_write_bytes),
               {ActivityKind::dram_read_byte, ActivityKind::dram_write_byte});
  shares_[static_cast<std::size_t>(Follows::network)] =
      share(&soc::WorkRecord::flit_hops, {ActivityKind::router_crossbar});
}

double EventsLeftOut::share_of(double added, double simulated,
                               std::initializer_list<ActivityKind> kinds) const {
  const double counted = sum_of(in_unit_, kinds) * static_cast<double>(units_);
  if (counted == 0 || simulated == 0) return 1;
  return added / simulated * sum_of(all_, kinds) / counted;
}

std::int64_t EventsLeftOut::of(std::size_t block, ActivityKind kind) const {
  const double share = shares_[static_cast<std::size_t>(follows(kind))];
  return std::llround(share * static_cast<double>(units_ * count_of(unit_[block], kind)));
}

}  // namespace kiln::run
