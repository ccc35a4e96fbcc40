// SPDX-License-Identifier: MIT
#include "fleet/result.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "fleet/heat_verdict.h"

namespace kiln::fleet {

namespace {

constexpr double kSame = 1e-6;  // relative; sums of a hundred million parts

bool same(double a, double b) {
  return std::abs(a - b) <= kSame * std::max({std::abs(a), std::abs(b), 1e-30});
}

double seconds(const link::EndMeter& end) {
  return end.busy_s() + end.waking_s() + end.tail_s() + end.idle_s();
}

bool server_has_link(const Simulation& s) {
  return s.config().exchange.topology == Topology::server &&
         s.network().link().config().path == link::Path::direct;
}

/// Updates wait for sums of several devices' gradients.
bool exchanges_are_waited_for(const Simulation& s) {
  return s.config().exchange.updates_behind() && s.devices() > 1;
}

std::vector<BucketRow> buckets_of(const Simulation& s, const Payload& payload) {
  std::vector<BucketRow> rows;
  if (!exchanges_are_waited_for(s)) return rows;
  const double rounds = std::max(1.0, static_cast<double>(s.history().updates));
  for (std::size_t b = 0; b < payload.buckets(); ++b) {
    const BucketRecord& record = s.history().buckets[b];
    rows.push_back({{}, sum(payload.layers(1, b)), record.ready_s / rounds, record.complete_s / rounds});
    for (const std::size_t layer : payload.all_buckets()[b])
      rows.back().layers.push_back(payload.name(layer));
  }
  return rows;
}

/// What the last messages of an asynchronous fleet go on with after its end.
bool ends_whole(const Simulation& s) {
  return s.bytes_in_flight() == 0;
}

/// A sorted sample's quantile.
double quantile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const double at = share * static_cast<double>(values.size() - 1);
  return values[static_cast<std::size_t>(std::ceil(at))];
}

class Numbers {
 public:
  Numbers(const Simulation& simulation, const Devices& devices) : s_(simulation), devices_(devices) {}

  std::vector<Number> all() {
    time();
    energy();
    traffic();
    learning();
    heat();
    if (devices_.package() != nullptr) package();
    if (devices_.battery() != nullptr) battery(*devices_.battery());
    return std::move(numbers_);
  }

 private:
  void add(const char* key, double value, const char* unit, const char* meaning) {
    numbers_.push_back({key, unit, meaning, value});
  }
  double mean_over_devices(double (*of)(const Worker&)) const {
    double sum = 0;
    for (int d = 0; d < s_.devices(); ++d) sum += of(s_.worker(d));
    return sum / s_.devices();
  }
  /// Exchanges of one device.
  double rounds() const {
    const double updates = static_cast<double>(s_.history().updates);
    const bool asynchronous = s_.config().exchange.barrier == Barrier::asynchronous;
    return std::max(1.0, asynchronous ? updates / s_.devices() : updates);
  }

  void time() {
    add("devices", s_.devices(), "", "devices of the fleet");
    add("rounds", rounds(), "", "exchanges of the whole fleet; asynchronous: updates over devices");
    add("time_s", s_.time_s(), "s", "device time");
    add("round_time_s", s_.time_s() / rounds(), "s", "from round to round");
    std::vector<double> durations, exchanges;
    for (const RoundRecord& round : s_.history().rounds)
      if (round.end_s > 0) {
        durations.push_back(round.end_s - round.begin_s);
        exchanges.push_back(round.end_s - round.ready_s);
      }
    if (!durations.empty()) {
      add("round_time_p50_s", quantile(durations, 0.5), "s", "of a round, median");
      add("round_time_p99_s", quantile(durations, 0.99), "s", "of a round, 99 of 100");
      double sum = 0;
      for (const double e : exchanges) sum += e;
      add("exchange_time_s", sum / static_cast<double>(exchanges.size()), "s",
          "from the last gradient of a round to the last device that has the result");
    }
    if (exchanges_are_waited_for(s_)) exposed();
    const double training = mean_over_devices([](const Worker& w) { return w.books().training_s; });
    add("training_share", training / s_.time_s(), "", "of a device's time with a step running");
    double samples = 0;
    for (int d = 0; d < s_.devices(); ++d)
      samples += s_.worker(d).books().steps * devices_.samples_per_step(d);
    add("samples_per_s", samples / s_.time_s(), "1/s", "that the fleet trains on");
  }

