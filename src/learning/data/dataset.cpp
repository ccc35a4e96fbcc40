// SPDX-License-Identifier: MIT
#include "learning/data/dataset.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <numeric>

#include "base/error.h"
#include "base/file.h"
#include "base/rng.h"
#include "learning/data/array.h"
#include "learning/data/generator.h"

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
          return Labelled{std::move(arrays["x"]), to_classes(arrays["y"])};
        });
      return {read_data(files.values, values, [](const std::string& bytes) { return read_npy(bytes); }),
              read_data(files.classes, classes,
                        [](const std::string& bytes) { return to_classes(read_npy(bytes)); })};
    case DataKind::idx:
    case DataKind::fashion_mnist:
      return {read_data(files.values, values, [](const std::string& bytes) { return read_idx(bytes); }),
              read_data(files.classes, classes,
                        [](const std::string& bytes) { return to_classes(read_idx(bytes)); })};
    case DataKind::generated:
      break;
  }
  KILN_CHECK(false, "generated data have no files");
}

/// Channels, height and width of an array's samples.
struct Extents {
  std::int64_t channels = 1, height = 1, width = 1;

  Extents(const std::vector<std::int64_t>& all, std::int64_t wanted_channels) {
    if (all.size() == 4) {
      channels = all[1];
      height = all[2];
      width = all[3];
    } else if (all.size() == 3 && wanted_channels > 1 && all[1] == wanted_channels) {
      channels = all[1];  // a sequence of features
      height = all[2];
    } else if (all.size() == 3) {
      height = all[1];
      width = all[2];
    } else if (all.size() == 2 && wanted_channels == all[1]) {
      channels = all[1];
    } else if (all.size() == 2) {
      height = all[1];
    }
  }
};

/// Samples channel after channel, as files have them, to the order of the network's input, in its middle.
Dataset fitted(Labelled raw, const workload::Shape& shape, const std::string& what, std::int64_t most) {
  const std::vector<std::int64_t>& extents = raw.values.extents;
  const auto count = extents.empty() ? 0 : extents.front();
  const Extents e(extents, shape.channels());
  if (count < 1 || static_cast<std::int64_t>(raw.classes.size()) != count)
    throw DataFileError(fmt::format("{}: {} samples and {} classes", what, count, raw.classes.size()));
  // A grey picture is every channel of a coloured one.
  const bool grey = e.channels == 1 && shape.channels() > 1;
  if ((!grey && e.channels != shape.channels()) || e.height > shape.height() || e.width > shape.width())
    throw DataFileError(fmt::format("{}: samples of {} x {} x {} do not fit the network's input of {}", what,
                                    e.channels, e.height, e.width, shape.text()));
  const std::int64_t used = most > 0 ? std::min(most, count) : count;
  Dataset data;
  data.sample_values = shape.elements();
  data.classes.assign(raw.classes.begin(), raw.classes.begin() + used);
  data.values.assign(static_cast<std::size_t>(used * data.sample_values), 0.0f);
  const std::int64_t top = (shape.height() - e.height) / 2, left = (shape.width() - e.width) / 2;
  const std::int64_t channels = shape.channels(), plane = e.height * e.width;
  for (std::int64_t s = 0; s < used; ++s)
    for (std::int64_t c = 0; c < channels; ++c)
      for (std::int64_t p = 0; p < plane; ++p) {
        const std::int64_t y = p / e.width + top, x = p % e.width + left;
        data.values[static_cast<std::size_t>(s * data.sample_values + (y * shape.width() + x) * channels +
                                             c)] =
            raw.values.values[static_cast<std::size_t>((s * e.channels + (grey ? 0 : c)) * plane + p)];
      }
  return data;
}

void normalise(TrainAndTest& data) {
  double sum = 0, squares = 0;
  for (const float value : data.train.values) sum += double{value};
  const auto count = static_cast<double>(data.train.values.size());
  const double mean = sum / count;
  for (const float value : data.train.values) squares += (value - mean) * (value - mean);
  const double deviation = std::sqrt(squares / count);
  const auto shift = static_cast<float>(mean), scale = static_cast<float>(deviation > 0 ? 1 / deviation : 1);
  for (Dataset* set : {&data.train, &data.test})
    for (float& value : set->values) value = (value - shift) * scale;
}

