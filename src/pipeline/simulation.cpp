// SPDX-License-Identifier: MIT
#include "pipeline/simulation.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace kiln::pipeline {

Simulation::Simulation(const PipelineConfig& config, const PlanConfig& plan, std::vector<Stage> stages,
                       Machines machines, const base::Watch& watch)
    : config_(config),
      plan_(plan),
      stages_(std::move(stages)),
      machines_(std::move(machines)),
      watch_(watch),
      labelled_(place_of_stage(plan, plan.labelled)),
      lines_(stages_.size()),
      books_(stages_.size()),
      coming_(stages_.size()),
      at_work_(stages_.size()),
      begun_(stages_.size()),
      source_runs_(stages_.size()),
      sample_wait_s_(stages_.size()),
      waiting_(stages_.size()),
      storing_(stages_.size()),
      until_labelled_s_(stages_.size()) {
  for (std::size_t d = 0; d < machines_.size(); ++d)
    for (const auto& machine : machines_[d]) seats_.push_back({d, machine.get(), {}, 0, 0});
  for (const Stage& stage : stages_)
    arrivals_.emplace_back(config.seed, "pipeline." + plan.name + "." + stage.config->name, "arrivals");
  const fleet::ExchangeConfig one_channel;
  for (const auto& [name, use] : config.links)
    networks_.emplace(
        std::piecewise_construct, std::forward_as_tuple(name),
        std::forward_as_tuple(use.link, one_channel, static_cast<int>(config.devices.size()), config.seed));
}

int Simulation::end_of(std::size_t device, const link::LinkConfig& link) const {
  const bool network = link.path == link::Path::relayed && config_.devices[device].in_network;
  return network ? fleet::kServer : static_cast<int>(device);
}

void Simulation::push(double at_s, What what, std::size_t place, std::uint64_t version) {
  if (what != What::machine) ++pending_;
  events_.push({at_s, order_++, what, place, version});
}

void Simulation::expect(std::size_t seat) {
  push(seats_[seat].machine->next_s(), What::machine, seat, ++seats_[seat].version);
}

// Sources

bool Simulation::may_begin(std::size_t stage) const {
  const auto& after = stages_[stage].after;
  return std::all_of(after.begin(), after.end(), [&](std::size_t s) { return books_[s].made > 0; });
}

void Simulation::start_sources() {
  for (std::size_t s = 0; s < stages_.size(); ++s)
    if (stages_[s].config->source && !source_runs_[s] && may_begin(s)) {
      source_runs_[s] = true;
      draw_sample(s, now_s_);
    }
}

void Simulation::draw_sample(std::size_t stage, double from_s) {
  const SourceConfig& source = *stages_[stage].config->source;
  const double mean_s = 1 / source.per_s;
  const double wait_s =
      source.arrivals == job::Arrivals::periodic ? mean_s : -mean_s * std::log1p(-arrivals_[stage].uniform());
  sample_wait_s_[stage] = wait_s;
  push(from_s + wait_s, What::sample, stage);
}

void Simulation::take_sample(std::size_t stage) {
  const Lot sample{1, now_s_, stages_[stage].bytes.value_or(0)};
  ++begun_[stage];
  ++books_[stage].firings;
  books_[stage].service_s += sample_wait_s_[stage];
  note_product(stage, sample);
  for (const std::size_t to : stages_[stage].to) {
    const auto& queue = stages_[to].config->queue;
    if (queue && lines_[to].waiting() + coming_[to] >= *queue) {
      ++books_[to].lost;
      continue;
    }
    ++coming_[to];
    send(stage, to, sample);
  }
  if (begun_[stage] < *stages_[stage].config->samples) draw_sample(stage, now_s_);
}

// Stages at work

bool Simulation::done(std::size_t stage) const {
  const Stage& s = stages_[stage];
  if (at_work_[stage] > 0) return false;
  if (s.begins()) return begun_[stage] >= *s.config->samples;
  return lines_[stage].waiting() == 0 && coming_[stage] == 0 && upstream_done(stage);
}

bool Simulation::upstream_done(std::size_t stage) const {
  const auto& from = stages_[stage].from;
  return std::all_of(from.begin(), from.end(), [&](std::size_t s) { return done(s); });
}

/// What it would take now; 0: it waits for more.
std::int64_t Simulation::next_takes(std::size_t stage) const {
  const std::int64_t waiting = lines_[stage].waiting();
  if (waiting >= stages_[stage].takes) return stages_[stage].takes;
  return waiting > 0 && coming_[stage] == 0 && upstream_done(stage) ? waiting : 0;
}

