// SPDX-License-Identifier: MIT
#include "silicon/compare.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "report/run_folder.h"

namespace kiln::silicon {

namespace {

constexpr std::string_view kComponents = "energy_by_component_j.";

std::string simulated_text(const experiment::ExperimentConfig& experiment, const output::Cache& cache) {
  nlohmann::ordered_json json;
  try {
    report::RunOptions options;
    options.command_line = "kiln silicon";
    options.cache = cache;
    options.files_wanted = false;
    const report::RunResult result = report::run_experiment(experiment, options);
    for (const auto& [key, value] : result.numbers) {
      const report::Interval band = result.band(key, value);
      json["numbers"][key] = {value, band.low, band.high};
    }
  } catch (const std::exception& error) {
    json = {{"failure", error.what()}};
  }
  return json.dump();
}

Outcome outcome_of(const std::string& text) {
  Outcome outcome;
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (json.is_discarded() || !json.is_object()) {
    outcome.failure = "the process of the run ended without a result";
    return outcome;
  }
  if (json.contains("failure")) outcome.failure = json["failure"];
  if (json.contains("numbers"))
    for (const auto& [key, value] : json["numbers"].items())
      if (value[0].is_number() && value[1].is_number() && value[2].is_number())
        outcome.numbers[key] = {value[0], value[1], value[2]};
  return outcome;
}

/// A simulation needs a process of its own: SystemC has one kernel.
class Child {
 public:
  Child(std::size_t job, const std::function<std::string()>& work) : job_(job) {
    int ends[2];
    if (::pipe(ends) != 0) throw base::SimError("silicon: no pipe to a run can be made");
    pid_ = ::fork();
    if (pid_ < 0) throw base::SimError("silicon: no process for a run can be made");
    if (pid_ == 0) {
      ::close(ends[0]);
      const std::string text = work();
      for (std::size_t sent = 0; sent < text.size();) {
        const ssize_t n = ::write(ends[1], text.data() + sent, text.size() - sent);
        if (n <= 0) break;
        sent += static_cast<std::size_t>(n);
      }
      ::_exit(0);
    }
    ::close(ends[1]);
    from_ = ends[0];
  }

  std::size_t job() const { return job_; }
  /// Waits for the end of the run.
  std::string text() {
    std::string text;
    char buffer[4096];
    for (ssize_t n = 0; (n = ::read(from_, buffer, sizeof buffer)) > 0;)
      text.append(buffer, static_cast<std::size_t>(n));
    ::close(from_);
    ::waitpid(pid_, nullptr, 0);
    return text;
  }

 private:
  std::size_t job_;
  pid_t pid_ = 0;
  int from_ = -1;
};

/// "local_sram 41 %"
std::string largest_component(const Outcome& outcome) {
  double sum = 0, most = 0;
  std::string name;
  for (const auto& [key, number] : outcome.numbers) {
    if (!key.starts_with(kComponents)) continue;
    if (key.ends_with(".board") || key.ends_with(".cooling")) continue;  // of the chip and its memory
    sum += number.value;
    if (number.value <= most) continue;
    most = number.value;
    name = key.substr(kComponents.size());
  }
  return sum > 0 ? fmt::format("{} {:.0f} %", name, 100 * most / sum) : "";
}

/// What is uncertain of both divides out: corner over corner.
Estimate ratio_of(const Estimate& a, const Estimate& b) {
  const double corners[] = {a.value / b.value, a.low / b.low, a.high / b.high};
  return {corners[0], *std::min_element(corners, corners + 3), *std::max_element(corners, corners + 3)};
}

}  // namespace

std::vector<Outcome> run_jobs(
    const SiliconConfig& config, const output::Cache& cache, int processes,
    const std::function<void(std::size_t, std::size_t, const std::string&)>& report) {
  std::vector<Outcome> outcomes(config.jobs.size());
  std::vector<Child> running;
  std::size_t next = 0, done = 0;
  while (done < config.jobs.size()) {
    while (next < config.jobs.size() && running.size() < static_cast<std::size_t>(std::max(1, processes))) {
      const experiment::ExperimentConfig& experiment = config.jobs[next].experiment;
      running.emplace_back(next, [&] { return simulated_text(experiment, cache); });
      ++next;
    }
    Child first = running.front();
    running.erase(running.begin());
    outcomes[first.job()] = outcome_of(first.text());
    report(++done, config.jobs.size(), config.jobs[first.job()].experiment.name);
  }
  return outcomes;
}

bool Comparison::within(double factor) const {
  return failure.empty() && distance() <= std::log(factor) + 1e-12;
}

bool Comparison::covers() const {
  if (!failure.empty()) return false;
  const double low = anchor->low.value_or(anchor->published), high = anchor->high.value_or(anchor->published);
  return simulated.low <= high && low <= simulated.high;
}

double Comparison::distance() const {
  if (anchor->kind == AnchorKind::value) return std::abs(std::log(ratio()));
  const double high = anchor->high.value_or(anchor->published);
  if (simulated.value > high) return std::log(simulated.value / high);
  return anchor->low && simulated.value < *anchor->low ? std::log(*anchor->low / simulated.value) : 0;
}

std::vector<Comparison> compare(const SiliconConfig& config, const std::vector<Outcome>& outcomes) {
  std::map<std::string, const Outcome*> by_name;
  for (std::size_t j = 0; j < config.jobs.size(); ++j) by_name[config.jobs[j].experiment.name] = &outcomes[j];
  std::vector<Comparison> all;
  for (std::size_t j = 0; j < config.jobs.size(); ++j) {
    for (const AnchorConfig& anchor : config.jobs[j].anchors) {
      Comparison c{
          config.jobs[j].experiment.name, &anchor, {}, outcomes[j].failure, largest_component(outcomes[j])};
      const Outcome* over = anchor.over.empty() ? nullptr : by_name.at(anchor.over);
      const auto found = outcomes[j].numbers.find(anchor.figure);
      if (c.failure.empty() && found == outcomes[j].numbers.end())
        c.failure = fmt::format("the run has no number '{}'", anchor.figure);
      if (c.failure.empty()) {
        const Estimate& e = found->second;
        c.simulated = {e.value * anchor.scale, e.low * anchor.scale, e.high * anchor.scale};
      }
      if (c.failure.empty() && over != nullptr) {
        const auto below = over->numbers.find(anchor.figure);
        if (below == over->numbers.end())
          c.failure = fmt::format("job '{}' has no number '{}'", anchor.over, anchor.figure);
        else
          c.simulated = ratio_of(found->second, below->second);
      }
      all.push_back(std::move(c));
    }
  }
  return all;
}

}  // namespace kiln::silicon