Dataset take_last(Dataset& data, double share) {
  const std::int64_t taken = std::max<std::int64_t>(
      1, std::min(data.size() - 1, static_cast<std::int64_t>(share * static_cast<double>(data.size()))));
  const std::int64_t kept = data.size() - taken;
  if (kept < 1) throw DataFileError("one sample is too few to train and to judge on");
  Dataset last;
  last.sample_values = data.sample_values;
  last.values.assign(data.values.begin() + kept * data.sample_values, data.values.end());
  last.classes.assign(data.classes.begin() + kept, data.classes.end());
  data.values.resize(static_cast<std::size_t>(kept * data.sample_values));
  data.classes.resize(static_cast<std::size_t>(kept));
  return last;
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

TrainAndTest load_files(const DataConfig& config, const workload::Network& network) {
  TrainAndTest data;
  try {
    data.train = fitted(read_set(config, config.train, "train"), network.input, config.train.values.path,
                        config.samples);
    if (config.test.values.empty())
      data.test = take_last(data.train, config.test_share);
    else
      data.test = fitted(read_set(config, config.test, "test"), network.input, config.test.values.path,
                         config.test_samples);
  } catch (const DataFileError& error) {
    throw base::ConfigError(config.train.values.place, "learning.data", error.what());
  }
  data.source = fmt::format(
      "{}, {} samples, {} to judge on",
      config.kind == DataKind::fashion_mnist ? std::string("Fashion-MNIST") : config.train.values.path,
      data.train.size(), data.test.size());
  return data;
}

TrainAndTest make_data(const DataConfig& config, const workload::Network& network, std::uint64_t seed) {
  const std::int64_t train = config.samples > 0 ? config.samples : kGeneratedTrain;
  const std::int64_t test = config.test_samples > 0 ? config.test_samples : kGeneratedTest;
  TrainAndTest data;
  const auto* table = std::get_if<workload::LookUp>(&network.layers.front().operation);
  if (table != nullptr) {
    const std::int64_t length = network.input.elements();
    data.train = generate_tokens(config.generator, table->entries, length, train, seed, "train");
    data.test = generate_tokens(config.generator, table->entries, length, test, seed, "test");
  } else {
    data.train = generate(config.generator, network.input, train, seed, "train");
    data.test = generate(config.generator, network.input, test, seed, "test");
  }
  data.source = fmt::format("made by seed, {} samples, {} to judge on", train, test);
  return data;
}

}  // namespace

TrainAndTest load_data(const DataConfig& config, const workload::Network& network, std::uint64_t seed) {
  const bool generated = config.kind == DataKind::generated;
  TrainAndTest data = generated ? make_data(config, network, seed)
                      : config.kind == DataKind::fashion_mnist
                          ? load_files(with_debian_files(config), network)
                          : load_files(config, network);
  const bool tokens = std::holds_alternative<workload::LookUp>(network.layers.front().operation);
  if (config.normalise && !tokens) normalise(data);
  return data;
}

Batches::Batches(const Dataset& data, const DataConfig& config, const workload::Network& network,
                 std::uint64_t seed, std::int64_t epoch)
    : data_(data),
      config_(config),
      shape_(network.input),
      loss_(network.loss),
      seed_(seed),
      epoch_(epoch),
      order_(static_cast<std::size_t>(data.size())) {
  std::iota(order_.begin(), order_.end(), 0);
  if (epoch < 0) return;  // as they are: to judge
  base::Rng rng(seed, "batches", "order", static_cast<std::uint64_t>(epoch));
  for (std::size_t i = order_.size(); i > 1; --i) std::swap(order_[i - 1], order_[rng.below(i)]);
}

void Batches::copy_sample(std::int64_t index, std::int64_t place, std::span<float> to) const {
  const float* from = data_.values.data() + index * data_.sample_values;
  if (epoch_ < 0 || (config_.shift == 0 && !config_.flip)) {
    std::copy_n(from, data_.sample_values, to.data());
    return;
  }
  base::Rng rng(seed_, "batches", "augmentation", static_cast<std::uint64_t>(epoch_ * size() + place));
  const auto moved = [&] {
    return static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(2 * config_.shift + 1))) -
           config_.shift;
  };
  const std::int64_t down = moved(), across = moved();
  const bool mirrored = config_.flip && rng.below(2) == 1;
  const std::int64_t height = shape_.height(), width = shape_.width(), channels = shape_.channels();
  for (std::int64_t y = 0; y < height; ++y)
    for (std::int64_t x = 0; x < width; ++x) {
      const std::int64_t source_y = y - down, source_x = (mirrored ? width - 1 - x : x) - across;
      const bool inside = source_y >= 0 && source_y < height && source_x >= 0 && source_x < width;
      for (std::int64_t c = 0; c < channels; ++c)
        to[static_cast<std::size_t>((y * width + x) * channels + c)] =
            inside ? from[(source_y * width + source_x) * channels + c] : 0.0f;
    }
}

void Batches::fill(std::int64_t first, std::span<float> input, Targets& targets) const {
  const auto values = static_cast<std::size_t>(data_.sample_values);
  const std::size_t count = input.size() / values;
  targets.classes.clear();
  targets.values.clear();
  for (std::size_t i = 0; i < count; ++i) {
    const std::int64_t place = (first + static_cast<std::int64_t>(i)) % size();
    const std::int64_t index = order_[static_cast<std::size_t>(place)];
    copy_sample(index, place, input.subspan(i * values, values));
    const auto label = data_.classes.begin() + index * data_.classes_per_sample;
    targets.classes.insert(targets.classes.end(), label, label + data_.classes_per_sample);
  }
  if (loss_ == workload::LossKind::mean_squared_error) targets.values.assign(input.begin(), input.end());
}

}  // namespace kiln::learning
