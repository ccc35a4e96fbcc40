// SPDX-License-Identifier: MIT
#include "train/learning_report.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "output/json.h"
#include "output/plotter.h"
#include "report/validity_json.h"

namespace kiln::train {

namespace {

constexpr double kWarm_k = 1;  // a device that moves by less is one temperature

std::string number(double value) {
  return std::isfinite(value) ? fmt::format("{}", value) : "";
}

std::string degrees(double value) {
  return value > -273 ? fmt::format("{}", value) : "";
}

constexpr const char* kFaultColumns =
    ",failing_dram_cells,spoilt_steps,rolled_back,good_samples,recovery_time_s,recovery_energy_j,"
    "energy_per_good_sample_j\n";

constexpr const char* kLinkColumns = ",wrong_link_bits,packets_sent_again,lost_messages";

/// What an epoch's faults came to, under kFaultColumns.
std::string fault_cells(const Training& training, const LearntEpoch& e) {
  const auto at = static_cast<std::size_t>(e.epoch - 1);
  const auto copies = static_cast<double>(e.checkpoint_copies);
  const double recovery_j = copies * training.checkpoint.energy_j;
  const double per_sample_j =
      (training.device[at].energy_j + recovery_j) / static_cast<double>(e.good_samples);
  return fmt::format(",{},{},{},{},{},{},{}\n", training.failing[at].dram, e.spoilt_steps, e.rolled_back,
                     e.good_samples, copies * training.checkpoint.time_s, recovery_j, number(per_sample_j));
}

/// Coolest and hottest epoch's hottest block.
std::pair<double, double> temperatures(const Training& training) {
  double low = 1e9, high = -1e9;
  for (const DeviceEpoch& epoch : training.device) {
    low = std::min(low, epoch.hottest_c);
    high = std::max(high, epoch.hottest_c);
  }
  return {low, high};
}

}  // namespace

std::string learning_csv(const Training& training) {
  std::string text =
      "seed,epoch,steps,skipped,loss,test_loss,train_accuracy,test_accuracy,learning_rate,loss_scale,sent_"
      "bits,density,"
      "errors_saturated,errors_flushed,failing_cells,wrong_bits,corrected_bits,spoilt_words,guarded_values,"
      "missed_updates,"
      "time_s,energy_j,total_time_s,total_energy_j,hottest_c,memory_c,skin_c,frequency_hz,voltage_v,"
      "throttled_s";
  if (training.has_link_faults) text += kLinkColumns;
  text += training.has_faults ? kFaultColumns : "\n";
  const auto accuracy = [&](double share) { return training.has_classes ? fmt::format("{}", share) : ""; };
  for (const SeedRecord& seed : training.seeds) {
    double total_s = 0, total_j = 0;
    for (const LearntEpoch& e : seed.epochs) {
      const auto at = static_cast<std::size_t>(e.epoch - 1);
      const DeviceEpoch& d = training.device[at];
      total_s += d.time_s;
      total_j += d.energy_j;
      text += fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},", seed.seed, e.epoch,
                          e.steps, e.skipped, number(e.loss), number(e.test_loss), accuracy(e.train_accuracy),
                          accuracy(e.test_accuracy), e.learning_rate, e.loss_scale, e.sent_bits, e.density,
                          e.saturated, e.flushed, training.failing[at].sram, e.wrong_bits, e.corrected_bits,
                          e.spoilt_words, e.guarded_values, e.missed_updates);
      text += fmt::format("{},{},{},{},{},{},{},{},{},{}", d.time_s, d.energy_j, total_s, total_j,
                          degrees(d.hottest_c), degrees(d.memory_c), degrees(d.skin_c), d.frequency_hz,
                          d.voltage_v, d.throttled_s);
      if (training.has_link_faults)
        text += fmt::format(",{},{},{}", e.wrong_link_bits, e.packets_sent_again, e.lost_messages);
      text += training.has_faults ? fault_cells(training, e) : "\n";
    }
  }
  return text;
}

