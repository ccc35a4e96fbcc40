// SPDX-License-Identifier: MIT
#include "fleet/simulation.h"

#include <algorithm>

#include "base/error.h"

namespace kiln::fleet {

namespace {

/// Without a message or the end of a training for so long, devices stand still: a guard that never lets go.
constexpr double kStandstill_s = 30 * 24 * 3600.0;
/// The same where all of them are off: by then a package has cooled down or never will.
constexpr double kAllOff_s = 6 * 3600.0;

std::vector<Parcels> parcels_of(const Payload& payload, const link::Link& link,
                                const ExchangeConfig& exchange, int devices) {
  std::vector<Parcels> buckets;
  for (std::size_t b = 0; b < payload.buckets(); ++b)
    buckets.emplace_back(payload, link, exchange.stamp_bytes, devices, exchange.topology, b);
  return buckets;
}

}  // namespace

Simulation::Simulation(const FleetConfig& config, const link::LinkConfig& link, const Payload& payload,
                       std::vector<std::unique_ptr<Worker>> workers, const base::Watch& watch)
    : config_(config),
      workers_(std::move(workers)),
      versions_(workers_.size(), 0),
      network_(link, config.exchange, static_cast<int>(workers_.size()), config.seed),
      buckets_(parcels_of(payload, network_.link(), config.exchange, static_cast<int>(workers_.size()))),
      rhythm_(make_rhythm(config_, buckets_, *this)),
      watch_(watch) {
  if (config_.package) network_.follow();
}

void Simulation::push(double at_s, What what, int device, std::uint64_t number) {
  events_ahead_.push({at_s, order_++, what, device, number});
}

void Simulation::expect(int device) {
  const auto at = static_cast<std::size_t>(device);
  push(workers_[at]->next_s(), What::worker, device, ++versions_[at]);
}

void Simulation::train(int device, int steps, double now_s) {
  tell_links();
  workers_[static_cast<std::size_t>(device)]->start(now_s, steps);
  expect(device);
}

void Simulation::update(int device, double now_s) {
  tell_links();
  workers_[static_cast<std::size_t>(device)]->update(now_s);
  expect(device);
}

void Simulation::send(const Message& message, const link::Packets& packets, double now_s) {
  std::size_t place = travelling_.size();
  if (free_places_.empty()) {
    travelling_.push_back({message, &packets});
  } else {
    place = free_places_.back();
    free_places_.pop_back();
    travelling_[place] = {message, &packets};
  }
  in_flight_bytes_ += packets.payload_bytes;
  push(network_.send(message.from, message.to, packets, now_s), What::message, message.to, place);
}

void Simulation::remind(int device, std::int64_t round, double at_s) {
  push(at_s, What::reminder, device, static_cast<std::uint64_t>(round));
}

void Simulation::deliver(std::size_t place) {
  const Travelling arrived = travelling_[place];
  free_places_.push_back(place);
  in_flight_bytes_ -= arrived.packets->payload_bytes;
  network_.receive(arrived.message.to, *arrived.packets);
  rhythm_->arrived(arrived.message, now_s_);
}

void Simulation::tell_links() {
  if (!config_.package) return;
  for (int device = 0; device < devices(); ++device)
    workers_[static_cast<std::size_t>(device)]->link_drew(network_.drawn_j(device, now_s_));
}

void Simulation::move_worker(int device) {
  Worker& worker = *workers_[static_cast<std::size_t>(device)];
  tell_links();
  const Reached reached = worker.move_on(now_s_);
  if (!worker.books().ended.empty() && ended_device_ < 0) ended_device_ = device;
  switch (reached) {
    case Reached::nothing:
      break;
    case Reached::bucket:
      rhythm_->bucket_ready(device, now_s_);
      break;
    case Reached::gradient:
      rhythm_->trained(device, now_s_);  // which may have begun what follows, and expects it then
      break;
    case Reached::update:
      rhythm_->updated(device, now_s_);
      break;
  }
  expect(device);
}

void Simulation::handle(const Event& event) {
  now_s_ = event.at_s;
  switch (event.what) {
    case What::worker:
      if (event.number == versions_[static_cast<std::size_t>(event.device)]) move_worker(event.device);
      break;
    case What::message:
      deliver(event.number);
      break;
    case What::reminder:
      rhythm_->reminded(event.device, static_cast<std::int64_t>(event.number), now_s_);
      break;
  }
}

bool Simulation::all_off() const {
  return std::all_of(workers_.begin(), workers_.end(), [](const auto& worker) { return worker->is_off(); });
}

void Simulation::run() {
  for (int device = 0; device < devices(); ++device) expect(device);
  rhythm_->begin();
  base::PacedWatch paced(watch_);
  double moved_s = 0;  // the last time that something but the passing of time happened
  std::uint64_t trainings = 0;
  while (!rhythm_->over() && ended_device_ < 0) {
    paced.check();
    const Event event = events_ahead_.top();
    events_ahead_.pop();
    handle(event);
    ++events_;
    if (event.what != What::worker || history().trainings != trainings) moved_s = now_s_;
    trainings = history().trainings;
    if (now_s_ - moved_s > kAllOff_s && all_off())
      throw base::SimError(
          "all devices have been shut down for six hours of device time, too hot to switch on again: cooler "
          "surroundings (environment), more cooling or slower policies let them train");
    if (now_s_ - moved_s > kStandstill_s)
      throw base::SimError(fmt::format(
          "no device has trained or sent anything for {:.3g} days of device time; are all shut down?",
          (now_s_ - moved_s) / 86400));
  }
  network_.finish(now_s_);
  tell_links();
  for (const auto& worker : workers_) worker->finish(now_s_);
}

}  // namespace kiln::fleet
