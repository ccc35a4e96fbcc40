// SPDX-License-Identifier: MIT
#include "learning/trainer.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/archive.h"
#include "base/error.h"
#include "learning/arithmetic.h"
#include "learning/initial.h"
#include "workload/expand.h"
#include "workload/training_plan.h"

namespace kiln::learning {

namespace {

std::vector<std::string> names_of(const workload::StepGraph& graph) {
  std::vector<std::string> names;
  for (const workload::LayerInfo& layer : graph.layers) names.push_back(layer.name);
  return names;
}

std::vector<GradientExchange::Matrices> matrices_of(const workload::StepGraph& graph) {
  std::vector<GradientExchange::Matrices> matrices(graph.layers.size());
  for (const workload::Tensor& tensor : graph.tensors)
    if (tensor.cls == workload::TensorClass::weight_gradient)
      matrices[static_cast<std::size_t>(tensor.layer)] = workload::matrices_of(tensor.parts);
  return matrices;
}

/// The codecs of the network's layers; those of a teacher behind them send nothing.
std::vector<compression::Codec> padded(std::vector<compression::Codec> codecs, std::size_t layers) {
  if (!codecs.empty()) codecs.resize(layers, compression::Codec({}));
  return codecs;
}

std::vector<TensorPlace> one_behind_another(const workload::StepGraph& graph, Memory memory) {
  std::vector<TensorPlace> places;
  std::uint64_t at = 0;
  for (const workload::Tensor& tensor : graph.tensors) {
    places.push_back({at, memory});
    at += (static_cast<std::uint64_t>(tensor.bytes()) + 63) / 64 * 64;
  }
  return places;
}

/// The loss is formed whole: chunks add the same terms.
workload::TrainingConfig checked(const TrainingSetup& setup) {
  workload::TrainingConfig training = setup.training;
  training.loss_chunk.reset();
  if (training.kind == workload::TrainingKind::none)
    throw base::ConfigError({}, "training.kind", "is none: nothing is learnt; remove it");
  const std::vector<workload::LayerPlan> plans = workload::plan_training(setup.network, training).layers;
  if (std::none_of(plans.begin(), plans.end(),
                   [](const workload::LayerPlan& plan) { return plan.trainable_parameters() > 0; }))
    throw base::ConfigError({}, "training",
                            "leaves no parameter to learn: all layers are frozen or have none; freeze fewer "
                            "(training.freeze, training.layers), or see that the layers named have biases or "
                            "weights");
  if (training.distillation && !setup.teacher)
    throw base::ConfigError(
        {}, "training.distillation",
        "has no trained teacher to learn from in `kiln train`; remove it, or distil in a chain of "
        "`kiln squeeze`");
  return training;
}

bool is_teachers(const workload::Tensor& tensor) {
  return tensor.name.starts_with(workload::kTeacherPrefix);
}

/// A weight of the network that learns, as its layers multiply by it.
bool is_own_weight(const workload::Tensor& tensor) {
  return tensor.cls == workload::TensorClass::weight && tensor.persistent && !is_teachers(tensor);
}

/// "fc1.master" and "fc1.weight" are the same weights at two precisions.
std::string same_weights(const std::string& name, std::string_view kind) {
  return name.substr(0, name.rfind('.') + 1).append(kind);
}

std::vector<const workload::Network*> networks_of(const TrainingSetup& setup) {
  std::vector<const workload::Network*> networks = {&setup.network};
  if (setup.teacher) networks.push_back(&setup.teacher->network);
  return networks;
}

}  // namespace

Trainer::Trainer(const TrainingSetup& setup, const TrainAndTest& data, std::uint64_t seed)
    : setup_(setup),
      data_(data),
      seed_(seed),
      graph_(workload::expand(setup.network, checked(setup))),
      exchange_(padded(setup.codecs, graph_.layers.size()), names_of(graph_), setup.workers, seed,
                matrices_of(graph_)),
      executor_(graph_, networks_of(setup), setup.workers, &exchange_),
      memory_(graph_, workload::plan_training(setup.network, setup.training), setup.training.precision,
              setup.learning.formats, seed),
      norms_(graph_),
      judge_(setup.network, setup.training, data.test, setup.learning.data, setup.learning.formats, seed),
      loss_scale_(setup.learning.loss_scale.initial) {
  prepare_thread();
  if (const auto& faults = setup.learning.faults; faults && faults->recover == Recover::rollback)
    recovery_.emplace(faults->checkpoint_steps);
  if (const auto& faults = setup.learning.faults; faults && faults->links && faults->in_training)
    set_links(*faults->links, faults->guard);
  executor_.context().seed = seed;
  fill_initial(graph_, executor_.tensors(), seed);
  if (setup.teacher) take_teacher();
  if (setup.first) take_first(*setup.first);
  prune();
  store_weights();
  if (setup.learning.staleness) {
    history_.emplace(graph_, *setup.learning.staleness, seed, setup.workers);
    history_->begin(executor_.tensors());
    executor_.context().history = &*history_;
  }
  const std::int64_t all = data.train.size() / setup.training.batch;
  steps_per_epoch_ =
      setup.learning.steps_per_epoch > 0 ? setup.learning.steps_per_epoch : std::max<std::int64_t>(1, all);
}

void Trainer::set_links(const LinkFaultsConfig& links, double guard) {
  std::vector<NumberFormat> formats(graph_.layers.size());
  for (const workload::Tensor& tensor : graph_.tensors)
    if (tensor.cls == workload::TensorClass::weight_gradient)
      formats[static_cast<std::size_t>(tensor.layer)] = memory_.format(tensor.id);
  exchange_.set_links(links, std::move(formats), guard);
}

void Trainer::set_faults(const FailingCells& failing) {
  const std::optional<FaultsConfig>& faults = setup_.learning.faults;
  if (!faults || failing == (cells_ ? cells_->failing() : FailingCells{})) return;
  auto cells = failing.any() ? std::make_unique<MemoryCells>(*faults, setup_.dram_code, failing) : nullptr;
  if (cells && cells_) cells->take_retired(*cells_);
  cells_ = std::move(cells);
  const bool placed = setup_.layout.tensors.size() == graph_.tensors.size();
  MemoryLayout layout = setup_.layout;
  if (!placed) layout = {one_behind_another(graph_, Memory::sram), {}, {}};
  memory_.set_faults(faults->in_training ? cells_.get() : nullptr, faults->targets, layout);
  // Weights lie where the training has them; what else the forward pass makes lies behind them.
  std::vector<TensorPlace> judged = one_behind_another(judge_.graph(), placed ? Memory::dram : Memory::sram);
  for (const workload::Tensor& tensor : judge_.graph().tensors)
    if (const workload::TensorId same = find_tensor(graph_, tensor.name); same != workload::kNone)
      judged[static_cast<std::size_t>(tensor.id)] = layout.tensors[static_cast<std::size_t>(same)];
  judge_.memory().set_faults(cells_.get(), faults->targets, {std::move(judged), {}, {}});
  if (faults->in_training) settle_weights();
}

/// Weights that cells cannot hold from now on, and are found not to, go into spare ones.
void Trainer::settle_weights() {
  const std::string before = recovery_ ? learnt() : std::string();
  memory_.begin_step(step_);
  if (cells_) cells_->forget_detected();
  store_weights();
  if (!recovery_ || memory_.faults().detected == 0) return;
  restore(before);
  store_weights();
}

/// Weights as memory gives them back.
void Trainer::store_weights() {
  for (const workload::Tensor& tensor : graph_.tensors)
    if (tensor.cls == workload::TensorClass::weight && tensor.persistent) {
      memory_.written(tensor.id, 0, executor_.tensors().all(tensor.id));
      executor_.tensors().touch(tensor.id);
    }
}

void Trainer::take_first(const FirstValues& first) {
  for (const workload::Tensor& tensor : graph_.tensors) {
    const bool master = tensor.cls == workload::TensorClass::master_weight && tensor.persistent;
    if (!master && !is_own_weight(tensor)) continue;
    const auto layer = first.parts.find(graph_.layers[static_cast<std::size_t>(tensor.layer)].name);
    if (layer == first.parts.end()) continue;
    for (const workload::Part& part : tensor.parts) {
      const auto found = layer->second.find(part.kind);
      if (found == layer->second.end() || found->second.size() != static_cast<std::size_t>(part.elements()))
        continue;
      std::copy(found->second.begin(), found->second.end(),
                executor_.tensors().all(tensor.id).begin() + part.offset);
    }
    executor_.tensors().touch(tensor.id);
  }
  for (const auto& [layer, norm] : first.norms) norms_.layers()[layer] = norm;
}

void Trainer::take_teacher() {
  const TeacherModel& teacher = *setup_.teacher;
  executor_.context().teacher = {{}, teacher.share, teacher.temperature};
  const std::string prefix = workload::kTeacherPrefix;
  for (const workload::Tensor& tensor : graph_.tensors) {
    if (!is_teachers(tensor) || tensor.cls != workload::TensorClass::weight) continue;
    const auto found = teacher.model.inference.find(tensor.name.substr(prefix.size()));
    const std::span<float> values = executor_.tensors().all(tensor.id);
    KILN_CHECK(found != teacher.model.inference.end() && found->second.size() == values.size(),
               "the teacher has not learnt '{}'", tensor.name);
    std::copy(found->second.begin(), found->second.end(), values.begin());
    executor_.tensors().touch(tensor.id);
  }
}

std::int64_t Trainer::begin_from(const Model& model) {
  std::int64_t taken = 0;
  for (const workload::Tensor& tensor : graph_.tensors) {
    const bool master = tensor.cls == workload::TensorClass::master_weight && tensor.persistent;
    if (!master && !is_own_weight(tensor)) continue;
    const auto found = model.weights.find(master ? same_weights(tensor.name, "weight") : tensor.name);
    const std::span<float> values = executor_.tensors().all(tensor.id);
    if (found == model.weights.end() || found->second.size() != values.size()) continue;
    std::copy(found->second.begin(), found->second.end(), values.begin());
    executor_.tensors().touch(tensor.id);
    if (!master) taken += static_cast<std::int64_t>(values.size());
  }
  for (const auto& [layer, norm] : model.norms) {
    const auto own = std::find_if(setup_.network.layers.begin(), setup_.network.layers.end(),
                                  [&, name = layer](const workload::Layer& l) { return l.name == name; });
    if (own != setup_.network.layers.end() &&
        own->out.channels() == static_cast<std::int64_t>(norm.mean.size()))
      norms_.layers()[layer] = norm;
  }
  prune();
  store_weights();
  return taken;
}

void Trainer::prune() {
  if (!setup_.training.pruning) return;
  mask_.emplace(setup_.network, graph_, executor_.tensors(), *setup_.training.pruning);
  mask_->apply(executor_.tensors());
}

Model Trainer::model() {
  Model model;
  for (const workload::Tensor& tensor : graph_.tensors)
    if (is_own_weight(tensor)) {
      const workload::TensorId master = find_tensor(graph_, same_weights(tensor.name, "master"));
      const std::span<float> values = executor_.tensors().all(tensor.id);
      std::vector<float>& learnt = model.weights[tensor.name];
      learnt.assign(values.begin(), values.end());
      if (master != workload::kNone && executor_.tensors().all(master).size() == values.size())
        learnt.assign(executor_.tensors().all(master).begin(), executor_.tensors().all(master).end());
    }
  model.norms = norms_.layers();
  judge_.take(executor_, norms_);
  model.inference = judge_.weights();
  return model;
}

LossTotals Trainer::judge() {
  judge_.take(executor_, norms_);
  return judge_.judge();
}

double Trainer::learning_rate() const {
  const RateConfig& rate = setup_.learning.rate;
  const std::int32_t epochs = setup_.learning.epochs;
  switch (rate.schedule) {
    case RateSchedule::constant:
      return rate.initial;
    case RateSchedule::step:
      return epoch_ + rate.decay_epochs >= epochs && epochs > rate.decay_epochs ? rate.initial * rate.decay
                                                                                : rate.initial;
    case RateSchedule::cosine: {
      const double done = static_cast<double>(epoch_) / epochs;
      return rate.initial * (rate.decay + (1 - rate.decay) * 0.5 * (1 + std::cos(std::numbers::pi * done)));
    }
  }
  return rate.initial;
}

OptimizerSettings Trainer::optimizer_settings(double rate_factor) const {
  const RateConfig& rate = setup_.learning.rate;
  return {learning_rate() * rate_factor,
          rate.momentum,
          rate.nesterov,
          rate.beta1,
          rate.beta2,
          rate.epsilon,
          rate.weight_decay,
          rate.perturbation};
}

StepResult Trainer::step(const Batches& batches, std::int64_t number, const OptimizerSettings& settings) {
  const std::int64_t micro = graph_.batch, batch = micro * graph_.micro_batches;
  const bool exact = memory_.is_exact();
  executor_.context().memory = exact ? nullptr : &memory_;
  memory_.begin_step(step_);
  if (cells_) cells_->forget_detected();
  executor_.set_loss_scale(loss_scale_);
  const StepResult result =
      executor_.step(step_, settings, [&](int m, std::span<float> input, Targets& targets) {
        batches.fill(number * batch + m * micro, input, targets);
      });
  ++step_;
  if (mask_) mask_->apply(executor_.tensors());
  norms_.observe(executor_.tensors());
  step_links_ = exchange_.take_link_counts();
  scale_loss(result);
  return result;
}

/// Dynamic scaling: halved behind overflow and saturation, doubled after a long time without.
void Trainer::scale_loss(const StepResult& result) {
  const workload::LossScalingConfig& scaling = setup_.training.loss_scaling;
  if (scaling.kind != workload::LossScalingKind::dynamic) return;
  const RoundingCounts& errors = memory_.errors();
  const bool saturated = static_cast<double>(errors.saturated) >
                         setup_.learning.loss_scale.most_saturated * static_cast<double>(errors.values);
  if (result.skipped || saturated) {
    loss_scale_ = std::max(loss_scale_ / 2, 1e-6);
    good_steps_ = 0;
  } else if (++good_steps_ >= scaling.growth_interval) {
    loss_scale_ = std::min(loss_scale_ * 2, 1e9);
    good_steps_ = 0;
  }
}

bool Trainer::is_spoilt(const StepResult& result) const {
  return memory_.faults().detected > 0 || step_links_.lost_messages > 0 || !std::isfinite(result.loss.mean());
}

void Trainer::follow_up(const StepResult& result, EpochResult& epoch) {
  if (is_spoilt(result)) {
    ++epoch.spoilt_steps;
    if (recovery_) restore(recovery_->roll_back());
    return;
  }
  if (!result.skipped) good_samples_ += graph_.batch * graph_.micro_batches;
  if (recovery_ && recovery_->is_due()) recovery_->keep(learnt());
}

/// Samples and random numbers go on: the same ones would be spoilt again.
void Trainer::restore(std::string_view learnt) {
  base::ArchiveReader reader(learnt);
  archive_learnt(reader);
  reader.end();
  touch_all();
  if (cells_) cells_->retire_detected();
}

EpochResult Trainer::epoch(const Conditions& conditions, const base::Watch& watch) {
  prepare_thread();
  set_faults(conditions.failing);
  if (recovery_) recovery_->keep(learnt());
  const std::int64_t good_samples = good_samples_;
  const OptimizerSettings settings = optimizer_settings(conditions.rate_factor);
  const Batches batches(data_.train, setup_.learning.data, setup_.network, seed_, epoch_);
  EpochResult result;
  LossTotals loss;
  RoundingCounts errors;
  FaultCounts faults;
  exchange_.restart_counts();
  for (std::int64_t i = 0; i < steps_per_epoch_; ++i) {
    watch.check();
    const StepResult one = step(batches, i, settings);
    result.missed_updates += one.missed_updates;
    // What was gone back behind is not learnt from, nor is a skipped step that overflowed in its loss.
    const bool left_out = recovery_ ? is_spoilt(one) : one.skipped && !std::isfinite(one.loss.mean());
    if (!left_out) loss += one.loss;
    result.skipped += one.skipped;
    errors += memory_.errors();
    faults += memory_.faults();
    result.links += step_links_;
    follow_up(one, result);
  }
  judge_.take(executor_, norms_);
  const LossTotals judged = judge_.judge();
  const SentCounts sent = exchange_.total();
  const auto share = [&](std::int64_t count) {
    return errors.values == 0 ? 0.0 : static_cast<double>(count) / static_cast<double>(errors.values);
  };
  result.epoch = ++epoch_;
  result.steps = steps_per_epoch_;
  result.loss = loss.terms > 0 ? loss.mean() : std::nan("");  // every step was spoilt
  result.test_loss = judged.mean();
  result.train_accuracy = loss.accuracy();
  result.test_accuracy = judged.accuracy();
  result.learning_rate = settings.learning_rate;
  result.loss_scale = executor_.loss_scale();
  result.sent_bits = sent.bits;
  result.sent_elements = sent.elements;
  result.kept_elements = sent.kept;
  result.saturated = share(errors.saturated);
  result.flushed = share(errors.flushed);
  result.wrong_bits = faults.bits;
  result.corrected_bits = faults.corrected;
  result.spoilt_words = faults.detected;
  result.guarded_values = faults.guarded;
  result.good_samples = good_samples_ - good_samples;
  if (recovery_) result.recovery = recovery_->take_counts();
  return result;
}

void Trainer::probe(std::int64_t steps) {
  prepare_thread();
  const OptimizerSettings settings = optimizer_settings(1);
  const Batches batches(data_.train, setup_.learning.data, setup_.network, seed_, 0);
  for (std::int64_t i = 0; i < steps; ++i) step(batches, i, settings);
}

template <class Archive>
void Trainer::archive(Archive& a) {
  FailingCells failing = cells_ ? cells_->failing() : FailingCells{};
  a(failing.sram, failing.dram, failing.computed, failing.moved);
  set_faults(failing);  // the weights that follow have gone through these cells already
  if (cells_) cells_->archive(a);
  a(epoch_, step_);
  archive_learnt(a);
}

template <class Archive>
void Trainer::archive_learnt(Archive& a) {
  a(good_steps_, good_samples_, loss_scale_);
  executor_.archive(a);
  for (const workload::Tensor& tensor : graph_.tensors) {
    if (!tensor.persistent) continue;
    const std::span<float> values = executor_.tensors().all(tensor.id);
    std::uint64_t size = values.size();
    a(size);
    if (size != values.size()) throw base::SimError("is the checkpoint of another training");
    for (float& value : values) a(value);
  }
  for (compression::State& state : exchange_.states())
    a(state.residual, state.momentum, state.factors, state.control.threshold, state.control.gain,
      state.control.direction, state.step);
  if (history_) history_->archive(a);
  a.table(norms_.layers(), [&](RunningNorm& norm) { a(norm.mean, norm.square); });
}

std::string Trainer::save() {
  base::ArchiveWriter writer;
  archive(writer);
  return writer.bytes();
}

std::string Trainer::learnt() {
  base::ArchiveWriter writer;
  archive_learnt(writer);
  return writer.bytes();
}

void Trainer::touch_all() {
  for (const workload::Tensor& tensor : graph_.tensors) executor_.tensors().touch(tensor.id);
}

void Trainer::load(std::string_view bytes) {
  base::ArchiveReader reader(bytes);
  archive(reader);
  reader.end();
  touch_all();
  if (recovery_) recovery_->take_counts();
}

}  // namespace kiln::learning
