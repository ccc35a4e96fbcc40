// SPDX-License-Identifier: MIT
#include "train/numbers.h"

#include <algorithm>
#include <bit>
#include <chrono>
#include <thread>

#include "base/archive.h"
#include "base/error.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/text.h"
#include "base/version.h"
#include "config/load.h"
#include "soc/soc_config.h"
#include "workload/expand.h"
#include "workload/onnx/import.h"

namespace kiln::train {

namespace {

constexpr std::chrono::milliseconds kLookAgain{10};
constexpr std::int64_t kProbeSteps = 60;  // feedback has filled its residuals by then

std::vector<compression::Codec> codecs_of(const experiment::CompressionConfig& config,
                                          const workload::Network& network) {
  std::vector<compression::Codec> codecs;
  for (const workload::Layer& layer : network.layers)
    if (config.enabled) codecs.emplace_back(config.codec_of(layer.name));
  return codecs;
}

int workers_of(const experiment::ExperimentConfig& experiment) {
  const std::int64_t samples = experiment.training.batch / experiment.training.micro_batches;
  const std::int64_t tiles = std::max(1, experiment.soc.count(soc::UnitKind::npu));
  return static_cast<int>(experiment.learning->workers ? std::int64_t{*experiment.learning->workers}
                                                       : std::min(tiles, samples));
}

/// The sections of the configuration that numbers depend on, what they do not feel left out, and the data.
std::string felt_text(const experiment::ExperimentConfig& experiment, int workers,
                      std::initializer_list<const char*> sections) {
  const config::Node all = config::Value<experiment::ExperimentConfig>::write(experiment, {});
  std::string text = fmt::format("{} workers\n", workers);
  for (const char* key : sections)
    if (const config::Node* node = all.find(key)) {
      config::Node felt = *node;
      for (const char* unfelt : {"seeds", "start", "work_to_accuracy", "placement", "gradients"})
        felt.erase(unfelt);
      text += config::to_yaml(felt);
    }
  const learning::DataConfig& data = experiment.learning->data;
  std::vector<const config::InputFile*> files = {&data.train.values, &data.train.classes, &data.test.values,
                                                 &data.test.classes, &experiment.workload.model.file};
  if (data.synthetic) {
    files.push_back(&data.synthetic->files.values);
    files.push_back(&data.synthetic->files.classes);
  }
  if (experiment.learning->staleness) files.push_back(&experiment.learning->staleness->fleet);
  for (const config::InputFile* file : files)
    if (!file->empty()) text += base::content_hash(base::read_file(file->path)) + "\n";
  return text + fmt::format("data of seed {}\n", experiment.run.seed);
}

/// Everything that numbers depend on; of the device only what becomes a condition does.
std::string identity_of(const experiment::ExperimentConfig& experiment, int workers) {
  return base::program_hash() + "\n" +
         felt_text(experiment, workers, {"workload", "topology", "training", "learning", "compression"});
}

template <class Archive>
void archive(Archive& a, LearntEpoch& e) {
  a(e.epoch, e.steps, e.skipped, e.loss, e.test_loss, e.train_accuracy, e.test_accuracy, e.learning_rate,
    e.loss_scale, e.sent_bits, e.density, e.saturated, e.flushed, e.wrong_bits, e.corrected_bits,
    e.spoilt_words, e.guarded_values, e.wrong_link_bits, e.packets_sent_again, e.lost_messages,
    e.missed_updates, e.spoilt_steps, e.rolled_back, e.good_samples, e.checkpoint_copies);
}

/// What is kept behind an epoch: the epochs since what was kept before, and the state to go on from.
struct Checkpoint {
  std::uint64_t before = 0;  ///< epochs behind which the entry before was kept; 0: there is none
  std::vector<LearntEpoch> epochs;
  std::string state;
};

template <class Archive>
void archive(Archive& a, Checkpoint& c) {
  a(c.before);
  a.list(c.epochs, [&](LearntEpoch& epoch) { archive(a, epoch); });
  a(c.state);
}

LearntEpoch learnt(const learning::EpochResult& e) {
  return {e.epoch,
          e.steps,
          e.skipped,
          e.loss,
          e.test_loss,
          e.train_accuracy,
          e.test_accuracy,
          e.learning_rate,
          e.loss_scale,
          e.sent_bits,
          e.density(),
          e.saturated,
          e.flushed,
          e.wrong_bits,
          e.corrected_bits,
          e.spoilt_words,
          e.guarded_values,
          e.links.wrong_bits,
          e.links.sent_again,
          e.links.lost_messages,
          e.missed_updates,
          e.spoilt_steps,
          e.recovery.rolled_back,
          e.good_samples,
          e.recovery.copies};
}

/// The weights of the model that the network is of. Parts of other sizes than the layer's are left out.
learning::FirstValues first_values(const workload::ModelFileConfig& model, const workload::Network& network) {
  workload::onnx::ModelWeights weights = workload::onnx::read_weights(model.file.path, model.options);
  learning::FirstValues first;
  for (const workload::Layer& layer : network.layers) {
    const auto found = weights.find(layer.name);
    if (found == weights.end()) continue;
    auto& parts = found->second;
    if (parts.contains(workload::PartKind::mean) && parts.contains(workload::PartKind::deviation))
      first.norms[layer.name] = {parts[workload::PartKind::mean], parts[workload::PartKind::deviation]};
    for (const workload::Part& part : layer.parts) {
      const auto values = parts.find(part.kind);
      if (values != parts.end() && values->second.size() == static_cast<std::size_t>(part.elements()))
        first.parts[layer.name].insert(*values);
    }
  }
  return first;
}

}  // namespace

std::string Numbers::first_weights_text() const {
  if (!setup_.first) return "";
  std::int64_t all = 0, taken = 0;
  std::vector<std::string> random;
  for (const workload::Layer& layer : setup_.network.layers) {
    if (layer.parts.empty()) continue;
    const auto found = setup_.first->parts.find(layer.name);
    std::int64_t own = 0;
    if (found != setup_.first->parts.end())
      for (const auto& [kind, values] : found->second) own += static_cast<std::int64_t>(values.size());
    const std::int64_t elements = workload::elements_of(layer.parts);
    if (own < elements) random.push_back(layer.name);
    all += elements;
    taken += own;
  }
  learning::Trainer trainer(setup_, data_, experiment_.run.seed);
  const learning::LossTotals judged = trainer.judge();
  std::string text = fmt::format("{} of {} from {}: test loss {:.4g}", taken, all,
                                 experiment_.workload.model.file.path, judged.mean());
  if (experiment_.workload.loss == workload::LossKind::cross_entropy)
    text += fmt::format(", accuracy {:.2f} %", 100 * judged.accuracy());
  text += " before the first step";
  constexpr std::size_t kNamed = 4;
  for (std::size_t i = 0; i < std::min(random.size(), kNamed); ++i)
    text += fmt::format("{}{}", i == 0 ? "; random in " : ", ", base::shown(random[i]));
  if (random.size() > kNamed) text += fmt::format(" and {} more", random.size() - kNamed);
  return text;
}

learning::TrainingSetup training_setup(const experiment::ExperimentConfig& experiment) {
  learning::TrainingSetup setup;
  setup.network = experiment::network_of(experiment);
  setup.training = experiment.training;
  setup.learning = *experiment.learning;
  setup.codecs = codecs_of(experiment.compression, setup.network);
  setup.workers = workers_of(experiment);
  const workload::ModelFileConfig& model = experiment.workload.model;
  if (!model.file.empty() && setup.learning.weights == learning::FirstWeights::model)
    setup.first = first_values(model, setup.network);
  if (auto& staleness = setup.learning.staleness)  // read once, not by every trainer
    *staleness = learning::without_file(*staleness, setup.workers);
  return setup;
}

Numbers::Numbers(const experiment::ExperimentConfig& experiment, const run::Monitor& monitor,
                 const output::Cache& cache)
    : experiment_(experiment), monitor_(monitor), cache_(cache), setup_(training_setup(experiment)) {
  data_ = learning::load_data(setup_.learning.data, setup_.network, experiment.run.seed);
  if (data_.train.size() < setup_.training.batch)
    throw base::ConfigError(
        {}, "training.batch",
        fmt::format("{} samples are fewer than a batch of {}", data_.train.size(), setup_.training.batch));
  identity_ = identity_of(experiment, setup_.workers);
}

std::string Numbers::training_hash() const {
  return base::content_hash(
      felt_text(experiment_, setup_.workers, {"workload", "topology", "training", "learning"}));
}

std::int64_t Numbers::steps_per_epoch() const {
  const std::int64_t all = data_.train.size() / setup_.training.batch;
  return setup_.learning.steps_per_epoch > 0 ? setup_.learning.steps_per_epoch : all;
}

experiment::MeasuredCompression Numbers::measure(const workload::StepGraph& graph) const {
  experiment::MeasuredCompression measured =
      experiment::measure_compression(experiment_.compression, graph, experiment_.run.seed, monitor_.watch);
  if (const auto& faults = setup_.learning.faults; faults && faults->links)
    measured.plan.link_overhead = learning::link_overhead(*faults->links);
  if (!experiment_.compression.enabled) return measured;
  monitor_.report(0, "steps on numbers, for the size of gradients");
  learning::Trainer trainer(setup_, data_, experiment_.run.seed);
  const std::int64_t steps = std::min(kProbeSteps, steps_per_epoch());
  trainer.probe(steps);
  measured.compressed_bits = 0;
  for (std::size_t i = 0; i < measured.plan.layers.size() && i < setup_.network.layers.size(); ++i) {
    const learning::SentCounts& sent = trainer.exchange().sent(static_cast<int>(i));
    if (sent.messages == 0) continue;
    const auto mean = [&](std::int64_t count) { return (count + sent.messages - 1) / sent.messages; };
    lowering::LayerCodec& layer = measured.plan.layers[i];
    layer.payload_bytes = static_cast<std::uint64_t>(mean(sent.bits) + 7) / 8;
    for (const auto count : compression::kWorkCounts) layer.work.*count = mean(sent.work.*count);
    measured.compressed_bits += mean(sent.bits);
  }
  measured.source = fmt::format("this training run, its first {} steps", steps);
  return measured;
}

/// Each key is made of the one before, so an epoch costs the same however many are in front of it.
std::vector<std::string> Numbers::keys(std::uint64_t seed,
                                       const std::vector<learning::Conditions>& conditions) const {
  std::string layout;
  const learning::WordCode& code = setup_.dram_code;
  layout += fmt::format("{} {} {}\n", static_cast<int>(code.correction), code.data_bits, code.check_bits);
  for (const auto* places : {&setup_.layout.tensors, &setup_.layout.residuals, &setup_.layout.codes}) {
    for (const learning::TensorPlace& place : *places)
      layout += fmt::format("{}{} ", place.stored ? "" : "-", place.address);
    layout += "\n";
  }
  std::vector<std::string> keys = {
      base::content_hash(identity_ + fmt::format("training of seed {}\n", seed))};
  bool fails = false;
  for (const learning::Conditions& epoch : conditions) {
    std::string text =
        keys.back() + fmt::format("\n{} {} {} {} {}\n", epoch.rate_factor, epoch.failing.sram,
                                  epoch.failing.dram, epoch.failing.computed, epoch.failing.moved);
    if (!fails && epoch.failing.any()) text += layout;  // without faults it does not matter what lies where
    fails = fails || epoch.failing.any();
    keys.push_back(base::content_hash(text));
  }
  return keys;
}

namespace {

/// The epochs of one training on disk, a chain of entries: each has the epochs since the one before.
class KeptEpochs {
 public:
  /// `keys` by number of epochs. All must outlive it.
  KeptEpochs(const std::vector<std::string>& keys, output::Cache& cache, const base::Watch& watch)
      : keys_(keys), cache_(cache), watch_(watch) {}

