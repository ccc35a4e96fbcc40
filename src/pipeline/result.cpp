// SPDX-License-Identifier: MIT
#include "pipeline/result.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "base/error.h"
#include "fleet/answer.h"
#include "fleet/heat_verdict.h"

namespace kiln::pipeline {

namespace {

constexpr double kJoulesPerKwh = 3.6e6;
constexpr double kSmall = 1e-9;

double per(double sum, double count) {
  return count > 0 ? sum / count : 0;
}

/// Stages that the labelled samples come through, and what those waited for.
std::set<std::size_t> before_labels(const Simulation& s) {
  std::set<std::size_t> found{place_of_stage(s.plan(), s.plan().labelled)};
  for (std::size_t stage = s.stages().size(); stage-- > 0;)
    if (found.count(stage) > 0)
      for (const auto* list : {&s.stages()[stage].from, &s.stages()[stage].after})
        found.insert(list->begin(), list->end());
  return found;
}

class Summary {
 public:
  Summary(const Simulation& simulation, const std::vector<StageWork>& work)
      : s_(simulation), work_(work), labels_(place_of_stage(s_.plan(), s_.plan().labelled)) {}

  PlanResult result() {
    result_.name = s_.plan().name;
    result_.ended_by = s_.ended_by();
    links();
    stages();
    devices();
    resources();
    time();
    energy();
    labelled();
    model();
    judge();
    return std::move(result_);
  }

 private:
  void add(const char* key, double value, const char* unit, const char* meaning) {
    result_.numbers.push_back({key, unit, meaning, value});
  }
  double labelled_count() const { return static_cast<double>(s_.books(labels_).made); }
  const SiteConfig& site(std::size_t device) const { return s_.config().devices[device].site; }

  void links() {
    for (const auto& [name, network] : s_.networks()) {
      LinkRow row;
      row.name = name;
      const fleet::Traffic sent = network.sent();
      row.payload_bytes = static_cast<double>(sent.payload_bytes);
      row.wire_bytes = sent.wire_bytes;
      row.packets = sent.packets;
      row.repeats = sent.repeats;
      row.network_j = 8 * sent.wire_bytes * s_.config().links.at(name).network_j_per_bit;
      for (std::size_t d = 0; d < s_.machines().size(); ++d) row.ends_j += end_j(name, d);
      for (std::size_t t = 0; t < s_.stages().size(); ++t)
        if (s_.stages()[t].config->via == name) row.transfer_s += s_.books(t).transfer_s;
      result_.links.push_back(row);
    }
  }

  /// Whether a plan's products come or go over a device's end of a link.
  bool has_end(const std::string& link, std::size_t device) const {
    for (const Stage& stage : s_.stages()) {
      if (stage.config->via != link) continue;
      if (stage.device == device) return true;
      for (const std::size_t from : stage.from)
        if (s_.stages()[from].device == device) return true;
    }
    return false;
  }

  double end_j(const std::string& link, std::size_t device) const {
    const fleet::Network& network = s_.networks().at(link);
    const int end = s_.end_of(device, network.link().config());
    return end == fleet::kServer || !has_end(link, device) ? 0 : network.end(end).energy().total_j();
  }

  /// Of the device's chips while they worked for the stage, of its sensor, of its flash.
  double stage_j(std::size_t stage) const {
    const StageConfig& config = *s_.stages()[stage].config;
    const StageBooks& books = s_.books(stage);
    if (config.source) return config.source->sample_j * static_cast<double>(books.made);
    if (config.store) return config.store->write_w * books.service_s;
    double joules = 0;
    for (const auto& machine : s_.machines()[s_.stages()[stage].device]) joules += machine->joules(stage);
    return joules;
  }

  void stages() {
    for (std::size_t t = 0; t < s_.stages().size(); ++t) {
      const Stage& stage = s_.stages()[t];
      const StageBooks& books = s_.books(t);
      const WaitingLine& line = s_.line(t);
      StageRow row;
      row.name = stage.config->name;
      row.device = stage.config->on;
      row.firings = books.firings;
      row.steps = books.steps;
      row.taken = line.taken();
      row.made = books.made;
      row.lost = books.lost;
      row.refused = books.refused;
      row.longest_queue = line.longest();
      row.mean_queue = per(line.integral(), s_.time_s());
      row.wait_mean_s = line.waits().mean_s();
      row.wait_p95_s = line.waits().percentile_s(0.95);
      row.service_s = books.service_s;
      row.utilisation = per(books.service_s, s_.time_s() * servers(stage));
      row.first_s = books.first_s;
      row.last_s = books.last_s;
      row.energy_j = stage_j(t);
      row.product_bytes = stage.bytes.value_or(0);
      row.received_bytes = books.delivered_bytes;
      result_.stages.push_back(row);
    }
  }

