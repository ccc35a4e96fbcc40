// SPDX-License-Identifier: MIT
// What the configuration classes of the transformers library take for keys that a file leaves out. Internal
// to hf.
#pragma once

#include "workload/hf/model_config.h"

namespace kiln::workload::hf {

ModelConfig defaults_of(ModelType);

}  // namespace kiln::workload::hf