bool Simulation::room_behind(std::size_t stage, std::int64_t made) const {
  return std::all_of(stages_[stage].to.begin(), stages_[stage].to.end(), [&](std::size_t to) {
    const auto& queue = stages_[to].config->queue;
    return !queue || lines_[to].waiting() + coming_[to] + made <= *queue;
  });
}

bool Simulation::can_fire(std::size_t stage) const {
  const Stage& s = stages_[stage];
  if (s.config->source || !may_begin(stage)) return false;
  if (s.begins()) {
    const std::int64_t left = *s.config->samples - begun_[stage];
    return left > 0 && room_behind(stage, std::min(left, s.makes));
  }
  const std::int64_t takes = next_takes(stage);
  return takes > 0 && room_behind(stage, s.makes_of(takes));
}

Simulation::Firing Simulation::fire(std::size_t stage) {
  const Stage& s = stages_[stage];
  Firing firing;
  firing.stage = stage;
  if (s.begins()) {
    firing.made = std::min(s.makes, *s.config->samples - begun_[stage]);
    firing.product = {firing.made, now_s_, s.bytes.value_or(0)};
    begun_[stage] += firing.made;
  } else {
    firing.taken = next_takes(stage);
    firing.made = s.makes_of(firing.taken);
    const Lot took = lines_[stage].take(firing.taken, now_s_);
    firing.product = {firing.made, took.born_s, s.bytes.value_or(took.bytes)};
  }
  firing.steps_left = s.steps(firing.taken, firing.made);
  for (const std::size_t to : s.to) coming_[to] += firing.made;
  ++at_work_[stage];
  ++books_[stage].firings;
  return firing;
}

void Simulation::complete(const Firing& firing) {
  --at_work_[firing.stage];
  if (firing.made == 0) return;
  note_product(firing.stage, firing.product);
  hand_on(firing.stage, firing.product);
}

/// The latest stage that has what it needs goes first: what is nearly ready does not wait for what is not.
bool Simulation::dispatch_seat(std::size_t place) {
  Seat& seat = seats_[place];
  for (std::size_t s = stages_.size(); s-- > 0;) {
    if (stages_[s].device != seat.device || !stages_[s].config->network) continue;
    if (!waiting_[s].empty()) {
      seat.work = waiting_[s].front();
      waiting_[s].erase(waiting_[s].begin());
    } else if (can_fire(s)) {
      seat.work = fire(s);
    } else {
      continue;
    }
    seat.step_began_s = now_s_;
    seat.machine->start(s, now_s_);
    ++pending_;
    expect(place);
    return true;
  }
  return false;
}

void Simulation::dispatch_store(std::size_t stage) {
  if (!stages_[stage].config->store || storing_[stage] || !can_fire(stage)) return;
  storing_[stage] = fire(stage);
  const double bytes = storing_[stage]->product.bytes * static_cast<double>(storing_[stage]->taken);
  const double time_s = bytes / stages_[stage].config->store->write_bytes_per_s;
  books_[stage].service_s += time_s;
  push(now_s_ + time_s, What::stored, stage);
}

void Simulation::dispatch() {
  start_sources();
  for (std::size_t s = stages_.size(); s-- > 0;) dispatch_store(s);
  for (std::size_t i = 0; i < seats_.size(); ++i)
    if (!seats_[i].work) dispatch_seat(i);
}

void Simulation::move_seat(std::size_t place) {
  Seat& seat = seats_[place];
  const bool step_done = seat.machine->move_on(now_s_);
  if (!seat.machine->books().ended.empty() && ended_by_.empty())
    ended_by_ = fmt::format("{} is off: {}", config_.devices[seat.device].name, seat.machine->books().ended);
  if (!step_done) return expect(place);
  Firing firing = *seat.work;
  seat.work.reset();
  --pending_;
  books_[firing.stage].service_s += now_s_ - seat.step_began_s;
  ++books_[firing.stage].steps;
  if (--firing.steps_left > 0)
    waiting_[firing.stage].push_back(firing);
  else
    complete(firing);
  if (!dispatch_seat(place)) expect(place);
}

// Products on their way

void Simulation::note_product(std::size_t stage, const Lot& lot) {
  StageBooks& books = books_[stage];
  books.made += lot.count;
  if (books.first_s < 0) books.first_s = now_s_;
  books.last_s = now_s_;
  if (stages_[stage].to.empty())
    for (std::int64_t i = 0; i < lot.count; ++i) books.ages.add(now_s_ - lot.born_s);
  if (stage != labelled_) return;
  labelled_s_ = now_s_;
  for (std::size_t s = 0; s < books_.size(); ++s) until_labelled_s_[s] = books_[s].service_s;
}

