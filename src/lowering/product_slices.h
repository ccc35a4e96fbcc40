// SPDX-License-Identifier: MIT
// Which part of a tensor belongs to a tile's share of an operation, where products of activations (attention)
// are shared out by sample and head while all else is by rows. Internal to lowering.
#pragma once

#include "lowering/residency.h"
#include "lowering/slicing.h"

namespace kiln::lowering {

/// Keys, values, and their errors: the second factor of a product of activations. All else has a row for
/// each query.
bool is_of_keys(const workload::Op& op, workload::TensorId tensor);

/// The part of a tensor that belongs to `share` of an operation, for tensors of extent `slice`. Heads that
/// share keys and values need them whole: a share that begins or ends within such a group is widened to it,
/// so parts of several tiles overlap. Errors of keys that are written so are added up in memory.
Share slice_of(const workload::StepGraph&, const workload::Op&, const workload::Tensor&, const Share& share);

/// Does `tile` have in its part of `writer` what it reads of the tensor in `reader`? Not where one is cut by
/// rows within a sample and the other by heads: a head attends to keys of all rows.
bool finds_own_slice(const workload::StepGraph&, const workload::Tensor&, const ScheduledOp& writer,
                     const ScheduledOp& reader, int tiles, int tile);

}  // namespace kiln::lowering