  double servers(const Stage& stage) const {
    return stage.config->network ? static_cast<double>(s_.machines()[stage.device].size()) : 1;
  }

  void devices() {
    for (std::size_t d = 0; d < s_.machines().size(); ++d) {
      if (s_.machines()[d].empty()) continue;
      DeviceRow row;
      row.name = s_.config().devices[d].name;
      row.count = static_cast<int>(s_.machines()[d].size());
      row.peak_c = -273.15;
      for (const auto& machine : s_.machines()[d]) {
        const fleet::WorkerBooks& books = machine->books();
        row.chip_j += books.chip_j;
        row.device_j += books.device_j;
        row.peak_c = std::max(row.peak_c, books.peak_c);
        row.throttled_s += books.throttled_s;
      }
      double worked_j = 0;
      for (std::size_t t = 0; t < s_.stages().size(); ++t) {
        const Stage& stage = s_.stages()[t];
        if (stage.device != d) continue;
        double& sum = stage.config->source ? row.sensor_j : stage.config->store ? row.storage_j : worked_j;
        sum += stage_j(t);
      }
      KILN_CHECK(worked_j <= row.device_j * (1 + 1e-6) + kSmall, "stages on '{}' used {} J of {}", row.name,
                 worked_j, row.device_j);
      row.idle_j = std::max(0.0, row.device_j - worked_j);
      for (const auto& entry : s_.networks()) row.link_j += end_j(entry.first, d);
      const double all_j = row.device_j + row.sensor_j + row.storage_j + row.link_j;
      row.site_j = all_j * site(d).pue;
      row.carbon_g = row.site_j / kJoulesPerKwh * site(d).carbon_g_per_kwh;
      row.price = row.site_j / kJoulesPerKwh * site(d).price_per_kwh;
      result_.devices.push_back(row);
    }
  }

  void resource(const std::string& name, double busy_s, double servers) {
    if (busy_s <= 0 || labelled_count() <= 0) return;
    result_.resources.push_back(
        {name, busy_s / servers / labelled_count(), per(busy_s / servers, s_.labelled_s())});
  }

  /// Busy until the last labelled sample; of links over all, with errors in the mean.
  void resources() {
    const std::vector<double>& until_s = s_.service_until_labelled_s();
    for (std::size_t d = 0; d < s_.machines().size(); ++d) {
      double busy_s = 0;
      for (std::size_t t = 0; t < s_.stages().size(); ++t)
        if (s_.stages()[t].device == d && s_.stages()[t].config->network) busy_s += until_s[t];
      resource(s_.config().devices[d].name, busy_s, static_cast<double>(s_.machines()[d].size()));
    }
    for (std::size_t t = 0; t < s_.stages().size(); ++t)
      if (!s_.stages()[t].config->network) resource(s_.stages()[t].config->name, until_s[t], 1);
    for (const Resource& exact : result_.resources)
      KILN_CHECK(exact.share <= 1 + 1e-6, "'{}' was busy for {} of the time", exact.name, exact.share);
    const std::set<std::size_t> before = before_labels(s_);
    for (const LinkRow& link : result_.links) {
      double busy_s = 0;
      for (const std::size_t t : before)
        if (s_.stages()[t].config->via == link.name) busy_s += s_.books(t).transfer_s;
      resource(link.name, busy_s, 1);
    }
    std::stable_sort(result_.resources.begin(), result_.resources.end(),
                     [](const Resource& a, const Resource& b) { return a.demand_s > b.demand_s; });
  }

  void time() {
    add("time_s", s_.time_s(), "s", "device time until all was done");
    add("labelled_samples", labelled_count(), "", "labelled samples made");
    add("labelled_s", s_.labelled_s(), "s", "device time of the last one");
    add("labelled_per_s", per(labelled_count(), s_.labelled_s()), "1/s",
        "labelled samples per second until then");
    const double demand_s = result_.resources.empty() ? 0 : result_.resources.front().demand_s;
    add("bound_per_s", per(1, demand_s), "1/s", "the same if the tightest resource were busy all the time");
    add("bottleneck_share", result_.resources.empty() ? 0 : result_.resources.front().share, "",
        "of that time, the tightest resource was busy");
    for (std::size_t t = s_.stages().size(); t-- > 0;)
      if (s_.stages()[t].to.empty()) {
        if (s_.books(t).ages.count() == 0) break;  // its model was not handed on
        add("answers", static_cast<double>(s_.books(t).ages.count()), "", "products of the last stage");
        add("answer_mean_s", s_.books(t).ages.mean_s(), "s",
            "from sample to product of the last stage, mean");
        add("answer_p95_s", s_.books(t).ages.percentile_s(0.95), "s", "the same, 95 of 100");
        break;
      }
  }

