// SPDX-License-Identifier: MIT
#include "learning/arithmetic.h"

#include <fmt/core.h>
#include <omp.h>

#include <dnnl.hpp>
#include <mutex>
#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace kiln::learning {

void prepare_thread() {
  static std::once_flag once;
  // Takes effect before the library makes its first kernel; later it keeps what it has.
  std::call_once(once, [] { (void)dnnl_set_max_cpu_isa(dnnl_cpu_isa_avx2); });
  omp_set_num_threads(1);
#if defined(__SSE2__)
  _mm_setcsr(_mm_getcsr() | 0x8040);  // flush to zero, denormals are zero
#endif
}

std::string arithmetic_text() {
  const dnnl_version_t* version = dnnl_version();
  const dnnl_cpu_isa_t isa = dnnl_get_effective_cpu_isa();
  const char* name = isa == dnnl_cpu_isa_avx2    ? "AVX2"
                     : isa == dnnl_cpu_isa_avx   ? "AVX"
                     : isa == dnnl_cpu_isa_sse41 ? "SSE4.1"
                                                 : "the processor's own instructions";
  return fmt::format("oneDNN {}.{}.{}, {}", version->major, version->minor, version->patch, name);
}

}  // namespace kiln::learning
