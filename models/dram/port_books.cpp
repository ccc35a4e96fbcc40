// SPDX-License-Identifier: MIT
#include "dram/port_books.h"

namespace kiln::dram {

PortBooks::PortBooks(stats::Group& stats)
    : read_bytes_(stats.counter("read_bytes", "B", "Bytes read from the memory")),
      write_bytes_(stats.counter("write_bytes", "B", "Bytes written to the memory")),
      gradient_bytes_(stats.counter("gradient_bytes", "B", "Of both, gradients and codec state")),
      service_(stats.distribution("service_time", "ns",
                                  "From a burst's arrival at the controller to its answer")) {}

Burst PortBooks::came_in(const tlm::tlm_generic_payload& payload, base::TimePs now) {
  const sim::BulkExtension& about = sim::bulk(payload);
  const Burst burst{payload.get_address(), about.bytes, payload.is_write(), about.stream, now, now};
  if (now < record_until_) records_.push_back({about.channel, burst});
  const auto bytes = static_cast<std::int64_t>(about.bytes);
  (burst.write ? write_bytes_ : read_bytes_).add(bytes);
  if (about.cls == sim::TrafficClass::gradient) gradient_bytes_.add(bytes);
  MemoryTraffic& traffic = traffic_[{about.layer, about.phase}];
  (burst.write ? traffic.write_bytes : traffic.read_bytes) += bytes;
  return burst;
}

void PortBooks::answered(const tlm::tlm_generic_payload& payload) {
  const sim::BulkExtension& about = sim::bulk(payload);
  const base::TimePs service = about.departure.last - about.arrival.first;
  service_.observe(static_cast<double>(service) * 1e-3);
  traffic_[{about.layer, about.phase}].service += service;
}

void PortBooks::restart() {
  traffic_.clear();
  records_.clear();
  for (ExertionLog& log : exertions_) log.clear();
}

}  // namespace kiln::dram
