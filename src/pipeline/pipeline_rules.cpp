// SPDX-License-Identifier: MIT
#include "pipeline/pipeline_rules.h"

#include <algorithm>

#include "base/text.h"
#include "pipeline/stage_graph.h"

namespace kiln::pipeline {

namespace {

template <class Items>
std::vector<std::string> names_of(const Items& items) {
  std::vector<std::string> names;
  for (const auto& item : items) names.push_back(item.name);
  return names;
}

bool has_name(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// The rules of one plan; `at_` leads to the stage under way.
class PlanRules {
 public:
  PlanRules(const PipelineConfig& config, const PlanConfig& plan, std::string at, config::Checker& check)
      : config_(config), plan_(plan), plan_at_(std::move(at)), check_(check) {}

  void check() {
    for (std::size_t i = 0; i < plan_.stages.size(); ++i) {
      at_ = fmt::format("{}.stages.{}", plan_at_, i);
      const StageConfig& stage = plan_.stages[i];
      names(stage);
      kind(stage);
      amounts(stage);
      way(stage);
      seen_.push_back(stage.name);
    }
    if (!has_name(seen_, plan_.labelled))
      check_.fail(plan_at_ + ".labelled",
                  fmt::format("names no stage{}", base::suggestion(plan_.labelled, seen_)));
  }

 private:
  void fail(const char* key, const std::string& message) { check_.fail(at_ + "." + key, message); }

  const StageConfig& stage_called(const std::string& name) const {
    return *std::find_if(plan_.stages.begin(), plan_.stages.end(),
                         [&](const StageConfig& stage) { return stage.name == name; });
  }

  bool in_network(const std::string& device) const {
    return std::any_of(config_.devices.begin(), config_.devices.end(),
                       [&](const DeviceConfig& d) { return d.name == device && d.in_network; });
  }
  bool relayed(const std::string& link) const {
    const auto found = config_.links.find(link);
    return found != config_.links.end() && found->second.link.path == link::Path::relayed;
  }

  void names(const StageConfig& stage) {
    if (has_name(seen_, stage.name)) fail("name", "is that of an earlier stage; give each its own");
    const std::vector<std::string> devices = names_of(config_.devices);
    if (!has_name(devices, stage.on))
      fail("on", fmt::format("names no device{}", base::suggestion(stage.on, devices)));
    for (const auto& [key, list] : {std::pair{"from", &stage.from}, std::pair{"after", &stage.after}})
      for (const std::string& name : *list)
        if (!has_name(seen_, name))
          fail(key, fmt::format("names no earlier stage: '{}'{}; a stage stands behind those that it needs",
                                name, base::suggestion(name, seen_)));
    if (!stage.via.empty() && config_.links.count(stage.via) == 0) {
      std::vector<std::string> links;
      for (const auto& entry : config_.links) links.push_back(entry.first);
      fail("via", fmt::format("names no link{}", base::suggestion(stage.via, links)));
    }
  }

  void kind(const StageConfig& stage) {
    const int kinds =
        int(stage.source.has_value()) + int(stage.network.has_value()) + int(stage.store.has_value());
    if (kinds != 1) fail("name", "is of a stage that has to be one of source, network and store");
    if (stage.quantise && !(stage.network && stage.network->task == Task::infer))
      fail("quantise", "needs a network of task infer, which finds the ranges of its activations");
    if (stage.network && stage.network->learning) learning(stage);
    if (stage.quantise && stage.quantise->most_accuracy_loss && !learnt_in_front(stage))
      fail(
          "quantise.accuracy_limit",
          "needs a stage of task train with `learning` in `from`, which says what accuracy there is to lose");
    if (stage.source && !stage.from.empty()) fail("from", "has no effect on a source, which takes nothing");
    if ((stage.store || stage.quantise) && stage.from.empty())
      fail("from", "is missing: what comes in is what is quantised or stored");
  }

  void learning(const StageConfig& stage) {
    if (stage.network->task != Task::train) fail("network.learning", "needs task train: only that learns");
    const bool kept = stage.network->training &&
                      (stage.network->training->quantisation_aware || stage.network->training->distillation);
    if (kept)
      fail("network.learning",
           "is of a training without quantisation_aware and distillation; use kiln squeeze for these");
    const auto& synthetic = stage.network->learning->data.synthetic;
    if (synthetic && synthetic->gate && !made_up_in_front(stage))
      fail("network.learning.data.synthetic.gate",
           "judges made samples, and no stage in front makes any: a generator is a network of task infer "
           "without `from`");
  }

  /// Whether products of a generator come to it, straight or through others.
  bool made_up_in_front(const StageConfig& stage) const {
    return std::any_of(stage.from.begin(), stage.from.end(), [&](const std::string& name) {
      if (!has_name(seen_, name)) return false;
      const StageConfig& giver = stage_called(name);
      return makes_up(giver) || made_up_in_front(giver);
    });
  }

  bool learnt_in_front(const StageConfig& stage) const {
    return std::any_of(stage.from.begin(), stage.from.end(), [&](const std::string& name) {
      if (!has_name(seen_, name)) return false;
      const std::optional<NetworkStageConfig>& network = stage_called(name).network;
      return network && network->learning;
    });
  }

  void amounts(const StageConfig& stage) {
    const bool begins = stage.from.empty();
    const bool trains = stage.network && stage.network->task == Task::train;
    if (begins && !stage.samples)
      fail("samples", "is missing; say how many a stage makes that takes nothing");
    if (!begins && stage.samples) fail("samples", "has no effect on a stage that takes what comes in");
    if (begins && stage.takes) fail("takes", "has no effect on a stage that takes nothing");
    if (begins && stage.queue) fail("queue", "has no effect on a stage that takes nothing");
    if (stage.source && stage.makes)
      fail("makes", "has no effect on a source, whose samples come one by one");
    if (trains && !begins && !stage.takes) fail("takes", "is missing; say how many samples are learnt from");
    if (stage.queue && stage.takes && *stage.queue < *stage.takes)
      fail("queue", fmt::format("is shorter than what the stage takes at a time, {}", *stage.takes));
    for (const std::string& name : stage.from)
      if (stage.queue && has_name(seen_, name) && stage_called(name).makes.value_or(1) > *stage.queue)
        fail("queue",
             fmt::format("is shorter than what '{}' makes at a time, {}", name, *stage_called(name).makes));
  }

  void way(const StageConfig& stage) {
    bool crosses = false;
    for (const std::string& name : stage.from) {
      if (!has_name(seen_, name)) continue;
      const StageConfig& giver = stage_called(name);
      const bool apart = giver.on != stage.on;
      crosses |= apart;
      if (apart && stage.via.empty())
        fail("via",
             fmt::format("is missing: '{}' is on device '{}'; name the link between them", name, giver.on));
      if (apart && in_network(giver.on) && in_network(stage.on) && relayed(stage.via))
        fail("via", "is a radio link, and both devices stand behind the network; name a link that is direct");
      const bool model =
          giver.store || giver.quantise || (giver.network && giver.network->task == Task::train);
      if ((apart || stage.store) && !giver.bytes && !model)
        fail("from",
             fmt::format("takes from '{}', whose products have no size; give that stage bytes", name));
    }
    if (!crosses && !stage.via.empty())
      fail("via", "has no effect: nothing that the stage takes comes from another device");
  }

  const PipelineConfig& config_;
  const PlanConfig& plan_;
  std::string plan_at_, at_;
  config::Checker& check_;
  std::vector<std::string> seen_;
};

void check_unique(const std::vector<std::string>& names, const char* what, config::Checker& check) {
  for (std::size_t i = 0; i < names.size(); ++i)
    if (std::find(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(i), names[i]) !=
        names.begin() + static_cast<std::ptrdiff_t>(i))
      check.fail(fmt::format("{}.{}.name", what, i), "is that of an earlier one; give each its own");
}

}  // namespace

void check_pipeline(const PipelineConfig& config, config::Checker& check) {
  if (config.devices.empty()) check.fail("devices", "is empty; name one at least");
  if (config.plans.empty()) check.fail("plans", "is empty; name one at least");
  check_unique(names_of(config.devices), "devices", check);
  check_unique(names_of(config.plans), "plans", check);
  for (std::size_t p = 0; p < config.plans.size(); ++p)
    PlanRules(config, config.plans[p], fmt::format("plans.{}", p), check).check();
}

}  // namespace kiln::pipeline