namespace {

/// Cells that fail, what they did and what it cost.
std::string faults_text(const Training& training) {
  std::int64_t wrong = 0, corrected = 0, spoilt_words = 0, spoilt_steps = 0, wrong_on_links = 0, again = 0,
               lost = 0;
  for (const SeedRecord& seed : training.seeds)
    for (const LearntEpoch& e : seed.epochs) {
      wrong += e.wrong_bits;
      corrected += e.corrected_bits;
      spoilt_words += e.spoilt_words;
      spoilt_steps += e.spoilt_steps;
      wrong_on_links += e.wrong_link_bits;
      again += e.packets_sent_again;
      lost += e.lost_messages;
    }
  std::string text = fmt::format(
      "  faults          {:.3g} of SRAM cells, {:.3g} of DRAM cells: {} bits read wrong, {} corrected, "
      "{} words found wrong\n",
      most_failing(training, &learning::FailingCells::sram),
      most_failing(training, &learning::FailingCells::dram), wrong, corrected, spoilt_words);
  const double computed = most_failing(training, &learning::FailingCells::computed),
               moved = most_failing(training, &learning::FailingCells::moved);
  if (computed > 0 || moved > 0)
    text += fmt::format(
        "  supply          {:.3g} of the bits computed come too late, {:.3g} of those in DRAM are wrong on "
        "their way\n",
        computed, moved);
  if (training.has_link_faults)
    text += fmt::format(
        "  links           {} bits of gradients arrived wrong, {} packets were sent again, {} codes could "
        "not "
        "be read; links carry {:.4g} B for each\n",
        wrong_on_links, again, lost, training.link_overhead);
  text += fmt::format("  spoilt          {} steps, {:.4g} rolled back per training", spoilt_steps,
                      over_seeds(training, rolled_back_steps).mean);
  const std::vector<double> joules = good_sample_energies(training);
  return text + (joules.empty() ? "; no sample is good\n"
                                : fmt::format("; {:.4g} J per good sample\n", spread_of(joules).mean));
}

}  // namespace

std::string learning_json(const Training& training, const std::string& name) {
  nlohmann::ordered_json json;
  json["name"] = name;
  json["data"] = training.data;
  if (!training.first_weights.empty()) json["first_weights"] = training.first_weights;
  json["ratio_source"] = training.ratio_source;
  json["arithmetic"] = training.arithmetic;
  json["heat"] = heat_text(training);
  json["validity"] = report::to_json(training.validity);
  for (const auto& [key, value] : learning_numbers(training)) json[key] = value;
  return output::json_text(json, 2) + "\n";
}

std::string heat_text(const Training& training) {
  const auto [low, high] = temperatures(training);
  double throttled = 0;
  for (const DeviceEpoch& epoch : training.device) throttled += epoch.throttled_s;
  const bool faults = std::any_of(training.failing.begin(), training.failing.end(),
                                  [](const learning::FailingCells& cells) { return cells.any(); });
  std::string text =
      high - low < kWarm_k
          ? fmt::format("hottest block at {:.1f} °C throughout: {}", high,
                        training.starts_cold && training.device.size() > 0 &&
                                time_of(training, static_cast<std::int32_t>(training.device.size())) < 1
                            ? "the training is over before anything warms"
                            : "the device is settled")
          : fmt::format("hottest block {:.1f} to {:.1f} °C", low, high);
  text += throttled > 0 ? fmt::format("; throttled for {:.3g} s", throttled)
                        : "; never throttled, so time does not feel it";
  text += faults ? "; cells fail, so learning may" : "; no cell fails, so learning does not feel it";
  return text;
}

namespace {

std::string energy_parts(const Training& training, std::int32_t epochs) {
  const double board_j = board_energy_of(training, epochs), cooling_j = cooling_energy_of(training, epochs);
  std::string text = fmt::format("chip and memory {:.4g}, board {:.4g}",
                                 energy_of(training, epochs) - board_j - cooling_j, board_j);
  return cooling_j > 0 ? text + fmt::format(", cooling {:.4g}", cooling_j) : text;
}

std::string validity_text(const report::Validity& validity) {
  std::string text = fmt::format("  validity        {}\n", validity.state());
  for (const report::ValidityFinding& finding : validity.findings)
    text += fmt::format("    {}: {}\n", report::name(finding.severity), finding.text);
  return text;
}

}  // namespace