  void energy() {
    double device_j = 0, chip_j = 0, idle_j = 0, sensor_j = 0, storage_j = 0, ends_j = 0, network_j = 0,
           site_j = 0;
    double carbon_g = 0, price = 0, bytes = 0, fees = 0;
    for (std::size_t t = 0; t < s_.stages().size(); ++t)
      fees += s_.stages()[t].config->price * static_cast<double>(s_.books(t).made);
    for (const DeviceRow& row : result_.devices) {
      device_j += row.device_j;
      chip_j += row.chip_j;
      idle_j += row.idle_j;
      sensor_j += row.sensor_j;
      storage_j += row.storage_j;
      ends_j += row.link_j;
      site_j += row.site_j;
      carbon_g += row.carbon_g;
      price += row.price;
    }
    for (const LinkRow& row : result_.links) {
      network_j += row.network_j;
      carbon_g += network_carbon_g(row);
      bytes += row.payload_bytes;
    }
    add("energy_j", device_j + sensor_j + storage_j + ends_j + network_j, "J", "of all devices and links");
    add("device_energy_j", device_j, "J", "of it, devices with board and cooling");
    add("chip_energy_j", chip_j, "J", "of that, chips and memories");
    add("idle_energy_j", idle_j, "J", "of the devices', while they had nothing to do");
    add("sensor_energy_j", sensor_j, "J", "of it, sensors");
    add("storage_energy_j", storage_j, "J", "of it, flash");
    add("link_energy_j", ends_j, "J", "of it, both ends of links");
    add("network_energy_j", network_j, "J", "of it, networks between the ends");
    add("site_energy_j", site_j + network_j, "J", "with what the sites draw besides (PUE)");
    add("carbon_g", carbon_g, "g", "CO2 equivalent of the energy of sites and networks");
    add("price", price + fees, "", "of the sites' energy and of stages' products, in the file's currency");
    add("sent_bytes", bytes, "B", "over links: samples and models, each once");
  }

  double network_carbon_g(const LinkRow& row) const {
    return row.network_j / kJoulesPerKwh * s_.config().links.at(row.name).network_carbon_g_per_kwh;
  }

  /// Of a link that a stage's products came over, by bytes: joules, with what sites draw besides, and grams.
  struct Received {
    double joules = 0, site_j = 0, carbon_g = 0;
  };
  Received received(std::size_t stage) const {
    const StageConfig& config = *s_.stages()[stage].config;
    if (config.via.empty()) return {};
    const auto row = std::find_if(result_.links.begin(), result_.links.end(),
                                  [&](const LinkRow& link) { return link.name == config.via; });
    Received all{row->network_j, row->network_j, network_carbon_g(*row)};
    for (std::size_t d = 0; d < s_.machines().size(); ++d) {
      const double joules = end_j(config.via, d), site_j = joules * site(d).pue;
      all.joules += joules;
      all.site_j += site_j;
      all.carbon_g += site_j / kJoulesPerKwh * site(d).carbon_g_per_kwh;
    }
    const double share = per(s_.books(stage).sent_bytes, row->payload_bytes);
    return {all.joules * share, all.site_j * share, all.carbon_g * share};
  }

  void labelled() {
    double work_j = 0, work_site_j = 0, link_j = 0, link_site_j = 0, bytes = 0, carbon_g = 0, price = 0,
           fees = 0;
    for (const std::size_t t : before_labels(s_)) {
      const SiteConfig& here = site(s_.stages()[t].device);
      const double joules = stage_j(t);
      work_j += joules;
      work_site_j += joules * here.pue;
      carbon_g += joules * here.pue / kJoulesPerKwh * here.carbon_g_per_kwh;
      price += joules * here.pue / kJoulesPerKwh * here.price_per_kwh;
      fees += s_.stages()[t].config->price * static_cast<double>(s_.books(t).made);
      const Received link = received(t);
      link_j += link.joules;
      link_site_j += link.site_j;
      carbon_g += link.carbon_g;
      bytes += s_.books(t).sent_bytes;
    }
    const double n = labelled_count();
    add("label.energy_j", per(work_j + link_j, n), "J",
        "for a labelled sample: stages in front of it at work, and links between them; idle devices left "
        "out");
    add("label.work_j", per(work_j, n), "J", "of it, stages");
    add("label.link_j", per(link_j, n), "J", "of it, links with their networks");
    add("label.site_work_j", per(work_site_j, n), "J", "stages, with what their sites draw besides");
    add("label.site_energy_j", per(work_site_j + link_site_j, n), "J",
        "all, with what the sites draw besides");
    add("label.carbon_g", per(carbon_g, n), "g",
        "CO2 equivalent for a labelled sample: stages, and links between them with their networks");
    add("label.energy_price", per(price, n), "", "of the stages' energy for a labelled sample");
    add("label.fees", per(fees, n), "", "that its stages cost besides energy, for a labelled sample");
    add("label.price", per(price + fees, n), "", "of both for a labelled sample, in the file's currency");
    add("label.sent_bytes", per(bytes, n), "B", "over links for a labelled sample");
    add("label.all_site_energy_j", per(result_.number("site_energy_j"), n), "J",
        "all energy of the plan over its labelled samples: idle devices, training and inference, too");
  }

