// SPDX-License-Identifier: MIT
// What has to fit together in a pipeline's file.
#pragma once

#include "pipeline/pipeline_config.h"

namespace kiln::pipeline {

/// Names lead to what they name, stages form a graph without circles, and each is of one kind.
void check_pipeline(const PipelineConfig& config, config::Checker& check);

}  // namespace kiln::pipeline