std::string learning_text(const Training& training, const std::string& name) {
  const auto percent = [](double share) { return fmt::format("{:.2f} %", 100 * share); };
  const auto spread = [&](const Spread& s) {
    return fmt::format("{} ({} to {})", percent(s.mean), percent(s.low), percent(s.high));
  };
  const std::int32_t epochs = longest(training);
  std::string text = fmt::format("{}\n  data            {}\n  workers         {}, {} seeds\n", name,
                                 training.data, training.workers, training.seeds.size());
  if (!training.first_weights.empty()) text += fmt::format("  first weights   {}\n", training.first_weights);
  if (training.quality)
    text += fmt::format(
        "  synthetic       Frechet distance {:.4g}, of two halves of the real samples {:.4g}; precision "
        "{:.3f}, "
        "recall {:.3f} over {} samples\n",
        training.quality->frechet, training.quality->frechet_floor, training.quality->precision,
        training.quality->recall, training.quality->samples);
  text += fmt::format("  gradients       {:.1f} times smaller than fp32: {}\n", training.ratio,
                      training.ratio_source);
  if (!training.staleness_source.empty())
    text += fmt::format("  staleness       weights of a gradient miss {:.3g} updates on average: {}\n",
                        mean_staleness(training), training.staleness_source);
  if (const int diverged = diverged_seeds(training); diverged > 0)
    text += fmt::format(
        "  diverged        {} of {} seeds{}\n", diverged, training.seeds.size(),
        told_seeds(training).size() < training.seeds.size() ? "; what follows is of the others" : "");
  const Spread loss = over_seeds(training, last_test_loss);
  if (training.has_classes)
    text += fmt::format("  accuracy        {} behind {} epochs, best {}\n",
                        spread(over_seeds(training, last_accuracy)), epochs,
                        spread(over_seeds(training, best_accuracy)));
  else
    text += fmt::format("  test loss       {:.4g} ({:.4g} to {:.4g}) behind {} epochs\n", loss.mean, loss.low,
                        loss.high, epochs);
  text += fmt::format("  device          {:.4g} s, {:.4g} J for {} epochs: {}\n", time_of(training, epochs),
                      energy_of(training, epochs), epochs, energy_parts(training, epochs));
  text += fmt::format("  heat            {}\n", heat_text(training));
  if (const auto skin_c = skin_of(training, epochs))
    text += fmt::format("  skin            at most {:.1f} °C\n", *skin_c);
  if (training.has_faults) text += faults_text(training);
  if (training.target > 0) {
    const std::vector<ToTarget> reached = all_reached(training);
    const std::size_t told = told_seeds(training).size();
    if (reached.size() == told) {
      const Spread joules = spread_over(reached, &ToTarget::energy_j),
                   seconds = spread_over(reached, &ToTarget::time_s),
                   steps = spread_over(reached, &ToTarget::steps);
      text += fmt::format(
          "  to {:<12} {:.4g} J ({:.4g} to {:.4g}), {:.4g} s ({:.4g} to {:.4g}), {:.0f} steps ({:.0f} to "
          "{:.0f})\n",
          percent(training.target), joules.mean, joules.low, joules.high, seconds.mean, seconds.low,
          seconds.high, steps.mean, steps.low, steps.high);
    } else {
      text += fmt::format("  to {:<12} not reached by {} of {} seeds: best {}\n", percent(training.target),
                          told - reached.size(), told, spread(over_seeds(training, best_accuracy)));
    }
  }
  return text + fmt::format("  arithmetic      {}\n", training.arithmetic) + validity_text(training.validity);
}

namespace {

/// A device that hardly warms is not drawn as one that does.
std::string temperature_axis(const Training& training) {
  const auto [coolest, hottest] = temperatures(training);
  if (hottest - coolest >= kWarm_k) return "";
  const double middle = 0.5 * (coolest + hottest);
  return fmt::format("set y2range [{:.1f}:{:.1f}]\n", middle - kWarm_k, middle + kWarm_k);
}

}  // namespace

std::string learning_script(const Training& training) {
  const bool long_run = time_of(training, longest(training)) >= 2;
  std::string text = output::head_of({"a training of Kiln", kLearningLabels, 2, 960, 640, kLearningImage});
  text += fmt::format(
      "set grid lc rgb '#dddddd'\nset border 3\nset tics nomirror out\nset key bottom right\nset yrange "
      "[0<*:{}]\nset xrange [0<*:*]\n{}"
      "set offsets graph 0.02,graph 0.02,graph 0.08,graph 0.05\n"
      "set multiplot layout 2,1 margins 0.09,0.91,0.09,0.88 spacing 0.16 title label[1].\"\\n\".label[2]\n",
      training.has_classes ? "*<100" : "*", temperature_axis(training));
  const auto plot = [&](const char* x, double scale, const char* label) {
    text += fmt::format("set xlabel '{}'\nset ylabel '{}'\nset y2label 'degC'\nset y2tics\n", label,
                        training.has_classes ? "accuracy (%)" : "test loss");
    if (training.target > 0)
      text += fmt::format(
          "set arrow 1 from graph 0, first {} to graph 1, first {} nohead lc rgb '#999999' dt 2\n",
          100 * training.target, 100 * training.target);
    text += "plot ";
    for (const SeedRecord& seed : training.seeds)
      text += fmt::format(
          "'learning.csv' using (column('seed')=={}?column('{}')*{:g}:NaN):({}) with "
          "linespoints pt 7 ps 0.5 lc rgb '#0072B2' {}, ",
          seed.seed, x, scale, training.has_classes ? "column('test_accuracy')*100" : "column('test_loss')",
          &seed != &training.seeds.front() ? "notitle"
          : training.has_classes           ? "title 'test accuracy, each seed'"
                                           : "title 'test loss, each seed'");
    text += fmt::format(
        "'learning.csv' using (column('{}')*{:g}):(column('hottest_c')) axes x1y2 with points pt 4 ps 0.4 lc "
        "rgb "
        "'#D55E00' title 'hottest block'\n",
        x, scale);
  };
  plot("total_energy_j", 1, "energy (J)");
  plot("total_time_s", long_run ? 1 : 1e3, long_run ? "device time (s)" : "device time (ms)");
  return text + "unset multiplot\n";
}

}  // namespace kiln::train
