// SPDX-License-Identifier: MIT
#include "dram/memory_port.h"

#include <algorithm>

#include "base/error.h"
#include "sim/kernel_time.h"

namespace kiln::dram {

using stats::ActivityKind;

namespace {

/// The data of a read that was answered with its first byte.
class ReadData final : public sim::Supply {
 public:
  ReadData(std::shared_ptr<MemoryEngine> engine, Ticket ticket)
      : engine_(std::move(engine)), ticket_(ticket) {}
  ~ReadData() override { engine_->close(ticket_); }
  ReadData(const ReadData&) = delete;
  ReadData& operator=(const ReadData&) = delete;

  base::TimePs ready(std::uint64_t bytes) override {
    engine_->settle(sim::now());
    return engine_->data_ready(ticket_, bytes);
  }

 private:
  std::shared_ptr<MemoryEngine> engine_;
  Ticket ticket_;
};

}  // namespace

MemoryPort::MemoryPort(sc_core::sc_module_name name, const MemorySite& site)
    : MemoryUnit(name, site),
      socket("socket"),
      config_(site.config),
      fidelity_(site.fidelity),
      reported_(static_cast<std::size_t>(site.channels.count)),
      port_channels_(site.channels),
      ledger_(site.ledger),
      block_(site.device_block),
      phy_block_(site.phy_block),
      looks_(event_) {
  for (int i = 0; i < site.channels.count; ++i)
    channels_.push_back(make_memory_engine(fidelity_, config_, 0));
  if (site.logs_exertions) books_.log_channels(channels_.size());
  log_exertions();
  site.stats.derived("row_hit_rate", "1", "Accesses that found their row open", [this] {
    const CommandCounts all = counts();
    return all.accesses() == 0 ? 0.0
                               : static_cast<double>(all.row_hits) / static_cast<double>(all.accesses());
  });
  socket.register_nb_transport_fw(this, &MemoryPort::nb_transport_fw);
  SC_METHOD(wake);
  dont_initialize();
  sensitive << event_;
}

void MemoryPort::log_exertions() {
  std::vector<ExertionLog>& logs = books_.exertions();
  for (std::size_t i = 0; i < logs.size(); ++i) channels_[i]->log_to(&logs[i]);
}

base::TimePs MemoryPort::answer_time(const Waiting& waiting) {
  const Curve curve = channels_[static_cast<std::size_t>(waiting.channel)]->forecast(waiting.ticket);
  return waiting.payload->is_read() ? curve.first : curve.last;
}

std::size_t MemoryPort::take_slot(const Waiting& waiting) {
  if (free_slots_.empty()) {
    free_slots_.push_back(slots_.size());
    slots_.emplace_back();
    uses_.push_back(0);
  }
  const std::size_t slot = free_slots_.back();
  free_slots_.pop_back();
  slots_[slot] = waiting;
  return slot;
}

tlm::tlm_sync_enum MemoryPort::nb_transport_fw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                               sc_core::sc_time&) {
  if (phase != tlm::BEGIN_REQ) return tlm::TLM_COMPLETED;
  const sim::BulkExtension& about = sim::bulk(payload);
  const int channel = port_channels_.index_of(about.channel);
  const base::TimePs now = sim::now();
  const Burst burst = books_.came_in(payload, now);
  MemoryEngine& memory = *channels_[static_cast<std::size_t>(channel)];
  memory.settle(now);
  const std::size_t slot = take_slot({&payload, channel, memory.submit(burst)});
  asked_accesses_[burst.write ? 1 : 0] += accesses_of(config_, burst).size();
  ++outstanding_;
  looks_.push(answer_time(slots_[slot]), {slot, uses_[slot]});
  return tlm::TLM_ACCEPTED;
}