  /// All that is kept whole; the state to go on from is that behind the last.
  std::vector<LearntEpoch> find(std::string& state) {
    for (std::size_t done = keys_.size() - 1; done > 0 && cache_.keeps(); --done) {
      if (done % kProbesPerCheck == 0) watch_.check();
      if (std::vector<LearntEpoch> epochs = chain_to(done, state); !epochs.empty()) {
        before_ = done;
        return epochs;
      }
    }
    return {};
  }

  /// Whether enough was learnt since for an entry to be worth its place; always behind the last epoch.
  bool is_due(bool last) const {
    return cache_.keeps() && (last || std::chrono::steady_clock::now() - kept_ >= kWorthKeeping);
  }

  void keep(const std::vector<LearntEpoch>& epochs, std::string state) {
    Checkpoint entry{
        before_, {epochs.begin() + static_cast<std::ptrdiff_t>(before_), epochs.end()}, std::move(state)};
    base::ArchiveWriter writer;
    archive(writer, entry);
    cache_.store(keys_[epochs.size()], writer.bytes());
    before_ = epochs.size();
    kept_ = std::chrono::steady_clock::now();
  }

 private:
  /// Empty if an entry is missing.
  std::vector<LearntEpoch> chain_to(std::size_t done, std::string& state) const {
    std::vector<Checkpoint> chain;
    for (std::size_t at = done; at > 0; at = chain.back().before) {
      const std::optional<std::string> bytes = cache_.find(keys_[at]);
      if (!bytes) return {};
      base::ArchiveReader reader(*bytes);
      archive(reader, chain.emplace_back());
      const Checkpoint& entry = chain.back();
      if (entry.epochs.empty() || entry.before + entry.epochs.size() != at) return {};
      if (chain.size() > 1) chain.back().state.clear();
    }
    std::vector<LearntEpoch> epochs;
    for (auto entry = chain.rbegin(); entry != chain.rend(); ++entry)
      epochs.insert(epochs.end(), entry->epochs.begin(), entry->epochs.end());
    state = std::move(chain.front().state);
    return epochs;
  }