  void model() {
    for (std::size_t t = 0; t < s_.stages().size(); ++t)
      if (work_[t].gate) gate(*work_[t].gate, s_.books(t));
    for (std::size_t t = 0; t < s_.stages().size(); ++t)
      if (work_[t].accuracy && !s_.stages()[t].config->quantise)
        add("trained_accuracy", work_[t].accuracy->mean, "", "of the trained network on test samples");
    for (std::size_t t = 0; t < s_.stages().size(); ++t) {
      const StageConfig& config = *s_.stages()[t].config;
      if (!config.quantise) continue;
      add("model_bytes", work_[t].quantised_bytes, "B", "of the quantised model");
      add("trained_model_bytes", work_[t].model_bytes, "B", "of the same as its network stores it");
      add("size_gate_passed", s_.stages()[t].too_large ? 0 : 1, "", "1: small enough to be handed on");
      if (!work_[t].accuracy) continue;
      add("quantised_accuracy", work_[t].accuracy->mean, "", "of the quantised model on test samples");
      add("quantised_accuracy_low", work_[t].accuracy->low, "", "of its seeds, the lowest");
      add("quantised_accuracy_high", work_[t].accuracy->high, "", "of its seeds, the highest");
      add("accuracy_loss", *work_[t].accuracy_loss, "", "by quantising, in points of the whole");
    }
  }

  void gate(const Gate& gate, const StageBooks& books) {
    result_.gate = gate;
    add("gate.frechet", gate.frechet, "", "squared Frechet distance of made samples and real ones");
    add("gate.frechet_floor", gate.frechet_floor, "", "the same of two halves of the real ones");
    add("gate.precision", gate.precision, "", "share of made samples that lie where real ones do");
    add("gate.recall", gate.recall, "", "share of real samples that lie where made ones do");
    add("gate.samples", static_cast<double>(gate.samples), "", "of either kind that were compared");
    add("gate.passed", gate.refused.empty() ? 1 : 0, "", "1: good enough to be learnt from");
    add("gate.turned_away", static_cast<double>(books.refused), "", "products in front of the training");
  }

  void judge_gate(std::size_t stage) {
    const Gate& gate = *work_[stage].gate;
    if (gate.refused.empty()) return;
    const std::string& name = s_.stages()[stage].config->name;
    result_.validity.add(
        "quality_gate", report::Severity::warn, gate.frechet, gate.frechet_floor, name,
        fmt::format("made samples do not pass the gate of '{}', which turned {} products away: {}; {}", name,
                    s_.books(stage).refused, gate.refused,
                    gate.real_alone ? "it learnt from real ones alone" : "nothing was learnt"));
  }