void MemoryPort::respond(std::size_t slot) {
  const Waiting waiting = slots_[slot];
  sim::BulkExtension& about = sim::bulk(*waiting.payload);
  const std::shared_ptr<MemoryEngine>& memory = channels_[static_cast<std::size_t>(waiting.channel)];
  const Curve curve = memory->forecast(waiting.ticket);
  if (waiting.payload->is_read())
    about.supply = std::make_shared<ReadData>(memory, waiting.ticket);
  else
    memory->close(waiting.ticket);
  about.departure = {std::max(curve.first, sim::now()), std::max(curve.last, sim::now())};
  books_.answered(*waiting.payload);
  ++uses_[slot];
  free_slots_.push_back(slot);
  slots_[slot] = {};
  --outstanding_;
  waiting.payload->set_response_status(tlm::TLM_OK_RESPONSE);
  sim::send_response(socket, *waiting.payload);
}

void MemoryPort::wake() {
  const base::TimePs now = looks_.awake();
  while (looks_.due()) {
    const Look look = looks_.pop();
    if (uses_[look.slot] != look.use) continue;
    const Waiting& waiting = slots_[look.slot];
    channels_[static_cast<std::size_t>(waiting.channel)]->settle(now);
    const base::TimePs answer = answer_time(waiting);
    if (answer > now) {
      looks_.push(answer, look);
    } else {
      respond(look.slot);
    }
  }
  if (now - reported_at_ >= stats::kActivityReportPeriod) report_activity();
  looks_.rearm();
}

void MemoryPort::set_operating_point(const sim::OperatingPoint& point) {
  report_activity();
  for (auto& channel : channels_) channel->set_operating(sim::now(), operating_at(point));
  // Forecasts may have moved earlier: look again when each may now answer.
  for (std::size_t slot = 0; slot < slots_.size(); ++slot)
    if (slots_[slot].payload != nullptr) looks_.push(answer_time(slots_[slot]), {slot, uses_[slot]});
}

void MemoryPort::restart(const sim::OperatingPoint& point) {
  KILN_CHECK(idle(), "{}: begins anew while {} bursts wait", name(), outstanding_);
  for (auto& channel : channels_)
    channel = make_memory_engine(fidelity_, config_, sim::now(), operating_at(point));
  log_exertions();
  std::fill(reported_.begin(), reported_.end(), CommandCounts{});
  asked_accesses_ = {};
  looks_.clear();
  reported_at_ = sim::now();
}

void MemoryPort::drain() {
  for (auto& channel : channels_) channel->drain();
}

CommandCounts MemoryPort::counts() const {
  CommandCounts sum;
  for (const auto& channel : channels_) sum += channel->counts();
  return sum;
}

void MemoryPort::report_activity() {
  const base::TimePs end = sim::now();
  CommandCounts fresh;
  for (std::size_t i = 0; i < channels_.size(); ++i) {
    channels_[i]->settle(end);
    const CommandCounts total = channels_[i]->counts();
    fresh += total - reported_[i];
    reported_[i] = total;
  }
  const auto add = [&](stats::BlockId block, ActivityKind kind, std::int64_t count) {
    ledger_.add(block, kind, -1, -1, reported_at_, end, count);
  };
  const stats::Counts of_device = device_activity(config_, fresh);
  for (std::size_t kind = 0; kind < of_device.size(); ++kind)
    add(block_, static_cast<ActivityKind>(kind), of_device[kind]);
  const std::int64_t moved = stats::count_of(of_device, ActivityKind::dram_read_byte) +
                             stats::count_of(of_device, ActivityKind::dram_write_byte);
  if (config_.encryption.enabled) add(phy_block_, ActivityKind::dram_cipher_byte, moved);
  add(phy_block_, ActivityKind::dram_io_byte, moved);
  add(phy_block_, ActivityKind::memory_phy_byte, moved);
  reported_at_ = end;
}

void MemoryPort::check_conservation() const {
  const CommandCounts done = counts();
  for (const bool write : {false, true}) {
    std::uint64_t known = write ? done.writes : done.reads;
    for (const auto& channel : channels_)
      known += channel->waiting_accesses(write) + (write ? 0 : channel->forwarded_reads());
    KILN_CHECK(asked_accesses_[write ? 1 : 0] == known,
               "{}: {} {} accesses came in, the channels did, spared or hold {}", name(),
               asked_accesses_[write ? 1 : 0], write ? "write" : "read", known);
  }
}

}  // namespace kiln::dram
