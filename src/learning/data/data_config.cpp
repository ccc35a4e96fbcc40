// SPDX-License-Identifier: MIT
#include "learning/data/data_config.h"

#include <utility>

namespace kiln::learning {

std::span<const config::EnumName<DataKind>> enum_names(const DataKind*) {
  static constexpr config::EnumName<DataKind> kNames[] = {{DataKind::generated, "generated"},
                                                          {DataKind::fashion_mnist, "fashion_mnist"},
                                                          {DataKind::idx, "idx"},
                                                          {DataKind::cifar10, "cifar10"},
                                                          {DataKind::npy, "npy"},
                                                          {DataKind::csv, "csv"}};
  return kNames;
}

const config::Record<DataFilesConfig>& describe(const DataFilesConfig*) {
  static const auto record =
      config::Record<DataFilesConfig>("data_files", "Samples and their classes")
          .field("values", &DataFilesConfig::values, {.doc = "File of the samples", .source = "none"})
          .field("classes", &DataFilesConfig::classes,
                 {.doc = "File of their classes, where the samples' file has none (idx, npy)",
                  .source = "none"});
  return record;
}

const config::Record<GeneratorConfig>& describe(const GeneratorConfig*) {
  using C = GeneratorConfig;
  static const auto record =
      config::Record<C>("generator", "Samples made by seed: a smooth picture per class, moved, with noise")
          .field("classes", &C::classes,
                 {.doc = "Classes; absent: as many as the network has outputs, 1000 at most",
                  .min = 2,
                  .max = 1000})
          .field("noise", &C::noise,
                 {.doc = "Standard deviation of the noise beside pictures of standard deviation 1",
                  .min = 0,
                  .max = 100,
                  .source = "hard enough that accuracy tells trainings apart"})
          .field("drift", &C::drift,
                 {.doc = "Share of other pictures mixed in: a distribution that differs from the real one",
                  .min = 0,
                  .max = 1,
                  .source = "none"})
          .field("contrast", &C::contrast,
                 {.doc = "Factor on the pictures", .min = 0, .max = 100, .source = "one"})
          .field("seed", &C::seed,
                 {.doc = "Of the pictures; the samples follow the training's seed", .source = "any"});
  return record;
}

std::span<const config::EnumName<GateFailure>> enum_names(const GateFailure*) {
  static constexpr config::EnumName<GateFailure> kNames[] = {{GateFailure::stop, "stop"},
                                                             {GateFailure::real, "real"}};
  return kNames;
}

const config::Record<QualityGateConfig>& describe(const QualityGateConfig*) {
  using C = QualityGateConfig;
  static const auto record =
      config::Record<C>("quality_gate", "How good synthetic samples have to be to be learnt from")
          .field(
              "frechet", &C::frechet,
              {.doc =
                   "Largest Frechet distance to the real samples, as a multiple of that between two halves "
                   "of these; absent: any",
               .min = 0,
               .max = 1e9})
          .field("precision", &C::precision,
                 {.doc = "Least share of them that lies where real samples do; absent: any",
                  .unit = base::Dimension::fraction,
                  .min = 0,
                  .max = 1})
          .field("recall", &C::recall,
                 {.doc = "Least share of the real samples that lies where they do; absent: any",
                  .unit = base::Dimension::fraction,
                  .min = 0,
                  .max = 1})
          .field("neighbours", &C::neighbours,
                 {.doc = "Which nearest neighbour a sample reaches to",
                  .min = 1,
                  .max = 100,
                  .source = "Kynkaanniemi et al., NeurIPS 2019: 3"})
          .field("samples", &C::samples,
                 {.doc = "Samples of either kind that are compared, the first ones",
                  .min = 16,
                  .max = 20000,
                  .source = "estimate: a second of computing; the floor says what so few can tell"})
          .field("features", &C::features,
                 {.doc = "Random directions that samples are looked at along",
                  .min = 1,
                  .max = 512,
                  .source = "Naeem et al., ICML 2020: 64 of a random embedding"})
          .field("failure", &C::failure,
                 {.doc = "Of samples that do not pass. stop: nothing is trained; real: on real samples alone",
                  .source = "stop: a user should know"})
          .check([](const C& c, config::Checker& check) {
            if (!c.frechet && !c.precision && !c.recall)
              check.fail("frechet", "is missing, and so are precision and recall; a gate needs a limit");
          });
  return record;
}

const config::Record<SyntheticConfig>& describe(const SyntheticConfig*) {
  using C = SyntheticConfig;
  static const auto record =
      config::Record<C>("synthetic",
                        "Made training samples in the place of real ones; judged is on real ones")
          .field("share", &C::share,
                 {.doc = "Share of the training samples that is synthetic",
                  .unit = base::Dimension::fraction,
                  .min = 0.001,
                  .max = 1,
                  .source = "all"})
          .field("files", &C::files, {.doc = "Files of the synthetic samples, of the kind of `train`"})
          .field(
              "generator", &C::generator,
              {.doc =
                   "Of kind generated: what makes them, `generator` makes the real ones; with another drift, "
                   "noise or contrast they are of another distribution"})
          .field("gate", &C::gate, {.doc = "What they have to be like; absent: anything will do"});
  return record;
}

const config::Record<DataConfig>& describe(const DataConfig*) {
  using C = DataConfig;
  static const auto record =
      config::Record<C>("data", "What the network is trained and judged on")
          .field("kind", &C::kind,
                 {.doc = "generated: by seed; fashion_mnist: Debian's package dataset-fashion-mnist; idx, "
                         "cifar10 (binary), npy (or npz with x and y), csv (windows of sensors): files",
                  .source = "needs no files"})
          .field("folder", &C::folder,
                 {.doc = "Of fashion_mnist",
                  .source = "where Debian's package has it",
                  .text = config::Text::prose})
          .field("train", &C::train, {.doc = "Files of the training samples; gzip is unpacked"})
          .field("test", &C::test,
                 {.doc = "Files of the samples that it is judged on; without them a share of the training's"})
          .field("generator", &C::generator, {.doc = "Of kind generated"})
          .field("synthetic", &C::synthetic, {.doc = "Synthetic training samples; absent: real ones"})
          .field("samples", &C::samples,
                 {.doc = "Training samples used: the first of the file, without test files drawn from each "
                         "class alike; 0: all (generated: 2000)",
                  .min = 0,
                  .max = 1e7,
                  .source = "all"})
          .field("test_samples", &C::test_samples,
                 {.doc = "Test samples used: the first of the file, without test files in place of "
                         "test_share; 0: all (generated: 1000)",
                  .min = 0,
                  .max = 1e7,
                  .source = "all"})
          .field("test_share", &C::test_share,
                 {.doc = "Share of the samples that is for judging, where no test files are given: of each "
                         "class alike, drawn by run.seed; of a CSV file a stretch of each class, and no "
                         "window that shares rows with it is learnt from",
                  .unit = base::Dimension::fraction,
                  .min = 0.01,
                  .max = 0.9,
                  .source = "a fifth"})
          .field("label", &C::label,
                 {.doc = "Column of a CSV file that holds the class",
                  .source = "label",
                  .text = config::Text::prose})
          .field("window", &C::window,
                 {.doc = "Rows of a CSV file in a sample", .min = 1, .max = 1e6, .source = "UCI HAR's 128"})
          .field("stride", &C::stride,
                 {.doc = "Rows from sample to sample", .min = 1, .max = 1e6, .source = "half a window"})
          .field("normalise", &C::normalise,
                 {.doc = "Subtract mean and divide by deviation of the training values, channel by channel "
                         "(generated: of all together), so that units and offsets do not matter; what pads a "
                         "sample is 0",
                  .source = "custom"})
          .field("shift", &C::shift,
                 {.doc = "Augmentation: moved by up to so many rows and columns, zeros at the edges",
                  .min = 0,
                  .max = 64,
                  .source = "none"})
          .field("flip", &C::flip,
                 {.doc = "Augmentation: half of the samples mirrored left to right", .source = "none"})
          .check([](const C& c, config::Checker& check) {
            const bool files = c.kind == DataKind::idx || c.kind == DataKind::cifar10 ||
                               c.kind == DataKind::npy || c.kind == DataKind::csv;
            if (files && c.train.values.empty())
              check.fail("train", "values is missing; name the file of the training samples");
            for (const auto& [key, set] : {std::pair("train", &c.train), std::pair("test", &c.test)})
              if (c.kind == DataKind::idx && !set->values.empty() && set->classes.empty())
                check.fail(key, "classes is missing; IDX holds samples and classes in two files");
            if (c.synthetic && c.kind != DataKind::generated && c.synthetic->files.values.empty())
              check.fail("synthetic", "files.values is missing; name the file of the synthetic samples");
            if (c.synthetic && c.kind == DataKind::generated && !c.synthetic->files.values.empty())
              check.fail("synthetic", "files do nothing with kind generated; give a generator");
            if (files && c.test.values.empty() && !c.test.classes.empty())
              check.fail("test", "values is missing; name the file of the test samples");
          });
  return record;
}

}  // namespace kiln::learning
