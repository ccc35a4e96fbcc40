// SPDX-License-Identifier: MIT
#include "noc/noc_shell.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/error.h"
#include "sim/kernel_time.h"

namespace kiln::noc {

using stats::ActivityKind;

namespace {

constexpr std::uint64_t kCodedWordBytes = 4;  ///< an event of a router's engine codes one 32-bit word

}  // namespace

NocShell::NocShell(sc_core::sc_module_name name, const NocConfig& config, sim::Fidelity fidelity,
                   stats::Group& stats, const std::vector<Endpoint>& endpoints, stats::Ledger& ledger,
                   std::vector<stats::BlockId> router_blocks)
    : sc_module(name),
      from_initiator("from_initiator", endpoints.size()),
      to_target("to_target", endpoints.size()),
      operating_point(*this),
      config_(config),
      fidelity_(fidelity),
      network_(make_network_engine(fidelity, config)),
      engine_(config.compression, config.link_bytes),
      endpoints_(endpoints),
      ledger_(ledger),
      router_blocks_(std::move(router_blocks)),
      topology_(config),
      reported_(static_cast<std::size_t>(topology_.routers())),
      at_reset_(reported_.size()),
      coded_words_(reported_.size()),
      pending_(event_),
      in_flight_(1),
      trains_(stats.counter("trains", "1", "Bulk transfers carried")),
      payload_bytes_(
          stats.counter("payload_bytes", "B", "Tensor bytes carried, before compression on the links")),
      wire_bytes_(stats.counter("wire_bytes", "B", "Bytes carried on the links, after compression")),
      gradient_bytes_(stats.counter("gradient_bytes", "B", "Of them, gradients")),
      transfer_time_(stats.distribution("transfer_time", "ns",
                                        "From the first byte offered to the last byte delivered")) {
  KILN_CHECK(router_blocks_.size() == reported_.size(), "{} floorplan blocks for {} routers",
             router_blocks_.size(), reported_.size());
  for (std::size_t port = 0; port < endpoints.size(); ++port) {
    from_initiator[port].register_nb_transport_fw(this, &NocShell::nb_transport_fw, static_cast<int>(port));
    to_target[port].register_nb_transport_bw(this, &NocShell::nb_transport_bw, static_cast<int>(port));
  }
  stats.sum("contended_trains", "1", "Trains that had to share a full link",
            [this] { return static_cast<double>(network_->contended_trains()); });
  SC_METHOD(wake);
  dont_initialize();
  sensitive << event_;
}

base::TimePs NocShell::packet_latency(int from, int to) const {
  return network_->packet_latency(endpoints_[static_cast<std::size_t>(from)],
                                  endpoints_[static_cast<std::size_t>(to)], config_.header_flits);
}

tlm::tlm_sync_enum NocShell::nb_transport_fw(int port, tlm::tlm_generic_payload& payload,
                                             tlm::tlm_phase& phase, sc_core::sc_time&) {
  if (phase != tlm::BEGIN_REQ) return tlm::TLM_COMPLETED;
  sim::BulkExtension& burst = sim::bulk(payload);
  const base::TimePs now = sim::now();
  burst.source_port = port;
  burst.issued = now;
  payload.acquire();
  if (payload.is_read()) {
    pending_.push(now + packet_latency(port, burst.destination_port), {&payload, Stage::request_arrives});
  } else {
    start_train(payload, port, burst.destination_port, {now, now});
  }
  return tlm::TLM_ACCEPTED;
}

tlm::tlm_sync_enum NocShell::nb_transport_bw(int, tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                             sc_core::sc_time&) {
  if (phase != tlm::BEGIN_RESP) return tlm::TLM_ACCEPTED;  // END_REQ: the target took the request
  sim::BulkExtension& burst = sim::bulk(payload);
  if (payload.is_read()) {
    start_train(payload, burst.destination_port, burst.source_port, burst.departure);
  } else {
    pending_.push(sim::now() + packet_latency(burst.destination_port, burst.source_port),
                  {&payload, Stage::response_returns});
  }
  return tlm::TLM_COMPLETED;
}

void NocShell::start_train(tlm::tlm_generic_payload& payload, int from, int to, sim::Curve departure) {
  sim::BulkExtension& burst = sim::bulk(payload);
  TrainSupply supply{.data = std::exchange(burst.supply, nullptr)};
  if (burst.wire_bytes != burst.bytes)  // checks and what is sent again, or fewer, coded
    supply.bytes_per_wire_byte = static_cast<double>(burst.bytes) / static_cast<double>(burst.wire_bytes);
  Train train{endpoints_[static_cast<std::size_t>(from)],
              endpoints_[static_cast<std::size_t>(to)],
              burst.wire_bytes,
              burst.cls,
              departure.first,
              std::max(departure.first, departure.last)};
  if (burst.coding.site != sim::CodingSite::none) {
    const sim::Curve coded = through_engines(payload, train, supply);
    train.first = coded.first;
    train.last = coded.last;
  }
  const base::TimePs now = sim::now();
  Train local = train;
  local.first -= origin_;
  local.last -= origin_;
  supply.delay -= origin_;
  const TrainId id = network_->start(local, network_now(), supply);
  const TrainId follows = in_flight_.push(&payload);
  KILN_CHECK(id == follows, "train {} is not {}, which follows", id, follows);
  if (now < record_until_) records_.push_back({train, now});
  trains_.add();
  payload_bytes_.add(static_cast<std::int64_t>(burst.bytes));
  wire_bytes_.add(static_cast<std::int64_t>(burst.wire_bytes));
  if (burst.cls == sim::TrafficClass::gradient)
    gradient_bytes_.add(static_cast<std::int64_t>(burst.wire_bytes));
  const auto hops = topology_.hops(train.source.node, train.destination.node) + 1;
  traffic_[{burst.layer, burst.phase}].flit_hops +=
      static_cast<std::int64_t>(config_.flits_of(burst.wire_bytes)) * hops;
  pending_.arm(next_event());
}

/// Engines that code gradients on their way: routers at both ends, or the initiator's network interface.
/// Their latency is charged where the train starts, and their rate of plain bytes limits how fast it comes
/// out.
sim::Curve NocShell::through_engines(tlm::tlm_generic_payload& payload, const Train& train,
                                     TrainSupply& supply) {
  const sim::BulkExtension& burst = sim::bulk(payload);
  const std::uint64_t plain_bytes = burst.coding.plain_bytes;
  const bool in_routers = burst.coding.site == sim::CodingSite::router;
  const double hz = network_->clock_hz();
  CodecTiming coding;
  double latency_s = 0;
  const auto pass = [&](const CodecTiming& timing, int router) {
    coding = timing;
    latency_s += timing.first_output_s;
    const std::uint64_t words = (plain_bytes + kCodedWordBytes - 1) / kCodedWordBytes;
    coded_words_[static_cast<std::size_t>(router)] += words;
    traffic_[{burst.layer, burst.phase}].coded_words += static_cast<std::int64_t>(words);
  };
  if (in_routers || payload.is_write())
    pass(engine_.compress(plain_bytes, burst.wire_bytes, hz), topology_.router_of(train.source.node));
  if (in_routers || payload.is_read())
    pass(engine_.decompress(plain_bytes, burst.wire_bytes, hz), topology_.router_of(train.destination.node));
  const base::TimePs latency = base::from_seconds(latency_s);
  const base::TimePs busy = base::from_seconds(static_cast<double>(coding.busy_cycles) / hz);
  const base::TimePs first = std::max(train.first, sim::now());
  supply.delay = latency;
  supply.pace = busy;
  return {first + latency, std::max(train.last, first + busy) + latency};
}

void NocShell::forward_request(tlm::tlm_generic_payload& payload) {
  sim::send_request(to_target[static_cast<std::size_t>(sim::bulk(payload).destination_port)], payload);
}

void NocShell::return_response(tlm::tlm_generic_payload& payload) {
  sim::send_response(from_initiator[static_cast<std::size_t>(sim::bulk(payload).source_port)], payload);
  payload.release();
}

void NocShell::handle(const Pending& pending) {
  sim::BulkExtension& burst = sim::bulk(*pending.payload);
  if (pending.stage == Stage::request_arrives) {
    burst.arrival = {sim::now(), sim::now()};
    forward_request(*pending.payload);
  } else {
    burst.departure = {sim::now(), sim::now()};
    return_response(*pending.payload);
  }
}

/// Trains are numbered as they start and arrive in nearly that order.
tlm::tlm_generic_payload& NocShell::take_in_flight(TrainId id) {
  KILN_CHECK(in_flight_.holds(id) && in_flight_[id] != nullptr,
             "the network delivered train {} that was never sent", id);
  tlm::tlm_generic_payload& payload = *std::exchange(in_flight_[id], nullptr);
  while (!in_flight_.empty() && in_flight_.front() == nullptr) in_flight_.pop();
  return payload;
}

void NocShell::deliver(const Delivery& delivery) {
  tlm::tlm_generic_payload& payload = take_in_flight(delivery.id);
  sim::BulkExtension& burst = sim::bulk(payload);
  const sim::Curve curve{delivery.first, delivery.last};
  const base::TimePs offered = payload.is_read() ? burst.departure.first : burst.issued;
  transfer_time_.observe(static_cast<double>(delivery.last - offered) * 1e-3);
  traffic_[{burst.layer, burst.phase}].transfer += delivery.last - offered;
  delivered_wire_bytes_ += static_cast<std::int64_t>(burst.wire_bytes);
  if (payload.is_read()) {
    burst.departure = curve;
    return_response(payload);
  } else {
    burst.arrival = curve;
    forward_request(payload);
  }
}

void NocShell::wake() {
  const base::TimePs now = pending_.awake();
  done_.clear();
  network_->advance(network_now(), done_);
  for (Delivery& delivery : done_) {
    delivery.first += origin_;
    delivery.last += origin_;
    deliver(delivery);
  }
  while (pending_.due()) handle(pending_.pop());
  if (now - reported_at_ >= stats::kActivityReportPeriod) report_activity();
  pending_.rearm(next_event());
}

void NocShell::set_operating_point(const sim::OperatingPoint& point) {
  if (point.noc_frequency_hz == network_->clock_hz()) return;
  network_->set_clock(network_now(), point.noc_frequency_hz);
  pending_.rearm(next_event());
}

void NocShell::restart(const sim::OperatingPoint& point) {
  KILN_CHECK(idle(), "{}: begins anew while trains are on their way", name());
  network_ = make_network_engine(fidelity_, config_);
  network_->set_clock(0, point.noc_frequency_hz);
  origin_ = reported_at_ = sim::now();
  in_flight_ = base::NumberedQueue<tlm::tlm_generic_payload*>(1);
  std::fill(reported_.begin(), reported_.end(), RouterActivity{});
  pending_.clear();
}

base::TimePs NocShell::network_now() const {
  return sim::now() - origin_;
}

base::TimePs NocShell::next_event() const {
  const base::TimePs next = network_->next_event();
  return next == base::kNever ? next : next + origin_;
}

void NocShell::report_activity() {
  const base::TimePs end = sim::now();
  network_->settle(network_now());
  for (std::size_t router = 0; router < reported_.size(); ++router) {
    const RouterActivity total = network_->activity(static_cast<int>(router));
    RouterActivity& before = reported_[router];
    const auto add = [&](ActivityKind kind, std::uint64_t count) {
      ledger_.add(router_blocks_[router], kind, -1, -1, reported_at_, end, static_cast<std::int64_t>(count));
    };
    add(ActivityKind::router_buffer_write, total.buffer_writes - before.buffer_writes);
    add(ActivityKind::router_buffer_read, total.buffer_reads - before.buffer_reads);
    add(ActivityKind::router_crossbar, total.crossbar - before.crossbar);
    add(ActivityKind::router_arbitration, total.arbitrations - before.arbitrations);
    const std::uint64_t wire_flits = total.wire_flits - before.wire_flits;
    const double flit_mm = static_cast<double>(wire_flits) * config_.link_length_m * 1e3;
    add(ActivityKind::link_flit_mm, static_cast<std::uint64_t>(std::llround(flit_mm)));
    add(ActivityKind::codec_element, std::exchange(coded_words_[router], 0));
    before = total;
  }
  reported_at_ = end;
}

void NocShell::reset_statistics() {
  report_activity();
  traffic_.clear();
  delivered_wire_bytes_ = 0;
  for (std::size_t router = 0; router < at_reset_.size(); ++router)
    at_reset_[router] = network_->activity(static_cast<int>(router));
}

std::vector<std::array<std::uint64_t, kDirections>> NocShell::link_flits() const {
  std::vector<std::array<std::uint64_t, kDirections>> flits(at_reset_.size());
  for (std::size_t router = 0; router < flits.size(); ++router) {
    const RouterActivity now = network_->activity(static_cast<int>(router));
    for (std::size_t d = 0; d < flits[router].size(); ++d)
      flits[router][d] = now.link_flits[d] - at_reset_[router].link_flits[d];
  }
  return flits;
}

std::string NocShell::describe_state() const {
  std::size_t sent = 0;
  for (TrainId id = in_flight_.first(); id < in_flight_.end(); ++id) sent += in_flight_[id] != nullptr;
  return fmt::format("{}: {} trains in flight, next event at {} ps", name(), sent, next_event());
}

void NocShell::check_conservation() const {
  KILN_CHECK(network_->started_flits() == network_->delivered_flits(), "{}: {} flits injected, {} ejected",
             name(), network_->started_flits(), network_->delivered_flits());
  KILN_CHECK(wire_bytes_.value() == delivered_wire_bytes_, "{}: {} B came in, {} B went out", name(),
             wire_bytes_.value(), delivered_wire_bytes_);
}

}  // namespace kiln::noc