  static constexpr std::size_t kProbesPerCheck = 256;
  /// Shorter work is made again in no time.
  static constexpr std::chrono::milliseconds kWorthKeeping{200};

  const std::vector<std::string>& keys_;
  output::Cache& cache_;
  const base::Watch& watch_;
  std::size_t before_ = 0;
  std::chrono::steady_clock::time_point kept_ = std::chrono::steady_clock::now();
};

}  // namespace

SeedRecord Numbers::train(std::uint64_t seed, const std::vector<learning::Conditions>& conditions) const {
  const auto is_over = [&](const std::vector<LearntEpoch>& epochs) {
    return epochs.size() >= conditions.size() || (setup_.learning.target_accuracy > 0 && !epochs.empty() &&
                                                  epochs.back().reaches(setup_.learning.target_accuracy));
  };
  output::Cache cache = cache_;  // each thread its own: they count what they stored
  const std::vector<std::string> keys = this->keys(seed, conditions);
  // Another point of a sweep may be at the same training: then this one waits and takes what is there.
  std::optional<output::Cache::Turn> turn = cache.try_turn(keys.back());
  for (; cache.keeps() && !turn; turn = cache.try_turn(keys.back())) {
    monitor_.watch.check();
    std::this_thread::sleep_for(kLookAgain);
  }
  KeptEpochs kept(keys, cache, monitor_.watch);
  std::string state;
  std::vector<LearntEpoch> epochs = kept.find(state);
  std::unique_ptr<learning::Trainer> trainer;
  while (!is_over(epochs)) {
    if (!trainer) {
      trainer = std::make_unique<learning::Trainer>(setup_, data_, seed);
      if (!epochs.empty()) trainer->load(state);
    }
    epochs.push_back(learnt(trainer->epoch(conditions[epochs.size()], monitor_.watch)));
    if (kept.is_due(is_over(epochs))) kept.keep(epochs, trainer->save());
  }
  return {seed, std::move(epochs)};
}

}  // namespace kiln::train