  /// What of the exchanges nothing hides.
  void exposed() {
    double exchanging_s = 0, exposed_s = 0;
    for (const RoundRecord& round : s_.history().rounds) {
      exchanging_s += round.exchanging_s / rounds();
      exposed_s += round.exposed_s() / rounds();
    }
    add("exchanging_s", exchanging_s, "s", "of a round, with gradients under way that all devices have");
    add("exposed_exchange_s", exposed_s, "s",
        "from the last gradient of a round until the last device may update");
    add("hidden_exchange_share", exchanging_s > 0 ? std::max(0.0, 1 - exposed_s / exchanging_s) : 0, "",
        "of the time with gradients under way, behind a backward pass or, behind a bound, behind other "
        "steps");
  }

  void energy() {
    const double per_round = 1 / (rounds() * s_.devices());
    double chip_j = 0, device_j = 0, idle_j = 0;
    link::EndEnergy link;
    for (int d = 0; d < s_.devices(); ++d) {
      const WorkerBooks& books = s_.worker(d).books();
      chip_j += books.chip_j;
      device_j += books.device_j;
      idle_j += books.idle_j;
      link += s_.network().end(d).energy();
    }
    add("energy_j", (device_j + link.total_j()) * per_round, "J", "of a device and its link in a round");
    add("device_energy_j", device_j * per_round, "J", "of a device with its board, without the link");
    add("chip_energy_j", chip_j * per_round, "J", "of it, chip and memory");
    add("idle_energy_j", idle_j * per_round, "J", "of that, while no step runs");
    add("link_energy_j", link.total_j() * per_round, "J", "of a device's end of the link");
    add("link_wake_j", link.wake_j * per_round, "J", "of it, waking up");
    add("link_busy_j", link.busy_j * per_round, "J", "of it, drawn whichever way bytes go");
    add("link_transmit_j", link.transmit_j * per_round, "J", "of it, sending");
    add("link_receive_j", link.receive_j * per_round, "J", "of it, receiving and listening");
    add("link_tail_j", link.tail_j * per_round, "J", "of it, before it idles again");
    add("link_idle_j", link.idle_j * per_round, "J", "of it, idling");
    add("server_link_energy_j", server_has_link(s_) ? s_.network().server().energy().total_j() / rounds() : 0,
        "J", "of the server's end in a round; 0 where the network has it");
    add("fleet_energy_j", device_j + link.total_j(), "J", "of all devices and their links, all rounds");
  }

  void traffic() {
    Traffic sent;
    for (int d = 0; d < s_.devices(); ++d) sent += s_.network().sent_by(d);
    const double per_round = 1 / (rounds() * s_.devices());
    add("sent_bytes", static_cast<double>(sent.payload_bytes) * per_round, "B",
        "of gradients that leave a device in a round; no samples do");
    double received = 0;
    for (int d = 0; d < s_.devices(); ++d) received += static_cast<double>(s_.network().received_by(d));
    add("received_bytes", received * per_round, "B",
        "of gradients and models that reach a device in a round");
    add("wire_bytes", sent.wire_bytes * per_round, "B", "sent with headers, stamps and repeats");
    add("packets", sent.packets * per_round, "", "sent by a device in a round, each once");
    add("retransmissions", sent.repeats * per_round, "", "packets sent again");
    add("messages", static_cast<double>(sent.messages) * per_round, "", "sent by a device in a round");
    add("gradient_bytes", static_cast<double>(sum(devices_.payload().layers(1))), "B",
        "of one device's gradient as it is coded");
    add("plain_gradient_bytes", static_cast<double>(devices_.payload().plain_bytes()), "B",
        "of one device's gradient as it is stored");
    add("compression_ratio", devices_.payload().ratio(), "", "against fp32 gradients");
  }

  void learning() {
    const History& history = s_.history();
    add("mean_staleness", history.mean_staleness(), "",
        "updates that the model of a gradient misses when the gradient is applied");
    add("largest_staleness",
        history.staleness.empty() ? 0 : static_cast<double>(history.staleness.size() - 1), "",
        "of all gradients");
    add("dropouts", static_cast<double>(history.dropouts), "", "devices that went silent, all rounds");
  }

