// SPDX-License-Identifier: MIT
// The network as one SystemC module: initiators and targets plug in at ports, bulk transfers cross as trains.
#pragma once

#include <map>
#include <memory>
#include <systemc>
#include <vector>

#include "base/numbered_queue.h"
#include "noc/codec_engine.h"
#include "noc/network_engine.h"
#include "noc/topology.h"
#include "sim/bulk_protocol.h"
#include "sim/operating_domain.h"
#include "sim/wakeups.h"
#include "stats/ledger.h"
#include "stats/metrics.h"

namespace kiln::noc {

/// What crossed the network, kept for the audit against the flit-level engine.
struct TrainRecord {
  Train train;
  base::TimePs start = 0;
};

/// What a layer in a phase had of the network.
struct NetworkTraffic {
  std::int64_t flit_hops = 0;  ///< flits times routers on their way
  std::int64_t coded_words = 0;
  base::TimePs transfer = 0;  ///< from the first byte offered to the last delivered, summed over trains
};

class NocShell : public sc_core::sc_module, public sim::Operated {
 public:
  SC_HAS_PROCESS(NocShell);
  /// `endpoints[p]`: node and local port of network port p. `router_blocks[r]`: the ledger block that counts
  /// the events of router r.
  NocShell(sc_core::sc_module_name name, const NocConfig& config, sim::Fidelity fidelity, stats::Group& stats,
           const std::vector<Endpoint>& endpoints, stats::Ledger& ledger,
           std::vector<stats::BlockId> router_blocks);

  // A unit may be an initiator, a target or both; the side of its port that it does not use stays unbound.
  sc_core::sc_vector<sim::BulkTargetPort<NocShell>> from_initiator;
  sc_core::sc_vector<sim::BulkInitiatorPort<NocShell>> to_target;

  sim::OperatingPointPort operating_point;

  void set_operating_point(const sim::OperatingPoint& point) override;
  void restart(const sim::OperatingPoint& point) override;
  /// Moves counted events since the last call into the ledger.
  void report_activity();
  void reset_statistics();
  bool idle() const { return in_flight_.empty() && pending_.empty(); }
  std::string describe_state() const;
  /// Throws SimError if flits or bytes were lost or made.
  void check_conservation() const;

  /// From now on remembers trains that start before `until`, for the audit.
  void record_until(base::TimePs until) { record_until_ = until; }
  const std::vector<TrainRecord>& records() const { return records_; }
  void clear_records() { records_.clear(); }

  /// Since `reset_statistics`.
  const std::map<stats::WorkKey, NetworkTraffic>& traffic() const { return traffic_; }
  /// Flits each router sent per direction since `reset_statistics`.
  std::vector<std::array<std::uint64_t, kDirections>> link_flits() const;
  std::int64_t payload_bytes() const { return payload_bytes_.value(); }
  std::int64_t gradient_bytes() const { return gradient_bytes_.value(); }
  std::int64_t wire_bytes() const { return wire_bytes_.value(); }
  /// Time transfers spent here, summed.
  double transfer_time_s() const {
    return transfer_time_.mean() * 1e-9 * static_cast<double>(transfer_time_.count());
  }

 private:
  enum class Stage { request_arrives, response_returns, start_train };
  struct Pending {
    tlm::tlm_generic_payload* payload;
    Stage stage;
  };

  tlm::tlm_sync_enum nb_transport_fw(int port, tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay);
  tlm::tlm_sync_enum nb_transport_bw(int port, tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay);
  void wake();
  void handle(const Pending& pending);
  void start_train(tlm::tlm_generic_payload& payload, int from, int to, sim::Curve departure);
  sim::Curve through_engines(tlm::tlm_generic_payload& payload, const Train& train, TrainSupply& supply);
  void deliver(const Delivery& delivery);
  tlm::tlm_generic_payload& take_in_flight(TrainId id);
  void forward_request(tlm::tlm_generic_payload& payload);
  void return_response(tlm::tlm_generic_payload& payload);
  base::TimePs packet_latency(int from, int to) const;
  base::TimePs network_now() const;
  base::TimePs next_event() const;

  NocConfig config_;
  sim::Fidelity fidelity_;
  /// Its time begins at `origin_`: rounding does not depend on when a step runs.
  std::unique_ptr<NetworkEngine> network_;
  base::TimePs origin_ = 0;
  CodecEngine engine_;
  std::vector<Endpoint> endpoints_;
  stats::Ledger& ledger_;
  std::vector<stats::BlockId> router_blocks_;
  Topology topology_;
  std::vector<RouterActivity> reported_, at_reset_;
  std::vector<std::uint64_t> coded_words_;  ///< by router, not yet reported
  base::TimePs reported_at_ = 0;
  sc_core::sc_event event_;
  sim::WakeupQueue<Pending> pending_;
  base::NumberedQueue<tlm::tlm_generic_payload*> in_flight_;  ///< by number of the train, null: delivered
  std::vector<TrainRecord> records_;
  base::TimePs record_until_ = 0;
  std::vector<Delivery> done_;
  std::map<stats::WorkKey, NetworkTraffic> traffic_;
  std::int64_t delivered_wire_bytes_ = 0;  ///< since `reset_statistics`

  stats::Counter& trains_;
  stats::Counter& payload_bytes_;
  stats::Counter& wire_bytes_;
  stats::Counter& gradient_bytes_;
  stats::Distribution& transfer_time_;
};

}  // namespace kiln::noc
