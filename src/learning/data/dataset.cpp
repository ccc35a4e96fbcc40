// SPDX-License-Identifier: MIT
#include "learning/data/dataset.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <limits>
#include <map>

#include "base/error.h"
#include "base/file.h"
#include "learning/data/array.h"
#include "learning/data/extents.h"
#include "learning/data/generator.h"
#include "learning/data/normalise.h"
#include "learning/data/outputs.h"
#include "learning/data/split.h"

namespace kiln::learning {

namespace {

constexpr std::int64_t kGeneratedTrain = 2000, kGeneratedTest = 1000;

/// Reads a file by `read`, with its key and place in every error.
template <class Read>
auto read_data(const config::InputFile& file, const std::string& key, const Read& read) {
  try {
    return read(unpacked(base::read_file(file.path)));
  } catch (const DataFileError& error) {
    throw base::ConfigError(file.place, key, fmt::format("{} {}", file.path, error.what()));
  }
}

std::vector<std::int32_t> to_classes(const Array& array) {
  std::vector<std::int32_t> classes;
  classes.reserve(array.values.size());
  for (const float value : array.values) {
    if (value < 0 || value != std::floor(value) || value > (1 << 24))
      throw DataFileError(fmt::format("holds {} where a class is expected: 0, 1, 2 ...", value));
    classes.push_back(static_cast<std::int32_t>(value));
  }
  return classes;
}

Labelled read_set(const DataConfig& config, const DataFilesConfig& files, const std::string& key) {
  const std::string values = "learning.data." + key + ".values",
                    classes = "learning.data." + key + ".classes";
  switch (config.kind) {
    case DataKind::cifar10:
      return read_data(files.values, values, [](const std::string& bytes) { return read_cifar10(bytes); });
    case DataKind::csv:
      return read_data(files.values, values, [&](const std::string& bytes) {
        return read_csv_windows(bytes, files.values.path, config.label, config.window, config.stride);
      });
    case DataKind::npy:
      if (files.classes.empty())
        return read_data(files.values, values, [](const std::string& bytes) {
          std::map<std::string, Array> arrays = read_npz(bytes);
          if (!arrays.contains("x") || !arrays.contains("y"))
            throw DataFileError("lacks an array x or y; write numpy.savez(file, x=samples, y=classes)");
          return Labelled{std::move(arrays["x"]), to_classes(arrays["y"]), {}};
        });
      return {read_data(files.values, values, [](const std::string& bytes) { return read_npy(bytes); }),
              read_data(files.classes, classes,
                        [](const std::string& bytes) { return to_classes(read_npy(bytes)); }),
              {}};
    case DataKind::idx:
    case DataKind::fashion_mnist:
      return {read_data(files.values, values, [](const std::string& bytes) { return read_idx(bytes); }),
              read_data(files.classes, classes,
                        [](const std::string& bytes) { return to_classes(read_idx(bytes)); }),
              {}};
    case DataKind::generated:
      break;
  }
  KILN_CHECK(false, "generated data have no files");
}

/// The samples at these places.
Labelled taken(const Labelled& all, const std::vector<std::int64_t>& which) {
  const auto per_sample = static_cast<std::int64_t>(all.values.values.size()) / all.values.extents.front();
  Labelled some;
  some.values.extents = all.values.extents;
  some.values.extents.front() = static_cast<std::int64_t>(which.size());
  some.values.values.reserve(which.size() * static_cast<std::size_t>(per_sample));
  for (const std::int64_t sample : which) {
    const auto from = all.values.values.begin() + sample * per_sample;
    some.values.values.insert(some.values.values.end(), from, from + per_sample);
    some.classes.push_back(all.classes[static_cast<std::size_t>(sample)]);
  }
  return some;
}

void keep_first(Labelled& all, std::int64_t most) {
  if (most == 0 || most >= all.values.extents.front()) return;
  const auto per_sample = static_cast<std::int64_t>(all.values.values.size()) / all.values.extents.front();
  all.values.extents.front() = most;
  all.values.values.resize(static_cast<std::size_t>(most * per_sample));
  all.classes.resize(static_cast<std::size_t>(most));
}

/// Samples channel after channel, as files have them, to the order of the network's input, in its middle.
Dataset fitted(const Labelled& raw, const workload::Shape& shape) {
  const SampleExtents e(raw.values.extents, shape);
  const auto count = static_cast<std::int64_t>(raw.classes.size());
  KILN_CHECK(static_cast<std::int64_t>(raw.values.values.size()) == count * e.channels * e.height * e.width,
             "{} values of {} samples", raw.values.values.size(), count);
  Dataset data;
  data.sample_values = shape.elements();
  data.classes = raw.classes;
  data.values.assign(static_cast<std::size_t>(count * data.sample_values), 0.0f);
  const std::int64_t top = (shape.height() - e.height) / 2, left = (shape.width() - e.width) / 2;
  const std::int64_t channels = shape.channels(), plane = e.height * e.width;
  for (std::int64_t s = 0; s < count; ++s)
    for (std::int64_t c = 0; c < channels; ++c)
      for (std::int64_t p = 0; p < plane; ++p) {
        const std::int64_t y = p / e.width + top, x = p % e.width + left;
        data.values[static_cast<std::size_t>(s * data.sample_values + (y * shape.width() + x) * channels +
                                             c)] =
            raw.values.values[static_cast<std::size_t>((s * e.channels + (e.grey ? 0 : c)) * plane + p)];
      }
  return data;
}

DataConfig with_debian_files(DataConfig config) {
  const auto file = [&](const char* name) {
    const std::string path = (std::filesystem::path(config.folder) / name).string();
    if (const std::string why = base::why_unreadable(path); !why.empty())
      throw base::ConfigError({}, "learning.data.folder",
                              fmt::format("{}: {}; install Debian's dataset-fashion-mnist (scripts/bootstrap "
                                          "--learning) or name its folder",
                                          path, why));
    return config::InputFile(path);
  };
  config.train = {file("train-images-idx3-ubyte.gz"), file("train-labels-idx1-ubyte.gz")};
  config.test = {file("t10k-images-idx3-ubyte.gz"), file("t10k-labels-idx1-ubyte.gz")};
  return config;
}

void check_fits(const Labelled& set, const workload::Network& network) {
  const auto count = set.values.extents.empty() ? 0 : set.values.extents.front();
  if (count < 1 || static_cast<std::int64_t>(set.classes.size()) != count)
    throw DataFileError(fmt::format("holds {} samples and {} classes", count, set.classes.size()));
  (void)SampleExtents(set.values.extents, network.input);
}

void check_classes(const Labelled& set, const workload::Network& network) {
  const std::int64_t classes = classes_of(network);
  if (classes == 0) return;
  const auto wrong = std::find_if(set.classes.begin(), set.classes.end(),
                                  [&](std::int32_t label) { return label >= classes; });
  if (wrong != set.classes.end())
    throw DataFileError(
        fmt::format("gives sample {} class {}, but the network's output tells 0 to {} apart; count classes "
                    "from 0, or give the last layer as many outputs as there are classes",
                    wrong - set.classes.begin(), *wrong, classes - 1));
}

/// A set that fits the network.
Labelled read_fitting(const DataConfig& config, const DataFilesConfig& files, const std::string& key,
                      const workload::Network& network) {
  const auto checked = [&](const config::InputFile& file, const std::string& of, const auto& check) {
    try {
      check();
    } catch (const DataFileError& error) {
      throw base::ConfigError(file.place, "learning.data." + key + of,
                              fmt::format("{} {}", file.path, error.what()));
    }
  };
  Labelled set = read_set(config, files, key);
  checked(files.values, ".values", [&] { check_fits(set, network); });
  const bool apart = !files.classes.empty();
  checked(apart ? files.classes : files.values, apart ? ".classes" : ".values",
          [&] { check_classes(set, network); });
  return set;
}

struct FileSets {
  Labelled train, test;
};

FileSets read_sets(const DataConfig& config, const workload::Network& network, std::uint64_t seed) {
  FileSets sets{read_fitting(config, config.train, "train", network), {}};
  if (!config.test.values.empty()) {
    sets.test = read_fitting(config, config.test, "test", network);
    keep_first(sets.train, config.samples);
    keep_first(sets.test, config.test_samples);
    return sets;
  }
  try {
    const Split split =
        split_by_class(sets.train.classes,
                       {config.test_share, config.test_samples, config.samples, sets.train.overlap}, seed);
    sets.test = taken(sets.train, split.test);
    sets.train = taken(sets.train, split.train);
  } catch (const DataFileError& error) {
    throw base::ConfigError(config.train.values.place, "learning.data.train.values",
                            fmt::format("{} {}", config.train.values.path, error.what()));
  }
  return sets;
}

/// How the classes lie on both sides: what accuracy is worth.
std::string balance_text(const FileSets& sets) {
  std::map<std::int32_t, std::array<std::int64_t, 2>> counts;
  for (const std::int32_t label : sets.train.classes) ++counts[label][0];
  for (const std::int32_t label : sets.test.classes) ++counts[label][1];
  std::array<std::int64_t, 2> least, most = {0, 0};
  least.fill(std::numeric_limits<std::int64_t>::max());
  for (const auto& [label, sides] : counts)
    for (std::size_t side = 0; side < 2; ++side) {
      least[side] = std::min(least[side], sides[side]);
      most[side] = std::max(most[side], sides[side]);
    }
  const auto range = [&](std::size_t side) {
    return least[side] == most[side] ? fmt::format("{}", least[side])
                                     : fmt::format("{} to {}", least[side], most[side]);
  };
  return fmt::format("; {} classes of {} and {}, chance {:.3g} %", counts.size(), range(0), range(1),
                     100.0 * static_cast<double>(most[1]) / static_cast<double>(sets.test.classes.size()));
}

void normalise_sets(FileSets& sets, const DataConfig& config, const workload::Shape& shape) {
  const SampleExtents train(sets.train.values.extents, shape), test(sets.test.values.extents, shape);
  if (train.channels != test.channels)
    throw base::ConfigError(
        config.test.values.place, "learning.data.test.values",
        fmt::format("{} holds samples of {} channels, {} of {}; both must have as many",
                    config.test.values.path, test.channels, config.train.values.path, train.channels));
  normalise(sets.train.values.values, sets.test.values.values, train.channels, train.height * train.width);
}

std::int64_t synthetic_count(const SyntheticConfig& synthetic, std::int64_t samples) {
  return std::clamp<std::int64_t>(std::llround(synthetic.share * static_cast<double>(samples)), 1, samples);
}

/// Puts `made` in the place of the last real samples, if it passes the gate.
void take_synthetic(const SyntheticConfig& synthetic, const Dataset& made, std::uint64_t seed,
                    TrainAndTest& data) {
  Dataset& train = data.train;
  const std::int64_t all = train.size(), count = synthetic_count(synthetic, all);
  data.source += fmt::format("; {} of them synthetic", count);
  if (synthetic.gate) {
    const QualityGateConfig& gate = *synthetic.gate;
    if (std::min(made.size(), all) <= gate.neighbours)
      throw base::ConfigError(
          {}, "learning.data.synthetic.gate.neighbours",
          fmt::format("is {}, as many as there are samples; take fewer", gate.neighbours));
    data.quality = quality_of(train.values, made.values, train.sample_values, gate, seed);
    if (const std::string failure = data.quality->failure(gate); !failure.empty()) {
      if (gate.failure == GateFailure::stop)
        throw base::ConfigError(
            {}, "learning.data.synthetic.gate",
            fmt::format("lets the synthetic samples not pass: {}; give better samples or a wider gate, or "
                        "failure: real to learn from real ones alone",
                        failure));
      data.refused = failure;
      data.source += ", refused by the gate: learnt from real ones alone";
      return;
    }
  }
  KILN_CHECK(made.size() >= count && made.classes_per_sample == train.classes_per_sample,
             "{} synthetic samples for {}", made.size(), count);
  std::copy_n(made.values.begin(), count * train.sample_values,
              train.values.begin() + (all - count) * train.sample_values);
  std::copy_n(made.classes.begin(), count * made.classes_per_sample,
              train.classes.begin() + (all - count) * made.classes_per_sample);
}

/// Of a network that reads tokens numbers of places are no measure of likeness.
void check_synthetic(const DataConfig& config, const workload::Network& network) {
  if (config.synthetic && config.synthetic->gate && reads_tokens(network))
    throw base::ConfigError({}, "learning.data.synthetic.gate",
                            "measures distances between values, and tokens have none; remove it");
}

/// Read like the training samples, and as many as are wanted.
Labelled read_synthetic(const DataConfig& config, const workload::Network& network, std::int64_t samples) {
  const DataFilesConfig& files = config.synthetic->files;
  Labelled set = read_fitting(config, files, "synthetic.files", network);
  const std::int64_t wanted = synthetic_count(*config.synthetic, samples);
  if (set.values.extents.front() < wanted)
    throw base::ConfigError(
        files.values.place, "learning.data.synthetic.files.values",
        fmt::format("{} holds {} samples, and synthetic.share asks for {} of {}; make more or "
                    "lower share or learning.data.samples",
                    files.values.path, set.values.extents.front(), wanted, samples));
  return set;
}

TrainAndTest load_files(const DataConfig& config, const workload::Network& network, std::uint64_t seed) {
  FileSets sets = read_sets(config, network, seed);
  Labelled synthetic;
  if (config.synthetic) synthetic = read_synthetic(config, network, sets.train.values.extents.front());
  const bool normalises = config.normalise && !reads_tokens(network);
  if (normalises && config.synthetic) {  // in the units of the real ones
    FileSets like{sets.train, synthetic};
    DataConfig named = config;
    named.test.values = config.synthetic->files.values;
    normalise_sets(like, named, network.input);
    synthetic = std::move(like.test);
  }
  if (normalises) normalise_sets(sets, config, network.input);
  const bool fashion = config.kind == DataKind::fashion_mnist;
  TrainAndTest data{fitted(sets.train, network.input), fitted(sets.test, network.input), ""};
  data.source =
      fmt::format("{}, {} samples, {} to judge on{}",
                  fashion ? std::string("Fashion-MNIST") : config.train.values.path, data.train.size(),
                  data.test.size(), fashion || classes_of(network) == 0 ? std::string() : balance_text(sets));
  if (config.synthetic) take_synthetic(*config.synthetic, fitted(synthetic, network.input), seed, data);
  return data;
}

GeneratorConfig with_classes(GeneratorConfig generator, std::int64_t outputs) {
  constexpr std::int64_t kMost = 1000, kFew = 10;
  if (!generator.classes)
    generator.classes = static_cast<std::int32_t>(outputs == 0 ? kFew : std::min(outputs, kMost));
  if (outputs > 0 && *generator.classes > outputs)
    throw base::ConfigError({}, "learning.data.generator.classes",
                            fmt::format("is {}, but the network's output tells {} apart; leave it out, or "
                                        "give the last layer as many outputs",
                                        *generator.classes, outputs));
  return generator;
}

TrainAndTest make_data(const DataConfig& config, const workload::Network& network, std::uint64_t seed) {
  const std::int64_t train = config.samples > 0 ? config.samples : kGeneratedTrain;
  const std::int64_t test = config.test_samples > 0 ? config.test_samples : kGeneratedTest;
  TrainAndTest data;
  Dataset made;
  const std::int64_t wanted = config.synthetic ? synthetic_count(*config.synthetic, train) : 0;
  if (const auto* table = std::get_if<workload::LookUp>(&network.layers.front().operation)) {
    const std::int64_t length = network.input.elements();
    data.train = generate_tokens(config.generator, table->entries, length, train, seed, "train");
    data.test = generate_tokens(config.generator, table->entries, length, test, seed, "test");
    if (wanted > 0)
      made = generate_tokens(config.synthetic->generator, table->entries, length, wanted, seed, "synthetic");
  } else {
    const GeneratorConfig generator = with_classes(config.generator, classes_of(network));
    data.train = generate(generator, network.input, train, seed, "train");
    data.test = generate(generator, network.input, test, seed, "test");
    // As many as the gate compares, at least.
    if (wanted > 0)
      made = generate(with_classes(config.synthetic->generator, classes_of(network)), network.input,
                      std::max(wanted, config.synthetic->gate ? config.synthetic->gate->samples : 0), seed,
                      "synthetic");
    // Its channels are of one scale, and made samples are in the units of real ones.
    if (config.normalise && wanted > 0) {
      std::vector<float> real = data.train.values;
      normalise(real, made.values, 1, made.sample_values);
    }
    if (config.normalise) normalise(data.train.values, data.test.values, 1, data.train.sample_values);
  }
  data.source = fmt::format("made by seed, {} samples, {} to judge on", train, test);
  if (wanted > 0) take_synthetic(*config.synthetic, made, seed, data);
  return data;
}

}  // namespace

TrainAndTest load_data(const DataConfig& config, const workload::Network& network, std::uint64_t seed) {
  check_outputs(network, config.kind == DataKind::generated);
  check_synthetic(config, network);
  if (config.kind == DataKind::generated) return make_data(config, network, seed);
  const bool fashion = config.kind == DataKind::fashion_mnist;
  return load_files(fashion ? with_debian_files(config) : config, network, seed);
}

}  // namespace kiln::learning