  void heat() {
    double peak_c = -273.15, throttled_s = 0, first_s = 0, last_s = 0;
    for (int d = 0; d < s_.devices(); ++d) {
      const WorkerBooks& books = s_.worker(d).books();
      peak_c = std::max(peak_c, books.peak_c);
      throttled_s = std::max(throttled_s, books.throttled_s);
      first_s = std::max(first_s, books.first_step_s);
      last_s = std::max(last_s, books.last_step_s);
    }
    add("peak_temperature_c", peak_c, "degC", "of the hottest device's hottest block");
    add("throttled_share", throttled_s / s_.time_s(), "", "of the time, of the device throttled most");
    add("slowest_first_step_s", first_s, "s", "the longest of the devices' first steps");
    add("slowest_last_step_s", last_s, "s", "the longest of the devices' last steps");
  }

  void package() {
    double heat_j = 0, link_j = 0, coolest_c = s_.worker(0).books().peak_c;
    for (int d = 0; d < s_.devices(); ++d) {
      const WorkerBooks& books = s_.worker(d).books();
      heat_j += books.heat_j;
      link_j += books.link_heat_j;
      coolest_c = std::min(coolest_c, books.peak_c);
    }
    add("coolest_die_c", coolest_c, "degC", "peak of the die that stays coolest, its hottest block");
    add("package_heat_j", heat_j / rounds(), "J",
        "that dies, regulators and links give to the package in a round");
    add("link_heat_j", link_j / rounds(), "J", "of it, from the ends of the link");
  }

  /// How long it lasts follows from the mean power so far and what is left; 0: it is empty.
  void battery(const pdn::Battery& battery) {
    const double given_w = battery.books().given_j / s_.time_s();
    const bool empty = s_.ended_device() >= 0;
    add("battery_charge", battery.state_of_charge(), "", "of the battery of all dies, share at the end");
    add("battery_given_j", battery.books().given_j, "J", "that it gave to dies, their board and links");
    add("battery_heat_j", battery.books().heat_j, "J", "lost in it");
    add("battery_life_s", s_.time_s() + (empty ? 0 : battery.seconds_left(given_w)), "s",
        "from the begin until it is empty, if all goes on as it did on average");
  }

  const Simulation& s_;
  const Devices& devices_;
  std::vector<Number> numbers_;
};

/// Heat in = stored + out; of a package in a room that stays the same, in = what its dies gave.
void check_heat(const Simulation& s, const Devices& devices) {
  double given_j = 0;
  for (int d = 0; d < s.devices(); ++d) {
    const double missing = devices.device(d).heat().balance().relative();
    KILN_CHECK(missing <= thermal::HeatBalance::kTolerance, "device {}: {} of its heat is missing", d,
               missing);
    given_j += s.worker(d).books().heat_j;
  }
  if (devices.package() == nullptr || !devices.package()->timeline().met().empty()) return;
  const double in_j = devices.package()->heat().balance().in;
  KILN_CHECK(same(in_j, given_j), "dies gave {} J to their package, which got {} J", given_j, in_j);
}

/// What the dies' battery gave is what they and their links drew, until it is empty.
void check_battery(const Simulation& s, const Devices& devices) {
  if (devices.battery() == nullptr || s.ended_device() >= 0) return;
  double drawn_j = 0;
  for (int d = 0; d < s.devices(); ++d)
    drawn_j += s.worker(d).books().device_j + s.network().end(d).energy().total_j();
  const double given_j = devices.battery()->books().given_j;
  KILN_CHECK(same(given_j, drawn_j), "the battery gave {} J, dies and links drew {} J", given_j, drawn_j);
}

report::Validity judge(const Simulation& s, const Devices& devices) {
  using report::Severity;
  report::Validity validity;
  if (s.ended_device() >= 0) {
    const WorkerBooks& books = s.worker(s.ended_device()).books();
    validity.add("device_ended", Severity::invalid, static_cast<double>(s.history().updates),
                 static_cast<double>(s.config().rounds), fmt::format("device {}", s.ended_device()),
                 fmt::format("device {} ends after {:.4g} s: {}; the fleet was ended with it",
                             s.ended_device(), s.time_s(), books.ended));
  }
  const std::vector<RoundRecord>& rounds = s.history().rounds;
  const auto silent = std::count_if(rounds.begin(), rounds.end(), [](const RoundRecord& round) {
    return round.end_s > 0 && round.slowest < 0;
  });
  if (silent > 0)
    validity.add("silent_rounds", silent == std::ssize(rounds) ? Severity::invalid : Severity::warn,
                 static_cast<double>(silent), 0, "exchange.dropout",
                 fmt::format("in {} of {} rounds all members went silent: the model stays as it was", silent,
                             rounds.size()));
  int off = 0, throttled = 0;
  double longest_s = 0;
  for (int d = 0; d < s.devices(); ++d) {
    off += s.worker(d).books().off_s > 0;
    throttled += s.worker(d).books().throttled_s > 0;
    longest_s = std::max(longest_s, s.worker(d).books().off_s);
  }
  if (off > 0)
    validity.add(
        "shutdown", Severity::warn, longest_s, 0, "devices",
        fmt::format("{} of {} devices were shut down by their guard, for {:.3g} s at most; the others waited",
                    off, s.devices(), longest_s));
  if (throttled > 0)
    validity.add("throttled", Severity::note, throttled, 0, "devices",
                 fmt::format("{} of {} devices were throttled at times", throttled, s.devices()));
  for (std::size_t kind = 0; kind < devices.kinds(); ++kind) {
    std::vector<const WorkerBooks*> books;
    for (int d = 0; d < s.devices(); ++d)
      if (devices.kind_of(d) == kind) books.push_back(&s.worker(d).books());
    judge_heat(devices.experiment(kind), devices.kind(kind).prepared().plan, books,
               fmt::format("devices.{}", kind), validity);
  }
  const bool sums = s.config().exchange.topology != Topology::gossip;
  if (devices.payload().grows() && sums && s.devices() > 1)
    validity.add(
        "sums_of_codes", Severity::note, devices.payload().ratio(), 0, "compression",
        "sums of several devices' sparse gradients are sized in closed form, places taken as independent");
  validity.sort();
  return validity;
}

}  // namespace

