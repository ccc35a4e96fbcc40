// SPDX-License-Identifier: MIT
#include "learning/kernels/product.h"

#include <dnnl.hpp>

#include "base/error.h"

namespace kiln::learning {

void multiply(std::int64_t m, std::int64_t n, std::int64_t k, Matrix a, Matrix b, float* c,
              std::int64_t c_stride, bool adds, float alpha) {
  const dnnl_status_t status =
      dnnl_sgemm(a.transposed ? 'T' : 'N', b.transposed ? 'T' : 'N', m, n, k, alpha, a.values, a.stride,
                 b.values, b.stride, adds ? 1.0f : 0.0f, c, c_stride);
  KILN_CHECK(status == dnnl_success, "oneDNN refuses a product of {} x {} x {}", m, n, k);
}

}  // namespace kiln::learning
