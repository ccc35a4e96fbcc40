// SPDX-License-Identifier: MIT
#include "job/job_config.h"

namespace kiln::job {

using base::Dimension;

namespace {

constexpr double kLongest_s = 366 * 86400.0;

/// Times that go up, from 0 on.
template <class Points, class Time>
bool rise(const Points& points, Time time) {
  for (std::size_t i = 1; i < points.size(); ++i)
    if (!(time(points[i]) > time(points[i - 1]))) return false;
  return true;
}

}  // namespace

std::span<const config::EnumName<TrainWhen>> enum_names(const TrainWhen*) {
  static constexpr config::EnumName<TrainWhen> kNames[] = {{TrainWhen::always, "always"},
                                                           {TrainWhen::charging, "charging"}};
  return kNames;
}

std::span<const config::EnumName<Waiting>> enum_names(const Waiting*) {
  static constexpr config::EnumName<Waiting> kNames[] = {{Waiting::idle, "idle"}, {Waiting::off, "off"}};
  return kNames;
}

std::span<const config::EnumName<Arrivals>> enum_names(const Arrivals*) {
  static constexpr config::EnumName<Arrivals> kNames[] = {{Arrivals::poisson, "poisson"},
                                                          {Arrivals::periodic, "periodic"}};
  return kNames;
}

std::span<const config::EnumName<Priority>> enum_names(const Priority*) {
  static constexpr config::EnumName<Priority> kNames[] = {
      {Priority::first, "first"}, {Priority::preempt, "preempt"}, {Priority::last, "last"}};
  return kNames;
}

const config::Record<ValidationConfig>& describe(const ValidationConfig*) {
  using C = ValidationConfig;
  static const auto record =
      config::Record<C>("job_validation", "Forward passes over samples that are not learnt")
          .field("samples", &C::samples,
                 {.doc = "Samples of a validation; 0: none", .min = 0, .max = 1e9, .source = "none"})
          .field(
              "every", &C::every_steps,
              {.doc = "Training steps between two; absent: one at the end of an epoch", .min = 1, .max = 1e9})
          .check([](const C& c, config::Checker& check) {
            if (c.every_steps && c.samples == 0)
              check.fail("every", "has no effect while samples is 0; say how many are looked at");
          });
  return record;
}

const config::Record<DataConfig>& describe(const DataConfig*) {
  using C = DataConfig;
  static const auto record =
      config::Record<C>("job_data", "What is learnt, and how often")
          .field("samples", &C::samples,
                 {.doc = "Training samples of an epoch; the last step is filled up",
                  .min = 1,
                  .max = 1e9,
                  .required = true})
          .field("epochs", &C::epochs,
                 {.doc = "Epochs; 0: nothing is trained, requests alone are served",
                  .min = 0,
                  .max = 1e6,
                  .required = true})
          .field("validation", &C::validation, {.doc = "Judging what was learnt"})
          .field(
              "cached_features", &C::cached_features,
              {.doc = "What the frozen front of the network makes of a sample is written to storage in the "
                      "first epoch and read in later ones; asks for training.freeze",
               .source = "each epoch computes all"});
  return record;
}

const config::Record<StorageConfig>& describe(const StorageConfig*) {
  using C = StorageConfig;
  static const auto record =
      config::Record<C>("job_storage", "Flash that checkpoints and features are kept in")
          .field("write_rate", &C::write_bytes_per_s,
                 {.doc = "Bytes written per second",
                  .unit = Dimension::bandwidth,
                  .min = 1e3,
                  .max = 1e11,
                  .source = "estimate: eMMC of some GB, 10 to 50 MB/s sustained; SPI NAND 2 to 5 MB/s"})
          .field("read_rate", &C::read_bytes_per_s,
                 {.doc = "Bytes read per second",
                  .unit = Dimension::bandwidth,
                  .min = 1e3,
                  .max = 1e11,
                  .source = "estimate: eMMC at HS200, 80 to 250 MB/s; JESD84-B51 allows 400 MB/s"})
          .field("write_power", &C::write_w,
                 {.doc = "Drawn besides while it writes",
                  .unit = Dimension::power,
                  .min = 0,
                  .max = 100,
                  .source = "estimate: some 40 mA at 3.0 V of small eMMC, 25 to 120 mA by part"})
          .field("read_power", &C::read_w,
                 {.doc = "Drawn besides while it reads",
                  .unit = Dimension::power,
                  .min = 0,
                  .max = 100,
                  .source = "estimate: some 30 mA at 3.0 V plus its interface, 60 to 250 mW by part"});
  return record;
}

const config::Record<CheckpointConfig>& describe(const CheckpointConfig*) {
  using C = CheckpointConfig;
  static const auto record =
      config::Record<C>("job_checkpoints", "When what was learnt is written to storage")
          .field("every_steps", &C::every_steps, {.doc = "Training steps between two", .min = 1, .max = 1e9})
          .field("every", &C::every_s,
                 {.doc = "Device time between two, while training",
                  .unit = Dimension::time,
                  .min = 1e-3,
                  .max = kLongest_s})
          .field("optimizer_state", &C::optimizer_state,
                 {.doc = "Momenta and the like are written, too: training goes on as if nothing had been",
                  .source = "usual for training that must go on"})
          .field("at_end", &C::at_end,
                 {.doc = "What was learnt in all is written in the end, without optimizer state",
                  .source = "else it is lost"})
          .field("at_reserve", &C::at_reserve,
                 {.doc = "One is written when the charge falls below supply.reserve, as on the warning of a "
                         "brown-out detector; the reserve has to hold its energy",
                  .source = "none: what was learnt since the last one is lost when power is"});
  return record;
}

pdn::BatteryConfig CapacitorConfig::battery() const {
  return {.capacity_c = capacitance_f * full_v,
          .internal_resistance_ohm = resistance_ohm,
          .cutoff_v = brown_out_v,
          .curve = {{0.0, 0.0}, {1.0, full_v}}};
}

const config::Record<CapacitorConfig>& describe(const CapacitorConfig*) {
  using C = CapacitorConfig;
  static const auto record =
      config::Record<C>("job_capacitor",
                        "A capacitor in place of a battery; charge is its voltage over `full`")
          .field("capacitance", &C::capacitance_f,
                 {.doc = "Capacitance",
                  .unit = Dimension::capacitance,
                  .min = 1e-6,
                  .max = 1e5,
                  .required = true})
          .field("full", &C::full_v,
                 {.doc = "Voltage at which charging ends",
                  .unit = Dimension::voltage,
                  .min = 0.1,
                  .max = 1e3,
                  .source = "two cells of 2.5 V in series, as supercapacitors come"})
          .field("brown_out", &C::brown_out_v,
                 {.doc = "Below this at its terminals the regulators give up",
                  .unit = Dimension::voltage,
                  .min = 0.01,
                  .max = 1e3,
                  .source = "estimate: buck-boost converters for 1 to 3 V rails, 1.8 to 3.0 V"})
          .field("resistance", &C::resistance_ohm,
                 {.doc = "Equivalent series resistance",
                  .unit = Dimension::resistance,
                  .min = 0,
                  .max = 1e4,
                  .source = "estimate: supercapacitors of 1 to 50 F, 10 to 200 mOhm"})
          .check([](const C& c, config::Checker& check) {
            if (c.brown_out_v >= c.full_v) check.fail("brown_out", "must lie below full");
          });
  return record;
}

const config::Record<HarvestConfig>& describe(const HarvestConfig*) {
  using C = HarvestConfig;
  static const auto record =
      config::Record<C>("job_harvest", "A cell or generator, by a trace of what it gives")
          .field("trace", &C::trace,
                 {.doc = "CSV file with columns time_s and power_w, or time_s and irradiance_w_m2",
                  .required = true})
          .field("area", &C::area_m2,
                 {.doc = "Of the cell, for a trace of irradiance",
                  .unit = Dimension::area,
                  .min = 1e-8,
                  .max = 1e3})
          .field("efficiency", &C::efficiency,
                 {.doc = "Of cell and converter together, power at the supply over what the trace says",
                  .unit = Dimension::fraction,
                  .min = 1e-4,
                  .max = 1,
                  .source =
                      "the trace is what arrives; silicon cells reach some 20 %, their trackers 80 to 95 %"})
          .field("repeat", &C::repeat_s,
                 {.doc = "Time after which the trace begins again, as 24 h; absent: once",
                  .unit = Dimension::time,
                  .min = 1e-3,
                  .max = kLongest_s});
  return record;
}

const config::Record<ChargeWindow>& describe(const ChargeWindow*) {
  using C = ChargeWindow;
  static const auto record =
      config::Record<C>("charge_window", "A charger is plugged in")
          .field("begin", &C::begin_s,
                 {.doc = "Since the job began",
                  .unit = Dimension::time,
                  .min = 0,
                  .max = kLongest_s,
                  .required = true})
          .field("end", &C::end_s,
                 {.doc = "Since the job began",
                  .unit = Dimension::time,
                  .min = 0,
                  .max = kLongest_s,
                  .required = true})
          .field("power", &C::power_w,
                 {.doc = "What it can give to board and battery",
                  .unit = Dimension::power,
                  .min = 1e-6,
                  .max = 1e4,
                  .required = true})
          .field("repeat", &C::repeat_s,
                 {.doc = "Time from its begin to its next begin, as 24 h; absent: once",
                  .unit = Dimension::time,
                  .min = 1,
                  .max = kLongest_s})
          .check([](const C& c, config::Checker& check) {
            if (c.end_s <= c.begin_s) check.fail("end", "must come after begin");
            if (c.repeat_s && *c.repeat_s < c.end_s - c.begin_s)
              check.fail("repeat", "is shorter than the window");
          });
  return record;
}

const config::Record<SupplyConfig>& describe(const SupplyConfig*) {
  using C = SupplyConfig;
  static const auto record =
      config::Record<C>("job_supply", "Where the energy comes from, and who shares it")
          .field(
              "battery", &C::battery,
              {.doc = "Battery that feeds the board; absent: soc.battery; without either: mains. Its charge "
                      "in the begin is environment.state_of_charge"})
          .field("capacitor", &C::capacitor, {.doc = "A capacitor in place of the battery"})
          .field("reserve", &C::reserve,
                 {.doc = "Charge that training leaves to others: below it training waits",
                  .unit = Dimension::fraction,
                  .min = 0,
                  .max = 0.99,
                  .source = "none"})
          .field("hysteresis", &C::hysteresis,
                 {.doc = "Charge above the reserve at which training goes on",
                  .unit = Dimension::fraction,
                  .min = 0,
                  .max = 0.5,
                  .source = "estimate: some minutes of charging"})
          .field("restart", &C::restart,
                 {.doc = "Charge at which a device whose battery was empty starts again",
                  .unit = Dimension::fraction,
                  .min = 0,
                  .max = 0.99,
                  .source = "estimate: phones ask for 3 to 5 % before they start"})
          .field("other_load", &C::other_load_w,
                 {.doc = "What else hangs on the battery: display, radio, sensors",
                  .unit = Dimension::power,
                  .min = 0,
                  .max = 1e4,
                  .source = "none"})
          .field("charge", &C::charge, {.doc = "When a charger is plugged in", .source = "never"})
          .field("harvest", &C::harvest, {.doc = "What is harvested besides"})
          .field(
              "waiting", &C::waiting,
              {.doc =
                   "While training waits for energy and no requests are served: idle, or off, which takes a "
                   "start to come back from",
               .source = "a device that is needed for more than training"})
          .field("charger_efficiency", &C::charger_efficiency,
                 {.doc = "What a charger gives over what it takes from the mains",
                  .unit = Dimension::fraction,
                  .min = 0.1,
                  .max = 1,
                  .source =
                      "DoE level VI asks for some 0.74 (5 W) to 0.88 (49 W and more) of external supplies"})
          .field("train", &C::train,
                 {.doc = "always, or only while charging, as phones do", .source = "a device of its own"})
          .field("start_up", &C::start_up_s,
                 {.doc = "From power to the first step: boot, and the checkpoint is read besides",
                  .unit = Dimension::time,
                  .min = 0,
                  .max = 3600,
                  .source = "estimate: 0.1 s on a microcontroller, 2 to 20 s with an operating system"})
          .check([](const C& c, config::Checker& check) {
            if (c.battery && c.capacitor)
              check.fail("capacitor", "stands beside a battery; give one of them");
            if (c.reserve + c.hysteresis > 1)
              check.fail("hysteresis", "lifts the reserve above a full battery");
            if (c.train == TrainWhen::charging && c.charge.empty())
              check.fail("train", "is charging, but no charge window is given; training would never begin");
          });
  return record;
}

const config::Record<RequestsConfig>& describe(const RequestsConfig*) {
  using C = RequestsConfig;
  static const auto record =
      config::Record<C>("job_requests", "Inference asked for beside training")
          .field("rate", &C::per_s,
                 {.doc = "Requests per second, on average", .min = 1e-6, .max = 1e6, .required = true})
          .field("arrivals", &C::arrivals,
                 {.doc = "poisson: independent of one another; periodic: as a sensor's frames",
                  .source = "users do not agree with one another"})
          .field("batch", &C::batch, {.doc = "Samples of a request", .min = 1, .max = 1e6, .source = "one"})
          .field(
              "priority", &C::priority,
              {.doc = "first: before the next training step; preempt: at once, the training step waits where "
                      "it is; last: while no training can run",
               .source = "users wait for requests, not for training"})
          .field("deadline", &C::deadline_s,
                 {.doc = "From arrival to answer; later ones count as missed",
                  .unit = Dimension::time,
                  .min = 1e-6,
                  .max = 1e6})
          .field("queue", &C::queue,
                 {.doc = "Requests that may wait; further ones are turned away",
                  .min = 1,
                  .max = 1e6,
                  .source = "far more than an answer in time allows"});
  return record;
}

const config::Record<AmbientPoint>& describe(const AmbientPoint*) {
  using C = AmbientPoint;
  static const auto record = config::Record<C>("ambient_point", "Surroundings at a moment")
                                 .field("at", &C::at_s,
                                        {.doc = "Since the job began",
                                         .unit = Dimension::time,
                                         .min = 0,
                                         .max = kLongest_s,
                                         .required = true})
                                 .field("temperature", &C::celsius,
                                        {.doc = "Of the air or coolant inlet",
                                         .unit = Dimension::temperature,
                                         .min = -200,
                                         .max = 120,
                                         .required = true});
  return record;
}

const config::Record<UpdateConfig>& describe(const UpdateConfig*) {
  using C = UpdateConfig;
  static const auto record =
      config::Record<C>("job_update", "An update over the air")
          .field("at", &C::at_s,
                 {.doc = "When it begins to come in, since the job began",
                  .unit = Dimension::time,
                  .min = 0,
                  .max = kLongest_s,
                  .required = true})
          .field("image", &C::bytes,
                 {.doc = "Size of the signed image",
                  .unit = Dimension::bytes,
                  .min = 1,
                  .max = 1e12,
                  .required = true})
          .field("rate", &C::rate_bytes_per_s,
                 {.doc = "Of the link, while the device is on",
                  .unit = Dimension::bandwidth,
                  .min = 1,
                  .max = 1e11,
                  .source = "estimate: Wi-Fi or LTE-M in use, some Mbit/s"})
          .field("link_power", &C::link_w,
                 {.doc = "Drawn by the link while it receives",
                  .unit = Dimension::power,
                  .min = 0,
                  .max = 100,
                  .source = "estimate: 50 to 300 mW of a Wi-Fi radio that receives"})
          .field(
              "slots", &C::slots,
              {.doc =
                   "2: written beside the running software, which goes on until the device starts anew; 1: "
                   "written in its place, while nothing runs",
               .min = 1,
               .max = 2,
               .source = "A/B slots are usual where an update may fail"});
  return record;
}

std::span<const config::EnumName<WearPart>> enum_names(const WearPart*) {
  static constexpr config::EnumName<WearPart> kNames[] = {
      {WearPart::die, "die"}, {WearPart::memory, "memory"}, {WearPart::surroundings, "surroundings"}};
  return kNames;
}

const config::Record<WearConfig>& describe(const WearConfig*) {
  using C = WearConfig;
  constexpr double kMost_ev = 5, kMostExponent = 10;
  static const auto record =
      config::Record<C>("job_wear", "A mechanism that ages a part")
          .field("name", &C::name, {.doc = "Name of the mechanism", .required = true})
          .field(
              "part", &C::part,
              {.doc =
                   "Whose temperature counts: die (its hottest block), memory, or surroundings, as for flash "
                   "on the board",
               .source = "the die"})
          .field("life", &C::life_s,
                 {.doc = "Life at the reference temperature, and at the rated current",
                  .unit = Dimension::time,
                  .min = 1,
                  .max = 1e12,
                  .source = "ten years, as parts are qualified for"})
          .field("reference", &C::reference_c,
                 {.doc = "Temperature that the life is stated for",
                  .unit = Dimension::temperature,
                  .min = -100,
                  .max = 400,
                  .source = "junction temperature that wires are sized at"})
          .field("activation_energy", &C::activation_ev,
                 {.doc = "In eV",
                  .min = 0,
                  .max = kMost_ev,
                  .source = "JEP122: 0.7 eV where nothing else is known"})
          .field("activation_energy_low", &C::activation_low_ev,
                 {.doc = "Lowest that it may be, in eV", .min = 0, .max = kMost_ev, .source = "no band"})
          .field("activation_energy_high", &C::activation_high_ev,
                 {.doc = "Highest that it may be, in eV", .min = 0, .max = kMost_ev, .source = "no band"})
          .field("current_exponent", &C::current_exponent,
                 {.doc = "Of current density in Black's equation; 0: current does not matter",
                  .min = 0,
                  .max = kMostExponent,
                  .source = "no current"})
          .field("current_exponent_low", &C::exponent_low,
                 {.doc = "Lowest that it may be", .min = 0, .max = kMostExponent, .source = "no band"})
          .field("current_exponent_high", &C::exponent_high,
                 {.doc = "Highest that it may be", .min = 0, .max = kMostExponent, .source = "no band"})
          .field("source", &C::source,
                 {.doc = "Where the figures come from", .required = true, .text = config::Text::prose})
          .check([](const C& c, config::Checker& check) {
            if (c.activation_low_ev > c.activation_ev || c.activation_high_ev < c.activation_ev)
              check.fail("activation_energy", "must lie between its low and high");
            if (c.exponent_low > c.current_exponent || c.exponent_high < c.current_exponent)
              check.fail("current_exponent", "must lie between its low and high");
          });
  return record;
}

std::vector<WearConfig> usual_wear() {
  constexpr double kYear_s = 365.25 * 86400;
  return {
      {.name = "electromigration",
       .part = WearPart::die,
       .life_s = 10 * kYear_s,
       .reference_c = 105,
       .activation_ev = 0.9,
       .activation_low_ev = 0.8,
       .activation_high_ev = 1.0,
       .current_exponent = 1.5,
       .exponent_low = 1.0,
       .exponent_high = 2.0,
       .source = "Black 1969 (n = 2); JEP122 for copper: Ea 0.8 to 1.0 eV, n 1 (growth of voids) to 2 (their "
                 "begin); recalled. Ten years at 105 degC and rated current: how wires are sized"},
      {.name = "gate_oxide",
       .part = WearPart::die,
       .life_s = 10 * kYear_s,
       .reference_c = 105,
       .activation_ev = 0.7,
       .activation_low_ev = 0.5,
       .activation_high_ev = 0.9,
       .source =
           "JEP122, breakdown of thin oxides and bias temperature instability: 0.5 to 0.9 eV; recalled"},
      {.name = "flash_retention",
       .part = WearPart::surroundings,
       .life_s = kYear_s,
       .reference_c = 30,
       .activation_ev = 1.1,
       .activation_low_ev = 1.0,
       .activation_high_ev = 1.2,
       .source =
           "JESD218, client class at the end of its writes: a year at 30 degC, 500 h at 52, 96 h at 66: "
           "1.11 eV between the first two, 1.12 between the others"}};
}

const config::Record<JobConfig>& describe(const JobConfig*) {
  using C = JobConfig;
  static const auto record =
      config::Record<C>("job", "A training of hours on a device: data, requests, supply, surroundings")
          .field("name", &C::name, {.doc = "Name of the results", .required = true})
          .field("experiment", &C::experiment,
                 {.doc = "Chip, package, network, training and policies; its horizon is not used",
                  .required = true})
          .field("governors", &C::governors,
                 {.doc = "Governors to compare: the job runs under each; absent: the experiment's"})
          .field("data", &C::data, {.doc = "What is learnt", .required = true})
          .field("storage", &C::storage, {.doc = "Flash of the device"})
          .field("checkpoints", &C::checkpoints, {.doc = "When what was learnt is kept"})
          .field("supply", &C::supply, {.doc = "Battery, charger and what else they feed"})
          .field("requests", &C::requests, {.doc = "Inference beside training"})
          .field("ambient", &C::ambient,
                 {.doc = "Surroundings over the hours, straight lines between the points; absent: "
                         "environment.ambient",
                  .source = "environment.ambient"})
          .field("wear", &C::wear,
                 {.doc = "What ages the device: consumed life from temperature and current",
                  .source = "electromigration, gate oxides, retention of flash: see usual_wear() in src/job"})
          .field("updates", &C::updates, {.doc = "Updates over the air, in order", .source = "none"})
          .field("deadline", &C::deadline_s,
                 {.doc = "Training is to be done by then",
                  .unit = Dimension::time,
                  .min = 1e-3,
                  .max = kLongest_s})
          .field("time_limit", &C::time_limit_s,
                 {.doc = "Device time after which the job is given up",
                  .unit = Dimension::time,
                  .min = 1e-3,
                  .max = kLongest_s,
                  .source = "a day"})
          .field("whole", &C::whole,
                 {.doc = "Goes on until time_limit when training is done, as requests do",
                  .source = "training is what is asked for"})
          .check([](const C& c, config::Checker& check) {
            if (!rise(c.ambient, [](const AmbientPoint& p) { return p.at_s; }))
              check.fail("ambient", "must be in the order of time, each point later than the one before");
            if (!rise(c.updates, [](const UpdateConfig& u) { return u.at_s; }))
              check.fail("updates", "must be in the order of time");
            if (c.checkpoints.at_reserve && c.supply.reserve == 0)
              check.fail("checkpoints", "at_reserve has no effect while supply.reserve is 0 %");
            if (c.data.epochs == 0 && !c.requests)
              check.fail("requests", "are missing, and no epochs are asked for: there is nothing to do");
            if (c.experiment.training.kind == workload::TrainingKind::none && c.data.epochs > 0)
              check.fail("data", "has epochs, but training.kind is none; train, or ask for 0 epochs");
            if (!c.experiment.topology.empty() &&
                (c.requests || c.data.validation.samples > 0 || c.data.cached_features))
              check.fail("experiment",
                         "has a topology instead of a workload: no forward pass can be made of it");
            const auto& band = c.experiment.soc.guard_band;
            if (band && band->kind == pdn::GuardBandKind::adaptive)
              check.fail("experiment.soc.guard_band",
                         "is adaptive, which follows one kind of step; take worst_case or fixed");
            if (c.data.cached_features && c.data.epochs < 2)
              check.fail("data", "keeps features that no second epoch reads");
          });
  return record;
}

}  // namespace kiln::job