  void judge() {
    report::Validity& validity = result_.validity;
    if (!s_.ended_by().empty())
      validity.add("unfinished", report::Severity::invalid, s_.time_s(), s_.config().time_limit_s,
                   s_.plan().name,
                   fmt::format("{}; the plan is not done after {:.4g} s", s_.ended_by(), s_.time_s()));
    for (std::size_t t = 0; t < s_.stages().size(); ++t) {
      const Stage& stage = s_.stages()[t];
      if (stage.too_large)
        validity.add(
            "size_gate", report::Severity::warn, work_[t].quantised_bytes,
            *stage.config->quantise->most_bytes, stage.config->name,
            fmt::format("the model of '{}' has {:.0f} bytes, {:.0f} are allowed: it is not handed on",
                        stage.config->name, work_[t].quantised_bytes, *stage.config->quantise->most_bytes));
      if (stage.too_wrong)
        validity.add(
            "accuracy_gate", report::Severity::warn, *work_[t].accuracy_loss,
            *stage.config->quantise->most_accuracy_loss, stage.config->name,
            fmt::format("the model of '{}' loses {:.2f} points of accuracy, {:.2f} are allowed: it is "
                        "not handed on",
                        stage.config->name, 100 * *work_[t].accuracy_loss,
                        100 * *stage.config->quantise->most_accuracy_loss));
      if (work_[t].gate) judge_gate(t);
      if (work_[t].accuracy && work_[t].accuracy->diverged > 0)
        validity.add("diverged", report::Severity::invalid, work_[t].accuracy->diverged, 0,
                     stage.config->name,
                     fmt::format("learning of '{}' diverged ({} of its seeds)", stage.config->name,
                                 work_[t].accuracy->diverged));
      if (s_.books(t).lost > 0)
        validity.add("samples_lost", report::Severity::warn, static_cast<double>(s_.books(t).lost), 0,
                     stage.config->name,
                     fmt::format("{} samples found no room in front of '{}' and were lost", s_.books(t).lost,
                                 stage.config->name));
    }
    for (const DeviceRow& row : result_.devices)
      if (row.throttled_s > 0)
        validity.add("throttled", report::Severity::note, row.throttled_s, 0, row.name,
                     fmt::format("'{}' was throttled for {:.4g} s", row.name, row.throttled_s));
    validity.sort();
  }

  const Simulation& s_;
  const std::vector<StageWork>& work_;
  std::size_t labels_;
  PlanResult result_;
};

/// Of a labelled sample, what does not depend on what a bit costs, and its bits.
fleet::Candidate candidate_of(const PlanResult& plan) {
  fleet::Candidate candidate;
  candidate.alone_j = plan.number("label.site_work_j");
  candidate.sent_bytes = plan.number("label.sent_bytes");
  return candidate;
}

/// Plans that differ behind their labels alone have some millionths between them, of heat and waiting.
bool same_cost(const fleet::Candidate& a, const fleet::Candidate& b) {
  constexpr double kSame = 1e-3;
  const auto close = [](double x, double y) { return std::abs(x - y) <= kSame * std::max(x, y); };
  return close(a.alone_j, b.alone_j) && close(a.sent_bytes, b.sent_bytes);
}

}  // namespace

double PlanResult::number(const std::string& key) const {
  for (const fleet::Number& known : numbers)
    if (known.key == key) return known.value;
  throw base::SimError(fmt::format("a plan has no number '{}'", key));
}

bool Result::invalid() const {
  return std::any_of(plans.begin(), plans.end(),
                     [](const PlanResult& plan) { return plan.validity.invalid(); });
}

PlanResult result_of(const Simulation& simulation, const std::vector<StageWork>& work) {
  return Summary(simulation, work).result();
}

PlanResult result_of(const Simulation& simulation, const Programs& programs) {
  PlanResult result = result_of(simulation, programs.work());
  for (std::size_t t = 0; t < result.stages.size(); ++t)
    if (const run::Signature* step = programs.step(t)) {
      result.stages[t].step_s = step->duration_s();
      result.stages[t].step_j = step->energy_j();
    }
  for (std::size_t d = 0; d < simulation.machines().size(); ++d) {
    std::vector<const fleet::WorkerBooks*> books;
    for (const auto& machine : simulation.machines()[d]) books.push_back(&machine->books());
    if (books.empty()) continue;
    const fleet::DeviceKind& kind = programs.dearest(d, result);
    fleet::judge_heat(kind.experiment(), kind.prepared().plan, books, simulation.config().devices[d].name,
                      result.validity);
  }
  result.validity.sort();
  return result;
}

std::vector<Against> hold_against_first(const std::vector<PlanResult>& plans) {
  std::vector<Against> all;
  for (std::size_t p = 1; p < plans.size(); ++p) {
    const fleet::Candidate first = candidate_of(plans.front()), other = candidate_of(plans[p]);
    if (same_cost(first, other)) {
      all.push_back({p, {}, "equal"});
      continue;
    }
    const fleet::BreakEven at = fleet::break_even(other, first);
    all.push_back({p, at.j_per_bit, at.energy,
                   plans.front().number("label.sent_bytes") < plans[p].number("label.sent_bytes")});
  }
  return all;
}

std::vector<std::pair<std::string, double>> numbers_of(const Result& result) {
  std::vector<std::pair<std::string, double>> numbers;
  for (const fleet::Number& number : result.plans.front().numbers)
    numbers.emplace_back(number.key, number.value);
  if (result.plans.size() > 1)
    for (const PlanResult& plan : result.plans)
      for (const fleet::Number& number : plan.numbers)
        numbers.emplace_back(fmt::format("plans.{}.{}", plan.name, number.key), number.value);
  return numbers;
}

}  // namespace kiln::pipeline
