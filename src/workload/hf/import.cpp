// SPDX-License-Identifier: MIT
#include "workload/hf/import.h"

#include <filesystem>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "config/load.h"
#include "workload/hf/models.h"

namespace kiln::workload::hf {

const config::Record<ImportOptions>& describe(const ImportOptions*) {
  static const auto record =
      config::Record<ImportOptions>("hf_options", "How a Hugging Face model becomes a network")
          .field("sequence", &ImportOptions::sequence,
                 {.doc = "Tokens of a sample",
                  .min = 1,
                  .max = 1 << 20,
                  .source = "estimate: a usual length of fine-tuning"})
          .field("expert_skew", &ImportOptions::expert_skew,
                 {.doc = "How unevenly the experts of a mixture are chosen, as `skew` of a top_k layer",
                  .min = 0,
                  .max = 4,
                  .source = "estimate: trained with a loss for balance"})
          .field("expert_capacity", &ImportOptions::expert_capacity,
                 {.doc = "Room of each expert of a mixture, as `capacity_factor` of a top_k layer",
                  .min = 0.01,
                  .max = 1024})
          .field("labels", &ImportOptions::labels,
                 {.doc = "A classifier of so many classes in place of the head that the file names",
                  .min = 1,
                  .max = 1 << 20});
  return record;
}

namespace {

constexpr std::size_t kMostBytes = std::size_t{1} << 22;  // the largest there are have thousands of labels

void check_sequence(const ModelConfig& model, const ImportOptions& options, const std::string& path) {
  const bool sees = model.model_type == ModelType::vit || model.model_type == ModelType::deit;
  const std::int64_t most = model.max_position_embeddings - model.unused_positions();
  if (sees || options.sequence <= most) return;
  throw base::ConfigError({path, 0, 0}, "sequence",
                          fmt::format("{} tokens; the model is made for at most {} (max_position_embeddings)",
                                      options.sequence, most));
}

void write_layers(Writing& w) {
  switch (w.model.model_type) {
    case ModelType::phi:
      return write_phi(w);
    case ModelType::gpt2:
      return write_gpt2(w);
    case ModelType::gpt_neox:
      return write_gpt_neox(w);
    case ModelType::opt:
      return write_opt(w);
    case ModelType::bert:
    case ModelType::roberta:
    case ModelType::distilbert:
      return write_bert(w);
    case ModelType::vit:
    case ModelType::deit:
      return write_vit(w);
    default:
      return write_decoder(w);
  }
}

/// The folder of the file says more than its name, which is always the same.
std::string name_of_model(const std::string& path, const ModelConfig& model) {
  const std::filesystem::path file(path);
  std::string name = file.stem().string();
  if (name == "config") name = std::filesystem::absolute(file).parent_path().filename().string();
  if (name.empty()) name = config::enum_name(model.model_type);
  return base::shown(name);
}

}  // namespace

Imported import_model(std::string_view json, const std::string& path, const ImportOptions& options) {
  const ModelConfig model = read_model_config(json, path);
  check_sequence(model, options, path);
  Imported imported;
  imported.network.name = name_of_model(path, model);
  imported.network.source =
      fmt::format("{}, Hugging Face {}", std::filesystem::path(path).filename().string(),
                  config::enum_name(model.model_type));
  Writing w{model, options, Lines(imported.network), imported.notes};
  if (model.has_other_parts) w.notes.push_back("the file's text_config is imported, its other parts are not");
  if (!model.quantised.empty())
    w.notes.push_back(
        fmt::format("the file's weights are stored quantised (quantization_config: {}), the network's are "
                    "not; training.base_weights stores frozen ones so",
                    model.quantised));
  write_layers(w);
  return imported;
}

Imported import_file(const std::string& path, const ImportOptions& options) {
  return import_model(base::read_file(path, kMostBytes), path, options);
}

bool is_model_file(const std::string& path) {
  return base::to_lower(path).ends_with(".json");
}

config::ForeignFile network_file() {
  return {".json", &describe(static_cast<const ImportOptions*>(nullptr)),
          [](const std::string& path, const config::Node& given) {
            const auto options = config::read_tree<ImportOptions>(given, "").value;
            return config::Value<NetworkConfig>::write(import_file(path, options).network, {});
          },
          "hf"};
}

}  // namespace kiln::workload::hf
