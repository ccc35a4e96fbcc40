// SPDX-License-Identifier: MIT
// Models of others, where they can be had: public networks that scripts/fetch_models puts into a cache, and
// the node models of ONNX in Debian's libonnx-testdata. Parameters and multiply-accumulates were counted by
// an independent reader and, for every intermediate shape, by ONNX Runtime.
#include <cstdlib>
#include <filesystem>

#include "base/error.h"
#include "support/catch.h"
#include "workload/expand.h"
#include "workload/network.h"
#include "workload/onnx/import.h"

using namespace kiln;
namespace fs = std::filesystem;

namespace {

struct Known {
  const char* file;
  std::map<std::string, std::int64_t> bind;
  std::int64_t parameters;  ///< of floating point in the file, four per channel of a batch norm, no scalars
  std::int64_t macs;
};

const Known kKnown[] = {
    {"ch_PP-OCRv4_det_infer.onnx",
     {{"p2o.DynamicDimension.1", 640}, {"p2o.DynamicDimension.2", 640}},
     1171616,
     2301935744},
    {"ch_PP-OCRv4_det_infer.onnx",
     {{"p2o.DynamicDimension.1", 320}, {"p2o.DynamicDimension.2", 320}},
     1171616,
     575567744},
    {"ch_PP-OCRv4_rec_infer.onnx", {{"p2o.DynamicDimension.1", 320}}, 2690109, 702469440},
    {"ch_ppocr_mobile_v2.0_cls_infer.onnx",
     {{"p2o.DynamicDimension.1", 48}, {"p2o.DynamicDimension.2", 192}},
     133628,
     16315376},
    {"silero_vad_legacy.onnx", {{"sequence", 1536}, {"sr", 16000}}, 155907, 2068920},
    {"silero_vad_v5.onnx", {{"input.1", 576}, {"sr", 16000}}, 309632, 679552},
    {"silero_vad_v6.onnx", {{"input.1", 576}, {"sr", 16000}}, 309632, 679552},
};

fs::path cache() {
  if (const char* folder = std::getenv("KILN_MODELS"); folder != nullptr) return folder;
  if (const char* folder = std::getenv("XDG_CACHE_HOME"); folder != nullptr)
    return fs::path(folder) / "kiln-models";
  const char* home = std::getenv("HOME");
  return fs::path(home == nullptr ? "/nonexistent" : home) / ".cache" / "kiln-models";
}

}  // namespace

TEST_CASE("public networks have the parameters and multiply-accumulates that others counted") {
  int found = 0;
  for (const Known& known : kKnown) {
    const fs::path path = cache() / known.file;
    if (!fs::exists(path)) continue;
    ++found;
    INFO(known.file);
    const auto imported = workload::onnx::import_file(path.string(), {.bind = known.bind});
    const workload::Network network = workload::build_network(imported.network);
    CHECK(imported.parameters == known.parameters);
    CHECK(network.forward_macs() == known.macs);
    CHECK(workload::expand(network, {}).macs(workload::Phase::wgrad) > 0);
  }
  if (found == 0) WARN("skipped: no models in " << cache().string() << "; run scripts/fetch_models");
}

TEST_CASE("a voice detector with branches asks for its rate") {
  const fs::path path = cache() / "silero_vad_v5.onnx";
  if (!fs::exists(path)) return;
  std::string text;
  try {
    workload::onnx::import_file(path.string(), {.bind = {{"input.1", 576}}});
  } catch (const base::ConfigError& error) {
    text = error.what();
  }
  CHECK_THAT(text, Catch::Matchers::Contains("If 'If_0'") && Catch::Matchers::Contains("--bind sr=..."));
}

TEST_CASE("ONNX's node models are imported or refused with a reason") {
  const fs::path folder = "/usr/share/libonnx-testdata/data";
  if (!fs::exists(folder)) {
    WARN("skipped: " << folder.string() << " is missing; install libonnx-testdata");
    return;
  }
  int good = 0, refused = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().extension() != ".onnx") continue;
    INFO(entry.path().string());
    try {
      workload::build_network(workload::onnx::import_file(entry.path().string()).network);
      ++good;
    } catch (const base::ConfigError& error) {
      CHECK(std::string(error.what()).size() > entry.path().string().size());
      ++refused;
    }
  }
  CHECK(good + refused > 900);
  CHECK(good > 250);
}
