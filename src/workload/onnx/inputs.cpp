// SPDX-License-Identifier: MIT
#include "workload/onnx/inputs.h"

#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/text.h"

namespace kiln::workload::onnx {
namespace {

constexpr std::string_view kBatch = "batch";

class Binder {
 public:
  Binder(const ImportOptions& options, const std::string& path, FlatGraph& graph)
      : options_(options), path_(path), graph_(graph) {}

  void run(const std::vector<ValueInfo>& inputs) {
    for (const ValueInfo& input : inputs) note_samples(input);
    for (const ValueInfo& input : inputs) add(input);
    for (const auto& [name, number] : options_.bind)
      if (used_.count(name) == 0 && name != kBatch)
        problems_.push_back({{path_, 0, 0},
                             "bind." + name,
                             "no extent and no scalar input has this name" +
                                 base::suggestion(name, {known_.begin(), known_.end()})});
    if (!problems_.empty()) throw base::ConfigError(problems_);
  }

 private:
  static bool counts_samples(const ValueInfo& input) { return input.dims && input.dims->size() >= 2; }

  /// What exporters call the number of samples, wherever it stands.
  static bool is_batch(std::string_view symbol) {
    const std::string name = base::to_lower(symbol);
    return name == "batch" || name == "batch_size" || name == "batchsize" || name == "n" || name == "bs";
  }

  /// Open leading axes count samples, and so does their symbol elsewhere (recurrent states have it second).
  /// In a file without open axes the first input says how many samples it was made for.
  void note_samples(const ValueInfo& input) {
    if (!counts_samples(input)) return;
    for (const Dimension& dim : *input.dims) {
      if (!open(dim) || !is_batch(dim.symbol)) continue;
      samples_.insert(dim.symbol);
      if (options_.bind.count(std::string(dim.symbol)) > 0) used_.insert(std::string(dim.symbol));
      if (main_ == nullptr) main_ = &input;
      return;
    }
    const Dimension& first = input.dims->front();
    if (!open(first)) {
      if (main_ == nullptr) graph_.file_batch = *first.extent;
    } else if (!first.symbol.empty()) {
      if (options_.bind.count(std::string(first.symbol)) > 0) used_.insert(std::string(first.symbol));
      samples_.insert(first.symbol);
    }
    if (main_ == nullptr) main_ = &input;
  }

  bool has_symbol_of_samples(const Dimension& dim) const {
    return open(dim) && !dim.symbol.empty() && samples_.count(dim.symbol) > 0;
  }

  /// The axis of the samples; -1: none.
  int axis_of_samples(const ValueInfo& input) const {
    const std::vector<Dimension>& dims = *input.dims;
    for (std::size_t i = 0; i < dims.size(); ++i)
      if (has_symbol_of_samples(dims[i])) return static_cast<int>(i);
    if (!counts_samples(input)) return -1;
    if (open(dims[0])) return 0;
    const bool open_elsewhere = main_ != nullptr && (open(main_->dims->front()) || !samples_.empty());
    if (open_elsewhere) {
      // States beside samples without a name: of (2, ?, 128) the open axis.
      if (main_->dims->front().symbol.empty())
        for (std::size_t i = 1; i < dims.size(); ++i)
          if (open(dims[i]) && dims[i].symbol.empty()) return static_cast<int>(i);
      return *dims[0].extent == 1 ? 0 : -1;
    }
    for (std::size_t i = 0; i < dims.size(); ++i)
      if (!open(dims[i]) && *dims[i].extent == graph_.file_batch) return static_cast<int>(i);
    return -1;
  }

  static bool open(const Dimension& dim) { return !dim.extent || *dim.extent < 1; }

  void complain(const ValueInfo& input, const std::string& message) {
    problems_.push_back({{path_, 0, 0}, fmt::format("input '{}'", input.name), message});
  }

  std::optional<std::int64_t> bound(const std::string& name) {
    known_.insert(name);
    const auto found = options_.bind.find(name);
    if (found == options_.bind.end()) return std::nullopt;
    used_.insert(name);
    return found->second;
  }

  void add(const ValueInfo& input) {
    if (!input.is_tensor || !input.dims)
      return complain(input,
                      "is not a tensor of known rank; sequences, maps and open ranks are not supported");
    Value value;
    value.name = input.name;
    value.type = input.type;
    value.batch_axis = axis_of_samples(input);
    Dims dims;
    std::vector<std::string> missing;
    for (std::size_t axis = 0; axis < input.dims->size(); ++axis)
      dims.push_back(extent_of(input, axis, value, missing));
    if (!missing.empty()) {
      std::vector<std::string> words;
      for (const std::string& name : missing) words.push_back(name + "=...");
      return complain(input,
                      fmt::format("has extents that are not known; write --bind {}", base::join(words, " ")));
    }
    bool fits = true;
    std::int64_t values = 1;
    constexpr std::int64_t kMost = std::int64_t{1} << 31;
    for (const std::int64_t extent : dims) {
      fits = fits && extent >= 1 && extent <= kMost / values;
      values *= fits ? extent : 1;
    }
    if (!fits)
      return complain(
          input,
          fmt::format("{} values; allowed are extents of 1 to 2^31 and 2^31 values at most", text_of(dims)));
    value.dims = std::move(dims);
    if (elements_of(*value.dims) == 1 && value.dims->size() <= 1) bind_scalar(value);
    graph_.values.push_back(std::move(value));
    graph_.inputs.push_back(static_cast<ValueId>(graph_.values.size()) - 1);
  }

  std::int64_t extent_of(const ValueInfo& input, std::size_t axis, const Value& value,
                         std::vector<std::string>& missing) {
    const Dimension& dim = (*input.dims)[axis];
    if (static_cast<int>(axis) == value.batch_axis) return 1;
    if (!open(dim)) return *dim.extent;
    // Other symbols are bound by name; extents without one by input and axis.
    const std::string name =
        dim.symbol.empty() ? fmt::format("{}.{}", input.name, axis) : std::string(dim.symbol);
    if (const auto extent = bound(name); extent) return *extent;
    if (std::find(missing.begin(), missing.end(), name) == missing.end()) missing.push_back(name);
    return 1;
  }

  void bind_scalar(Value& value) {
    const auto number = bound(value.name);
    if (!number) return;
    Constant constant;
    constant.real = is_real(value.type);
    if (constant.real)
      constant.reals = {static_cast<double>(*number)};
    else
      constant.ints = {*number};
    value.constant = std::move(constant);
    value.fixed = true;
  }

  const ImportOptions& options_;
  const std::string& path_;
  FlatGraph& graph_;
  const ValueInfo* main_ = nullptr;  ///< the first input with an axis of samples
  std::set<std::string_view> samples_;
  std::set<std::string> used_, known_;
  std::vector<base::Problem> problems_;
};

}  // namespace

void bind_inputs(const std::vector<ValueInfo>& inputs, const ImportOptions& options, const std::string& path,
                 FlatGraph& graph) {
  Binder(options, path, graph).run(inputs);
}

}  // namespace kiln::workload::onnx