void Simulation::hand_on(std::size_t stage, const Lot& lot) {
  for (const std::size_t to : stages_[stage].to) send(stage, to, lot);
}

void Simulation::send(std::size_t from, std::size_t to, const Lot& lot) {
  if (stages_[from].device == stages_[to].device) return arrive(from, to, lot);
  const std::string& via = stages_[to].config->via;
  fleet::Network& network = networks_.at(via);
  const auto bytes = static_cast<std::uint64_t>(std::ceil(lot.bytes * static_cast<double>(lot.count)));
  const link::Packets packets = network.link().cut(bytes);
  const link::LinkConfig& link = network.link().config();
  const int sender = end_of(stages_[from].device, link), receiver = end_of(stages_[to].device, link);
  const link::Direction direction = sender == fleet::kServer ? link::Direction::down : link::Direction::up;
  books_[to].transfer_s += network.link().expected(packets, direction).busy_s();
  books_[to].sent_bytes += static_cast<double>(bytes);
  std::size_t place = parcels_.size();
  if (free_parcels_.empty()) {
    parcels_.emplace_back();
  } else {
    place = free_parcels_.back();
    free_parcels_.pop_back();
  }
  parcels_[place] = {from, to, lot};
  push(network.send(sender, receiver, packets, now_s_), What::parcel, place);
  network.receive(receiver, packets);
}

void Simulation::arrive(std::size_t from, std::size_t stage, const Lot& lot) {
  coming_[stage] -= lot.count;
  if (stages_[stage].turns_away(from)) {
    books_[stage].refused += lot.count;
    return;
  }
  lines_[stage].add(lot, now_s_);
}

// Time

void Simulation::handle(const Event& event) {
  if (event.what == What::machine) {
    if (event.version == seats_[event.place].version) move_seat(event.place);
    return;
  }
  --pending_;
  switch (event.what) {
    case What::sample:
      return take_sample(event.place);
    case What::stored: {
      const Firing firing = *storing_[event.place];
      storing_[event.place].reset();
      return complete(firing);
    }
    case What::parcel: {
      const Parcel parcel = parcels_[event.place];
      free_parcels_.push_back(event.place);
      books_[parcel.to].delivered_bytes +=
          std::ceil(parcel.lot.bytes * static_cast<double>(parcel.lot.count));
      return arrive(parcel.from, parcel.to, parcel.lot);
    }
    case What::machine:
      break;
  }
}

void Simulation::run() {
  for (std::size_t seat = 0; seat < seats_.size(); ++seat) expect(seat);
  base::PacedWatch paced(watch_);
  dispatch();
  while (pending_ > 0 && ended_by_.empty()) {
    paced.check();
    const Event event = events_.top();
    if (event.at_s > config_.time_limit_s) {
      ended_by_ = "the time limit is reached";
      break;
    }
    events_.pop();
    now_s_ = event.at_s;
    handle(event);
    dispatch();
  }
  finish();
}

void Simulation::finish() {
  for (Seat& seat : seats_) seat.machine->finish(now_s_);
  for (auto& entry : networks_) entry.second.finish(now_s_);
  for (WaitingLine& line : lines_) line.finish(now_s_);
  for (std::size_t s = 0; s < stages_.size() && ended_by_.empty(); ++s)
    if (lines_[s].waiting() > 0 || (stages_[s].begins() && may_begin(s) && !done(s)))
      ended_by_ = fmt::format("'{}' waits for what nobody makes any more", stages_[s].config->name);
  check_books();
}

void Simulation::check_books() const {
  const auto same = [](double a, double b) { return std::abs(a - b) <= 1e-6 * std::max({a, b, 1e-9}); };
  for (std::size_t s = 0; s < stages_.size(); ++s) {
    const char* name = stages_[s].config->name.c_str();
    std::int64_t given = 0;
    for (const std::size_t from : stages_[s].from) given += books_[from].made;
    const bool whole = ended_by_.empty();
    KILN_CHECK(!whole || given == lines_[s].added() + books_[s].lost + books_[s].refused,
               "'{}': {} products made for it, {} arrived, {} lost, {} refused", name, given,
               lines_[s].added(), books_[s].lost, books_[s].refused);
    KILN_CHECK(!whole || same(books_[s].sent_bytes, books_[s].delivered_bytes),
               "'{}': {} bytes sent to it, {} delivered", name, books_[s].sent_bytes,
               books_[s].delivered_bytes);
    KILN_CHECK(same(lines_[s].integral(), lines_[s].waited_s(now_s_)),
               "'{}': waiting does not follow Little's law, {} against {} s", name, lines_[s].integral(),
               lines_[s].waited_s(now_s_));
  }
}

}  // namespace kiln::pipeline