bool Result::has(const std::string& key) const {
  return std::any_of(numbers.begin(), numbers.end(), [&](const Number& number) { return number.key == key; });
}

double Result::number(const std::string& key) const {
  for (const Number& number : numbers)
    if (number.key == key) return number.value;
  throw base::SimError(fmt::format("a fleet has no number '{}'", key));
}

void check_books(const Simulation& s) {
  const Network& network = s.network();
  const Traffic sent = network.sent();
  KILN_CHECK(sent.payload_bytes == network.received_bytes() + s.bytes_in_flight(),
             "{} bytes were sent, {} received and {} are on their way", sent.payload_bytes,
             network.received_bytes(), s.bytes_in_flight());
  const link::EndPowerConfig& power = network.link().config().power;
  double by_state_j = 0, by_message_j = network.message_j();
  const auto add = [&](const link::EndMeter& end) {
    by_state_j += end.energy().total_j();
    by_message_j += power.busy_w * end.busy_s() + power.wake_w * end.waking_s() +
                    power.tail_w * end.tail_s() + power.idle_w * end.idle_s();
  };
  for (int d = 0; d < s.devices(); ++d) {
    const link::EndMeter& end = network.end(d);
    KILN_CHECK(!ends_whole(s) || same(seconds(end), s.time_s()),
               "device {}'s link has {} s of states in {} s", d, seconds(end), s.time_s());
    const WorkerBooks& books = s.worker(d).books();
    KILN_CHECK(same(books.time_s, s.time_s()), "device {} lived {} of {} s", d, books.time_s, s.time_s());
    KILN_CHECK(books.training_s <= books.time_s * (1 + kSame), "device {} trained {} of {} s", d,
               books.training_s, books.time_s);
    add(end);
  }
  add(network.server());
  KILN_CHECK(same(by_state_j, by_message_j), "links took {} J by state, {} J by message", by_state_j,
             by_message_j);
}

Result result_of(const Simulation& s, const Devices& devices) {
  check_books(s);
  check_heat(s, devices);
  check_battery(s, devices);
  Result result;
  result.one_package = devices.package() != nullptr;
  result.name = s.config().name;
  result.link_name = s.network().link().config().name;
  result.time_s = s.time_s();
  result.events = s.events();
  result.numbers = Numbers(s, devices).all();
  for (int d = 0; d < s.devices(); ++d)
    result.devices.push_back({d,
                              devices.kind_of(d),
                              devices.ambient_c(d),
                              s.worker(d).books(),
                              s.network().end(d).energy(),
                              s.network().sent_by(d),
                              s.network().received_by(d),
                              {s.worker(d).series().begin(), s.worker(d).series().end()}});
  result.buckets = buckets_of(s, devices.payload());
  result.history = s.history();
  result.validity = judge(s, devices);
  return result;
}

}  // namespace kiln::fleet
