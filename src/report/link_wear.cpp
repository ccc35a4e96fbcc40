// SPDX-License-Identifier: MIT
// Electromigration of the network's links in the reported step.
#include <cmath>

#include "noc/energy.h"
#include "noc/topology.h"
#include "report/findings.h"

namespace kiln::report {

/// Black's equation at the step's voltage and clock and the highest temperature of the router that drives the
/// link, relative to a link that is always busy at the chip's highest clock and else reference conditions.
/// Idle links do not wear and are left out.
std::vector<stats::Sample> link_wear(const Findings& f) {
  const sim::OperatingPoint& point = f.step.signature.point();
  const soc::SocConfig& soc = f.experiment.soc;
  noc::NocConfig network = soc.noc;
  network.clock_hz = soc.top_frequency_hz() * soc.noc_clock_ratio;
  const noc::NocEnergyModel model(network, {});
  const noc::Topology topology(network);
  const double cycles = f.step_time_s * point.noc_frequency_hz;
  std::vector<stats::Sample> samples;
  for (std::size_t router = 0; router < f.step.record.link_flits.size(); ++router) {
    const auto block = static_cast<std::size_t>(f.prepared.plan.router_block[router]);
    const std::string& name = f.prepared.plan.floorplan.blocks[block].name;
    for (int port = 0; port < topology.ports(); ++port) {
      const double use =
          static_cast<double>(f.step.record.link_flits[router][static_cast<std::size_t>(port)]) / cycles;
      if (use <= 0) continue;
      const std::string path = fmt::format("noc.link.{}.{}.", name, topology.port_name(port));
      samples.push_back({path + "use", "flits/cycle", "Flits the link carries per network cycle", use});
      samples.push_back({path + "relative_mttf", "1",
                         "Mean time to failure by electromigration, relative to a link that is always busy "
                         "at the highest clock and else reference conditions",
                         model.relative_mttf(use, point.noc_frequency_hz,
                                             {point.voltage_v, f.observed.peak_block_c[block]})});
    }
  }
  return samples;
}

}  // namespace kiln::report
