// SPDX-License-Identifier: MIT
#include "run/repeated_metrics.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "npu/tile.h"

namespace kiln::run {

namespace {

template <class Metrics>
auto& metric(Metrics& metrics, const std::string& tile, const std::string& name) {
  const std::string path = "soc." + tile + "." + name;
  const auto found =
      std::find_if(metrics.begin(), metrics.end(), [&](const stats::Sample& m) { return m.path == path; });
  KILN_CHECK(found != metrics.end(), "no metric {}", path);
  return found->value;
}

double bytes_of(const std::vector<lowering::Transfer>& transfers) {
  double bytes = 0;
  for (const lowering::Transfer& transfer : transfers) bytes += static_cast<double>(transfer.bytes);
  return bytes;
}

}  // namespace

void repeat_counts(const soc::PartCounts& from, const soc::PartCounts& to, double times,
                   SimulatedPart& part) {
  for (std::size_t i = 0; i < part.metrics.size(); ++i) {
    stats::Sample& sample = part.metrics[i];
    if (!sample.adds_up) continue;
    const double more = times * (to.metrics[i].value - from.metrics[i].value);
    sample.value += sample.unit == "s" ? more : std::round(more);
  }
  for (std::size_t i = 0; i < part.record.link_flits.size(); ++i)
    for (std::size_t d = 0; d < part.record.link_flits[i].size(); ++d)
      part.record.link_flits[i][d] += static_cast<std::uint64_t>(
          std::llround(times * static_cast<double>(to.link_flits[i][d] - from.link_flits[i][d])));
}

void tell_tiles(const std::vector<std::string>& tiles, const lowering::LoweredStep& whole,
                const SimulatedPart& simulated, SimulatedPart& part) {
  const auto of = [&](const std::string& tile, const std::string& name) -> double& {
    return metric(part.metrics, tile, name);
  };
  for (std::size_t t = 0; t < whole.tiles.size(); ++t) {
    const lowering::TileProgram& program = whole.tiles[t];
    double macs = 0, array_busy_s = 0;
    for (std::size_t i = 0; i < program.tasks.size(); ++i) {
      macs += static_cast<double>(program.tasks[i].macs);
      array_busy_s += base::to_seconds(npu::computed(program.tasks[i], part.record.task_spans[t][i]).array);
    }
    of(tiles[t], "tasks") = static_cast<double>(program.tasks.size());
    of(tiles[t], "load_bytes") = bytes_of(program.loads);
    of(tiles[t], "store_bytes") = bytes_of(program.stores);
    of(tiles[t], "macs") = macs;
    of(tiles[t], "array_busy") = array_busy_s;
  }
  // Each tile's share of the stalls of all, by cause.
  const auto count = static_cast<double>(tiles.size());
  for (std::size_t cause = 0; cause < npu::kStalls; ++cause) {
    const std::string name = std::string("stall_") + npu::name(static_cast<npu::Stall>(cause));
    const double before_s = simulated.record.stalled_s[cause], all_s = part.record.stalled_s[cause];
    for (const std::string& tile : tiles) {
      const double own_s = metric(simulated.metrics, tile, name);
      of(tile, name) = before_s > 0 ? own_s * all_s / before_s : own_s + (all_s - before_s) / count;
    }
  }
}

}  // namespace kiln::run
